"""Calls that a planned fault may hit: answered in ``before-send``, so that botocore's own retries run.

Here: a call on its way through botocore's end point, what each of its attempts meets, and the HTTP
response of our own that boto3 and aiobotocore both understand. Not here: when a call goes this way
(`botocore_hook`) and which attempt is hit (`faults`).

On its way, a call has an address of its own below a domain that cannot exist: thereby `before_send`
knows it again, moto (whose handler botocore asks too) does not take it for its own, and whatever goes
wrong, it cannot reach AWS. It is not signed, for a mocked call needs no credentials.

Relied upon, and private to botocore: ``context["auth_type"]``; the members that an end point reads
of a response (``status_code``, ``headers``, ``content``).
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Generator, Mapping
from copy import deepcopy
from typing import Any, Final, Protocol
from urllib.parse import urlsplit, urlunsplit
from weakref import WeakValueDictionary

from pytest_batchmock.errors import BatchError
from pytest_batchmock.transports import rate_limits, virtual_sleep
from pytest_batchmock.transports.active import CallContext
from pytest_batchmock.transports.faults import Fault, FaultPlan
from pytest_batchmock.transports.virtual_sleep import SleepingTarget

_NOWHERE: Final = ".batchmock.invalid"  # RFC 2606: .invalid never resolves
_UNDERWAY: Final = "_batchmock_underway"

_STATUS: Final = {"throttle": 429, "server_error": 500}
_TEXT: Final = {
    "throttle": "Too Many Requests",  # as users of the service see it
    "server_error": "Internal server error",  # inferred
}


class FaultyTarget(SleepingTarget, Protocol):
    """A call target with a plan of faults, and a short way for the calls that programs make most.

    Attributes:
        faults: The plan.
    """

    faults: FaultPlan

    def again(
        self, account: str, region: str, operation: str, body: bytes, answer: dict[str, Any]
    ) -> str | None:
        """Give `answer` the members, and return the request id; None if `call` has to answer it."""

    def faulted(self, operation: str, params: dict[str, Any], fault: Fault) -> str:
        """Note that a fault hit an attempt; the request id."""


class _Underway:
    """One call, from its first attempt to its last. The request's context keeps it alive."""

    __slots__ = ("__weakref__", "context", "operation", "params", "target", "url")

    def __init__(
        self,
        target: FaultyTarget,
        context: CallContext,
        operation: str,
        params: dict[str, Any],
        url: str,
    ) -> None:
        self.target = target
        self.context = context
        self.operation = operation
        self.params = params
        self.url = url

    def attempt(self) -> _Response:
        """Answer one attempt, or let the fault that hits it happen."""
        # The sleep that follows is botocore's back-off: it passes virtually, as a poll's does.
        try:
            fault = self.target.faults.draw(self.operation)
            if fault is None:
                return self._answer()
            if fault.processed:
                self._answer()
            request_id = self.target.faulted(self.operation, deepcopy(self.params), fault)
        finally:
            virtual_sleep.note_call(self.target)
        if fault.kind in _STATUS:
            return _Response.of_error(
                self.url, request_id, fault.error, _TEXT[fault.kind], _STATUS[fault.kind]
            )
        raise _connection_error(fault, self.url)

    def _answer(self) -> _Response:
        params = deepcopy(self.params)  # each attempt arrives as bytes of its own
        try:
            request_id, members = self.target.call(self.context, self.operation, params)
        except BatchError as error:
            text = error.text(error.request_id)
            return _Response.of_error(self.url, error.request_id, error.code, text, error.status)
        return _Response(self.url, 200, request_id, members)


_calls: WeakValueDictionary[str, _Underway] = WeakValueDictionary()
_numbers = itertools.count(1)


def send_on_its_way(
    target: FaultyTarget, context: CallContext, operation: str, params: dict[str, Any], request: Any
) -> None:
    """Prepare a request of botocore, in ``before-call``, so that `before_send` answers its attempts."""
    rate_limits.reach()
    underway = _Underway(target, context, operation, params, request["url"])
    host = f"{next(_numbers)}{_NOWHERE}"
    _calls[host] = underway
    request["context"][_UNDERWAY] = underway
    request["context"]["auth_type"] = "none"
    request["url"] = urlunsplit(urlsplit(underway.url)._replace(scheme="https", netloc=host))


def is_on_its_way(request: Any) -> bool:
    """Whether `send_on_its_way` prepared this request."""
    return _UNDERWAY in request["context"]


def before_send(*, request: Any, **_: Any) -> _Response | None:
    """Answer one attempt of a call that is on its way; botocore's ``before-send``, dormant otherwise."""
    if _NOWHERE not in request.url:
        return None
    underway = _calls.get(urlsplit(request.url).netloc)
    return None if underway is None else underway.attempt()


class _Content(bytes):
    """Bytes that may be awaited: boto3 takes them as they are, aiobotocore awaits them."""

    def __await__(self) -> Generator[Any, None, bytes]:
        return self
        yield  # what makes this a generator


class _Response:
    """An HTTP response as botocore's and aiobotocore's end points read it."""

    def __init__(
        self,
        url: str,
        status_code: int,
        request_id: str,
        members: Mapping[str, Any],
        error_code: str | None = None,
    ) -> None:
        from botocore.awsrequest import HeadersDict

        self.url = url
        self.status_code = status_code
        self.headers = HeadersDict({"x-amzn-requestid": request_id, "content-type": "application/json"})
        if error_code is not None:
            self.headers["x-amzn-errortype"] = error_code
        self.content = _Content(json.dumps(members).encode())

    @classmethod
    def of_error(cls, url: str, request_id: str, code: str, text: str, status: int) -> _Response:
        return cls(url, status, request_id, {"message": text}, error_code=code)


def _connection_error(fault: Fault, url: str) -> Exception:
    """The exception that botocore's HTTP session raises when such a thing happens."""
    from botocore import exceptions

    reason = f"a fault planned with batchmock.faults: {fault.kind}"
    error: Exception = getattr(exceptions, fault.error)(endpoint_url=url, error=reason)
    return error
