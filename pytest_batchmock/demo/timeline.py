"""From a job's history to a bar of cells. Pure: no terminal, no colours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, NamedTuple

WAITS: Final = "depends"
QUEUES: Final = "queued"
STARTS: Final = "starting"
RUNS: Final = "running"
LOST: Final = "lost"
DONE: Final = "done"
BLOW: Final = "reclaimed"
NOTHING: Final = ""

_KINDS: Final = {
    "SUBMITTED": WAITS,
    "PENDING": WAITS,
    "RUNNABLE": QUEUES,
    "STARTING": STARTS,
    "RUNNING": RUNS,
    "SUCCEEDED": NOTHING,
    "FAILED": NOTHING,
}
_SECONDS: Final = (
    1,
    2,
    5,
    10,
    15,
    20,
    30,
    60,
    120,
    300,
    600,
    1200,
    1800,
    3600,
    7200,
    14400,
    43200,
    86400,
)
_LEAST_LABEL_GAP: Final = 8


class Scale(NamedTuple):
    """How virtual time is laid on the terminal's columns."""

    begin: datetime
    seconds: int
    width: int

    def start_of(self, column: int) -> datetime:
        """The first instant of a column."""
        return self.begin + timedelta(seconds=column * self.seconds)


class Segment(NamedTuple):
    """A stretch of a job's life of one kind."""

    kind: str
    begin: datetime
    end: datetime


def scale(begin: datetime, now: datetime, width: int, at_least: timedelta) -> Scale:
    """The finest scale that fits `begin` to `now`, and `at_least` that much, into `width` columns."""
    span = max(now - begin, at_least).total_seconds()
    for seconds in _SECONDS:
        if span <= seconds * width:
            return Scale(begin, seconds, width)
    return Scale(begin, int(span // width) + 1, width)


def segments(history: Sequence[tuple[str, datetime]], now: datetime) -> list[Segment]:
    """The stretches of a job's life up to `now`; a run is lost work or done work once that is known."""
    found = []
    for (status, begin), (after, end) in pairwise([*history, ("", now)]):
        kind = _KINDS[status]
        if status == "RUNNING" and after in ("RUNNABLE", "FAILED"):
            kind = LOST
        elif status == "RUNNING" and after == "SUCCEEDED":
            kind = DONE
        found.append(Segment(kind, begin, end))
    return found


def cells(history: Sequence[tuple[str, datetime]], now: datetime, on: Scale) -> list[str]:
    """The kind of each column: what lasted at its middle, and a blow where an attempt was lost."""
    life = segments(history, now)
    blows = [
        after.begin
        for (before, _), (status, _), after in zip(history, history[1:], life[1:], strict=False)
        if status == "RUNNABLE" and before in ("STARTING", "RUNNING")
    ]
    row = []
    for column in range(on.width):
        begin, end = on.start_of(column), on.start_of(column + 1)
        if begin > now:
            break
        middle = min(begin + (end - begin) / 2, now)
        kind = next((part.kind for part in life if part.begin <= middle < part.end), NOTHING)
        row.append(BLOW if any(begin <= blow < end for blow in blows) else kind)
    return row


def axis(on: Scale) -> str:
    """Labels for the columns, such as ``0   5m   10m``."""
    step = next(
        (s for s in _SECONDS if s >= 60 and s >= on.seconds * _LEAST_LABEL_GAP), on.seconds * on.width
    )
    line = ""
    for at in range(0, on.seconds * on.width, step):
        label = "0" if at == 0 else f"{at // 60}m" if at < 7200 else f"{at / 3600:g}h"
        column = -(-at // on.seconds)
        if column + len(label) <= on.width:
            line = line.ljust(column) + label
    return line
