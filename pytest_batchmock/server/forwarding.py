"""The methods of `BatchMock`, for something that holds one: what the fixture ``batchmock_server`` is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pytest_batchmock.control.defaults import Defaults
from pytest_batchmock.control.faults import Faults
from pytest_batchmock.control.outcomes import OutcomeRule, ServiceOutcomeRule
from pytest_batchmock.durations import Duration
from pytest_batchmock.mock import BatchMock
from pytest_batchmock.observe.jobs import Jobs
from pytest_batchmock.transports.calls import CallRecord

if TYPE_CHECKING:
    from pytest_batchmock.control.events import Events
    from pytest_batchmock.control.spot import Spot
    from pytest_batchmock.observe.logs import Logs
    from pytest_batchmock.observe.timeline import Timeline
    from pytest_batchmock.seeding.documents import Source
    from pytest_batchmock.seeding.loading import Seeded


class ForwardsToMock:
    """Has the methods of a `BatchMock`, and hands them on to `mock`; they are documented there."""

    mock: BatchMock

    @property
    def now(self) -> datetime:
        """Virtual time."""
        return self.mock.now

    @property
    def faults(self) -> Faults:
        """What goes wrong between client and service."""
        return self.mock.faults

    @property
    def spot(self) -> Spot:
        """What happens to Spot capacity."""
        return self.mock.spot

    @property
    def jobs(self) -> Jobs:
        """The jobs."""
        return self.mock.jobs

    @property
    def logs(self) -> Logs:
        """What the containers wrote."""
        return self.mock.logs

    @property
    def events(self) -> Events:
        """What EventBridge would be told."""
        return self.mock.events

    @property
    def timeline(self) -> Timeline:
        """What happened, drawn."""
        return self.mock.timeline

    @property
    def calls(self) -> list[CallRecord]:
        """The API calls that were answered, oldest first."""
        return self.mock.calls

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
        return self.mock.on(
            name,
            queue=queue,
            definition=definition,
            tags=tags,
            attempt=attempt,
            index=index,
            node=node,
            container=container,
        )

    def on_service_job(
        self,
        name: str = "*",
        *,
        queue: str | None = None,
        tags: Mapping[str, str] | None = None,
        attempt: int | None = None,
    ) -> ServiceOutcomeRule:
        """Say what happens to service jobs."""
        return self.mock.on_service_job(name, queue=queue, tags=tags, attempt=attempt)

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
        return self.mock.defaults(
            name=name,
            spot=spot,
            fargate=fargate,
            max_vcpus=max_vcpus,
            vcpus=vcpus,
            memory=memory,
            image=image,
            command=command,
            retries=retries,
            timeout_seconds=timeout_seconds,
        )

    def seed(
        self,
        *sources: Source,
        parameters: Mapping[str, str] | None = None,
        keep_arns: bool = False,
    ) -> Seeded:
        """Create the resources of a real account."""
        return self.mock.seed(*sources, parameters=parameters, keep_arns=keep_arns)

    def call(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        """Call an operation (API name) without a client."""
        return self.mock.call(operation, params)

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
        self.mock.advance(duration, days=days, hours=hours, minutes=minutes, seconds=seconds)

    def run_until(self, goal: datetime | Callable[[], bool]) -> None:
        """Go to a virtual time, or from instant to instant until a condition holds."""
        self.mock.run_until(goal)

    def run_until_idle(self) -> None:
        """Go on until nothing is left that changes a job or a resource by itself."""
        self.mock.run_until_idle()

    def step(self) -> bool:
        """Go to the next instant at which something happens; False if nothing will by itself."""
        return self.mock.step()
