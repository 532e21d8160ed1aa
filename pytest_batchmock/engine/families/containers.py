"""Jobs of several containers: the engine goes through the plan of a task or a pod, moment by moment.

The plan is made when the attempt is placed (runners/containers.py, runners/pods.py). One event at a
time is on the queue for it: the next moment at which something shows. A job of one container never
comes here; nodes of multi-node jobs do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from pytest_batchmock.domain.containers import Container, Parts, main_container
from pytest_batchmock.domain.job import TERMINATED, Attempt, Job
from pytest_batchmock.domain.status import STARTING
from pytest_batchmock.engine import latency, live
from pytest_batchmock.engine.event_queue import INTERRUPTION, NORMAL
from pytest_batchmock.engine.live import LiveStart, RealWork
from pytest_batchmock.runners.containers import (
    OF_THE_HOST,
    STOPPED_EXIT_CODE,
    Course,
    Plan,
    Script,
    Stages,
    cut_short,
    plan_task,
    stopped,
)
from pytest_batchmock.runners.outcomes import (
    CONTAINER_EXITED,
    OUT_OF_MEMORY,
    POD_ENDED,
    TASK_FAILED_TO_START,
    Ending,
    Outcome,
    Place,
    reclaimed,
)
from pytest_batchmock.runners.pods import plan_pod
from pytest_batchmock.runners.protocol import RunnerReport

if TYPE_CHECKING:
    from pytest_batchmock.engine.engine import Engine

EVENT: Final = "containers_move"
NOT_STARTED_EXIT_CODE: Final = 128
"""Of a container of a pod whose command cannot be run: containerd's StartError (inferred)."""


class TaskWork(RealWork):
    """What runs an attempt of several containers.

    Attributes:
        is_pod: Whether they are a pod's.
        script: What the plan is made from.
        plan: What will become of them, as far as it is known.
        elapsed_ms: How far the engine has gone through the plan.
        ended: Whether the plan has come to its end.
        handed_out: The containers that really have begun.
        at_work: The runs of those that a runner has at work, by name.
        is_stopping: Whether these have been told to stop: when the last one has, the attempt ends.
        version: Grows when the plan is made anew: events of older plans are void.
    """

    __slots__ = (
        "_reclaimed_after_ms",
        "at_work",
        "elapsed_ms",
        "ended",
        "handed_out",
        "is_pod",
        "is_stopping",
        "plan",
        "script",
        "version",
    )

    def __init__(self, script: Script, *, is_pod: bool, reclaimed_after_ms: int | None = None) -> None:
        super().__init__(script.place)
        self.is_pod = is_pod
        self.elapsed_ms = 0
        self.ended = False
        self.handed_out: set[str] = set()
        self.at_work: dict[str, LiveStart] = {}
        self.is_stopping = False
        self._reclaimed_after_ms = reclaimed_after_ms
        self.version = 0
        self.follow(script)

    def follow(self, script: Script) -> None:
        """Make the plan from `script` (anew)."""
        self.script = script
        self.plan: Plan = plan_pod(script) if self.is_pod else plan_task(script)
        self.version += 1

    @property
    def runs(self) -> tuple[LiveStart, ...]:
        """What runners have at work."""
        return tuple(self.at_work.values())

    @property
    def reclaimed_after_ms(self) -> int | None:
        """When in RUNNING its host is taken away."""
        return self._reclaimed_after_ms

    def stops(self, elapsed_ms: int) -> None:
        """What is scripted ends now, what really runs when it has stopped."""
        courses = (
            course._replace(stopped_ms=None, exit_code=None)
            if container.name in self.at_work
            else stopped(course, elapsed_ms, STOPPED_EXIT_CODE)
            for container, course in zip(self.script.containers, self.plan.courses, strict=True)
        )
        self.plan = Plan(tuple(courses), None)
        self.elapsed_ms = elapsed_ms
        self.is_stopping = True
        self.version += 1

    def learns(self, name: str, fact: Course) -> None:
        """Something has really become of a container that is being stopped."""
        courses = tuple(
            fact if container.name == name else course
            for container, course in zip(self.script.containers, self.plan.courses, strict=True)
        )
        self.plan = self.plan._replace(courses=courses)

    @property
    def outcome(self) -> Outcome:
        """What the test says of the main container."""
        return self.script.outcomes[main_container(tuple(self.script.containers)).name]

    def begins_at(self, at: int) -> int | None:
        """When container number `at` may begin."""
        if self.script.is_real(self.script.containers[at].name) and not self.is_pod:
            return self.plan.begins[at] if self.plan.begins else None
        return self.plan.courses[at].started_ms

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
    said = (outcome, *outcomes.values())
    losses = [entry for entry in said if entry.kind in OF_THE_HOST]
    reclaims = [it.reclaimed_after_ms for it in said if it.reclaimed_after_ms is not None]
    start_ms = latency.START_FARGATE_MS if place.is_fargate else latency.START_EC2_MS
    stages = Stages(
        start_ms=engine.stage_ms(start_ms),
        pull_ms=engine.stage_ms(latency.PULL_MS),
        helper_ms=engine.stage_ms(latency.HELPER_MS),
        default_ms=engine.default_duration_ms,
        live_ms=engine.stage_ms(latency.START_LIVE_MS),
    )
    for entry in said:
        live.check(entry, place)
    host = losses[0] if losses else None
    return TaskWork(
        Script(containers, outcomes, host, place, stages),
        is_pod=parts.is_pod,
        reclaimed_after_ms=min(reclaims, default=None),
    )


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
        if work.at_work and not plan.of_the_host and plan.ending is not None:
            live.ask(engine, job, work, plan.ending)
            return None
        work.ended = True
        return plan.ending
    for at, container in enumerate(work.script.containers):
        _hand_out(engine, job, work, container, at)
    _await_next(engine, job, work)
    return None


def reported(engine: Engine, job: Job, start: LiveStart, told: RunnerReport) -> Ending | None:
    """What really runs a container has told something: the plan is made anew with that.

    Returns how the attempt ends, if it does now: as the last of what was to stop has stopped.
    """
    attempt, work = _attempt(job), _work(job)
    elapsed_ms = engine.now_ms - attempt.starting_at_ms
    name = start.container or ""
    if told.phase != "running":
        work.at_work.pop(name, None)
    at = next(index for index, it in enumerate(work.script.containers) if it.name == name)
    if told.phase == "running" and work.plan.courses[at].started_ms is not None:
        return None  # it was found again by a later process, which says so
    if work.is_stopping:
        return _stopped(work, name, elapsed_ms, told)
    if work.script.is_real(name) and not work.is_pod:
        fact = _fact(work.script.facts.get(name, Course()), elapsed_ms, told)
        work.follow(work.script._replace(facts={**work.script.facts, name: fact}))
    elif told.phase != "running":
        _said(work, name, elapsed_ms, start.outcome, told)
    else:
        return None
    _await_next(engine, job, work)
    return None


def _fact(before: Course, elapsed_ms: int, told: RunnerReport) -> Course:
    """What has become of a container, after what its runner told."""
    if told.phase == "running":
        return Course(elapsed_ms)
    started_ms = before.started_ms if told.phase == "ended" else None
    return Course(started_ms, elapsed_ms, told.exit_code, told.reason)


def _stopped(work: TaskWork, name: str, elapsed_ms: int, told: RunnerReport) -> Ending | None:
    """A container that was to stop has; how the attempt ends, if it was the last."""
    at = next(index for index, it in enumerate(work.script.containers) if it.name == name)
    work.learns(name, _fact(work.plan.courses[at], elapsed_ms, told))
    if told.phase == "running" or work.at_work:
        return None
    work.ended, work.elapsed_ms = True, elapsed_ms
    exited = _by_exit_codes(work)
    if work.is_reclaimed:
        return reclaimed(exit_code=exited.exit_code).ending(work.place)
    if work.asked is None or work.asked.status_reason in (CONTAINER_EXITED, POD_ENDED):
        return exited
    if work.asked.status_reason == TASK_FAILED_TO_START:
        return work.asked
    return work.asked._replace(exit_code=exited.exit_code)


def _by_exit_codes(work: TaskWork) -> Ending:
    """How an attempt ends whose containers have all stopped: well, if the essential ones exited with
    0, else as the first of them that did not."""
    essential = [
        course
        for container, course in zip(work.script.containers, work.plan.courses, strict=True)
        if container.essential and course.exit_code != 0
    ]
    reason = POD_ENDED if work.is_pod else CONTAINER_EXITED
    if not essential:
        return Ending(reason, 0)
    first = min(essential, key=_without_code_last)
    return Ending(reason, first.exit_code, first.reason)


def _without_code_last(course: Course) -> tuple[bool, int]:
    return course.exit_code is None, course.stopped_ms or 0


def _said(work: TaskWork, name: str, elapsed_ms: int, outcome: Outcome, told: RunnerReport) -> None:
    """A callable, or what does a container of a pod, has ended: that is its planned outcome now."""
    at = next(index for index, it in enumerate(work.script.containers) if it.name == name)
    container = work.script.containers[at]
    begins_ms = work.plan.courses[at].started_ms
    if container.essential and not container.is_init:
        begins_ms = work.plan.running_ms
    after_ms = max(elapsed_ms - (begins_ms or 0), outcome.after_ms or 0)
    kind = "succeeds" if told.exit_code == 0 else "fails"
    if told.reason is not None and told.reason.startswith(OUT_OF_MEMORY):
        kind = "out_of_memory"
    exit_code = NOT_STARTED_EXIT_CODE if told.phase == "failed_to_start" else told.exit_code
    said = Outcome(kind, after_ms, exit_code=exit_code, reason=told.reason)
    work.follow(work.script._replace(outcomes={**work.script.outcomes, name: said}))


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


def _hand_out(engine: Engine, job: Job, work: TaskWork, container: Container, at: int) -> None:
    """Have a container really begin, once it may.

    A runner's begins when its conditions hold, and is what makes the job RUNNING; a callable's, and
    one of a pod, begins when the container runs (and with it the job).
    """
    outcome = work.script.outcomes.get(container.name)
    if outcome is None or not outcome.is_live or container.name in work.handed_out:
        return
    begins_ms = work.begins_at(at)
    if begins_ms is None or begins_ms > work.elapsed_ms:
        return
    makes_running = outcome.runner is not None and not work.is_pod
    if not makes_running and container.essential and not container.is_init and job.status == STARTING:
        return
    if outcome.runner is not None and job.flags & TERMINATED:
        return
    work.handed_out.add(container.name)
    if container.stop_timeout_ms is not None:
        outcome = outcome._replace(stop_timeout_ms=container.stop_timeout_ms)
    start = engine.hand_out(job, outcome, container.name)
    if outcome.runner is not None:
        work.at_work[container.name] = start


def _await_next(engine: Engine, job: Job, work: TaskWork) -> None:
    """Put the next moment at which something shows on the queue."""
    plan = work.plan
    moments = [
        at_ms
        for course in plan.courses
        for at_ms in (course.started_ms, course.stopped_ms)
        if at_ms is not None and at_ms > work.elapsed_ms
    ]
    moments += [
        at_ms
        for container, at_ms in zip(work.script.containers, plan.begins, strict=False)
        if at_ms is not None and container.name not in work.handed_out and not job.flags & TERMINATED
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
