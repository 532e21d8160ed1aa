"""Service jobs: training jobs that Batch hands to SageMaker.

SCHEDULED is SageMaker's InProgress/Pending, STARTING its Downloading, RUNNING its Training (user
guide, service-job-status). They run in a service environment, which counts instances.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pytest_batchmock.domain.job import TERMINATED, Attempt, Job
from pytest_batchmock.domain.service_environment import ServiceEnvironment
from pytest_batchmock.engine import latency
from pytest_batchmock.engine.event_queue import TIME_OUT
from pytest_batchmock.engine.retry import pattern_matches
from pytest_batchmock.runners.outcomes import Ending

if TYPE_CHECKING:
    from pytest_batchmock.engine.engine import Engine

FROM_SAGEMAKER: Final = "Received status from SageMaker: "
COMPLETED: Final = FROM_SAGEMAKER + "Training job completed"
"""Text of the user guide's event sample."""

FAILED_TRAINING: Final = FROM_SAGEMAKER + "Training job failed"
TIMED_OUT: Final = "Job attempt duration exceeded timeout"


def place(engine: Engine, job: Job, environment: ServiceEnvironment) -> None:
    """Reserve the instances, open the attempt and move the job to SCHEDULED."""
    engine.capacity.take(environment, job)
    job.attempt = Attempt(
        len(job.attempts) + 1,
        environment=environment,
        instance_id=None,
        starting_at_ms=engine.now_ms,
    )
    engine.fire(job, "place")
    engine.after(engine.stage_ms(latency.SAGEMAKER_PENDING_MS), "service_downloads", job)


def downloads(engine: Engine, job: Job, data: Any) -> None:
    """SageMaker has the instances and prepares them."""
    engine.fire(job, "prepare")
    engine.after(engine.stage_ms(latency.SAGEMAKER_DOWNLOADING_MS), "service_trains", job)


def trains(engine: Engine, job: Job, data: Any) -> None:
    """The training runs: plan how it ends."""
    engine.fire(job, "container_started")
    attempt = _live(job)
    attempt.started_at_ms = job.started_at_ms = engine.now_ms
    if job.spec.timeout_ms is not None:
        engine.after(job.spec.timeout_ms, "service_times_out", job, priority=TIME_OUT)
    outcome = engine.planner(job, attempt.number)
    if outcome.hangs:
        return
    if outcome.call is not None:
        engine.hand_out(job, outcome.call)
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
    elif end.exit_code == 0:
        finish(engine, job, end.status_reason, "succeed")
    elif _retries(job, attempt.number, end.status_reason):
        finish(engine, job, end.status_reason, "retry")
    else:
        finish(engine, job, end.status_reason, "fail")


def times_out(engine: Engine, job: Job, data: Any) -> None:
    """The time limit of the attempt is over: the job fails and is not retried."""
    if not job.flags & TERMINATED:
        finish(engine, job, TIMED_OUT, "fail")


def stopped(engine: Engine, job: Job, data: Any) -> None:
    """The user's wish to terminate it has been carried out."""
    finish(engine, job, job.asked_reason or "", "fail")


def finish(engine: Engine, job: Job, reason: str, trigger: str) -> None:
    """End the live attempt for `reason` and move the job by `trigger`."""
    _live(job).status_reason = reason
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


def _live(job: Job) -> Attempt:
    if job.attempt is None:
        raise AssertionError(f"{job!r} has no live attempt.")
    return job.attempt
