"""From what a client names to what exists: names and ARNs of queues, environments, definitions, jobs."""

from __future__ import annotations

from pytest_batchmock.api import arns
from pytest_batchmock.api.call import Call
from pytest_batchmock.domain import status
from pytest_batchmock.domain.compute_environment import ComputeEnvironment
from pytest_batchmock.domain.job import Job
from pytest_batchmock.domain.job_definition import JobDefinition
from pytest_batchmock.domain.job_queue import JobQueue
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
    queue = call.region.job_queues.get(given)
    if queue is None and given.startswith("arn:"):
        queue = call.region.job_queues.get(arns.name_of("job-queue", given) or "")
        if queue is not None and queue.arn != given:
            return None
    return queue


def find_compute_environment(call: Call, given: str) -> ComputeEnvironment | None:
    """The environment with that name or ARN, or None."""
    environment = call.region.compute_environments.get(given)
    if environment is None and given.startswith("arn:"):
        environment = call.region.compute_environments.get(
            arns.name_of("compute-environment", given) or ""
        )
        if environment is not None and environment.arn != given:
            return None
    return environment


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


def _as_arn(call: Call, kind: str, given: str) -> str:
    return given if given.startswith("arn:") else call.region.arn(f"{kind}/{given}")
