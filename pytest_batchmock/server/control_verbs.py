"""More verbs of the control API: what `BatchMock` has besides outcomes, faults and plain time.

`control` reads and checks a request and calls the handlers here, by `ROUTES`. Every verb that changes
something is a POST or a DELETE.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any, Final, Protocol

from pytest_batchmock.api.dispatch import BY_METHOD
from pytest_batchmock.api.model import method_name, operation_names
from pytest_batchmock.domain.status import SERVICE_JOB_STATUSES, TERMINAL
from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.mock import BatchMock
from pytest_batchmock.observe.explain import explain_all
from pytest_batchmock.seeding import documents, loading
from pytest_batchmock.server.accounts import Accounts

Members = dict[str, Any]
_MOST: Final = 1000


class Asked(Protocol):
    """A request of the control API, taken apart."""

    @property
    def accounts(self) -> Accounts:
        """All accounts."""

    @property
    def account(self) -> str | None:
        """The account that is named."""

    @property
    def query(self) -> dict[str, str]:
        """What the query says."""

    @property
    def body(self) -> Members:
        """What the body says."""

    @property
    def rest(self) -> str:
        """What stands for the star of the route."""

    @property
    def mock(self) -> BatchMock:
        """The mock of the account."""


def _now(mock: BatchMock) -> Members:
    return {"now": mock.now.isoformat(timespec="milliseconds")}


def _run_until(asked: Asked) -> Members:
    """To a time, or until a job has a status."""
    mock, given = asked.mock, asked.body
    if ("time" in given) == ("job" in given):
        raise MockUsageError('run-until: give a "time", or a "job" with a "status".')
    if "time" in given:
        mock.run_until(_moment("time", given["time"]))
        return _now(mock)
    status = given.get("status")
    if status is not None and status not in SERVICE_JOB_STATUSES:
        raise MockUsageError(f"status={status!r}: choose one of {', '.join(SERVICE_JOB_STATUSES)}.")
    job = mock.jobs.get(str(given["job"]))
    wanted = TERMINAL if status is None else frozenset({status})
    mock.run_until(lambda: job.status in wanted or job.is_terminal)
    if job.status not in wanted:
        raise MockUsageError(f"{job.explain()}: it has ended, and has not been {status}.")
    return _now(mock) | {"status": job.status}


def _step(asked: Asked) -> Members:
    return {"stepped": asked.mock.step()} | _now(asked.mock)


def _moment(name: str, value: object) -> datetime:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        at = None
    if at is None:
        raise MockUsageError(f"{name}={value!r}: give an ISO 8601 date and time.")
    return at if at.tzinfo else at.replace(tzinfo=timezone.utc)


def _events(asked: Asked) -> Members:
    """The newest events, oldest first."""
    query, events = asked.query, asked.mock.events
    found = events.matching(query["pattern"]) if "pattern" in query else list(events)
    if "since" in query:
        since = _moment("since", query["since"])
        found = [event for event in found if datetime.fromisoformat(event["time"]) >= since]
    return {"total": len(found), "events": _last(asked, found)}


def _last(asked: Asked, found: list[Any]) -> list[Any]:
    text = asked.query.get("limit", str(_MOST))
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise MockUsageError(f"limit={text!r} is no number.")
    return found[len(found) - min(int(text), len(found)) :]


def _logs(asked: Asked) -> Members:
    """The lines of a job, from the one that `skip` says."""
    query = asked.query
    for name in ("attempt", "skip"):
        if not (query.get(name, "0").isascii() and query.get(name, "0").isdigit()):
            raise MockUsageError(f"{name}={query[name]!r} is no number.")
    attempt = int(query["attempt"]) if "attempt" in query else None
    lines = asked.mock.logs.of(asked.rest, attempt=attempt, container=query.get("container"))
    return {"total": len(lines), "lines": lines[int(query.get("skip", "0")) :]}


def _explain(asked: Asked) -> Members:
    with asked.accounts.world(asked.account).gate() as engine:
        regions = list(engine.regions.values())
        jobs = [
            job for region in regions for job in (*region.jobs.values(), *region.service_jobs.values())
        ]
        waiting = [job for job in jobs if not job.is_terminal]
        return {"waiting": len(waiting), "explanation": explain_all(waiting, at_most=100)}


def _calls(asked: Asked) -> Members:
    wanted = asked.query.get("operation")
    found = [call for call in asked.mock.calls if wanted in (None, call.operation)]
    told = [
        {
            "at": datetime.fromtimestamp(call.at_ms / 1000, timezone.utc).isoformat(
                timespec="milliseconds"
            ),
            "operation": call.operation,
            "params": call.params,
            "error": call.error,
            "fault": call.fault,
        }
        for call in _last(asked, found)
    ]
    return {"total": len(found), "calls": told}


def _faults(asked: Asked) -> Members:
    return {
        "faults": [
            {
                "kind": fault.kind,
                "operations": list(fault.operations),
                "probability": fault.probability,
                "processed": fault.processed,
                "left": left,
            }
            for fault, left in asked.mock.faults.left
        ]
    }


def _timeline(asked: Asked) -> Members:
    form = asked.query.get("form", "text")
    timeline = asked.mock.timeline
    forms: dict[str, Callable[[], str]] = {
        "text": lambda: timeline.text(100),
        "svg": timeline.svg,
        "html": timeline.html,
    }
    if form not in forms:
        raise MockUsageError(f"form={form!r}: choose one of {', '.join(forms)}.")
    return {"form": form, "timeline": forms[form]()}


def _seed(asked: Asked) -> Members:
    """Create what documents hold; they are sent, for no path of a request leads to a file."""
    given, parameters = asked.body.get("documents"), asked.body.get("parameters", {})
    keep_arns = asked.body.get("keep_arns", False)
    if not isinstance(given, dict) or not given:
        raise MockUsageError(
            'documents: give an object of documents by name, such as {"a.json": {"jobQueues": […]}}; a '
            "document may be a text too."
        )
    if not isinstance(parameters, dict) or not all(isinstance(v, str) for v in parameters.values()):
        raise MockUsageError("parameters: give an object of texts.")
    if not isinstance(keep_arns, bool):
        raise MockUsageError("keep_arns: give true or false.")
    found = []
    for name, document in given.items():
        text = document if isinstance(document, str) else json.dumps(document)
        found.append((name, documents.parse(name, text)))
    if keep_arns:
        _refuse_other_accounts(asked.mock, found, parameters)
    world = asked.accounts.world(asked.account)
    seeded = loading.seed(world, found, parameters=parameters, keep_arns=keep_arns)
    return {"created": seeded.created, "left_out": seeded.left_out}


def _refuse_other_accounts(mock: BatchMock, found: Any, parameters: Members) -> None:
    own = (mock.options.account_id, mock.options.region)
    for resource in documents.plan(found, parameters, own).resources:
        if resource.scope is not None and resource.scope[0] != own[0]:
            raise MockUsageError(
                f"keep_arns: {resource.origin} is of the account {resource.scope[0]}, and this is about "
                f"{own[0]}: say ?account={resource.scope[0]}, or leave keep_arns out."
            )


def _spot(asked: Asked) -> Members:
    return {"hosts": asked.mock.spot.hosts}


def _reclaim(asked: Asked) -> Members:
    """Reclaim the host of a job, an instance, or a share of all hosts on Spot."""
    body = asked.body
    for name, types, wanted in (
        ("job", (str,), "the id of a job"),
        ("instance", (str,), "the id of an instance"),
        ("fraction", (int, float), "a number above 0 and at most 1"),
        ("notice", (int, float, str), "a duration, such as 120 or '2m'"),
    ):
        value = body.get(name)
        if value is not None and (not isinstance(value, types) or isinstance(value, bool)):
            raise MockUsageError(f"{name}={value!r}: give {wanted}.")
    given = {name: value for name, value in body.items() if value is not None}
    return {"hosts": asked.mock.spot.reclaim(**given)} | _now(asked.mock)


def _interruption_rate(asked: Asked) -> Members:
    if "per_hour" not in asked.body:
        raise MockUsageError("per_hour: give a number of interruptions in an hour; null for none.")
    asked.mock.spot.interruption_rate(asked.body["per_hour"])
    return {"per_hour": asked.body["per_hour"]}


def _defaults(asked: Asked) -> Members:
    made = asked.mock.defaults(**_checked(asked.body))
    return {
        "compute_environment": made.compute_environment,
        "job_queue": made.job_queue,
        "job_definition": made.job_definition,
    }


_DEFAULTS: Final[dict[str, tuple[type | tuple[type, ...], str]]] = {
    "name": (str, "a text"),
    "spot": (bool, "true or false"),
    "fargate": (bool, "true or false"),
    "max_vcpus": (int, "a whole number"),
    "vcpus": ((int, float), "a number"),
    "memory": (int, "a whole number"),
    "image": (str, "a text"),
    "command": (list, "a list of texts"),
    "retries": (int, "a whole number"),
    "timeout_seconds": (int, "a whole number"),
}


def _checked(body: Members) -> Members:
    for name, value in body.items():
        types, wanted = _DEFAULTS[name]
        if not isinstance(value, types) or (isinstance(value, bool) and types is not bool):
            raise MockUsageError(f"{name}={value!r}: give {wanted}.")
    return body


def _call(asked: Asked) -> Members:
    """Call an operation as the test does: without a client, and out of reach of faults."""
    operation, params = asked.body.get("operation"), asked.body.get("params", {})
    if operation not in operation_names() or method_name(str(operation)) not in BY_METHOD:
        raise MockUsageError(f"operation={operation!r}: give an operation such as SubmitJob.")
    if not isinstance(params, dict):
        raise MockUsageError(f"params={params!r}: give an object.")
    return {"answer": asked.mock.call(str(operation), params)}


Route = tuple[Callable[[Any], Members], tuple[str, ...], str]

ROUTES: Final[dict[tuple[str, str], Route]] = {
    ("POST", "clock/run-until"): (
        _run_until,
        ("time", "job", "status"),
        "let time pass until a moment, or until a job has a status (without one: has ended)",
    ),
    ("POST", "clock/step"): (_step, (), "go to the next instant at which something happens"),
    ("GET", "events"): (
        _events,
        ("pattern", "since", "limit"),
        "what EventBridge would be told, oldest first: by a pattern of EventBridge's, from a time on",
    ),
    ("GET", "logs/*"): (
        _logs,
        ("attempt", "container", "skip"),
        "what a job, child or node has written by now",
    ),
    ("GET", "explain"): (_explain, (), "why the jobs that have not ended are where they are"),
    ("GET", "calls"): (_calls, ("operation", "limit"), "the API calls that were answered, oldest first"),
    ("GET", "faults"): (_faults, (), "the faults that are not spent"),
    ("GET", "timeline"): (_timeline, ("form",), "what happened, as text, svg or html"),
    ("GET", "spot"): (_spot, (), "the hosts on Spot, each with the ids of the jobs on it"),
    ("POST", "spot/reclaim"): (
        _reclaim,
        ("job", "instance", "fraction", "notice"),
        "reclaim Spot capacity: the host of a job, an instance, or a share of all",
    ),
    ("POST", "spot/interruption-rate"): (
        _interruption_rate,
        ("per_hour",),
        "have Spot hosts that are placed from now on interrupted by themselves",
    ),
    ("POST", "seed"): (
        _seed,
        ("documents", "parameters", "keep_arns"),
        "create the resources of describe dumps, templates or Terraform states",
    ),
    ("POST", "defaults"): (
        _defaults,
        tuple(_DEFAULTS),
        "make an environment, a queue and a definition, for those who do not care which",
    ),
    ("POST", "call"): (_call, ("operation", "params"), "call an operation, out of reach of faults"),
}
"""By method and path: the handler, what it takes, and a line for the index."""
