"""The fleet: the EC2 instances of all environments, from launch to end.

Here is what an instance goes through; whether one is launched, and for whom, is
engine/scale_out.py's to say. What was launched by the user into the cluster of an unmanaged
environment is of the fleet too. Fargate and managed instances have no instances that can be seen:
engine/capacity.py counts the vCPUs of their jobs.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, Protocol

from pytest_batchmock.domain import instance as i
from pytest_batchmock.domain import instance_types, zones
from pytest_batchmock.domain.compute_environment import EC2_TYPES, ComputeEnvironment
from pytest_batchmock.domain.ids import keyed_hex
from pytest_batchmock.domain.instance import Instance
from pytest_batchmock.domain.instance_types import InstanceType
from pytest_batchmock.domain.job import Job
from pytest_batchmock.domain.job_class import Classes, JobClass
from pytest_batchmock.domain.requirements import Requirements
from pytest_batchmock.engine import latency
from pytest_batchmock.engine.room import FreeRoom
from pytest_batchmock.runners.outcomes import Ending, host_terminated
from pytest_batchmock.scheduler.allocation import Offer

if TYPE_CHECKING:
    from pytest_batchmock.engine.engine import Engine

BOUNDLESS_FAMILIES: Final = ("m6i", "g5", "p4d", "u-6tb1")
"""What an unmanaged environment without bounds is supplied from (inferred: any will do)."""

UNSEEN_TYPE: Final = "m6i.large"

# Why an instance has ended.
SCALED_IN: Final = "scaled in"
MADE_ROOM: Final = "made room for another"
REPLACED: Final = "replaced by an update of its environment"
ENVIRONMENT_DELETED: Final = "its environment was deleted"
TAKEN_OUT: Final = "taken out by the user"
ZONE_FAILED: Final = "its availability zone failed"
HOST_FAILED: Final = "its host was lost"
RECLAIMED: Final = "reclaimed"


class Pools(Protocol):
    """Tells what a pool of EC2 offers: the Spot market, or the plenty of On-Demand."""

    def offer(
        self, engine: Engine, environment: ComputeEnvironment, kind: InstanceType, zone: str
    ) -> Offer:
        """What `environment` would get an instance of `kind` in `zone` for, and how many there are."""

    def launched(self, engine: Engine, instance: Instance) -> None:
        """An instance was launched from a pool."""


class Group:
    """The instances of one environment.

    Attributes:
        instances: Those that live, by id, in the order of their launch.
        used_mvcpus: What jobs hold of them.
        room: Where those that run have room.
        idle: Those without a job, by instance type, in the order in which they became so.
        coming: How many jobs of each class the instances that boot were launched for.
        in_zone: How many live in each zone.
        breakdown: What the test has broken of the environment, or None.
        kinds: The instance types it may launch; None where that is not worked out.
        zones: The zones of its subnets.
    """

    __slots__ = (
        "breakdown",
        "coming",
        "environment",
        "idle",
        "in_zone",
        "instances",
        "kinds",
        "largest",
        "launched",
        "room",
        "used_mvcpus",
        "zones",
    )

    def __init__(self, environment: ComputeEnvironment) -> None:
        self.environment = environment
        self.instances: dict[str, Instance] = {}
        self.used_mvcpus = 0
        self.room = FreeRoom()
        self.idle: dict[str, dict[str, Instance]] = {}
        self.coming: dict[JobClass, int] = {}
        self.in_zone: dict[str, int] = {}
        self.launched = 0
        self.breakdown: str | None = None
        self.kinds: tuple[InstanceType, ...] | None = None
        self.largest: dict[JobClass, bool] = {}
        self.zones: tuple[str, ...] = ()

    def forget_configuration(self) -> None:
        """The environment was changed: work out anew what it may launch."""
        self.kinds = None
        self.largest.clear()

    @property
    def mvcpus(self) -> int:
        """The vCPUs of all together, in thousandths; those that boot count too."""
        return self.environment.launched_mvcpus

    @property
    def idle_instances(self) -> Iterator[Instance]:
        """Those without a job, longest idle first within a type."""
        for name in sorted(self.idle):
            yield from self.idle[name].values()


class Fleet:
    """All instances of one mock.

    Attributes:
        ended: Those that have ended, oldest first; kept as long as ended jobs are.
        failed_zones: The zones that have failed, in that order.
        pools: What EC2 has to offer.
    """

    def __init__(self, pools: Pools) -> None:
        self.groups: dict[ComputeEnvironment, Group] = {}
        self.ended: deque[Instance] = deque()
        self.failed_zones: dict[str, None] = {}
        self.pools = pools
        self.classes = Classes()

    def group(self, environment: ComputeEnvironment) -> Group:
        """The instances of an environment."""
        found = self.groups.get(environment)
        if found is None:
            found = self.groups[environment] = Group(environment)
        return found

    def peek(self, environment: ComputeEnvironment) -> Group:
        """Likewise, for who only looks: it is not kept if nothing is there yet."""
        found = self.groups.get(environment)
        return Group(environment) if found is None else found

    def instances(self) -> Iterator[Instance]:
        """Every instance that is remembered: those that have ended, then those that live."""
        yield from self.ended
        for group in self.groups.values():
            yield from group.instances.values()

    def find(self, instance_id: str) -> Instance | None:
        """The living instance of that id."""
        for group in self.groups.values():
            if instance_id in group.instances:
                return group.instances[instance_id]
        return None


def has_instances(environment: ComputeEnvironment) -> bool:
    """Whether jobs of an environment run on instances that can be seen."""
    return environment.type == "UNMANAGED" or environment.resource_type in EC2_TYPES


def is_boundless(engine: Engine, environment: ComputeEnvironment) -> bool:
    """Whether an unmanaged environment has whatever its jobs need."""
    return environment.type == "UNMANAGED" and engine.options.unmanaged == "boundless"


def kinds_of(engine: Engine, group: Group) -> tuple[InstanceType, ...]:
    """The instance types that an environment may launch: for Spot, those that are sold as Spot."""
    if group.kinds is None:
        environment = group.environment
        usage = "spot" if environment.is_spot else "on-demand"
        named = environment.resources.get("instanceTypes", ())
        if is_boundless(engine, environment):
            named = BOUNDLESS_FAMILIES
        known = [entry for entry in named if instance_types.is_known(entry)]
        found = instance_types.resolve(known)
        group.kinds = tuple(kind for kind in found if usage in kind.usage_classes)
        region = environment.arn.split(":")[3]
        subnets = environment.resources.get("subnets") or ("subnet-of-nobody",)
        group.zones = zones.of_subnets(subnets, region, engine.options.zone_of_subnet)
    return group.kinds


# Launch and boot


def launch(
    engine: Engine,
    group: Group,
    kind: InstanceType,
    zone: str,
    expected: dict[JobClass, int],
    *,
    gang: int | None = None,
) -> Instance:
    """Ask EC2 for an instance: it takes jobs when it has booted."""
    environment = group.environment
    group.launched += 1
    digits = keyed_hex(engine.seed, "instance", f"{environment.uuid}/{group.launched}", 17)
    instance = Instance(f"i-{digits}", kind, zone, environment, engine.now_ms)
    instance.expected = expected
    instance.gang = gang
    group.instances[instance.id] = instance
    environment.launched_mvcpus += instance.mvcpus
    group.in_zone[zone] = group.in_zone.get(zone, 0) + 1
    for job_class, count in expected.items():
        group.coming[job_class] = group.coming.get(job_class, 0) + count
    engine.fleet.pools.launched(engine, instance)
    return instance


def await_boot(engine: Engine, launched: list[Instance]) -> None:
    """Have instances that were launched at one moment boot together."""
    if launched:
        at_ms = engine.now_ms + engine.stage_ms(latency.BOOT_EC2_MS)
        engine.queue.push(at_ms, "instances_boot", launched, None)


def boot(engine: Engine, launched: list[Instance], data: Any) -> None:
    """Instances have booted: they take jobs."""
    for instance in launched:
        if instance.status != i.BOOTING:
            continue  # lost meanwhile
        group = engine.fleet.group(instance.environment)
        _no_longer_expected(group, instance)
        _become_idle(engine, group, instance)
    engine.look_everywhere()


def supply(engine: Engine, environment: ComputeEnvironment, kind: InstanceType, zone: str) -> Instance:
    """The user's instance joins the cluster of an unmanaged environment."""
    instance = launch(engine, engine.fleet.group(environment), kind, zone, {})
    boot(engine, [instance], None)
    return instance


def unseen(engine: Engine, environment: ComputeEnvironment, entity: str) -> Instance:
    """What stands for the host of a job on managed instances: it is AWS's, and not in the fleet."""
    kind = instance_types.get(UNSEEN_TYPE)
    if kind is None:
        raise AssertionError(f"{UNSEEN_TYPE} is in the table of instance types.")
    digits = keyed_hex(engine.seed, "instance", entity, 17)
    return Instance(f"i-{digits}", kind, "", environment, engine.now_ms)


def _no_longer_expected(group: Group, instance: Instance) -> None:
    for job_class, count in (instance.expected or {}).items():
        group.coming[job_class] -= count
        if not group.coming[job_class]:
            del group.coming[job_class]
    instance.expected = None


def _become_idle(engine: Engine, group: Group, instance: Instance) -> None:
    instance.status = i.IDLE
    instance.idle_since_ms = engine.now_ms
    if instance.leaves_because is not None:
        end(engine, instance, instance.leaves_because)
        return
    idle = group.idle.get(instance.type.name)
    if idle is None:
        idle = group.idle[instance.type.name] = {}
    idle[instance.id] = instance
    if instance.gang is None:
        group.room.put(instance)
    if not instance.timed and group.environment.type == "MANAGED":
        instance.timed = True
        _look_later(engine, instance, _idle_ms(engine, group))


def _look_later(engine: Engine, instance: Instance, delay_ms: int) -> None:
    at_ms = engine.now_ms + delay_ms
    engine.queue.push(at_ms, "instance_idles", instance, None, housekeeping=True)


def _idle_ms(engine: Engine, group: Group) -> int:
    policy = group.environment.resources.get("scalingPolicy") or {}
    minutes = int(policy.get("minScaleDownDelayMinutes") or 0)
    # Never shorter than the table says, or an instance would leave before the scheduler's next look.
    return minutes * 60_000 or max(latency.IDLE_MS, engine.stage_ms(latency.IDLE_MS))


# What jobs take


def take(engine: Engine, instance: Instance, job: Job, need: Requirements) -> None:
    """Put `job`, or a node, on an instance."""
    group = engine.fleet.group(instance.environment)
    if instance.status == i.IDLE:
        _not_idle(group, instance)
        instance.status = i.RUNNING
    instance.take(need)
    instance.jobs[job.key] = job
    group.used_mvcpus += need.mvcpus
    if instance.gang is not None or instance.leaves_because is not None:
        group.room.drop(instance)  # a node is alone on its instance
    else:
        group.room.put(instance)


def give_back(engine: Engine, instance: Instance, job: Job, need: Requirements) -> None:
    """`job`, or a node, has left its instance."""
    if instance.jobs.pop(job.key, None) is None or instance.status == i.ENDED:
        return
    group = engine.fleet.group(instance.environment)
    instance.give_back(need)
    group.used_mvcpus -= need.mvcpus
    if not instance.jobs:
        instance.gang = None
        _become_idle(engine, group, instance)
    elif instance.leaves_because is None:
        group.room.put(instance)


def _not_idle(group: Group, instance: Instance) -> None:
    idle = group.idle.get(instance.type.name, {})
    idle.pop(instance.id, None)
    if not idle:
        group.idle.pop(instance.type.name, None)


def keep_for(group: Group, instance: Instance, gang: int) -> None:
    """Keep an idle instance for a multi-node job."""
    instance.gang = gang
    group.room.drop(instance)


def let_go(engine: Engine, group: Group, instance: Instance) -> None:
    """An instance is no longer kept for a multi-node job."""
    instance.gang = None
    if instance.status != i.IDLE:
        return
    group.room.put(instance)
    if not instance.timed and group.environment.type == "MANAGED":
        instance.timed = True
        left_ms = instance.idle_since_ms + _idle_ms(engine, group) - engine.now_ms
        _look_later(engine, instance, max(left_ms, 1))


# The end


def idles(engine: Engine, instance: Instance, data: Any) -> None:
    """An instance may have been idle for long enough to leave; never below minvCpus."""
    instance.timed = False
    if instance.status != i.IDLE:
        return
    group = engine.fleet.group(instance.environment)
    left_ms = instance.idle_since_ms + _idle_ms(engine, group) - engine.now_ms
    if left_ms > 0:
        instance.timed = True
        _look_later(engine, instance, left_ms)
    elif group.mvcpus - instance.mvcpus >= group.environment.min_mvcpus and instance.gang is None:
        end(engine, instance, SCALED_IN)
        engine.look_everywhere()


def retire(engine: Engine, instance: Instance, why: str) -> None:
    """Let an instance take no new jobs and end with its last one; what it is told last counts."""
    if instance.status == i.ENDED:
        return
    instance.leaves_because = why
    engine.fleet.group(instance.environment).room.drop(instance)
    if instance.status == i.IDLE:
        end(engine, instance, why)


def lose(engine: Engine, instance: Instance, why: str) -> None:
    """The instance is gone at once, and all jobs on it with it: each is retried, or fails.

    Args:
        engine: The engine.
        instance: One that lives; of one that has ended nothing is left to lose.
        why: For whoever looks at `batchmock.instances`; the jobs show the service's own text.
    """
    if instance.status == i.ENDED:
        return
    jobs = list(instance.jobs.values())
    end(engine, instance, why)
    for job in jobs:
        engine.lose_host(job, Ending(host_terminated(instance.id)))
    engine.look_everywhere()


def end(engine: Engine, instance: Instance, why: str) -> None:
    """Take an instance out of the fleet. The jobs on it are the caller's business."""
    group = engine.fleet.group(instance.environment)
    if instance.status == i.BOOTING:
        _no_longer_expected(group, instance)
    _not_idle(group, instance)
    group.room.drop(instance)
    del group.instances[instance.id]
    instance.environment.launched_mvcpus -= instance.mvcpus
    group.used_mvcpus -= instance.used_mvcpus
    instance.used_mvcpus = instance.used_memory_mib = instance.used_gpus = 0
    instance.jobs = {}
    group.in_zone[instance.zone] -= 1
    instance.status = i.ENDED
    instance.ended_at_ms = engine.now_ms
    instance.ended_because = why
    ended = engine.fleet.ended
    ended.append(instance)
    while ended[0].ended_at_ms is not None and (
        ended[0].ended_at_ms < engine.now_ms - latency.RETENTION_MS
    ):
        ended.popleft()


def fail_zone(engine: Engine, zone: str) -> None:
    """An availability zone fails: its instances are lost, and none are launched there."""
    engine.fleet.failed_zones[zone] = None
    for group in list(engine.fleet.groups.values()):
        for instance in list(group.instances.values()):
            if instance.zone == zone:
                lose(engine, instance, ZONE_FAILED)


def recover_zone(engine: Engine, zone: str) -> None:
    """Instances can be launched there again."""
    engine.fleet.failed_zones.pop(zone, None)
    engine.look_everywhere()


# The environment


def environment_updated(engine: Engine, environment: ComputeEnvironment, *, replaces: bool) -> None:
    """The environment was changed.

    With an infrastructure update its instances are replaced: they take no new jobs, and end with
    those they have, at the latest after ``updatePolicy.jobExecutionTimeoutMinutes``, or at once with
    ``terminateJobsOnUpdate`` (user guide, infrastructure-updates).
    """
    group = engine.fleet.group(environment)
    group.forget_configuration()
    if not replaces:
        return
    policy = environment.request.get("updatePolicy") or {}
    for instance in list(group.instances.values()):
        if policy.get("terminateJobsOnUpdate"):
            lose(engine, instance, REPLACED)
        else:
            retire(engine, instance, REPLACED)
    left = list(group.instances.values())
    if left:
        minutes = int(policy.get("jobExecutionTimeoutMinutes") or latency.UPDATE_TIMEOUT_MINUTES)
        engine.queue.push(engine.now_ms + minutes * 60_000, "update_times_out", left, None)


def update_times_out(engine: Engine, instances: list[Instance], data: Any) -> None:
    """The jobs on instances of an older configuration have had their time."""
    for instance in instances:
        lose(engine, instance, REPLACED)


def environment_gone(engine: Engine, environment: ComputeEnvironment) -> None:
    """The environment was deleted: its instances end, and what runs there is lost."""
    group = engine.fleet.groups.get(environment)
    if group is not None:
        for instance in list(group.instances.values()):
            lose(engine, instance, ENVIRONMENT_DELETED)
        engine.fleet.groups.pop(environment, None)
