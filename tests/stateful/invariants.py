"""What holds at every moment, whatever has been asked."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from pytest_batchmock import BatchMock
from pytest_batchmock.domain.job import Job
from pytest_batchmock.domain.status import JOB_STATUSES, PENDING, RUNNABLE, RUNNING, STARTING
from pytest_batchmock.engine.families.containers import TaskWork
from pytest_batchmock.engine.lifecycle import NEW, job_moves

from .snapshot import every_job


def check_everything(batch: BatchMock) -> None:
    """Check all of them.

    Raises:
        AssertionError: One does not hold.
    """
    for job in every_job(batch):
        history_is_a_path_in_the_table(job)
        times_of_a_job_never_fall(job, batch)
        attempts_are_in_order(job)
        counts_of_children_are_a_recount(job)
    capacity_is_what_the_placed_jobs_hold(batch)
    every_job_is_in_one_index(batch)
    the_living_are_counted(batch)


def history_is_a_path_in_the_table(job: Job) -> None:
    rows = {(row.source, row.target) for row in job_moves(job).values()}
    assert set(pairwise([NEW, *job.statuses])) <= rows, f"{job!r}: {job.statuses}"
    assert job.statuses[-1] == job.status


def times_of_a_job_never_fall(job: Job, batch: BatchMock) -> None:
    moments = list(job.history[1::2])
    assert moments == sorted(moments), f"{job!r}: {job.history}"
    assert job.created_at_ms <= moments[0]
    assert moments[-1] <= batch._world.engine.now_ms
    if job.started_at_ms is not None:
        assert job.created_at_ms < job.started_at_ms
        if job.is_terminal:
            assert job.stopped_at_ms is not None
            assert job.started_at_ms <= job.stopped_at_ms
    assert job.is_terminal == (job.stopped_at_ms is not None), f"{job!r} at {job.stopped_at_ms}"


def attempts_are_in_order(job: Job) -> None:
    listed = [attempt.number for attempt in job.attempts]
    assert listed == sorted(listed)
    assert len(set(listed)) == len(listed) <= job.spec.attempts
    assert (job.attempt is not None) == (job.status in (STARTING, RUNNING)), repr(job)
    for before, after in pairwise(job.attempts):
        assert before.stopped_at_ms <= after.starting_at_ms
    for attempt in job.attempts:
        assert attempt.status_reason is not None
        times = [attempt.starting_at_ms, attempt.started_at_ms, attempt.stopped_at_ms]
        known = [at_ms for at_ms in times if at_ms is not None]
        assert known == sorted(known)


def counts_of_children_are_a_recount(job: Job) -> None:
    if not job.is_array_parent:
        return
    counted = dict.fromkeys(JOB_STATUSES, 0)
    for child in job.children or ():
        counted[child.status] += 1
    assert job.statistics == counted
    if job.children is not None:
        assert sum(counted.values()) == job.spec.array_size


def capacity_is_what_the_placed_jobs_hold(batch: BatchMock) -> None:
    held: dict[tuple[str, str], int] = {}
    for job in every_job(batch):
        if job.attempt is not None and not job.is_node:
            key = (job.attempt.environment.arn, "mvcpus")
            held[key] = held.get(key, 0) + job.spec.mvcpus
    engine = batch._world.engine
    assert engine.capacity.in_use() == held
    for region in engine.regions.values():
        for environment in region.compute_environments.values():
            assert 0 <= held.get((environment.arn, "mvcpus"), 0) <= environment.max_mvcpus


def every_job_is_in_one_index(batch: BatchMock) -> None:
    for region in batch._world.engine.regions.values():
        for job in region.jobs.values():
            found = [name for name, jobs in job.spec.queue.by_status.items() if job.key in jobs]
            assert found == [job.status], f"{job!r} is indexed under {found}"
        for queue in region.job_queues.values():
            for name, jobs in queue.by_status.items():
                assert [job.status for job in jobs.values()] == [name] * len(jobs)
                assert all(region.jobs[job.id] is job for job in jobs.values())


def the_living_are_counted(batch: BatchMock) -> None:
    alive = [job for job in every_job(batch) if job.parent is None and not job.is_terminal]
    assert batch._world.engine.alive == len(alive)


def whoever_still_lives_when_nothing_can_happen_has_a_reason(batch: BatchMock) -> None:
    """After `run_until_idle`: nobody was forgotten."""
    for job in every_job(batch):
        if job.is_terminal or job.is_node:
            continue
        assert job.status in (PENDING, RUNNABLE, RUNNING), f"{job!r} was left behind"
        if job.status == RUNNING:
            assert job.spec.timeout_ms is None
            assert job.attempt is not None
            assert _never_ends(job.attempt.work) or job.spec.num_nodes, f"{job!r} was left behind"
        elif job.status == PENDING and job.is_array_parent and job.children is not None:
            assert any(not child.is_terminal for child in job.children)
        elif job.status == PENDING:
            assert job.open_dependencies > 0, f"{job!r} waits for nobody"


def _never_ends(work: Any) -> bool:
    """Whether the test planned that an attempt hangs."""
    return work.plan.ends_ms is None if isinstance(work, TaskWork) else work.outcome.hangs
