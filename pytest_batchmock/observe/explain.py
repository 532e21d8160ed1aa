"""Why a job is where it is, in words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone

from pytest_batchmock.domain.job import TERMINATED, Job
from pytest_batchmock.domain.job_queue import JobQueue
from pytest_batchmock.domain.service_environment import NUM_INSTANCES
from pytest_batchmock.domain.service_job import ServiceJobSpec, is_preempted
from pytest_batchmock.domain.status import PENDING, RUNNABLE, RUNNING, SCHEDULED, STARTING, SUCCEEDED


def clock_text(at_ms: int) -> str:
    """The virtual time of day, as people write it."""
    return datetime.fromtimestamp(at_ms / 1000, timezone.utc).strftime("%H:%M:%S")


def explain(job: Job) -> str:
    """One line: the job, its status and since when, and what it waits for."""
    since = clock_text(job.history[-1]) if job.history else "?"
    head = f"{job.spec.name} ({job.id}) is {job.status} since {since}"
    why = _WHY.get(job.status)
    text = why(job) if why is not None else (job.status_reason or "")
    return f"{head}: {text}" if text else head


def explain_all(jobs: Iterable[Job], *, at_most: int = 10, ended: bool = False, asked: str = "") -> str:
    """Lines for the jobs that have not ended, or for all of them if the `ended` ones count too.

    Those whose ids stand in the request that was `asked` come first.
    """
    waiting = [job for job in jobs if ended or not job.is_terminal]
    if len(waiting) > at_most:
        waiting.sort(key=lambda job: job.id not in asked)
    lines = [f"  {explain(job)}" for job in waiting[:at_most]]
    if len(waiting) > at_most:
        lines.append(f"  … and {len(waiting) - at_most} more")
    return "\n".join(lines)


def _pending(job: Job) -> str:
    jobs = job.spec.region.jobs
    upstream = [jobs.get(entry.get("jobId", "")) for entry in job.spec.depends_on]
    open_ones = [entry for entry in upstream if entry is not None and entry.status != SUCCEEDED]
    waits = ", ".join(f"{entry.spec.name} ({entry.id}, {entry.status})" for entry in open_ones)
    return f"waits for {waits}" if waits else ""


def _service_runnable(job: Job, spec: ServiceJobSpec) -> str:
    """What a training needs, of what its quota share and its service environment have."""
    unit = spec.instance_type or "instances of a type that the payload does not tell"
    queue = spec.queue
    parts = [f"needs {spec.instances} x {unit}"]
    for share in spec.region.quota_shares.values():
        if share.job_queue_arn == queue.arn and share.name == spec.quota_share:
            limit = share.capacity.get(spec.instance_type, 0)
            used = _instances(queue, spec.instance_type, share.name)
            parts.append(
                f"quota share {share.name!r} ({share.resource_sharing['strategy']}, limit {limit}, "
                f"in use {used})"
            )
    for entry in queue.request.get("serviceEnvironmentOrder", ()):
        name = entry["serviceEnvironment"].rpartition("/")[2]
        environment = spec.region.service_environments.get(name)
        if environment is not None:
            counted = None if environment.counts_instances else spec.instance_type
            most = environment.capacity.get(counted or NUM_INSTANCES, 0)
            parts.append(
                f"service environment {name!r} ({environment.state}, {environment.status}, max {most}, "
                f"in use by this queue {_instances(queue, counted)})"
            )
    return "; ".join([*parts, job.status_reason] if job.status_reason else parts)


def _instances(queue: JobQueue, unit: str | None, share: str | None = None) -> int:
    """What the service jobs of a queue hold: of one type or of all, of one quota share or of all."""
    return sum(
        job.spec.instances
        for status in (SCHEDULED, STARTING, RUNNING)
        for job in queue.by_status[status].values()
        if isinstance(job.spec, ServiceJobSpec)
        and unit in (None, job.spec.instance_type)
        and share in (None, job.spec.quota_share)
    )


def _runnable(job: Job) -> str:
    spec = job.spec
    if isinstance(spec, ServiceJobSpec):
        return _service_runnable(job, spec)
    needs = f"needs {spec.mvcpus / 1000:g} vCPU; queue {spec.queue.name!r}"
    parts = []
    for arn in spec.queue.environments:
        environment = spec.region.compute_environments.get(arn.rpartition("/")[2])
        if environment is None:
            continue
        offer = "offers nothing (no instances were launched into it)"
        if environment.type == "MANAGED":
            offer = f"max {environment.max_mvcpus // 1000} vCPU"
        parts.append(
            f"{environment.name!r} ({environment.resource_type}, {environment.state}, "
            f"{environment.status}, {offer})"
        )
    text = f"{needs} has {', '.join(parts)}" if parts else f"{needs} has no compute environment"
    return f"{text}; {job.status_reason}" if job.status_reason else text


def _running(job: Job) -> str:
    if is_preempted(job.attempt):
        return job.status_reason or ""
    if job.flags & TERMINATED:
        return "its container is being stopped"
    attempt = job.attempt
    if attempt is not None and attempt.work is not None and attempt.work.outcome.hangs:
        limit = "" if job.spec.timeout_ms is not None else ", and it has no timeout"
        return f"its outcome rule says that it hangs{limit}"
    return ""


_WHY = {
    PENDING: _pending,
    RUNNABLE: _runnable,
    SCHEDULED: _running,
    STARTING: _running,
    RUNNING: _running,
}
