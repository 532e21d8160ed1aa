"""From what a client names to what exists: names and ARNs of queues, environments, definitions, jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pytest_batchmock.api import arns
from pytest_batchmock.api.call import Call
from pytest_batchmock.domain import status
from pytest_batchmock.domain.compute_environment import ComputeEnvironment
from pytest_batchmock.domain.consumable_resource import ConsumableResource
from pytest_batchmock.domain.job import Job
from pytest_batchmock.domain.job_definition import JobDefinition
from pytest_batchmock.domain.job_queue import JobQueue
from pytest_batchmock.domain.quota_share import QuotaShare
from pytest_batchmock.domain.scheduling_policy import SchedulingPolicy
from pytest_batchmock.domain.service_environment import ServiceEnvironment
from pytest_batchmock.errors import BatchError


def job_queue(call: Call, given: str) -> JobQueue:
    """The queue of a request that works with it.

    Raises:
        BatchError: ``JobQueue … not found.`` (recorded).
    """
    queue = find_job_queue(call, given)
    if queue is None:
        raise BatchError(f"JobQueue {given} not found.")
    return queue


def job_queue_to_change(call: Call, given: str) -> JobQueue:
    """The queue of an update or delete.

    Raises:
        BatchError: ``arn:… does not exist`` (recorded).
    """
    queue = find_job_queue(call, given)
    if queue is None:
        raise BatchError(f"{_as_arn(call, 'job-queue', given)} does not exist")
    return queue


def compute_environment_to_change(call: Call, given: str) -> ComputeEnvironment:
    """The environment of an update or delete.

    Raises:
        BatchError: ``arn:… does not exist`` (seen in users' reports).
    """
    environment = find_compute_environment(call, given)
    if environment is None:
        raise BatchError(f"{_as_arn(call, 'compute-environment', given)} does not exist")
    return environment


def find_job_queue(call: Call, given: str) -> JobQueue | None:
    """The queue with that name or ARN, or None."""
    found: JobQueue | None = _by_name_or_arn(call.region.job_queues, "job-queue", given)
    return found


def find_compute_environment(call: Call, given: str) -> ComputeEnvironment | None:
    """The environment with that name or ARN, or None."""
    found: ComputeEnvironment | None = _by_name_or_arn(
        call.region.compute_environments, "compute-environment", given
    )
    return found


def find_service_environment(call: Call, given: str) -> ServiceEnvironment | None:
    """The service environment with that name or ARN, or None."""
    found: ServiceEnvironment | None = _by_name_or_arn(
        call.region.service_environments, "service-environment", given
    )
    return found


def service_environment_to_change(call: Call, given: str) -> ServiceEnvironment:
    """The service environment of an update.

    Raises:
        BatchError: ``arn:… does not exist`` (as for compute environments; inferred).
    """
    environment = find_service_environment(call, given)
    if environment is None:
        raise BatchError(f"{_as_arn(call, 'service-environment', given)} does not exist")
    return environment


def find_scheduling_policy(call: Call, arn: str) -> SchedulingPolicy | None:
    """The scheduling policy with that ARN, or None."""
    policy = call.region.scheduling_policies.get(arns.name_of("scheduling-policy", arn) or "")
    return policy if policy is not None and policy.arn == arn else None


def scheduling_policy(call: Call, arn: str) -> SchedulingPolicy:
    """The scheduling policy of an update.

    Raises:
        BatchError: ``SchedulingPolicy … not found.`` (recorded for another operation).
    """
    policy = find_scheduling_policy(call, arn)
    if policy is None:
        raise BatchError(f"SchedulingPolicy {arn} not found.")
    return policy


def quota_share(call: Call, arn: str) -> QuotaShare:
    """The quota share with that ARN.

    Raises:
        BatchError: ``QuotaShare … not found.`` (inferred).
    """
    share = call.region.quota_shares.get(arn)
    if share is None:
        raise BatchError(f"QuotaShare {arn} not found.")
    return share


def consumable_resource(call: Call, given: str) -> ConsumableResource:
    """The consumable resource with that name or ARN.

    Raises:
        BatchError: ``ConsumableResource … not found.`` (inferred).
    """
    found: ConsumableResource | None = _by_name_or_arn(
        call.region.consumable_resources, "consumable-resource", given
    )
    if found is None:
        raise BatchError(f"ConsumableResource {given} not found.")
    return found


def matches_name(name: str, values: Iterable[str]) -> bool:
    """Whether a name is one of `values`: without case, a trailing ``*`` for a prefix (API model)."""
    lowered = name.lower()
    return any(
        lowered.startswith(value[:-1].lower()) if value.endswith("*") else lowered == value.lower()
        for value in values
    )


def active_definition(call: Call, given: str) -> JobDefinition:
    """The revision that a submit means: the one named, else the newest that is ACTIVE.

    Raises:
        BatchError: With the recorded text for a bare name, or for an ARN or revision.
    """
    name, revision, _ = arns.definition(given)
    if given.startswith("arn:") and not given.startswith(call.region.arn_prefix):
        raise BatchError(f"JobDefinition {given} not found.")
    revisions = call.region.job_definitions.get(name, ())
    for candidate in reversed(revisions):
        if candidate.status == status.ACTIVE and revision in (None, candidate.revision):
            return candidate
    if revision is None and not given.startswith("arn:"):
        raise BatchError(f"JobDefinition name {given} does not exist or is not in ACTIVE status")
    raise BatchError(f"JobDefinition {given} not found.")


def find_definition(call: Call, given: str) -> JobDefinition | None:
    """The revision named by ``name:revision`` or an ARN, in any status, or None."""
    name, revision, _ = arns.definition(given)
    if given.startswith("arn:") and not given.startswith(call.region.arn_prefix):
        return None
    for candidate in call.region.job_definitions.get(name, ()):
        if candidate.revision == revision:
            return candidate
    return None


def find_job(call: Call, given: str) -> Job | None:
    """The job with that id or ARN (children and nodes too), or None."""
    return call.region.jobs.get(given) or call.region.find_job(arns.job_id(given))


def each_job(call: Call, do: Callable[[str], None]) -> dict[str, Any]:
    """Do something to each job of a bulk request: each is a success, or has an error of its own.

    Unknown ids count as successes, malformed ones are errors (API model, CancelJobs).
    """
    successful, errors = [], []
    for given in call.params["jobs"]:
        if arns.is_job_id(arns.job_id(given)):
            do(given)
            successful.append(given)
        else:
            message = f"Job id {given!r} is not valid."
            errors.append({"job": given, "code": "ValidationException", "message": message})
    return {"successful": successful, "errors": errors}


def _by_name_or_arn(known: Mapping[str, Any], kind: str, given: str) -> Any:
    found = known.get(given)
    if found is None and given.startswith("arn:"):
        found = known.get(arns.name_of(kind, given) or "")
        if found is not None and found.arn != given:
            return None
    return found


def _as_arn(call: Call, kind: str, given: str) -> str:
    return given if given.startswith("arn:") else call.region.arn(f"{kind}/{given}")
