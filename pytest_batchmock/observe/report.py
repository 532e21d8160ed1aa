"""The section that a failing test gets: its jobs, why they are where they are, and the clock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from pytest_batchmock.observe.explain import clock_text
from pytest_batchmock.observe.jobs import JobView

_AT_MOST = 40


class Observed(Protocol):
    """What the report needs of a mock."""

    @property
    def now(self) -> datetime:
        """Virtual time."""

    @property
    def jobs(self) -> Iterable[JobView]:
        """All jobs."""

    @property
    def unused_rules(self) -> list[str]:
        """The outcome rules that have decided nothing so far."""


def failure_report(mock: Observed) -> str:
    """Jobs with their statuses, reasons and attempts; those that have not ended are explained."""
    jobs = list(mock.jobs)
    now = clock_text(int(mock.now.timestamp() * 1000))
    if not jobs:
        return "\n".join([f"No job was submitted. Virtual time: {now}.", *_hints(mock)])
    lines = [f"{len(jobs)} job(s) at virtual time {now}:"]
    for job in jobs[:_AT_MOST]:
        lines.extend(_job_lines(job))
    if len(jobs) > _AT_MOST:
        lines.append(f"… and {len(jobs) - _AT_MOST} more")
    return "\n".join([*lines, *_hints(mock)])


def _hints(mock: Observed) -> list[str]:
    """Rules that decided nothing: perhaps a name is misspelt."""
    unused = mock.unused_rules
    if not unused:
        return []
    return [
        "Outcome rules that have decided nothing so far (no attempt matched, or a later rule won):",
        *(f"    {rule}" for rule in unused),
    ]


def _job_lines(job: JobView) -> list[str]:
    reason = f": {job.status_reason}" if job.status_reason else ""
    lines = [f"{job.name} ({job.id}) {job.status}{reason}", f"    {' > '.join(job.statuses)}"]
    if not job.is_terminal:
        lines.append(f"    {job.explain()}")
    for attempt in job.attempts:
        details = [str(attempt.status_reason)]
        if attempt.exit_code is not None:
            details.append(f"exit code {attempt.exit_code}")
        if attempt.reason:
            details.append(attempt.reason)
        lines.append(
            f"    attempt {attempt.number} in {attempt.compute_environment}: {', '.join(details)}"
        )
    return lines
