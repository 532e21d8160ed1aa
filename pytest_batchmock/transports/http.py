"""AWS Batch over HTTP: one request in, one answer out, as the service speaks on the wire.

Here: paths, the scope of a signature, gzip, JSON and the headers of answers and errors. Not here:
sockets and WSGI (`server`); whoever serves HTTP makes an `HttpRequest` and sends the `HttpAnswer`.
No exception of the mock leaves `answer`, except `NoAnswer`, which is planned.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
import traceback
import uuid
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, NoReturn

from pytest_batchmock.api import model, shapes
from pytest_batchmock.errors import BatchError, MockUsageError, NotModelledError, StalledError
from pytest_batchmock.transports.active import CallContext
from pytest_batchmock.transports.botocore_faults import FaultyTarget
from pytest_batchmock.transports.faults import Fault, FaultKind

LARGEST_BODY: Final = 1 << 20
"""Bytes of a request's body, packed or not. No request that the service takes comes near."""

_WORTH_PACKING: Final = 4096
_METHODS: Final = ("GET", "POST", "PUT", "DELETE", "PATCH")
_CREDENTIAL: Final = re.compile(
    r"Credential=(?P<key>[^/,\s]+)/\d{8}/(?:(?P<region>[^/,\s]*)/)?(?P<service>[^/,\s]*)/aws4_request"
)
HOSTS: Final = re.compile(
    r"(?:fips\.)?(?P<service>batch|logs)(?:-fips)?\.(?P<region>[a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|api\.aws)"
)
"""The hosts of the services that are answered here."""

_REGION: Final = re.compile(r"[a-z]{2,}(-[a-z]+)+-\d+", re.ASCII)
_FAULT_STATUS: Final[dict[FaultKind, int]] = {"throttle": 429, "server_error": 500}
_FAULT_TEXT: Final[dict[FaultKind, str]] = {
    "throttle": "Too Many Requests",
    "server_error": "Internal server error",
}


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request.

    Attributes:
        method: In capitals.
        path: Without the query; encoded or decoded (see `model.route`).
        query: The decoded pairs of the query.
        headers: By their names in lower case.
        body: As it was sent, without the transfer encoding.
    """

    method: str
    path: str
    query: Sequence[tuple[str, str]]
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class HttpAnswer:
    """One answer. Whoever sends it adds the length.

    Attributes:
        status: The HTTP status.
        headers: All but Content-Length.
        body: The bytes, packed if a header says so.
        summary: What was asked and what came of it, for a log.
    """

    status: int
    headers: dict[str, str]
    body: bytes
    summary: str = field(default="")


Targets = Callable[[str | None], FaultyTarget]
"""Gives what answers the calls of an account; None is a caller whose access key names none."""


class Scope(NamedTuple):
    """What the signature of a request says of the caller; the signature itself is not verified.

    Attributes:
        account: The access key, where it has 12 digits.
        region: The region.
        service: The name the request was signed for, such as ``batch``.
    """

    account: str | None = None
    region: str | None = None
    service: str | None = None


class NoAnswer(ConnectionError):
    """A planned fault: the client gets no answer.

    Attributes:
        kind: What it meets instead; see `Fault.kind`.
    """

    def __init__(self, kind: FaultKind, operation: str) -> None:
        super().__init__(f"a planned fault ({kind}): {operation} gets no answer")
        self.kind = kind


def scope_of(request: HttpRequest) -> Scope:
    """Read the credential scope of a SigV4 header or of a presigned query, or else the host."""
    text = request.headers.get("authorization", "")
    if not text:
        text = next(
            (f"Credential={value}" for key, value in request.query if key == "X-Amz-Credential"), ""
        )
    found = _CREDENTIAL.search(text)
    if found is None:
        asked = HOSTS.match(request.headers.get("host", ""))
        return Scope() if asked is None else Scope(None, asked["region"], asked["service"])
    key, region = found["key"], found["region"] or request.headers.get("x-amz-region-set", "")
    return Scope(
        account=key if len(key) == 12 and key.isascii() and key.isdigit() else None,
        region=region if _REGION.fullmatch(region) else None,
        service=found["service"],
    )


def answer(request: HttpRequest, target_of: Targets) -> HttpAnswer:
    """Answer one request.

    Args:
        request: The request.
        target_of: Gives what answers the calls of an account.

    Raises:
        NoAnswer: A planned fault says so.
    """

    def work(note: Note) -> Reply:
        scope = scope_of(request)
        note.asked, path_params = _route(request)
        return _operate(request, note.asked, path_params, scope, target_of)

    return guarded(request, work, REST_JSON)


def guarded(request: HttpRequest, work: Callable[[Note], Reply], wire: Wire) -> HttpAnswer:
    """Do the work of a request, and say what went wrong as the protocol `wire` says it.

    Raises:
        NoAnswer: A planned fault says so.
    """
    note, headers = Note(f"{request.method} {request.path}"), {}
    try:
        reply = work(note)
    except Refused as refused:
        headers = refused.headers
        reply = refused.reply
    except BatchError as error:
        reply = Reply.of_error(error.status, error.code, error.text(error.request_id), error.request_id)
    except NotModelledError as error:
        reply = _of_mistake("NotModelledError", error)
    except MockUsageError as error:
        reply = _of_mistake("MockUsageError", error)
    except StalledError as error:
        reply = _of_mistake("StalledError", error)
    except NoAnswer:
        raise
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        text = f"The mock itself failed, which is a bug of it: {type(error).__name__}: {error}"
        reply = Reply.of_error(500, "InternalFailure", text)
    return reply.packed(request, note.asked, headers, wire)


def refusal(status: int, code: str, text: str) -> HttpAnswer:
    """An answer to a request that came to nothing before it could be read as a call."""
    nobody = HttpRequest("", "", (), {}, b"")
    answered = Reply.of_error(status, code, text).packed(nobody, "", {})
    answered.summary = answered.summary.strip()
    return answered


def unpacked(request: HttpRequest) -> bytes:
    """The body without its content encoding.

    Raises:
        BatchError: It is no gzip, too large, or of another encoding.
    """
    encoding = request.headers.get("content-encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return request.body
    if encoding not in ("gzip", "x-gzip"):
        raise BatchError(
            f"The content encoding {encoding!r} is not supported; gzip is.",
            code="UnsupportedMediaTypeException",
            status=415,
        )
    unpacker = zlib.decompressobj(wbits=31)
    try:
        # What is unpacked is bounded, or a few bytes could fill the memory.
        body = unpacker.decompress(request.body, LARGEST_BODY + 1)
    except zlib.error as error:
        raise BatchError(
            f"The request body is no gzip: {error}", code="SerializationException"
        ) from error
    if len(body) > LARGEST_BODY:
        raise too_large()
    if not unpacker.eof:
        raise BatchError("The request body ends amid its gzip data.", code="SerializationException")
    return body


def too_large(limit: int = LARGEST_BODY) -> BatchError:
    """The refusal of a body above a limit."""
    return BatchError(
        f"The request body is larger than {limit} bytes.",
        code="RequestEntityTooLargeException",
        status=413,
    )


# --- One call ------------------------------------------------------------------------------------


def _route(request: HttpRequest) -> tuple[str, dict[str, str]]:
    found = model.route(request.method, request.path)
    if found is not None:
        return found
    allowed = [method for method in _METHODS if model.route(method, request.path) is not None]
    if allowed:
        raise Refused(
            405,
            "MethodNotAllowedException",
            f"{request.path} takes {', '.join(allowed)}, not {request.method}.",
            {"Allow": ", ".join(allowed)},
        )
    raise Refused(
        404,
        "UnknownOperationException",
        f"AWS Batch has no operation at {request.method} {request.path}.",
    )


def _operate(
    request: HttpRequest,
    operation: str,
    path_params: dict[str, str],
    scope: Scope,
    target_of: Targets,
) -> Reply:
    body = unpacked(request)
    params = shapes.drop_nulls(model.wire_params(operation, path_params, request.query, body))
    target = target_of(scope.account)
    context = CallContext(
        scope.account or target.options.account_id,
        scope.region or target.options.region,
        validated=False,
        # What identifies the question; a path's value is not in the body.
        body=None if path_params else body,
    )
    if target.faults.armed:
        fault = target.faults.draw(operation)
        if fault is not None:
            _meet(fault, target, context, operation, params)
    request_id, members = target.call(context, operation, params)
    return Reply(200, request_id, members)


def _meet(
    fault: Fault, target: FaultyTarget, context: CallContext, operation: str, params: dict[str, Any]
) -> NoReturn:
    """Let a planned fault happen to this attempt of a call."""
    if fault.processed:
        target.call(context, operation, params)
    request_id = target.faulted(operation, params, fault)
    if fault.kind not in _FAULT_STATUS:
        raise NoAnswer(fault.kind, operation)
    error = BatchError(_FAULT_TEXT[fault.kind], code=fault.error, status=_FAULT_STATUS[fault.kind])
    error.request_id = request_id
    raise error


# --- Answers -------------------------------------------------------------------------------------


class Wire(NamedTuple):
    """How a protocol of AWS looks on the wire.

    Attributes:
        content_type: Of its answers.
        error_member: The member of an error's body that names its code; None for a header.
    """

    content_type: str
    error_member: str | None


REST_JSON: Final = Wire("application/json", None)
"""What AWS Batch speaks."""


@dataclass(slots=True)
class Note:
    """What a log says of a request.

    Attributes:
        asked: The operation, once it is known; method and path before.
    """

    asked: str


class Reply(NamedTuple):
    """An answer before it is packed."""

    status: int
    request_id: str
    members: Mapping[str, Any]
    error_code: str | None = None

    @classmethod
    def of_error(cls, status: int, code: str, text: str, request_id: str = "") -> Reply:
        """A refusal; the request gets an id if it has none."""
        return cls(status, request_id or str(uuid.uuid4()), {"message": text}, code)

    @classmethod
    def of_members(cls, members: Mapping[str, Any]) -> Reply:
        """An answer to a request that has no id yet."""
        return cls(200, str(uuid.uuid4()), members)

    def packed(
        self, request: HttpRequest, asked: str, more: Mapping[str, str], wire: Wire = REST_JSON
    ) -> HttpAnswer:
        """The answer as it travels."""
        headers = {"Content-Type": wire.content_type, "x-amzn-RequestId": self.request_id, **more}
        members, outcome = self.members, str(self.status)
        if self.error_code is not None:
            outcome = f"{self.status} {self.error_code}"
            if wire.error_member is None:
                headers["x-amzn-ErrorType"] = self.error_code
            else:
                members = {wire.error_member: self.error_code, **members}
        body = as_json(members)
        if len(body) >= _WORTH_PACKING and _takes_gzip(request.headers.get("accept-encoding", "")):
            body = gzip.compress(body, compresslevel=1)
            headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        return HttpAnswer(self.status, headers, body, f"{asked} {outcome}")


class Refused(Exception):
    """The request is no call of the service it was sent to."""

    def __init__(
        self, status: int, code: str, text: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(text)
        self.headers = dict(headers or {})
        self.reply = Reply.of_error(status, code, text)


def _of_mistake(code: str, error: BaseException) -> Reply:
    """What a test gets to see as an exception, in-process, is an answer here.

    501 and not 500, because clients try a 500 again, and a mistake stays one.
    """
    return Reply.of_error(501, code, str(error))


_encode: Final = json.JSONEncoder(separators=(",", ":")).encode  # made once: json.dumps makes one a call


def as_json(members: Mapping[str, Any]) -> bytes:
    """The body of an answer."""
    # All ASCII: a lone surrogate, which JSON can spell, has no bytes in UTF-8.
    return _encode(members).encode("ascii")


def _takes_gzip(accepted: str) -> bool:
    for entry in accepted.lower().split(","):
        name, _, weight = entry.partition(";")
        if name.strip() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
