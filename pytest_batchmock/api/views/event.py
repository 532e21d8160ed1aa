"""The events that Batch sends to EventBridge: the envelope, and the job as DescribeJobs shows it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any, Final

from pytest_batchmock.api.views.as_of import as_of
from pytest_batchmock.api.views.job import job_detail
from pytest_batchmock.api.views.service_job import service_job_detail
from pytest_batchmock.domain.ids import keyed_uuid, partition
from pytest_batchmock.domain.job import Job
from pytest_batchmock.engine.engine import Engine
from pytest_batchmock.engine.notifications import (
    BLOCKED,
    MOVED,
    PREEMPTION_COMPLETED,
    PREEMPTION_STARTED,
    Notice,
    SpotWarning,
    Told,
)

JOB_STATE_CHANGE: Final = "Batch Job State Change"
JOB_QUEUE_BLOCKED: Final = "Batch Job Queue Blocked"
SERVICE_JOB_STATE_CHANGE: Final = "Batch Service Job State Change"
SERVICE_JOB_QUEUE_BLOCKED: Final = "Batch Service Job Queue Blocked"
SERVICE_JOB_PREEMPTION_STARTED: Final = "Batch Service Job Preemption Started"
SERVICE_JOB_PREEMPTION_COMPLETED: Final = "Batch Service Job Preemption Completed"
SPOT_WARNING: Final = "EC2 Spot Instance Interruption Warning"

_LEFT_OUT_OF_SERVICE_EVENTS: Final = ("tags", "serviceRequestPayload")


def event(notice: Told, seed: int) -> dict[str, Any]:
    """Return the event of a notice, a fresh one for each caller."""
    if isinstance(notice, SpotWarning):
        return _spot_warning(notice, seed)
    job = notice.job
    was = as_of(job, notice.move, notice.flags)
    if notice.kind in (BLOCKED, PREEMPTION_STARTED):
        was.status_reason = notice.reason
    happened = f"{notice.move}"
    if notice.kind != MOVED:
        happened += f"/{notice.at_ms}/{notice.kind}"
    region = job.spec.region
    return {
        "version": "0",
        "id": keyed_uuid(seed, "event", f"{job.id}/{happened}"),
        "detail-type": _detail_type(notice),
        "source": "aws.batch",
        "account": region.account,
        "time": _time(notice.at_ms),
        "region": region.name,
        "resources": _resources(notice),
        "detail": _DETAILS.get(notice.kind, _detail)(was, seed),
    }


def _spot_warning(warning: SpotWarning, seed: int) -> dict[str, Any]:
    """The event of EC2's user guide, spot-instance-termination-notices; its ARN names a zone only."""
    instance = warning.instance
    _, _, _, region, account, _ = instance.environment.arn.split(":", 5)
    return {
        "version": "0",
        "id": keyed_uuid(seed, "event", f"{instance.id}/{warning.at_ms}/spot-warning"),
        "detail-type": SPOT_WARNING,
        "source": "aws.ec2",
        "account": account,
        "time": _time(warning.at_ms),
        "region": region,
        "resources": [f"arn:{partition(region)}:ec2:{instance.zone}:instance/{instance.id}"],
        "detail": {"instance-id": instance.id, "instance-action": "terminate"},
    }


def _time(at_ms: int) -> str:
    moment = datetime.fromtimestamp(at_ms // 1000, timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _detail_type(notice: Notice) -> str:
    if notice.kind == MOVED:
        return SERVICE_JOB_STATE_CHANGE if notice.job.is_service else JOB_STATE_CHANGE
    if notice.kind == PREEMPTION_STARTED:
        return SERVICE_JOB_PREEMPTION_STARTED
    if notice.kind == PREEMPTION_COMPLETED:
        return SERVICE_JOB_PREEMPTION_COMPLETED
    return SERVICE_JOB_QUEUE_BLOCKED if notice.job.is_service else JOB_QUEUE_BLOCKED


def _resources(notice: Notice) -> list[str]:
    """The job; a blocked queue of container jobs as well (user guide's samples)."""
    job = notice.job
    if notice.kind == MOVED or job.is_service:
        return [job.arn]
    return [job.arn, job.spec.queue.arn]


def _detail(was: Job, seed: int) -> dict[str, Any]:
    """As DescribeJobs, with two members that recorded events have besides."""
    if was.is_service:
        return _service_detail(was, seed)
    detail = job_detail(was, seed)
    detail["tags"] = {**detail["tags"], "resourceArn": was.arn}
    detail.setdefault("propagateTags", False)
    return detail


def _service_detail(was: Job, seed: int) -> dict[str, Any]:
    detail = service_job_detail(was, seed)
    for name in _LEFT_OUT_OF_SERVICE_EVENTS:
        detail.pop(name, None)
    return detail


def _preemption_started(was: Job, seed: int) -> dict[str, Any]:
    return {
        "preemptedJobArn": was.arn,
        "status": was.status,
        "statusReason": was.status_reason,
    }


def _preemption_completed(was: Job, seed: int) -> dict[str, Any]:
    return {
        "preemptedJobArn": was.arn,
        "status": was.status,
        "preemptionSummary": service_job_detail(was, seed)["preemptionSummary"],
    }


_DETAILS: Final = {
    PREEMPTION_STARTED: _preemption_started,
    PREEMPTION_COMPLETED: _preemption_completed,
}
"""Those of preemptions are short (user guide, batch-service-job-preemption-events)."""


# --- What has happened ------------------------------------------------------------------------------


def notices(engine: Engine) -> Iterator[Told]:
    """What EventBridge has been told of all jobs, oldest first; of those long gone only the last."""
    told = engine.notifications
    jobs = _jobs_by_key(engine)
    made: dict[int, int] = {}
    besides: Iterator[tuple[int, Told | None]] = iter([*told.besides, (len(told.moved) + 1, None)])
    position, notice = next(besides)
    for number, key in enumerate(told.moved):
        while position <= number and notice is not None:
            yield notice
            position, notice = next(besides)
        index = made[key] = made.get(key, -1) + 1
        job = jobs.get(key)
        if job is not None and index:
            yield Notice(job, index, told.flags_at(job, number), None, job.history[2 * index + 1])
    while notice is not None:
        yield notice
        position, notice = next(besides)


def _jobs_by_key(engine: Engine) -> dict[int, Job]:
    stores = [store for it in engine.regions.values() for store in (it.jobs, it.service_jobs)]
    found = {}
    for job in (*engine.notifications.former, *(job for store in stores for job in store.values())):
        found[job.key] = job
        for child in job.children or ():
            found[child.key] = child
    return found
