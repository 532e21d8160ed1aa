"""How DescribeServiceJob and ListServiceJobs show a service job."""

from __future__ import annotations

import json
from typing import Any, Final

from pytest_batchmock.domain.ids import arn, keyed_hex
from pytest_batchmock.domain.job import TERMINATED, Attempt, Job
from pytest_batchmock.domain.service_job import ServiceJobSpec, counts, is_preempted
from pytest_batchmock.domain.status import SCHEDULED

_RECENT: Final = 10
"""How many preempted attempts are listed; the service names no figure."""

# Members of the submit that are shown as they were given.
_SHOWN = ("retryStrategy", "schedulingPriority", "preemptionConfiguration", "timeoutConfig")


def service_job_detail(job: Job, seed: int) -> dict[str, Any]:
    """Return the members of DescribeServiceJob at this moment."""
    spec = _spec(job)
    submitted: dict[str, Any] = json.loads(spec.request)
    detail = _common(job, seed)
    detail["attempts"] = [_attempt(job, it, seed) for it in job.attempts if counts(it)]
    if stopped := [_attempt(job, it, seed) for it in job.attempts if is_preempted(it)]:
        detail["preemptionSummary"] = {
            "preemptedAttemptCount": len(stopped),
            "recentPreemptedAttempts": stopped[-_RECENT:],
        }
    detail["jobQueue"] = spec.queue.arn
    detail["serviceRequestPayload"] = spec.payload
    detail["tags"] = dict(job.tags)
    for name in _SHOWN:
        if name in submitted:
            detail[name] = submitted[name]
    if spec.scheduling_priority is not None:
        detail["schedulingPriority"] = spec.scheduling_priority
    if "retryStrategy" in detail:
        detail["retryStrategy"].setdefault("evaluateOnExit", [])
    return detail


def service_job_summary(job: Job, seed: int) -> dict[str, Any]:
    """Return the members of ListServiceJobs at this moment."""
    return _common(job, seed)


def _common(job: Job, seed: int) -> dict[str, Any]:
    spec = _spec(job)
    members: dict[str, Any] = {
        "jobArn": job.arn,
        "jobId": job.id,
        "jobName": job.name,
        "createdAt": job.created_at_ms,
        "serviceJobType": spec.service_type,
        "status": job.status,
    }
    if spec.instance_type:
        members["capacityUsage"] = [
            {"capacityUnit": spec.instance_type, "quantity": float(spec.instances)}
        ]
    optional = {
        "statusReason": job.status_reason,
        "shareIdentifier": spec.share_identifier,
        "quotaShareName": spec.quota_share,
        "scheduledAt": _scheduled_at(job),
        "startedAt": job.started_at_ms,
        "stoppedAt": job.stopped_at_ms,
    }
    members.update({name: value for name, value in optional.items() if value is not None})
    if job.flags & TERMINATED:
        members["isTerminated"] = True
    last = job.attempt or (job.attempts[-1] if job.attempts else None)
    if last is not None:
        members["latestAttempt"] = {"serviceResourceId": _training_job(job, last, seed)}
    return members


def _spec(job: Job) -> ServiceJobSpec:
    if not isinstance(job.spec, ServiceJobSpec):
        raise AssertionError(f"{job!r} is no service job.")
    return job.spec


def _scheduled_at(job: Job) -> int | None:
    """When it was last handed to SageMaker."""
    flat = job.history
    for at in range(len(flat) - 2, -1, -2):
        if flat[at] == SCHEDULED:
            return int(flat[at + 1])
    return None


def _attempt(job: Job, attempt: Attempt, seed: int) -> dict[str, Any]:
    detail: dict[str, Any] = {"serviceResourceId": _training_job(job, attempt, seed)}
    if attempt.started_at_ms is not None:
        detail["startedAt"] = attempt.started_at_ms
    detail["stoppedAt"] = attempt.stopped_at_ms
    detail["statusReason"] = attempt.status_reason
    return detail


def _training_job(job: Job, attempt: Attempt, seed: int) -> dict[str, str]:
    """The training job: named ``AWSBatch<jobName><32 hexadecimal digits>`` (user guide's sample)."""
    region = job.spec.region
    name = f"AWSBatch{job.name}{keyed_hex(seed, 'training', f'{job.id}/{attempt.number}')}"
    return {
        "name": "TrainingJobArn",
        "value": arn("sagemaker", region.name, region.account, f"training-job/{name}"),
    }
