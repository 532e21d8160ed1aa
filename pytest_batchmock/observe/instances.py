"""The instances as a test sees them: ``batchmock.instances``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone

from pytest_batchmock.arguments import check_text
from pytest_batchmock.domain.instance import Instance
from pytest_batchmock.errors import MockUsageError


@dataclass(frozen=True, slots=True)
class InstanceView:
    """One EC2 instance at the moment of the question.

    Attributes:
        id: ``i-`` and 17 hexadecimal digits.
        type: The instance type, e.g. ``c5.large``.
        zone: The availability zone.
        environment: The name of its compute environment.
        status: ``booting``, ``running``, ``idle`` (no job) or ``ended``.
        vcpus: Its size.
        used: How many vCPUs jobs hold of it.
        jobs: The ids of the jobs and nodes on it, in the order in which they came.
        launched_at: When it was asked for.
        ended_at: None while it lives.
        ended_because: Why it has ended, in words; None while it lives.
    """

    id: str
    type: str
    zone: str
    environment: str
    status: str
    vcpus: int
    used: float
    jobs: tuple[str, ...]
    launched_at: datetime
    ended_at: datetime | None
    ended_because: str | None


class Instances:
    """The EC2 instances of one mock: those that have ended, then those that live, in order of launch.

    It is what it was when it was asked for: ask again to see what has changed. Fargate and managed
    instances have none that can be seen. Iterate over it, or ask for `alive`, `all` or `get`.
    """

    def __init__(self, fetch: Callable[[], list[InstanceView]]) -> None:
        self._fetch = fetch

    @property
    def alive(self) -> list[InstanceView]:
        """Those that have not ended."""
        return [it for it in self._fetch() if it.ended_at is None]

    def all(
        self, *, environment: str | None = None, zone: str | None = None, type: str | None = None
    ) -> list[InstanceView]:
        """Those of an environment (name), in a zone, of a type; ended ones too.

        Raises:
            MockUsageError: An argument is no text.
        """
        for said, value in (("environment", environment), ("zone", zone), ("type", type)):
            if value is not None:
                check_text(said, value, f"the name of the {said}, or None for all")
        return [
            it
            for it in self._fetch()
            if environment in (None, it.environment)
            and zone in (None, it.zone)
            and type in (None, it.type)
        ]

    def get(self, instance_id: str) -> InstanceView:
        """The instance of that id.

        Raises:
            MockUsageError: There is none.
        """
        for it in self._fetch():
            if it.id == instance_id:
                return it
        raise MockUsageError(f"No instance has the id {instance_id!r}.")

    def __iter__(self) -> Iterator[InstanceView]:
        return iter(self._fetch())

    def __len__(self) -> int:
        return len(self._fetch())

    def __repr__(self) -> str:
        shown = ", ".join(f"{it.id} {it.type} {it.zone} {it.status}" for it in self._fetch()[:10])
        return f"<{len(self)} instances: {shown}>"


def view(instance: Instance) -> InstanceView:
    """An instance as it is now."""
    ended_ms = instance.ended_at_ms
    return InstanceView(
        id=instance.id,
        type=instance.type.name,
        zone=instance.zone,
        environment=instance.environment.name,
        status=instance.status,
        vcpus=instance.type.vcpus,
        used=instance.used_mvcpus / 1000,
        jobs=tuple(job.id for job in instance.jobs.values()),
        launched_at=_moment(instance.launched_at_ms),
        ended_at=None if ended_ms is None else _moment(ended_ms),
        ended_because=instance.ended_because,
    )


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, timezone.utc)
