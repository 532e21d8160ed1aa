"""Blocked queues: the reason their head shows, and the time limits that end it.

A head that can never be placed shows one of the documented reasons while it stays RUNNABLE. Where
the queue has an action for that reason, the head is ended once it has shown it for the given time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pytest_batchmock.domain.job import Job
from pytest_batchmock.engine.event_queue import TIME_OUT

if TYPE_CHECKING:
    from pytest_batchmock.engine.engine import Engine

_ENDED_BY: Final = {
    "CANCEL": "Canceled by JobStateTimeLimit action due to reason: ",
    "TERMINATE": "Terminated by JobStateTimeLimit action due to reason: ",
}
"""Recorded texts, by the action."""


def show(engine: Engine, job: Job, reason: str | None) -> None:
    """The head of a queue cannot be placed, and `reason` tells why it never can (None: it may yet)."""
    if job.status_reason == reason:
        return
    job.status_reason = reason
    if reason is None:
        return
    engine.notifications.note_blocked(engine, job, reason)
    for action in job.spec.queue.time_limit_actions:
        if reason.startswith(action["reason"]):
            engine.after(
                action["maxTimeSeconds"] * 1000,
                "time_limit_ends",
                job,
                (engine.now_ms, action["reason"], action["action"]),
                priority=TIME_OUT,
            )
            job.blocked_since_ms = engine.now_ms


def time_limit_ends(engine: Engine, job: Job, data: Any) -> None:
    """A head has had its time: it ends if it is still blocked for the same reason."""
    since_ms, reason, action = data
    still = job.status_reason is not None and job.status_reason.startswith(reason)
    if still and job.blocked_since_ms == since_ms:
        engine.fire(job, "time_limit", _ENDED_BY[action] + reason)
