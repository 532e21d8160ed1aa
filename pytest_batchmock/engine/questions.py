"""What a program asks of a world, told apart: whether it asks again, and how often it has."""

from __future__ import annotations

from typing import Any, Final

from pytest_batchmock.domain.region import RegionState

_MANY: Final = 1024

Key = tuple[str, str, str, bytes | str]
"""Account, region, operation, and the body of the request (where nobody wrote one, its parameters)."""


class Question:
    """One call that only looks, however often it is made.

    Attributes:
        operation: As the API spells it.
        asked: The last of its key.
        count: How often it was asked while nothing changed.
        instant: When it was asked last, as the clock tells instants apart.
        jobs: The region and the ids of the jobs it asks for, if there is no more to know of it.
    """

    __slots__ = ("_of", "asked", "count", "instant", "jobs", "operation")

    def __init__(self, operation: str, asked: bytes | str) -> None:
        self.operation = operation
        self.asked = asked
        self.count = 0
        self._of = -1
        self.instant: Any = None
        self.jobs: tuple[RegionState, tuple[str, ...]] | None = None

    def repeats_in(self, state: int) -> int:
        """Count one time more, from 1 in each `state` of the world; the number of them."""
        if self._of != state:
            self._of = state
            self.count = 1
        else:
            self.count += 1
        return self.count

    def counts_in(self, instant: object, state: int) -> bool:
        """Whether it matters, in this instant and `state` of the world, that it was asked before."""
        return self._of == state or (instant is not None and self.instant is instant)


class Questions:
    """The questions of one world. The same is one object, so it is compared and counted cheaply.

    Attributes:
        known: By what tells them apart.
    """

    __slots__ = ("_most", "known")

    def __init__(self) -> None:
        self.known: dict[Key, Question] = {}
        self._most = _MANY

    def add(self, key: Key, question: Question, instant: object, state: int) -> None:
        """Know a new one; when there are many, those are forgotten that would begin anew anyway.

        Args:
            key: What tells it apart.
            question: The question.
            instant: The present one, as of `Question.instant`; None if no question is told one.
            state: The present one of the world, as of `Question.repeats_in`.
        """
        if len(self.known) >= self._most:
            self.known = {key: it for key, it in self.known.items() if it.counts_in(instant, state)}
            self._most = max(_MANY, 2 * len(self.known))
        self.known[key] = question
