"""Job queues: time limits, scheduling policy, quota management.

What a queue is attached to is in job_queue_order.py; what an update may not change, and deletion,
in job_queue_update.py. Not refused: a priority above 1000, where the console and CloudFormation
end; the API model has no bounds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pytest_batchmock.domain import status
from pytest_batchmock.rules.common import (
    MEASURED,
    RECORDED,
    find,
    first_repeated,
    given,
    name_in,
    queue_service_environments,
)
from pytest_batchmock.rules.job_queue_order import SAGEMAKER, queue_type
from pytest_batchmock.rules.registry import Request, rule

SHORTEST_LIMIT_SECONDS: Final = 600
LONGEST_LIMIT_SECONDS: Final = 86_400

_POLICY_ARN: Final = re.compile(r"arn:[a-z-]+:batch:[a-z0-9-]+:[0-9]{12}:scheduling-policy/.+", re.ASCII)

_CONTAINER_REASONS: Final = (
    "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
    "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE",
    "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT",
    "MISCONFIGURATION:EC2_INSTANCE_CONFIGURATION_UNSUPPORTED",
)
_SERVICE_REASONS: Final = (
    "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
    "MISCONFIGURATION:SERVICE_ENVIRONMENT_MAX_RESOURCE",
    "MISCONFIGURATION:QUOTA_MANAGEMENT_LIMIT_EXCEEDED",
)


def _actions(request: Request) -> list[Mapping[str, Any]]:
    return request.params.get("jobStateTimeLimitActions") or []


def _is_training(request: Request) -> bool:
    queue = request.params if request.target is None else request.target.request
    return queue_type(request) == SAGEMAKER or given(queue, "serviceEnvironmentOrder")


def _policy(request: Request) -> Any:
    """The scheduling policy the queue will have, or None."""
    arn = request.params.get("schedulingPolicyArn")
    if not arn and request.target is not None:
        arn = request.target.scheduling_policy_arn
    return find(request, "scheduling-policy", arn) if arn else None


def _manages_quotas(request: Request) -> bool:
    policy = _policy(request)
    return policy is not None and policy.quota_share is not None


def _service_environments(request: Request) -> Iterator[Any]:
    """The service environments the queue will have."""
    order = request.params.get("serviceEnvironmentOrder")
    if order is None and request.target is not None:
        order = request.target.request.get("serviceEnvironmentOrder")
    for entry in order or ():
        found = find(request, "service-environment", entry["serviceEnvironment"])
        if found is not None:
            yield found


@rule(
    "CreateJobQueue",
    "UpdateJobQueue",
    evidence="inferred",
    source="0 to 1000 in the user guide, create-job-queue, and for CloudFormation; text as for minvCpus",
    wrapped=True,
)
def the_priority_is_not_negative(request: Request) -> str | None:
    if (request.params.get("priority") or 0) < 0:
        return "priority should be greater than or equal to 0."
    return None


@rule("CreateJobQueue", "UpdateJobQueue", evidence="measured", source=MEASURED, wrapped=True)
def container_jobs_are_cancelled_and_service_jobs_terminated(request: Request) -> str | None:
    fitting = "TERMINATE" if _is_training(request) else "CANCEL"
    if any(action["action"] != fitting for action in _actions(request)):
        return f"Invalid job action. Valid job actions: [{fitting}]"
    return None


@rule("CreateJobQueue", "UpdateJobQueue", evidence="measured", source=MEASURED, wrapped=True)
def a_reason_has_one_time_limit_action(request: Request) -> str | None:
    pairs = [(action["state"], action["reason"]) for action in _actions(request)]
    if first_repeated(pairs) is not None:
        return "Duplicate job state limit actions are not allowed."
    return None


@rule(
    "CreateJobQueue",
    "UpdateJobQueue",
    evidence="documented",
    source="API model, JobStateTimeLimitAction.maxTimeSeconds; text inferred",
    wrapped=True,
)
def time_limits_are_600_to_86400_seconds(request: Request) -> str | None:
    for action in _actions(request):
        if not SHORTEST_LIMIT_SECONDS <= action["maxTimeSeconds"] <= LONGEST_LIMIT_SECONDS:
            return (
                "maxTimeSeconds of a job state limit action should be between "
                f"{SHORTEST_LIMIT_SECONDS} and {LONGEST_LIMIT_SECONDS}."
            )
    return None


@rule(
    "CreateJobQueue",
    "UpdateJobQueue",
    evidence="inferred",
    source="user guide, job_stuck_in_runnable_time_limit_actions: no other reason has an effect",
    wrapped=True,
)
def time_limit_actions_have_a_reason_that_can_act(request: Request) -> str | None:
    known = _SERVICE_REASONS if _is_training(request) else _CONTAINER_REASONS
    if any(action["reason"] not in known for action in _actions(request)):
        return f"Invalid job state limit reason. Valid reasons: [{', '.join(known)}]"
    return None


@rule("CreateJobQueue", "UpdateJobQueue", evidence="measured", source=MEASURED, wrapped=True)
def a_scheduling_policy_is_named_by_its_arn(request: Request) -> str | None:
    """A name, or the ARN of something else, is none."""
    arn = request.params.get("schedulingPolicyArn")
    if not arn or _POLICY_ARN.fullmatch(arn):
        return None
    return "Only scheduling policy Arn can be allowed."


@rule("CreateJobQueue", "UpdateJobQueue", evidence="observed", source=RECORDED, wrapped=True)
def the_scheduling_policy_of_a_queue_exists(request: Request) -> str | None:
    arn = request.params.get("schedulingPolicyArn")
    if not arn or find(request, "scheduling-policy", arn) is not None:
        return None
    return f"SchedulingPolicy {arn} not found."


@rule("CreateJobQueue", "UpdateJobQueue", evidence="measured", source=MEASURED, wrapped=True)
def quota_management_is_for_training_queues(request: Request) -> str | None:
    if _manages_quotas(request) and not _is_training(request):
        return "Quota Management feature is only supported for SageMaker Training job queues."
    return None


@rule(
    "CreateJobQueue",
    "UpdateJobQueue",
    evidence="documented",
    source="user guide, create-quota-management-resources; text inferred",
    wrapped=True,
)
def quota_management_counts_instance_types(request: Request) -> str | None:
    if _manages_quotas(request) and any(e.counts_instances for e in _service_environments(request)):
        return "Quota Management requires a service environment with instance types as capacity units."
    return None


@rule(
    "CreateJobQueue",
    "UpdateJobQueue",
    evidence="documented",
    source="user guide, service_limits; text inferred",
    wrapped=True,
)
def a_service_environment_with_quota_management_has_one_queue(request: Request) -> str | None:
    """It holds both ways: for a queue that manages quotas, and for one that joins such a queue."""
    wanted = {environment.name for environment in _service_environments(request)}
    for queue in request.region.job_queues.values():
        if queue is request.target or queue.status == status.DELETED:
            continue
        if wanted.isdisjoint(queue_service_environments(queue)):
            continue
        policies = request.region.scheduling_policies
        policy = policies.get(name_in(queue.scheduling_policy_arn or ""))
        if _manages_quotas(request) or (policy is not None and policy.quota_share is not None):
            return "A service environment with Quota Management can be attached to one job queue only."
    return None
