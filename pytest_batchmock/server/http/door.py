"""The door of the server: which requests come in at all.

It keeps out web pages (those that rebind their name to this machine, and those that just post), and,
where there is a token, strangers from the control API and the console. What is signed, and how, is
looked at in `signatures`.
"""

from __future__ import annotations

import hmac
import ipaddress
import json
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from pytest_batchmock.transports import http
from pytest_batchmock.transports.http import HttpAnswer

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

CONTROL: Final = "/_batchmock/"
HEALTH: Final = f"{CONTROL}health"
TOKEN_HEADER: Final = "X-Batchmock-Token"
_COOKIE: Final = "batchmock_token"
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})

_OF_CONTAINERS: Final = "host.docker.internal"
"""What containers call this machine; no web page can be of that name."""


class Door:
    """Lets requests in, or refuses them.

    Args:
        hosts: Names that a request may ask for besides those of this machine; ``"*"`` for all.
        elsewhere: Whether the server listens for other machines: then addresses and names without a
            dot are good too. A web page can rebind neither to its own name.
        token: What the control API and the console ask for; None for nothing.
    """

    def __init__(
        self, hosts: Iterable[str] = (), *, elsewhere: bool = False, token: str | None = None
    ) -> None:
        self._hosts = frozenset(host.lower() for host in hosts)
        self._elsewhere = elsewhere
        self._token = token

    def refusal(self, environ: WSGIEnvironment) -> HttpAnswer | None:
        """The refusal of a request, or None if it may come in."""
        host = environ.get("HTTP_HOST", "")
        if host and not self._is_known(host):
            return http.refusal(
                403,
                "ForbiddenException",
                f"This server does not answer for the host {host!r}: use 127.0.0.1, or start it with "
                "--allow-host.",
            )
        origin = environ.get("HTTP_ORIGIN", "")
        if origin and urlsplit(origin).netloc != host:
            text = f"Web pages of {origin} may not use this server."
            return http.refusal(403, "ForbiddenException", text)
        return None if self._token is None else self._unless_told(environ, self._token)

    def _is_known(self, host: str) -> bool:
        if "*" in self._hosts:
            return True
        try:
            name = (urlsplit(f"//{host}").hostname or "").lower()
        except ValueError:
            return False
        if (
            name in _LOOPBACK
            or name == _OF_CONTAINERS
            or name.endswith(".localhost")
            or name in self._hosts
        ):
            return True
        return self._elsewhere and ("." not in name or _is_address(name))

    def _unless_told(self, environ: WSGIEnvironment, token: str) -> HttpAnswer | None:
        path = environ.get("PATH_INFO", "")
        if path == HEALTH or not (path == "/" or path.startswith(CONTROL)):
            return None
        if path == "/" and _is_a_call(environ):
            return None
        query = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
        given = next((value for key, value in query if key == "token"), None)
        if given is not None and _equal(given, token):
            rest = urlencode([(key, value) for key, value in query if key != "token"])
            environ["QUERY_STRING"] = rest
            return _with_cookie(path, rest, token) if environ["REQUEST_METHOD"] == "GET" else None
        if any(_equal(value, token) for value in _sent(environ)):
            return None
        text = (
            f"This server asks for a token here: send it in the header {TOKEN_HEADER}, or open its URL "
            "once with ?token=…; 'batchmock serve' has printed it."
        )
        refused = http.refusal(401, "TokenRequired", text)
        # As the control API says what is wrong.
        refused.body = json.dumps({"error": {"type": "TokenRequired", "message": text}}).encode()
        return refused


def _is_a_call(environ: WSGIEnvironment) -> bool:
    """Whether a request for ``/`` is one for a service; all calls of some go there."""
    signed = environ.get("HTTP_AUTHORIZATION", "").startswith("AWS4-")
    return signed or environ["REQUEST_METHOD"] not in ("GET", "HEAD")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _sent(environ: WSGIEnvironment) -> Iterable[str]:
    """The tokens that a request carries."""
    yield environ.get("HTTP_X_BATCHMOCK_TOKEN", "")
    scheme, _, credentials = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() == "bearer":
        yield credentials.strip()
    cookies = SimpleCookie()
    try:
        cookies.load(environ.get("HTTP_COOKIE", ""))
    except CookieError:
        return
    if _COOKIE in cookies:
        yield cookies[_COOKIE].value


def _equal(given: str, token: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), token.encode())


def _with_cookie(path: str, query: str, token: str) -> HttpAnswer:
    """Keep the token in a cookie, and the token out of the address that the browser shows."""
    return HttpAnswer(
        303,
        {
            "Location": path + (f"?{query}" if query else ""),
            "Set-Cookie": f"{_COOKIE}={token}; HttpOnly; SameSite=Strict; Path=/",
            "Cache-Control": "no-store",
        },
        b"",
        f"GET {path} 303",
    )
