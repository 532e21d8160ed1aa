"""A client of the control API, by the standard library alone."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from typing import Any, Final
from urllib.parse import urlencode

_TIMEOUT_SECONDS: Final = 60

Members = dict[str, Any]


class Refused(Exception):
    """The server refuses, or there is none; the text says what to do.

    Attributes:
        kind: What the control API calls it; "" if that was not reached.
        status: The HTTP status; 0 if no server has answered.
    """

    def __init__(self, text: str, kind: str = "", status: int = 0) -> None:
        super().__init__(text)
        self.kind = kind
        self.status = status


class ControlClient:
    """Speaks to the control API of a running server.

    Args:
        endpoint: The URL of the server; its token, if it asks for one, is in ``BATCHMOCK_TOKEN``.
        account: Whose mock is meant; None for the server's own.
    """

    def __init__(self, endpoint: str, account: str | None = None) -> None:
        self._base = endpoint.rstrip("/") + "/_batchmock/v1/"
        self._account = account
        self._token = os.environ.get("BATCHMOCK_TOKEN")

    def get(self, path: str, **query: Any) -> Members:
        """Ask.

        Raises:
            Refused: The server refuses, or there is none.
        """
        return self._send("GET", path, None, query)

    def post(self, path: str, **members: Any) -> Members:
        """Say.

        Raises:
            Refused: The server refuses, or there is none.
        """
        return self._send("POST", path, members, {})

    def delete(self, path: str) -> Members:
        """Take back.

        Raises:
            Refused: The server refuses, or there is none.
        """
        return self._send("DELETE", path, None, {})

    def _send(self, method: str, path: str, members: Members | None, query: Members) -> Members:
        named = {**query, "account": self._account}
        text = urlencode({name: value for name, value in named.items() if value is not None})
        url = self._base + path + (f"?{text}" if text else "")
        if not url.startswith(("http://", "https://")):
            raise Refused(f"{url}: an endpoint begins with http://.")
        body = None if members is None else json.dumps(members).encode()
        headers = {"Content-Type": "application/json"}
        if self._token is not None:
            headers["X-Batchmock-Token"] = self._token
        request = urllib.request.Request(url, body, headers, method=method)
        # No proxy: the server is on this machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=_TIMEOUT_SECONDS) as response:
                return _members(response.read(), url)
        except urllib.error.HTTPError as error:
            with error:
                answer = _members(error.read(), url)
            said = answer.get("error")
            if not isinstance(said, dict) and _is_ours(error):  # said at the door, before any verb
                raise Refused(str(answer.get("message")), status=error.code) from None
            if not isinstance(said, dict):
                raise Refused(f"{url} is no batchmock server: it answers with {error.code}.") from None
            raise Refused(str(said.get("message")), str(said.get("type")), error.code) from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            host = url.partition("/_batchmock")[0]
            raise Refused(f"No server answers at {host}: {reason}. Start one: batchmock serve") from None


def _is_ours(error: urllib.error.HTTPError) -> bool:
    return error.headers.get("Server", "").startswith("batchmock/")


def _members(body: bytes, url: str) -> Members:
    try:
        members = json.loads(body)
    except ValueError:
        members = None
    if not isinstance(members, dict):
        raise Refused(f"{url} is no batchmock server: its answer is no JSON object.")
    return members
