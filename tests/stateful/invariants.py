"""What holds at every moment, whatever has been asked."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from pytest_batchmock import BatchMock
from pytest_batchmock.domain import consumption
from pytest_batchmock.domain.consumable_resource import ConsumableResource
from pytest_batchmock.domain.job import Job
from pytest_batchmock.domain.job_queue import JobQueue
from pytest_batchmock.domain.service_job import ServiceJobSpec
from pytest_batchmock.domain.status import (
    JOB_STATUSES,
    PENDING,
    RUNNABLE,
    RUNNING,
    SCHEDULED,
    STARTING,
)
from pytest_batchmock.engine.families.containers import TaskWork
from pytest_batchmock.engine.fleet import has_instances
from pytest_batchmock.engine.lifecycle import NEW, job_moves

from .snapshot import every_job


def check_everything(batch: BatchMock) -> None:
    """Check all of them.

    Raises:
        AssertionError: One does not hold.
    """
    jobs = every_job(batch)
    for job in jobs:
        history_is_a_path_in_the_table(job)
        times_of_a_job_never_fall(job, batch)
        attempts_are_in_order(job)
        counts_of_children_are_a_recount(job)
        nodes_go_with_their_parent(job)
    capacity_is_what_the_placed_jobs_hold(batch)
    consumables_are_what_the_placed_jobs_took(batch)
    shares_are_what_the_placed_jobs_use(batch)
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
    assert (job.attempt is not None) == (job.status in (SCHEDULED, STARTING, RUNNING)), repr(job)
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
            unit, amount = "mvcpus", job.spec.mvcpus
            if isinstance(job.spec, ServiceJobSpec):
                unit, amount = "NUM_INSTANCES", job.spec.instances
            key = (job.attempt.environment.arn, unit)
            held[key] = held.get(key, 0) + amount
    engine = batch._world.engine
    for environment, group in engine.fleet.groups.items():
        if not has_instances(environment):
            continue
        assert group.used_mvcpus == held.pop((environment.arn, "mvcpus"), 0)
        instances = group.instances.values()
        assert group.used_mvcpus == sum(instance.used_mvcpus for instance in instances)
        assert group.mvcpus == sum(instance.mvcpus for instance in instances)
        largest = max((instance.mvcpus for instance in instances), default=0)
        assert group.mvcpus - largest < max(environment.max_mvcpus, 1)
    assert engine.capacity.in_use() == held
    for region in engine.regions.values():
        for environment in region.compute_environments.values():
            assert 0 <= held.get((environment.arn, "mvcpus"), 0) <= environment.max_mvcpus
        for service in region.service_environments.values():
            for unit, most in service.capacity.items():
                assert 0 <= held.get((service.arn, unit), 0) <= most


def consumables_are_what_the_placed_jobs_took(batch: BatchMock) -> None:
    taken: dict[ConsumableResource, int] = {}
    for job in every_job(batch):
        if job.attempt is not None and not job.is_node and not job.is_service:
            for resource, quantity in consumption.needs(job.spec):
                if resource.created_at_ms >= job.attempt.starting_at_ms:
                    continue  # it was made anew since
                taken[resource] = taken.get(resource, 0) + quantity
    for region in batch._world.engine.regions.values():
        for resource in region.consumable_resources.values():
            held = taken.get(resource, 0) if resource.is_replenishable else 0
            assert resource.in_use == held, resource.name
            assert resource.total >= 0, resource.name


def shares_are_what_the_placed_jobs_use(batch: BatchMock) -> None:
    used: dict[tuple[JobQueue, str], int] = {}
    for job in every_job(batch):
        identifier = job.spec.share_identifier
        if job.attempt is not None and not job.is_node and identifier is not None:
            key = (job.spec.queue, identifier)
            used[key] = used.get(key, 0) + job.spec.mvcpus
    recorded = {
        (queue, name): share.running
        for queue, shares in batch._world.engine.shares._shares.items()
        for name, share in shares.items()
        if share.running
    }
    assert recorded == used


def nodes_go_with_their_parent(job: Job) -> None:
    """The main node is the job; the others wait until it runs, and end no later than it."""
    if not job.spec.num_nodes or job.is_node:
        return
    assert job.children is not None
    assert [node.index for node in job.children] == list(range(job.spec.num_nodes))
    for node in job.children:
        if node.index == job.spec.main_node:
            assert (node.status, node.attempts) == (job.status, job.attempts)
        elif job.status in (STARTING, RUNNING):
            began = RUNNABLE if job.status == STARTING else STARTING
            assert node.status == RUNNABLE or (began == STARTING and node.status != PENDING)
        else:
            assert node.is_terminal == job.is_terminal, f"{node!r} of {job!r}"
            assert node.is_terminal or node.status == job.status
        assert {it.number for it in node.attempts} <= {it.number for it in job.attempts} | (
            {job.attempt.number} if job.attempt is not None else set()
        )


def every_job_is_in_one_index(batch: BatchMock) -> None:
    for region in batch._world.engine.regions.values():
        for job in (*region.jobs.values(), *region.service_jobs.values()):
            found = [name for name, jobs in job.spec.queue.by_status.items() if job.key in jobs]
            assert found == [job.status], f"{job!r} is indexed under {found}"
        for queue in region.job_queues.values():
            for name, jobs in queue.by_status.items():
                assert [job.status for job in jobs.values()] == [name] * len(jobs)
                for job in jobs.values():
                    assert (region.service_jobs if job.is_service else region.jobs)[job.id] is job


def the_living_are_counted(batch: BatchMock) -> None:
    alive = [job for job in every_job(batch) if job.parent is None and not job.is_terminal]
    assert batch._world.engine.alive == len(alive)


def whoever_still_lives_when_nothing_can_happen_has_a_reason(batch: BatchMock) -> None:
    """After `run_until_idle`: nobody was forgotten."""
    for job in every_job(batch):
        if job.is_terminal or job.is_node:
            continue
        if job.status == STARTING:  # an earlier container hangs for ever
            assert job.attempt is not None
            assert isinstance(job.attempt.work, TaskWork), f"{job!r} was left behind"
            assert job.attempt.work.plan.running_ms is None, f"{job!r} was left behind"
            assert job.attempt.work.plan.ends_ms is None, f"{job!r} was left behind"
            continue
        assert job.status in (PENDING, RUNNABLE, RUNNING), f"{job!r} was left behind"
        if job.status == RUNNING:
            assert job.spec.timeout_ms is None
            assert job.attempt is not None
            assert not job.is_service, f"{job!r} was left behind"
            assert _never_ends(job), f"{job!r} was left behind"
        elif job.status == PENDING and job.is_array_parent and job.children is not None:
            assert any(not child.is_terminal for child in job.children)
        elif job.status == PENDING:
            assert job.open_dependencies > 0, f"{job!r} waits for nobody"


def _never_ends(job: Job) -> bool:
    """Whether the test planned that an attempt hangs; of a multi-node job, the main node's."""
    assert job.attempt is not None
    work: Any = job.attempt.work
    return work.plan.ends_ms is None if isinstance(work, TaskWork) else work.outcome.hangs


def nobody_waits_who_could_be_placed(batch: BatchMock) -> None:
    """Another look of the scheduler changes nothing when nothing can happen."""
    engine = batch._world.engine
    before = engine.changes
    for region in engine.regions.values():
        engine.request_pass(region)
    batch.run_until_idle()
    assert engine.changes == before, "somebody waited without need"


def nothing_is_held_when_all_jobs_have_ended(batch: BatchMock) -> None:
    engine = batch._world.engine
    left = [job for job in every_job(batch) if not job.is_terminal]
    assert left == []
    assert engine.alive == 0
    assert engine.capacity.in_use() == {}
    for region in engine.regions.values():
        assert not any(engine.lines.first_of_each(queue) for queue in region.job_queues.values())
        assert all(it.in_use == 0 for it in region.consumable_resources.values())
    shares = [share for by_name in engine.shares._shares.values() for share in by_name.values()]
    assert all(share.running == 0 for share in shares)
