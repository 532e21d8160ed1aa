"""`RemoteBatchMock`: the methods of `BatchMock` for a server in another process.

It speaks the control API by the standard library alone, so that it needs no werkzeug. What cannot cross
HTTP (a Python callable as an outcome, subscriptions to events) is refused with what to do instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pytest_batchmock.control.defaults import Defaults, WantedDefaults
from pytest_batchmock.control.faults import VERBS, Faults
from pytest_batchmock.control.like import JobLike
from pytest_batchmock.control.outcomes import Matcher, OutcomeRules
from pytest_batchmock.control.plain import as_rule
from pytest_batchmock.control.verbs import BatchMockLike
from pytest_batchmock.durations import Duration, to_ms
from pytest_batchmock.errors import BatchError, MockUsageError, NotModelledError
from pytest_batchmock.observe.instances import Instances
from pytest_batchmock.runners.outcomes import Outcome
from pytest_batchmock.seeding.loading import Seeded
from pytest_batchmock.server.remote.capacity import (
    RemoteCluster,
    RemoteEnvironment,
    RemoteSpot,
    RemoteZone,
    instances_of,
)
from pytest_batchmock.server.remote.client import ControlClient, Refused
from pytest_batchmock.server.remote.documents import batches
from pytest_batchmock.server.remote.views import (
    RemoteEvents,
    RemoteJobs,
    RemoteLogs,
    RemoteTimeline,
    moment,
)
from pytest_batchmock.transports.calls import CallRecord
from pytest_batchmock.transports.faults import Fault, FaultPlan

if TYPE_CHECKING:
    from pytest_batchmock.seeding.documents import Document


class RemoteBatchMock(BatchMockLike):
    """A mock behind a server, with the methods of `BatchMock`: ``RemoteBatchMock("http://127.0.0.1:4567")``.

    Args:
        url: The endpoint URL of ``batchmock serve``.
        account: Whose mock is meant, 12 digits; None for the server's own.

    Raises:
        MockUsageError: `url` is no URL of a server.
    """

    def __init__(self, url: str, account: str | None = None) -> None:
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            raise MockUsageError(
                f"RemoteBatchMock({url!r}): give the URL that 'batchmock serve' prints, such as "
                "'http://127.0.0.1:4567'."
            )
        self.url = url
        self._client = _Client(url, account)

    # What will happen

    @property
    def unused_rules(self) -> list[str]:
        """The outcome rules that have decided nothing so far, as they were written."""
        return list(self._client.get("outcomes")["unused"])

    @property
    def faults(self) -> Faults:
        """What goes wrong between client and service: ``faults.throttle(times=3)``."""
        return Faults(_RemoteFaults(self._client))

    @property
    def spot(self) -> RemoteSpot:
        """What happens to Spot capacity: ``spot.reclaim(fraction=0.3)``."""
        return RemoteSpot(self._client)

    def zone(self, name: str) -> RemoteZone:
        """An availability zone that can fail: ``zone("us-east-1a").fail()``."""
        return RemoteZone(self._client, name)

    def cluster(self, ecs_cluster_arn: str) -> RemoteCluster:
        """The cluster of an unmanaged environment: ``.add_instances("c5.large", 2)``."""
        return RemoteCluster(self._client, ecs_cluster_arn)

    def environment(self, name: str) -> RemoteEnvironment:
        """An environment that can break: ``environment("ce").breaks("capacity")``."""
        return RemoteEnvironment(self._client, name)

    def reset(self) -> None:
        """Forget all that this account holds, or, of the server's own, all accounts."""
        self._client.post("reset")

    # What has happened

    @property
    def jobs(self) -> RemoteJobs:
        """The jobs: iterate over them, or ask for ``one(name=…)`` or ``all(status=…)``."""
        return RemoteJobs(self._client)

    @property
    def service_jobs(self) -> RemoteJobs:
        """The service jobs, which are asked about as `jobs` are."""
        return RemoteJobs(self._client, service=True)

    @property
    def logs(self) -> RemoteLogs:
        """What the containers wrote: ``logs.of(job)``."""
        return RemoteLogs(self._client)

    @property
    def events(self) -> RemoteEvents:
        """What EventBridge would be told: iterate over it, or take those ``matching(pattern)``."""
        return RemoteEvents(self._client)

    @property
    def instances(self) -> Instances:
        """The EC2 instances: iterate over them, or ask for ``alive``, ``all(zone=…)``, ``get(id)``."""
        return Instances(lambda: instances_of(self._client.get("instances")))

    @property
    def calls(self) -> list[CallRecord]:
        """The API calls that were answered, oldest first; the last thousand."""
        return [
            CallRecord(
                round(moment(call["at"]).timestamp() * 1000),
                call["operation"],
                call["params"],
                call["error"],
                call["fault"],
            )
            for call in self._client.get("calls")["calls"]
        ]

    def explain(self, job: JobLike | str | None = None) -> str:
        """Why a job is where it is, or all that have not ended.

        Raises:
            MockUsageError: No job has that id.
        """
        job_id = None if job is None else getattr(job, "id", str(job))
        return str(self._client.get("explain", job=job_id)["explanation"])

    @property
    def timeline(self) -> RemoteTimeline:
        """What happened, drawn: ``timeline.text()``, ``svg()``, ``html()``."""
        return RemoteTimeline(self._client)

    # Time

    @property
    def now(self) -> datetime:
        """Virtual time."""
        return moment(self._client.get("clock")["now"])

    def run_until_idle(self) -> None:
        """Go on until nothing is left that changes a job or a resource by itself."""
        self._client.post("clock/run-until-idle")

    def step(self) -> bool:
        """Go to the next instant at which something happens; False if nothing will by itself."""
        return bool(self._client.post("clock/step")["stepped"])

    # Where it goes to

    def _get_rules(self) -> OutcomeRules:
        return _RemoteRules(self._client)

    def _call(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = self._client.post("call", operation=operation, params=params)["answer"]
        return answer

    def _make_defaults(self, wanted: WantedDefaults) -> Defaults:
        given = {name: value for name, value in asdict(wanted).items() if value is not None}
        return Defaults(**self._client.post("defaults", **given))

    def _seed(
        self, found: list[tuple[str, list[Document]]], parameters: dict[str, str], keep_arns: bool
    ) -> Seeded:
        seeded = Seeded()
        for part in batches(found):
            got = self._client.post("seed", documents=part, parameters=parameters, keep_arns=keep_arns)
            for kind, names in got["created"].items():
                seeded.created.setdefault(kind, []).extend(names)
            seeded.left_out.extend(got["left_out"])
        return seeded

    def _advance(self, duration: Duration) -> None:
        self._client.post("clock/advance", duration=to_ms(duration) / 1000)

    def _advance_to(self, moment: datetime) -> None:
        self._client.post("clock/run-until", time=moment.isoformat())

    def _run_until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            if not self.step():
                text = "run_until: nothing is left that could happen, and the condition does not hold."
                raise MockUsageError(f"{text}\n{self.explain()}")

    def __repr__(self) -> str:
        return f"<RemoteBatchMock {self.url}>"


class _Client(ControlClient):
    """Refusals as a test expects them."""

    def _send(self, *asked: Any) -> dict[str, Any]:
        try:
            return super()._send(*asked)
        except Refused as refused:
            if refused.kind.endswith("Exception"):  # as the codes of AWS do
                text, kind, status = str(refused), refused.kind, refused.status
                raise BatchError(text, code=kind, status=status) from None
            kinds = {"NotModelledError": NotModelledError}
            raise kinds.get(refused.kind, MockUsageError)(str(refused)) from None


class _RemoteRules(OutcomeRules):
    """Sends what is said of jobs."""

    def __init__(self, client: ControlClient) -> None:
        super().__init__()
        self._client = client

    def add(self, matcher: Matcher, *planned: Outcome) -> None:
        """Send a rule."""
        self._client.post("outcomes", **as_rule(matcher, planned))


class _RemoteFaults(FaultPlan):
    """Sends what is planned."""

    def __init__(self, client: ControlClient) -> None:
        super().__init__(0)
        self._client = client

    def add(self, fault: Fault) -> None:
        """Send a fault."""
        kind = VERBS.get(fault.kind)
        if kind is None:
            raise MockUsageError(
                "time_out(connecting=True): over HTTP the connection is made before it is known which "
                "operation it is for. Plan time_out() or drop_connection(), which clients try again too."
            )
        members: dict[str, Any] = {"kind": kind, "operations": list(fault.operations)}
        for name in ("times", "probability"):
            if getattr(fault, name) is not None:
                members[name] = getattr(fault, name)
        if fault.processed:
            members["processed"] = True
        self._client.post("faults", **members)

    def clear(self) -> None:
        """Forget all faults."""
        self._client.delete("faults")

    def left(self) -> list[tuple[Fault, int | None]]:
        """The faults that are not spent."""
        kinds = {verb: kind for kind, verb in VERBS.items()}
        return [
            (
                Fault(
                    "connect_timeout" if told["connecting"] else kinds[told["kind"]],
                    tuple(told["operations"]),
                    told["left"],
                    told["probability"],
                    told["processed"],
                ),
                told["left"],
            )
            for told in self._client.get("faults")["faults"]
        ]
