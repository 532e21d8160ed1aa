"""What `RemoteBatchMock` hands out about capacity: Spot, zones, clusters, environments, instances.

The methods mean what those of `control.spot` and `control.fleet` mean, which document them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pytest_batchmock.domain.market import EVERYTHING, Temper
from pytest_batchmock.durations import Duration, to_ms
from pytest_batchmock.engine.breakdowns import Breakdown
from pytest_batchmock.observe.instances import InstanceView
from pytest_batchmock.server.remote.client import ControlClient
from pytest_batchmock.server.remote.views import RemoteJob, moment, optional_moment


class RemoteSpot:
    """What happens to the Spot capacity of a server."""

    def __init__(self, client: ControlClient) -> None:
        self._client = client

    @property
    def hosts(self) -> dict[str, list[str]]:
        """The ids of the jobs on Spot, by the EC2 instance they are on (on Fargate by their own id)."""
        hosts: dict[str, list[str]] = self._client.get("spot")["hosts"]
        return hosts

    def reclaim(
        self,
        *,
        job: RemoteJob | str | None = None,
        instance: str | None = None,
        fraction: float | None = None,
        notice: Duration = 120,
    ) -> list[str]:
        """Reclaim Spot capacity; returns the hosts.

        Raises:
            MockUsageError: Not exactly one of the three was given, or it is not on Spot.
        """
        given = {
            "job": job.id if isinstance(job, RemoteJob) else job,
            "instance": instance,
            "fraction": fraction,
            "notice": to_ms(notice) / 1000,
        }
        named = {name: value for name, value in given.items() if value is not None}
        return list(self._client.post("spot/reclaim", **named)["hosts"])

    def interruption_rate(self, per_hour: float | None, what: str = EVERYTHING) -> None:
        """Have Spot hosts that are launched from now on interrupted by themselves.

        Raises:
            MockUsageError: That is no number, or a negative one, or nothing is called `what`.
        """
        self._client.post("spot/interruption-rate", per_hour=per_hour, what=what)

    def price(self, what: str, percent: float | None) -> None:
        """Set the Spot price, in percent of On-Demand.

        Raises:
            MockUsageError: That is no number, or a negative one, or nothing is called `what`.
        """
        self._client.post("spot/price", what=what, percent=percent)

    def capacity(self, what: str, instances: int | None) -> None:
        """Bound the Spot pools.

        Raises:
            MockUsageError: That is no whole number, or a negative one, or nothing is called `what`.
        """
        self._client.post("spot/capacity", what=what, instances=instances)

    def market(self, temper: Temper) -> None:
        """Choose how the market is where nothing was said: ``"quiet"`` or ``"lively"``.

        Raises:
            MockUsageError: It is neither.
        """
        self._client.post("spot/market", temper=temper)


class RemoteZone:
    """One availability zone of a server."""

    def __init__(self, client: ControlClient, name: str) -> None:
        self._client = client
        self._name = name

    def fail(self) -> None:
        """Lose all its instances at once, with the jobs on them; none are launched there any more."""
        self._client.post("zones/fail", zone=self._name)

    def recover(self) -> None:
        """Let instances be launched there again."""
        self._client.post("zones/recover", zone=self._name)


class RemoteCluster:
    """The ECS cluster of an unmanaged environment of a server."""

    def __init__(self, client: ControlClient, arn: str) -> None:
        self._client = client
        self._arn = arn

    def add_instances(
        self, instance_type: str, count: int = 1, *, zone: str | None = None
    ) -> list[InstanceView]:
        """Have instances join the cluster: they take jobs at once, and stay.

        Raises:
            MockUsageError: There is no such type or cluster, or the cluster is Batch's to fill.
        """
        told = self._client.post(
            "clusters/add-instances",
            cluster=self._arn,
            instance_type=instance_type,
            count=count,
            zone=zone,
        )
        return instances_of(told)

    def remove_instance(self, instance_id: str) -> None:
        """Take an instance out of the cluster; the jobs on it are lost.

        Raises:
            MockUsageError: No living instance of the cluster has that id.
        """
        self._client.post("clusters/remove-instance", cluster=self._arn, instance_id=instance_id)


class RemoteEnvironment:
    """One compute or service environment of a server."""

    def __init__(self, client: ControlClient, name: str) -> None:
        self._client = client
        self._name = name

    def breaks(self, what: Breakdown, *, reason: str | None = None) -> None:
        """Have something go wrong with it, until `recovers`. What runs there goes on.

        Raises:
            MockUsageError: There is no such environment or breakdown, or it is none of a service
                environment.
        """
        self._client.post("environments/break", environment=self._name, what=what, reason=reason)

    def recovers(self) -> None:
        """All is well again with it."""
        self._client.post("environments/recover", environment=self._name)


def instances_of(told: dict[str, Any]) -> list[InstanceView]:
    """The instances that an answer tells of."""
    entries: Iterable[dict[str, Any]] = told["instances"]
    return [_instance(entry) for entry in entries]


def _instance(told: dict[str, Any]) -> InstanceView:
    changed = {
        "jobs": tuple(told["jobs"]),
        "launched_at": moment(told["launched_at"]),
        "ended_at": optional_moment(told["ended_at"]),
    }
    return InstanceView(**told | changed)
