"""The snapshot of a job queue: who is next, and what is in use."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from pytest_batchmock.api import resolve
from pytest_batchmock.api.call import Call
from pytest_batchmock.domain.job import Job
from pytest_batchmock.domain.job_queue import JobQueue
from pytest_batchmock.domain.service_job import ServiceJobSpec
from pytest_batchmock.domain.status import RUNNING, SCHEDULED, STARTING
from pytest_batchmock.engine import scheduling

_FRONT: Final = 100  # API model, FrontOfQueueDetail.jobs
_TOP: Final = 20  # API model, FairshareUtilizationDetail.topCapacityUtilization

Usage = dict[str, float]


def get_job_queue_snapshot(call: Call) -> dict[str, Any]:
    """The RUNNABLE jobs at the front in dispatch order, and the capacity that running jobs use."""
    call.enforce()
    queue = resolve.job_queue(call, call.params["jobQueue"])
    now_ms = call.engine.now_ms
    lines, with_quotas = call.engine.lines, _has_quota_shares(call, queue)
    if with_quotas:
        front = lines.front_by_submission(queue, _FRONT)
    else:
        front = lines.front(queue, _FRONT, scheduling.whose_turn(call.engine, call.region, queue))
    snapshot: dict[str, Any] = {
        "frontOfQueue": {"jobs": [_position(job) for job in front], "lastUpdatedAt": now_ms},
        "queueUtilization": _utilization(call, queue),
    }
    if with_quotas:
        first = {share: [_position(job)] for share, job in lines.first_of_each(queue).items()}
        snapshot["frontOfQuotaShares"] = {"quotaShares": first, "lastUpdatedAt": now_ms}
    return snapshot


def _position(job: Job) -> dict[str, Any]:
    # It cannot have stood there before it became RUNNABLE (inferred: nothing else is documented).
    return {"jobArn": job.arn, "earliestTimeAtPosition": job.history[-1]}


def _utilization(call: Call, queue: JobQueue) -> dict[str, Any]:
    jobs = [
        job
        for region in (call.region.jobs, call.region.service_jobs)
        for parent in region.values()
        if parent.spec.queue is queue
        for job in (parent, *(parent.children or ()))
        if job.status in (SCHEDULED, STARTING, RUNNING) and not job.is_node
    ]
    detail: dict[str, Any] = {
        "totalCapacityUsage": _as_list(_usage(jobs)),
        "lastUpdatedAt": call.engine.now_ms,
    }
    policy = resolve.find_scheduling_policy(call, queue.scheduling_policy_arn or "")
    if policy is not None and policy.fairshare is not None:
        shares = _by_share(jobs, lambda job: job.spec.share_identifier)
        detail["fairshareUtilization"] = {
            "activeShareCount": len(_active_shares(queue)),
            "topCapacityUtilization": _top(shares, "shareIdentifier"),
        }
    if _has_quota_shares(call, queue):
        shares = _by_share(
            jobs,
            lambda job: job.spec.quota_share if isinstance(job.spec, ServiceJobSpec) else None,
        )
        detail["quotaShareUtilization"] = {"topCapacityUtilization": _top(shares, "quotaShareName")}
    return detail


def _active_shares(queue: JobQueue) -> set[str]:
    """The share identifiers of jobs that have not ended."""
    return {
        job.spec.share_identifier
        for status, by_key in queue.by_status.items()
        if status not in ("SUCCEEDED", "FAILED")
        for job in by_key.values()
        if job.spec.share_identifier is not None
    }


def _has_quota_shares(call: Call, queue: JobQueue) -> bool:
    policy = resolve.find_scheduling_policy(call, queue.scheduling_policy_arn or "")
    return policy is not None and policy.quota_share is not None


def _by_share(jobs: Iterable[Job], share_of: Any) -> dict[str, list[Job]]:
    shares: dict[str, list[Job]] = {}
    for job in jobs:
        share = share_of(job)
        if share is not None:
            shares.setdefault(share, []).append(job)
    return shares


def _top(shares: dict[str, list[Job]], name: str) -> list[dict[str, Any]]:
    usages = {share: _usage(jobs) for share, jobs in shares.items()}
    largest = sorted(usages, key=lambda share: (-sum(usages[share].values()), share))[:_TOP]
    return [{name: share, "capacityUsage": _as_list(usages[share])} for share in largest]


def _usage(jobs: Iterable[Job]) -> Usage:
    """What jobs use by capacity unit: VCPU on ECS, cpu on EKS, the instance type for service jobs."""
    usage: Usage = {}
    for job in jobs:
        spec = job.spec
        if isinstance(spec, ServiceJobSpec):
            unit, quantity = spec.instance_type or "NUM_INSTANCES", float(spec.instances)
        else:
            unit = "cpu" if spec.definition.orchestration == "EKS" else "VCPU"
            quantity = spec.mvcpus / 1000
        usage[unit] = usage.get(unit, 0.0) + quantity
    return usage


def _as_list(usage: Usage) -> list[dict[str, Any]]:
    return [{"capacityUnit": unit, "quantity": quantity} for unit, quantity in sorted(usage.items())]
