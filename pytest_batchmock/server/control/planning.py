"""The verbs that plan what will happen: outcomes of jobs, and faults between client and service."""

from __future__ import annotations

from typing import Final

from pytest_batchmock.control.plain import RULE_MEMBERS, add_rule
from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.server.asked import Asked, Members, Route, Routes

_FAULTS: Final = ("throttle", "server_error", "drop_connection")


def _add_outcome(asked: Asked) -> Members:
    add_rule(asked.mock, asked.body)
    return {"added": asked.body}


def _outcomes(asked: Asked) -> Members:
    return {"unused": asked.mock.unused_rules}


def _faults(asked: Asked) -> Members:
    return {
        "faults": [
            {
                "kind": fault.kind,
                "operations": list(fault.operations),
                "probability": fault.probability,
                "processed": fault.processed,
                "left": left,
            }
            for fault, left in asked.mock.faults.left
        ]
    }


def _add_fault(asked: Asked) -> Members:
    given = dict(asked.body)
    kind, operations = given.pop("kind", None), given.pop("operations", [])
    if kind not in _FAULTS:
        raise MockUsageError(f"kind={kind!r}: choose one of {', '.join(_FAULTS)}.")
    if not isinstance(operations, list) or not all(isinstance(name, str) for name in operations):
        raise MockUsageError(f"operations={operations!r}: give a list of names, such as SubmitJob.")
    probability = given.get("probability")
    if probability is not None and (
        isinstance(probability, bool) or not isinstance(probability, (int, float))
    ):
        raise MockUsageError(f"probability={probability!r}: give a number above 0 and at most 1.")
    if "processed" in given and (kind != "drop_connection" or not isinstance(given["processed"], bool)):
        raise MockUsageError("processed: give true or false, to drop_connection only.")
    getattr(asked.mock.faults, kind)(*operations, **given)
    return {"added": asked.body}


def _clear_faults(asked: Asked) -> Members:
    asked.mock.faults.clear()
    return {"cleared": True}


ROUTES: Final[Routes] = {
    ("GET", "outcomes"): Route(_outcomes, (), "the outcome rules that have decided nothing so far"),
    ("POST", "outcomes"): Route(
        _add_outcome, RULE_MEMBERS, "say what happens to jobs; the last rule that matches wins"
    ),
    ("GET", "faults"): Route(_faults, (), "the faults that are not spent"),
    ("POST", "faults"): Route(
        _add_fault,
        ("kind", "operations", "times", "probability", "processed"),
        "plan what goes wrong between client and service",
    ),
    ("DELETE", "faults"): Route(_clear_faults, (), "forget all faults that are planned"),
}
