"""The verbs that make resources, call an operation, or forget all."""

from __future__ import annotations

import json
from typing import Any, Final

from pytest_batchmock.control.verbs import BatchMockLike, kinds_of
from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.mock import BatchMock
from pytest_batchmock.seeding import documents, loading
from pytest_batchmock.server.asked import Asked, Members, Route, Routes, checked

_DEFAULTS: Final = kinds_of(BatchMockLike.defaults)


def _seed(asked: Asked) -> Members:
    """Create what documents hold; they are sent, for no path of a request leads to a file."""
    given, parameters = asked.body.get("documents"), asked.body.get("parameters", {})
    keep_arns = asked.body.get("keep_arns", False)
    if not isinstance(given, dict) or not given:
        raise MockUsageError(
            'documents: give an object of documents by name, such as {"a.json": {"jobQueues": […]}}; a '
            "document may be a text too."
        )
    if not isinstance(parameters, dict) or not all(isinstance(v, str) for v in parameters.values()):
        raise MockUsageError("parameters: give an object of texts.")
    if not isinstance(keep_arns, bool):
        raise MockUsageError("keep_arns: give true or false.")
    found = []
    for name, document in given.items():
        text = document if isinstance(document, str) else json.dumps(document)
        found.append((name, documents.parse(name, text)))
    if keep_arns:
        _refuse_other_accounts(asked.mock, found, parameters)
    seeded = loading.seed(asked.world, found, parameters=parameters, keep_arns=keep_arns)
    return {"created": seeded.created, "left_out": seeded.left_out}


def _refuse_other_accounts(mock: BatchMock, found: Any, parameters: Members) -> None:
    own = (mock.options.account_id, mock.options.region)
    for resource in documents.plan(found, parameters, own).resources:
        if resource.scope is not None and resource.scope[0] != own[0]:
            raise MockUsageError(
                f"keep_arns: {resource.origin} is of the account {resource.scope[0]}, and this is about "
                f"{own[0]}: say ?account={resource.scope[0]}, or leave keep_arns out."
            )


def _defaults(asked: Asked) -> Members:
    made = asked.mock.defaults(**checked(asked.body, _DEFAULTS))
    return {
        "compute_environment": made.compute_environment,
        "job_queue": made.job_queue,
        "job_definition": made.job_definition,
    }


def _call(asked: Asked) -> Members:
    """Call an operation as the test does: without a client, and out of reach of faults."""
    operation, params = asked.body.get("operation"), asked.body.get("params", {})
    if not isinstance(operation, str):
        raise MockUsageError(f"operation={operation!r}: give an operation such as SubmitJob.")
    if not isinstance(params, dict):
        raise MockUsageError(f"params={params!r}: give an object.")
    return {"answer": asked.mock.call(operation, params)}


def _reset(asked: Asked) -> Members:
    asked.accounts.mock(asked.account)  # refuses what is no account
    asked.accounts.reset(asked.account)
    return {"reset": asked.account or "all accounts"}


ROUTES: Final[Routes] = {
    ("POST", "seed"): Route(
        _seed,
        ("documents", "parameters", "keep_arns"),
        "create the resources of describe dumps, templates or Terraform states",
    ),
    ("POST", "defaults"): Route(
        _defaults,
        tuple(_DEFAULTS),
        "make an environment, a queue and a definition, for those who do not care which",
    ),
    ("POST", "call"): Route(_call, ("operation", "params"), "call an operation, out of reach of faults"),
    ("POST", "reset"): Route(
        _reset, (), "forget all of the account that is named, else of all accounts"
    ),
}
