"""Dependencies between jobs: who waits for whom, and what happens when an upstream job ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pytest_batchmock.domain.job import CANCELLED, TERMINATED, Job
from pytest_batchmock.domain.status import FAILED, PENDING, SUCCEEDED

if TYPE_CHECKING:
    from pytest_batchmock.engine.engine import Engine

DEPENDENT_JOB_FAILED: Final = "Dependent Job failed"
"""Recorded in two users' code, with this capitalisation."""


def link(job: Job) -> None:
    """Make `job` wait for the upstream jobs of its spec that have not ended.

    The ids were resolved when the job was submitted. One that has already failed is remembered
    by a negative count: the job fails as soon as its dependencies are looked at.
    """
    jobs = job.spec.region.jobs
    failed = False
    for dependency in job.spec.depends_on:
        upstream = jobs.get(dependency.get("jobId", ""))
        if upstream is None or upstream.status == SUCCEEDED:
            continue
        if upstream.status == FAILED:
            failed = True
            continue
        if upstream.downstream is None:
            upstream.downstream = []
        upstream.downstream.append(job)
        job.open_dependencies += 1
    if failed:
        job.open_dependencies = -1


def evaluate(engine: Engine, job: Job, data: Any) -> None:
    """SUBMITTED is over: the job waits for its dependencies, or is ready."""
    if job.open_dependencies == 0:
        engine.fire(job, "become_ready")
        return
    engine.fire(job, "wait_for_dependencies")
    if job.open_dependencies < 0:
        engine.fire(job, "dependency_failed", DEPENDENT_JOB_FAILED)


def settle_dependents(engine: Engine, job: Job) -> None:
    """An upstream job ended for good: its dependents go on, or fail."""
    downstream, job.downstream = job.downstream, None
    for dependent in downstream or ():
        if dependent.is_terminal:
            continue
        if job.status == SUCCEEDED or dependent.flags & (CANCELLED | TERMINATED):
            _one_less(engine, dependent)
        elif dependent.status == PENDING:
            engine.fire(dependent, "dependency_failed", DEPENDENT_JOB_FAILED)
        else:
            dependent.open_dependencies = -1


def _one_less(engine: Engine, dependent: Job) -> None:
    if dependent.open_dependencies > 0:
        dependent.open_dependencies -= 1
    if dependent.open_dependencies or dependent.status != PENDING:
        return
    if dependent.flags & (CANCELLED | TERMINATED):
        engine.fire(dependent, "cancel", dependent.asked_reason)
    else:
        engine.fire(dependent, "dependencies_met")
