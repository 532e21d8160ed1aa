"""Spot reclaims: what runs on a host that is taken away. What is allowed of Spot is in rules/spot.py.

A host is an EC2 instance with all jobs on it; on Fargate, and on managed instances, which are not to be
seen, each task has a host of its own (of the latter inferred, as is the text of its loss). With its
notice it takes no new jobs, and a container that really runs gets SIGTERM; when the notice is over
the host is gone, and each job on it is retried or fails. Who has ended by then has ended by itself.

What the market (domain/market.py) has to offer is looked up when an environment wants an instance;
when it will take that back is worked out once, at the launch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pytest_batchmock.domain import instance as i
from pytest_batchmock.domain.compute_environment import ComputeEnvironment
from pytest_batchmock.domain.ids import keyed_fraction
from pytest_batchmock.domain.instance import Instance
from pytest_batchmock.domain.instance_types import InstanceType
from pytest_batchmock.domain.job import Attempt, Job
from pytest_batchmock.domain.market import HOUR_MS, Market, life_ms, within_bid
from pytest_batchmock.engine import fleet, live
from pytest_batchmock.engine.event_queue import INTERRUPTION
from pytest_batchmock.engine.live import KILL_NOW, LiveStop, RealWork
from pytest_batchmock.runners import outcomes
from pytest_batchmock.runners.outcomes import Place
from pytest_batchmock.scheduler.allocation import Offer

if TYPE_CHECKING:
    from pytest_batchmock.engine.engine import Engine

NOTICE_MS: Final = 120_000
"""EC2 and Fargate Spot give notice of two minutes (EC2 and ECS user guides)."""

HOURS_AHEAD: Final = 168
"""For how many hours it is looked when the price will exceed a bid; an instance that lives longer is
left alone (inferred; jobs of a week are rare)."""


class TaskHost:
    """The host of one task on Fargate, or on managed instances.

    Attributes:
        job: Whose task it is.
        attempt: The attempt that runs there.
    """

    __slots__ = ("attempt", "job")

    def __init__(self, job: Job, attempt: Attempt) -> None:
        self.job = job
        self.attempt = attempt

    @property
    def epoch(self) -> int:
        """0 while the attempt lives."""
        return 0 if self.job.attempt is self.attempt else 1


class InstanceHost:
    """An EC2 instance as a host."""

    __slots__ = ("instance",)

    def __init__(self, instance: Instance) -> None:
        self.instance = instance

    @property
    def epoch(self) -> int:
        """0 while the instance lives."""
        return 1 if self.instance.status == i.ENDED else 0


Host = TaskHost | InstanceHost


class MarketPools:
    """What EC2 offers: On-Demand without bounds, Spot as the market has it."""

    def offer(
        self, engine: Engine, environment: ComputeEnvironment, kind: InstanceType, zone: str
    ) -> Offer:
        """What `environment` would get an instance of `kind` in `zone` for, and how many there are."""
        market = engine.market
        price = market.on_demand_price(kind)
        if not environment.is_spot:
            return Offer(kind, zone, price)
        pool = market.spot(kind, zone, engine.now_ms)
        room = None if pool.capacity is None else max(0, pool.capacity - _running(engine, kind, zone))
        if not within_bid(pool.percent, _bid(environment)):
            room = 0
        return Offer(kind, zone, price * pool.percent / 100, pool.interruptions_per_hour, room)

    def launched(self, engine: Engine, instance: Instance) -> None:
        """An instance was launched: work out when the market will take it back."""
        if not instance.environment.is_spot:
            return
        left_ms = _left_ms(engine.market, instance, engine.now_ms)
        if left_ms is not None:
            _notice_later(engine, InstanceHost(instance), left_ms)


def _running(engine: Engine, kind: InstanceType, zone: str) -> int:
    return sum(
        it.type is kind and it.zone == zone
        for group in engine.fleet.groups.values()
        if group.environment.is_spot
        for it in group.instances.values()
    )


def _bid(environment: ComputeEnvironment) -> int | None:
    bid: int | None = environment.resources.get("bidPercentage")
    return bid


def _left_ms(market: Market, instance: Instance, now_ms: int) -> int | None:
    """When the market takes an instance back: by its luck, or because the price exceeds the bid."""
    kind, zone = instance.type, instance.zone
    rate = market.interruptions_per_hour(kind, zone)
    ends = [life_ms(market.seed, instance.id, rate)]
    if market.temper == "lively":
        hour = now_ms // HOUR_MS
        for later in range(hour + 1, hour + 1 + HOURS_AHEAD):
            if not within_bid(market.percent(kind, zone, later * HOUR_MS), _bid(instance.environment)):
                ends.append(later * HOUR_MS - now_ms)
                break
    return min((it for it in ends if it is not None), default=None)


# Which hosts there are


def hosts(engine: Engine) -> dict[str, Host]:
    """The hosts on Spot: EC2 instances by their id, in the order of their launch, and the tasks of
    others by the job's id."""
    found: dict[str, Host] = {}
    for group in engine.fleet.groups.values():
        if group.environment.is_spot:
            found |= {name: InstanceHost(it) for name, it in group.instances.items()}
    for job in engine.capacity.holders():
        attempt = job.attempt
        if attempt is None or job.is_service:
            continue
        environment = attempt.environment
        if isinstance(environment, ComputeEnvironment) and environment.is_spot:
            found[job.id] = TaskHost(job, attempt)
    return found


def jobs_on(host: Host) -> list[Job]:
    """The jobs on a host, in the order in which they were submitted."""
    if isinstance(host, TaskHost):
        return [host.job]
    return [host.instance.jobs[key] for key in sorted(host.instance.jobs)]


def drawn(engine: Engine, fraction: float) -> list[str]:
    """That part of the hosts on Spot, at least one if there is any, drawn by the seed and the moment."""
    known = list(hosts(engine))
    count = max(1, round(fraction * len(known))) if known else 0
    draw = {host: keyed_fraction(engine.seed, "reclaim", f"{host}/{engine.now_ms}") for host in known}
    return sorted(sorted(known, key=lambda host: (draw[host], host))[:count], key=known.index)


# Taking them away


def placed(engine: Engine, job: Job) -> None:
    """A task was placed that has a host of its own: it will be taken away, if the market has it so."""
    attempt = job.attempt
    if attempt is None or (attempt.instance is not None and attempt.instance.is_seen):
        return
    left_ms = life_ms(engine.seed, f"{job.id}/{attempt.number}", engine.market.general_rate)
    if left_ms is not None:
        _notice_later(engine, TaskHost(job, attempt), left_ms)


def _notice_later(engine: Engine, host: Host, left_ms: int) -> None:
    """Give the notice so much before the end; a short life has a short one."""
    notice_ms = min(NOTICE_MS, left_ms)
    engine.queue.push(engine.now_ms + left_ms - notice_ms, "spot_notices", host, 0, notice_ms)


def notices(engine: Engine, host: Host, notice_ms: int) -> None:
    """A host gets its notice: it takes no new jobs, and will be taken away.

    EC2 warns of it beforehand only. One without jobs leaves at once (inferred).
    """
    if isinstance(host, InstanceHost):
        instance = host.instance
        if notice_ms and instance.leaves_because != fleet.RECLAIMED:
            engine.notifications.note_warning(engine, instance)
        if not instance.jobs:
            fleet.lose(engine, instance, fleet.RECLAIMED)
            return
        fleet.retire(engine, instance, fleet.RECLAIMED)
    for job in jobs_on(host):
        attempt = job.attempt
        if attempt is not None and isinstance(attempt.work, RealWork) and attempt.work.runs:
            live.interrupt(engine, job, attempt.work, notice_ms)
    engine.queue.push(engine.now_ms + notice_ms, "spot_takes", host, 0, priority=INTERRUPTION)


def takes(engine: Engine, host: Host, data: Any) -> None:
    """The notice is over: the host is gone, and what runs there with it."""
    for job in jobs_on(host):
        work = job.attempt.work if job.attempt is not None else None
        for run in work.runs if isinstance(work, RealWork) else ():
            if run.number in engine.live:
                engine.outbox.append(LiveStop(run.number, KILL_NOW))
    if isinstance(host, InstanceHost):
        fleet.lose(engine, host.instance, fleet.RECLAIMED)
    else:
        job, instance_id = host.job, host.attempt.instance_id
        where = Place(job.name, "", True, instance_id is None, instance_id)
        engine.lose_host(job, outcomes.reclaimed().ending(where))


def market_moved(engine: Engine) -> None:
    """A test has said something of the market: what is above its bid goes, what waits looks again."""
    for group in list(engine.fleet.groups.values()):
        environment = group.environment
        if not environment.is_spot:
            continue
        for instance in list(group.instances.values()):
            percent = engine.market.percent(instance.type, instance.zone, engine.now_ms)
            if not within_bid(percent, _bid(environment)):
                notices(engine, InstanceHost(instance), NOTICE_MS)
    engine.look_everywhere()
