"""The control API: what a test says to its mock, as JSON over HTTP, below ``/_batchmock/v1/``.

Every request may name an ``account`` in its query; without one it is about the server's own. What a
request got wrong is answered as ``{"error": {"type": …, "message": …}}``. Additions keep the version;
what changes the meaning of a request gets a new one.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from pytest_batchmock.control.plain import add_rule
from pytest_batchmock.errors import BatchError, MockUsageError
from pytest_batchmock.mock import BatchMock
from pytest_batchmock.observe.jobs import AttemptView, JobView
from pytest_batchmock.server import console_data, control_verbs
from pytest_batchmock.server.accounts import Accounts
from pytest_batchmock.transports.http import HttpAnswer, HttpRequest, unpacked

PREFIX: Final = "/_batchmock/"
VERSION: Final = f"{PREFIX}v1/"
_MOST_LISTED: Final = 1000

Members = dict[str, Any]


class _Asked(NamedTuple):
    """A request of the control API, taken apart."""

    accounts: Accounts
    account: str | None
    query: dict[str, str]
    body: Members
    rest: str

    @property
    def mock(self) -> BatchMock:
        return self.accounts.mock(self.account)


class _Verb(NamedTuple):
    """One route: its answer, and what a reader of the index gets to know."""

    handle: Callable[[_Asked], Members]
    takes: tuple[str, ...]
    text: str


class _NoSuchThing(MockUsageError):
    """The request names something that is not there."""


def answer(request: HttpRequest, accounts: Accounts) -> HttpAnswer:
    """Answer one request of the control API."""
    asked = f"{request.method} {request.path}"
    try:
        given = _answer(request, accounts)
    except BatchError as error:
        given = _error(error.status, error.code, error.message)
    except _NoSuchThing as error:
        given = _error(404, "NotFound", str(error))
    except MockUsageError as error:
        given = _error(400, type(error).__name__, str(error))
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        given = _error(500, "InternalFailure", f"a bug of the mock: {type(error).__name__}: {error}")
    given.summary = f"{asked} {given.status}"
    return given


def as_json(status: int, members: Members) -> HttpAnswer:
    """An answer of the control API."""
    body = json.dumps(members, indent=1).encode() + b"\n"
    return HttpAnswer(status, {"Content-Type": "application/json", "Cache-Control": "no-store"}, body)


def _error(status: int, kind: str, message: str) -> HttpAnswer:
    return as_json(status, {"error": {"type": kind, "message": message}})


def _answer(request: HttpRequest, accounts: Accounts) -> HttpAnswer:
    if request.path in (VERSION, VERSION.rstrip("/")) and request.method == "GET":
        return as_json(200, _index(accounts))
    route, rest = _route(request.path)
    verb = _ROUTES.get((request.method, route))
    if verb is None:
        methods = ", ".join(method for method, known in _ROUTES if known == route)
        if not methods:
            raise _NoSuchThing(f"There is no {request.path}; GET {VERSION} lists what there is.")
        text = f"{request.path} takes {methods}, not {request.method}."
        refused = _error(405, "MethodNotAllowed", text)
        refused.headers["Allow"] = methods
        return refused
    query, body = dict(request.query), {}
    account = query.pop("account", None)
    if request.method == "POST":
        body = _body(request)
        _refuse_unknown(request, body, verb.takes)
        _refuse_unknown(request, query, ())
    else:
        _refuse_unknown(request, query, verb.takes)
    given = _Asked(accounts, account, query, body, rest)
    if request.method == "GET":
        return as_json(200, verb.handle(given))
    command = [request.method, request.path, account, query, body]
    with accounts.recording(account, command):
        return as_json(200, verb.handle(given))


def replay(
    accounts: Accounts, method: str, path: str, account: str | None, query: Members, body: Members
) -> None:
    """Do again what a recorded request did; what it got wrong, it gets wrong again."""
    route, rest = _route(path)
    verb = _ROUTES.get((method, route))
    if verb is None:
        raise AssertionError(f"There is no {method} {path} in this version.")
    with suppress(MockUsageError, BatchError):
        verb.handle(_Asked(accounts, account, query, body, rest))


def _route(path: str) -> tuple[str, str]:
    """The route of a path, and what stands for its star."""
    path = path.removeprefix(VERSION) if path.startswith(VERSION) else ""
    head, slash, rest = path.partition("/")
    star = f"{head}/*"
    if slash and any(known == star for _, known in _ROUTES):
        return star, unquote(rest)
    return path, ""


def _refuse_unknown(request: HttpRequest, given: Members, takes: tuple[str, ...]) -> None:
    unknown = [name for name in given if name not in takes]
    if unknown:
        known = ", ".join(takes) or "nothing but an account"
        raise MockUsageError(f"{request.path} does not take {', '.join(unknown)}; it takes: {known}.")


def _body(request: HttpRequest) -> Members:
    # A web page can post without asking first, but not with this type.
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise MockUsageError(f"Content-Type {kind!r}: send application/json.")
    text = unpacked(request)
    try:
        body = json.loads(text or b"{}")
    except (ValueError, RecursionError) as error:
        raise MockUsageError(f"The body is no JSON: {error}") from error
    if not isinstance(body, dict):
        raise MockUsageError("The body must be a JSON object.")
    return body


# --- The verbs -----------------------------------------------------------------------------------


def _index(accounts: Accounts) -> Members:
    return {
        "version": 1,
        "accounts": accounts.names(),
        "routes": [
            {
                "method": method,
                "path": VERSION + path.replace("*", "{id}"),
                "takes": ["account", *verb.takes],
                "what": verb.text,
            }
            for (method, path), verb in _ROUTES.items()
        ],
    }


def _clock(asked: _Asked) -> Members:
    mock = asked.mock
    return {
        "now": mock.now.isoformat(timespec="milliseconds"),
        "clock": mock.options.clock,
        "rate": console_data.rate_of(asked),
    }


def _advance(asked: _Asked) -> Members:
    duration = asked.body.get("duration")
    if isinstance(duration, bool) or not isinstance(duration, (int, float, str)):
        raise MockUsageError(f"duration={duration!r}: give seconds as a number, or a text such as '4m'.")
    asked.mock.advance(duration)
    return _clock(asked)


def _run_until_idle(asked: _Asked) -> Members:
    asked.mock.run_until_idle()
    return _clock(asked)


def _jobs(asked: _Asked) -> Members:
    wanted = {name: asked.query[name] for name in ("name", "queue", "status") if name in asked.query}
    limit = asked.query.get("limit", str(_MOST_LISTED))
    if not (limit.isascii() and limit.isdigit()):
        raise MockUsageError(f"limit={limit!r} is no number.")
    found = asked.mock.jobs.all(**wanted)
    shown = found[len(found) - min(int(limit), len(found)) :]
    with asked.accounts.world(asked.account).gate():
        return {"total": len(found), "jobs": [_job(job) for job in shown]}


def _one_job(asked: _Asked) -> Members:
    job_id = asked.rest
    for job in asked.mock.jobs:
        with asked.accounts.world(asked.account).gate():
            if job.id == job_id:
                return _job(job)
            if job_id.startswith((f"{job.id}:", f"{job.id}#")):
                for child in job.children:
                    if child.id == job_id:
                        return _job(child)
    raise _NoSuchThing(f"No job has the id {job_id!r}.")


def _add_outcome(asked: _Asked) -> Members:
    add_rule(asked.mock, asked.body)
    return {"added": asked.body}


def _add_fault(asked: _Asked) -> Members:
    given = dict(asked.body)
    kind, operations = given.pop("kind", None), given.pop("operations", [])
    if kind not in _FAULTS:
        raise MockUsageError(f"kind={kind!r}: choose one of {', '.join(_FAULTS)}.")
    if not isinstance(operations, list) or not all(isinstance(name, str) for name in operations):
        raise MockUsageError(f"operations={operations!r}: give a list of names, such as SubmitJob.")
    probability = given.get("probability")
    if probability is not None and (
        isinstance(probability, bool) or not isinstance(probability, (int, float))
    ):
        raise MockUsageError(f"probability={probability!r}: give a number above 0 and at most 1.")
    if "processed" in given and (kind != "drop_connection" or not isinstance(given["processed"], bool)):
        raise MockUsageError("processed: give true or false, to drop_connection only.")
    getattr(asked.mock.faults, kind)(*operations, **given)
    return {"added": asked.body}


_FAULTS: Final = ("throttle", "server_error", "drop_connection")


def _clear_faults(asked: _Asked) -> Members:
    asked.mock.faults.clear()
    return {"cleared": True}


def _reset(asked: _Asked) -> Members:
    asked.accounts.mock(asked.account)  # refuses what is no account
    asked.accounts.reset(asked.account)
    return {"reset": asked.account or "all accounts"}


_ROUTES: Final[dict[tuple[str, str], _Verb]] = {
    ("GET", "clock"): _Verb(_clock, (), "virtual time, and who moves it"),
    ("POST", "clock/advance"): _Verb(_advance, ("duration",), "let virtual time pass"),
    ("POST", "clock/run-until-idle"): _Verb(
        _run_until_idle, (), "let time pass until nothing changes by itself"
    ),
    ("GET", "jobs"): _Verb(
        _jobs,
        ("name", "queue", "status", "limit"),
        "the jobs, oldest first; the newest of them if limited",
    ),
    ("GET", "jobs/*"): _Verb(_one_job, (), "one job, child or node, and why it is where it is"),
    ("POST", "outcomes"): _Verb(
        _add_outcome,
        (
            "name",
            "queue",
            "definition",
            "tags",
            "attempt",
            "index",
            "node",
            "container",
            "service",
            "attempts",
        ),
        "say what happens to jobs; the last rule that matches wins",
    ),
    ("POST", "faults"): _Verb(
        _add_fault,
        ("kind", "operations", "times", "probability", "processed"),
        "plan what goes wrong between client and service",
    ),
    ("DELETE", "faults"): _Verb(_clear_faults, (), "forget all faults that are planned"),
    ("POST", "reset"): _Verb(
        _reset, (), "forget all of the account that is named, else of all accounts"
    ),
    **{route: _Verb(*verb) for route, verb in control_verbs.ROUTES.items()},
    **{route: _Verb(*verb) for route, verb in console_data.ROUTES.items()},
}


# --- Views ---------------------------------------------------------------------------------------


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="milliseconds")


def _job(job: JobView) -> Members:
    members: Members = {
        "id": job.id,
        "arn": job.arn,
        "name": job.name,
        "queue": job.queue,
        "definition": job.definition,
        "status": job.status,
        "status_reason": job.status_reason,
        "exit_code": job.exit_code,
        "created_at": _moment(job.created_at),
        "started_at": _moment(job.started_at),
        "stopped_at": _moment(job.stopped_at),
        "history": [{"status": status, "at": _moment(at)} for status, at in job.history],
        "attempts": [_attempt(attempt) for attempt in job.attempts],
        "explanation": job.explain(),
    }
    children = job.children
    if children:
        members["children"] = dict(Counter(child.status for child in children))
    return members


def _attempt(attempt: AttemptView) -> Members:
    return {
        "number": attempt.number,
        "compute_environment": attempt.compute_environment,
        "instance_id": attempt.instance_id,
        "started_at": _moment(attempt.started_at),
        "stopped_at": _moment(attempt.stopped_at),
        "exit_code": attempt.exit_code,
        "reason": attempt.reason,
        "status_reason": attempt.status_reason,
        "log_stream_name": attempt.log_stream_name,
    }
