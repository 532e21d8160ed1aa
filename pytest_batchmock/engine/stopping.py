"""CancelJob and TerminateJob: what the user's wish to end a job does in each status."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_batchmock.domain.job import CANCELLED, TERMINATED, Job
from pytest_batchmock.domain.status import PENDING, RUNNABLE, SUBMITTED
from pytest_batchmock.engine import latency, live
from pytest_batchmock.engine.event_queue import USER

if TYPE_CHECKING:
    from pytest_batchmock.engine.engine import Engine


def cancel(engine: Engine, job: Job, reason: str) -> None:
    """Cancel a job that has not been placed; later, and for ended jobs, nothing happens.

    A parent passes the wish on to its children and ends when all of them have (API model).

    A PENDING job ends only when all its dependencies have completed (API model, CancelJob); a
    second request changes nothing.
    """
    if job.status in (SUBMITTED, PENDING, RUNNABLE) and not (job.is_node or job.flags):
        _ask(engine, job, CANCELLED, reason)
        if job.is_array_parent and job.children is not None:
            for child in job.children:
                cancel(engine, child, reason)
        else:
            _end_unplaced(engine, job)


def terminate(engine: Engine, job: Job, reason: str) -> None:
    """End a job whatever its status: cancel it before STARTING, stop its container afterwards.

    Asynchronous for a container: the job keeps its status until it has stopped. A second
    request changes nothing, but the reason of a cancel that has not ended the job gives way.
    """
    if job.is_terminal or job.flags & TERMINATED:
        return
    if job.is_node:
        _terminate_node(engine, job, reason)
        return
    _ask(engine, job, TERMINATED, reason)
    if job.is_array_parent and job.children is not None:
        for child in job.children:
            terminate(engine, child, reason)
    elif job.status in (SUBMITTED, PENDING, RUNNABLE):
        _end_unplaced(engine, job)
    elif not live.terminate(engine, job):
        kind = "service_stopped" if job.is_service else "attempt_stopped"
        engine.after(engine.stage_ms(latency.STOP_MS), kind, job, priority=USER)


def _terminate_node(engine: Engine, node: Job, reason: str) -> None:
    """The main node is the job; another node alone is stopped if it runs (inferred)."""
    parent = node.parent
    if parent is not None and node.index == parent.spec.main_node:
        terminate(engine, parent, reason)
    elif node.attempt is not None:
        _ask(engine, node, TERMINATED, reason)
        engine.after(engine.stage_ms(latency.STOP_MS), "node_stopped", node, priority=USER)


def _ask(engine: Engine, job: Job, flag: int, reason: str) -> None:
    job.flags |= flag
    engine.notifications.note_request(job, flag)
    job.asked_reason = reason


def _end_unplaced(engine: Engine, job: Job) -> None:
    if job.status != PENDING or job.open_dependencies == 0:
        stood_in_line = job.status == RUNNABLE
        engine.fire(job, "cancel", job.asked_reason)
        if stood_in_line:
            engine.request_pass(job.spec.region)  # it may have blocked those behind it
