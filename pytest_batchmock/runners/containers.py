"""The plan of an attempt with several containers, an ECS task or a Kubernetes pod, as pure functions.

Planned means: what becomes of each container is known when the attempt starts STARTING; the engine
only schedules the moments. A container that a callable does has no planned end; when the callable
has reported, the plan is made anew with what it said. Of a container of a task that a runner does
only the moment is planned at which it may begin; its start and its end are facts, with each of which
the plan is made anew.

All times are milliseconds from the beginning of STARTING. The plan of a pod is in runners/pods.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from pytest_batchmock.domain.containers import Container
from pytest_batchmock.runners.outcomes import (
    CONTAINER_EXITED,
    TASK_FAILED_TO_START,
    Ending,
    Outcome,
    Place,
)

STOPPED_EXIT_CODE: Final = 137
"""Of a container that was stopped: inferred (143 and 137 have both been seen)."""

OF_THE_HOST: Final = frozenset({"reclaimed", "host_lost"})
"""The kinds of outcomes that happen to all containers at once."""


class Stages(NamedTuple):
    """How long what nobody scripts takes, in milliseconds.

    Attributes:
        start_ms: Image pull and start of the first containers.
        pull_ms: Until a failed image pull is noticed.
        helper_ms: An init container, or a container that others wait for to end.
        default_ms: A container in RUNNING.
        live_ms: Until the first containers that really run are begun.
    """

    start_ms: int
    pull_ms: int
    helper_ms: int
    default_ms: int
    live_ms: int = 0


class Course(NamedTuple):
    """What becomes of one container; None where it has not happened, or never does."""

    started_ms: int | None = None
    stopped_ms: int | None = None
    exit_code: int | None = None
    reason: str | None = None

    def as_of(self, elapsed_ms: int) -> Course:
        """What of it has happened at a time."""
        if self.stopped_ms is not None and self.stopped_ms <= elapsed_ms:
            return self
        if self.started_ms is not None and self.started_ms <= elapsed_ms:
            return Course(self.started_ms)
        return Course()


class Plan(NamedTuple):
    """What becomes of an attempt.

    Attributes:
        courses: What becomes of each container, in their order.
        running_ms: When the job is RUNNING, None if it never is.
        ends_ms: When the attempt ends by itself, None if it never does.
        ending: How.
        of_the_host: Whether the host ends it.
        begins: Of a task: when each container that a runner does may begin; None for the others,
            and while its conditions do not hold.
    """

    courses: tuple[Course, ...]
    running_ms: int | None
    ends_ms: int | None = None
    ending: Ending | None = None
    of_the_host: bool = False
    begins: tuple[int | None, ...] = ()


class Script(NamedTuple):
    """What a plan is made from.

    Attributes:
        containers: The containers, in the order of the definition.
        outcomes: What the test says of a container, by name; who is missing follows the others.
        host: What happens to the host, or None.
        place: Where it runs.
        stages: How long the rest takes.
        facts: What has really become of the containers that a runner does, by name. One that could
            not be started has stopped without a start.
    """

    containers: Sequence[Container]
    outcomes: Mapping[str, Outcome]
    host: Outcome | None
    place: Place
    stages: Stages
    facts: Mapping[str, Course] = {}

    def is_real(self, name: str) -> bool:
        """Whether a runner does that container."""
        outcome = self.outcomes.get(name)
        return outcome is not None and outcome.runner is not None

    def lasts(self, outcome: Outcome, default_ms: int) -> int | None:
        """How long a container with that outcome runs; None: until it is stopped."""
        if outcome.hangs or outcome.is_live or outcome.kind in OF_THE_HOST:
            return None
        return default_ms if outcome.after_ms is None else outcome.after_ms

    def pull_fails_after(self, outcome: Outcome) -> int:
        """How long it takes until a failed pull, or a loss of the host in STARTING, shows."""
        # A stage that takes no time could not be seen by polling.
        return self.stages.pull_ms if outcome.after_ms is None else max(outcome.after_ms, 1)

    def host_ends_ms(self, running_ms: int | None) -> int | None:
        """When the host ends the attempt."""
        if self.host is None:
            return None
        if self.host.while_starting:
            return self.pull_fails_after(self.host)
        if running_ms is None:
            return None
        after_ms = self.host.after_ms
        return running_ms + (self.stages.default_ms if after_ms is None else after_ms)

    def place_of(self, container: Container) -> Place:
        """The place, with that container's image."""
        return self.place._replace(image=container.image)


class _Failure(NamedTuple):
    """A container that cannot be started: when that shows, and why."""

    at_ms: int
    ending: Ending


def _when(failure: _Failure) -> int:
    return failure.at_ms


class _Task:
    """Works out one plan of an ECS task.

    Containers without open dependencies start together; one that depends on others starts when its
    conditions hold. The job is RUNNING when all essential containers run. An essential container
    lasts its time in RUNNING, another one from its own start.
    """

    def __init__(self, script: Script) -> None:
        self.script = script
        self.by_name = {entry.name: entry for entry in script.containers}
        self.awaited = {
            name
            for entry in script.containers
            for name, condition in entry.waits_for
            if condition != "START"
        }
        self._may_begin: dict[str, int | _Failure | None] = {}

    def start_of(self, container: Container) -> int | _Failure | None:
        """When a container starts, why it cannot, or None if it waits for ever."""
        if not self.script.is_real(container.name):
            return self.begin_of(container)
        fact = self.script.facts.get(container.name)
        if fact is None:
            begin = self.begin_of(container)
            return begin if isinstance(begin, _Failure) else None
        if fact.started_ms is None:
            return _Failure(fact.stopped_ms or 0, Ending(TASK_FAILED_TO_START, None, fact.reason))
        return fact.started_ms

    def begin_of(self, container: Container) -> int | _Failure | None:
        """When its conditions hold, why they never will, or None if that stays open."""
        if container.name not in self._may_begin:
            self._may_begin[container.name] = self._find_begin(container)
        return self._may_begin[container.name]

    def real_begin(self, container: Container) -> int | None:
        """When a runner may begin with a container; None if it does not do it, or not yet."""
        if not self.script.is_real(container.name) or (container.essential and _blocked(self.script)):
            return None
        begin = self.begin_of(container)
        return begin if isinstance(begin, int) else None

    def _find_begin(self, container: Container) -> int | _Failure | None:
        outcome = self.script.outcomes.get(container.name)
        if outcome is not None and outcome.kind == "cannot_pull":
            ending = outcome.ending(self.script.place_of(container))
            return _Failure(self.script.pull_fails_after(outcome), ending)
        stages = self.script.stages
        is_real = self.script.is_real(container.name)
        latest: int | None = stages.live_ms if is_real else stages.start_ms
        failures = []
        for name, condition in container.waits_for:
            held = self._condition_holds(self.by_name[name], condition)
            if isinstance(held, int):
                held_ms: int = held
                latest = None if latest is None else max(latest, held_ms)
            elif held is None:
                latest = None
            else:
                # The words are ours; that the container is not started is documented.
                reason = f"Dependency on container {name} ({condition}) was not met."
                failures.append(_Failure(held.at_ms, Ending(TASK_FAILED_TO_START, None, reason)))
        return min(failures, key=_when) if failures else latest

    def _condition_holds(self, upstream: Container, condition: str) -> int | _Failure | None:
        """When the condition holds, that it never will, or None if that stays open."""
        start = self.start_of(upstream)
        if not isinstance(start, int) or condition == "START":
            return start
        never = _Failure(0, Ending(TASK_FAILED_TO_START))
        end = self.own_end(upstream, start)
        limit_ms = upstream.start_timeout_ms
        if limit_ms is not None and (end is None or end.stopped_ms is None):
            return never._replace(at_ms=start + limit_ms)
        if end is None or end.stopped_ms is None:
            return None
        if limit_ms is not None and end.stopped_ms > start + limit_ms:
            return never._replace(at_ms=start + limit_ms)
        if condition == "SUCCESS" and end.exit_code != 0:
            return never._replace(at_ms=end.stopped_ms)
        return end.stopped_ms

    def own_end(self, container: Container, started_ms: int, running_ms: int = 0) -> Course | None:
        """How a container that was started ends if nobody stops it; None: it does not."""
        if self.script.is_real(container.name):
            fact = self.script.facts.get(container.name)
            return None if fact is None or fact.stopped_ms is None else fact
        stages = self.script.stages
        outcome = self.script.outcomes.get(container.name)
        if outcome is None:
            if container.essential or container.name not in self.awaited:
                return None
            return Course(started_ms, started_ms + stages.helper_ms, 0)
        lasts = self.script.lasts(outcome, stages.default_ms)
        if lasts is None:
            return None
        begins_ms = running_ms if container.essential else started_ms
        return Course(started_ms, begins_ms + lasts, outcome.exit_code, outcome.reason)

    def running_ms(self) -> int | None:
        """When all essential containers run."""
        if self.script.host is not None and self.script.host.while_starting:
            return None
        starts = [self.start_of(entry) for entry in self.script.containers if entry.essential]
        known = [start for start in starts if isinstance(start, int)]
        return max(known) if len(known) == len(starts) else None

    def failures(self) -> Iterator[_Failure]:
        """The essential containers that cannot be started."""
        for container in self.script.containers:
            start = self.start_of(container)
            if container.essential and isinstance(start, _Failure):
                yield start


def plan_task(script: Script) -> Plan:
    """Tell what becomes of an ECS task.

    When an essential container ends, all others are stopped (API model,
    TaskContainerProperties.essential); the job succeeds if all essential containers exit with 0
    (user guide, multi-container-jobs). An essential container of which the test says nothing ends
    well with the first that does; another one runs until it is stopped, or, where somebody waits
    for its end, soon exits with 0.
    """
    task = _Task(script)
    running_ms = task.running_ms()
    own = [_own_course(task, entry, running_ms) for entry in script.containers]
    failure = min(task.failures(), key=_when, default=None)
    exits = [
        course.stopped_ms
        for container, course in zip(script.containers, own, strict=True)
        if container.essential and course.started_ms is not None and course.stopped_ms is not None
    ]
    # Before the job is RUNNING only a container that really runs can have ended.
    if failure is not None and not any(at_ms <= failure.at_ms for at_ms in exits):
        at_ms = failure.at_ms
        courses = tuple(stopped(course, at_ms, STOPPED_EXIT_CODE) for course in own)
        plan = Plan(courses, None, at_ms, failure.ending)
    elif exits:
        plan = _exited(script, own, running_ms, min(exits))
    else:
        plan = Plan(tuple(own), running_ms)
    begins = tuple(task.real_begin(entry) for entry in script.containers)
    return lose_host(script, plan, own)._replace(begins=begins)


def lose_host(script: Script, plan: Plan, courses: Sequence[Course]) -> Plan:
    """Cut a plan short where the host is lost before it ends, or in the same instant.

    Args:
        script: What the plan was made from.
        plan: The plan.
        courses: What becomes of each container that nobody stops.
    """
    host_ms = script.host_ends_ms(plan.running_ms)
    if script.host is None or host_ms is None:
        return plan
    if plan.ends_ms is not None and plan.ends_ms < host_ms:
        return plan
    ending = script.host.ending(script.place)
    # A container that would have ended in the very instant is lost too: the host goes first.
    lost = tuple(
        course
        if course.stopped_ms is not None and course.stopped_ms < host_ms
        else stopped(Course(course.started_ms), host_ms, ending.exit_code)
        for course in courses
    )
    return Plan(lost, plan.running_ms, host_ms, ending, of_the_host=True)


def _own_course(task: _Task, container: Container, running_ms: int | None) -> Course:
    """The course of a container that nobody stops."""
    start = task.start_of(container)
    if isinstance(start, _Failure):
        return Course(None, start.at_ms, None, start.ending.reason)
    if start is None or (container.essential and _blocked(task.script)):
        return Course()
    if task.script.is_real(container.name):
        return task.script.facts[container.name]
    if container.essential and running_ms is None:
        return Course(start)
    return task.own_end(container, start, running_ms or 0) or Course(start)


def _blocked(script: Script) -> bool:
    return script.host is not None and script.host.while_starting


def _exited(script: Script, own: list[Course], running_ms: int | None, ends_ms: int) -> Plan:
    """One or more essential containers exit, and with them the task ends."""
    essential = [
        (container, course)
        for container, course in zip(script.containers, own, strict=True)
        if container.essential
    ]
    bad = next((it for _, it in essential if it.stopped_ms == ends_ms and it.exit_code != 0), None)
    cut_short = any(
        container.name in script.outcomes and course.stopped_ms != ends_ms
        for container, course in essential
    )
    followers_exit_with = STOPPED_EXIT_CODE if bad is not None else 0
    courses = []
    for container, course in zip(script.containers, own, strict=True):
        follows = container.essential and container.name not in script.outcomes
        exit_code = followers_exit_with if follows else STOPPED_EXIT_CODE
        courses.append(stopped(course, ends_ms, exit_code))
    if bad is not None:
        ending = Ending(CONTAINER_EXITED, bad.exit_code, bad.reason)
    else:
        ending = Ending(CONTAINER_EXITED, STOPPED_EXIT_CODE if cut_short else 0)
    return Plan(tuple(courses), running_ms, ends_ms, ending)


def stopped(course: Course, at_ms: int, exit_code: int | None) -> Course:
    """What is left of a course if everything is stopped at a time."""
    if course.stopped_ms is not None and course.stopped_ms <= at_ms:
        return course
    if course.started_ms is None or course.started_ms > at_ms:
        return Course()
    return Course(course.started_ms, at_ms, exit_code)


def cut_short(
    containers: Sequence[Container], courses: Sequence[Course], at_ms: int, exit_code: int | None
) -> tuple[Course, ...]:
    """Tell what became of the containers of an attempt that something else ended.

    Args:
        containers: The containers.
        courses: Their planned courses.
        at_ms: When it was ended.
        exit_code: Of the attempt: of the essential containers that ran. None where the host
            vanished: then no container has one.
    """
    return tuple(
        stopped(course, at_ms, exit_code if entry.essential or exit_code is None else STOPPED_EXIT_CODE)
        for entry, course in zip(containers, courses, strict=True)
    )
