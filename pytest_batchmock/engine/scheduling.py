"""The scheduler's place in the engine: when it looks, what it sees, and what comes of its decisions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pytest_batchmock.domain import consumption
from pytest_batchmock.domain.compute_environment import ComputeEnvironment
from pytest_batchmock.domain.job import Job
from pytest_batchmock.domain.job_queue import JobQueue
from pytest_batchmock.domain.region import RegionState
from pytest_batchmock.domain.service_environment import ServiceEnvironment
from pytest_batchmock.domain.service_job import ServiceJobSpec
from pytest_batchmock.engine import (
    attempts,
    blocked,
    breakdowns,
    fleet,
    latency,
    quota_shares,
    scale_out,
)
from pytest_batchmock.engine.event_queue import PASS
from pytest_batchmock.engine.families import service
from pytest_batchmock.engine.lines import FRESH, RETRIED, Choose
from pytest_batchmock.engine.rejection import rejection
from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.scheduler import fair_share
from pytest_batchmock.scheduler.schedule_pass import schedule_pass
from pytest_batchmock.scheduler.view import (
    Block,
    EnvironmentView,
    Preempt,
    QueueView,
    ServiceEnvironmentView,
)

if TYPE_CHECKING:
    from pytest_batchmock.engine.engine import Engine


def line_up(engine: Engine, job: Job) -> None:
    """The job became RUNNABLE."""
    engine.lines.add(job, FRESH)
    _count(engine, job)
    engine.request_pass(job.spec.region)


def line_up_first(engine: Engine, job: Job) -> None:
    """The job became RUNNABLE again: it goes to the front (user guide, best-practices)."""
    engine.lines.add(job, RETRIED)
    _count(engine, job)
    engine.request_pass(job.spec.region)


def _count(engine: Engine, job: Job) -> None:
    spec = job.spec
    if not spec.is_service:
        engine.demand.add(spec.queue, engine.fleet.classes.of(spec), engine.now_ms)


def no_longer_waits(engine: Engine, job: Job) -> None:
    """The job is no longer RUNNABLE."""
    spec = job.spec
    if not spec.is_service:
        engine.demand.remove(spec.queue, engine.fleet.classes.of(spec), engine.now_ms)


def free_capacity(engine: Engine, job: Job) -> None:
    """An attempt ended: its environment has room again, perhaps for somebody who waits."""
    ended, spec = job.attempts[-1], job.spec
    instance = ended.instance
    if instance is None or not instance.zone:
        engine.capacity.give_back(ended.environment, job)
    elif spec.num_nodes:
        for index, host in enumerate(job.gang or ()):
            node = (job.children or ())[index]
            fleet.give_back(engine, host, node, engine.fleet.classes.of(spec).nodes[index])
        job.gang = None
    else:
        fleet.give_back(engine, instance, job, engine.fleet.classes.of(spec).need)
    if spec.consumables:
        consumption.give_back(spec, ended.starting_at_ms)
    region = spec.region
    if spec.queue.scheduling_policy_arn is not None:
        policy = fair_share_policy(region, spec.queue)
        if policy is not None:
            engine.shares.end(job, engine.now_ms, _decay_ms(policy))
    engine.request_pass(region)


def fair_share_policy(region: RegionState, queue: JobQueue) -> fair_share.Policy | None:
    """The fair-share parameters of a queue; the service's defaults for a policy without any."""
    if queue.scheduling_policy_arn is None:
        return None
    policy = region.scheduling_policies.get(queue.scheduling_policy_arn.rpartition("/")[2])
    if policy is None or policy.quota_share is not None:
        return None
    return policy.fairshare or {}


def _decay_ms(policy: fair_share.Policy) -> int:
    return fair_share.decay_seconds(policy) * 1000


def whose_turn(engine: Engine, region: RegionState, queue: JobQueue) -> Choose:
    """The rule by which a queue chooses among the lines of its share identifiers."""
    policy = fair_share_policy(region, queue)
    if policy is None:
        return min

    shares, at = engine.shares, (engine.now_ms, _decay_ms(policy))
    return fair_share.Turns(
        policy,
        lambda: shares.use(queue, *at),
        lambda share: shares.use_of(queue, share, *at),
        lambda: shares.given_back,
    )


def head_of_line(engine: Engine, job: Job) -> Job | None:
    """The job that has to be placed before `job` and all who wait with it; it may be `job` itself."""
    spec = job.spec
    queue, region = spec.queue, spec.region
    if isinstance(spec, ServiceJobSpec) and spec.quota_share is not None:
        return engine.lines.first_of_each(queue).get(spec.quota_share)
    return next(iter(engine.lines.front(queue, 1, whose_turn(engine, region, queue))), None)


def reserved_of(engine: Engine, region: RegionState, queue: JobQueue) -> float:
    """The part of its environments that a queue keeps for shares that are not active."""
    policy = fair_share_policy(region, queue)
    if policy is None or not policy.get("computeReservation"):
        return 0.0
    active = engine.shares.active(queue, engine.now_ms, _decay_ms(policy)) | engine.lines.shares(queue)
    return fair_share.reserved_fraction(policy, len(active))


def look_again(engine: Engine, job: Job) -> None:
    """A job left its line: it may have been the head that blocked the others."""
    no_longer_waits(engine, job)
    engine.request_pass(job.spec.region)


def plan_pass(engine: Engine, region: RegionState) -> None:
    """Put the requested pass on the event queue."""
    at_ms = engine.now_ms + engine.stage_ms(latency.SCHEDULE_PASS_MS)
    engine.queue.push(at_ms, "schedule_pass", region, None, priority=PASS)


def run_pass(engine: Engine, region: RegionState, data: Any) -> None:
    """Look at the region and do what the policy decides."""
    engine.pass_begins(region)
    environments = {
        environment.arn: _environment_view(engine, environment)
        for environment in region.compute_environments.values()
    }
    if engine.gangs:
        scale_out.forget_gangs(engine)
    blocks: list[Block] = []
    ranks: dict[int, int] = {}
    views = [_view(engine, region, queue, environments, ranks) for queue in engine.lines.of(region)]
    mistakes: list[tuple[MockUsageError, Job, int]] = []
    for decision in schedule_pass(views, engine.fleet.classes.of):
        job = decision.job
        if isinstance(decision, Preempt):
            service.preempt(engine, job, decision.reason)
            continue
        rank = ranks.pop(job.key)
        if isinstance(decision, Block):
            engine.lines.add(job, rank)
            blocked.show(engine, job, decision.reason)
            blocks.append(decision)
        elif isinstance(decision.environment, ServiceEnvironment):
            service.place(engine, job, decision.environment)
        elif (refused := rejection(job)) is not None:
            engine.fire(job, "reject", refused)
        else:
            try:
                attempts.place(engine, job, decision.environment, decision.instances)
            except MockUsageError as mistake:
                mistakes.append((mistake, job, rank))
                continue
            policy = fair_share_policy(region, job.spec.queue)
            if policy is not None:
                engine.shares.begin(job, engine.now_ms, _decay_ms(policy))
    for block in blocks:
        scale_out.grow(engine, block.job.spec.queue, block.job, block.awaits)
    for _, job, rank in mistakes:  # the test's: the job stays where it is, the others go on
        engine.lines.add(job, rank)
    if mistakes:
        raise mistakes[0][0]


def _environment_view(engine: Engine, environment: ComputeEnvironment) -> EnvironmentView:
    group = engine.fleet.group(environment)
    broken = breakdowns.reason(engine, group)
    if fleet.has_instances(environment):
        if group.mvcpus < environment.min_mvcpus:
            scale_out.keep_minimum(engine, environment)  # some were lost
        return EnvironmentView(environment, 0, scale_out.InstanceRoom(engine, group), broken)
    return EnvironmentView(environment, engine.capacity.free_mvcpus(environment), None, broken)


def _service_views(
    engine: Engine, region: RegionState, queue: JobQueue
) -> tuple[ServiceEnvironmentView, ...]:
    views = []
    for entry in queue.request.get("serviceEnvironmentOrder", ()):
        environment = region.service_environments.get(entry["serviceEnvironment"].rpartition("/")[2])
        if environment is not None:
            free = engine.capacity.free_units(environment)
            views.append(ServiceEnvironmentView(environment, free))
    return tuple(views)


def _view(
    engine: Engine,
    region: RegionState,
    queue: JobQueue,
    environments: dict[str, EnvironmentView],
    ranks: dict[int, int],
) -> QueueView:
    def waiting() -> Iterator[Job]:
        for rank, job in engine.lines.leave_in_order(queue, whose_turn(engine, region, queue)):
            if job.history[-1] == engine.now_ms:
                # Every stage takes time, or a polling program would not see it: this job became
                # RUNNABLE in this instant, so it (and who stands behind it) is for the next pass.
                engine.lines.add(job, rank)
                engine.request_pass(region)
                return
            ranks[job.key] = rank
            yield job

    if quota_shares.manages_quotas(region, queue):
        quota = quota_shares.view(engine, region, queue, ranks)
        return QueueView(queue.priority, queue.key, iter(()), (), quota=quota)
    attached = tuple(environments[arn] for arn in queue.environments if arn in environments)
    services = _service_views(engine, region, queue)
    reserved = reserved_of(engine, region, queue)
    return QueueView(queue.priority, queue.key, waiting(), attached, services, reserved)
