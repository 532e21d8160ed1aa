"""The service model of AWS Batch that botocore carries, and what HTTP says in its terms.

Which operations exist, and where their members travel, is never written down here: an older botocore
has fewer operations, a newer one more. Shapes of parameters are checked in `shapes`. Transports and
`dispatch` call this module.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import unquote

from botocore import __version__ as botocore_version
from botocore import xform_name

from pytest_batchmock.errors import BatchError, NotModelledError

if TYPE_CHECKING:
    from botocore.model import OperationModel, ServiceModel

_SERVICE: Final = "batch"
_PLACEHOLDER: Final = re.compile(r"\{(\w+)\+?\}", re.ASCII)


@cache
def service_model() -> ServiceModel:
    """The model of the installed botocore, loaded at the first use (about 10 ms)."""
    # A session would load endpoints and credentials too; and importing these costs 60 ms.
    from botocore.loaders import Loader
    from botocore.model import ServiceModel

    return ServiceModel(Loader().load_service_model(_SERVICE, "service-2"), _SERVICE)


@cache
def operation_names() -> tuple[str, ...]:
    """All operations, such as ``SubmitJob``, in the order of the model."""
    return tuple(service_model().operation_names)


@cache
def operation(name: str) -> OperationModel:
    """The model of an operation such as ``SubmitJob``.

    Raises:
        NotModelledError: The installed botocore does not know it.
    """
    if name not in operation_names():
        raise NotModelledError(
            f"The Batch model of botocore {botocore_version} has no operation {name}: "
            f"install a newer botocore, or use one of {', '.join(operation_names())}."
        )
    return service_model().operation_model(name)


@cache
def method_name(name: str) -> str:
    """The boto3 method of an operation: ``submit_job`` for ``SubmitJob``."""
    return str(xform_name(name))


def route(http_method: str, path: str) -> tuple[str, dict[str, str]] | None:
    """Find the operation of an HTTP request, and the values that its path carries.

    Args:
        http_method: Such as ``POST``.
        path: Without the query. A value in it may be URL-encoded or not: some servers decode it
            before anyone sees it, and no ARN of Batch holds a percent sign.

    Returns:
        The operation and its path values, decoded, by member name; None if there is no such route.
    """
    fixed, patterns = _routes()
    name = fixed.get((http_method, path))
    if name is not None:
        return name, {}
    for method, pattern, candidate in patterns:
        found = pattern.fullmatch(path) if method == http_method else None
        if found is not None:
            return candidate, {member: unquote(text) for member, text in found.groupdict().items()}
    return None


def wire_params(
    name: str, path_params: Mapping[str, str], query: Iterable[tuple[str, str]], body: bytes
) -> dict[str, Any]:
    """Merge what an HTTP request carries in its path, its query and its body into one mapping.

    The result is as botocore's own parameters would be, except that a JSON null is still a None
    (see `shapes.drop_nulls`).

    Args:
        name: The operation.
        path_params: As `route` gave them.
        query: The decoded pairs of the query; a list member comes as several pairs.
        body: The body as it was sent; empty for none.

    Raises:
        BatchError: SerializationException: the body is no JSON object.
    """
    params = _json_object(body)
    pairs = list(query)
    for key, (member, is_list) in _members_in(name, "querystring").items():
        values = [value for sent, value in pairs if sent == key]
        if values:
            params[member] = values if is_list else values[-1]
    params.update(path_params)
    return params


@cache
def _routes() -> tuple[dict[tuple[str, str], str], list[tuple[str, re.Pattern[str], str]]]:
    """The route table: exact paths, and paths that hold a value."""
    fixed: dict[tuple[str, str], str] = {}
    patterns: list[tuple[str, re.Pattern[str], str]] = []
    for name in operation_names():
        http = operation(name).http
        method, uri = http["method"], http["requestUri"].partition("?")[0]
        members = {wire_name: member for wire_name, (member, _) in _members_in(name, "uri").items()}
        if _PLACEHOLDER.search(uri):
            # A decoded ARN holds slashes, so a value may span several segments.
            # Splitting by a pattern with one group gives text and labels in turn.
            regex = "".join(
                f"(?P<{members[part]}>.+)" if index % 2 else re.escape(part)
                for index, part in enumerate(_PLACEHOLDER.split(uri))
            )
            patterns.append((method, re.compile(regex, re.DOTALL), name))
        else:
            fixed[method, uri] = name
    return fixed, patterns


@cache
def _members_in(name: str, location: str) -> dict[str, tuple[str, bool]]:
    """The members that travel in a location: by their name there, the member and if it is a list."""
    shape = operation(name).input_shape
    return {
        member_shape.serialization.get("name", member): (member, member_shape.type_name == "list")
        for member, member_shape in (shape.members.items() if shape is not None else ())
        if member_shape.serialization.get("location") == location
    }


def _json_object(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        parsed = json.loads(body, parse_constant=_no_json)
    except (ValueError, RecursionError) as error:
        raise BatchError(
            f"The request body is no JSON: {error}", code="SerializationException"
        ) from error
    if not isinstance(parsed, dict):
        raise BatchError(
            "The request body must be a JSON object that holds the members of the request.",
            code="SerializationException",
        )
    return parsed


def _no_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON value")
