"""Service jobs: training jobs that Batch hands to SageMaker.

SCHEDULED is SageMaker's InProgress/Pending, STARTING its Downloading, RUNNING its Training (user
guide, service-job-status). They run in a service environment, which counts instances. Where quotas
are managed, one may be stopped for another: it goes back to its line, and no attempt is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pytest_batchmock.domain.job import TERMINATED, Job
from pytest_batchmock.domain.service_environment import ServiceEnvironment
from pytest_batchmock.domain.service_job import ServiceAttempt, ServiceJobSpec, is_preempted, tries
from pytest_batchmock.engine import latency
from pytest_batchmock.engine.event_queue import INTERRUPTION, TIME_OUT
from pytest_batchmock.engine.notifications import PREEMPTION_COMPLETED, PREEMPTION_STARTED
from pytest_batchmock.engine.retry import pattern_matches
from pytest_batchmock.runners.outcomes import Ending
from pytest_batchmock.scheduler.service_placement import NO_CAPACITY

if TYPE_CHECKING:
    from pytest_batchmock.engine.engine import Engine

FROM_SAGEMAKER: Final = "Received status from SageMaker: "
COMPLETED: Final = FROM_SAGEMAKER + "Training job completed"
"""Text of the user guide's event sample."""

FAILED_TRAINING: Final = FROM_SAGEMAKER + "Training job failed"
PREEMPTION_IN_PROGRESS: Final = "PREEMPTION_IN_PROGRESS: "
"""Text of the user guide, batch-service-job-preemption-events."""

TIMED_OUT: Final = "Job attempt duration exceeded timeout"


def place(engine: Engine, job: Job, environment: ServiceEnvironment) -> None:
    """Reserve the instances, open the attempt and move the job to SCHEDULED."""
    engine.capacity.take(environment, job)
    job.attempt = ServiceAttempt(
        len(job.attempts) + 1,
        environment=environment,
        instance=None,
        starting_at_ms=engine.now_ms,
    )
    engine.fire(job, "place")
    engine.after(engine.stage_ms(latency.SAGEMAKER_PENDING_MS), "service_downloads", job)


def downloads(engine: Engine, job: Job, data: Any) -> None:
    """SageMaker has the instances and prepares them; if it has none, the job waits again.

    That uses no attempt (user guide, service-job-retries).
    """
    if _is_stopping(job):
        return
    attempt = _live(job)
    if isinstance(attempt.environment, ServiceEnvironment) and attempt.environment.lacks_capacity:
        attempt.lacked_capacity = True
        finish(engine, job, NO_CAPACITY, "retry")
        return
    engine.fire(job, "prepare")
    engine.after(engine.stage_ms(latency.SAGEMAKER_DOWNLOADING_MS), "service_trains", job)


def trains(engine: Engine, job: Job, data: Any) -> None:
    """The training runs: plan how it ends."""
    if _is_stopping(job):
        return
    engine.fire(job, "container_started")
    attempt = _live(job)
    attempt.started_at_ms = job.started_at_ms = engine.now_ms
    if job.spec.timeout_ms is not None:
        engine.after(job.spec.timeout_ms, "service_times_out", job, priority=TIME_OUT)
    outcome = engine.planner(job, tries(job) + 1)
    if outcome.hangs:
        return
    if outcome.call is not None:
        engine.hand_out(job, outcome)
        return
    delay = engine.default_duration_ms if outcome.after_ms is None else outcome.after_ms
    engine.after(delay, "service_ends", job, ending(outcome.exit_code, outcome.reason))


def ending(exit_code: int | None, reason: str | None) -> Ending:
    """How a training ended, in the words of SageMaker."""
    if exit_code == 0:
        return Ending(COMPLETED, 0)
    return Ending(FROM_SAGEMAKER + reason if reason else FAILED_TRAINING, 1)


def ends(engine: Engine, job: Job, end: Ending) -> None:
    """The training ended: the job succeeds, is retried, or fails."""
    attempt = _live(job)
    if job.flags & TERMINATED:
        finish(engine, job, job.asked_reason or "", "fail")
    elif is_preempted(attempt):
        preempted(engine, job, None)
    elif end.exit_code == 0:
        finish(engine, job, end.status_reason, "succeed")
    elif _retries(job, tries(job) + 1, end.status_reason):
        finish(engine, job, end.status_reason, "retry")
    else:
        finish(engine, job, end.status_reason, "fail")


def times_out(engine: Engine, job: Job, data: Any) -> None:
    """The time limit of the attempt is over: the job fails and is not retried."""
    if not _is_stopping(job):
        finish(engine, job, TIMED_OUT, "fail")


def stopped(engine: Engine, job: Job, data: Any) -> None:
    """The user's wish to terminate it has been carried out."""
    finish(engine, job, job.asked_reason or "", "fail")


def preempt(engine: Engine, job: Job, reason: str) -> None:
    """Stop a job that holds capacity, for another that may claim it; this takes a moment."""
    _live(job).preemption = reason
    job.status_reason = PREEMPTION_IN_PROGRESS + reason
    engine.notifications.note_preemption(engine, job, job.status_reason, PREEMPTION_STARTED)
    engine.after(engine.stage_ms(latency.STOP_MS), "service_preempted", job, priority=INTERRUPTION)


def preempted(engine: Engine, job: Job, data: Any) -> None:
    """It has stopped: it waits again, unless it has been preempted more often than it takes."""
    if job.flags & TERMINATED:
        return  # the user was faster; `stopped` follows
    attempt, spec = _live(job), job.spec
    reason = attempt.preemption or ""
    so_far = 1 + sum(is_preempted(earlier) for earlier in job.attempts)
    most = spec.preemption_retries if isinstance(spec, ServiceJobSpec) else None
    attempt.status_reason = reason
    if most is not None and so_far > most:
        engine.fire(job, "fail", reason)
    else:
        engine.fire(job, "preempt")
    engine.notifications.note_preemption(engine, job, reason, PREEMPTION_COMPLETED)


def finish(engine: Engine, job: Job, reason: str, trigger: str) -> None:
    """End the live attempt for `reason` and move the job by `trigger`."""
    attempt = _live(job)
    attempt.status_reason = reason
    attempt.preemption = None  # a user who terminates the job meanwhile takes its place
    engine.fire(job, trigger, None if trigger == "retry" else reason)


def _retries(job: Job, number: int, reason: str) -> bool:
    """The retry strategy of service jobs compares the status reason only."""
    if number >= job.spec.attempts:
        return False
    for entry in job.spec.evaluate_on_exit:
        pattern = entry.get("onStatusReason", "")
        # The user guide shows a leading * as well, for service jobs alone.
        if pattern_matches(pattern, reason) or (
            pattern.startswith("*") and pattern.strip("*") in reason
        ):
            return entry["action"].upper() == "RETRY"
    return True


def _is_stopping(job: Job) -> bool:
    return bool(job.flags & TERMINATED) or is_preempted(job.attempt)


def _live(job: Job) -> ServiceAttempt:
    if not isinstance(job.attempt, ServiceAttempt):
        raise AssertionError(f"{job!r} has no live attempt.")
    return job.attempt
