"""BatchMock: the fixture, the decorator and the context manager are this one class."""

from __future__ import annotations

import copy
import inspect
import warnings
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar, cast, overload

from pytest_batchmock import decorators
from pytest_batchmock.control.defaults import Defaults, make_defaults
from pytest_batchmock.control.faults import Faults
from pytest_batchmock.control.outcomes import OutcomeRule, OutcomeRules, ServiceOutcomeRule, matcher
from pytest_batchmock.durations import Duration
from pytest_batchmock.errors import BatchError, MockUsageError
from pytest_batchmock.observe.jobs import Jobs, JobView
from pytest_batchmock.options import Options
from pytest_batchmock.transports import active, botocore_hook, virtual_sleep
from pytest_batchmock.transports.active import CallContext
from pytest_batchmock.transports.calls import CallRecord
from pytest_batchmock.world import World

if TYPE_CHECKING:
    from pytest_batchmock.control.events import Events
    from pytest_batchmock.control.fleet import Cluster, Environment, Zone
    from pytest_batchmock.control.spot import Spot
    from pytest_batchmock.observe.instances import Instances, InstanceView
    from pytest_batchmock.observe.logs import Logs
    from pytest_batchmock.observe.timeline import Timeline
    from pytest_batchmock.seeding.documents import Source
    from pytest_batchmock.seeding.loading import Seeded

Target = TypeVar("Target", bound=Callable[..., Any])

_HINT_AFTER_SECONDS = 2.0


class BatchMock:
    """A mock of AWS Batch, active between `start` and `stop`.

    Use it as the fixture ``batchmock``, as a context manager, or as a decorator of functions,
    coroutines and classes. Its keywords are the fields of `pytest_batchmock.options.Options`.

    Raises:
        MockUsageError: An option is unknown or has a value it cannot have.
    """

    def __init__(self, **options: Any) -> None:
        self.options = Options.of(**options)
        self._rules = OutcomeRules(self.options.runner)
        self._world = World(self.options, self._rules, owner=self)
        self._started = False
        self._undo: list[Callable[[], None]] = []

    # Life

    def start(self) -> BatchMock:
        """Answer all Batch calls of this process from now on.

        Raises:
            MockUsageError: It is active already.
        """
        if self._started:
            raise MockUsageError("This BatchMock is active already; make another one to nest.")
        self._started = True
        botocore_hook.install()
        botocore_hook.activate(self.options.region)
        virtual_sleep.install()
        active.push(self._world)
        return self

    def stop(self) -> None:
        """Leave the calls alone again; what was asked of `jobs` stays answerable."""
        if self._started:
            self._leave()
            self._hint_at_slow_polling()

    def _leave(self) -> None:
        self._started = False
        while self._undo:
            self._undo.pop()()
        active.remove(self._world)
        self._world.close()
        virtual_sleep.uninstall()
        botocore_hook.deactivate()

    def __enter__(self) -> BatchMock:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.stop()
        elif self._started:
            self._leave()  # without the hint: as a warning turned into an error it would hide this one

    @classmethod
    def current(cls) -> BatchMock:
        """The active mock, the innermost if several are.

        Raises:
            MockUsageError: None is.
        """
        world = active.current()
        if world is None:
            raise MockUsageError(
                "No BatchMock is active: use the fixture batchmock, @mock_batch or 'with mock_batch()'."
            )
        mock: BatchMock = world.owner  # type: ignore[attr-defined]
        return mock

    def reset(self) -> None:
        """Forget all resources, jobs, outcome rules, faults and subscriptions; time starts anew."""
        former = self._world
        former.close()
        self._rules.clear()
        self._world = World(self.options, self._rules, owner=self)
        if self._started:
            active.replace(former, self._world)

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
        return OutcomeRule(self._rules, meant)

    def on_service_job(
        self,
        name: str = "*",
        *,
        queue: str | None = None,
        tags: Mapping[str, str] | None = None,
        attempt: int | None = None,
    ) -> ServiceOutcomeRule:
        """Say what happens to service jobs: ``batchmock.on_service_job("train").fails()``."""
        meant = matcher(name, queue=queue, tags=tags, attempt=attempt, service=True)
        return ServiceOutcomeRule(self._rules, meant)

    @property
    def unused_rules(self) -> list[str]:
        """The outcome rules that have decided nothing so far, as they were written.

        No attempt has matched them, or a later rule won. A failing test's report shows them.
        """
        return self._rules.unused()

    @property
    def faults(self) -> Faults:
        """What goes wrong between client and service: ``batchmock.faults.throttle(times=3)``."""
        return Faults(self._world.faults)

    @property
    def spot(self) -> Spot:
        """What happens to Spot capacity: ``batchmock.spot.reclaim(fraction=0.3)``."""
        from pytest_batchmock.control.spot import Spot

        return Spot(self._world)

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
            BatchError: The service would refuse these values.
        """
        return make_defaults(
            self.call,
            self._settle,
            name=name,
            spot=spot,
            fargate=fargate,
            max_vcpus=max_vcpus,
            vcpus=vcpus,
            memory=memory,
            image=image,
            command=["true"] if command is None else command,
            retries=retries,
            timeout_seconds=timeout_seconds,
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
        from pytest_batchmock.seeding import documents, loading

        found = documents.load(sources)
        return loading.seed(self._world, found, parameters=parameters, keep_arns=keep_arns)

    def _settle(self) -> None:
        if self.options.resource_latency is not None:
            self._world.advance(self.options.resource_latency)

    def call(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        """Call an operation (API name) without a client, in the default account and region.

        Planned faults do not hit it: they lie between a client and the service.

        Raises:
            BatchError: The service refuses; the text is what a client would see.
        """
        if not isinstance(operation, str) or not isinstance(params, Mapping):
            raise MockUsageError(
                f"call({operation!r}, {params!r}): give the name of an operation, such as "
                "'DescribeJobs', and a mapping of its members."
            )
        context = CallContext(self.options.account_id, self.options.region, validated=False)
        try:
            return self._world.call(context, operation, copy.deepcopy(params))[1]
        except BatchError as error:
            error.args = (error.text(error.request_id),)
            raise

    # What has happened

    @property
    def jobs(self) -> Jobs:
        """The jobs: iterate over them, or ask for ``one(name=…)`` or ``all(status=…)``."""
        return Jobs(self._world.jobs, self.options.seed)

    @property
    def logs(self) -> Logs:
        """What the containers wrote: ``batchmock.logs.of(job)``."""
        from pytest_batchmock.observe.logs import Logs

        return Logs(self._world.gate, self._world.log_streams)

    @property
    def events(self) -> Events:
        """What EventBridge would be told: iterate over it, or ``subscribe(handler, pattern)``."""
        from pytest_batchmock.control.events import Events

        return Events(self._world)

    @property
    def instances(self) -> Instances:
        """The EC2 instances: iterate over them, or ask for ``alive``, ``all(zone=…)``, ``get(id)``.

        Each has id, type, zone, environment, status, vcpus, used, jobs, launched_at and ended_at.
        """
        from pytest_batchmock.observe.instances import Instances, view

        def fetch() -> list[InstanceView]:
            with self._world.gate() as engine:
                return [view(instance) for instance in engine.fleet.instances()]

        return Instances(fetch)

    def zone(self, name: str) -> Zone:
        """An availability zone that can fail: ``batchmock.zone("us-east-1a").fail()``."""
        from pytest_batchmock.control.fleet import Zone

        return Zone(self._world, name)

    def cluster(self, ecs_cluster_arn: str) -> Cluster:
        """The cluster of an unmanaged environment: ``.add_instances("c5.large", 2)``."""
        from pytest_batchmock.control.fleet import Cluster

        return Cluster(self._world, ecs_cluster_arn)

    def environment(self, name: str) -> Environment:
        """An environment that can break: ``batchmock.environment("ce").breaks("capacity")``."""
        from pytest_batchmock.control.fleet import Environment

        return Environment(self._world, name, self.options.account_id, self.options.region)

    def explain(self, job: JobView | str) -> str:
        """Why a job is where it is, in words with figures.

        Args:
            job: What `jobs` gave, or an id.

        Raises:
            MockUsageError: No job has that id.
        """
        from pytest_batchmock.observe.explain import explain

        record = (self.jobs.get(job) if isinstance(job, str) else job)._job
        with self._world.gate() as engine:
            return explain(record, engine)

    @property
    def timeline(self) -> Timeline:
        """What happened, drawn: ``print(batchmock.timeline)``, or its ``save("timeline.html")``."""
        from pytest_batchmock.observe.timeline import Timeline

        return Timeline(self._world.gate)

    def moto_step_functions(self) -> None:
        """Let moto's Step Functions run tasks like ``batch:submitJob.sync`` here, until `stop`.

        They call Batch through boto3, but moto (seen with 5.2.5) leaves out to spell the members as
        boto3 wants them; this does that for moto, unless a newer one does it.

        Raises:
            MockUsageError: moto is not installed with what its Step Functions need.
        """
        from pytest_batchmock.transports import moto_step_functions

        self._undo.append(moto_step_functions.install())

    def answer_requests(self) -> None:
        """Answer what is sent to AWS Batch and CloudWatch Logs with `requests`, too, until `stop`.

        Raises:
            MockUsageError: The extra ``requests`` is missing.
        """
        from pytest_batchmock.transports import requests_hook

        self._undo.append(requests_hook.install(lambda: self._world))

    @property
    def calls(self) -> list[CallRecord]:
        """The API calls that were answered, oldest first."""
        return list(self._world.calls)

    # Time

    @property
    def now(self) -> datetime:
        """Virtual time."""
        return datetime.fromtimestamp(self._world.now_ms / 1000, timezone.utc)

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
        self._world.advance(named if duration is None else duration)

    def run_until(self, goal: datetime | Callable[[], bool]) -> None:
        """Go to a virtual time, or from instant to instant until a condition holds.

        Raises:
            MockUsageError: The time is past, or nothing is left that could make the condition hold;
                or `goal` is neither.
        """
        if not isinstance(goal, datetime) and not callable(goal):
            raise MockUsageError(
                f"run_until({goal!r}): give a datetime or a condition; for a duration use advance()."
            )
        if isinstance(goal, datetime):
            moment = goal if goal.tzinfo else goal.replace(tzinfo=timezone.utc)
            self._world.advance_to(round(moment.timestamp() * 1000))
        else:
            self._world.run_until(goal)

    def run_until_idle(self) -> None:
        """Go on until nothing is left that changes a job or a resource by itself."""
        self._world.run_until_idle()

    def step(self) -> bool:
        """Go to the next instant at which something happens; False if nothing will by itself."""
        return self._world.step()

    # As a decorator

    def __call__(self, target: Target) -> Target:
        """Decorate a function, a coroutine function or a class: a fresh mock for each test.

        Raises:
            MockUsageError: `target` is none of these.
        """
        decorated: Any
        if not callable(target):
            raise MockUsageError(
                f"mock_batch({target!r}): that is nothing to decorate; options are given by name, "
                "e.g. mock_batch(clock='manual')."
            )
        if inspect.isclass(target):
            decorated = decorators.decorated_class(target, self._fresh)
        else:
            decorated = decorators.decorated(target, self._fresh)
        return cast(Target, decorated)

    def _fresh(self) -> BatchMock:
        return type(self)(**{name: getattr(self.options, name) for name in Options.names()})

    def _hint_at_slow_polling(self) -> None:
        waits = self._world.waits
        if sum(waits.values()) < _HINT_AFTER_SECONDS:
            return
        where = max(waits, key=lambda place: waits[place])
        warnings.warn(
            f"batchmock: the test really waited {sum(waits.values()):.1f} s between Batch calls, most "
            f"of it at {where}. A 'from time import sleep' made before the mock started cannot be made "
            "virtual: call time.sleep(...) through the module, or patch that name.",
            SlowPollingWarning,
            stacklevel=3,
        )


class SlowPollingWarning(UserWarning):
    """The test spent wall time between two polls; the text names the line."""


@overload
def mock_batch(target: Target, /) -> Target: ...
@overload
def mock_batch(target: None = None, /, **options: Any) -> BatchMock: ...
def mock_batch(target: Any = None, /, **options: Any) -> Any:
    """Mock AWS Batch: ``@mock_batch``, ``@mock_batch(clock="manual")``, ``with mock_batch() as batch``.

    Raises:
        MockUsageError: An option is unknown or has a value it cannot have.
    """
    mock = BatchMock(**options)
    return mock if target is None else mock(target)
