"""From the spelling of templates and states to the members of the API, led by botocore's model.

``MaxvCpus`` and ``max_vcpus`` are both ``maxvCpus``; a template's ``"1"`` is the number that the model
asks for; the keys of a map (tags, parameters, log options) are the user's own and stay as they are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pytest_batchmock.api import model
from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.seeding.plan import Kind, Members


def request(kind: Kind, given: Mapping[str, Any], where: str, *, sparse: bool = False) -> Members:
    """The request that creates a resource of `kind`.

    Args:
        kind: What it is.
        given: Its properties, by any spelling of the members' names.
        where: Names it in errors.
        sparse: Whether nothing and emptiness both mean that a member is absent, as in a state.

    Raises:
        MockUsageError: A property is no member, or has a value that cannot be one.
    """
    shape = model.operation(kind.operation).input_shape
    members: Members = _conform(shape, given, where, sparse)
    return members


def _conform(shape: Any, value: Any, where: str, sparse: bool) -> Any:
    kind = shape.type_name
    if kind == "structure":
        return _structure(shape, value, where, sparse)
    if kind == "list":
        if not isinstance(value, list):
            raise MockUsageError(f"{where} is {value!r}: it must be a list.")
        return [
            _conform(shape.member, entry, f"{where}[{number}]", sparse)
            for number, entry in enumerate(value)
        ]
    if kind == "map":
        return _map(shape, value, where, sparse)
    return _scalar(kind, value, where)


def _structure(shape: Any, value: Any, where: str, sparse: bool) -> Members:
    if sparse and isinstance(value, list):  # a block of Terraform's, which is there once or not
        value = value[0] if value else {}
    if isinstance(value, str):
        value = _parsed(value, where)
    if not isinstance(value, Mapping):
        raise MockUsageError(f"{where} is {value!r}: it must be an object.")
    known = {_plain(name): name for name in shape.members}
    members: Members = {}
    for name, inner in value.items():
        if inner is None or (sparse and inner in ("", [], {})):
            continue
        member = known.get(_plain(str(name)))
        if member is None:
            raise MockUsageError(
                f"{where} has {name}, which AWS Batch does not know; it knows "
                f"{', '.join(shape.members)}."
            )
        members[member] = _conform(shape.members[member], inner, f"{where}.{name}", sparse)
    return members


def _map(shape: Any, value: Any, where: str, sparse: bool) -> Members:
    if isinstance(value, list) and all(
        isinstance(entry, Mapping) and {"Key", "Value"} == set(entry) for entry in value
    ):
        value = {entry["Key"]: entry["Value"] for entry in value}  # tags, as other services spell them
    if not isinstance(value, Mapping):
        raise MockUsageError(f"{where} is {value!r}: it must be an object.")
    return {
        str(key): _conform(shape.value, inner, f"{where}.{key}", sparse)
        for key, inner in value.items()
        if inner is not None
    }


def _scalar(kind: str, value: Any, where: str) -> Any:
    if isinstance(value, (Mapping, list)):
        raise MockUsageError(f"{where} is {value!r}: it must be a single value.")
    if kind == "boolean":
        return {"true": True, "false": False}.get(str(value).lower(), value)
    if kind in ("integer", "long") and not isinstance(value, bool):
        try:
            return int(value)
        except ValueError:
            raise MockUsageError(f"{where} is {value!r}: it must be a whole number.") from None
    if kind in ("float", "double") and not isinstance(value, bool):
        try:
            return float(value)
        except ValueError:
            raise MockUsageError(f"{where} is {value!r}: it must be a number.") from None
    if kind == "string" and isinstance(value, bool):
        return str(value).lower()
    return str(value) if kind == "string" else value


def _parsed(text: str, where: str) -> Any:
    """What stands as JSON in a text: the container properties of a Terraform definition."""
    try:
        return json.loads(text)
    except ValueError:
        raise MockUsageError(f"{where} is {text!r}: it must be an object.") from None


def _plain(name: str) -> str:
    return name.replace("_", "").lower()
