"""The HTTP server: werkzeug's threaded one, with keep-alive, limits and an orderly end.

Werkzeug closes every connection after one answer. Clients of AWS keep theirs, so the handler here reads
request after request; it closes whenever it cannot know where the next request begins.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import sys
import threading
import time
import traceback
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from pytest_batchmock import __version__
from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.server.http.app import SILENCE, UNREAD
from pytest_batchmock.transports.http import refusal

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

MOST_CONNECTIONS: Final = 256
"""Each has a thread, idle or not; more get a 503."""

IDLE_SECONDS: Final = 75.0
"""How long a connection may be silent, between requests and within one."""

_EVERYWHERE: Final = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}
"""Addresses to listen at that mean all of them, each with one to send a request to."""

_GRACE_SECONDS: Final = 5.0
_LOOK_SECONDS: Final = 0.1
_STREAM: Final = "text/event-stream"


class Server(ThreadedWSGIServer):
    """Listens from its making on; `start` begins to answer.

    Args:
        app: What answers.
        host: The address to listen at.
        port: The port; 0 for a free one.

    Raises:
        MockUsageError: The address cannot be had.
    """

    allow_reuse_address = True

    def __init__(self, app: WSGIApplication, host: str = "127.0.0.1", port: int = 0) -> None:
        listener = _listener(host, port)
        try:
            super().__init__(host, port, app, handler=_Handler, fd=listener.fileno())
        finally:
            listener.close()  # the server has a duplicate
        self.host, self.port = host, self.server_address[1]
        self.stopping = False
        self._changed = threading.Condition()
        self._connections: set[socket.socket] = set()
        self._busy = 0
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The endpoint URL; of a server that listens at all addresses, one of this machine."""
        host = _EVERYWHERE.get(self.host, self.host)
        host = f"[{host}]" if ":" in host else host
        return f"http://{host}:{self.port}"

    def start(self) -> None:
        """Answer from now on, in threads of its own."""
        self._thread = threading.Thread(
            target=self.serve_forever,
            kwargs={"poll_interval": 0.05},
            name="batchmock-server",
            daemon=True,
        )
        self._thread.start()

    def stop(self) -> None:
        """Take no more connections, let the requests that are being worked on end, and close."""
        if self._thread is None:
            self.server_close()
            return
        self.stopping = True
        self.shutdown()
        self._thread.join()
        self._thread = None
        deadline = time.monotonic() + _GRACE_SECONDS
        with self._changed:
            self._changed.wait_for(lambda: self._busy == 0, _GRACE_SECONDS)
            for connection in self._connections:  # idle ones; their threads wake up and end
                _shut(connection)
            self._changed.wait_for(lambda: not self._connections, max(deadline - time.monotonic(), 0.5))

    # One connection

    def process_request(self, request: Any, client_address: Any) -> None:
        """Give the connection a thread, if there is room for another."""
        with self._changed:
            full = len(self._connections) >= MOST_CONNECTIONS
            if not full:
                self._connections.add(request)
        if full:
            _turn_away(request)
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """The connection has ended."""
        super().shutdown_request(request)
        with self._changed:
            self._connections.discard(request)
            self._changed.notify_all()

    def works(self, more: int) -> None:
        """Count the requests that are being worked on."""
        with self._changed:
            self._busy += more
            self._changed.notify_all()

    def wait(self, seconds: float) -> None:
        """Wait a little, or until something has changed."""
        with self._changed:
            self._changed.wait(seconds)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A handler failed: the connection is lost, the server is not."""
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            traceback.print_exc(file=sys.stderr)


_ERRORS: Final = {
    414: "RequestURITooLongException",
    431: "RequestHeaderFieldsTooLargeException",
    500: "InternalFailure",
    501: "NotImplementedException",
}


class _Handler(WSGIRequestHandler):
    """One connection: request after request, until one side has had enough."""

    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or an answer waits for the client's delayed acknowledgement
    timeout = IDLE_SECONDS

    def run_wsgi(self) -> None:
        """Answer one request, and leave the connection where the next one begins."""
        self.server.works(+1)
        try:
            self._run()
        finally:
            self.server.works(-1)

    def _run(self) -> None:
        if "Transfer-Encoding" in self.headers or len(self.headers.get_all("Content-Length", ())) > 1:
            self.close_connection = True  # where such a body ends, others may see otherwise
        hosts = len(self.headers.get_all("Host", ()))
        if hosts > 1 or (hosts == 0 and self.request_version != "HTTP/1.0"):  # RFC 9112, 3.2
            self.send_error(400, "A request has one Host header.")
            return
        if len({length.strip() for length in self.headers.get_all("Content-Length", ())}) > 1:  # 6.3
            self.send_error(400, "A request has one Content-Length header.")
            return
        encoding = self.headers.get("Transfer-Encoding", "chunked")
        if encoding.strip().lower() != "chunked":
            self.send_error(501, f"The transfer encoding {encoding!r} is not supported; chunked is.")
            return
        begun: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            begun.append((status, headers))
            return _no_write

        try:
            environ = self.make_environ()
        except ValueError as error:
            self.send_error(400, f"The request target is no URL: {error}")
            return
        environ[SILENCE] = self._silence
        try:
            chunks = self.server.app(environ, start_response)
            if begun and dict(begun[-1][1]).get("Content-Type", "").startswith(_STREAM):
                self._send_stream(begun[-1], chunks)
                return
            body = b"".join(chunks)
        except ConnectionError:
            self.close_connection = True  # planned, or the client has gone
            return
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            self.send_error(500, f"A bug of the mock: {type(error).__name__}: {error}")
            return
        status, headers = begun[-1]
        self._send(status, headers, body, unread=environ.get(UNREAD, False))

    def _silence(self, seconds: float) -> None:
        """Say nothing for some time, or until the client has had enough or the server stops."""
        deadline = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self.connection, selectors.EVENT_READ)
            while not self.server.stopping and time.monotonic() < deadline:
                if not selector.select(_LOOK_SECONDS):
                    continue
                if not self.connection.recv(1, socket.MSG_PEEK):
                    return
                self.server.wait(_LOOK_SECONDS)  # it sends more, without the answer

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is no proper HTTP request, as the service answers: in JSON."""
        text = message or explain or HTTPStatus(code).phrase
        answer = refusal(code, _ERRORS.get(code, "BadRequestException"), text)
        headers = [*answer.headers.items(), ("Content-Length", str(len(answer.body)))]
        self._send(f"{code} {HTTPStatus(code).phrase}", headers, answer.body, unread=True)

    def _send(self, status: str, headers: list[tuple[str, str]], body: bytes, *, unread: bool) -> None:
        """Send an answer in one packet; the last one of the connection if the request is not read up."""
        if unread or self.server.stopping:
            self.close_connection = True
        if self.close_connection:
            headers = [*headers, ("Connection", "close")]
        head = [
            f"HTTP/1.1 {status}",
            f"Server: batchmock/{__version__}",
            f"Date: {self.date_time_string()}",
            *(f"{name}: {value}" for name, value in headers),
        ]
        self.wfile.write("\r\n".join([*head, "", ""]).encode("latin-1") + body)
        if unread:
            _drain(self.connection)

    def _send_stream(self, begun: tuple[str, list[tuple[str, str]]], chunks: Iterable[bytes]) -> None:
        """Send what comes as it comes, until either side stops; nobody waits for that end."""
        status, headers = begun
        self.close_connection = True  # there is no length: the end is where the connection ends
        self.server.works(-1)
        try:
            head = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers)]
            self.wfile.write("\r\n".join([*head, "Connection: close", "", ""]).encode("latin-1"))
            for chunk in chunks:
                if self.server.stopping:
                    break
                if chunk:
                    self.wfile.write(chunk)
        finally:
            self.server.works(+1)
            close = getattr(chunks, "close", None)
            if close is not None:
                close()

    def log(self, type: str, message: str, *args: Any) -> None:
        """Nothing: the application logs, which knows what was asked."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing, likewise."""


def _no_write(data: bytes) -> None:
    raise NotImplementedError("The application answers with bytes, and never by write().")


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(MOST_CONNECTIONS)
    except OSError as error:
        listener.close()
        raise MockUsageError(
            f"Cannot listen at {host}, port {port}: {error.strerror or error}. Port 0 takes a free one."
        ) from error
    return listener


def _turn_away(connection: socket.socket) -> None:
    answer = refusal(503, "ServiceUnavailableException", "There are too many connections.")
    headers = answer.headers | {"Content-Length": str(len(answer.body)), "Connection": "close"}
    lines = [
        "HTTP/1.1 503 Service Unavailable",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    try:
        connection.settimeout(1)
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + answer.body)
        _drain(connection)
    except OSError:
        pass  # it has gone by itself


def _drain(connection: socket.socket) -> None:
    """Read for a moment: to close on unread bytes would make the client lose the answer."""
    try:
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(0.2)
        for _ in range(64):
            if not connection.recv(1 << 16):
                return
    except OSError:
        return


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
