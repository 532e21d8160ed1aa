"""What a program asks of a world, told apart: whether it asks again, and how often it has."""

from __future__ import annotations

from typing import Any, Final

from pytest_batchmock.domain.region import RegionState

_MANY: Final = 4096

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


class Questions:
    """The questions of one world. The same is one object, so it is compared and counted cheaply.

    Attributes:
        known: By what tells them apart.
    """

    __slots__ = ("_era", "known")

    def __init__(self) -> None:
        self.known: dict[Key, Question] = {}
        self._era = -1

    def add(self, key: Key, question: Question, era: int) -> None:
        """Know a new one.

        Args:
            key: What tells it apart.
            question: The question.
            era: Where there are many, those of another era may be forgotten.
        """
        if len(self.known) >= _MANY and era != self._era:
            self.known.clear()
        self._era = era
        self.known[key] = question
