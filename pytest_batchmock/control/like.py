"""What a mock in this process and one behind a server have in common, as a type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pytest_batchmock.control.defaults import Defaults
    from pytest_batchmock.control.faults import Faults
    from pytest_batchmock.control.outcomes import OutcomeRule, ServiceOutcomeRule
    from pytest_batchmock.durations import Duration
    from pytest_batchmock.seeding.documents import Source
    from pytest_batchmock.seeding.loading import Seeded


class BatchMockLike(Protocol):
    """A `BatchMock`, or a `RemoteBatchMock` of a server.

    Helpers of a test suite that take one work with both. Not here: what cannot cross HTTP
    (subscriptions to events, options), and `jobs`, `logs`, `events`, `calls`, `timeline`, which both
    have with the same methods, in types of their own.
    """

    @property
    def faults(self) -> Faults:
        """What goes wrong between client and service."""

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
