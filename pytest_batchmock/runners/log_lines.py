"""The lines that a planned outcome writes to the log: ``succeeds(log=["started", ("30s", "done")])``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pytest_batchmock.durations import Duration, to_ms
from pytest_batchmock.errors import MockUsageError

Log = str | Sequence[str | tuple[Duration, str]]
"""What ``log=`` takes: text, or lines, each with or without the time in RUNNING it is written at."""


class PlannedLine(NamedTuple):
    """One line, and how long after the start of its container it is written."""

    after_ms: int
    text: str


def lines_of(text: str) -> list[str]:
    """Split what a container writes as the awslogs driver does: one event a line, none for an empty
    one."""
    return [line for line in text.splitlines() if line]


def planned_lines(log: Log | None) -> tuple[PlannedLine, ...]:
    """Read what a test gave as ``log=``.

    Raises:
        MockUsageError: It is neither text nor lines.
    """
    if log is None:
        return ()
    entries: Sequence[object] = [log] if isinstance(log, str) else log
    if isinstance(log, bytes) or not isinstance(log, Sequence):
        raise _mistake(log)
    planned = []
    for entry in entries:
        after_ms, text = 0, entry
        if isinstance(entry, tuple) and len(entry) == 2:
            after_ms, text = to_ms(entry[0]), entry[1]
        if not isinstance(text, str):
            raise _mistake(entry)
        planned += [PlannedLine(after_ms, line) for line in lines_of(text)]
    return tuple(sorted(planned, key=lambda line: line.after_ms))


def _mistake(given: object) -> MockUsageError:
    return MockUsageError(
        f"log: {given!r} is no line; give text, or lines as 'text' or ('30s', 'text'), the time "
        "after the start of the container."
    )
