"""Dependencies between jobs: who waits for whom, and what happens when an upstream job ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from pytest_batchmock.domain.job import CANCELLED, TERMINATED, Job
from pytest_batchmock.domain.status import FAILED, PENDING, SUBMITTED, SUCCEEDED
from pytest_batchmock.engine.families import array

if TYPE_CHECKING:
    from pytest_batchmock.engine.engine import Engine

DEPENDENT_JOB_FAILED: Final = "Dependent Job failed"
"""Recorded in two users' code, with this capitalisation."""

_FAILED_ALREADY: Final = -1  # open_dependencies of a job that can only fail any more


def link(engine: Engine, job: Job) -> None:
    """Make a submitted job wait for the upstream jobs of its spec that have not ended.

    The ids were resolved when the job was submitted. Between arrays, N_TO_N binds the children;
    the parent waits only until the upstream array has children to bind to. So does a job that waits
    for one child of an array that has none yet.
    """
    region = job.spec.region
    for dependency in job.spec.depends_on:
        job_id = dependency.get("jobId", "")
        upstream = region.find_job(job_id)
        if upstream is None:
            parent = region.array_of(job_id)
            if parent is not None:
                _follow(job, parent)
        elif dependency.get("type") == "N_TO_N":
            engine.paired.setdefault(job.key, []).append(upstream)
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
    elif upstream.followers[-1] is job:
        return  # it waits for more than one child
    upstream.followers.append(job)
    if job.open_dependencies != _FAILED_ALREADY:
        job.open_dependencies += 1


def upstream_of(job: Job) -> Iterator[Job]:
    """The jobs that `job` waits, or has waited, for, as far as they are there: of a child those that
    it alone waits for."""
    region, parent = job.spec.region, job.parent
    for dependency in job.spec.depends_on:
        upstream, is_pairwise = region.find_job(dependency.get("jobId", "")), False
        if dependency.get("type") == "N_TO_N":
            is_pairwise = upstream is not None and upstream.children is not None
        if parent is None:
            if upstream is not None and not is_pairwise:
                yield upstream
        elif upstream is not None and upstream.children is not None and is_pairwise:
            yield upstream.children[job.index or 0]
        elif "jobId" not in dependency and parent.children is not None and job.index:
            yield parent.children[job.index - 1]


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
    """An upstream job ended for good, or has its children now: those who wait for it go on, or fail.

    What ends with it has dependents in turn. They are come to one after the other, not one inside the
    other: a chain may be as long as an array.
    """
    if job.downstream is None and job.followers is None:
        return  # most jobs
    upstream = engine.settling
    upstream.append(job)
    if len(upstream) > 1:
        return  # the loop below, further out, comes to it
    try:
        while upstream:
            _settle_dependents_of(engine, upstream[0])
            upstream.popleft()
    finally:
        upstream.clear()


def _settle_dependents_of(engine: Engine, job: Job) -> None:
    followers, job.followers = job.followers, None
    if not job.is_terminal:
        for follower in followers or ():
            if not follower.is_terminal:
                _wait_for_children(follower, job)
                one_less(engine, follower)
        return
    downstream, job.downstream = job.downstream, None
    for dependent in (*(downstream or ()), *(followers or ())):
        if dependent.is_terminal:
            continue
        if job.status == SUCCEEDED or dependent.flags & (CANCELLED | TERMINATED):
            one_less(engine, dependent)
            continue
        dependent.open_dependencies = _FAILED_ALREADY
        if dependent.status == PENDING:
            settle(engine, dependent)


def _wait_for_children(job: Job, parent: Job) -> None:
    """An array has its children now: `job` waits for those that it depends on by their own id."""
    region = job.spec.region
    for dependency in job.spec.depends_on:
        if dependency.get("jobId", "").startswith(f"{parent.id}:"):
            child = region.find_job(dependency["jobId"])
            if child is not None:
                wait_for(job, child)


def one_less(engine: Engine, dependent: Job) -> None:
    """One of the things that `dependent` waits for is done."""
    if dependent.open_dependencies > 0:
        dependent.open_dependencies -= 1
        if dependent.open_dependencies == 0 and dependent.status == PENDING:
            settle(engine, dependent)
