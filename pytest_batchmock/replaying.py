"""A driver whose inputs can be played again: after a restart, from a journal or a snapshot.

Instants are played as they were, and what runners and callables told then is told again. Nothing is
started meanwhile; when all is played, what ran is found again or lost.
"""

from __future__ import annotations

from pytest_batchmock.driving import SLACK_MS, Driver
from pytest_batchmock.engine import attempts, live
from pytest_batchmock.engine.clock import RealClock, make_clock
from pytest_batchmock.engine.live import LiveStart, LiveStop
from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.runners.protocol import Home, RunnerReport


class Replayed(Driver):
    """A driver that may be played again before time goes on."""

    def replay_to(self, steps: int, now_ms: int) -> None:
        """Play instants until there were `steps` of them, and let it be `now_ms`; start nothing."""
        while self.steps < steps:
            try:
                if not self._step(now_ms):
                    raise AssertionError(f"No instant {self.steps + 1} by {now_ms}.")
            except MockUsageError:
                pass  # as it was the first time, when somebody was told
            self.collect_starts()
        self.engine.settle(now_ms)

    def collect_starts(self) -> None:
        """Empty the outbox without doing what is in it, but know what was begun."""
        engine = self.engine
        while engine.outbox:
            work = engine.outbox.popleft()
            if isinstance(work, LiveStart):
                if work.job.attempt is work.attempt:
                    self._starts[work.number] = work
                else:
                    engine.live.pop(work.number, None)

    def replay_told(self, number: int, what: RunnerReport | str | None) -> None:
        """Take in what a runner or a callable told, or that its run was lost (None)."""
        start = self._starts.get(number)
        if start is None:
            raise AssertionError(f"There was no run {number}.")
        if what is None:
            del self._starts[number]
            attempts.host_lost(self.engine, start)
        elif isinstance(what, str):
            self._write(start, what)
        else:
            self._report(start, what)
        self.collect_starts()

    def go_on(self) -> None:
        """All is played again: time moves from here, and what ran is found again or lost."""
        self.is_replaying = False
        moves = self.clock.name == "real" and self.rate > 0
        now_ms = self.engine.now_ms + (SLACK_MS if moves else 0)
        if self.clock.name == "real":
            self.clock = RealClock(now_ms, self.rate, self._monotonic)
        else:
            self.clock = make_clock(self.options, now_ms, self._monotonic)
        self._kept_at = self._monotonic()
        with self._lock:
            found = [start for start in self._starts.values() if self._finds_again(start)]
            for number, start in list(self._starts.items()):
                if start in found:
                    continue
                if self.recorder is not None:
                    self.recorder.write("lost", self, number)
                self._starts.pop(number)
                attempts.host_lost(self.engine, start)
            for start in found:
                if live.is_to_stop(start):
                    self.engine.outbox.append(LiveStop(start.number, start.outcome.stop_timeout_ms))
            self._run_outbox()
            if self.clock.name == "real" and self._starts:
                self._keep()

    def keeps(self, home: Home) -> None:
        """What really runs from now on can be found again by a later process."""
        self._runs.home = home

    def _finds_again(self, start: LiveStart) -> bool:
        if start.attempt is None:
            return False
        written = self.engine.logs.written(start.job, start.attempt.number, start.container)
        return self._runs.reattach(start, written)
