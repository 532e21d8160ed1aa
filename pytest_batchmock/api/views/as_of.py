"""A job as it was when it made one of its moves, made from its history and its attempts.

So events need not be stored: the views show such a record as they show any job.
"""

from __future__ import annotations

from copy import copy
from itertools import pairwise

from pytest_batchmock.domain.job import Attempt, Job
from pytest_batchmock.domain.status import RUNNING, SCHEDULED, STARTING, TERMINAL
from pytest_batchmock.engine.families.containers import TaskRecord, courses_of

_IN_AN_ATTEMPT = frozenset({SCHEDULED, STARTING, RUNNING})


def as_of(job: Job, index: int, flags: int) -> Job:
    """Return a record that shows `job` as it was right after move `index` of its history.

    Args:
        job: The job.
        index: 0 for the first entry of the history.
        flags: The requests to end the job that had been accepted by then.
    """
    was = copy(job)
    was.history = job.history[: 2 * index + 2]
    statuses, at_ms = was.statuses, int(was.history[-1])
    is_last = len(was.history) == len(job.history)
    ended = _attempts_ended(statuses)
    was.status = statuses[-1]
    was.flags = flags
    was.attempts = job.attempts[:ended]
    was.attempt = _live_attempt(job, ended, at_ms) if was.status in _IN_AN_ATTEMPT else None
    was.started_at_ms = _last_time_of(was, RUNNING)
    was.stopped_at_ms = at_ms if was.status in TERMINAL else None
    was.status_reason = None
    if was.status in TERMINAL:
        # A node can end, and run again in the next attempt of its parent.
        was.status_reason = job.status_reason if is_last else _reason_of_last(was)
    if job.statistics is not None:
        if was.status in TERMINAL:
            was.started_at_ms = job.started_at_ms  # of its first child
        else:
            was.statistics_at_ms = at_ms
            was.statistics = dict.fromkeys(job.statistics, 0)
    return was


def _attempts_ended(statuses: list[str]) -> int:
    """How many attempts a job with these statuses has behind it."""
    return sum(
        before in _IN_AN_ATTEMPT and after not in _IN_AN_ATTEMPT for before, after in pairwise(statuses)
    )


def _live_attempt(job: Job, number: int, at_ms: int) -> Attempt | None:
    """The attempt that ran then, without what is known of it by now only."""
    attempt = job.attempts[number] if number < len(job.attempts) else job.attempt
    if attempt is None:
        return None
    was = copy(attempt)
    was.stopped_at_ms = was.status_reason = was.reason = was.exit_code = None
    if was.started_at_ms is not None and was.started_at_ms > at_ms:
        was.started_at_ms = None
    courses = courses_of(attempt)
    if courses:
        elapsed_ms = at_ms - attempt.starting_at_ms
        was.work = TaskRecord(tuple(course.as_of(elapsed_ms) for course in courses))
    return was


def _last_time_of(job: Job, status: str) -> int | None:
    flat = job.history
    for at in range(len(flat) - 2, -1, -2):
        if flat[at] == status:
            return int(flat[at + 1])
    return None


def _reason_of_last(job: Job) -> str | None:
    return job.attempts[-1].status_reason if job.attempts else None
