"""Updates and deletion of compute environments.

A scaling update changes vCPUs and state, and on Fargate also subnets and security groups; any
environment can have one. Everything else is an infrastructure update, which needs the
service-linked role and an allocation strategy other than BEST_FIT. Sending a value that is already
there changes nothing and is no infrastructure update.

Deleting an environment that does not exist succeeds silently; there is no rule against it. Nor is there
one against an updatePolicy of an unmanaged environment: the API model says only to which it applies.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from pytest_batchmock.domain import status
from pytest_batchmock.domain.compute_environment import (
    EC2_TYPES,
    FARGATE_TYPES,
    MANAGED_INSTANCES,
)
from pytest_batchmock.rules.common import (
    BUSY,
    RECORDED,
    does_not_exist,
    given,
    is_eks,
    is_managed_instances,
    is_service_linked,
    is_unmanaged,
    resource_type,
    resources,
    sent_resources,
)
from pytest_batchmock.rules.registry import Request, rule

LONGEST_JOB_MINUTES: Final = 7200

_SCALING: Final = frozenset({"desiredvCpus", "maxvCpus", "minvCpus"})
_SCALING_ON_FARGATE: Final = _SCALING | {"subnets", "securityGroupIds"}
_FOR_EC2: Final = (
    "allocationStrategy",
    "bidPercentage",
    "ec2Configuration",
    "ec2KeyPair",
    "imageId",
    "instanceRole",
    "instanceTypes",
    "launchTemplate",
    "placementGroup",
    "tags",
    "type",
    "updatePolicy",
    "updateToLatestImageVersion",
)
_REPLACING: Final = sorted({*_FOR_EC2, "securityGroupIds", "subnets"} - {"updatePolicy"})
_GROUPS: Final = (EC2_TYPES, FARGATE_TYPES, frozenset({MANAGED_INSTANCES}))


def _infrastructure_changes(request: Request) -> Iterator[str]:
    """The members whose change needs an infrastructure update."""
    on_fargate = request.target.resource_type in FARGATE_TYPES
    after = resources(request)
    for member in sent_resources(request):
        if member in (_SCALING_ON_FARGATE if on_fargate else _SCALING):
            continue
        if _settled(after.get(member)) != _settled(request.target.resources.get(member)):
            yield member


def _settled(value: Any) -> Any:
    """A value without what makes no difference: what is empty or false, alone or as a member."""
    if isinstance(value, dict):
        value = {name: member for name, member in value.items() if member}
    return value or None


@rule("UpdateComputeEnvironment", evidence="observed", source=f"{RECORDED} for job queues")
def the_environment_to_update_exists(request: Request) -> str | None:
    if request.target is not None:
        return None
    return does_not_exist(request, "compute-environment", request.params["computeEnvironment"])


@rule(
    "UpdateComputeEnvironment",
    evidence="inferred",
    source="the counterpart of the refusal to delete, which is a recorded answer",
)
def an_environment_that_is_being_modified_is_not_updated(request: Request) -> str | None:
    if request.target is not None and request.target.status in BUSY:
        return "Cannot update, resource is being modified."
    return None


@rule(
    "UpdateComputeEnvironment",
    evidence="observed",
    source="answer of the service, quoted in public reports",
)
def an_update_of_an_environment_changes_something(request: Request) -> str | None:
    """The text is older than some of the members that can be updated today."""
    if len(request.params) > 1:
        return None
    return "One of [state | compute-resources | service-role | unmanaged-vcpus] is required."


@rule(
    "UpdateComputeEnvironment",
    evidence="observed",
    source="answer of the service, quoted in public source code",
    wrapped=True,
)
def an_update_of_compute_resources_changes_something(request: Request) -> str | None:
    """Empty computeResources are refused."""
    if request.params.get("computeResources") == {}:
        return "At least one compute-resources attribute must be specified"
    return None


@rule(
    "UpdateComputeEnvironment",
    evidence="documented",
    source="API model, UpdateComputeEnvironmentRequest.computeResources; text inferred",
)
def an_unmanaged_environment_has_no_compute_resources_to_update(request: Request) -> str | None:
    if is_unmanaged(request) and given(request.params, "computeResources"):
        return "computeResources is not applicable for unmanaged Compute Environments."
    return None


@rule(
    "UpdateComputeEnvironment",
    evidence="documented",
    source="API model, UpdateComputeEnvironmentRequest.serviceRole; text inferred",
)
def the_service_role_does_not_switch_to_or_from_the_service_linked_one(request: Request) -> str | None:
    role = request.params.get("serviceRole")
    if request.target is None or not role:
        return None
    if is_service_linked(role) != is_service_linked(request.target.service_role):
        return "Service role cannot be changed between the service-linked role and a regular IAM role."
    return None


@rule(
    "UpdateComputeEnvironment",
    evidence="observed",
    source="answer of the service, quoted in a public report",
)
def what_is_for_ec2_is_not_updated_on_fargate(request: Request) -> str | None:
    """The text names all of them, whichever was sent.

    Of these two pass (inferred): an updatePolicy, which the API model says is ignored on Fargate,
    and the type that the environment has.
    """
    if request.target is None or request.target.resource_type not in FARGATE_TYPES:
        return None
    sent = sent_resources(request)
    if any(given(sent, member) for member in _FOR_EC2 if member != "type") or (
        resource_type(request) != request.target.resource_type
    ):
        return (
            "The following parameters can't be updated for Fargate compute environment: "
            f"{', '.join(_FOR_EC2)}."
        )
    return None


@rule(
    "UpdateComputeEnvironment",
    evidence="documented",
    source="API model, ComputeResourceUpdate.type (managed instances); else user guide; text inferred",
)
def the_type_changes_only_between_on_demand_and_spot(request: Request) -> str | None:
    if request.target is None or is_unmanaged(request):
        return None
    before, after = request.target.resource_type, resource_type(request)
    if any((before in group) != (after in group) for group in _GROUPS):
        return f"Compute resource type cannot be changed from {before} to {after}."
    return None


@rule(
    "UpdateComputeEnvironment",
    evidence="documented",
    source="user guide, infrastructure-updates; text inferred",
)
def infrastructure_updates_need_a_strategy_other_than_best_fit(request: Request) -> str | None:
    """A BEST_FIT environment cannot even be given another strategy: it must be replaced."""
    if request.target is None or request.target.resource_type not in EC2_TYPES:
        return None
    strategy = request.target.resources.get("allocationStrategy") or "BEST_FIT"
    for member in _infrastructure_changes(request):
        if strategy == "BEST_FIT":
            return (
                f"{member} cannot be updated for Compute Environments with BEST_FIT allocationStrategy."
            )
    return None


@rule(
    "UpdateComputeEnvironment",
    evidence="observed",
    source="answer of the service, quoted in public reports, but for the fields it lists",
)
def infrastructure_updates_need_the_service_linked_role(request: Request) -> str | None:
    """The text names all such fields, whichever was sent."""
    if request.target is None or is_unmanaged(request) or is_managed_instances(request):
        return None
    if is_service_linked(request.target.service_role):
        return None
    if any(True for _ in _infrastructure_changes(request)):
        return (
            f"Following fields [{', '.join(_REPLACING)}] can be updated only for Non-fargate "
            "Compute Environment having a Batch Service Linked Role."
        )
    return None


@rule(
    "UpdateComputeEnvironment",
    evidence="observed",
    source=f"{RECORDED}; user guide, error-desired-vcpus-update",
)
def desiredvcpus_do_not_go_down(request: Request) -> str | None:
    """Below what the environment has at that moment, and shows."""
    desired = sent_resources(request).get("desiredvCpus")
    if request.target is None or desired is None or is_eks(request):
        return None
    if resource_type(request) in EC2_TYPES and desired < request.target.desired_vcpus:
        return (
            "Manually scaling down compute environment is not supported. Disconnecting job queues "
            "from compute environment will cause it to scale-down to minvCpus."
        )
    return None


@rule(
    "UpdateComputeEnvironment",
    evidence="documented",
    source="API model, JobExecutionTimeoutMinutes; text inferred",
)
def jobs_get_1_to_7200_minutes_in_an_update(request: Request) -> str | None:
    minutes = (request.params.get("updatePolicy") or {}).get("jobExecutionTimeoutMinutes")
    if minutes is not None and not 1 <= minutes <= LONGEST_JOB_MINUTES:
        return f"jobExecutionTimeoutMinutes must be between 1 and {LONGEST_JOB_MINUTES}."
    return None


@rule("DeleteComputeEnvironment", evidence="observed", source=RECORDED)
def an_environment_that_is_being_modified_is_not_deleted(request: Request) -> str | None:
    if request.target is not None and request.target.status in BUSY:
        return "Cannot delete, resource is being modified"
    return None


@rule(
    "DeleteComputeEnvironment",
    evidence="documented",
    source="API model, DeleteComputeEnvironment; text inferred",
)
def an_environment_is_deleted_disabled(request: Request) -> str | None:
    if request.target is not None and request.target.state != status.DISABLED:
        return "Cannot delete, state must be DISABLED."
    return None


@rule(
    "DeleteComputeEnvironment",
    evidence="observed",
    source="answer of the service, quoted in public reports",
)
def an_environment_that_queues_use_is_not_deleted(request: Request) -> str | None:
    if request.target is None:
        return None
    for queue in request.region.job_queues.values():
        if request.target.name in queue.attached and queue.status != status.DELETED:
            return "Cannot delete, found existing JobQueue relationship"
    return None
