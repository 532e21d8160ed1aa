"""A container at work, wherever its engine lets it run, and the thread that attends to it."""

from __future__ import annotations

import threading
from typing import Final, Generic

from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.runners.docker.attempts import G
from pytest_batchmock.runners.docker.engine import EngineGone
from pytest_batchmock.runners.docker.failures import LONGEST_REASON, NotStarted
from pytest_batchmock.runners.killer import Killer
from pytest_batchmock.runners.protocol import Report, RunnerReport, Task, Write

STOPPED_BEFORE: Final = "The task was stopped before its container was started."
KILLED: Final = 137
LOOKS_FOR_OUT_OF_MEMORY: Final = 20
BETWEEN_LOOKS_SECONDS: Final = 0.02


class EngineRun(Generic[G]):
    """A task at work.

    Args:
        task: What runs.
        group: The attempt that it belongs to, which it has entered.
        report: Takes the phases.
        write: Takes the lines.
    """

    def __init__(self, task: Task, group: G, report: Report, write: Write) -> None:
        self._task = task
        self._group = group
        self._report = report
        self._write = write
        self._lock = threading.Lock()
        self._runs = False
        self._can_be_told = False
        self._is_told = False
        self._is_over = False
        self._asked_ms: int | None = None
        self._gone = threading.Event()
        self._killer = Killer(lambda: self.stop(0))

    def stop(self, grace_ms: int) -> None:
        """Have it end; see `pytest_batchmock.runners.protocol.LiveRun`."""
        with self._lock:
            self._asked_ms = grace_ms if self._asked_ms is None else min(grace_ms, self._asked_ms)
            if not self._can_be_told:
                self._group.give_up_waiting()
            elif not self._is_over:
                self._begin_to_stop(grace_ms)

    def wait(self, seconds: float) -> bool:
        """Wait until it has ended and nothing of it is left."""
        return self._gone.wait(seconds)

    def _begin(self) -> None:
        """Attend to it from now on: the last that a constructor does."""
        name = f"batchmock-{self._task.job_id}"
        threading.Thread(target=self._attend, name=name, daemon=True).start()

    def _begin_to_stop(self, grace_ms: int) -> None:
        if grace_ms <= 0 or not self._is_told:
            self._is_told = True
            threading.Thread(target=self._tell, args=(grace_ms <= 0,), daemon=True).start()
        if grace_ms > 0:
            self._killer.within(grace_ms)

    def _tell(self, kills: bool) -> None:
        """Have it asked to end, or killed; in a thread of its own."""
        raise NotImplementedError

    # In the thread

    def _run(self) -> RunnerReport:
        """Have the container started, pass its output on, and wait for its end."""
        raise NotImplementedError

    def _remove(self) -> None:
        """Remove what is left of it, if anything is."""
        raise NotImplementedError

    def _attend(self) -> None:
        """Do it all, report the end, tidy up."""
        try:
            told = self._run()
        except (NotStarted, MockUsageError) as error:
            told = RunnerReport("failed_to_start", None, str(error))
        except EngineGone as error:
            told = self._lost(str(error))
        except Exception as error:  # nothing else hears of it, and the job must not run for ever
            told = self._lost(_text_of(error))
        with self._lock:
            self._is_over = True
            self._killer.give_up()
        reason = told.reason
        self._report(told._replace(reason=None if reason is None else reason[:LONGEST_REASON]))
        try:
            self._remove()
        finally:
            self._group.done()
            self._gone.set()

    def _lost(self, why: str) -> RunnerReport:
        """Nobody can tell any more what becomes of it."""
        if self._runs:
            return RunnerReport("ended", None, f"CannotInspectContainerError: {why}")
        return RunnerReport("failed_to_start", None, f"CannotStartContainerError: {why}")

    def _listens(self) -> None:
        """It is there, and can be told to end from now on: perhaps it was to be meanwhile."""
        with self._lock:
            self._can_be_told = True
            if self._asked_ms is not None:
                self._begin_to_stop(self._asked_ms)

    def _refuse_if_stopped(self) -> None:
        with self._lock:
            if self._asked_ms is not None:
                raise NotStarted(STOPPED_BEFORE)


def _text_of(error: Exception) -> str:
    explanation = getattr(error, "explanation", None)
    if explanation:  # an answer of the engine: the container was removed by somebody else, for instance
        return f"Error response from daemon: {explanation}"
    return f"{type(error).__name__}: {error}"
