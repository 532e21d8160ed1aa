"""THE tables of transitions: every legal move of a job, an environment and a queue.

Only `Engine.fire` and `Engine.move_resource` assign a status, and only by a row of these tables.
The state diagram of the documentation is generated from them.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from pytest_batchmock.domain.status import (
    CREATING,
    DELETED,
    DELETING,
    FAILED,
    INVALID,
    PENDING,
    RUNNABLE,
    RUNNING,
    SCHEDULED,
    STARTING,
    SUBMITTED,
    SUCCEEDED,
    UPDATING,
    VALID,
)

NEW: Final = ""


class Transition(NamedTuple):
    """One row: where from, what fires it, where to, and what it does besides."""

    source: str
    trigger: str
    target: str
    effects: tuple[str, ...] = ()


_ENDED: Final = ("settle_dependents", "retain")
_STOPPED: Final = ("close_attempt", "free_capacity")

JOB_TRANSITIONS: Final = (
    Transition(NEW, "submit", SUBMITTED),
    Transition(SUBMITTED, "wait_for_dependencies", PENDING),
    Transition(SUBMITTED, "become_ready", RUNNABLE, ("line_up",)),
    Transition(SUBMITTED, "spawn", PENDING),
    Transition(SUBMITTED, "cancel", FAILED, _ENDED),
    Transition(NEW, "spawn_child", PENDING),
    Transition(PENDING, "dependencies_met", RUNNABLE, ("line_up",)),
    Transition(PENDING, "dependency_failed", FAILED, _ENDED),
    Transition(PENDING, "cancel", FAILED, _ENDED),
    Transition(PENDING, "children_succeeded", SUCCEEDED, _ENDED),
    Transition(PENDING, "children_failed", FAILED, _ENDED),
    Transition(RUNNABLE, "place", STARTING, ("begin_attempt",)),
    Transition(RUNNABLE, "cancel", FAILED, (*_ENDED, "look_again")),
    Transition(RUNNABLE, "time_limit", FAILED, (*_ENDED, "look_again")),
    Transition(RUNNABLE, "reject", FAILED, (*_ENDED, "look_again")),
    Transition(STARTING, "container_started", RUNNING, ("run_attempt",)),
    Transition(STARTING, "retry", RUNNABLE, (*_STOPPED, "line_up_first")),
    Transition(STARTING, "fail", FAILED, (*_STOPPED, *_ENDED)),
    Transition(RUNNING, "succeed", SUCCEEDED, (*_STOPPED, *_ENDED)),
    Transition(RUNNING, "retry", RUNNABLE, (*_STOPPED, "line_up_first")),
    Transition(RUNNING, "fail", FAILED, (*_STOPPED, *_ENDED)),
)

# A node goes with its parent until the main node runs; then it starts, and ends by itself or with
# the parent. A new attempt of the parent is a new attempt of every node, also of those that ended.
NODE_TRANSITIONS: Final = (
    Transition(NEW, "submit", SUBMITTED),
    Transition(SUBMITTED, "wait_for_dependencies", PENDING),
    Transition(SUBMITTED, "become_ready", RUNNABLE),
    Transition(SUBMITTED, "end", FAILED),
    Transition(PENDING, "dependencies_met", RUNNABLE),
    Transition(PENDING, "end", FAILED),
    Transition(RUNNABLE, "place", STARTING),
    Transition(RUNNABLE, "end", FAILED),
    Transition(RUNNABLE, "end_well", SUCCEEDED),
    Transition(STARTING, "container_started", RUNNING, ("still_stop_node",)),
    Transition(STARTING, "retry", RUNNABLE),
    Transition(STARTING, "end", FAILED),
    Transition(STARTING, "end_well", SUCCEEDED),
    Transition(RUNNING, "retry", RUNNABLE),
    Transition(RUNNING, "end", FAILED),
    Transition(RUNNING, "end_well", SUCCEEDED),
    Transition(SUCCEEDED, "retry", RUNNABLE),
    Transition(FAILED, "retry", RUNNABLE),
)

# Service jobs: SCHEDULED comes between RUNNABLE and STARTING; a lack of capacity at SageMaker or a
# preemption sends the job back.
SERVICE_TRANSITIONS: Final = (
    Transition(NEW, "submit", SUBMITTED),
    Transition(SUBMITTED, "become_ready", RUNNABLE, ("line_up",)),
    Transition(SUBMITTED, "cancel", FAILED, ("retain",)),
    Transition(RUNNABLE, "place", SCHEDULED),
    Transition(RUNNABLE, "cancel", FAILED, ("retain", "look_again")),
    Transition(RUNNABLE, "time_limit", FAILED, ("retain", "look_again")),
    Transition(SCHEDULED, "prepare", STARTING),
    Transition(SCHEDULED, "retry", RUNNABLE, (*_STOPPED, "line_up_first")),
    Transition(SCHEDULED, "preempt", RUNNABLE, (*_STOPPED, "line_up")),
    Transition(SCHEDULED, "fail", FAILED, (*_STOPPED, "retain")),
    Transition(STARTING, "container_started", RUNNING),
    Transition(STARTING, "retry", RUNNABLE, (*_STOPPED, "line_up_first")),
    Transition(STARTING, "preempt", RUNNABLE, (*_STOPPED, "line_up")),
    Transition(STARTING, "fail", FAILED, (*_STOPPED, "retain")),
    Transition(RUNNING, "succeed", SUCCEEDED, (*_STOPPED, "retain")),
    Transition(RUNNING, "retry", RUNNABLE, (*_STOPPED, "line_up_first")),
    Transition(RUNNING, "preempt", RUNNABLE, (*_STOPPED, "line_up")),
    Transition(RUNNING, "fail", FAILED, (*_STOPPED, "retain")),
)

RESOURCE_TRANSITIONS: Final = (
    Transition(NEW, "create", CREATING),
    Transition(CREATING, "settle", VALID),
    Transition(CREATING, "spoil", INVALID),
    Transition(VALID, "update", UPDATING),
    Transition(VALID, "delete", DELETING),
    Transition(VALID, "spoil", INVALID),
    Transition(INVALID, "update", UPDATING),
    Transition(INVALID, "delete", DELETING),
    Transition(UPDATING, "settle", VALID),
    Transition(UPDATING, "spoil", INVALID),
    Transition(DELETING, "remove", DELETED),
    Transition(DELETING, "spoil", INVALID),
)

Moves = dict[tuple[str, str], tuple[str, tuple[str, ...]]]
"""By where from and what fires it: where to, and what it does besides."""


def _moves(table: tuple[Transition, ...]) -> Moves:
    return {(row.source, row.trigger): (row.target, row.effects) for row in table}


JOB_MOVES: Final = _moves(JOB_TRANSITIONS)
SERVICE_MOVES: Final = _moves(SERVICE_TRANSITIONS)
NODE_MOVES: Final = _moves(NODE_TRANSITIONS)
RESOURCE_MOVES: Final = _moves(RESOURCE_TRANSITIONS)


def job_moves(job: Any) -> Moves:
    """The table that a job, node or service job moves by."""
    if job.is_service:
        return SERVICE_MOVES
    return NODE_MOVES if job.is_node else JOB_MOVES


class IllegalTransition(AssertionError):
    """The engine tried a move that no table lists: a bug of this project."""

    def __init__(self, subject: Any, trigger: str) -> None:
        super().__init__(
            f"{subject!r}: no move {trigger!r} from {subject.status or 'NEW'!r}; "
            f"history: {subject.history}"
        )
