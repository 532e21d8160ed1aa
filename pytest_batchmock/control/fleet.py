"""What a test does to hosts: zones that fail, clusters that get instances, environments that break."""

from __future__ import annotations

from typing import Final, get_args

from pytest_batchmock.arguments import check_text, check_whole
from pytest_batchmock.domain import instance_types, zones
from pytest_batchmock.domain.compute_environment import ComputeEnvironment
from pytest_batchmock.domain.service_environment import ServiceEnvironment
from pytest_batchmock.engine import breakdowns, fleet
from pytest_batchmock.engine.breakdowns import Breakdown
from pytest_batchmock.engine.engine import Engine
from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.observe.instances import InstanceView, view
from pytest_batchmock.world import World

_KINDS: Final = get_args(Breakdown)


def _check_zone(world: World, name: object) -> None:
    """Refuse what is called like no zone; the user's own names of `subnet_zones` are taken as well."""
    own = world.options.zone_of_subnet.values()
    if not isinstance(name, str) or not (zones.is_name(name) or name in own):
        raise MockUsageError(
            f"zone={name!r}: give the name of an availability zone, such as 'us-east-1a'."
        )


class Zone:
    """One availability zone: ``batchmock.zone("us-east-1a")``."""

    def __init__(self, world: World, name: str) -> None:
        _check_zone(world, name)
        self._world = world
        self._name = name

    def fail(self) -> None:
        """Lose all its instances at once, with the jobs on them; none are launched there any more.

        The jobs end as on a lost host (``Host EC2 (instance i-…) terminated.``); those with attempts
        left go to the front of their queue, and to instances in other zones.
        """
        with self._world.gate() as engine:
            fleet.fail_zone(engine, self._name)
        self._world.advance(0)

    def recover(self) -> None:
        """Let instances be launched there again."""
        with self._world.gate() as engine:
            fleet.recover_zone(engine, self._name)


class Cluster:
    """The ECS cluster of an unmanaged environment: ``batchmock.cluster(ecs_cluster_arn)``.

    DescribeComputeEnvironments tells its ARN as ``ecsClusterArn``.
    """

    def __init__(self, world: World, arn: str) -> None:
        check_text("cluster", arn, "the ecsClusterArn of an unmanaged environment")
        self._world = world
        self._arn = arn

    def add_instances(
        self, instance_type: str, count: int = 1, *, zone: str | None = None
    ) -> list[InstanceView]:
        """Have instances join the cluster: they take jobs at once, and stay.

        Args:
            instance_type: E.g. ``"c5.large"``.
            count: How many.
            zone: Where they are, by default the first zone of the region.

        Raises:
            MockUsageError: There is no such type or cluster, or the cluster is Batch's to fill, or an
                argument makes no sense.
        """
        check_text("instance_type", instance_type, "a type of instance, such as 'c5.large'")
        check_whole("count", count, 1)
        if zone is not None:
            _check_zone(self._world, zone)
        kind = instance_types.get(instance_type)
        if kind is None:
            raise MockUsageError(f"add_instances({instance_type!r}): EC2 has no such instance type.")
        with self._world.gate() as engine:
            environment = self._environment(engine)
            if environment.type != "UNMANAGED":
                raise MockUsageError(
                    f"add_instances: {environment.name!r} is a managed environment; Batch launches its "
                    "instances itself. Only the cluster of an unmanaged one is the user's to fill."
                )
            where = zone or environment.arn.split(":")[3] + "a"
            added = [fleet.supply(engine, environment, kind, where) for _ in range(count)]
            return [view(instance) for instance in added]

    def remove_instance(self, instance_id: str) -> None:
        """Take an instance out of the cluster; the jobs on it are lost.

        Raises:
            MockUsageError: No living instance of the cluster has that id.
        """
        check_text("instance_id", instance_id, "the id of an instance, such as 'i-0123…'")
        with self._world.gate() as engine:
            instance = engine.fleet.group(self._environment(engine)).instances.get(instance_id)
            if instance is None:
                raise MockUsageError(f"No instance {instance_id!r} is in the cluster {self._arn!r}.")
            fleet.lose(engine, instance, fleet.TAKEN_OUT)
        self._world.advance(0)

    def _environment(self, engine: Engine) -> ComputeEnvironment:
        known = [it for region in engine.regions.values() for it in region.compute_environments.values()]
        for environment in known:
            if self._arn == environment.ecs_cluster_arn:
                return environment
        clusters = "".join(f"\n  {it.ecs_cluster_arn} ({it.name})" for it in known) or " none"
        raise MockUsageError(
            f"No compute environment has the cluster {self._arn!r}. There are:{clusters}"
        )


class Environment:
    """One compute or service environment: ``batchmock.environment("ce")``."""

    def __init__(self, world: World, name: str, account: str, region: str) -> None:
        check_text("environment", name, "the name or the ARN of an environment")
        self._world = world
        self._name = name.rpartition("/")[2]
        self._where = (account, region)

    def breaks(self, what: Breakdown, *, reason: str | None = None) -> None:
        """Have something go wrong with it, until `recovers`. What runs there goes on.

        Args:
            what: ``"capacity"`` (EC2 or Fargate has none), ``"service_role"`` (Batch's role lacks a
                permission), ``"instance_configuration"`` (its instance types are not supported),
                ``"invalid"`` (its status becomes INVALID), or ``"unknown"`` (nobody can tell). The
                head of a queue that has no other environment shows the service's reason for it.
                Of a service environment only ``"capacity"``: SageMaker has no instances for it, so those
                that are SCHEDULED go back to RUNNABLE too, without using an attempt.
            reason: Of ``"invalid"`` alone: its statusReason; by default a role that cannot be used.

        Raises:
            MockUsageError: There is no such environment or breakdown, or it is none of a service
                environment.
        """
        if what not in _KINDS:
            raise MockUsageError(f"breaks({what!r}): choose one of {', '.join(map(repr, _KINDS))}.")
        if reason is not None and what != "invalid":
            raise MockUsageError(f"breaks({what!r}): only 'invalid' takes a reason.")
        if reason is not None:
            check_text("reason", reason, "the statusReason that the environment shows")
        with self._world.gate() as engine:
            found = self._environment(engine)
            if isinstance(found, ComputeEnvironment):
                breakdowns.break_(engine, found, what, reason)
                return
            if what != "capacity":
                raise MockUsageError(
                    f"breaks({what!r}): {self._name!r} is a service environment, which can only lack "
                    "'capacity'."
                )
            breakdowns.take_capacity(engine, found, away=True)

    def recovers(self) -> None:
        """All is well again with it."""
        with self._world.gate() as engine:
            found = self._environment(engine)
            if isinstance(found, ComputeEnvironment):
                breakdowns.mend(engine, found)
            else:
                breakdowns.take_capacity(engine, found, away=False)

    def _environment(self, engine: Engine) -> ComputeEnvironment | ServiceEnvironment:
        region = engine.region(*self._where)
        computing, serving = region.compute_environments, region.service_environments
        found = computing.get(self._name) or serving.get(self._name)
        if found is None:
            names = ", ".join(map(repr, [*computing, *serving])) or "none"
            raise MockUsageError(
                f"There is no compute or service environment {self._name!r}; there are: {names}."
            )
        return found
