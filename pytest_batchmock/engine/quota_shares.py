"""Quota shares in the engine: the view that scheduler/quota_share.py decides on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from pytest_batchmock.domain.job import TERMINATED, Job
from pytest_batchmock.domain.job_queue import JobQueue
from pytest_batchmock.domain.quota_share import QuotaShare
from pytest_batchmock.domain.region import RegionState
from pytest_batchmock.domain.service_environment import ServiceEnvironment
from pytest_batchmock.domain.service_job import ServiceJobSpec, is_preempted
from pytest_batchmock.domain.status import (
    ENABLED,
    RUNNING,
    SCHEDULED,
    STARTING,
    UPDATING,
    VALID,
)
from pytest_batchmock.scheduler.quota_view import Demand, Holder, QuotaShareView, QuotaView

if TYPE_CHECKING:
    from pytest_batchmock.engine.engine import Engine

_HEALTHY = (VALID, UPDATING)


def manages_quotas(region: RegionState, queue: JobQueue) -> bool:
    """Whether the jobs of a queue wait in quota shares."""
    if queue.scheduling_policy_arn is None:
        return False
    policy = region.scheduling_policies.get(queue.scheduling_policy_arn.rpartition("/")[2])
    return policy is not None and policy.quota_share is not None


def view(
    engine: Engine, region: RegionState, queue: JobQueue, ranks: dict[int, int]
) -> QuotaView | None:
    """What the policy sees of a queue; None as long as its service environment is not there.

    The lines are emptied job by job as the policy asks for them; `ranks` gets the rank of each.
    """
    environment = _environment(region, queue)
    if environment is None:
        return None
    holders = _holders(queue)
    shares = [
        QuotaShareView(
            name=share.name,
            limits=share.capacity,
            lends=share.lends,
            borrows=share.borrow_limit_percent != 0,
            borrow_limit_percent=share.borrow_limit_percent,
            preempts_within=share.preempts_within,
            waiting=_waiting(engine, region, queue, share, ranks),
            holders=holders.get(share.name, ()),
        )
        for share in region.quota_shares.values()
        if share.job_queue_arn == queue.arn
    ]
    return QuotaView(
        environment=environment,
        free=engine.capacity.free_units(environment),
        is_usable=environment.state == ENABLED and environment.status in _HEALTHY,
        shares=shares,
    )


def _environment(region: RegionState, queue: JobQueue) -> ServiceEnvironment | None:
    """The service environment of a queue: with quota shares it has one (user guide)."""
    for entry in queue.request.get("serviceEnvironmentOrder", ()):
        return region.service_environments.get(entry["serviceEnvironment"].rpartition("/")[2])
    return None


def _waiting(
    engine: Engine,
    region: RegionState,
    queue: JobQueue,
    share: QuotaShare,
    ranks: dict[int, int],
) -> Iterator[Demand]:
    if share.status not in _HEALTHY:
        return
    for rank, job in engine.lines.leave_line(queue, share.name):
        if job.history[-1] == engine.now_ms:
            # As for other queues: who became RUNNABLE in this instant is for the next pass.
            engine.lines.add(job, rank)
            engine.request_pass(region)
            return
        ranks[job.key] = rank
        unit, amount, priority = _needs(job)
        yield Demand(job, unit, amount, priority)


def _holders(queue: JobQueue) -> Mapping[str, list[Holder]]:
    """By quota share, the jobs that hold instances."""
    found: dict[str, list[Holder]] = {}
    for status in (SCHEDULED, STARTING, RUNNING):
        for job in queue.by_status[status].values():
            spec, attempt = job.spec, job.attempt
            if not isinstance(spec, ServiceJobSpec) or spec.quota_share is None or attempt is None:
                continue
            stopping = is_preempted(attempt) or bool(job.flags & TERMINATED)
            holder = Holder(job, *_needs(job), attempt.starting_at_ms, stopping)
            found.setdefault(spec.quota_share, []).append(holder)
    return found


def _needs(job: Job) -> tuple[str, int, int]:
    """The unit, how many of it, and the scheduling priority."""
    spec = job.spec
    if not isinstance(spec, ServiceJobSpec):
        raise AssertionError(f"{job!r} is no service job.")
    return spec.instance_type, spec.instances, spec.scheduling_priority or 0
