"""From a job's history to stretches and cells, and from virtual time to columns. Pure: no colours.

All times are milliseconds since the epoch.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    "SCHEDULED": STARTS,
    "STARTING": STARTS,
    "RUNNING": RUNS,
    "SUCCEEDED": NOTHING,
    "FAILED": NOTHING,
}
_SECOND: Final = 1000
_MINUTE: Final = 60 * _SECOND
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
_STEPS: Final = (
    *(1, 2, 5, 10, 20, 50, 100, 200, 500),
    *(n * _SECOND for n in (1, 2, 5, 10, 15, 20, 30)),
    *(n * _MINUTE for n in (1, 2, 5, 10, 20, 30)),
    *(n * _HOUR for n in (1, 2, 4, 12)),
    *(n * _DAY for n in (1, 2, 7, 30)),
)
_LEAST_LABEL_GAP: Final = 8
_UNITS: Final = (
    (_DAY, "d", 10**9, ""),
    (_HOUR, "h", 24, "d"),
    (_MINUTE, "m", 60, "h"),
    (_SECOND, "s", 60, "m"),
)
"""A unit, its letter, how many make one of the next, and the letter of that.

An axis that is longer than two of the next tells both.
"""

History = Sequence[tuple[str, int]]
"""Every status that a job has had, with the time it began."""


class Scale(NamedTuple):
    """How virtual time is laid on columns."""

    begin_ms: int
    step_ms: int
    width: int

    def start_of(self, column: int) -> int:
        """The first instant of a column."""
        return self.begin_ms + column * self.step_ms


class Segment(NamedTuple):
    """A stretch of a job's life of one kind.

    Attributes:
        kind: What the job did: WAITS, QUEUES, STARTS, RUNS, LOST or DONE.
        begin_ms: Its first instant.
        end_ms: The first instant after it.
        attempt: The number of the attempt, 0 between attempts.
    """

    kind: str
    begin_ms: int
    end_ms: int
    attempt: int = 0


def scale(begin_ms: int, now_ms: int, width: int, at_least_ms: int = 1) -> Scale:
    """The finest scale that fits `begin_ms` to `now_ms`, and `at_least_ms`, into `width` columns."""
    span = max(now_ms - begin_ms, at_least_ms)
    for step in _STEPS:
        if span <= step * width:
            return Scale(begin_ms, step, width)
    return Scale(begin_ms, span // width + 1, width)


def segments(history: History, now_ms: int) -> list[Segment]:
    """The stretches of a job's life up to `now_ms`; a run is lost or done once that is known."""
    found: list[Segment] = []
    attempt = 0
    for (status, begin_ms), (after, end_ms) in pairwise([*history, ("", now_ms)]):
        kind = _KINDS[status]
        if kind == STARTS and (not found or found[-1].kind != STARTS):
            attempt += 1
        elif status == "RUNNING" and after in ("RUNNABLE", "FAILED"):
            kind = LOST
        elif status == "RUNNING" and after == "SUCCEEDED":
            kind = DONE
        if kind:
            tries = attempt if kind in (STARTS, RUNS, LOST, DONE) else 0
            found.append(Segment(kind, begin_ms, end_ms, tries))
    return found


def cells(life: Sequence[Segment], now_ms: int, on: Scale) -> list[str]:
    """The kind of each column up to now: what lasted at its middle."""
    row, at = [], 0
    for column in range(on.width):
        begin_ms, end_ms = on.start_of(column), on.start_of(column + 1)
        if begin_ms > now_ms:
            break
        middle = min(begin_ms + (end_ms - begin_ms) / 2, now_ms)
        while at < len(life) and life[at].end_ms <= middle:
            at += 1
        inside = at < len(life) and life[at].begin_ms <= middle
        row.append(life[at].kind if inside else NOTHING)
    return row


def blows(history: History) -> list[int]:
    """When attempts were lost that were tried again."""
    return [
        at_ms
        for (before, _), (status, at_ms) in pairwise(history)
        if status == "RUNNABLE" and before in ("SCHEDULED", "STARTING", "RUNNING")
    ]


def ticks(on: Scale, least_gap: int = _LEAST_LABEL_GAP) -> list[tuple[int, str]]:
    """Where an axis has labels, in milliseconds after its begin, and what they say."""
    step = next((s for s in _STEPS if s >= on.step_ms * least_gap), on.step_ms * on.width)
    last = on.step_ms * on.width
    return [(at, _since(at, step, last)) for at in range(0, last + 1, step)]


def axis(on: Scale) -> str:
    """Labels for the columns, such as ``0   5m   10m``."""
    line = ""
    for at, label in ticks(on):
        column = -(-at // on.step_ms)
        if column + len(label) <= on.width and column >= len(line) + bool(line):
            line = line.ljust(column) + label
    return line


def _since(at_ms: int, step_ms: int, last_ms: int) -> str:
    """A label: all of an axis are in one unit, or of the same two."""
    if at_ms == 0:
        return "0"
    for unit, letter, parts, part in _UNITS:
        if step_ms % unit == 0 and last_ms < 2 * parts * unit:
            return f"{at_ms // unit}{letter}"
        if step_ms % unit == 0 and part:
            whole, rest = divmod(at_ms // unit, parts)
            return f"{whole}{part}{rest:02}"
    return f"{at_ms / _SECOND:g}s" if last_ms >= 2 * _SECOND else f"{at_ms}ms"
