"""A mock that hands everything on to another: what the fixture ``batchmock_server`` is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pytest_batchmock.control.defaults import Defaults, WantedDefaults
from pytest_batchmock.control.faults import Faults
from pytest_batchmock.control.outcomes import OutcomeRules
from pytest_batchmock.control.verbs import BatchMockLike
from pytest_batchmock.durations import Duration
from pytest_batchmock.mock import BatchMock
from pytest_batchmock.observe.jobs import Jobs
from pytest_batchmock.transports.calls import CallRecord

if TYPE_CHECKING:
    from pytest_batchmock.control.events import Events
    from pytest_batchmock.control.fleet import Cluster, Zone
    from pytest_batchmock.control.like import JobLike
    from pytest_batchmock.control.spot import Spot
    from pytest_batchmock.observe.instances import Instances
    from pytest_batchmock.observe.logs import Logs
    from pytest_batchmock.observe.timeline import Timeline
    from pytest_batchmock.seeding.documents import Document
    from pytest_batchmock.seeding.loading import Seeded


class ForwardsToMock(BatchMockLike):
    """Has the methods of a `BatchMock`, and hands them on to `mock`; they are documented there."""

    mock: BatchMock

    @property
    def now(self) -> datetime:
        """Virtual time."""
        return self.mock.now

    @property
    def unused_rules(self) -> list[str]:
        """The outcome rules that have decided nothing so far."""
        return self.mock.unused_rules

    @property
    def faults(self) -> Faults:
        """What goes wrong between client and service."""
        return self.mock.faults

    @property
    def spot(self) -> Spot:
        """What happens to Spot capacity."""
        return self.mock.spot

    def zone(self, name: str) -> Zone:
        """An availability zone that can fail."""
        return self.mock.zone(name)

    def cluster(self, ecs_cluster_arn: str) -> Cluster:
        """The cluster of an unmanaged environment."""
        return self.mock.cluster(ecs_cluster_arn)

    @property
    def jobs(self) -> Jobs:
        """The jobs."""
        return self.mock.jobs

    @property
    def service_jobs(self) -> Jobs:
        """The service jobs."""
        return self.mock.service_jobs

    @property
    def logs(self) -> Logs:
        """What the containers wrote."""
        return self.mock.logs

    @property
    def events(self) -> Events:
        """What EventBridge would be told."""
        return self.mock.events

    @property
    def instances(self) -> Instances:
        """The EC2 instances."""
        return self.mock.instances

    @property
    def timeline(self) -> Timeline:
        """What happened, drawn."""
        return self.mock.timeline

    @property
    def calls(self) -> Sequence[CallRecord]:
        """The API calls that were answered, oldest first."""
        return self.mock.calls

    def explain(self, job: JobLike | str | None = None) -> str:
        """Why a job is where it is, or all that have not ended."""
        return self.mock.explain(job)

    def run_until_idle(self) -> None:
        """Go on until nothing is left that changes a job or a resource by itself."""
        self.mock.run_until_idle()

    def step(self) -> bool:
        """Go to the next instant at which something happens; False if nothing will by itself."""
        return self.mock.step()

    def _get_rules(self) -> OutcomeRules:
        return self.mock._get_rules()

    def _call(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        return self.mock._call(operation, params)

    def _make_defaults(self, wanted: WantedDefaults) -> Defaults:
        return self.mock._make_defaults(wanted)

    def _seed(
        self, found: list[tuple[str, list[Document]]], parameters: dict[str, str], keep_arns: bool
    ) -> Seeded:
        return self.mock._seed(found, parameters, keep_arns)

    def _advance(self, duration: Duration) -> None:
        self.mock._advance(duration)

    def _advance_to(self, moment: datetime) -> None:
        self.mock._advance_to(moment)

    def _run_until(self, condition: Callable[[], bool]) -> None:
        self.mock._run_until(condition)
