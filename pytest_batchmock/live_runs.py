"""What really runs: tasks at their runners, and what these have told and nobody has taken in yet.

The world calls `start` and `stop` without its lock, as the outbox has them; a runner tells from
whichever thread it likes, and the world takes it in when it next holds the lock.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from pytest_batchmock.api.views.names import task_arns
from pytest_batchmock.domain.containers import Parts, node_index, parts_of
from pytest_batchmock.domain.job import Job
from pytest_batchmock.domain.requirements import Requirements, of_container, of_pod_container
from pytest_batchmock.engine.live import LiveEnd, LiveStart, LiveStop
from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.options import Options
from pytest_batchmock.runners.environment import effective_command, effective_environment
from pytest_batchmock.runners.protocol import (
    Home,
    LiveRun,
    Reattaches,
    Runner,
    RunnerReport,
    Shares,
    Task,
)

_GOODBYE_SECONDS = 10.0


class Told(NamedTuple):
    """What a runner has told.

    Attributes:
        at: When, by the monotonic clock.
        start: Of which run.
        what: A report, or text for the log.
    """

    at: float
    start: LiveStart
    what: RunnerReport | str


@dataclass(slots=True)
class Meanwhile:
    """What has become known of a run while its runner begins with it: that is done without a lock.

    Attributes:
        grace_ms: How long it may take to end by itself, if it is to be stopped.
        has_ended: Whether it has told its end.
    """

    grace_ms: int | None = None
    has_ended: bool = False


class LiveRuns:
    """The runs of one world.

    Args:
        options: Those of the mock.
        monotonic: The wall clock.
        wake: Called, without the world's lock, when a report has come.

    Attributes:
        inbox: What was told, oldest first.
        home: Where runs can be found again by a later process, or None.
    """

    def __init__(
        self, options: Options, monotonic: Callable[[], float], wake: Callable[[], None]
    ) -> None:
        self._id = uuid.uuid4().hex[:12]  # jobs of two mocks with one seed have the same ids
        self._options = options
        self._monotonic = monotonic
        self._wake = wake
        self._runs: dict[int, LiveRun] = {}
        self._starting: dict[int, Meanwhile] = {}
        self._changing = threading.Lock()
        self._leaving: list[LiveRun] = []
        self._groups: dict[str, list[Shares]] = {}
        self._is_closed = False
        self.inbox: deque[Told] = deque()
        self.home: Home | None = None

    @property
    def is_idle(self) -> bool:
        """Whether nothing runs."""
        return not self._runs

    def start(self, start: LiveStart) -> None:
        """Hand a run to its runner. That it cannot be started is told as all else is.

        Raises:
            MockUsageError: The test asks for what the runner cannot do.
        """
        tell = partial(self._tell, start)
        runner = start.outcome.runner
        if runner is None or start.attempt is None:
            raise AssertionError(f"{start} has no runner.")
        group = self._enter(start.job, start.attempt.number, runner)
        meanwhile = self._starting[start.number] = Meanwhile()
        run = None
        try:
            run = runner.start(task_of(start, group, self._options, self.home), tell, tell)
        except MockUsageError as mistake:
            tell(RunnerReport("failed_to_start", None, str(mistake)[:255]))
            raise
        except Exception as error:
            reason = f"CannotStartContainerError: {type(error).__name__}: {error}"
            tell(RunnerReport("failed_to_start", None, reason[:255]))
        finally:
            self._has_begun(start, run, meanwhile)
            if isinstance(runner, Shares) and group not in self._groups:
                runner.leave(group)  # the attempt has ended meanwhile, and the runner may have missed it

    def _has_begun(self, start: LiveStart, run: LiveRun | None, meanwhile: Meanwhile) -> None:
        """The runner has begun with a run: catch up with what other threads have learned meanwhile."""
        with self._changing:
            del self._starting[start.number]
            if run is None:
                return
            if not meanwhile.has_ended:
                self._runs[start.number] = run
            elif not run.wait(0):
                self._leaving.append(run)
        if self._is_closed:
            run.stop(0)
        elif meanwhile.grace_ms is not None:
            run.stop(meanwhile.grace_ms)

    def reattach(self, start: LiveStart, written: Sequence[str]) -> bool:
        """Find a run again that another process has begun; False if its runner cannot.

        Of its lines those `written` are there already.
        """
        runner = start.outcome.runner
        if not isinstance(runner, Reattaches) or start.attempt is None:
            return False
        tell = partial(self._tell, start)
        group = self._enter(start.job, start.attempt.number, runner)
        task = task_of(start, group, self._options, self.home)
        run = runner.reattach(task, tell, tell, written)
        if run is not None:
            self._runs[start.number] = run
        return run is not None

    def stop(self, stop: LiveStop) -> None:
        """Have a run stopped, if it still runs; one that is being started, as soon as it has begun."""
        with self._changing:
            run = self._runs.get(stop.number)
            meanwhile = self._starting.get(stop.number)
            if meanwhile is not None:
                asked_ms = meanwhile.grace_ms
                meanwhile.grace_ms = stop.grace_ms if asked_ms is None else min(asked_ms, stop.grace_ms)
        if run is not None:
            run.stop(stop.grace_ms)

    def end(self, end: LiveEnd) -> None:
        """An attempt is over: nothing more of it will be started."""
        group = self._group_of(end.job, end.number)
        for runner in self._groups.pop(group, ()):
            runner.leave(group)

    def forget(self, start: LiveStart) -> None:
        """The end of a run was taken in."""
        with self._changing:
            self._leaving = [run for run in self._leaving if not run.wait(0)]
            if start.number in self._starting:
                self._starting[start.number].has_ended = True
            run = self._runs.pop(start.number, None)
            if run is not None and not run.wait(0):
                self._leaving.append(run)  # it has told its end, but something of it is still there

    def close(self) -> None:
        """Kill what runs, and wait until nothing of it is left."""
        self._is_closed = True
        runs = list(self._runs.values())
        for run in runs:
            run.stop(0)
        deadline = time.monotonic() + _GOODBYE_SECONDS
        for run in (*runs, *self._leaving):
            run.wait(max(0.0, deadline - time.monotonic()))
        for group, runners in self._groups.items():
            for runner in runners:
                runner.leave(group)
        self._groups.clear()
        self._runs.clear()
        self.inbox.clear()

    def _enter(self, job: Job, number: int, runner: Runner) -> str:
        """The group of a task that is to be started; its runner hears when it is over."""
        group = self._group_of(job, number)
        if isinstance(runner, Shares):
            users = self._groups.setdefault(group, [])
            if runner not in users:
                users.append(runner)
        return group

    def _group_of(self, job: Job, number: int) -> str:
        """What the containers and nodes of attempt `number` have in common."""
        owner = job.parent if job.is_node and job.parent is not None else job
        return f"{self._id}/{owner.id}/{number}"

    def _tell(self, start: LiveStart, what: RunnerReport | str) -> None:
        if self._is_closed:
            return
        self.inbox.append(Told(self._monotonic(), start, what))
        if not isinstance(what, str):
            self._wake()


def task_of(start: LiveStart, group: str, options: Options, home: Home | None = None) -> Task:
    """What a runner gets to know of a run."""
    job, attempt = start.job, start.attempt
    if attempt is None:
        raise AssertionError(f"{job!r} has no live attempt.")
    parts = parts_of(job)
    image, needs = _wants(job, parts, start.container)
    members, task_members = _members(parts, start.container)
    definition = job.spec.definition
    region = job.spec.region
    return Task(
        job_id=job.id,
        job_name=job.name,
        attempt=attempt.number,
        container=start.container,
        image=image,
        command=tuple(effective_command(job, start.container)[0]),
        environment=effective_environment(job, attempt, start.container),
        vcpus=needs.mvcpus / 1000,
        memory_mib=needs.memory_mib,
        gpus=needs.gpus,
        group=group,
        is_alone=parts.is_single and not job.spec.num_nodes,
        is_pod=parts.is_pod,
        node=node_index(job) if job.spec.num_nodes else None,
        is_main=not job.is_node or node_index(job) == job.spec.main_node,
        on_fargate=attempt.environment.platform == "FARGATE",
        compute_environment=attempt.environment.name,
        stop_timeout_ms=start.outcome.stop_timeout_ms,
        members=members,
        task_members=task_members,
        account=region.account,
        arn=task_arns(job, attempt, options.seed)["taskArn"],
        definition=f"{definition.name}:{definition.revision}",
        home=home,
        options=options,
    )


def _members(parts: Parts, name: str | None) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The members of a container as defined, and those of its task."""
    for container in parts.containers:
        if container.name == name:
            if parts.is_pod:
                said = {name: value for name, value in container.overriding.items() if value}
                return {**container.defined, **said}, parts.pod
            return container.defined, parts.defined["ecsProperties"]["taskProperties"][0]
    return parts.container, parts.container


def _wants(job: Job, parts: Parts, name: str | None) -> tuple[str, Requirements]:
    """The image of a container, and what it needs."""
    for container in parts.containers:
        if container.name == name:
            if parts.is_pod:
                return container.image, of_pod_container(container.defined, container.overriding)
            return container.image, of_container(container.defined, container.overriding)
    needs = of_container(parts.container, parts.container_override)
    return str(parts.container.get("image", "")), needs
