"""What several pages of the console tell alike: a job in a line, and where to look."""

from __future__ import annotations

from pytest_batchmock.domain.job import Job
from pytest_batchmock.domain.region import RegionState
from pytest_batchmock.engine.engine import Engine
from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.server.asked import Asked, Members


def named(asked: Asked, member: str) -> str:
    """A member of the query that has to be there.

    Raises:
        MockUsageError: It is not.
    """
    if member not in asked.query:
        raise MockUsageError(f"Name one: ?{member}=…")
    return asked.query[member]


def region_of(asked: Asked, engine: Engine) -> RegionState:
    """The region that is named, else the mock's own; looking makes none."""
    options = asked.mock.options
    name = asked.query.get("region", options.region)
    return engine.regions.get((options.account_id, name)) or RegionState(options.account_id, name)


def summary(job: Job) -> Members:
    """A job in a line."""
    return {
        "id": job.id,
        "name": job.name,
        "queue": job.spec.queue.name,
        "definition": (
            "" if job.is_service else f"{job.spec.definition.name}:{job.spec.definition.revision}"
        ),
        "status": job.status,
        "status_reason": job.status_reason,
        "since_ms": job.history[-1] if job.history else job.created_at_ms,
        "created_ms": job.created_at_ms,
        "started_ms": job.started_at_ms,
        "stopped_ms": job.stopped_at_ms,
        "tries": len(job.attempts) + (job.attempt is not None),
        "exit_code": job.attempts[-1].exit_code if job.attempts else None,
        "index": job.index,
        "array_size": job.spec.array_size if job.is_array_parent else 0,
        "num_nodes": job.spec.num_nodes if job.parent is None else 0,
        "is_service": job.is_service,
        "is_main_node": job.is_node and job.index == job.spec.main_node,
    }
