"""The log of a swarm's task: followed from its node through the manager, each line passed on once.

A stream of the Engine API that follows a task does not end with it, and it may break off. So a
stream is read from the task's first line on whenever it is opened, and what was passed on already is
passed over; when the task has ended, what the follower has not seen is fetched by itself.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any, Final

from pytest_batchmock.runners.docker.lines import cut, text_of
from pytest_batchmock.runners.protocol import Write

_HEADER: Final = 8
_BETWEEN_TRIES_SECONDS: Final = 0.2
_LAST_WORDS_SECONDS: Final = 1.0
_ANSWER_SECONDS: Final = 5.0
_BOTH: Final = {"stdout": 1, "stderr": 1}


class Lines:
    """Cuts the two streams of a container into lines, and passes over those it has cut before."""

    def __init__(self) -> None:
        self._passed = {1: 0, 2: 0}
        self.begin()

    def begin(self) -> None:
        """The streams are read from their beginning again."""
        self._data = b""
        self._rest = {1: b"", 2: b""}
        self._seen = {1: 0, 2: 0}

    def feed(self, data: bytes) -> Iterator[str]:
        """The lines that some more bytes bring which were not there before."""
        data, at = self._data + data, 0
        while len(data) >= at + _HEADER:
            begin = at + _HEADER
            end = begin + int.from_bytes(data[at + 4 : begin], "big")
            if len(data) < end:
                break
            stream, at = data[at], end
            yield from self._cut(stream, data[begin:end])
        self._data = data[at:]

    def end(self) -> Iterator[str]:
        """What is left at the end, without a line's end."""
        for stream, rest in self._rest.items():
            if rest:
                yield from self._once(stream, rest)
        self.begin()

    def _cut(self, stream: int, frame: bytes) -> Iterator[str]:
        whole, self._rest[stream] = cut(self._rest.get(stream, b"") + frame)
        for line in whole:
            yield from self._once(stream, line)

    def _once(self, stream: int, line: bytes) -> Iterator[str]:
        self._seen[stream] = self._seen.get(stream, 0) + 1
        if self._seen[stream] > self._passed.get(stream, 0):
            self._passed[stream] = self._seen[stream]
            yield text_of(line)


class TaskLog:
    """Passes the log of one task on.

    Args:
        api: The SDK's client.
        task: The id of the task.
        write: Takes the lines.
    """

    def __init__(self, api: Any, task: str, write: Write) -> None:
        self._api = api
        self._path = api._url("/tasks/{0}/logs", task)
        self._write = write
        self._lines = Lines()
        self._is_over = threading.Event()
        self._spoke = threading.Event()
        self._closing = threading.Lock()
        self._open: socket.socket | None = None
        self._thread = threading.Thread(target=self._follow, name=f"batchmock-log-{task}", daemon=True)
        self._thread.start()

    def finish(self) -> None:
        """The task has ended: pass on what is left."""
        rest = self._fetch()
        while rest is None:  # the task is being removed: its follower still hears its last words
            self._spoke.clear()
            if not self._spoke.wait(_LAST_WORDS_SECONDS):
                break
        self._is_over.set()
        with self._closing, contextlib.suppress(OSError):
            if self._open is not None:
                self._open.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        if rest is not None:
            self._lines.begin()
            self._pass_on(rest)
        for line in self._lines.end():
            self._write(line)

    def _pass_on(self, data: bytes) -> None:
        for line in self._lines.feed(data):
            self._write(line)

    def _fetch(self) -> bytes | None:
        """The whole log; None if nobody has it any more."""
        import requests.exceptions

        with contextlib.suppress(requests.exceptions.RequestException):
            response = self._api._get(self._path, params=_BOTH)
            if response.ok:
                return bytes(response.content)
        return None

    def _follow(self) -> None:
        while not self._is_over.is_set():
            with contextlib.suppress(Exception):  # it broke off, or was shut: what is left is fetched
                self._read_along()
            self._is_over.wait(_BETWEEN_TRIES_SECONDS)

    def _read_along(self) -> None:
        parameters = _BOTH | {"follow": 1}
        response = self._api._get(self._path, params=parameters, stream=True, timeout=_ANSWER_SECONDS)
        with contextlib.closing(response):
            response.raise_for_status()
            connection = self._api._get_raw_response_socket(response)
            connection = getattr(connection, "_sock", connection)
            connection.settimeout(None)  # a job may be silent for hours
            with self._closing:
                self._open = connection
                if self._is_over.is_set():
                    return
            try:
                self._lines.begin()
                for data in response.iter_content(chunk_size=None):
                    self._spoke.set()
                    self._pass_on(data)
            finally:
                with self._closing:
                    self._open = None
