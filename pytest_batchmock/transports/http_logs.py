"""CloudWatch Logs over HTTP, for the output of Batch jobs: the protocol AWS JSON 1.1.

Here: the operation in ``X-Amz-Target``, the shapes of what callers send that are no botocore, errors in
the body. Not here: which log groups are ours and what is in them (`api.logs_operations`).

What is about other groups, and what writes, goes `beyond`: to whoever answers the other services. Where
nobody does, a group that is not ours does not exist.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from pytest_batchmock.api.logs_operations import READS
from pytest_batchmock.api.shapes import drop_nulls
from pytest_batchmock.errors import BatchError, NotModelledError
from pytest_batchmock.transports.active import CallContext
from pytest_batchmock.transports.http import (
    HttpAnswer,
    HttpRequest,
    Note,
    Reply,
    Targets,
    Wire,
    guarded,
    scope_of,
    unpacked,
)

if TYPE_CHECKING:
    from botocore.model import ServiceModel

TARGET: Final = "Logs_20140328."
"""What the header ``X-Amz-Target`` begins with."""

SERVICE: Final = "logs"
"""What requests are signed for."""

JSON_1_1: Final = Wire("application/x-amz-json-1.1", "__type")

Beyond = Callable[[HttpRequest], HttpAnswer]
"""What answers a request that is not about the logs of Batch jobs."""

_MOST_GROUPS: Final = 50  # of one answer, as the service has it
_PAGE: Final = "batchmock/"

Members = dict[str, Any]


class LogsTarget(Protocol):
    """A call target with the logs of its jobs."""

    def call_logs(
        self, context: CallContext, operation: str, params: Members
    ) -> tuple[str, Members] | None:
        """Answer a call of CloudWatch Logs; None if it is not about the logs of Batch jobs."""


def answer(request: HttpRequest, target_of: Targets, beyond: Beyond | None = None) -> HttpAnswer:
    """Answer one request.

    Args:
        request: The request.
        target_of: Gives what answers the calls of an account.
        beyond: Answers what is about other log groups.
    """
    passed_on: list[HttpAnswer] = []

    def work(note: Note) -> Reply:
        operation = note.asked = _operation(request)
        body = unpacked(request)
        params = _checked(operation, drop_nulls(_json_object(body)))
        scope = scope_of(request)
        target = target_of(scope.account)
        context = CallContext(
            scope.account or target.options.account_id, scope.region or target.options.region, body=body
        )
        if operation == "DescribeLogGroups" and beyond is not None:
            return _groups_of_both(request, params, cast(LogsTarget, target), context, beyond)
        given = cast(LogsTarget, target).call_logs(context, operation, params)
        if given is not None:
            return Reply(200, *given)
        if beyond is not None:
            passed_on.append(beyond(request))
            return Reply(200, "", {})
        return _nobody(operation)

    given = guarded(request, work, JSON_1_1)
    return passed_on[0] if passed_on else given


def _operation(request: HttpRequest) -> str:
    target = request.headers.get("x-amz-target", "")
    operation = target.removeprefix(TARGET)
    if operation == target or operation not in _model().operation_names:
        text = f"CloudWatch Logs has no operation {target!r}."
        raise BatchError(text, code="UnknownOperationException")
    if request.method != "POST":
        raise BatchError(
            f"{operation} takes POST, not {request.method}.",
            code="MethodNotAllowedException",
            status=405,
        )
    return operation


def _nobody(operation: str) -> Reply:
    """The answer about a group that is not ours, where nobody else has groups."""
    if operation == "DescribeLogGroups":
        return Reply.of_members({"logGroups": []})
    if operation in READS:
        raise BatchError(
            "The specified log group does not exist.",
            code="ResourceNotFoundException",
        )
    raise NotModelledError(
        f"CloudWatch Logs {operation} is not modelled: here are the logs of Batch jobs, which "
        f"{', '.join(sorted(READS))} read. 'batchmock serve --with-moto' has moto answer the rest."
    )


# --- Groups here and beyond ----------------------------------------------------------------------


def _groups_of_both(
    request: HttpRequest, params: Members, target: LogsTarget, context: CallContext, beyond: Beyond
) -> Reply:
    """One list of the groups of Batch jobs and those of the other side, in pages of its own."""
    limit = min(params.get("limit", _MOST_GROUPS), _MOST_GROUPS)
    first = _first_of(params)
    asked = {name: value for name, value in params.items() if name not in ("limit", "nextToken")}
    ours = _all_groups(lambda more: _ours(target, context, asked | more))
    theirs = _all_groups(lambda more: _theirs(request, asked | more, beyond))
    groups = {group["logGroupName"]: group for group in (*theirs, *ours)}  # ours wins
    names = sorted(groups)
    members: Members = {"logGroups": [groups[name] for name in names[first : first + limit]]}
    if first + limit < len(names):
        members["nextToken"] = f"{_PAGE}{first + limit}"
    return Reply.of_members(members)


def _first_of(params: Members) -> int:
    token = str(params.get("nextToken") or f"{_PAGE}0")
    number = token.removeprefix(_PAGE)
    if number == token or not (number.isascii() and number.isdigit()):
        raise BatchError("The specified nextToken is invalid.", code="InvalidParameterException")
    return int(number)


def _all_groups(ask: Callable[[Members], Members]) -> Iterator[Members]:
    token = None
    while True:
        page = ask({"nextToken": token} if token else {})
        yield from page.get("logGroups", ())
        token = page.get("nextToken")
        if not token:
            return


def _ours(target: LogsTarget, context: CallContext, params: Members) -> Members:
    # What is asked is part of the question: a page of a listing is no repetition of the one before.
    asked = context._replace(body=json.dumps(params).encode())
    given = target.call_logs(asked, "DescribeLogGroups", params)
    return {} if given is None else given[1]


def _theirs(request: HttpRequest, params: Members, beyond: Beyond) -> Members:
    headers = {name: value for name, value in request.headers.items() if name != "content-encoding"}
    given = beyond(
        HttpRequest(request.method, request.path, request.query, headers, json.dumps(params).encode())
    )
    members: Members = json.loads(given.body)
    if given.status != 200:
        raise BatchError(
            str(members.get("message", "")), code=members.get("__type", ""), status=given.status
        )
    return members


# --- Shapes --------------------------------------------------------------------------------------


@cache
def _model() -> ServiceModel:
    """The model of CloudWatch Logs; a session would load endpoints and credentials too."""
    from botocore.loaders import Loader
    from botocore.model import ServiceModel

    return ServiceModel(Loader().load_service_model(SERVICE, "service-2"), SERVICE)


def _json_object(body: bytes) -> Members:
    try:
        members = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise BatchError(
            f"The request body is no JSON: {error}", code="SerializationException"
        ) from error
    if not isinstance(members, dict):
        raise BatchError("The request body must be a JSON object.", code="SerializationException")
    return members


def _checked(operation: str, params: Members) -> Members:
    """The members that the operation has; the service does not look at others.

    Raises:
        BatchError: One is missing or of another type.
    """
    from botocore.validate import ParamValidator

    shape = _model().operation_model(operation).input_shape
    if shape is None:
        return {}
    known = {name: value for name, value in params.items() if name in shape.members}
    report = ParamValidator().validate(known, shape)
    if report.has_errors():
        text = report.generate_report()
        code = "SerializationException" if "Invalid type" in text else "InvalidParameterException"
        raise BatchError(text, code=code)
    return known
