"""Dependencies between jobs: who waits for whom, and what happens when an upstream job ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pytest_batchmock.domain.job import CANCELLED, TERMINATED, Job
from pytest_batchmock.domain.status import FAILED, PENDING, SUBMITTED, SUCCEEDED
from pytest_batchmock.engine.families import array

if TYPE_CHECKING:
    from pytest_batchmock.engine.engine import Engine

DEPENDENT_JOB_FAILED: Final = "Dependent Job failed"
"""Recorded in two users' code, with this capitalisation."""

_FAILED_ALREADY: Final = -1  # open_dependencies of a job that can only fail any more


def link(job: Job) -> None:
    """Make a submitted job wait for the upstream jobs of its spec that have not ended.

    The ids were resolved when the job was submitted. Between arrays, N_TO_N binds the children;
    the parent waits only until the upstream array has children to bind to.
    """
    region = job.spec.region
    for dependency in job.spec.depends_on:
        upstream = region.find_job(dependency.get("jobId", ""))
        if upstream is None:
            continue
        if dependency.get("type") == "N_TO_N":
            _follow(job, upstream)
        else:
            wait_for(job, upstream)


def wait_for(job: Job, upstream: Job) -> None:
    """Have `job` wait until `upstream` has succeeded; if it has failed, `job` can only fail."""
    if upstream.status == FAILED:
        job.open_dependencies = _FAILED_ALREADY
    elif upstream.status != SUCCEEDED:
        if upstream.downstream is None:
            upstream.downstream = []
        upstream.downstream.append(job)
        if job.open_dependencies != _FAILED_ALREADY:
            job.open_dependencies += 1


def _follow(job: Job, upstream: Job) -> None:
    if upstream.children is not None:
        return
    if upstream.status == FAILED:
        job.open_dependencies = _FAILED_ALREADY
        return
    if upstream.followers is None:
        upstream.followers = []
    upstream.followers.append(job)
    if job.open_dependencies != _FAILED_ALREADY:
        job.open_dependencies += 1


def evaluate(engine: Engine, job: Job, data: Any) -> None:
    """SUBMITTED is over: the job waits for its dependencies, or goes on."""
    if job.open_dependencies != 0:
        engine.fire(job, "wait_for_dependencies")
    if job.open_dependencies <= 0:
        settle(engine, job)


def settle(engine: Engine, job: Job) -> None:
    """Nothing is left to wait for: the job fails, or is cancelled, or goes on."""
    if job.open_dependencies == _FAILED_ALREADY:
        engine.fire(job, "dependency_failed", DEPENDENT_JOB_FAILED)
    elif job.flags & (CANCELLED | TERMINATED):
        engine.fire(job, "cancel", job.asked_reason)
    elif job.is_array_parent:
        array.spawn(engine, job)
    else:
        engine.fire(job, "become_ready" if job.status == SUBMITTED else "dependencies_met")


def settle_dependents(engine: Engine, job: Job) -> None:
    """An upstream job ended for good: those who wait for it go on, or fail."""
    downstream, job.downstream = job.downstream, None
    followers, job.followers = job.followers, None
    for dependent in (*(downstream or ()), *(followers or ())):
        if dependent.is_terminal:
            continue
        if job.status == SUCCEEDED or dependent.flags & (CANCELLED | TERMINATED):
            one_less(engine, dependent)
            continue
        dependent.open_dependencies = _FAILED_ALREADY
        if dependent.status == PENDING:
            settle(engine, dependent)


def one_less(engine: Engine, dependent: Job) -> None:
    """One of the things that `dependent` waits for is done."""
    if dependent.open_dependencies > 0:
        dependent.open_dependencies -= 1
        if dependent.open_dependencies == 0 and dependent.status == PENDING:
            settle(engine, dependent)
