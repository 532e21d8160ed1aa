"""`RemoteBatchMock`: the methods of `BatchMock` for a server in another process.

It speaks the control API by the standard library alone, so that it needs no werkzeug. What cannot cross
HTTP (a Python callable as an outcome, subscriptions to events) is refused with what to do instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from pytest_batchmock.control.defaults import Defaults
from pytest_batchmock.control.faults import Faults
from pytest_batchmock.control.outcomes import (
    Matcher,
    OutcomeRule,
    OutcomeRules,
    ServiceOutcomeRule,
    matcher,
)
from pytest_batchmock.control.plain import as_rule
from pytest_batchmock.durations import Duration, to_ms
from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.runners.outcomes import Outcome
from pytest_batchmock.seeding import documents
from pytest_batchmock.seeding.documents import Source
from pytest_batchmock.seeding.loading import Seeded
from pytest_batchmock.server.remote.client import ControlClient, Refused
from pytest_batchmock.server.remote.documents import batches
from pytest_batchmock.server.remote.views import (
    RemoteEvents,
    RemoteJobs,
    RemoteLogs,
    RemoteSpot,
    RemoteTimeline,
    moment,
)
from pytest_batchmock.transports.calls import CallRecord
from pytest_batchmock.transports.faults import Fault, FaultPlan

_FAULTS = {
    "throttle": "throttle",
    "server_error": "server_error",
    "dropped_connection": "drop_connection",
}


class RemoteBatchMock:
    """A mock behind a server, with the methods of `BatchMock`: ``RemoteBatchMock("http://127.0.0.1:4567")``.

    Args:
        url: The endpoint URL of ``batchmock serve``.
        account: Whose mock is meant, 12 digits; None for the server's own.
    """

    def __init__(self, url: str, account: str | None = None) -> None:
        self.url = url
        self._client = _Client(url, account)

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
        """Say what happens to jobs: see `BatchMock.on`."""
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
        return OutcomeRule(_RemoteRules(self._client), meant)

    def on_service_job(
        self,
        name: str = "*",
        *,
        queue: str | None = None,
        tags: Mapping[str, str] | None = None,
        attempt: int | None = None,
    ) -> ServiceOutcomeRule:
        """Say what happens to service jobs: see `BatchMock.on_service_job`."""
        meant = matcher(name, queue=queue, tags=tags, attempt=attempt, service=True)
        return ServiceOutcomeRule(_RemoteRules(self._client), meant)

    @property
    def faults(self) -> Faults:
        """What goes wrong between client and service: ``faults.throttle(times=3)``."""
        return Faults(_RemoteFaults(self._client))

    @property
    def spot(self) -> RemoteSpot:
        """What happens to Spot capacity: ``spot.reclaim(fraction=0.3)``."""
        return RemoteSpot(self._client)

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
        """Create a compute environment, a queue and a definition: see `BatchMock.defaults`.

        Raises:
            MockUsageError: The service would refuse these values.
        """
        given: dict[str, Any] = {
            "name": name,
            "spot": spot,
            "fargate": fargate,
            "max_vcpus": max_vcpus,
            "vcpus": vcpus,
            "memory": memory,
            "image": image,
            "command": command,
            "retries": retries,
            "timeout_seconds": timeout_seconds,
        }
        made = self._client.post("defaults", **{k: v for k, v in given.items() if v is not None})
        return Defaults(**made)

    def seed(
        self,
        *sources: Source,
        parameters: Mapping[str, str] | None = None,
        keep_arns: bool = False,
    ) -> Seeded:
        """Create the resources of a real account: see `BatchMock.seed`. The files are read here.

        Raises:
            MockUsageError: A document cannot be read, or holds what the service refuses.
        """
        seeded = Seeded()
        for part in batches(documents.load(sources)):
            got = self._client.post(
                "seed", documents=part, parameters=dict(parameters or {}), keep_arns=keep_arns
            )
            for kind, names in got["created"].items():
                seeded.created.setdefault(kind, []).extend(names)
            seeded.left_out.extend(got["left_out"])
        return seeded

    def call(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        """Call an operation (API name) without a client, out of reach of planned faults.

        Raises:
            MockUsageError: The service refuses; the text is its own.
        """
        answer: dict[str, Any] = self._client.post("call", operation=operation, params=params)["answer"]
        return answer

    def reset(self) -> None:
        """Forget all that this account holds, or, of the server's own, all accounts."""
        self._client.post("reset")

    # What has happened

    @property
    def jobs(self) -> RemoteJobs:
        """The jobs: iterate over them, or ask for ``one(name=…)`` or ``all(status=…)``."""
        return RemoteJobs(self._client)

    @property
    def logs(self) -> RemoteLogs:
        """What the containers wrote: ``logs.of(job)``."""
        return RemoteLogs(self._client)

    @property
    def events(self) -> RemoteEvents:
        """What EventBridge would be told: iterate over it, or take those ``matching(pattern)``."""
        return RemoteEvents(self._client)

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

    def explain(self) -> str:
        """Why the jobs that have not ended are where they are."""
        return str(self._client.get("explain")["explanation"])

    @property
    def timeline(self) -> RemoteTimeline:
        """What happened, drawn: ``timeline.text()``, ``svg()``, ``html()``."""
        return RemoteTimeline(self._client)

    # Time

    @property
    def now(self) -> datetime:
        """Virtual time."""
        return moment(self._client.get("clock")["now"])

    def advance(
        self,
        duration: Duration | None = None,
        *,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
    ) -> None:
        """Let virtual time pass: see `BatchMock.advance`.

        Raises:
            MockUsageError: Both or neither form was given, or the duration is negative.
        """
        named = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        if (duration is None) == (named == timedelta()):
            raise MockUsageError("advance: give one duration, e.g. advance('5m') or advance(minutes=5).")
        passed = to_ms(named if duration is None else duration)
        self._client.post("clock/advance", duration=passed / 1000)

    def run_until(self, goal: datetime | Callable[[], bool]) -> None:
        """Go to a virtual time, or from instant to instant until a condition, asked here, holds.

        Raises:
            MockUsageError: The time is past, or nothing is left that could make the condition hold.
        """
        if isinstance(goal, datetime):
            at = goal if goal.tzinfo else goal.replace(tzinfo=timezone.utc)
            self._client.post("clock/run-until", time=at.isoformat())
            return
        if not callable(goal):
            raise MockUsageError(
                f"run_until({goal!r}): give a datetime or a condition; for a duration use advance()."
            )
        while not goal():
            if not self.step():
                text = "run_until: nothing is left that could happen, and the condition does not hold."
                raise MockUsageError(f"{text}\n{self.explain()}")

    def run_until_idle(self) -> None:
        """Go on until nothing is left that changes a job or a resource by itself."""
        self._client.post("clock/run-until-idle")

    def step(self) -> bool:
        """Go to the next instant at which something happens; False if nothing will by itself."""
        return bool(self._client.post("clock/step")["stepped"])

    def __repr__(self) -> str:
        return f"<RemoteBatchMock {self.url}>"


class _Client(ControlClient):
    """Refusals as a test expects them."""

    def _send(self, *asked: Any) -> dict[str, Any]:
        try:
            return super()._send(*asked)
        except Refused as refused:
            raise MockUsageError(str(refused)) from None


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
        kind = _FAULTS.get(fault.kind)
        if kind is None:
            raise MockUsageError(
                f"time_out: the fault {fault.kind} cannot happen over HTTP; use drop_connection, which "
                "clients try again as they do after a time-out."
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
        return [
            (
                Fault(
                    told["kind"],
                    tuple(told["operations"]),
                    told["left"],
                    told["probability"],
                    told["processed"],
                ),
                told["left"],
            )
            for told in self._client.get("faults")["faults"]
        ]
