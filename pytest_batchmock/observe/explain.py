"""Why a job is where it is, in words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone

from pytest_batchmock.domain.compute_environment import ComputeEnvironment
from pytest_batchmock.domain.job import CANCELLED, TERMINATED, Job
from pytest_batchmock.domain.job_class import JobClass
from pytest_batchmock.domain.job_queue import JobQueue
from pytest_batchmock.domain.service_environment import NUM_INSTANCES
from pytest_batchmock.domain.service_job import ServiceJobSpec, is_preempted
from pytest_batchmock.domain.status import (
    ENABLED,
    PENDING,
    RUNNABLE,
    RUNNING,
    SCHEDULED,
    STARTING,
    SUCCEEDED,
    TERMINAL,
    UPDATING,
    VALID,
)
from pytest_batchmock.engine import scheduling
from pytest_batchmock.engine.attempts import PlannedWork
from pytest_batchmock.engine.dependencies import upstream_of
from pytest_batchmock.engine.engine import Engine
from pytest_batchmock.engine.fleet import Group, has_instances
from pytest_batchmock.engine.scale_out import InstanceRoom
from pytest_batchmock.scheduler.placement import suits


def clock_text(at_ms: int) -> str:
    """The virtual time of day, as people write it."""
    return datetime.fromtimestamp(at_ms / 1000, timezone.utc).strftime("%H:%M:%S")


def explain(job: Job, engine: Engine | None = None) -> str:
    """One line: the job, its status and since when, and what it waits for.

    Args:
        job: The job.
        engine: Its engine, for figures of what environments have now; without it they are left out.
    """
    since = clock_text(job.history[-1]) if job.history else "?"
    head = f"{job.name} ({job.id}) is {job.status} since {since}"
    why = _WHY.get(job.status)
    if job.status == RUNNABLE:
        text = _runnable(job, engine)
    elif job.is_array_parent and job.children and not job.is_terminal:
        text = _children(job, engine)
    else:
        text = why(job) if why is not None else (job.status_reason or "")
    return f"{head}: {text}" if text else head


def explain_all(
    jobs: Iterable[Job],
    engine: Engine | None = None,
    *,
    at_most: int = 10,
    ended: bool = False,
    asked: str = "",
) -> str:
    """Lines for the jobs that have not ended, or for all of them if the `ended` ones count too.

    Those whose ids stand in the request that was `asked` come first.
    """
    waiting = [job for job in jobs if ended or not job.is_terminal]
    if len(waiting) > at_most:
        waiting.sort(key=lambda job: job.id not in asked)
    lines = [f"  {explain(job, engine)}" for job in waiting[:at_most]]
    if len(waiting) > at_most:
        lines.append(f"  … and {len(waiting) - at_most} more")
    return "\n".join(lines)


def _pending(job: Job) -> str:
    open_ones = [entry for entry in upstream_of(job) if entry.status != SUCCEEDED]
    waits = ", ".join(f"{entry.name} ({entry.id}, {entry.status})" for entry in open_ones)
    region = job.spec.region
    for job_id in (entry.get("jobId", "") for entry in job.spec.depends_on):
        parent = region.array_of(job_id)
        if parent is not None and parent.children is None:
            waits += f"{', ' if waits else ''}{parent.name} ({job_id}, not made yet)"
    if job.flags & (CANCELLED | TERMINATED):
        return f"is to end for {job.asked_reason!r}, but waits for {waits}"
    return f"waits for {waits}" if waits else ""


def _children(job: Job, engine: Engine | None) -> str:
    """Of an array: how many of its children have not ended, and why the first of them has not."""
    counts = (job.statistics or {}).items()
    left = ", ".join(f"{count} {status}" for status, count in counts if count and status not in TERMINAL)
    first = next((child for child in job.children or () if not child.is_terminal), None)
    return f"waits for its children ({left}); {explain(first, engine)}" if first is not None else ""


def _behind(job: Job, engine: Engine | None) -> str:
    """The head of its queue, or of its quota share, that a job stands behind: it has to go first."""
    if engine is None:
        return ""
    head = scheduling.head_of_line(engine, job)
    return "" if head is job or head is None else f" behind {head.name} ({head.id})"


def _kept(job: Job, engine: Engine | None) -> str:
    """What its queue keeps free by the computeReservation of its fair share."""
    part = 0.0 if engine is None else scheduling.reserved_of(engine, job.spec.region, job.spec.queue)
    return f" (keeps {part * 100:.3g} % for shares that are not active)" if part else ""


def _service_runnable(job: Job, spec: ServiceJobSpec, engine: Engine | None) -> str:
    """What a training needs, of what its quota share and its service environment have."""
    unit = spec.instance_type or "instances of a type that the payload does not tell"
    queue = spec.queue
    parts = [f"needs {spec.instances} x {unit}{_behind(job, engine)}"]
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


def _runnable(job: Job, engine: Engine | None) -> str:
    spec = job.spec
    if isinstance(spec, ServiceJobSpec):
        return _service_runnable(job, spec, engine)
    gpus = f", {spec.gpus} GPU" if spec.gpus else ""
    nodes = f" on {spec.num_nodes} instances together" if spec.num_nodes else ""
    needs = f"needs {spec.mvcpus / 1000:g} vCPU, {spec.memory_mib} MiB{gpus}{nodes}"
    parts = []
    for arn in spec.queue.environments:
        environment = spec.region.compute_environments.get(arn.rpartition("/")[2])
        if environment is not None:
            parts.append(_of_environment(job, environment, engine))
    text = "; ".join(parts) or "no compute environment is there"
    text = f"{needs}; queue {spec.queue.name!r}{_kept(job, engine)}{_behind(job, engine)}: {text}"
    return f"{text}; {job.status_reason}" if job.status_reason else text


def _of_environment(job: Job, environment: ComputeEnvironment, engine: Engine | None) -> str:
    """What an environment of the queue has to do with it that the job waits."""
    is_managed = environment.type == "MANAGED"
    types = ", ".join(environment.resources.get("instanceTypes", ()))
    most = f"max {environment.max_mvcpus // 1000} vCPU" if is_managed else ""
    what = ", ".join(part for part in (environment.resource_type, types, most) if part)
    text = f"{environment.name!r} ({what})"
    if environment.state != ENABLED or environment.status not in (VALID, UPDATING):
        return f"{text} is {environment.state} and {environment.status}"
    if is_managed and job.spec.mvcpus > environment.max_mvcpus:
        return f"{text} can never offer that"
    return text if engine is None else text + _now(job, environment, engine)


def _now(job: Job, environment: ComputeEnvironment, engine: Engine) -> str:
    """What an environment has at the moment that is, or is not, for the job."""
    group = engine.fleet.peek(environment)
    job_class = engine.fleet.classes.of(job.spec)
    if not suits(job_class, environment):
        return " is of another kind than it needs"
    if group.breakdown is not None:
        return f" is broken by the test ({group.breakdown})"
    if not has_instances(environment):
        free = engine.capacity.free_mvcpus(environment) / 1000
        return f" has {free:g} vCPU free{_next_end(job, environment, engine)}"
    room = InstanceRoom(engine, group)
    if environment.type == "MANAGED" and not room.is_large_enough(job_class):
        if room.fits_a_type(job_class):
            what = "an instance for each node" if job.spec.num_nodes else "an instance that takes it"
            return f" can never offer that: {what} is more than maxvCpus allows"
        return " can never offer that: no instance type is large enough"
    if coming := group.coming.get(job_class):
        return f" launches instances for {coming} such job(s)"
    if environment.type == "UNMANAGED" and not group.instances:
        return f" offers nothing: no instances were launched into {environment.ecs_cluster_arn}"
    if room.why_short(job_class) is not None:
        if environment.type == "UNMANAGED":
            return f" has no instance that is large enough among its {len(group.instances)}"
        return " gets no instances"
    return (
        f" has {group.mvcpus // 1000} vCPU on {len(group.instances)} instance(s), "
        f"{group.used_mvcpus / 1000:g} in use{_short(job_class, group)}"
        f"{_next_end(job, environment, engine)}"
    )


def _short(job_class: JobClass, group: Group) -> str:
    """What is full where vCPUs are free: the memory of the instances, or their GPUs."""
    need = job_class.need
    free = [it.free for it in group.instances.values() if not it.retired]
    if not any(it.mvcpus >= need.mvcpus for it in free):
        return ""
    with_gpus = [it for it in free if it.mvcpus >= need.mvcpus and it.gpus >= need.gpus]
    vcpus = f"{need.mvcpus / 1000:g} vCPU"
    if not with_gpus:
        most = max(it.gpus for it in free if it.mvcpus >= need.mvcpus)
        return f", but where {vcpus} are free at most {most} GPU are"
    most = max(it.memory_mib for it in with_gpus)
    also = f" and {need.gpus} GPU" if need.gpus else ""
    return f", but where {vcpus}{also} are free at most {most} MiB are" if most < need.memory_mib else ""


def _next_end(job: Job, environment: ComputeEnvironment, engine: Engine) -> str:
    """When the next job ends there, as far as it is planned."""
    ends = [
        end_ms
        for other in (*engine.capacity.holders(), *_on_instances(environment, engine))
        if other.attempt is not None and other.attempt.environment is environment
        for end_ms in (_planned_end(other, engine),)
        if end_ms is not None
    ]
    return f", the next job there ends at {clock_text(min(ends))}" if ends else ""


def _on_instances(environment: ComputeEnvironment, engine: Engine) -> list[Job]:
    instances = engine.fleet.peek(environment).instances.values()
    return [job for instance in instances for job in instance.jobs.values()]


def _planned_end(job: Job, engine: Engine) -> int | None:
    attempt = job.attempt
    if attempt is None or attempt.started_at_ms is None or not isinstance(attempt.work, PlannedWork):
        return None
    if attempt.work.ending is None:
        return None
    after_ms = attempt.work.outcome.after_ms
    return attempt.started_at_ms + (engine.default_duration_ms if after_ms is None else after_ms)


def _starting(job: Job) -> str:
    attempt = job.attempt
    if attempt is not None and attempt.waits_for is not None and not job.flags & TERMINATED:
        return f"its container waits: {attempt.waits_for}"
    return _running(job)


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
    SCHEDULED: _running,
    STARTING: _starting,
    RUNNING: _running,
}
