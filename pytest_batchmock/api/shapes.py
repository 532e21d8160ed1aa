"""Whether parameters have the shape that the API model declares, before any rule looks at them.

Two levels, both compiled once for each operation into closures:

* Always: what botocore lets through, though the model forbids it. Enum values, upper bounds,
  patterns, a bool where a number belongs, numbers that no JSON reader of the service takes.
* For callers that no botocore has checked (`validated` is False): also types, required members and
  unknown members.

What the service says in words of its own is left to the rules: see `LEFT_TO_RULES`. This module never
changes parameters; `normalised` and `drop_nulls` return what is left of them.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NoReturn

from pytest_batchmock.api import model
from pytest_batchmock.errors import BatchError, NotModelledError

if TYPE_CHECKING:
    from botocore.model import Shape

Checker = Callable[[Any], None]
"""Raises `_Misshapen` if a value is not of its shape."""

LEFT_TO_RULES: Final[Mapping[str, str]] = {
    "ImageType": "measured: Invalid imageType in … (rules/instance_types)",
    "JobStateTimeLimitActionsAction": "measured: Invalid job action. … (rules/job_queue)",
    "PlatformCapability": "measured: Capability … is not valid. … (rules/job_definition)",
    "QuotaShareIdleResourceAssignmentStrategy": (
        "measured: Idle resource assignment strategy must be one of [FIFO]. (rules/scheduling_policy)"
    ),
    "RetryAction": "API model, EvaluateOnExit.action: any case of letters (rules/retry)",
    "tags": "one text each for number, length and characters, in all operations (rules/tags)",
    "tagKeys": "likewise (rules/tags)",
}
"""Shapes, and members of any structure, whose values the rules judge, and why. Types are judged here."""

LEFT_TO_RULES_ON_FARGATE: Final[Mapping[str, str]] = {
    "LogDriver": "measured: Log driver for Fargate is not valid: … (rules/container_fargate)",
}
"""Likewise, in definitions for FARGATE only: no rule speaks for others, so the enum is checked here."""

_INTEGERS: Final = {"integer": 32, "long": 64}
_LONGEST_SHOWN: Final = 200


class _Misshapen(Exception):
    """A value is not of its shape.

    Attributes:
        says: The message for the path of the value.
        path: The way to the value, the innermost name first; every container adds its own.
    """

    def __init__(self, says: Callable[[str], str]) -> None:
        super().__init__()
        self.says = says
        self.path: list[str] = []


def check(operation: str, params: Mapping[str, Any], *, validated: bool) -> None:
    """Refuse parameters that are not of the operation's input shape.

    Args:
        operation: Such as ``SubmitJob``.
        params: Its parameters, as read from JSON.
        validated: Whether botocore's own validator has seen them.

    Raises:
        BatchError: ClientException; the text names the member (texts inferred).
        NotModelledError: The installed botocore does not know the operation.
    """
    fargate = operation == "RegisterJobDefinition" and _is_for_fargate(params)
    checker = _operation_checker(operation, not validated, fargate)
    if checker is None:
        return
    try:
        checker(params)
    except _Misshapen as error:
        raise BatchError(error.says(".".join(reversed(error.path)))) from None


_ABSENT_WHEN_EMPTY: Final[Mapping[str, type]] = {
    "arrayProperties": dict,
    "consumableResourcePropertiesOverride": dict,
    "containerOverrides": dict,
    "dependsOn": list,
    "ecsPropertiesOverride": dict,
    "eksPropertiesOverride": dict,
    "nodeOverrides": dict,
    "parameters": dict,
    "tags": dict,
}
"""Members of SubmitJob that mean nothing when empty. Not retryStrategy: an empty one is refused."""

_CHOICES: Final = ("nextToken", "arrayJobId", "multiNodeJobId", "jobDefinitionName", "status")
"""Texts by which a listing chooses: an empty one chooses nothing (inferred)."""

_OVERRIDES: Final = frozenset(name for name in _ABSENT_WHEN_EMPTY if "Override" in name)


def normalised(operation: str, params: dict[str, Any]) -> dict[str, Any]:
    """Leave out what the service treats as absent because it is empty.

    Of a listing, the texts by which it chooses; of SubmitJob, the empty members of
    ``containerOverrides``, and overrides, array properties, dependencies, parameters and tags that
    are empty or hold nothing but empty members (seen in what client programs send).

    Returns:
        `params` itself if nothing had to go; else a copy.
    """
    if operation != "SubmitJob":
        if "" in params.values() and operation.startswith(("List", "Describe")):
            return {name: value for name, value in params.items() if value != "" or name not in _CHOICES}
        return params
    for value in params.values():
        if not value or (type(value) is dict and not all(value.values())):
            return _without_empty(params)
    return params


def _without_empty(params: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, value in params.items():
        rest = value
        if name in _OVERRIDES and isinstance(value, dict):
            rest = _non_empty(value)
        if rest or not isinstance(value, _ABSENT_WHEN_EMPTY.get(name, ())):
            kept[name] = rest if name == "containerOverrides" else value
    return params if kept == params else kept


def _non_empty(members: dict[str, Any]) -> dict[str, Any]:
    """The members but for empty texts, lists and objects. Zero and False are values."""
    return {name: value for name, value in members.items() if value not in ("", [], {})}


def drop_nulls(params: dict[str, Any]) -> dict[str, Any]:
    """Copy parameters without the members that are None: over HTTP, a JSON null means absent.

    A null in a list stays; `check` refuses it.

    Raises:
        BatchError: SerializationException: objects are nested deeper than anyone can mean.
    """
    try:
        kept: dict[str, Any] = _without_nulls(params)
    except RecursionError:
        raise BatchError(
            "The request body is nested too deeply.", code="SerializationException"
        ) from None
    return kept


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(entry) for name, entry in value.items() if entry is not None}
    if isinstance(value, list):
        return [_without_nulls(entry) for entry in value]
    return value


def _is_for_fargate(params: Mapping[str, Any]) -> bool:
    capabilities = params.get("platformCapabilities")
    return isinstance(capabilities, list) and "FARGATE" in capabilities


@cache
def _operation_checker(operation: str, full: bool, fargate: bool) -> Checker | None:
    shape = model.operation(operation).input_shape
    left = {*LEFT_TO_RULES, *(LEFT_TO_RULES_ON_FARGATE if fargate else ())}
    return None if shape is None else _Compiler(full, frozenset(left)).compile(shape, left=False)


class _Compiler:
    """Turns shapes into checkers.

    Args:
        full: Whether types, required and unknown members are checked too.
        left_to_rules: The names of shapes and members whose values rules judge.
    """

    def __init__(self, full: bool, left_to_rules: frozenset[str]) -> None:
        self.full = full
        self.left_to_rules = left_to_rules
        self._structures: dict[tuple[str, bool], Checker | None] = {}

    def compile(self, shape: Shape, *, left: bool) -> Checker | None:
        """The checker of a shape; None if it has nothing to check.

        Args:
            shape: The shape.
            left: Whether rules judge the values.
        """
        left = left or shape.name in self.left_to_rules
        if getattr(shape, "is_document_type", False):
            return _unmodelled(shape)
        match shape.type_name:
            case "structure":
                return self._structure(shape, left)
            case "list":
                return self._list(shape, left)
            case "map":
                return self._map(shape, left)
            case "string":
                return _both(_typed(str, "a string") if self.full else None, _text(shape, left))
            case "boolean":
                return _typed(bool, "true or false") if self.full else None
            case "integer" | "long":
                return _integer(shape, left)
            case "float" | "double":
                return _number
        return _unmodelled(shape)

    def _structure(self, shape: Any, left: bool) -> Checker | None:
        known = (shape.name, left)
        if known not in self._structures:
            # A shape that holds itself finds this while it is compiled.
            self._structures[known] = lambda value: self._again(known, value)
            self._structures[known] = self._new_structure(shape, left)
        return self._structures[known]

    def _again(self, known: tuple[str, bool], value: Any) -> None:
        checker = self._structures[known]
        if checker is not None:
            checker(value)

    def _new_structure(self, shape: Any, left: bool) -> Checker | None:
        members = {
            name: checker
            for name, member in shape.members.items()
            if (checker := self.compile(member, left=left or name in self.left_to_rules)) is not None
        }
        if self.full:
            return _full_structure(members, tuple(shape.members), tuple(shape.required_members))
        return _members(members) if members else None

    def _list(self, shape: Any, left: bool) -> Checker | None:
        return _both(
            _typed((list, tuple), "a list") if self.full else None,
            None if left else _size(shape),
            _items(self.compile(shape.member, left=left)),
        )

    def _map(self, shape: Any, left: bool) -> Checker | None:
        return _both(
            _typed(dict, "an object") if self.full else None,
            None if left else _size(shape),
            _entries(self.compile(shape.key, left=left), self.compile(shape.value, left=left)),
        )


def _both(*checkers: Checker | None) -> Checker | None:
    """One checker for all that are not None."""
    match [checker for checker in checkers if checker is not None]:
        case []:
            return None
        case [only]:
            return only
        case several:

            def check_all(value: Any) -> None:
                for checker in several:
                    checker(value)

            return check_all


def _members(members: Mapping[str, Checker]) -> Checker:
    """Visits only members that hold something to check. Exceptions cost nothing until raised."""
    find = members.get

    def check_members(value: Any) -> None:
        name = ""
        try:
            for name in value:
                checker = find(name)
                if checker is not None:
                    checker(value[name])
        except _Misshapen as error:
            error.path.append(name)
            raise

    return check_members


def _full_structure(
    members: Mapping[str, Checker], known: tuple[str, ...], required: tuple[str, ...]
) -> Checker:
    is_object = _typed(dict, "an object")
    check_members = _members(members)
    names = frozenset(known)

    def check_structure(value: Any) -> None:
        is_object(value)
        for name in value:
            if name not in names:
                _refuse_member(str(name), known)
        for name in required:
            if name not in value:
                error = _constraint(None, "Member must not be null")
                error.path.append(name)
                raise error
        check_members(value)

    return check_structure


def _items(item: Checker | None) -> Checker | None:
    if item is None:
        return None

    def check_items(value: Any) -> None:
        index = 0
        try:
            for index, entry in enumerate(value, 1):  # noqa: B007 - the handler needs the index
                item(entry)
        except _Misshapen as error:
            error.path.append(f"{index}.member")
            raise

    return check_items


def _entries(key: Checker | None, value: Checker | None) -> Checker | None:
    if key is None and value is None:
        return None

    def check_entries(entries: Any) -> None:
        name = ""
        try:
            for name, entry in entries.items():
                if key is not None:
                    key(name)
                if value is not None:
                    value(entry)
        except _Misshapen as error:
            error.path.append(str(name))
            raise

    return check_entries


def _text(shape: Shape, left: bool) -> Checker | None:
    """Enum, length and pattern of a string."""
    if left:
        return None
    return _both(_enum(shape), _size(shape), _pattern(shape))


def _enum(shape: Any) -> Checker | None:
    if not shape.enum:
        return None
    allowed = frozenset(shape.enum)
    listed = ", ".join(shape.enum)

    def check_enum(value: str) -> None:
        if value not in allowed:
            raise _constraint(value, f"Member must satisfy enum value set: [{listed}]")

    return check_enum


def _pattern(shape: Shape) -> Checker | None:
    """No shape of Batch has a pattern yet. One in a syntax that only Java reads is not checked."""
    written = shape.metadata.get("pattern")
    if written is None:
        return None
    try:
        pattern = re.compile(written)
    except re.error:
        return None

    def check_pattern(value: str) -> None:
        if not pattern.fullmatch(value):
            raise _constraint(value, f"Member must satisfy regular expression pattern: {written}")

    return check_pattern


def _size(shape: Shape) -> Checker | None:
    """The length of a string, list or map. botocore checks the lower bound of the first two."""
    low, high = shape.metadata.get("min", 0), shape.metadata.get("max", math.inf)
    if not low and high == math.inf:
        return None

    def check_size(value: Any) -> None:
        if not low <= len(value) <= high:
            raise _constraint(value, f"Member must have length {_bound(len(value), low, high)}")

    return check_size


def _integer(shape: Shape, left: bool) -> Checker:
    bits = _INTEGERS[shape.type_name]
    metadata = {} if left else shape.metadata
    low, high = metadata.get("min", -(2 ** (bits - 1))), metadata.get("max", 2 ** (bits - 1) - 1)

    def check_integer(value: Any) -> None:
        # bool is a subclass of int, and botocore takes it for one.
        if type(value) is not int:
            _refuse_type(value, "an integer")
        if not low <= value <= high:
            raise _constraint(value, f"Member must have value {_bound(value, low, high)}")

    return check_integer


def _number(value: Any) -> None:
    if type(value) not in (int, float):
        _refuse_type(value, "a number")
    if isinstance(value, float) and not math.isfinite(value):
        _refuse_type(value, "a finite number")


def _typed(types: type | tuple[type, ...], expected: str) -> Checker:
    def check_type(value: Any) -> None:
        if not isinstance(value, types):
            _refuse_type(value, expected)

    return check_type


def _unmodelled(shape: Shape) -> Checker:
    """No shape of Batch is a timestamp, blob or document. Should one come, say so when it is used."""

    def refuse(value: Any) -> None:
        raise NotModelledError(
            f"A member of shape {shape.name} was sent: {shape.type_name} shapes are not modelled yet."
        )

    return refuse


def _bound(value: int, low: int, high: float) -> str:
    return f"greater than or equal to {low}" if value < low else f"less than or equal to {high}"


def _constraint(value: Any, constraint: str) -> _Misshapen:
    """A refusal in the words that many services of AWS share."""
    shown = "null" if value is None else f"'{_shown(value)}'"
    return _Misshapen(
        lambda path: (
            f"1 validation error detected: Value {shown} at '{path}' "
            f"failed to satisfy constraint: {constraint}"
        )
    )


def _refuse_type(value: Any, expected: str) -> NoReturn:
    got = "null" if value is None else f"{_shown(value)} ({_JSON_NAMES.get(type(value), 'unknown')})"
    raise _Misshapen(lambda path: f"Wrong type at '{path}': expected {expected}, got {got}.")


def _refuse_member(name: str, known: tuple[str, ...]) -> NoReturn:
    def says(path: str) -> str:
        where = f"at '{path}'" if path else "in the request"
        return f"Unknown member '{_shown(name)}' {where}: the members are [{', '.join(known)}]."

    raise _Misshapen(says)


_JSON_NAMES: Final[Mapping[type, str]] = {
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    list: "list",
    tuple: "list",
    dict: "object",
}


def _shown(value: Any) -> str:
    """A value as JSON writes it, but a string without quotes; a long one is cut."""
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
