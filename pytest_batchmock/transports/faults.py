"""Faults of the transport: what is planned, and which attempt of a call it hits.

A fault is data: what happens, to which operations, how often. The plan is asked once for every
attempt of a call that could be hit. Not here: the verbs that a test uses (`control.faults`) and
what a fault looks like to a client (`botocore_faults`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final, Literal

from pytest_batchmock.domain.ids import keyed_fraction

FaultKind = Literal["throttle", "server_error", "read_timeout", "connect_timeout", "dropped_connection"]

ERROR_OF_KIND: Final[dict[FaultKind, str]] = {
    "throttle": "TooManyRequestsException",
    "server_error": "ServerException",
    "read_timeout": "ReadTimeoutError",
    "connect_timeout": "ConnectTimeoutError",
    "dropped_connection": "ConnectionClosedError",
}
"""The error code of an answer, or the name of botocore's exception where no answer arrives."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong between a client and the service.

    Attributes:
        kind: What.
        operations: The operations (API names) that it can hit; empty for all.
        times: How many attempts it hits before it is spent; None for no end.
        probability: Whether it hits an attempt is drawn, if given; else it hits each.
        processed: Whether the service does the work and only its answer is lost.
    """

    kind: FaultKind
    operations: tuple[str, ...] = ()
    times: int | None = None
    probability: float | None = None
    processed: bool = False

    @property
    def error(self) -> str:
        """The error code, or the name of botocore's exception."""
        return ERROR_OF_KIND[self.kind]

    def concerns(self, operation: str) -> bool:
        """Whether it can hit attempts of `operation`."""
        return not self.operations or operation in self.operations


@dataclass(slots=True)
class _Planned:
    """A fault with what has come of it."""

    fault: Fault
    number: int
    draws: int = 0
    hits: int = 0

    @property
    def spent(self) -> bool:
        return self.fault.times is not None and self.hits >= self.fault.times

    def hit(self, seed: int) -> bool:
        """Decide one attempt. Each fault draws from a sequence of its own."""
        probability = self.fault.probability
        if probability is not None:
            self.draws += 1
            if keyed_fraction(seed, "fault", f"{self.number}/{self.draws}") >= probability:
                return False
        self.hits += 1
        return True


class FaultPlan:
    """The faults of one mock, in the order in which they were planned: the first that hits, does.

    Args:
        seed: Seeds the draws.
        lock: Is held while the plan is changed.
    """

    def __init__(self, seed: int, lock: AbstractContextManager[Any] | None = None) -> None:
        self.armed = False
        """Whether any fault is left; the one look that a call without faults takes."""
        self._seed = seed
        self._planned: tuple[_Planned, ...] = ()
        self._numbers = 0
        self.told: Callable[[str], None] | None = None
        """Hears, in their order, of the attempts that were decided."""
        self._lock = (
            lock or threading.Lock()
        )  # transports ask from the threads of the program under test

    def add(self, fault: Fault) -> None:
        """Plan a fault, after those that are planned already."""
        with self._lock:
            self._numbers += 1
            self._keep((*self._planned, _Planned(fault, self._numbers)))

    def clear(self) -> None:
        """Forget all faults."""
        with self._lock:
            self._keep(())

    def concerns(self, operation: str) -> bool:
        """Whether an attempt of `operation` could be hit now."""
        return any(planned.fault.concerns(operation) for planned in self._planned)

    def draw(self, operation: str) -> Fault | None:
        """Decide one attempt: the fault that hits it, or None. What is spent thereby leaves the plan."""
        with self._lock:
            if self.told is not None and self.concerns(operation):
                self.told(operation)
            for planned in self._planned:
                if planned.fault.concerns(operation) and planned.hit(self._seed):
                    self._keep(tuple(entry for entry in self._planned if not entry.spent))
                    return planned.fault
        return None

    def left(self) -> list[tuple[Fault, int | None]]:
        """The faults that are not spent, each with the number of hits it has left (None: no end)."""
        return [
            (planned.fault, None if planned.fault.times is None else planned.fault.times - planned.hits)
            for planned in self._planned
        ]

    def state(self) -> tuple[int, tuple[_Planned, ...]]:
        """What is planned, and how many faults ever were."""
        return self._numbers, self._planned

    def restore(self, state: tuple[int, tuple[_Planned, ...]]) -> None:
        """Have the plan that had this `state`."""
        with self._lock:
            self._numbers = state[0]
            self._keep(state[1])

    def _keep(self, planned: tuple[_Planned, ...]) -> None:
        self._planned = planned
        self.armed = bool(planned)
