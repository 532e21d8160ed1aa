"""The life of environments, queues and quota shares: CREATING, VALID, UPDATING, DELETING, gone.

At once by default; with ``resource_latency`` each stage takes that long, as in reality.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pytest_batchmock.domain.compute_environment import FARGATE_TYPES, ComputeEnvironment
from pytest_batchmock.domain.job import Job
from pytest_batchmock.domain.job_queue import JobQueue
from pytest_batchmock.domain.quota_share import QuotaShare
from pytest_batchmock.domain.region import RegionState
from pytest_batchmock.domain.service_environment import ServiceEnvironment
from pytest_batchmock.domain.service_job import ServiceJobSpec
from pytest_batchmock.domain.status import NON_TERMINAL
from pytest_batchmock.engine import fleet, scale_out, stopping

if TYPE_CHECKING:
    from pytest_batchmock.engine.engine import Engine

Resource = ComputeEnvironment | JobQueue | ServiceEnvironment | QuotaShare

QUEUE_DELETED: Final = "JobQueue deleted"
"""Recorded: the reason of jobs whose queue was deleted."""

QUOTA_SHARE_DELETED: Final = "QuotaShare deleted"
"""Inferred, as for queues; that its jobs end is documented (API model, DeleteQuotaShare)."""

STILL_BUSY: Final = "CLIENT_ERROR - Compute environment has active jobs and cannot be deleted"
"""Of a Fargate environment that was deleted under its jobs (API model, DeleteComputeEnvironment; the
words are inferred)."""

_HEALTHY: Final[dict[type, str]] = {
    ComputeEnvironment: "ComputeEnvironment Healthy",
    JobQueue: "JobQueue Healthy",
    ServiceEnvironment: "",  # DescribeServiceEnvironments and DescribeQuotaShare show no reason
    QuotaShare: "",
}


def create(engine: Engine, region: RegionState, resource: Resource) -> None:
    """Store a new resource and begin its life."""
    region.created += 1
    store, key = _place(region, resource)
    store[key] = resource
    engine.move_resource(resource, "create")
    _soon(engine, region, resource, "settle")


def update(engine: Engine, region: RegionState, resource: Resource) -> None:
    """The resource was changed: it is UPDATING, then VALID."""
    engine.move_resource(resource, "update")
    _soon(engine, region, resource, "settle")


def delete(engine: Engine, region: RegionState, resource: Resource) -> None:
    """The resource is DELETING, then gone; a queue or quota share takes its jobs with it."""
    engine.move_resource(resource, "delete")
    if isinstance(resource, JobQueue):
        for job in _alive(resource):
            stopping.terminate(engine, job, QUEUE_DELETED)
    elif isinstance(resource, QuotaShare):
        queue = next(q for q in region.job_queues.values() if q.arn == resource.job_queue_arn)
        for job in _alive(queue):
            if isinstance(job.spec, ServiceJobSpec) and job.spec.quota_share == resource.name:
                stopping.terminate(engine, job, QUOTA_SHARE_DELETED)
    _soon(engine, region, resource, "remove")


def settles(engine: Engine, resource: Resource, data: Any) -> None:
    """The stage of a resource is over."""
    region, trigger = data
    region.version += 1
    if trigger == "remove" and isinstance(resource, ComputeEnvironment) and _is_busy(engine, resource):
        engine.move_resource(resource, "spoil", STILL_BUSY)
        return
    engine.move_resource(resource, trigger, _HEALTHY[type(resource)] if trigger == "settle" else None)
    if trigger == "remove":
        store, key = _place(region, resource)
        store.pop(key, None)
    if isinstance(resource, ComputeEnvironment):
        if trigger == "remove":
            fleet.environment_gone(engine, resource)
        elif trigger == "settle":
            scale_out.keep_minimum(engine, resource, settles=True)
    engine.request_pass(region)


def _is_busy(engine: Engine, environment: ComputeEnvironment) -> bool:
    """Whether jobs still run in a Fargate environment: then it is not deleted, but becomes INVALID."""
    on_fargate = environment.resource_type in FARGATE_TYPES
    return on_fargate and engine.capacity.used_mvcpus(environment) > 0


def _alive(queue: JobQueue) -> list[Job]:
    return [job for name in sorted(NON_TERMINAL) for job in queue.by_status[name].values()]


def _soon(engine: Engine, region: RegionState, resource: Resource, trigger: str) -> None:
    if engine.resource_latency_ms is None:
        settles(engine, resource, (region, trigger))
    else:
        engine.after(engine.resource_latency_ms, "resource_settles", resource, (region, trigger))


def _place(region: RegionState, resource: Resource) -> tuple[dict[str, Any], str]:
    """Where a resource is kept, and by what."""
    if isinstance(resource, JobQueue):
        return region.job_queues, resource.name
    if isinstance(resource, ServiceEnvironment):
        return region.service_environments, resource.name
    if isinstance(resource, QuotaShare):
        return region.quota_shares, resource.arn
    return region.compute_environments, resource.name
