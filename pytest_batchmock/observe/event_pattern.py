"""EventBridge's pattern language: which events a rule is about (EventBridge user guide, event patterns).

A pattern has the shape of the events it matches. An inner object goes one level down; a list says
what a field may be: values, and filters such as ``{"prefix": "arn:"}``. All fields of a pattern
must match, any entry of a list is enough, and ``$or`` makes alternatives. A field of an event that
is a list matches if any of its entries does.

`compile_pattern` checks the pattern first, so that a misspelt filter is an error and not a rule
that never matches.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from pytest_batchmock.errors import MockUsageError

Pattern = Mapping[str, Any]
Test = Callable[[Any], bool]

_ABSENT: Final = object()
_NUMERIC_LIMIT: Final = 5_000_000_000

_COMPARISONS: Final[dict[str, Callable[[float, float], bool]]] = {
    "=": lambda value, bound: value == bound,
    "<": lambda value, bound: value < bound,
    "<=": lambda value, bound: value <= bound,
    ">": lambda value, bound: value > bound,
    ">=": lambda value, bound: value >= bound,
}


def compile_pattern(pattern: Pattern | str | None) -> Callable[[Mapping[str, Any]], bool]:
    """Check a pattern and return the function that tells whether an event matches it.

    Args:
        pattern: The pattern, as a mapping or as JSON; None matches every event.

    Raises:
        MockUsageError: The pattern is none, or uses a filter that EventBridge does not have.
    """
    if pattern is None:
        return lambda event: True
    if isinstance(pattern, str):
        try:
            pattern = json.loads(pattern)
        except ValueError as error:
            raise MockUsageError(f"The event pattern is no JSON: {error}") from None
    return _object(pattern, "the pattern")


def _object(pattern: Any, where: str) -> Test:
    if not isinstance(pattern, Mapping):
        raise MockUsageError(
            f"Event pattern: {where} is {pattern!r}; it must be an object, or a list of the values "
            "it may have."
        )
    if not pattern:
        raise MockUsageError(f"Event pattern: {where} is empty.")
    tests = []
    for name, wanted in pattern.items():
        if name == "$or":
            tests.append(_alternatives(wanted, where))
        else:
            tests.append(_field(name, wanted, where))

    def matches(value: Any) -> bool:
        if isinstance(value, list):
            # One and the same entry must match all of it.
            return any(isinstance(entry, Mapping) and matches(entry) for entry in value)
        fields = value if isinstance(value, Mapping) else {}
        return all(test(fields) for test in tests)

    return matches


def _alternatives(wanted: Any, where: str) -> Test:
    if not isinstance(wanted, list) or len(wanted) < 2:
        raise MockUsageError(f"Event pattern: $or of {where} needs a list of two objects or more.")
    tests = [_object(entry, f"an entry of $or of {where}") for entry in wanted]
    return lambda fields: any(test(fields) for test in tests)


def _field(name: str, wanted: Any, where: str) -> Test:
    here = name if where == "the pattern" else f"{where}.{name}"
    if isinstance(wanted, list):
        leaf = _leaf(wanted, here)
        return lambda fields: leaf(fields.get(name, _ABSENT))
    inner = _object(wanted, here)
    return lambda fields: inner(fields.get(name, _ABSENT))


# --- What a field may be ---------------------------------------------------------------------------


def _leaf(wanted: list[Any], where: str) -> Test:
    if not wanted:
        raise MockUsageError(f"Event pattern: the list of {where} is empty, so nothing could match.")
    tests = [_entry(entry, where) for entry in wanted]

    def matches(value: Any) -> bool:
        if isinstance(value, list):
            # An empty list has no value, as if the field were absent.
            values = value or [_ABSENT]
            return any(test(entry) for entry in values for test in tests)
        return any(test(value) for test in tests)

    return matches


def _entry(entry: Any, where: str) -> Test:
    if isinstance(entry, Mapping):
        return _filter(entry, where)
    if isinstance(entry, list):
        raise MockUsageError(f"Event pattern: {where} has a list within its list.")
    return _exact(entry, where)


def _exact(wanted: Any, where: str) -> Test:
    """The same value of the same type; 300 and 300.0 are not equal (user guide)."""
    if wanted is not None and not isinstance(wanted, (str, int, float, bool)):
        raise MockUsageError(f"Event pattern: {where} has {wanted!r}, which is no JSON value.")
    return lambda value: type(value) is type(wanted) and value == wanted


def _filter(entry: Mapping[str, Any], where: str) -> Test:
    if len(entry) != 1:
        raise MockUsageError(
            f"Event pattern: {where} has the filter {dict(entry)!r}; a filter has exactly one operator."
        )
    ((operator, operand),) = entry.items()
    make = _OPERATORS.get(operator)
    if make is None:
        raise MockUsageError(
            f"Event pattern: {where} has the operator {operator!r}; there are {', '.join(_OPERATORS)}."
        )
    return make(operand, f"{operator} of {where}")


def _text(operand: Any, where: str) -> str:
    if not isinstance(operand, str):
        raise MockUsageError(f"Event pattern: {where} is {operand!r}; it must be a string.")
    return operand


def _on_text(test: Callable[[str], bool]) -> Test:
    return lambda value: isinstance(value, str) and test(value)


def _ignoring_case(operand: Any, where: str) -> str | None:
    """The text of ``{"equals-ignore-case": text}`` within another filter, else None."""
    if not isinstance(operand, Mapping):
        return None
    if list(operand) != ["equals-ignore-case"]:
        raise MockUsageError(f"Event pattern: {where} is {dict(operand)!r}, which cannot stand there.")
    return _text(operand["equals-ignore-case"], where).lower()


def _prefix(operand: Any, where: str) -> Test:
    lowered = _ignoring_case(operand, where)
    if lowered is not None:
        return _on_text(lambda value: value.lower().startswith(lowered))
    prefix = _text(operand, where)
    return _on_text(lambda value: value.startswith(prefix))


def _suffix(operand: Any, where: str) -> Test:
    lowered = _ignoring_case(operand, where)
    if lowered is not None:
        return _on_text(lambda value: value.lower().endswith(lowered))
    suffix = _text(operand, where)
    return _on_text(lambda value: value.endswith(suffix))


def _equals_ignore_case(operand: Any, where: str) -> Test:
    lowered = _text(operand, where).lower()
    return _on_text(lambda value: value.lower() == lowered)


def _wildcard(operand: Any, where: str) -> Test:
    """``*`` is any text; a backslash takes the special meaning of ``*`` and of itself."""
    pattern = _text(operand, where)
    parts: list[str] = []
    position = 0
    while position < len(pattern):
        character = pattern[position]
        if character == "\\":
            position += 1
            if pattern[position : position + 1] not in ("*", "\\"):
                raise MockUsageError(
                    f"Event pattern: {where}: a backslash must stand before * or another one."
                )
            parts.append(re.escape(pattern[position]))
        elif character == "*":
            if parts and parts[-1] == ".*":
                raise MockUsageError(f"Event pattern: {where}: two * in a row are not allowed.")
            parts.append(".*")
        else:
            parts.append(re.escape(character))
        position += 1
    compiled = re.compile("".join(parts), re.DOTALL)
    return _on_text(lambda value: compiled.fullmatch(value) is not None)


def _exists(operand: Any, where: str) -> Test:
    """Whether the field is there with a value of its own: an object is none (user guide)."""
    if not isinstance(operand, bool):
        raise MockUsageError(f"Event pattern: {where} is {operand!r}; it must be true or false.")
    return lambda value: (value is not _ABSENT and not isinstance(value, Mapping)) is operand


def _numeric(operand: Any, where: str) -> Test:
    """``["<", 5]`` or a range: ``[">", 0, "<=", 5]``."""
    if not isinstance(operand, list) or len(operand) not in (2, 4):
        raise MockUsageError(f'Event pattern: {where} is {operand!r}; write e.g. [">", 0, "<=", 5].')
    bounds: list[tuple[Callable[[float, float], bool], float]] = []
    for sign, bound in zip(operand[::2], operand[1::2], strict=True):
        if sign not in _COMPARISONS or not _is_number(bound) or abs(bound) > _NUMERIC_LIMIT:
            raise MockUsageError(
                f"Event pattern: {where} has {sign!r} {bound!r}; there are "
                f"{' '.join(_COMPARISONS)} and numbers up to five billion."
            )
        bounds.append((_COMPARISONS[sign], bound))
    return lambda value: _is_number(value) and all(holds(value, bound) for holds, bound in bounds)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _cidr(operand: Any, where: str) -> Test:
    import ipaddress  # hardly anybody needs it

    try:
        network = ipaddress.ip_network(_text(operand, where), strict=False)
    except ValueError as error:
        raise MockUsageError(f"Event pattern: {where}: {error}.") from None

    def contains(value: str) -> bool:
        try:
            return ipaddress.ip_address(value) in network
        except ValueError:
            return False

    return _on_text(contains)


def _anything_but(operand: Any, where: str) -> Test:
    """The field is there, and is none of these."""
    if isinstance(operand, Mapping):
        if len(operand) != 1 or next(iter(operand)) not in _NEGATABLE:
            raise MockUsageError(
                f"Event pattern: {where} is {dict(operand)!r}; "
                f"it can hold values or one of {', '.join(_NEGATABLE)}."
            )
        ((operator, inner),) = operand.items()
        texts = inner if isinstance(inner, list) else [inner]
        refused = [_OPERATORS[operator](text, f"{operator} in {where}") for text in texts]
    else:
        values = operand if isinstance(operand, list) else [operand]
        for value in values:
            if not isinstance(value, str) and not _is_number(value):
                raise MockUsageError(
                    f"Event pattern: {where} has {value!r}; there may be strings and numbers."
                )
        refused = [_exact(value, where) for value in values]
    if not refused:
        raise MockUsageError(f"Event pattern: {where} is empty.")
    return lambda value: value is not _ABSENT and not any(test(value) for test in refused)


_NEGATABLE: Final = ("prefix", "suffix", "equals-ignore-case", "wildcard")

_OPERATORS: Final[dict[str, Callable[[Any, str], Test]]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "anything-but": _anything_but,
    "numeric": _numeric,
    "exists": _exists,
    "equals-ignore-case": _equals_ignore_case,
    "wildcard": _wildcard,
    "cidr": _cidr,
}
