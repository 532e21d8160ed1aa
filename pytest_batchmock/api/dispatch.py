"""The way of every call: known operation → shape → operation (resolve, rules, engine, view)."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from types import ModuleType
from typing import Any, Final

from pytest_batchmock.api import model, shapes
from pytest_batchmock.api.call import Call
from pytest_batchmock.api.operations import (
    compute_environments,
    consumable_resources,
    job_definitions,
    job_queues,
    jobs,
    quota_shares,
    scheduling_policies,
    service_environments,
    service_jobs,
    snapshots,
    tags,
)
from pytest_batchmock.errors import NotModelledError

Handler = Callable[[Call], dict[str, Any]]

_MODULES: Final = (
    compute_environments,
    consumable_resources,
    job_definitions,
    job_queues,
    jobs,
    quota_shares,
    scheduling_policies,
    service_environments,
    service_jobs,
    snapshots,
    tags,
)


def _public_functions(module: ModuleType) -> dict[str, Handler]:
    return {
        name: value
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", "") == module.__name__
    }


BY_METHOD: Final[dict[str, Handler]] = {
    name: handler for module in _MODULES for name, handler in _public_functions(module).items()
}
"""The handlers by their boto3 method name: the public functions of `api.operations`."""

_BY_OPERATION: dict[str, tuple[Handler, bool]] = {}

_OF_JOBS: Final = frozenset(
    {
        "SubmitJob",
        "CancelJob",
        "CancelJobs",
        "TerminateJob",
        "TerminateJobs",
        "SubmitServiceJob",
        "UpdateServiceJob",
        "TerminateServiceJob",
        "TerminateServiceJobs",
    }
)
"""The operations that change jobs and no resource."""


def is_read(operation: str) -> bool:
    """Whether an operation asks and changes nothing."""
    return operation.startswith(("Describe", "List", "Get"))


def dispatch(call: Call, *, validated: bool) -> dict[str, Any]:
    """Answer one call.

    Args:
        call: The call; its parameters are as they were sent.
        validated: Whether the client has checked their shapes.

    Raises:
        BatchError: The service refuses.
        NotModelledError: The operation is one this project does not have.
    """
    operation = call.operation
    known = _BY_OPERATION.get(operation)
    if known is None:
        handler = BY_METHOD.get(model.method_name(operation))
        if handler is None:
            raise NotModelledError(_not_there(operation))
        changes_resources = not is_read(operation) and operation not in _OF_JOBS
        known = _BY_OPERATION[operation] = handler, changes_resources
    handler, changes_resources = known
    params = shapes.normalised(operation, call.params)
    if params is not call.params or not validated:
        call.params, call.body = params, None
    shapes.check(operation, params, validated=validated)
    answer = handler(call)
    if changes_resources:
        call.region.version += 1
    return answer


def _not_there(operation: str) -> str:
    known = model.operation_names()
    if operation in known:
        return f"AWS Batch {operation} is not modelled yet."
    near = " or ".join(get_close_matches(operation, known, n=3))
    meant = f"did you mean {near}?" if near else "give an operation such as SubmitJob."
    return f"AWS Batch has no operation {operation!r}, as far as is known here: {meant}"
