"""Array jobs: the parent spawns its children once its own dependencies are met, and follows them.

The parent knows SUBMITTED, PENDING, SUCCEEDED and FAILED only. Its status is rolled up by an event
when the last child has ended, from counts that are kept as the children move: reading it costs
and changes nothing.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from pytest_batchmock.domain.job import CANCELLED, TERMINATED, Job
from pytest_batchmock.domain.status import (
    FAILED,
    JOB_STATUSES,
    PENDING,
    RUNNING,
    SUBMITTED,
    SUCCEEDED,
    TERMINAL,
)
from pytest_batchmock.engine import dependencies, latency

if TYPE_CHECKING:
    from pytest_batchmock.engine.engine import Engine

CHILD_FAILED: Final = "Array Child Job failed"
"""Recorded."""


def spawn(engine: Engine, parent: Job) -> None:
    """Make the children: each PENDING, with the dependencies it has on other children."""
    if parent.status == SUBMITTED:
        engine.fire(parent, "spawn")
    spec = parent.spec
    children = [
        Job(
            engine.next_key(),
            f"{parent.id}:{index}",
            parent.name,
            spec,
            engine.now_ms,
            parent=parent,
            index=index,
        )
        for index in range(spec.array_size)
    ]
    parent.children = children
    engine.arrays[parent.key] = parent
    for child in children:
        engine.fire(child, "spawn_child")
    for dependency in spec.depends_on:
        if dependency.get("type") == "SEQUENTIAL" and "jobId" not in dependency:
            for before, child in pairwise(children):
                dependencies.wait_for(child, before)
    for upstream in engine.paired.pop(parent.key, ()):
        for child, before in zip(children, upstream.children or (), strict=True):
            dependencies.wait_for(child, before)
    engine.after(engine.stage_ms(latency.EVALUATE_DEPENDENCIES_MS), "children_evaluated", parent)
    dependencies.settle_dependents(engine, parent)


def children_evaluated(engine: Engine, parent: Job, data: Any) -> None:
    """The children that wait for nobody are ready; those that wait for a failed one fail."""
    for child in parent.children or ():
        if child.status == PENDING and child.open_dependencies <= 0:
            dependencies.settle(engine, child)


def count_child(engine: Engine, parent: Job, before: str, after: str) -> None:
    """Keep the parent's counts as a child moves; the last child to end has the parent rolled up."""
    counts = parent.statistics
    if counts is None:
        counts = parent.statistics = dict.fromkeys(JOB_STATUSES, 0)
    if before:
        counts[before] -= 1
    counts[after] += 1
    parent.statistics_at_ms = engine.now_ms
    if after == RUNNING and parent.started_at_ms is None:
        parent.started_at_ms = engine.now_ms  # of the first child (seen in the service's console)
    if after in TERMINAL and counts[SUCCEEDED] + counts[FAILED] == parent.spec.array_size:
        engine.after(0, "roll_up", parent)


def roll_up(engine: Engine, parent: Job, data: Any) -> None:
    """All children have ended: so does the parent."""
    counts = parent.statistics or {}
    if not counts[FAILED]:
        engine.fire(parent, "children_succeeded")
    elif parent.flags & (CANCELLED | TERMINATED):
        engine.fire(parent, "children_failed", parent.asked_reason)
    else:
        engine.fire(parent, "children_failed", CHILD_FAILED)


def live_children(parent: Job) -> int:
    """How many children have not ended."""
    counts = parent.statistics or {}
    return parent.spec.array_size - counts.get(SUCCEEDED, 0) - counts.get(FAILED, 0)
