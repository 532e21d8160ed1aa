"""The web console: a few files of this package, and the drawn timeline.

What the pages show they ask of the control API. No name in a request ever becomes a path: the files
are those of one table.
"""

from __future__ import annotations

import functools
from importlib.resources import files
from typing import Final

from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.server.accounts import Accounts
from pytest_batchmock.transports.http import HttpAnswer, HttpRequest

_FOLDER: Final = "/_batchmock/console/"
_TIMELINE: Final = f"{_FOLDER}timeline.html"
_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_NAMES: Final = (
    "style.css",
    "parts.css",
    "app.js",
    "api.js",
    "dom.js",
    "overview.js",
    "jobs.js",
    "job.js",
    "array.js",
    "icon.svg",
)
_FILES: Final = {"/": "index.html"} | {f"{_FOLDER}{name}": name for name in _NAMES}
_PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_TIMELINE_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)


def is_asked_for(request: HttpRequest) -> bool:
    """Whether a request is for the console: what is signed or named by AWS is for a service."""
    if request.method not in ("GET", "HEAD"):
        return False
    if request.path == "/":
        sent = (*request.headers, *(name for name, _ in request.query))
        return not any(
            name.lower() == "authorization" or name.lower().startswith("x-amz-") for name in sent
        )
    return request.path in _FILES or request.path == _TIMELINE


def answer(request: HttpRequest, accounts: Accounts) -> HttpAnswer:
    """A file of the console, or the timeline."""
    summary = f"{request.method} {request.path} 200"
    if request.path == _TIMELINE:
        return _timeline(dict(request.query), accounts, summary)
    name = _FILES[request.path]
    kind = _TYPES[name[name.rindex(".") :]]
    return HttpAnswer(200, _headers(kind, _PAGE_POLICY), _content(name), summary)


def _timeline(query: dict[str, str], accounts: Accounts, summary: str) -> HttpAnswer:
    account, theme = query.get("account"), query.get("theme", "auto")
    try:
        if account not in (None, *accounts.names()):
            raise MockUsageError(f"There is no account {account!r}.")
        page = accounts.mock(account).timeline.html(title="Timeline", theme=theme)
    except MockUsageError as error:
        headers = _headers("text/plain; charset=utf-8", _TIMELINE_POLICY)
        return HttpAnswer(400, headers, str(error).encode(), summary.replace("200", "400"))
    return HttpAnswer(200, _headers(_TYPES[".html"], _TIMELINE_POLICY), page.encode(), summary)


def _headers(kind: str, policy: str) -> dict[str, str]:
    return {
        "Content-Type": kind,
        "Content-Security-Policy": policy,
        "Cache-Control": "no-cache",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }


@functools.cache
def _content(name: str) -> bytes:
    return files("pytest_batchmock.server.console").joinpath("static", name).read_bytes()
