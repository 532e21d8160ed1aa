"""What a mock in this process and one behind a server have in common, as a type."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pytest_batchmock.control.defaults import Defaults
    from pytest_batchmock.control.faults import Faults
    from pytest_batchmock.control.outcomes import OutcomeRule, ServiceOutcomeRule
    from pytest_batchmock.durations import Duration
    from pytest_batchmock.seeding.documents import Source
    from pytest_batchmock.seeding.loading import Seeded
    from pytest_batchmock.transports.calls import CallRecord


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

    def __len__(self) -> int: ...


class LogsLike(Protocol):
    """How to read what jobs wrote, here and over HTTP."""

    def of(self, job: str, *, attempt: int | None = None, container: str | None = None) -> list[str]:
        """What a job (its id) has written by now, line by line."""


class BatchMockLike(Protocol):
    """A `BatchMock`, or a `RemoteBatchMock` of a server.

    Helpers of a test suite that take one work with both. Not here: what cannot cross HTTP
    (subscriptions to events, options), and `events`, `spot` and `timeline`, which both have with the
    same methods, in types of their own.
    """

    @property
    def faults(self) -> Faults:
        """What goes wrong between client and service."""

    @property
    def jobs(self) -> JobsLike:
        """The jobs: iterate over them, or ask for ``one(name=…)`` or ``all(status=…)``."""

    @property
    def logs(self) -> LogsLike:
        """What the containers wrote: ``logs.of(job.id)``."""

    @property
    def calls(self) -> list[CallRecord]:
        """The API calls that were answered, oldest first."""

    @property
    def now(self) -> datetime:
        """Virtual time."""

    def on(
        self,
        name: str = "*",
        *,
        queue: str | None = None,
        definition: str | None = None,
        tags: Mapping[str, str] | None = None,
        attempt: int | None = None,
        index: int | None = None,
        node: int | None = None,
        container: str | None = None,
    ) -> OutcomeRule:
        """Say what happens to jobs."""

    def on_service_job(
        self,
        name: str = "*",
        *,
        queue: str | None = None,
        tags: Mapping[str, str] | None = None,
        attempt: int | None = None,
    ) -> ServiceOutcomeRule:
        """Say what happens to service jobs."""

    def defaults(
        self,
        *,
        name: str = "default",
        spot: bool = False,
        fargate: bool = False,
        max_vcpus: int = 256,
        vcpus: float = 1,
        memory: int = 2048,
        image: str = "busybox",
        command: list[str] | None = None,
        retries: int | None = None,
        timeout_seconds: int | None = None,
    ) -> Defaults:
        """Create a compute environment, a queue and a definition, all called `name`."""

    def seed(
        self,
        *sources: Source,
        parameters: Mapping[str, str] | None = None,
        keep_arns: bool = False,
    ) -> Seeded:
        """Create the resources of a real account."""

    def call(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        """Call an operation (API name) without a client."""

    def advance(
        self,
        duration: Duration | None = None,
        *,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
    ) -> None:
        """Let virtual time pass."""

    def run_until(self, goal: datetime | Callable[[], bool]) -> None:
        """Go to a virtual time, or from instant to instant until a condition holds."""

    def run_until_idle(self) -> None:
        """Go on until nothing is left that changes a job or a resource by itself."""

    def step(self) -> bool:
        """Go to the next instant at which something happens; False if nothing will by itself."""

    def reset(self) -> None:
        """Forget all resources, jobs, outcome rules, faults and subscriptions."""
