"""The event queue: what will happen, ordered by (at_ms, priority, sequence).

The sequence makes two runs alike. Events are data, never closures. An event that was made for a
job in one status is stale once the job has moved on: it is dropped when it comes to the front.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Any, Final, NamedTuple

# Which of several events of one instant happens first.
USER: Final = 0
TIME_OUT: Final = 1
INTERRUPTION: Final = 2
NORMAL: Final = 3
PASS: Final = 4


class Event(NamedTuple):
    """One future happening.

    Attributes:
        kind: The engine's handler for it.
        subject: The job or resource it is about.
        epoch: The subject's epoch when it was made; None if it never becomes stale.
        data: Whatever the handler needs.
    """

    at_ms: int
    priority: int
    sequence: int
    kind: str
    subject: Any
    epoch: int | None
    data: Any = None

    @property
    def is_stale(self) -> bool:
        """Whether its subject has moved on since."""
        return self.epoch is not None and self.subject.epoch != self.epoch


class EventQueue:
    """Two heaps: foreground (the clock jumps to these) and housekeeping (only when nothing else is)."""

    def __init__(self) -> None:
        self._foreground: list[Event] = []
        self._housekeeping: list[Event] = []
        self._sequence = 0

    def push(
        self,
        at_ms: int,
        kind: str,
        subject: Any,
        epoch: int | None,
        data: Any = None,
        *,
        priority: int = NORMAL,
        housekeeping: bool = False,
    ) -> None:
        """Add an event."""
        self._sequence += 1
        heap = self._housekeeping if housekeeping else self._foreground
        heappush(heap, Event(at_ms, priority, self._sequence, kind, subject, epoch, data))

    def peek_foreground(self) -> int | None:
        """When the next foreground event happens, or None."""
        head = _head(self._foreground)
        return None if head is None else head.at_ms

    def peek_housekeeping(self) -> int | None:
        """When the next housekeeping event happens, or None."""
        head = _head(self._housekeeping)
        return None if head is None else head.at_ms

    def peek(self) -> int | None:
        """When the next event of either kind happens, or None."""
        first = _head(self._foreground)
        second = _head(self._housekeeping) if self._housekeeping else None
        if first is None or second is None:
            head = first or second
            return None if head is None else head.at_ms
        return min(first.at_ms, second.at_ms)

    def pop(self, at_ms: int) -> Event | None:
        """Take the next event of the instant `at_ms` or earlier, or None."""
        heap = self._foreground
        first = None
        while heap:  # as _head; this is the innermost loop of a simulation
            first = heap[0]
            if first.epoch is None or first.subject.epoch == first.epoch:
                break
            heappop(heap)
            first = None
        if self._housekeeping:
            second = _head(self._housekeeping)
            if first is None or (second is not None and second < first):
                first, heap = second, self._housekeeping
        if first is None or first.at_ms > at_ms:
            return None
        return heappop(heap)


def _head(heap: list[Event]) -> Event | None:
    while heap:
        head = heap[0]
        epoch = head.epoch
        if epoch is None or head.subject.epoch == epoch:
            return head
        heappop(heap)
    return None
