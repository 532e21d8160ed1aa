"""A stream of server-sent events that says when something has changed, for pages that show it.

Each stream holds a connection, and with it a thread, for as long as somebody looks; so there are only
a few, and who gets none asks again and again instead. A stream tells that something changed, not what.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Final

from werkzeug.wrappers import Response

from pytest_batchmock.errors import BatchError, MockUsageError
from pytest_batchmock.server.accounts import Accounts

PATH: Final = "/_batchmock/v1/changes"

TEXT: Final = "a stream of server-sent events: the time, and that something has changed"
"""A line for the index."""

MOST_STREAMS: Final = 16
"""Streams at a time: a sixteenth of the connections that `listening` allows."""

LOOK_SECONDS: Final = 0.5
_TELL_SECONDS: Final = 2.0
"""A reader that has gone is noticed by writing to it."""


class Changes:
    """Hands out the streams.

    Args:
        accounts: Whose changes.
        wait: Waits some seconds of real time.
    """

    def __init__(self, accounts: Accounts, wait: Callable[[float], object] | None = None) -> None:
        self._accounts = accounts
        self._room = threading.BoundedSemaphore(MOST_STREAMS)
        # Not time.sleep: while a mock is active in this process, that may be virtual.
        self._wait = threading.Event().wait if wait is None else wait

    def response(self, account: str | None) -> Response:
        """A stream of one account, or the reason why there is none."""
        if account not in (None, *self._accounts.names()):
            return _refused(404, f"There is no account {account!r}.")
        if not self._room.acquire(blocking=False):
            text = f"{MOST_STREAMS} streams are open already; ask for what you want to see instead."
            return _refused(503, text)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return Response(
            _Stream(self._events(account), self._room.release),
            200,
            headers,
            content_type="text/event-stream; charset=utf-8",
        )

    def _events(self, account: str | None) -> Iterator[bytes]:
        told, told_at = "", 0.0
        while True:
            event = self._event(account)
            now = time.monotonic()
            if event != told or now - told_at >= _TELL_SECONDS:
                told, told_at = event, now
                yield f"data: {event}\n\n".encode()
            else:
                yield b""
            self._wait(LOOK_SECONDS)

    def _event(self, account: str | None) -> str:
        try:
            world = self._accounts.world(account)
            with world.gate() as engine:
                resources = sum(region.version for region in engine.regions.values())
                # A reset makes another world, whose counts begin anew.
                version = f"{id(world):x}.{engine.changes}.{resources}"
                return json.dumps({"now_ms": engine.now_ms, "version": version})
        except (BatchError, MockUsageError) as error:
            return json.dumps({"error": str(error)})


class _Stream:
    """The events, and what to do when nobody reads them any more, even if nobody ever did."""

    def __init__(self, events: Iterator[bytes], release: Callable[[], object]) -> None:
        self._events = events
        self._release: Callable[[], object] | None = release

    def __iter__(self) -> Iterator[bytes]:
        return self._events

    def close(self) -> None:
        release, self._release = self._release, None
        if release is not None:
            release()


def _refused(status: int, text: str) -> Response:
    error = {"error": {"type": "NotFound" if status == 404 else "ServiceUnavailable", "message": text}}
    return Response(json.dumps(error), status, content_type="application/json")
