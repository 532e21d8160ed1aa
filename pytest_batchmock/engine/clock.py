"""Three clocks, one protocol: who moves virtual time.

| clock | moves when |
|---|---|
| manual | the test says so |
| autojump | a question is asked twice, or the test says so |
| real | with the wall clock, times a rate |

A clock decides; the world moves. None of them reads the wall clock itself: the real clock is
handed a function that does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from pytest_batchmock.engine.questions import Question
from pytest_batchmock.options import Options


class Clock(Protocol):
    """What the world asks its clock."""

    name: str

    @property
    def instant(self) -> object:
        """The present one, if it matters which questions were asked in it; else None."""

    def due_ms(self) -> int | None:
        """Where time ought to be by itself now, or None if it does not move by itself."""

    def jumps_for(self, question: Question) -> bool:
        """Whether this question moves time before it is answered; if not, it is remembered."""

    def moved(self, now_ms: int) -> None:
        """Time was moved to `now_ms`."""


class ManualClock:
    """Moves only when the test says so."""

    name = "manual"
    instant = None

    def due_ms(self) -> int | None:
        """Never by itself."""
        return None

    def jumps_for(self, question: Question) -> bool:
        """A question never moves it."""
        return False

    def moved(self, now_ms: int) -> None:
        """Nothing to remember."""


class AutojumpClock:
    """Jumps when the same question was already answered at this instant.

    So a page and its nextToken, chunks of ids, a loop over the statuses and a round robin over
    jobs each see one consistent moment, and a polling loop sees every status.
    """

    name = "autojump"

    def __init__(self) -> None:
        self.instant: object = object()  # another one at each

    def due_ms(self) -> int | None:
        """Never by itself."""
        return None

    def jumps_for(self, question: Question) -> bool:
        """Whether the question was asked before since time last moved."""
        if question.instant is self.instant:
            return True
        question.instant = self.instant
        return False

    def moved(self, now_ms: int) -> None:
        """At a new instant every question is new."""
        self.instant = object()


class RealClock:
    """``virtual_base + rate * (real - real_base)``; a jump of the test re-bases it; rate 0 pauses."""

    name = "real"
    instant = None

    def __init__(self, start_ms: int, rate: float, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._rate = rate
        self._virtual_base = start_ms
        self._real_base = monotonic()

    def due_ms(self) -> int | None:
        """Where the wall clock has carried it."""
        passed = self._monotonic() - self._real_base
        return self._virtual_base + int(passed * 1000 * self._rate)

    def jumps_for(self, question: Question) -> bool:
        """A question never moves it."""
        return False

    def moved(self, now_ms: int) -> None:
        """Re-base where the test has jumped ahead, so that time never steps back."""
        due = self.due_ms()
        if due is not None and now_ms > due:
            self._virtual_base += now_ms - due


def make_clock(options: Options, start_ms: int, monotonic: Callable[[], float]) -> Clock:
    """The clock that the options ask for.

    Args:
        options: The options.
        start_ms: Virtual time at the start.
        monotonic: The wall clock.
    """
    if options.clock == "manual":
        return ManualClock()
    if options.clock == "real":
        return RealClock(start_ms, options.rate, monotonic)
    return AutojumpClock()
