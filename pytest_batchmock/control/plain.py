"""Outcome rules as plain data, such as JSON: for everybody who does not write Python.

One rule is the keywords of `BatchMock.on`, and ``attempts``: a list with one outcome an attempt, each
with its ``kind`` and the keywords of the function of that name::

    {"name": "report-*", "attempts": [{"kind": "reclaimed", "after": "4m"}, {"kind": "succeeds"}]}
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from pytest_batchmock.control.outcomes import Matcher
from pytest_batchmock.control.verbs import BatchMockLike, kinds_of
from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.runners import outcomes
from pytest_batchmock.runners.outcomes import Outcome

_KINDS: Final[dict[str, Callable[..., Outcome]]] = {
    maker.__name__: maker
    for maker in (
        outcomes.succeeds,
        outcomes.fails,
        outcomes.out_of_memory,
        outcomes.reclaimed,
        outcomes.host_lost,
        outcomes.service_error,
        outcomes.cannot_pull,
        outcomes.hangs,
    )
}
_WHOM: Final = {**kinds_of(BatchMockLike.on), "name": (str, "a pattern of job names")}
RULE_MEMBERS: Final = (*_WHOM, "service", "attempts")
"""The members of a rule."""

_OF_SERVICE_JOBS: Final = tuple(kinds_of(BatchMockLike.on_service_job))
_OUTCOME_MEMBERS: Final[dict[str, tuple[type | tuple[type, ...], str]]] = {
    "after": ((int, float, str), "a duration, such as 90 or '4m'"),
    "exit_code": (int, "a whole number"),
    "reason": (str, "a text"),
    "while_starting": (bool, "true or false"),
    "log": ((str, list), 'a text, or a list of lines, each a text or ["30s", "text"]'),
}


def add_rule(mock: BatchMockLike, rule: Mapping[str, Any]) -> None:
    """Say what happens to jobs, as `rule` has it.

    Raises:
        MockUsageError: It makes no sense; the text says what it could be.
    """
    service = rule.get("service", False)
    _check_type("service", service, bool, "true or false")
    known = _OF_SERVICE_JOBS if service else tuple(_WHOM)
    _refuse_unknown("an outcome rule", rule, (*known, "service", "attempts"))
    whom = {name: rule[name] for name in known if rule.get(name) is not None}
    for name, value in whom.items():
        _check_type(name, value, *_WHOM[name])
    for value in whom.get("tags", {}).values():
        _check_type("tags", value, str, "an object of texts")
    attempts = rule.get("attempts")
    if not isinstance(attempts, list) or not attempts:
        raise MockUsageError(
            'attempts: give a list with at least one outcome, such as [{"kind": "succeeds"}].'
        )
    planned = [outcome(entry) for entry in attempts]
    begin = mock.on_service_job if service else mock.on
    begin(**whom).attempts(*planned)


def outcome(given: Any) -> Outcome:
    """Make one outcome of ``{"kind": "fails", "exit_code": 3}``.

    Raises:
        MockUsageError: It makes no sense; the text says what it could be.
    """
    if not isinstance(given, Mapping):
        raise MockUsageError(f'{given!r} is no outcome: give an object such as {{"kind": "fails"}}.')
    kind = given.get("kind")
    if kind == "runs":
        raise MockUsageError(
            "kind='runs': a Python callable cannot be sent. Plan its result instead (succeeds, fails "
            "with an exit_code), or use the mock in the process of the test."
        )
    maker = _KINDS.get(kind) if isinstance(kind, str) else None
    if maker is None:
        raise MockUsageError(f"kind={kind!r}: choose one of {', '.join(_KINDS)}.")
    known = tuple(inspect.signature(maker).parameters)
    _refuse_unknown(f"the outcome {kind}", given, ("kind", *known))
    members = {name: given[name] for name in known if given.get(name) is not None}
    for name, value in members.items():
        _check_type(name, value, *_OUTCOME_MEMBERS[name])
    if isinstance(members.get("log"), list):
        members["log"] = [tuple(line) if isinstance(line, list) else line for line in members["log"]]
    return maker(**members)


def as_rule(meant: Matcher, planned: Sequence[Outcome]) -> dict[str, Any]:
    """The rule as plain data: what `add_rule` takes.

    Raises:
        MockUsageError: An outcome cannot be sent.
    """
    rule: dict[str, Any] = {name: getattr(meant, name) for name in _WHOM if name != "tags"}
    rule["tags"] = dict(meant.tags) or None
    rule["service"] = meant.service or None
    rule = {name: value for name, value in rule.items() if value is not None}
    return rule | {"attempts": [_as_plain(entry) for entry in planned]}


def _as_plain(planned: Outcome) -> dict[str, Any]:
    if planned.is_live:
        raise MockUsageError(
            f"{planned.kind}(…) cannot be sent to a server: a Python callable, as what a process does, "
            "stays in the process of the test. Plan its result instead (succeeds, fails with an "
            "exit_code), or use the fixture batchmock_server, whose server runs in the test's process."
        )
    known = inspect.signature(_KINDS[planned.kind]).parameters
    members: dict[str, Any] = {
        "after": None if planned.after_ms is None else planned.after_ms / 1000,
        "while_starting": planned.while_starting or None,
        "exit_code": planned.exit_code,
        "reason": planned.reason,
        "log": [[line.after_ms / 1000, line.text] for line in planned.log] or None,
    }
    told = {name: value for name, value in members.items() if name in known and value is not None}
    return {"kind": planned.kind} | told


def _refuse_unknown(what: str, given: Mapping[str, Any], known: tuple[str, ...]) -> None:
    unknown = [str(name) for name in given if name not in known]
    if unknown:
        raise MockUsageError(f"{what} has no {', '.join(unknown)}; it has: {', '.join(known)}.")


def _check_type(name: str, value: Any, types: type | tuple[type, ...], wanted: str) -> None:
    if not isinstance(value, types) or (isinstance(value, bool) and types is not bool):
        raise MockUsageError(f"{name}={value!r}: give {wanted}.")
