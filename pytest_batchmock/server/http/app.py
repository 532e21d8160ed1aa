"""The WSGI application: AWS Batch, the control API and a health check on one port.

It reads a request, guards the door (host, origin, size, number of requests at once) and hands it to
`transports.http` or to `control`. It runs under `listening` and under any other WSGI server.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, quote

from werkzeug.wrappers import Response

from pytest_batchmock import __version__
from pytest_batchmock.mock import BatchMock
from pytest_batchmock.server.accounts import Accounts
from pytest_batchmock.server.console import changes, files
from pytest_batchmock.server.control import api
from pytest_batchmock.server.defaults import DEFAULTS
from pytest_batchmock.server.http.door import HEALTH, Door
from pytest_batchmock.server.http.moto import LARGEST_BODY, OtherServices
from pytest_batchmock.server.http.signatures import Signatures
from pytest_batchmock.transports import http, http_services
from pytest_batchmock.transports.http import HttpAnswer, HttpRequest, NoAnswer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

MOST_AT_ONCE: Final = 64
"""Requests that are worked on at the same time; more get a 503, which clients try again."""

MOST_SILENT: Final = 32
"""Requests at a time that get no answer because a fault says `time_out`; more lose their connection."""

SILENT_SECONDS: Final = 120.0
"""How long such a connection is left open. botocore waits 60 seconds by default."""

SILENCE: Final = "batchmock.silence"
"""In the environment of a request: waits so many seconds, or until the client or the server goes."""

UNREAD: Final = "batchmock.unread"
"""In the environment of a request: whether its body was left unread, so that no other can follow it."""


def create_app(
    mock: BatchMock | None = None,
    *,
    any_host: bool = False,
    token: str | None = None,
    keys: Mapping[str, str] | None = None,
    with_moto: bool = False,
    log: Callable[[str], None] | None = None,
    **options: Any,
) -> Application:
    """Make the WSGI application, e.g. for ``gunicorn 'pytest_batchmock.server:create_app()'``.

    Run it in one process: the state is in its memory.

    Args:
        mock: What it serves; by default a new one with `DEFAULTS` and `options`.
        any_host: Whether requests for other hosts than this machine are answered. Leave it off unless
            something in front of the application checks them: it is what keeps web pages out.
        token: What the control API and the console ask for; None for nothing.
        keys: The secret of each access key; with them, signatures are verified.
        with_moto: Whether moto answers the other services.
        log: Is given a line for each answer.
        options: Fields of `pytest_batchmock.options.Options`, for the new mock.

    Raises:
        MockUsageError: An option is unknown or has a value it cannot have, or moto is not there.
        TypeError: Both a mock and options are given.
    """
    if mock is not None and options:
        raise TypeError(f"create_app: a mock has options already; leave out {', '.join(options)}.")
    mock = mock if mock is not None else BatchMock(**DEFAULTS | options)
    return Application(
        Accounts(mock),
        Door("*" if any_host else (), token=token),
        keys=keys,
        others=OtherServices(mock.options.account_id) if with_moto else None,
        log=log,
    )


class Application:
    """The WSGI application. See `create_app`.

    Args:
        accounts: The mocks that answer.
        door: Which requests come in.
        keys: The secret of each access key; with them, signatures are verified.
        others: Answers the other services.
        log: Is given a line for each answer.
    """

    def __init__(
        self,
        accounts: Accounts,
        door: Door | None = None,
        *,
        keys: Mapping[str, str] | None = None,
        others: OtherServices | None = None,
        log: Callable[[str], None] | None = None,
    ) -> None:
        self.accounts = accounts
        self._door = door or Door()
        self._signatures = Signatures(keys) if keys else None
        self._others = others
        if others is not None:
            accounts.on_reset = others.reset
        self._log = log
        self._room = threading.BoundedSemaphore(MOST_AT_ONCE)
        self._silences = threading.BoundedSemaphore(MOST_SILENT)
        # Not time.sleep: while a mock is active in this process, that may be virtual.
        self._silence = threading.Event().wait
        self._changes = changes.Changes(accounts)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request.

        Raises:
            NoAnswer: A planned fault says so.
        """
        stream = self._stream(environ)
        if stream is not None:
            return stream(environ, start_response)
        try:
            answer = self._answer(environ)
        except NoAnswer as none:
            if none.kind != "connect_timeout":
                self._withhold(none, environ)
                raise
            text = f"{none}; but over HTTP there is a connection before it is known what for."
            answer = http.refusal(501, "NotModelledError", text)
        if self._log is not None:
            self._log(answer.summary)
        body = b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.body
        headers = list(answer.headers.items())
        if "Content-Length" not in answer.headers:
            headers.append(("Content-Length", str(len(answer.body))))
        start_response(_status_line(answer.status), headers)
        return [body]

    def _stream(self, environ: WSGIEnvironment) -> Response | None:
        """The stream of changes, if that is what was asked for. It takes nobody's room."""
        if environ.get("PATH_INFO") != changes.PATH or environ["REQUEST_METHOD"] != "GET":
            return None
        if self._door.refusal(environ) is not None:
            return None
        query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
        return self._changes.response(query.get("account"))

    def _withhold(self, none: NoAnswer, environ: WSGIEnvironment) -> None:
        """Keep a client waiting that a planned fault lets time out: nobody's room is taken for it."""
        if self._log is not None:
            self._log(str(none))
        if none.kind != "read_timeout" or not self._silences.acquire(blocking=False):
            return
        try:
            # Whether the client has gone, only the server beneath can say.
            environ.get(SILENCE, self._silence)(SILENT_SECONDS)
        finally:
            self._silences.release()

    def _answer(self, environ: WSGIEnvironment) -> HttpAnswer:
        environ[UNREAD] = _has_body(environ)
        refused = self._door.refusal(environ)
        if refused is not None:
            return refused
        path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace")
        if path == HEALTH:
            return api.as_json(200, {"status": "ok", "version": __version__})
        asked = HttpRequest(
            method=environ["REQUEST_METHOD"],
            path=path,
            query=parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True),
            headers=_headers(environ),
            body=b"",
        )
        service = None if path.startswith(api.PREFIX) else http_services.service_of(asked)
        goes_on = self._others is not None and service not in http_services.OURS
        try:
            body = _body(environ, LARGEST_BODY if goes_on else http.LARGEST_BODY)
        except _BadBody as bad:
            return http.refusal(bad.status, bad.code, str(bad))
        environ[UNREAD] = False
        request = replace(asked, body=body) if body else asked
        # Only now, so that a client that is slow to send takes nobody's room.
        if not self._room.acquire(blocking=False):
            text = f"{MOST_AT_ONCE} requests are being worked on already."
            refused = http.refusal(503, "ServiceUnavailableException", text)
            refused.headers["Retry-After"] = "1"
            return refused
        try:
            if files.is_asked_for(request):
                return files.answer(request, self.accounts)
            if path.startswith(api.PREFIX):
                return api.answer(request, self.accounts)
            return self._served(environ, request, service)
        finally:
            self._room.release()

    def _served(self, environ: WSGIEnvironment, request: HttpRequest, service: str | None) -> HttpAnswer:
        """The answer of a service."""
        if self._signatures is not None:
            refused = self._signatures.refusal(request, service, _target(environ))
            if refused is not None:
                return refused
        elsewhere = None if self._others is None else partial(self._others.answer, environ)
        return http_services.answer(request, service, self.accounts.world, elsewhere)


def _status_line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Unknown"


def _target(environ: WSGIEnvironment) -> str:
    """Path and query as they were sent, as far as the WSGI server says so."""
    for name in ("REQUEST_URI", "RAW_URI"):
        sent = str(environ.get(name, ""))
        if sent.startswith("/"):
            return sent
    path, query = quote(environ.get("PATH_INFO", "").encode("latin-1")), environ.get("QUERY_STRING", "")
    return f"{path}?{query}" if query else path


def _has_body(environ: WSGIEnvironment) -> bool:
    length = environ.get("CONTENT_LENGTH") or "0"
    return length != "0" or bool(environ.get("wsgi.input_terminated"))


class _BadBody(Exception):
    """A body that cannot be read; what follows it on the connection is lost."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.code = code


def _body(environ: WSGIEnvironment, limit: int) -> bytes:
    """Read the body: all of it, or nothing is done."""
    source = environ["wsgi.input"]
    length = environ.get("CONTENT_LENGTH") or "0"
    terminated = environ.get("wsgi.input_terminated", False)
    if not terminated and not (length.isascii() and length.isdigit()):
        raise _BadBody(400, "SerializationException", f"The Content-Length {length!r} is no number.")
    if not terminated and (len(length) > 12 or int(length) > limit):
        raise _too_large(limit)
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
        raise _too_large(limit)
    if not terminated and len(body) < wanted:
        text = f"The request body ends after {len(body)} of {wanted} bytes."
        raise _BadBody(400, "SerializationException", text)
    return body


def _too_large(limit: int) -> _BadBody:
    error = http.too_large(limit)
    return _BadBody(error.status, error.code, error.message)


def _headers(environ: WSGIEnvironment) -> dict[str, str]:
    headers = {
        name[5:].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    headers["content-type"] = environ.get("CONTENT_TYPE", "")
    return headers
