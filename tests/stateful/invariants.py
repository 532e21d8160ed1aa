"""What holds at every moment, whatever has been asked."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from pytest_batchmock import BatchMock
from pytest_batchmock.domain import consumption
from pytest_batchmock.domain.consumable_resource import ConsumableResource
from pytest_batchmock.domain.instance import ENDED
from pytest_batchmock.domain.job import Job
from pytest_batchmock.domain.job_queue import JobQueue
from pytest_batchmock.domain.requirements import NONE, Requirements
from pytest_batchmock.domain.service_job import ServiceJobSpec, counts
from pytest_batchmock.domain.status import (
    ENABLED,
    FAILED,
    JOB_STATUSES,
    PENDING,
    RUNNABLE,
    RUNNING,
    SCHEDULED,
    STARTING,
    SUBMITTED,
    SUCCEEDED,
    VALID,
)
from pytest_batchmock.engine.dependencies import DEPENDENT_JOB_FAILED
from pytest_batchmock.engine.families.containers import TaskWork
from pytest_batchmock.engine.fleet import has_instances
from pytest_batchmock.engine.latency import RETENTION_MS
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
        an_array_ends_with_its_children(job, batch)
        nodes_go_with_their_parent(job)
        dependencies_are_respected(job)
    instances_hold_what_is_on_them(batch)
    capacity_is_what_the_placed_jobs_hold(batch)
    consumables_are_what_the_placed_jobs_took(batch)
    shares_are_what_the_placed_jobs_use(batch)
    every_job_is_in_one_index(batch)
    the_living_are_counted(batch)


def history_is_a_path_in_the_table(job: Job) -> None:
    rows = {(source, target) for (source, _), (target, _) in job_moves(job).items()}
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
    assert len(set(listed)) == len(listed)
    assert sum(map(counts, job.attempts)) <= job.spec.attempts
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


def an_array_ends_with_its_children(job: Job, batch: BatchMock) -> None:
    """It is PENDING until the last of them has ended, and has failed if one of them has."""
    if not job.is_array_parent or not job.children:
        return
    if job.status == PENDING and job.statistics_at_ms == batch._world.engine.now_ms:
        return  # what ended the last child was a call: the instant is not over
    if not all(child.is_terminal for child in job.children):
        assert job.status == PENDING, f"{job!r} before its children"
    elif any(child.status == FAILED for child in job.children):
        assert job.status == FAILED, f"{job!r} after a child that failed"
    else:
        assert job.status == SUCCEEDED, f"{job!r} after its children"


def dependencies_are_respected(job: Job) -> None:
    """Whoever came past PENDING has no upstream job that has not succeeded, and the other way round."""
    if job.is_node or job.is_service:
        return
    upstream = list(_upstream(job))
    if job.status == FAILED and job.status_reason == DEPENDENT_JOB_FAILED:
        assert job.attempts == ()
        assert any(it is None or it.status == FAILED for it in upstream), f"{job!r} failed for nobody"
    elif job.status not in (SUBMITTED, PENDING, FAILED) or (job.is_array_parent and job.children):
        waiting = [it for it in upstream if it is not None and it.status != SUCCEEDED]
        assert not waiting, f"{job!r} did not wait for {waiting}"


def _upstream(job: Job) -> Iterator[Job | None]:
    """Whom a job waits for; of an array what only its children wait for is theirs. None has expired."""
    region, parent = job.spec.region, job.parent
    for dependency in job.spec.depends_on:
        job_id, kind = dependency.get("jobId"), dependency.get("type")
        if job_id is not None and kind != "N_TO_N":
            if parent is None:
                yield region.find_job(job_id)
        elif parent is None and kind == "N_TO_N":
            # The array itself waits for children to bind to; it fails if there never are any.
            other = region.find_job(str(job_id))
            if other is None or other.children is None:
                yield other
        elif parent is not None and job.index is not None and kind == "N_TO_N":
            other = region.find_job(str(job_id))
            yield other.children[job.index] if other is not None and other.children else None
        elif parent is not None and parent.children is not None and job.index:
            yield parent.children[job.index - 1]


def instances_hold_what_is_on_them(batch: BatchMock) -> None:
    """No instance is overcommitted; a node is alone on its instance, and no node is on Spot."""
    engine = batch._world.engine
    on_instances = set()
    for group in engine.fleet.groups.values():
        for instance in group.instances.values():
            held = NONE
            for job in instance.jobs.values():
                job_class = engine.fleet.classes.of(job.spec)
                need = job_class.nodes[job.index or 0] if job.is_node else job_class.need
                held = held.plus(need)
                on_instances.add(job.key)
                holder = job.parent if job.is_node and job.parent is not None else job
                assert holder.attempt is not None, f"{job!r} on {instance!r}"
                assert job.is_node or job.attempt.instance is instance
                assert not job.is_node or len(instance.jobs) == 1, f"{job!r} shares {instance!r}"
                assert not job.is_node or instance.environment.resource_type == "EC2"
            size, free = instance.type, instance.free
            assert held == Requirements(
                size.vcpus * 1000 - free.mvcpus,
                size.job_memory_mib - free.memory_mib,
                size.gpus - free.gpus,
            ), repr(instance)
            assert min(free) >= 0, repr(instance)
    for job in every_job(batch):
        attempt = job.attempt
        if attempt is not None and not job.spec.num_nodes and attempt.instance is not None:
            assert job.key in on_instances or not attempt.instance.is_seen, f"{job!r} is on nothing"


class Ended:
    """What has ended so far: it stays as it ended, and is kept for seven days.

    Attributes:
        known: By job id, how and when it ended.
        gone: The jobs that are no longer kept.
        looked_at_ms: When they were looked at last.
    """

    def __init__(self) -> None:
        self.known: dict[str, tuple[str, int]] = {}
        self.gone: set[str] = set()
        self.looked_at_ms = 0

    def check(self, batch: BatchMock, jobs: list[str], trainings: list[str]) -> None:
        """No job that was submitted is lost, and none ends twice."""
        engine = batch._world.engine
        (region,) = engine.regions.values()
        before_ms, self.looked_at_ms = self.looked_at_ms, engine.now_ms
        for job_id in (*jobs, *trainings):
            job = region.jobs.get(job_id) or region.service_jobs.get(job_id)
            if job is None and job_id in self.gone:
                continue
            assert job_id not in self.gone, f"{job!r} is there again"
            if job is None:
                self.gone.add(job_id)
                _, ended_ms = self.known.get(job_id, ("", before_ms))
                assert engine.now_ms - ended_ms >= RETENTION_MS, f"{job_id} is lost"
                continue
            if job.is_terminal:
                assert job.stopped_at_ms is not None
                ended = (job.status, job.stopped_at_ms)
                assert self.known.setdefault(job_id, ended) == ended, f"{job!r} ended twice"
                assert engine.now_ms - job.stopped_at_ms < RETENTION_MS, f"{job!r} is kept for too long"
            else:
                assert job_id not in self.known, f"{job!r} lives again"


def every_move_is_told(batch: BatchMock) -> None:
    """The events of the jobs that are kept are their moves, each once and in order; not the submit."""
    told: dict[str, list[str]] = {}
    for event in batch.events:
        if event["detail-type"].endswith("Job State Change"):
            told.setdefault(event["detail"]["jobId"], []).append(event["detail"]["status"])
    for job in every_job(batch):
        assert told.get(job.id, []) == job.statuses[1:], repr(job)


def capacity_is_what_the_placed_jobs_hold(batch: BatchMock) -> None:
    held: dict[tuple[str, str], int] = {}
    for job in every_job(batch):
        if job.attempt is not None and not job.is_node:
            unit, amount = "mvcpus", job.spec.mvcpus - _lost_mvcpus(batch, job)
            if isinstance(job.spec, ServiceJobSpec):
                counts = job.attempt.environment.counts_instances
                unit = "NUM_INSTANCES" if counts else job.spec.instance_type
                amount = job.spec.instances
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


def _lost_mvcpus(batch: BatchMock, job: Job) -> int:
    """What a multi-node job has lost with instances of nodes other than the main one."""
    nodes = batch._world.engine.fleet.classes.of(job.spec).nodes if job.gang else ()
    instances = job.gang or ()
    pairs = zip(instances, nodes, strict=True)
    return sum(need.mvcpus for instance, need in pairs if instance.status == ENDED)


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


def whoever_waits_at_the_front_has_a_reason(batch: BatchMock) -> None:
    """When nobody is at work any more: the head of each line shows why it waits, or cannot have what
    it consumes, or its queue has no environment that is there and enabled."""
    engine = batch._world.engine
    for region in engine.regions.values():
        for queue in region.job_queues.values():
            usable = [
                environment
                for environment in region.compute_environments.values()
                if environment.arn in queue.environments
                and (environment.state, environment.status) == (ENABLED, VALID)
            ]
            heads = list(engine.lines.first_of_each(queue).values())
            if not usable and queue.type != "SAGEMAKER_TRAINING":
                continue
            explained = [it.status_reason or not consumption.can_be_taken(it.spec) for it in heads]
            # With fair share one of them is the head of the queue; a quota share is a queue of its own.
            reached = any if queue.scheduling_policy_arn and usable else all
            assert not heads or reached(explained), f"{heads} of {queue.name} wait for nothing"


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
