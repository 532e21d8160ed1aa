"""BatchMock: the fixture, the decorator and the context manager are this one class."""

from __future__ import annotations

import copy
import inspect
import warnings
from collections.abc import Callable
from datetime import datetime, timezone
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar, cast, overload

from pytest_batchmock import decorators
from pytest_batchmock.control.defaults import Defaults, WantedDefaults, make_defaults
from pytest_batchmock.control.faults import Faults
from pytest_batchmock.control.outcomes import OutcomeRules
from pytest_batchmock.control.verbs import BatchMockLike
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
    from pytest_batchmock.control.like import JobLike
    from pytest_batchmock.control.spot import Spot
    from pytest_batchmock.domain.region import RegionState
    from pytest_batchmock.observe.instances import Instances, InstanceView
    from pytest_batchmock.observe.logs import Logs
    from pytest_batchmock.observe.timeline import Timeline
    from pytest_batchmock.seeding.documents import Document
    from pytest_batchmock.seeding.loading import Seeded

Target = TypeVar("Target", bound=Callable[..., Any])

_HINT_AFTER_SECONDS = 2.0


class BatchMock(BatchMockLike):
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
        mock: BatchMock = world.owner  # type: ignore[attr-defined]  # of a World; only its calls are declared
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

    @property
    def unused_rules(self) -> list[str]:
        """The outcome rules that have decided nothing so far, as they were written."""
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

    def _get_rules(self) -> OutcomeRules:
        return self._rules

    def _make_defaults(self, wanted: WantedDefaults) -> Defaults:
        return make_defaults(wanted, self.call, self._settle)

    def _seed(
        self, found: list[tuple[str, list[Document]]], parameters: dict[str, str], keep_arns: bool
    ) -> Seeded:
        from pytest_batchmock.seeding import loading

        return loading.seed(self._world, found, parameters=parameters, keep_arns=keep_arns)

    def _settle(self) -> None:
        if self.options.resource_latency is not None:
            self._world.advance(self.options.resource_latency)

    def _call(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
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
        return Jobs(self._world.jobs, self.options.seed, self._world.explain)

    @property
    def service_jobs(self) -> Jobs:
        """The service jobs, which are asked about as `jobs` are."""
        return Jobs(self._world.service_jobs, self.options.seed, self._world.explain)

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
        """The EC2 instances: iterate over them, or ask for ``alive``, ``all(zone=…)``, ``get(id)``."""
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

    def explain(self, job: JobLike | str | None = None) -> str:
        """Why a job is where it is, in words with figures; without a job, all that have not ended.

        Raises:
            MockUsageError: No job has that id.
        """
        from pytest_batchmock.observe.explain import explain_all

        if job is None:
            with self._world.gate() as engine:
                return explain_all(engine.jobs(), engine, at_most=100)
        if not isinstance(job, JobView):
            job_id = job if isinstance(job, str) else getattr(job, "id", repr(job))
            is_service = any(it.id == job_id for it in self._world.service_jobs())
            job = (self.service_jobs if is_service else self.jobs).get(job_id)
        return job.explain()

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
        """The API calls that were answered, oldest first; of a server, the last 10,000 of an account."""
        return list(self._world.calls)

    # Time

    @property
    def now(self) -> datetime:
        """Virtual time."""
        return datetime.fromtimestamp(self._world.now_ms / 1000, timezone.utc)

    def _advance(self, duration: Duration) -> None:
        with virtual_sleep.no_wait():
            self._world.advance(duration)

    def _advance_to(self, moment: datetime) -> None:
        with virtual_sleep.no_wait():
            self._world.advance_to(round(moment.timestamp() * 1000))

    def _run_until(self, condition: Callable[[], bool]) -> None:
        with virtual_sleep.no_wait():
            self._world.run_until(condition)

    def run_until_idle(self) -> None:
        """Go on until nothing is left that changes a job or a resource by itself."""
        with virtual_sleep.no_wait():
            self._world.run_until_idle()

    def step(self) -> bool:
        """Go to the next instant at which something happens; False if nothing will by itself."""
        with virtual_sleep.no_wait():
            return self._world.step()

    def _regions(self) -> list[RegionState]:
        """The accounts and Regions that calls have reached."""
        with self._world.gate() as engine:
            return list(engine.regions.values())

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
