"""The WSGI application: AWS Batch, the control API and a health check on one port.

It reads a request, guards the door (host, origin, size, number of requests at once) and hands it to
`transports.http` or to `control`. It runs under `listening` and under any other WSGI server.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlsplit

from werkzeug.wrappers import Response

from pytest_batchmock import __version__
from pytest_batchmock.mock import BatchMock
from pytest_batchmock.server import control
from pytest_batchmock.server.accounts import Accounts
from pytest_batchmock.server.defaults import DEFAULTS
from pytest_batchmock.transports import http, http_services
from pytest_batchmock.transports.http import HttpAnswer, HttpRequest

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

MOST_AT_ONCE: Final = 64
"""Requests that are worked on at the same time; more get a 503, which clients try again."""

HEALTH: Final = "/_batchmock/health"
UNREAD: Final = "batchmock.unread"
"""In the environment of a request: whether its body was left unread, so that no other can follow it."""

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def create_app(
    mock: BatchMock | None = None,
    *,
    any_host: bool = False,
    log: Callable[[str], None] | None = None,
    **options: Any,
) -> Application:
    """Make the WSGI application, e.g. for ``gunicorn 'pytest_batchmock.server:create_app()'``.

    Run it in one process: the state is in its memory.

    Args:
        mock: What it serves; by default a new one with `DEFAULTS` and `options`.
        any_host: Whether requests for other hosts than this machine are answered. Leave it off unless
            something in front of the application checks them: it is what keeps web pages out.
        log: Is given a line for each answer.
        options: Fields of `pytest_batchmock.options.Options`, for the new mock.

    Raises:
        MockUsageError: An option is unknown or has a value it cannot have.
        TypeError: Both a mock and options are given.
    """
    if mock is not None and options:
        raise TypeError(f"create_app: a mock has options already; leave out {', '.join(options)}.")
    return Application(
        Accounts(mock if mock is not None else BatchMock(**DEFAULTS | options)), any_host, log
    )


class Application:
    """The WSGI application. See `create_app`."""

    def __init__(
        self, accounts: Accounts, any_host: bool = False, log: Callable[[str], None] | None = None
    ) -> None:
        self.accounts = accounts
        self._any_host = any_host
        self._log = log
        self._room = threading.BoundedSemaphore(MOST_AT_ONCE)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request.

        Raises:
            ConnectionDropped: A planned fault says so.
        """
        answer = self._answer(environ)
        if self._log is not None:
            self._log(answer.summary)
        return Response(answer.body, answer.status, answer.headers)(environ, start_response)

    def _answer(self, environ: WSGIEnvironment) -> HttpAnswer:
        environ[UNREAD] = _has_body(environ)
        refused = self._guard(environ)
        if refused is not None:
            return refused
        path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace")
        if path == HEALTH:
            return control.as_json(200, {"status": "ok", "version": __version__})
        try:
            body = _body(environ)
        except _BadBody as bad:
            return http.refusal(bad.status, bad.code, str(bad))
        environ[UNREAD] = False
        request = HttpRequest(
            method=environ["REQUEST_METHOD"],
            path=path,
            query=parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True),
            headers=_headers(environ),
            body=body,
        )
        # Only now, so that a client that is slow to send takes nobody's room.
        if not self._room.acquire(blocking=False):
            text = f"{MOST_AT_ONCE} requests are being worked on already."
            refused = http.refusal(503, "ServiceUnavailableException", text)
            refused.headers["Retry-After"] = "1"
            return refused
        try:
            if path.startswith(control.PREFIX):
                return control.answer(request, self.accounts)
            return http_services.answer(request, self.accounts.world)
        finally:
            self._room.release()

    def _guard(self, environ: WSGIEnvironment) -> HttpAnswer | None:
        """Keep web pages out: those that rebind their name to this machine, and those that just post."""
        host = environ.get("HTTP_HOST", "")
        if host and not self._any_host and not _is_loopback(host):
            return http.refusal(
                403,
                "ForbiddenException",
                f"This server answers for this machine only, not for the host {host!r}: use 127.0.0.1.",
            )
        origin = environ.get("HTTP_ORIGIN", "")
        if origin and urlsplit(origin).netloc != host:
            text = f"Web pages of {origin} may not use this server."
            return http.refusal(403, "ForbiddenException", text)
        return None


def _is_loopback(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name in _LOOPBACK or name.endswith(".localhost")


def _has_body(environ: WSGIEnvironment) -> bool:
    length = environ.get("CONTENT_LENGTH") or "0"
    return length != "0" or bool(environ.get("wsgi.input_terminated"))


class _BadBody(Exception):
    """A body that cannot be read; what follows it on the connection is lost."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.code = code


def _body(environ: WSGIEnvironment) -> bytes:
    """Read the body: all of it, or nothing is done."""
    source, limit = environ["wsgi.input"], http.LARGEST_BODY
    length = environ.get("CONTENT_LENGTH") or "0"
    terminated = environ.get("wsgi.input_terminated", False)
    if not terminated and not (length.isascii() and length.isdigit()):
        raise _BadBody(400, "SerializationException", f"The Content-Length {length!r} is no number.")
    if not terminated and (len(length) > 12 or int(length) > limit):
        raise _too_large()
    wanted = limit + 1 if terminated else int(length)
    try:
        body: bytes = source.read(wanted) if wanted else b""
    except TimeoutError as error:
        raise _BadBody(408, "RequestTimeoutException", "The request body did not arrive.") from error
    except OSError as error:
        raise _BadBody(
            400, "SerializationException", f"The request body cannot be read: {error}"
        ) from error
    if terminated and len(body) > limit:
        raise _too_large()
    if not terminated and len(body) < wanted:
        text = f"The request body ends after {len(body)} of {wanted} bytes."
        raise _BadBody(400, "SerializationException", text)
    return body


def _too_large() -> _BadBody:
    error = http.too_large()
    return _BadBody(error.status, error.code, error.message)


def _headers(environ: WSGIEnvironment) -> dict[str, str]:
    headers = {
        name[5:].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    headers["content-type"] = environ.get("CONTENT_TYPE", "")
    return headers
