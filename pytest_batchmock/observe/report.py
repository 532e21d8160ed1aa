"""The section that a failing test gets: its jobs, why they are where they are, and the clock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from pytest_batchmock.domain.region import RegionState
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

    def _regions(self) -> list[RegionState]:
        """The accounts and Regions that calls have reached."""


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
    """Perhaps a name is misspelt, or a client has another Region than the resources."""
    hints = []
    if mock.unused_rules:
        hints = [
            "Outcome rules that have decided nothing so far (no attempt matched, or a later rule won):",
            *(f"    {rule}" for rule in mock.unused_rules),
        ]
    regions = mock._regions()
    full = [f"{it.name} of {it.account}" for it in regions if it.job_queues]
    empty = [f"{it.name} of {it.account}" for it in regions if not it.job_queues]
    if empty and not full:
        hints.append(
            "No job queue was made: batchmock.defaults() makes an environment, a queue and a "
            "definition, all called 'default'."
        )
    if full and empty:
        hints.append(
            f"Calls reached {', '.join(empty)}, where no queue is; queues are in {', '.join(full)}. The "
            "client decides; resources of defaults() and seed() are where the options region and "
            "account_id say."
        )
    return hints


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
