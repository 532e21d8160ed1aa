"""The event queue: what will happen, by instant, then priority, then order of arrival.

That order makes two runs alike. Events are data, never closures. An event that was made for a job in
one status is void once the job has moved on: it is dropped when it comes to the front.

Instant and priority together are one number, a moment. The heap is of moments; events of the same one
stand in line behind it, so a million events of one instant cost no more than as many in a row.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from heapq import heappop, heappush
from typing import Any, Final

# Which of several events of one instant happens first.
USER: Final = 0
TIME_OUT: Final = 1
INTERRUPTION: Final = 2
NORMAL: Final = 3
PASS: Final = 4

_BITS: Final = 3
_PRIORITIES: Final = (1 << _BITS) - 1

Event = tuple[str, Any, int | None, Any]
"""The engine's handler for it, the job or resource it is about, that subject's epoch when it was made
(None: it is never void), and whatever the handler needs."""


class _Agenda:
    """Events of one kind: `moments` is a heap, `at` has what happens at each."""

    __slots__ = ("at", "moments")

    def __init__(self) -> None:
        self.moments: list[int] = []
        self.at: dict[int, Event | deque[Event]] = {}  # few moments have more than one

    def take(self) -> Event:
        """Take out the first event, be it void or not."""
        moment = self.moments[0]
        there = self.at[moment]
        if isinstance(there, deque):
            event: Event = there.popleft()
            if there:
                return event
        else:
            event = there
        heappop(self.moments)
        del self.at[moment]
        return event

    def first(self) -> int | None:
        """The moment of the first event that is not void, or None; those before it are dropped."""
        while self.moments:
            moment = self.moments[0]
            there = self.at[moment]
            _, subject, epoch, _ = there[0] if isinstance(there, deque) else there
            if epoch is None or subject.epoch == epoch:
                return moment
            self.take()
        return None


class EventQueue:
    """Foreground (the clock jumps to these) and housekeeping (only when nothing else is left).

    Of one moment, what is in the foreground comes first.

    Attributes:
        at_ms: The instant whose events were taken last.
    """

    def __init__(self) -> None:
        self.at_ms = 0
        self._foreground = _Agenda()
        self._housekeeping = _Agenda()

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
        """Add an event, behind the others of its moment."""
        agenda = self._housekeeping if housekeeping else self._foreground
        moment, event = at_ms << _BITS | priority, (kind, subject, epoch, data)
        there = agenda.at.get(moment)
        if there is None:
            agenda.at[moment] = event
            heappush(agenda.moments, moment)
        elif isinstance(there, deque):
            there.append(event)
        else:
            agenda.at[moment] = deque((there, event))

    def peek_foreground(self) -> int | None:
        """When the next foreground event happens, or None."""
        return _instant(self._foreground.first())

    def peek_housekeeping(self) -> int | None:
        """When the next housekeeping event happens, or None."""
        return _instant(self._housekeeping.first())

    def peek(self) -> int | None:
        """When the next event of either kind happens, or None."""
        first = self._foreground.first()
        if self._housekeeping.moments:
            second = self._housekeeping.first()
            if first is None or (second is not None and second < first):
                first = second
        return _instant(first)

    def next_instant(self, until_ms: int) -> Iterator[Event]:
        """Take the events of the next instant that is not later than `until_ms`.

        They come one by one, and with them those that are added meanwhile. `at_ms` tells the instant as
        soon as the first is there.
        """
        moments, later = self._foreground.moments, self._housekeeping.moments
        end = (until_ms + 1) << _BITS
        is_first = True
        while True:
            if later and later[0] < end and not (moments and moments[0] <= later[0]):
                moment = later[0]
                event = self._housekeeping.take()
            elif moments and moments[0] < end:
                moment = moments[0]
                event = self._foreground.take()
            else:
                return
            _, subject, epoch, _ = event
            if epoch is None or subject.epoch == epoch:
                if is_first:
                    self.at_ms = moment >> _BITS
                    end = (self.at_ms + 1) << _BITS
                    is_first = False
                yield event

    def events(self) -> list[tuple[int, int, Event]]:
        """What is to happen and not void, with instant and priority, in its order within each kind."""
        found: list[tuple[int, int, Event]] = []
        for agenda in (self._foreground, self._housekeeping):
            for moment in sorted(agenda.moments):
                there = agenda.at[moment]
                found += (
                    (moment >> _BITS, moment & _PRIORITIES, event)
                    for event in (there if isinstance(there, deque) else (there,))
                    if event[2] is None or event[1].epoch == event[2]
                )
        return found


def _instant(moment: int | None) -> int | None:
    return None if moment is None else moment >> _BITS
