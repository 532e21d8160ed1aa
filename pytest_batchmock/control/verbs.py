"""What may be said to a mock and asked of it, wherever it is: here, or behind a server.

The signatures stand here and nowhere else. What checks or sends arguments (`control.plain`, the verbs
of a server) takes their names and types from here, by `kinds_of`.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final

from pytest_batchmock.arguments import names_its_keywords
from pytest_batchmock.control.defaults import Defaults, WantedDefaults
from pytest_batchmock.control.outcomes import OutcomeRule, OutcomeRules, ServiceOutcomeRule, matcher
from pytest_batchmock.errors import MockUsageError

if TYPE_CHECKING:
    from pytest_batchmock.control.faults import Faults
    from pytest_batchmock.control.like import (
        ClusterLike,
        EnvironmentLike,
        EventsLike,
        InstancesLike,
        JobLike,
        JobsLike,
        LogsLike,
        SpotLike,
        TimelineLike,
        ZoneLike,
    )
    from pytest_batchmock.durations import Duration
    from pytest_batchmock.seeding.documents import Document, Source
    from pytest_batchmock.seeding.loading import Seeded
    from pytest_batchmock.transports.calls import CallRecord


@names_its_keywords
class BatchMockLike(ABC):
    """A `BatchMock`, a `RemoteBatchMock` of a server, or the `BatchServer` of ``batchmock_server``.

    Helpers of a test suite that take one work with all of them.
    """

    # What will happen

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
        """Say what happens to jobs: ``batchmock.on("report-*").fails(exit_code=3)``.

        The last rule that matches wins, so begin with the general ones.

        Args:
            name: A pattern of job names (``*``, ``?``, ``[…]``).
            queue: A queue's name or ARN.
            definition: A definition's name, ``name:revision`` or ARN.
            tags: Tags the job must have.
            attempt: Only that attempt, 1 for the first.
            index: Only that child of an array, 0 for the first; such a rule wins over one for
                all children.
            node: Only that node of a multi-node job; the others run until the main node ends.
            container: Only that container of a job of several (``ecsProperties``,
                ``eksProperties``). A rule without it is about the first essential container; see
                the documentation for what the others do.

        Raises:
            MockUsageError: An argument makes no sense.
        """
        meant = matcher(
            name,
            queue=queue,
            definition=definition,
            tags=tags,
            attempt=attempt,
            index=index,
            node=node,
            container=container,
        )
        return OutcomeRule(self._get_rules(), meant)

    def on_service_job(
        self,
        name: str = "*",
        *,
        queue: str | None = None,
        tags: Mapping[str, str] | None = None,
        attempt: int | None = None,
    ) -> ServiceOutcomeRule:
        """Say what happens to service jobs: ``batchmock.on_service_job("train").fails()``.

        Raises:
            MockUsageError: An argument makes no sense.
        """
        meant = matcher(name, queue=queue, tags=tags, attempt=attempt, service=True)
        return ServiceOutcomeRule(self._get_rules(), meant)

    @property
    @abstractmethod
    def unused_rules(self) -> list[str]:
        """The outcome rules that have decided nothing so far, as they were written.

        No attempt has matched them, or a later rule won. A failing test's report shows them.
        """

    @property
    @abstractmethod
    def faults(self) -> Faults:
        """What goes wrong between client and service: ``batchmock.faults.throttle(times=3)``."""

    @property
    @abstractmethod
    def spot(self) -> SpotLike:
        """What happens to Spot capacity: ``batchmock.spot.reclaim(fraction=0.3)``."""

    @abstractmethod
    def zone(self, name: str) -> ZoneLike:
        """An availability zone that can fail: ``batchmock.zone("us-east-1a").fail()``."""

    @abstractmethod
    def cluster(self, ecs_cluster_arn: str) -> ClusterLike:
        """The cluster of an unmanaged environment: ``.add_instances("c5.large", 2)``."""

    @abstractmethod
    def environment(self, name: str) -> EnvironmentLike:
        """An environment that can break: ``batchmock.environment("ce").breaks("capacity")``."""

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
        """Create a compute environment, a queue and a definition, all called `name`.

        With the option `resource_latency` that time passes twice: both are VALID afterwards.

        Args:
            name: Their name.
            spot: Whether the capacity is Spot.
            fargate: Whether it is Fargate.
            max_vcpus: The environment's maximum.
            vcpus: vCPUs a job.
            memory: MiB a job.
            image: The container's image.
            command: The container's command, by default ``["true"]``.
            retries: ``retryStrategy.attempts`` of the definition.
            timeout_seconds: ``timeout.attemptDurationSeconds`` of the definition, 60 or more.

        Raises:
            BatchError: The service would refuse these values. (Of a mock behind a server a
                MockUsageError, as for all refusals.)
        """
        return self._make_defaults(
            WantedDefaults(
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
        )

    def seed(
        self,
        *sources: Source,
        parameters: Mapping[str, str] | None = None,
        keep_arns: bool = False,
    ) -> Seeded:
        """Create the resources of a real account: ``batchmock.seed("job-definitions.json")``.

        They are VALID at once. Account and region of the documents become those of the mock.

        Args:
            sources: Files, or mappings such as the answers of a real boto3 client: describe calls as
                JSON, a CloudFormation or CDK template (JSON, YAML), a Terraform state (JSON).
            parameters: Values of a template's parameters.
            keep_arns: Leave account and region as the documents have them.

        Raises:
            MockUsageError: A document cannot be read, or holds what the service refuses.
        """
        from pytest_batchmock.seeding import documents

        if parameters is not None and not isinstance(parameters, Mapping):
            raise MockUsageError(f"seed: parameters={parameters!r}: give a mapping of names to values.")
        return self._seed(documents.load(sources), dict(parameters or {}), keep_arns)

    def call(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        """Call an operation (API name) without a client, in the default account and region.

        Planned faults do not hit it: they lie between a client and the service.

        Raises:
            BatchError: The service refuses; the text is what a client would see.
            NotModelledError: There is no such operation here.
        """
        if not isinstance(operation, str) or not isinstance(params, Mapping):
            raise MockUsageError(
                f"call({operation!r}, {params!r}): give the name of an operation, such as "
                "'DescribeJobs', and a mapping of its members."
            )
        return self._call(operation, dict(params))

    @abstractmethod
    def reset(self) -> None:
        """Forget all resources, jobs, outcome rules, faults and subscriptions; time starts anew."""

    # What has happened

    @property
    @abstractmethod
    def jobs(self) -> JobsLike:
        """The jobs: iterate over them, or ask for ``one(name=…)`` or ``all(status=…)``."""

    @property
    @abstractmethod
    def service_jobs(self) -> JobsLike:
        """The service jobs, which are asked about as `jobs` are; they have no definition."""

    @property
    @abstractmethod
    def logs(self) -> LogsLike:
        """What the containers wrote: ``batchmock.logs.of(job.id)``."""

    @property
    @abstractmethod
    def events(self) -> EventsLike:
        """What EventBridge would be told: iterate over it, or take those ``matching(pattern)``."""

    @property
    @abstractmethod
    def instances(self) -> InstancesLike:
        """The EC2 instances: iterate over them, or ask for ``alive``, ``all(zone=…)``, ``get(id)``.

        Each has id, type, zone, environment, status, vcpus, used, jobs, launched_at and ended_at.
        """

    @property
    @abstractmethod
    def calls(self) -> Sequence[CallRecord]:
        """The API calls that were answered, oldest first."""

    @property
    @abstractmethod
    def timeline(self) -> TimelineLike:
        """What happened, drawn: ``print(batchmock.timeline.text())``."""

    @abstractmethod
    def explain(self, job: JobLike | str | None = None) -> str:
        """Why a job is where it is, in words with figures.

        Args:
            job: What `jobs` or `service_jobs` gave, or an id; without one, all that have not ended.

        Raises:
            MockUsageError: No job has that id.
        """

    # Time

    @property
    @abstractmethod
    def now(self) -> datetime:
        """Virtual time."""

    def advance(
        self,
        duration: Duration | None = None,
        *,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
    ) -> None:
        """Let virtual time pass: ``advance("5m")``, ``advance(300)``, ``advance(minutes=5)``.

        Raises:
            MockUsageError: Both or neither form was given, or the duration is negative.
        """
        try:
            named = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        except (TypeError, ValueError, OverflowError) as error:
            raise MockUsageError("advance: days, hours, minutes and seconds are numbers.") from error
        if (duration is None) == (named == timedelta()):
            raise MockUsageError("advance: give one duration, e.g. advance('5m') or advance(minutes=5).")
        self._advance(named if duration is None else duration)

    def run_until(self, goal: datetime | Callable[[], bool]) -> None:
        """Go to a virtual time, or from instant to instant until a condition holds.

        Raises:
            MockUsageError: The time is past, or nothing is left that could make the condition hold;
                or `goal` is neither.
        """
        if isinstance(goal, datetime):
            self._advance_to(goal if goal.tzinfo else goal.replace(tzinfo=timezone.utc))
        elif callable(goal):
            self._run_until(goal)
        else:
            raise MockUsageError(
                f"run_until({goal!r}): give a datetime or a condition; for a duration use advance()."
            )

    @abstractmethod
    def run_until_idle(self) -> None:
        """Go on until nothing is left that changes a job or a resource by itself."""

    @abstractmethod
    def step(self) -> bool:
        """Go to the next instant at which something happens; False if nothing will by itself."""

    # Where it goes to

    @abstractmethod
    def _get_rules(self) -> OutcomeRules:
        """What takes the outcome rules."""

    @abstractmethod
    def _call(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        """Call an operation."""

    @abstractmethod
    def _make_defaults(self, wanted: WantedDefaults) -> Defaults:
        """Make what `defaults` was asked for."""

    @abstractmethod
    def _seed(
        self, found: list[tuple[str, list[Document]]], parameters: dict[str, str], keep_arns: bool
    ) -> Seeded:
        """Create what the documents hold."""

    @abstractmethod
    def _advance(self, duration: Duration) -> None:
        """Let a duration pass."""

    @abstractmethod
    def _advance_to(self, moment: datetime) -> None:
        """Go to a moment."""

    @abstractmethod
    def _run_until(self, condition: Callable[[], bool]) -> None:
        """Go from instant to instant until a condition holds."""


Kinds = Mapping[str, tuple[type | tuple[type, ...], str]]
"""By the name of a member of JSON: the types that it may have, and how to say so."""

_KINDS: Final[dict[str, tuple[type | tuple[type, ...], str]]] = {
    "str": (str, "a text"),
    "bool": (bool, "true or false"),
    "int": (int, "a whole number"),
    "float": ((int, float), "a number"),
    "list[str]": (list, "a list of texts"),
    "Mapping[str, str]": (dict, "an object of texts"),
    "Temper": (str, "quiet or lively"),
    "Breakdown": (str, "what goes wrong, such as 'capacity'"),
    "Duration": ((int, float, str), "a duration, such as 90 or '4m'"),
    "JobView | str": (str, "the id of a job"),
}


def kinds_of(verb: Callable[..., Any]) -> Kinds:
    """What the parameters of a verb are in JSON, by its signature."""
    parameters = list(inspect.signature(verb).parameters.values())
    return {it.name: _KINDS[_plain(it)] for it in parameters if it.name != "self"}


def _plain(parameter: inspect.Parameter) -> str:
    return str(parameter.annotation).removesuffix(" | None")
