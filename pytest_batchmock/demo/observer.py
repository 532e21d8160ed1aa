"""What has happened since one looked last, and what came of it all: facts for the screen, no looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pytest_batchmock.observe.jobs import JobView

RECLAIM_TEXTS = ("Host EC2", "Your Spot Task was interrupted")


@dataclass(frozen=True, slots=True)
class Change:
    """A job went from one status to another.

    Attributes:
        at: Virtual time.
        name: The job.
        before: The status it left, None for a new job.
        after: The status it has now.
        reason: Why, where that is worth saying: an attempt was lost, or the job failed.
    """

    at: datetime
    name: str
    before: str | None
    after: str
    reason: str | None


class Observer:
    """Tells the changes since the last look; it asks `batchmock.jobs`, which never moves time."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def changes(self, jobs: Sequence[JobView]) -> list[Change]:
        """What is new, oldest first."""
        news = []
        for job in jobs:
            seen, history = self._seen.get(job.id, 0), job.history
            for at in range(seen, len(history)):
                before = history[at - 1][0] if at else None
                news.append(
                    Change(history[at][1], job.name, before, history[at][0], _reason(job, history, at))
                )
            self._seen[job.id] = len(history)
        return sorted(news, key=lambda change: change.at)


def losses(job: JobView) -> list[str]:
    """The reasons of the attempts that were reclaimed."""
    return [
        attempt.status_reason
        for attempt in job.attempts
        if attempt.status_reason and attempt.status_reason.startswith(RECLAIM_TEXTS)
    ]


def last_reason(job: JobView) -> str:
    """The last thing worth knowing of a job: why it failed or waits, else why it lost an attempt."""
    if job.status != "SUCCEEDED" and job.status_reason:
        return job.status_reason
    lost = losses(job)
    return lost[-1] if lost else ""


def tries(job: JobView) -> int:
    """Which attempt the job is at; 0 before the first."""
    return job.statuses.count("STARTING")


def _reason(job: JobView, history: list[tuple[str, datetime]], at: int) -> str | None:
    status = history[at][0]
    if status == "FAILED":
        return job.status_reason
    if status != "RUNNABLE":
        return None
    ended = sum(1 for earlier, _ in history[:at] if earlier == "STARTING")
    return job.attempts[ended - 1].status_reason if ended else None
