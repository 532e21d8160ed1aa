"""Reads a request of the control API and finds its verb.

Every request may name an ``account`` in its query; without one it is about the server's own. What a
request got wrong is answered as ``{"error": {"type": …, "message": …}}``. Additions keep the version;
what changes the meaning of a request gets a new one.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Iterator
from contextlib import suppress
from typing import Final
from urllib.parse import unquote

from pytest_batchmock.errors import BatchError, MockUsageError
from pytest_batchmock.server.accounts import Accounts
from pytest_batchmock.server.asked import Asked, Members, NoSuchThing, Routes
from pytest_batchmock.server.console import changes, job, pages
from pytest_batchmock.server.control import capacity, clock, history, jobs, planning, resources
from pytest_batchmock.transports.http import HttpAnswer, HttpRequest, unpacked

PREFIX: Final = "/_batchmock/"
VERSION: Final = f"{PREFIX}v1/"

ROUTES: Final[Routes] = {
    **clock.ROUTES,
    **jobs.ROUTES,
    **history.ROUTES,
    **planning.ROUTES,
    **capacity.ROUTES,
    **resources.ROUTES,
    **pages.ROUTES,
    **job.ROUTES,
}
"""All verbs there are."""


def listed() -> Iterator[tuple[str, str, tuple[str, ...], str]]:
    """Method, path, what it takes and what it does, of all verbs and of the stream beside them."""
    for (method, path), verb in ROUTES.items():
        yield method, VERSION + path.replace("*", "{id}"), verb.takes, verb.text
    yield "GET", changes.PATH, (), changes.TEXT


def answer(request: HttpRequest, accounts: Accounts) -> HttpAnswer:
    """Answer one request of the control API."""
    asked = f"{request.method} {request.path}"
    try:
        given = _answer(request, accounts)
    except BatchError as error:
        given = _error(error.status, error.code, str(error))
    except NoSuchThing as error:
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
    verb = ROUTES.get((request.method, route))
    if verb is None:
        methods = ", ".join(method for method, known in ROUTES if known == route)
        if not methods:
            raise NoSuchThing(f"There is no {request.path}; GET {VERSION} lists what there is.")
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
    given = Asked(accounts, account, query, body, rest)
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
    verb = ROUTES.get((method, route))
    if verb is None:
        raise AssertionError(f"There is no {method} {path} in this version.")
    with suppress(MockUsageError, BatchError):
        verb.handle(Asked(accounts, account, query, body, rest))


def _route(path: str) -> tuple[str, str]:
    """The route of a path, and what stands for its star."""
    path = path.removeprefix(VERSION) if path.startswith(VERSION) else ""
    head, slash, rest = path.partition("/")
    star = f"{head}/*"
    if slash and any(known == star for _, known in ROUTES):
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


def _index(accounts: Accounts) -> Members:
    return {
        "version": 1,
        "accounts": accounts.names(),
        "routes": [
            {"method": method, "path": path, "takes": ["account", *takes], "what": text}
            for method, path, takes, text in listed()
        ],
    }
