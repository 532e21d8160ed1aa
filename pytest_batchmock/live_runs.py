"""What really runs: tasks at their runners, and what these have told and nobody has taken in yet.

The world calls `start` and `stop` without its lock, as the outbox has them; a runner tells from
whichever thread it likes, and the world takes it in when it next holds the lock.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from pytest_batchmock.domain.containers import parts_of
from pytest_batchmock.domain.job import Job
from pytest_batchmock.domain.requirements import of_container
from pytest_batchmock.engine.live import LiveStart, LiveStop
from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.runners.environment import effective_command, effective_environment
from pytest_batchmock.runners.protocol import LiveRun, Reattaches, RunnerReport, Task

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


class LiveRuns:
    """The runs of one world.

    Args:
        monotonic: The wall clock.
        wake: Called, without the world's lock, when a report has come.

    Attributes:
        inbox: What was told, oldest first.
    """

    def __init__(self, monotonic: Callable[[], float], wake: Callable[[], None]) -> None:
        self._monotonic = monotonic
        self._wake = wake
        self._runs: dict[int, LiveRun] = {}
        self._is_closed = False
        self.inbox: deque[Told] = deque()

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
        if start.outcome.runner is None:
            raise AssertionError(f"{start} has no runner.")
        try:
            run = start.outcome.runner.start(task_of(start), tell, tell)
        except MockUsageError as mistake:
            tell(RunnerReport("failed_to_start", None, str(mistake)[:255]))
            raise
        except Exception as error:
            reason = f"CannotStartContainerError: {type(error).__name__}: {error}"
            tell(RunnerReport("failed_to_start", None, reason[:255]))
            return
        if run is not None:
            self._runs[start.number] = run
            if self._is_closed:  # meanwhile, by another thread
                run.stop(0)

    def reattach(self, start: LiveStart) -> bool:
        """Find a run again that another process has begun; False if its runner cannot."""
        runner = start.outcome.runner
        if not isinstance(runner, Reattaches):
            return False
        tell = partial(self._tell, start)
        run = runner.reattach(task_of(start), tell, tell)
        if run is not None:
            self._runs[start.number] = run
        return run is not None

    def stop(self, stop: LiveStop) -> None:
        """Have a run stopped, if it still runs."""
        run = self._runs.get(stop.number)
        if run is not None:
            run.stop(stop.grace_ms)

    def forget(self, start: LiveStart) -> None:
        """The end of a run was taken in."""
        self._runs.pop(start.number, None)

    def close(self) -> None:
        """Kill what runs, and wait until nothing of it is left."""
        self._is_closed = True
        runs = list(self._runs.values())
        for run in runs:
            run.stop(0)
        deadline = time.monotonic() + _GOODBYE_SECONDS
        for run in runs:
            run.wait(max(0.0, deadline - time.monotonic()))
        self._runs.clear()
        self.inbox.clear()

    def _tell(self, start: LiveStart, what: RunnerReport | str) -> None:
        if self._is_closed:
            return
        self.inbox.append(Told(self._monotonic(), start, what))
        if not isinstance(what, str):
            self._wake()


def task_of(start: LiveStart) -> Task:
    """What a runner gets to know of a run."""
    job, attempt = start.job, start.attempt
    if attempt is None:
        raise AssertionError(f"{job!r} has no live attempt.")
    image, mvcpus, memory_mib = _wants(job, start.container)
    return Task(
        job_id=job.id,
        job_name=job.spec.name,
        attempt=attempt.number,
        container=start.container,
        image=image,
        command=tuple(effective_command(job, start.container)[0]),
        environment=effective_environment(job, attempt, start.container),
        vcpus=mvcpus / 1000,
        memory_mib=memory_mib,
    )


def _wants(job: Job, name: str | None) -> tuple[str, int, int]:
    """The image, the thousandths of vCPUs and the MiB of a container."""
    parts = parts_of(job)
    for container in parts.containers:
        if container.name == name:
            if parts.is_pod:
                return container.image, job.spec.mvcpus, job.spec.memory_mib
            needs = of_container(container.defined, container.overriding)
            return container.image, needs.mvcpus, needs.memory_mib
    needs = of_container(parts.container, parts.container_override)
    return str(parts.container.get("image", "")), needs.mvcpus, needs.memory_mib
