"""moto's Step Functions on this mock: tasks like ``arn:aws:states:::batch:submitJob.sync``.

moto runs a state machine itself and calls Batch through boto3, so the calls arrive here like any
others. But it hands the members over as Step Functions spells them (``JobName``) where boto3 wants
``jobName``, so that botocore fails before there is a request (seen with moto 5.2.5, whose two methods
for it do nothing). `install` gives those two methods their work.

Relied upon, and private to moto: ``StateTaskServiceBatch`` with ``_normalise_parameters``,
``_normalise_response``, ``_to_boto_request``, ``_from_boto_response`` and
``_get_boto_service_action``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_batchmock.errors import MockUsageError


def install() -> Callable[[], None]:
    """Have moto's Step Functions spell the members of Batch as boto3 does; returns what undoes it.

    Nothing changes if moto does so by itself.

    Raises:
        MockUsageError: moto is not installed with what its Step Functions need.
    """
    try:
        from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
            state_task_service_batch,
        )
    except ImportError as error:
        raise MockUsageError(
            f"moto's Step Functions cannot be imported ({error}): pip install 'moto[stepfunctions]'."
        ) from error
    task: Any = state_task_service_batch.StateTaskServiceBatch
    if _is_patched_or_works(task):
        return lambda: None
    task._normalise_parameters = _normalise_parameters
    task._normalise_response = _normalise_response

    def undo() -> None:
        if vars(task).get("_normalise_parameters") is _normalise_parameters:
            del task._normalise_parameters, task._normalise_response

    return undo


def _is_patched_or_works(task: Any) -> bool:
    own = vars(task).keys() & {"_normalise_parameters", "_normalise_response"}
    code = getattr(task._normalise_parameters, "__code__", None)
    # A method that only passes loads None and returns it: it has no names to work with.
    return bool(own) or code is None or bool(code.co_names)


def _normalise_parameters(
    self: Any,
    parameters: dict[str, Any],
    boto_service_name: str | None = None,
    service_action_name: str | None = None,
) -> None:
    self._to_boto_request(parameters, _operation(self, service_action_name).input_shape)


def _normalise_response(
    self: Any,
    response: Any,
    boto_service_name: str | None = None,
    service_action_name: str | None = None,
) -> None:
    self._from_boto_response(response, _operation(self, service_action_name).output_shape)


def _operation(task: Any, service_action_name: str | None) -> Any:
    """botocore's model of the Batch operation that the task calls."""
    import botocore.session
    from botocore.model import ServiceModel

    loader = botocore.session.Session().get_component("data_loader")
    model = ServiceModel(loader.load_service_model("batch", "service-2"))
    called = task._get_boto_service_action(service_action_name)
    return next(
        model.operation_model(name)
        for name in model.operation_names
        if task._get_boto_service_action(name) == called
    )
