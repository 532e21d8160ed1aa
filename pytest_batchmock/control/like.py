"""What mocks hand out, here and over HTTP, as types: what both have with the same meaning.

Each names the class of this process that documents it. The mock itself is in `control.verbs`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pytest_batchmock.domain.market import Temper
    from pytest_batchmock.durations import Duration
    from pytest_batchmock.engine.breakdowns import Breakdown
    from pytest_batchmock.observe.instances import InstanceView


class JobLike(Protocol):
    """What is told of a job, here and over HTTP. See `JobView` for what each means."""

    @property
    def id(self) -> str:
        """The job id."""

    @property
    def name(self) -> str:
        """The job name."""

    @property
    def queue(self) -> str:
        """The name of its queue."""

    @property
    def definition(self) -> str:
        """Its definition as ``name:revision``."""

    @property
    def status(self) -> str:
        """Its status; over HTTP that at the time it was asked for."""

    @property
    def statuses(self) -> list[str]:
        """Every status it has had, oldest first."""

    @property
    def history(self) -> list[tuple[str, datetime]]:
        """Every status it has had, with the virtual time it began."""

    @property
    def status_reason(self) -> str | None:
        """``statusReason`` of the API."""

    @property
    def exit_code(self) -> int | None:
        """The exit code of the last attempt that has ended."""

    @property
    def is_terminal(self) -> bool:
        """Whether it has ended for good."""

    @property
    def created_at(self) -> datetime:
        """Virtual time of the submit."""

    @property
    def started_at(self) -> datetime | None:
        """When the last attempt that ran began to run."""

    @property
    def stopped_at(self) -> datetime | None:
        """When it ended."""

    def explain(self) -> str:
        """Why it is where it is, in words."""


class JobsLike(Protocol):
    """How to ask about jobs, here and over HTTP."""

    def all(
        self, *, name: str = "*", queue: str | None = None, status: str | None = None
    ) -> Sequence[JobLike]:
        """The jobs whose name matches the pattern, in a queue (name), in a status."""

    def one(self, *, name: str = "*", queue: str | None = None, status: str | None = None) -> JobLike:
        """The only job of that description."""

    def get(self, job_id: str) -> JobLike:
        """The job with that id."""

    def __iter__(self) -> Iterator[JobLike]: ...

    def __getitem__(self, index: int) -> JobLike:
        """The job at that place in the order of submission, ``-1`` for the newest."""

    def __len__(self) -> int: ...


class LogsLike(Protocol):
    """How to read what jobs wrote, here and over HTTP."""

    def of(self, job: str, *, attempt: int | None = None, container: str | None = None) -> list[str]:
        """What a job (its id) has written by now, line by line."""


class EventsLike(Protocol):
    """What EventBridge would be told. See `Events`."""

    def matching(self, pattern: Mapping[str, Any] | str) -> list[dict[str, Any]]:
        """The events that match a pattern of EventBridge's."""

    def __iter__(self) -> Iterator[dict[str, Any]]: ...

    def __len__(self) -> int: ...


class TimelineLike(Protocol):
    """What happened, drawn. See `Timeline`."""

    def text(self, width: int | None = None) -> str:
        """As text."""

    def svg(self, *, title: str = ..., theme: str = ...) -> str:
        """As an SVG document."""

    def html(self, *, title: str = ..., theme: str = ...) -> str:
        """As an HTML page."""


class InstancesLike(Protocol):
    """The EC2 instances. See `Instances`."""

    @property
    def alive(self) -> list[InstanceView]:
        """Those that have not ended."""

    def all(
        self, *, environment: str | None = None, zone: str | None = None, type: str | None = None
    ) -> list[InstanceView]:
        """Those of an environment (name), in a zone, of a type; ended ones too."""

    def get(self, instance_id: str) -> InstanceView:
        """The instance of that id."""

    def __iter__(self) -> Iterator[InstanceView]: ...

    def __len__(self) -> int: ...


class SpotLike(Protocol):
    """The Spot market. See `Spot`."""

    @property
    def hosts(self) -> dict[str, list[str]]:
        """The ids of the jobs on Spot, by the EC2 instance they are on (on Fargate by their own id)."""

    def reclaim(
        self,
        *,
        job: str | None = None,
        instance: str | None = None,
        fraction: float | None = None,
        notice: Duration = ...,
    ) -> list[str]:
        """Reclaim Spot capacity; returns the hosts."""

    def interruption_rate(self, per_hour: float | None, what: str = ...) -> None:
        """Have hosts interrupted by themselves."""

    def price(self, what: str, percent: float | None) -> None:
        """Set the Spot price."""

    def capacity(self, what: str, instances: int | None) -> None:
        """Bound the Spot pools."""

    def market(self, temper: Temper) -> None:
        """Choose how the market is where nothing was said."""


class ZoneLike(Protocol):
    """One availability zone. See `Zone`."""

    def fail(self) -> None:
        """Lose all its instances at once."""

    def recover(self) -> None:
        """Let instances be launched there again."""


class ClusterLike(Protocol):
    """The cluster of an unmanaged environment. See `Cluster`."""

    def add_instances(
        self, instance_type: str, count: int = 1, *, zone: str | None = None
    ) -> list[InstanceView]:
        """Have instances join the cluster."""

    def remove_instance(self, instance_id: str) -> None:
        """Take an instance out of the cluster; the jobs on it are lost."""


class EnvironmentLike(Protocol):
    """One compute or service environment. See `Environment`."""

    def breaks(self, what: Breakdown, *, reason: str | None = None) -> None:
        """Have something go wrong with it."""

    def recovers(self) -> None:
        """All is well again with it."""
