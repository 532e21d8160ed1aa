"""One attempt of a job: placed, started, ended, retried or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pytest_batchmock.domain import consumption
from pytest_batchmock.domain.compute_environment import ComputeEnvironment
from pytest_batchmock.domain.containers import parts_of
from pytest_batchmock.domain.instance import Instance
from pytest_batchmock.domain.job import TERMINATED, Attempt, Job
from pytest_batchmock.domain.job_class import JobClass
from pytest_batchmock.domain.status import STARTING
from pytest_batchmock.engine import fleet, latency, live, spot
from pytest_batchmock.engine.event_queue import INTERRUPTION, NORMAL, TIME_OUT, USER
from pytest_batchmock.engine.families import containers, multinode, service
from pytest_batchmock.engine.families.containers import TaskWork
from pytest_batchmock.engine.live import LiveStart, LiveWork, RealWork
from pytest_batchmock.engine.logs import ONLY_CONTAINER
from pytest_batchmock.engine.retry import retries
from pytest_batchmock.runners import outcomes
from pytest_batchmock.runners.containers import STOPPED_EXIT_CODE
from pytest_batchmock.runners.outcomes import Ending, Outcome
from pytest_batchmock.runners.protocol import RunnerReport

if TYPE_CHECKING:
    from pytest_batchmock.engine.engine import Engine

TIMED_OUT: Final = Ending("Job attempt duration exceeded timeout", 137)
"""Recorded: text and exit code."""

_EXITED: Final = (outcomes.CONTAINER_EXITED, outcomes.POD_ENDED)
_EXITS: Final = frozenset({"succeeds", "fails"})
"""The outcomes by which a container ends by itself, wherever it is."""

_INTERRUPTIONS: Final = frozenset({"reclaimed", "host_lost"})


SERVICE_LOST: Final = "Task failed: its state is unknown"
"""Inferred: Fargate shows no host that could be lost."""


class PlannedWork(NamedTuple):
    """What an attempt will come to."""

    outcome: Outcome
    ending: Ending | None


def place(
    engine: Engine,
    job: Job,
    environment: ComputeEnvironment,
    instances: tuple[Instance, ...] = (),
) -> None:
    """Reserve the room, open the attempt and move the job to STARTING.

    Args:
        engine: The engine.
        job: The job.
        environment: Where it runs.
        instances: On what: one, or one for each node; none where there are no instances to see.

    Raises:
        MockUsageError: The outcome that the test planned cannot happen there.
    """
    spec, number = job.spec, len(job.attempts) + 1
    is_spot = environment.is_spot
    instance = None
    if instances:
        instance = instances[spec.main_node if spec.num_nodes else 0]
    elif environment.platform != "FARGATE":
        instance = fleet.unseen(engine, environment, f"{job.id}/{number}")
    outcome = engine.planner(job, number)
    work: PlannedWork | TaskWork | LiveWork
    container = None if spec.num_nodes else spec.definition.request.get("containerProperties")
    if outcome.kind in _EXITS and container is not None:
        work = PlannedWork(outcome, Ending(outcomes.CONTAINER_EXITED, outcome.exit_code, outcome.reason))
    else:
        work = _work(engine, job, number, outcome, is_spot, instance)
    job_class = engine.fleet.classes.of(spec)
    _take(engine, job, job_class, environment, instances)
    if spec.consumables:
        consumption.take(spec)
    job.attempt = Attempt(
        number, environment=environment, instance=instance, starting_at_ms=engine.now_ms
    )
    job.attempt.work = work
    if isinstance(work, TaskWork):
        engine.logs.plan(job, number, work.script.outcomes)
    elif outcome.log:
        engine.logs.plan(job, number, {ONLY_CONTAINER: outcome})
    engine.demand.remove(spec.queue, job_class, engine.now_ms)
    engine.fire(job, "place")
    if is_spot:
        spot.placed(engine, job)


def _work(
    engine: Engine,
    job: Job,
    number: int,
    outcome: Outcome,
    is_spot: bool,
    instance: Instance | None,
) -> PlannedWork | TaskWork | LiveWork:
    """What runs an attempt, where that is more than one container that ends by itself."""
    parts = parts_of(job)
    image = str(parts.container.get("image", ""))
    instance_id = None if instance is None else instance.id
    where = outcomes.Place(job.name, image, is_spot, instance is None, instance_id)
    if not parts.is_single:
        return containers.work_for(engine, job, parts, number, outcome, where)
    if outcome.runner is not None:
        live.check(outcome, where)
        return LiveWork(outcome, where)
    ends = not outcome.hangs and not outcome.is_live
    return PlannedWork(outcome, outcome.ending(where) if ends else None)


def _take(
    engine: Engine,
    job: Job,
    job_class: JobClass,
    environment: ComputeEnvironment,
    instances: tuple[Instance, ...],
) -> None:
    if not instances:
        engine.capacity.take(environment, job)
        return
    if not job_class.nodes:
        fleet.take(engine, instances[0], job, job_class.need)
        return
    job.gang = instances
    nodes = job.children or ()
    for instance, node, need in zip(instances, nodes, job_class.nodes, strict=True):
        instance.gang = job.key
        fleet.take(engine, instance, node, need)


def begin(engine: Engine, job: Job) -> None:
    """STARTING has begun: the container starts, or something prevents it."""
    work = _live(job).work
    if isinstance(work, TaskWork):
        containers.begin(engine, job)
        return
    if isinstance(work, LiveWork):
        engine.after(engine.stage_ms(latency.START_LIVE_MS), "live_begins", job)
        return
    outcome, ending = work
    if outcome.while_starting and ending is not None:
        # A stage that takes no time could not be seen by polling.
        delay = (
            engine.stage_ms(latency.PULL_MS) if outcome.after_ms is None else max(outcome.after_ms, 1)
        )
        engine.after(delay, "attempt_ends", job, ending, priority=_priority(outcome))
    else:
        on_fargate = _live(job).instance is None
        start_ms = latency.START_FARGATE_MS if on_fargate else latency.START_EC2_MS
        engine.after(engine.stage_ms(start_ms), "container_starts", job)


def container_starts(engine: Engine, job: Job, data: Any) -> None:
    """The container runs."""
    engine.fire(job, "container_started")


def run(engine: Engine, job: Job) -> None:
    """RUNNING has begun: plan how it ends, or hand the work out."""
    attempt = _live(job)
    attempt.started_at_ms = job.started_at_ms = engine.now_ms
    if job.flags & TERMINATED and not live.terminate(engine, job):
        engine.after(engine.stage_ms(latency.STOP_MS), "attempt_stopped", job, priority=USER)
    if job.spec.timeout_ms is not None:
        engine.after(job.spec.timeout_ms, "attempt_times_out", job, priority=TIME_OUT)
    if isinstance(attempt.work, RealWork):
        live.runs(engine, job, attempt.work)
        return
    outcome, ending = attempt.work
    if ending is not None:
        delay = engine.default_duration_ms if outcome.after_ms is None else outcome.after_ms
        engine.after(delay, "attempt_ends", job, ending, priority=_priority(outcome))
    elif outcome.call is not None:
        engine.hand_out(job, outcome)


def containers_move(engine: Engine, job: Job, version: int) -> None:
    """A moment of the plan for several containers has come; perhaps the attempt ends with it."""
    ending = containers.move(engine, job, version)
    if ending is not None:
        (multinode.ends if job.is_node else ends)(engine, job, ending)


def report(engine: Engine, start: LiveStart, told: RunnerReport) -> None:
    """Foreign code or a runner tells of an attempt: void if the job has moved on meanwhile."""
    if told.phase != "running":
        engine.live.pop(start.number, None)
    job = start.job
    if job.attempt is None or job.attempt is not start.attempt:
        return
    if told.phase == "host_lost":
        work = job.attempt.work
        if not isinstance(work, RealWork) or work.asked is None:
            host_lost(engine, start)
            return
        told = told._replace(phase="ended")  # it was to end anyway, and for that reason it has
    if start.container is not None:
        _report_container(engine, job, start, told)
    elif isinstance(job.attempt.work, LiveWork):
        _report_live(engine, job, job.attempt.work, told)
    elif told.phase != "running":
        _report_end(engine, start, told)


def _report_container(engine: Engine, job: Job, start: LiveStart, told: RunnerReport) -> None:
    ending = containers.reported(engine, job, start, told)
    if ending is None:
        return
    work = _live(job).work
    if job.is_node:
        multinode.ends(engine, job, ending)
    elif isinstance(work, TaskWork) and work.is_final:
        _finish(engine, job, ending, "fail")
    else:
        ends(engine, job, ending)


def _report_live(engine: Engine, job: Job, work: LiveWork, told: RunnerReport) -> None:
    if told.phase == "running":
        if job.status != STARTING:
            return  # it was found again by a later process, which says so
        if job.is_node:
            multinode.runs(engine, job)
        else:
            engine.fire(job, "container_started")
        return
    ending = live.ending(work, told.exit_code, told.reason)
    if told.phase == "failed_to_start":
        ending = Ending(outcomes.TASK_FAILED_TO_START, None, told.reason)
    if job.is_node:
        multinode.ends(engine, job, ending)
    elif work.is_final and told.phase == "ended":
        _finish(engine, job, ending, "fail")
    else:
        ends(engine, job, ending)


def _report_end(engine: Engine, start: LiveStart, told: RunnerReport) -> None:
    """A callable, or the container of a node, has ended: at once, or when `after` has passed."""
    job, attempt = start.job, start.attempt
    if job.is_service:
        service.ends(engine, job, service.ending(told.exit_code, told.reason))
        return
    ending = Ending(outcomes.CONTAINER_EXITED, told.exit_code, told.reason)
    if told.phase == "failed_to_start":
        ending = Ending(outcomes.TASK_FAILED_TO_START, None, told.reason)
    after_ms, started_ms = start.outcome.after_ms, attempt.started_at_ms if attempt else None
    left_ms = 0
    if after_ms is not None and started_ms is not None:
        left_ms = started_ms + after_ms - engine.now_ms
    if left_ms > 0:
        engine.after(left_ms, "node_ends" if job.is_node else "attempt_ends", job, ending)
    else:
        (multinode.ends if job.is_node else ends)(engine, job, ending)


def host_lost(engine: Engine, start: LiveStart) -> None:
    """Nobody knows any more what runs an attempt: to the job that is the loss of its host."""
    engine.live.pop(start.number, None)
    job, attempt = start.job, start.attempt
    if attempt is None or job.attempt is not attempt:
        return
    if job.is_service:
        service.ends(engine, job, service.ending(1, "The training was lost."))
        return
    reason = outcomes.host_terminated(attempt.instance_id) if attempt.instance_id else SERVICE_LOST
    (multinode.ends if job.is_node else ends)(engine, job, Ending(reason))


def ends(engine: Engine, job: Job, ending: Ending) -> None:
    """The attempt ended by itself or was interrupted: the job succeeds, is retried, or fails."""
    attempt = _live(job)
    spec = job.spec
    exited = ending.status_reason in _EXITED
    if not exited and attempt.instance is not None and _is_loss_of(attempt.instance, ending):
        # Nobody else gets an instance that is said to be gone.
        fleet.retire(engine, attempt.instance, _why_lost(attempt))
    if job.flags & TERMINATED:
        _finish(engine, job, ending._replace(status_reason=job.asked_reason or ""), "fail")
    elif exited and ending.exit_code == 0:
        _finish(engine, job, ending, "succeed")
    elif retries(
        ending, number=attempt.number, attempts=spec.attempts, evaluate_on_exit=spec.evaluate_on_exit
    ):
        _finish(engine, job, ending, "retry")
    else:
        _finish(engine, job, ending, "fail")


def _is_loss_of(instance: Instance, ending: Ending) -> bool:
    """Whether an attempt ended because `instance` was lost."""
    return ending.status_reason == outcomes.host_terminated(instance.id)


def _why_lost(attempt: Attempt) -> str:
    work = attempt.work
    reclaimed = work.is_reclaimed if isinstance(work, LiveWork) else work.outcome.kind == "reclaimed"
    return fleet.RECLAIMED if reclaimed else fleet.HOST_FAILED


def times_out(engine: Engine, job: Job, data: Any) -> None:
    """The time limit of the attempt is over: it fails and is never retried."""
    if job.flags & TERMINATED:
        return
    work = _live(job).work
    if isinstance(work, RealWork) and work.runs:
        if work.asked is None:
            work.is_final = True
        live.ask(engine, job, work, TIMED_OUT)
    else:
        _finish(engine, job, TIMED_OUT, "fail")


def stopped(engine: Engine, job: Job, data: Any) -> None:
    """The container has stopped because the user terminated the job: it is never retried."""
    exit_code = None if _live(job).started_at_ms is None else STOPPED_EXIT_CODE
    _finish(engine, job, Ending(job.asked_reason or "", exit_code), "fail")


def close(engine: Engine, job: Job) -> None:
    """List the attempt among those that have ended."""
    attempt = _live(job)
    attempt.stopped_at_ms = engine.now_ms
    live.leave(engine, job, attempt)
    attempt.work = containers.close(engine, attempt)
    job.attempts = (*job.attempts, attempt)
    job.attempt = None


def _finish(engine: Engine, job: Job, ending: Ending, trigger: str) -> None:
    attempt = _live(job)
    attempt.status_reason, attempt.exit_code, attempt.reason = ending
    engine.fire(job, trigger, None if trigger == "retry" else ending.status_reason or None)


def _live(job: Job) -> Attempt:
    if job.attempt is None:
        raise AssertionError(f"{job!r} has no live attempt.")
    return job.attempt


def _priority(outcome: Outcome) -> int:
    return INTERRUPTION if outcome.kind in _INTERRUPTIONS else NORMAL
