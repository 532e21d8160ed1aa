"""The verbs that plan what will happen: outcomes of jobs, and faults between client and service."""

from __future__ import annotations

from typing import Final

from pytest_batchmock.control.faults import VERBS, Faults
from pytest_batchmock.control.plain import RULE_MEMBERS, add_rule
from pytest_batchmock.control.verbs import kinds_of
from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.server.asked import Asked, Members, Route, Routes, checked

_HOW: Final = ("times", "probability", "processed")


def _add_outcome(asked: Asked) -> Members:
    add_rule(asked.mock, asked.body)
    return {"added": asked.body}


def _outcomes(asked: Asked) -> Members:
    return {"unused": asked.mock.unused_rules}


def _faults(asked: Asked) -> Members:
    return {
        "faults": [
            {
                "kind": VERBS.get(fault.kind, "time_out"),
                "connecting": fault.kind == "connect_timeout",
                "operations": list(fault.operations),
                "probability": fault.probability,
                "processed": fault.processed,
                "left": left,
            }
            for fault, left in asked.mock.faults.left
        ]
    }


def _add_fault(asked: Asked) -> Members:
    kind, operations = str(asked.body.get("kind")), asked.body.get("operations", [])
    if kind not in VERBS.values():
        raise MockUsageError(f"kind={kind!r}: choose one of {', '.join(VERBS.values())}.")
    if not isinstance(operations, list) or not all(isinstance(name, str) for name in operations):
        raise MockUsageError(f"operations={operations!r}: give a list of names, such as SubmitJob.")
    kinds = kinds_of(getattr(Faults, kind))
    if "processed" in asked.body and "processed" not in kinds:
        raise MockUsageError("processed: only time_out and drop_connection take that.")
    how = {name: kinds[name] for name in _HOW if name in kinds}
    getattr(asked.mock.faults, kind)(*operations, **checked(asked.body, how))
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
        ("kind", "operations", *_HOW),
        "plan what goes wrong between client and service: " + ", ".join(VERBS.values()),
    ),
    ("DELETE", "faults"): Route(_clear_faults, (), "forget all faults that are planned"),
}
