"""Jobs of several containers: the engine goes through the plan of a task or a pod, moment by moment.

The plan is made when the attempt is placed (runners/containers.py, runners/pods.py). One event at a
time is on the queue for it: the next moment at which something shows. A job of one container never
comes here; nodes of multi-node jobs do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from pytest_batchmock.domain.containers import Container, Parts, main_container
from pytest_batchmock.domain.job import Attempt, Job
from pytest_batchmock.domain.status import STARTING
from pytest_batchmock.engine import latency
from pytest_batchmock.engine.event_queue import INTERRUPTION, NORMAL
from pytest_batchmock.runners.containers import (
    OF_THE_HOST,
    Course,
    Plan,
    Script,
    Stages,
    cut_short,
    plan_task,
)
from pytest_batchmock.runners.outcomes import Ending, Outcome, Place
from pytest_batchmock.runners.pods import plan_pod
from pytest_batchmock.runners.protocol import RunnerReport

if TYPE_CHECKING:
    from pytest_batchmock.engine.engine import Engine

EVENT: Final = "containers_move"
NOT_FOUND_EXIT_CODE: Final = 127
"""Of one container of several whose command cannot be run; the task fails with it."""


class TaskWork:
    """What runs an attempt of several containers.

    Attributes:
        is_pod: Whether they are a pod's.
        script: What the plan is made from.
        plan: What will become of them, as far as it is known.
        elapsed_ms: How far the engine has gone through the plan.
        ended: Whether the plan has come to its end.
        handed_out: The containers whose callables have begun.
        version: Grows when the plan is made anew: events of older plans are void.
    """

    __slots__ = ("elapsed_ms", "ended", "handed_out", "is_pod", "plan", "script", "version")

    def __init__(self, script: Script, *, is_pod: bool) -> None:
        self.is_pod = is_pod
        self.elapsed_ms = 0
        self.ended = False
        self.handed_out: set[str] = set()
        self.version = 0
        self.follow(script)

    def follow(self, script: Script) -> None:
        """Make the plan from `script` (anew)."""
        self.script = script
        self.plan: Plan = plan_pod(script) if self.is_pod else plan_task(script)
        self.version += 1

    @property
    def outcome(self) -> Outcome:
        """What the test says of the main container."""
        return self.script.outcomes[main_container(tuple(self.script.containers)).name]

    @property
    def courses(self) -> tuple[Course, ...]:
        """What has become of the containers so far, in their order."""
        return tuple(course.as_of(self.elapsed_ms) for course in self.plan.courses)


class TaskRecord(NamedTuple):
    """What is kept of an attempt of several containers that has ended."""

    courses: tuple[Course, ...]


def courses_of(attempt: Attempt) -> tuple[Course, ...]:
    """What has become of the containers of an attempt, in their order; none of a single one."""
    work = attempt.work
    return work.courses if isinstance(work, TaskWork | TaskRecord) else ()


def work_for(
    engine: Engine, job: Job, parts: Parts, number: int, outcome: Outcome, place: Place
) -> TaskWork:
    """Plan attempt `number` of `job`.

    Args:
        engine: The engine.
        job: The job or node.
        parts: What holds its containers.
        number: Of the attempt.
        outcome: What the test says of the job: it goes to the main container, unless that has an
            outcome of its own; a loss of the host is one of all containers anyway.
        place: Where it runs.

    Raises:
        MockUsageError: The outcome that the test planned cannot happen there.
    """
    containers = parts.containers
    outcomes = {main_container(containers).name: outcome}
    for container in containers:
        own = engine.planner.of_container(job, number, container.name)
        if own is not None:
            outcomes[container.name] = own
    losses = [entry for entry in (outcome, *outcomes.values()) if entry.kind in OF_THE_HOST]
    start_ms = latency.START_FARGATE_MS if place.is_fargate else latency.START_EC2_MS
    stages = Stages(
        start_ms=engine.stage_ms(start_ms),
        pull_ms=engine.stage_ms(latency.PULL_MS),
        helper_ms=engine.stage_ms(latency.HELPER_MS),
        default_ms=engine.default_duration_ms,
    )
    host = losses[0] if losses else None
    return TaskWork(Script(containers, outcomes, host, place, stages), is_pod=parts.is_pod)


def begin(engine: Engine, job: Job) -> None:
    """STARTING has begun."""
    _await_next(engine, job, _work(job))


def move(engine: Engine, job: Job, version: int) -> Ending | None:
    """A moment of the plan has come; returns how the attempt ends if this is its end."""
    attempt, work = _attempt(job), _work(job)
    if version != work.version:
        return None
    work.elapsed_ms = engine.now_ms - attempt.starting_at_ms
    plan = work.plan
    if plan.running_ms is not None and plan.running_ms <= work.elapsed_ms and job.status == STARTING:
        if job.is_node:
            attempt.started_at_ms = job.started_at_ms = engine.now_ms
        engine.fire(job, "container_started")
    elif plan.ends_ms is not None and plan.ends_ms <= work.elapsed_ms:
        work.ended = True
        return plan.ending
    for container, course in zip(work.script.containers, plan.courses, strict=True):
        _hand_out(engine, job, work, container, course)
    _await_next(engine, job, work)
    return None


def reported(engine: Engine, job: Job, name: str, outcome: Outcome, told: RunnerReport) -> None:
    """What really runs container `name` has ended: the plan is made anew with what it said."""
    attempt, work = _attempt(job), _work(job)
    elapsed_ms = engine.now_ms - attempt.starting_at_ms
    at = next(index for index, it in enumerate(work.script.containers) if it.name == name)
    container = work.script.containers[at]
    begins_ms = work.plan.courses[at].started_ms
    if container.essential and not container.is_init:
        begins_ms = work.plan.running_ms
    after_ms = max(elapsed_ms - (begins_ms or 0), outcome.after_ms or 0)
    kind = "succeeds" if told.exit_code == 0 else "fails"
    exit_code = NOT_FOUND_EXIT_CODE if told.phase == "failed_to_start" else told.exit_code
    said = Outcome(kind, after_ms, exit_code=exit_code, reason=told.reason)
    work.follow(work.script._replace(outcomes={**work.script.outcomes, name: said}))
    _await_next(engine, job, work)


def close(engine: Engine, attempt: Attempt) -> TaskRecord | None:
    """What to keep of the work of an attempt that ends now; None of a single container."""
    work = attempt.work
    if not isinstance(work, TaskWork):
        return None
    if work.ended:
        return TaskRecord(work.courses)
    elapsed_ms = engine.now_ms - attempt.starting_at_ms
    courses = cut_short(work.script.containers, work.plan.courses, elapsed_ms, attempt.exit_code)
    return TaskRecord(courses)


def _hand_out(engine: Engine, job: Job, work: TaskWork, container: Container, course: Course) -> None:
    """Have the callable of a container begin once the container runs (and with it the job)."""
    outcome = work.script.outcomes.get(container.name)
    if outcome is None or not outcome.is_live or container.name in work.handed_out:
        return
    if course.started_ms is None or course.started_ms > work.elapsed_ms:
        return
    if container.essential and not container.is_init and job.status == STARTING:
        return
    work.handed_out.add(container.name)
    engine.hand_out(job, outcome, container.name)


def _await_next(engine: Engine, job: Job, work: TaskWork) -> None:
    """Put the next moment at which something shows on the queue."""
    plan = work.plan
    moments = [
        at_ms
        for course in plan.courses
        for at_ms in (course.started_ms, course.stopped_ms)
        if at_ms is not None and at_ms > work.elapsed_ms
    ]
    if plan.running_ms is not None and job.status == STARTING:
        moments.append(plan.running_ms)
    if plan.ends_ms is not None:
        moments.append(plan.ends_ms)
    if not moments:
        return
    at_ms = min(moments)
    lost = plan.of_the_host and at_ms == plan.ends_ms
    attempt = _attempt(job)
    delay_ms = max(0, attempt.starting_at_ms + at_ms - engine.now_ms)
    priority = INTERRUPTION if lost else NORMAL
    engine.after(delay_ms, EVENT, job, work.version, priority=priority)


def _attempt(job: Job) -> Attempt:
    if job.attempt is None:
        raise AssertionError(f"{job!r} has no live attempt.")
    return job.attempt


def _work(job: Job) -> TaskWork:
    work = _attempt(job).work
    if not isinstance(work, TaskWork):
        raise AssertionError(f"{job!r} has no containers to go through.")
    return work
