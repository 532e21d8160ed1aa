"""What the containers wrote, kept by job, attempt and container.

Nothing is kept of a container that wrote nothing. That it has a log stream all the same, and what
that is called, follows from the job (api/log_streams.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from pytest_batchmock.domain.job import Job
from pytest_batchmock.runners.log_lines import PlannedLine, lines_of
from pytest_batchmock.runners.outcomes import Outcome

ONLY_CONTAINER: Final = "default"
"""The name of the container of a job that has one only (user guide, job_states)."""

Writer = tuple[int, int, str]
"""The key of a job, the number of an attempt, the name of a container."""


class Line(NamedTuple):
    """One line, and when it was written."""

    at_ms: int
    text: str


class LogLines:
    """The lines of all containers of one mock.

    Attributes:
        outlived: The jobs that have expired, but whose lines are still there: logs outlive jobs.
    """

    __slots__ = ("_planned", "_writers", "_written", "outlived")

    def __init__(self) -> None:
        self._planned: dict[Writer, tuple[PlannedLine, ...]] = {}
        self._written: dict[Writer, list[Line]] = {}
        self._writers: set[int] = set()
        self.outlived: list[Job] = []

    def plan(self, job: Job, number: int, outcomes: Mapping[str, Outcome]) -> None:
        """Have the containers of an attempt write what their outcomes say.

        Args:
            job: The job or node.
            number: Of the attempt.
            outcomes: By the name of the container.
        """
        for container, outcome in outcomes.items():
            if outcome.log:
                self._planned[job.key, number, container] = outcome.log
                self._writers.add(job.key)

    def write(self, job: Job, number: int, container: str | None, at_ms: int, text: str) -> None:
        """A container writes `text` now."""
        written = self._written.setdefault((job.key, number, container or ONLY_CONTAINER), [])
        written += [Line(at_ms, line) for line in lines_of(text)]
        self._writers.add(job.key)

    def written(self, job: Job, number: int, container: str | None) -> list[str]:
        """What a container has really written so far."""
        lines = self._written.get((job.key, number, container or ONLY_CONTAINER), ())
        return [line.text for line in lines]

    def of(self, writer: Writer, started_ms: int, stopped_ms: int | None) -> list[Line]:
        """All lines of a container in their order, those to come included.

        Args:
            writer: The container.
            started_ms: When it started.
            stopped_ms: When it stopped: what it was to write later is not written.
        """
        lines = [
            Line(started_ms + line.after_ms, line.text)
            for line in self._planned.get(writer, ())
            if stopped_ms is None or started_ms + line.after_ms <= stopped_ms
        ]
        lines += self._written.get(writer, ())
        lines.sort(key=_when)
        return lines

    def outlive(self, job: Job) -> None:
        """A job expires: its lines stay."""
        if self._writers and any(it.key in self._writers for it in (job, *(job.children or ()))):
            self.outlived.append(job)


def _when(line: Line) -> int:
    return line.at_ms
