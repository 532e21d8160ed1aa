"""AWS Batch for programs that call its API with `requests`, in-process. Needs the extra ``requests``.

Here: an instance of `responses` of our own, whose callbacks hand what is sent to the hosts of Batch and
of CloudWatch Logs to the dispatcher that answers HTTP. botocore never comes this way: it has urllib3.

Nobody's mock is undone. What is not ours goes on to whatever was there when ours was put in place: the
network, or a `responses` mock that is older. A `responses` mock that is younger is asked first; if ours
is to go before it, ours stays in its place and answers nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import parse_qsl, urlsplit

from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.transports import http_services, virtual_sleep
from pytest_batchmock.transports.http import HOSTS, HttpRequest, NoAnswer
from pytest_batchmock.transports.virtual_sleep import SleepingTarget

if TYPE_CHECKING:
    from requests import PreparedRequest

_METHODS: Final = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
_URLS: Final = re.compile(rf"https?://{HOSTS.pattern}(:\d+)?/")
_EVERYTHING: Final = re.compile(".*")


def install(target: Callable[[], Any]) -> Callable[[], None]:
    """Answer from now on.

    Args:
        target: Gives what answers the calls.

    Returns:
        What undoes it.

    Raises:
        MockUsageError: The extra is missing.
    """
    try:
        import responses
        from requests.adapters import HTTPAdapter
    except ImportError as error:
        raise MockUsageError(
            f"Answering requests needs responses: pip install 'pytest-batchmock[requests]' ({error})"
        ) from error
    ours = responses.RequestsMock(
        assert_all_requests_are_fired=False, real_adapter_send=cast(Any, HTTPAdapter.send)
    )

    def answer(request: PreparedRequest) -> Any:
        return _answer(request, target())

    for method in _METHODS:
        ours.add(responses.CallbackResponse(method, _URLS, callback=answer, content_type=None))
    # What passes is looked at before the callbacks, so it is named by what it is not.
    ours.add_passthru(re.compile(rf"(?!{_URLS.pattern})"))
    ours.start()
    placed = HTTPAdapter.send

    def undo() -> None:
        if HTTPAdapter.send is placed:
            ours.stop(allow_assert=False)
        else:
            ours.reset()
            ours.add_passthru(_EVERYTHING)

    return undo


def _answer(request: PreparedRequest, target: Any) -> Any:
    """The status, headers and body of an answer, or an exception to raise."""
    import requests

    virtual_sleep.measure_wait(cast(SleepingTarget, target))
    asked = _as_http(request)
    try:
        given = http_services.answer(asked, http_services.service_of(asked), lambda _: target)
    except NoAnswer as none:
        met = {
            "read_timeout": requests.exceptions.ReadTimeout,
            "connect_timeout": requests.exceptions.ConnectTimeout,
        }
        return met.get(none.kind, requests.exceptions.ConnectionError)(str(none), request=request)
    finally:
        virtual_sleep.note_call(cast(SleepingTarget, target))
    return given.status, given.headers, given.body


def _as_http(request: PreparedRequest) -> HttpRequest:
    parts = urlsplit(str(request.url))
    headers = {name.lower(): _text(value) for name, value in request.headers.items()}
    headers.setdefault("host", parts.netloc)
    headers.pop("accept-encoding", None)  # nothing travels, so nothing is packed
    body: Any = request.body or b""
    if not isinstance(body, (bytes, str)):
        body = body.read() if hasattr(body, "read") else b"".join(body)
    return HttpRequest(
        method=str(request.method),
        path=parts.path or "/",
        query=parse_qsl(parts.query, keep_blank_values=True),
        headers=headers,
        body=body.encode() if isinstance(body, str) else body,
    )


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
