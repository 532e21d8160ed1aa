"""When the fleet grows: which instances are launched, and for whom.

The head of a queue gets an instance if it waits for one; those behind it are thought of by class,
and get theirs in the same look, environment by environment. Nothing is launched for those behind a
head that waits for something else: they could not use it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from pytest_batchmock.domain import instance as i
from pytest_batchmock.domain.compute_environment import ComputeEnvironment
from pytest_batchmock.domain.instance import Instance
from pytest_batchmock.domain.instance_types import InstanceType
from pytest_batchmock.domain.job import Job
from pytest_batchmock.domain.job_class import JobClass
from pytest_batchmock.domain.job_queue import JobQueue
from pytest_batchmock.domain.requirements import NONE, Requirements
from pytest_batchmock.domain.status import ENABLED, UPDATING, VALID
from pytest_batchmock.engine import fleet
from pytest_batchmock.engine.fleet import Group
from pytest_batchmock.scheduler.allocation import DEFAULT_STRATEGY, Offer, choose, fits, wanted
from pytest_batchmock.scheduler.placement import (
    INSTANCES_UNSUPPORTED,
    UNDETERMINED,
    short_of,
    suits,
)

if TYPE_CHECKING:
    from pytest_batchmock.engine.engine import Engine

BOUNDLESS_MVCPUS: Final = 10**12
_CLASSES_AT_ONCE: Final = 8
"""How many other classes the rest of a new instance is offered to."""


class InstanceRoom:
    """What the scheduler's policies may ask about the instances of one environment."""

    __slots__ = ("_engine", "_group")

    def __init__(self, engine: Engine, group: Group) -> None:
        self._engine = engine
        self._group = group

    @property
    def used_mvcpus(self) -> int:
        """What jobs hold of the instances now."""
        return self._group.used_mvcpus

    def find(self, job_class: JobClass) -> Instance | None:
        """A running instance that takes a job of that class now."""
        instance = self._group.room.find(job_class.need)
        if instance is not None and not _runs(job_class, instance.type):
            return None
        return instance

    def find_gang(self, job: Job, job_class: JobClass) -> tuple[Instance, ...] | None:
        """Running instances of one type for all nodes, each on its own."""
        for instances in _idle_for_gang(self._group, job, job_class):
            if len(instances) >= len(job_class.nodes):
                return tuple(instances[: len(job_class.nodes)])
        return None

    def is_large_enough(self, job_class: JobClass) -> bool:
        """Whether a type that may be launched takes a job of that class, on empty instances."""
        group = self._group
        known = group.largest.get(job_class)
        if known is None:
            kinds = fleet.kinds_of(self._engine, group)
            environment, count = group.environment, len(job_class.nodes) or 1
            known = not kinds or any(
                _takes(job_class, kind) and _can_be_had(environment, count, kind, environment.max_mvcpus)
                for kind in kinds
            )
            group.largest[job_class] = known
        return known

    def fits_a_type(self, job_class: JobClass) -> bool:
        """Whether a type that may be launched takes the job, or a node of it, were there room."""
        kinds = fleet.kinds_of(self._engine, self._group)
        return any(_takes(job_class, kind) for kind in kinds)

    def grows_for(self, job: Job, job_class: JobClass) -> bool:
        """Whether an instance for such a job is coming, or would be launched if asked for."""
        if self._group.coming.get(job_class):
            return True
        if job_class.nodes:
            return _plan_gang(self._engine, self._group, job, job_class) is not None
        return _offer_for(self._engine, self._group, job_class) is not None

    def why_short(self, job_class: JobClass) -> str | None:
        """Why none is launched: EC2 has none, or the configuration allows none."""
        engine, group = self._engine, self._group
        if group.environment.type == "UNMANAGED":
            if any(_takes(job_class, it.type) for it in group.instances.values()):
                return None
            return UNDETERMINED  # recorded, of one into which nobody launched an instance
        if not fleet.kinds_of(engine, group):
            return INSTANCES_UNSUPPORTED
        if _room_mvcpus(engine, group) <= 0 and not any(group.idle_instances):
            return None
        offers = _offers(engine, group, job_class)
        strategy = _strategy(group.environment)
        best = wanted(strategy, offers, job_class.need)
        if best is None or choose(strategy, offers, job_class.need, BOUNDLESS_MVCPUS) is not None:
            return None
        return short_of(best.instance_type.name)


def grow(engine: Engine, queue: JobQueue, head: Job | None, awaits: ComputeEnvironment | None) -> None:
    """Launch what a queue needs after a look at it.

    Args:
        engine: The engine.
        queue: The queue.
        head: The job that stands at its front and waits, or None.
        awaits: The environment that is to have an instance for it; with None nothing is launched.
    """
    if head is None or awaits is None:
        return
    group = engine.fleet.group(awaits)
    head_class = engine.fleet.classes.of(head.spec)
    launched: list[Instance] = []
    if not group.coming.get(head_class):
        if head_class.nodes:
            launched.extend(_launch_gang(engine, group, head, head_class))
        else:
            launched.extend(_launch_one(engine, queue, group, head_class))
    if not head.spec.consumables:
        launched.extend(_grow_for_followers(engine, queue))
    _boot(engine, launched)


def keep_minimum(engine: Engine, environment: ComputeEnvironment, *, settles: bool = False) -> None:
    """Launch up to minvCpus; as it `settles`, up to the desiredvCpus that the user asked for."""
    if environment.type != "MANAGED" or not fleet.has_instances(environment):
        return
    if environment.status not in (VALID, UPDATING):
        return
    group = engine.fleet.group(environment)
    if group.breakdown is not None:
        return
    target = environment.min_mvcpus
    if environment.state == ENABLED and settles:
        target = max(target, min(environment.asked_mvcpus, environment.max_mvcpus))
    launched = []
    while group.mvcpus < target:
        offer = choose(
            _strategy(environment),
            _offers(engine, group, None),
            NONE,
            max(target, environment.max_mvcpus) - group.mvcpus,
            is_spot=environment.is_spot,
        )
        if offer is None:
            break
        launched.append(fleet.launch(engine, group, offer.instance_type, offer.zone, {}))
    _boot(engine, launched)


def _boot(engine: Engine, launched: Sequence[Instance]) -> None:
    unmanaged = [it for it in launched if it.environment.type == "UNMANAGED"]
    managed = [it for it in launched if it.environment.type != "UNMANAGED"]
    fleet.await_boot(engine, managed)
    if unmanaged:
        fleet.boot(engine, unmanaged, None)


# One job, and those behind it


def _grow_for_followers(engine: Engine, queue: JobQueue) -> Iterable[Instance]:
    """Launch for the classes of a queue, as far as its environments have room, in their order."""
    region_environments = _environments(engine, queue)
    for job_class, waiting in list(engine.demand.of(queue)):
        if job_class.nodes:
            continue  # a gang gets its instances when it is the head
        groups = [
            engine.fleet.group(environment)
            for environment in region_environments
            if suits(job_class, environment)
        ]
        wanting = waiting.seen_at(engine.now_ms) - _supplied(groups, job_class)
        for group in groups:
            while wanting > 0:
                launched = _launch_one(engine, queue, group, job_class, at_most=wanting)
                if not launched:
                    break
                yield from launched
                wanting -= (launched[0].expected or {}).get(job_class, 0)


def _environments(engine: Engine, queue: JobQueue) -> list[ComputeEnvironment]:
    """Those of a queue that may launch instances now, in their order."""
    found = []
    for arn in queue.environments:
        account, name = arn.split(":")[4], arn.rpartition("/")[2]
        environment = engine.region(account, arn.split(":")[3]).compute_environments.get(name)
        if environment is not None and fleet.has_instances(environment) and _is_usable(environment):
            found.append(environment)
    return found


def _is_usable(environment: ComputeEnvironment) -> bool:
    return environment.state == ENABLED and environment.status in (VALID, UPDATING)


def _supplied(groups: Sequence[Group], job_class: JobClass) -> int:
    """How many jobs of a class the instances that boot or are idle will take."""
    total = 0
    for group in groups:
        total += group.coming.get(job_class, 0)
        for instances in group.idle.values():
            first = next(iter(instances.values()))
            total += len(instances) * _slots(job_class, first.type, NONE)
    return total


def _slots(job_class: JobClass, kind: InstanceType, taken: Requirements) -> int:
    """How many jobs of a class fit beside what is `taken` of an instance."""
    if not _runs(job_class, kind):
        return 0
    need = job_class.need
    counts = [
        (there - used) // needed
        for there, used, needed in (
            (kind.vcpus * 1000, taken.mvcpus, need.mvcpus),
            (kind.job_memory_mib, taken.memory_mib, need.memory_mib),
            (kind.gpus, taken.gpus, need.gpus),
        )
        if needed
    ]
    return max(0, min(counts)) if counts else 1


def _launch_one(
    engine: Engine, queue: JobQueue, group: Group, job_class: JobClass, at_most: int | None = None
) -> list[Instance]:
    offer = _offer_for(engine, group, job_class)
    if offer is None:
        return []
    _make_room(engine, group, offer)
    kind = offer.instance_type
    counted = dict(engine.demand.of(queue))
    if at_most is None:
        waiting = counted.get(job_class)
        at_most = 1 if waiting is None else max(1, waiting.seen_at(engine.now_ms))
    expected = {job_class: min(at_most, _slots(job_class, kind, NONE)) or 1}
    taken = _times(job_class.need, expected[job_class])
    for other, waiting in list(counted.items())[:_CLASSES_AT_ONCE]:
        if other is job_class or other.nodes or not suits(other, group.environment):
            continue
        open_ = waiting.seen_at(engine.now_ms) - group.coming.get(other, 0)
        count = min(open_, _slots(other, kind, taken))
        if count > 0:
            expected[other] = count
            taken = taken.plus(_times(other.need, count))
    return [fleet.launch(engine, group, kind, offer.zone, expected)]


def _times(need: Requirements, count: int) -> Requirements:
    return Requirements(need.mvcpus * count, need.memory_mib * count, need.gpus * count)


def _offer_for(engine: Engine, group: Group, job_class: JobClass) -> Offer | None:
    """What would be launched for a job; idle instances that do not fit make room for it."""
    environment = group.environment
    if not _is_usable(environment) or group.breakdown is not None:
        return None
    room = _room_mvcpus(engine, group)
    if room <= 0 and not group.idle:
        return None
    offers = _offers(engine, group, job_class)
    strategy, spot = _strategy(environment), environment.is_spot
    offer = choose(strategy, offers, job_class.need, room, is_spot=spot)
    if offer is None and group.idle:
        idle = sum(it.mvcpus for it in group.idle_instances if it.gang is None)
        offer = choose(strategy, offers, job_class.need, room + idle, is_spot=spot)
    return offer


def _make_room(engine: Engine, group: Group, offer: Offer) -> None:
    """End idle instances where they leave no room for one that is needed (inferred)."""
    is_strict = _strategy(group.environment) == DEFAULT_STRATEGY and not group.environment.is_spot
    least = offer.instance_type.vcpus * 1000 if is_strict else 1
    for instance in list(group.idle_instances):
        if _room_mvcpus(engine, group) >= least:
            return
        if instance.gang is None:
            fleet.end(engine, instance, fleet.MADE_ROOM)


def _room_mvcpus(engine: Engine, group: Group) -> int:
    if group.environment.type == "UNMANAGED":
        return BOUNDLESS_MVCPUS if fleet.is_boundless(engine, group.environment) else 0
    return group.environment.max_mvcpus - group.mvcpus


def _strategy(environment: ComputeEnvironment) -> str:
    if environment.type == "UNMANAGED":
        return "BEST_FIT_PROGRESSIVE"
    return str(environment.resources.get("allocationStrategy") or DEFAULT_STRATEGY)


def _offers(engine: Engine, group: Group, job_class: JobClass | None) -> list[Offer]:
    """What the pools offer of the types that may be launched, the emptiest zone first."""
    kinds = fleet.kinds_of(engine, group)
    open_zones = [zone for zone in group.zones if zone not in engine.fleet.failed_zones]
    emptiest = sorted(open_zones, key=lambda zone: group.in_zone.get(zone, 0))
    pools, environment = engine.fleet.pools, group.environment
    offers = [
        pools.offer(engine, environment, kind, zone)
        for kind in kinds
        if job_class is None or _takes(job_class, kind)
        for zone in emptiest
    ]
    if offers or not kinds or not group.zones:
        return offers
    # All zones have failed: what there would be is there nowhere.
    return [
        Offer(kind, group.zones[0], kind.vcpus, room=0)
        for kind in kinds
        if job_class is None or _takes(job_class, kind)
    ]


def _runs(job_class: JobClass, kind: InstanceType) -> bool:
    """Whether an instance type is of the kind that a job needs, whatever its size."""
    named = job_class.instance_type
    return named is None or named in (kind.name, kind.family)


def _takes(job_class: JobClass, kind: InstanceType) -> bool:
    return _runs(job_class, kind) and fits(job_class.need, kind)


# Gangs: multi-node jobs


def _can_be_had(environment: ComputeEnvironment, count: int, kind: InstanceType, room: int) -> bool:
    """Whether there is room for that many instances; the last may go beyond it (see `choose`)."""
    mvcpus = kind.vcpus * 1000
    if _strategy(environment) == "BEST_FIT" and not environment.is_spot:
        return count * mvcpus <= room
    return (count - 1) * mvcpus < room


def _idle_for_gang(group: Group, job: Job, job_class: JobClass) -> Iterable[list[Instance]]:
    """By type, the idle instances that the nodes of `job` may have: kept for it, then others."""
    for name in sorted(group.idle):
        found = [it for it in group.idle[name].values() if it.gang in (None, job.key)]
        if found and _takes(job_class, found[0].type):
            found.sort(key=lambda it: it.gang is None)
            yield found


def _plan_gang(engine: Engine, group: Group, job: Job, job_class: JobClass) -> tuple[Offer, int] | None:
    """What to launch for a gang and how many of it; None if not all can be had now."""
    if not _is_usable(group.environment) or group.breakdown is not None:
        return None
    environment, count = group.environment, len(job_class.nodes)
    idle = sum(it.mvcpus for it in group.idle_instances if it.gang in (None, job.key))
    room = _room_mvcpus(engine, group) + idle
    offers = [
        it
        for it in _offers(engine, group, job_class)
        if _can_be_had(environment, count, it.instance_type, room)
    ]
    offer = choose(_strategy(environment), offers, job_class.need, room)
    if offer is None:
        return None
    kind = offer.instance_type
    there = [it for it in group.idle.get(kind.name, {}).values() if it.gang in (None, job.key)]
    missing = count - len(there)
    in_pools = [it.room for it in offers if it.instance_type is kind]
    if not any(room is None for room in in_pools) and sum(room or 0 for room in in_pools) < missing:
        return None
    return offer, missing


def _launch_gang(engine: Engine, group: Group, job: Job, job_class: JobClass) -> list[Instance]:
    """Keep what is idle for the gang and launch the rest."""
    plan = _plan_gang(engine, group, job, job_class)
    if plan is None:
        return []
    offer, missing = plan
    kind = offer.instance_type
    for instance in list(group.idle.get(kind.name, {}).values())[: len(job_class.nodes)]:
        if instance.gang is None:
            fleet.keep_for(group, instance, job.key)
    engine.gangs[job.key] = job
    launched = []
    for _ in range(missing):
        _make_room(engine, group, offer)
        in_reach = [it for it in _offers(engine, group, job_class) if it.instance_type is kind]
        zone = next((it.zone for it in in_reach if it.has_room), offer.zone)
        launched.append(fleet.launch(engine, group, kind, zone, {job_class: 1}, gang=job.key))
    return launched


def forget_gangs(engine: Engine) -> None:
    """Instances that were kept for a job that no longer waits, or cannot have the others now, are
    free for others, and leave when they have been idle for long."""
    for key, job in list(engine.gangs.items()):
        waits = job.status == "RUNNABLE"
        if not waits:
            del engine.gangs[key]
        for group in engine.fleet.groups.values():
            if waits and _is_usable(group.environment) and group.breakdown is None:
                continue
            for instance in list(group.instances.values()):
                if instance.gang == key and instance.status in (i.IDLE, i.BOOTING):
                    fleet.let_go(engine, group, instance)
