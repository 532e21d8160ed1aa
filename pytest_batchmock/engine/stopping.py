"""CancelJob and TerminateJob: what the user's wish to end a job does in each status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pytest_batchmock.domain.job import CANCELLED, TERMINATED, Job
from pytest_batchmock.domain.status import PENDING, RUNNABLE, SUBMITTED
from pytest_batchmock.engine import latency, live
from pytest_batchmock.engine.event_queue import USER

if TYPE_CHECKING:
    from pytest_batchmock.engine.engine import Engine

_UNPLACED: Final = frozenset({SUBMITTED, PENDING, RUNNABLE})


def cancel(engine: Engine, job: Job, reason: str) -> None:
    """Cancel a job that has not been placed; later, and for ended jobs, nothing happens.

    A parent passes the wish on to its children and ends when all of them have (API model).

    A PENDING job ends only when all its dependencies have completed (API model, CancelJob); a
    second request changes nothing.
    """
    if job.is_node:
        _cancel_node(engine, job, reason)
        return
    asked = [it for it in _with_children(job) if it.status in _UNPLACED and not it.flags]
    for it in asked:
        _ask(engine, it, CANCELLED, reason)
    for it in asked:
        _end_unplaced(engine, it)


def terminate(engine: Engine, job: Job, reason: str) -> None:
    """End a job whatever its status: cancel it before STARTING, stop its container afterwards.

    Asynchronous for a container: the job keeps its status until it has stopped. A second
    request changes nothing, but the reason of a cancel that has not ended the job gives way.
    """
    if job.is_node:
        _terminate_node(engine, job, reason)
        return
    asked = [it for it in _with_children(job) if not (it.is_terminal or it.flags & TERMINATED)]
    for it in asked:
        _ask(engine, it, TERMINATED, reason)
    for it in asked:
        if it.status in _UNPLACED:
            _end_unplaced(engine, it)
        elif not it.is_terminal and not live.terminate(engine, it):
            kind = "service_stopped" if it.is_service else "attempt_stopped"
            engine.after(engine.stage_ms(latency.STOP_MS), kind, it, priority=USER)


def _with_children(job: Job) -> list[Job]:
    """The job, and of an array its children: all know of the wish before the first of them ends."""
    return [job, *(job.children or ())] if job.is_array_parent else [job]


def _cancel_node(engine: Engine, node: Job, reason: str) -> None:
    """As `_terminate_node`, but a node that is being launched or runs is left alone (inferred)."""
    parent = node.parent
    if parent is not None and node.index == parent.spec.main_node:
        cancel(engine, parent, reason)
    elif node.status in _UNPLACED and not node.flags:
        _ask(engine, node, CANCELLED, reason)


def _terminate_node(engine: Engine, node: Job, reason: str) -> None:
    """The main node is the job; another node alone is stopped, or not launched (inferred)."""
    parent = node.parent
    if parent is not None and node.index == parent.spec.main_node:
        terminate(engine, parent, reason)
    elif not (node.is_terminal or node.flags & TERMINATED):
        _ask(engine, node, TERMINATED, reason)
        if node.attempt is not None and not live.terminate(engine, node):
            engine.after(engine.stage_ms(latency.STOP_MS), "node_stopped", node, priority=USER)


def _ask(engine: Engine, job: Job, flag: int, reason: str) -> None:
    job.flags |= flag
    engine.notifications.note_request(job, flag)
    job.asked_reason = reason


def _end_unplaced(engine: Engine, job: Job) -> None:
    """End a job that was not placed; a parent that has children ends with the last of them."""
    if job.is_terminal or (job.children and job.is_array_parent):
        return
    if job.status != PENDING or job.open_dependencies == 0:
        stood_in_line = job.status == RUNNABLE
        engine.fire(job, "cancel", job.asked_reason)
        if stood_in_line:
            engine.request_pass(job.spec.region)  # it may have blocked those behind it
