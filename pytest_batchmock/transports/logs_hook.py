"""CloudWatch Logs calls of any client, answered in-process where they ask for the output of Batch jobs.

Here: the dormant ``before-call`` handler. `botocore_hook` registers it beside its own, and asks it
for clients that are older than the hook. Not here: which groups are ours and what is in them
(api/logs_operations.py).

Who wins: a group that Batch jobs write to is ours, also beside moto; a request for another group, and
every operation that writes, passes through to moto or the network. DescribeLogGroups is ours if one
of our groups matches what it asks for; one that asks for all groups is moto's while moto is active,
as we cannot know moto's.
"""

from __future__ import annotations

import json
import sys
from typing import Any, Final, Protocol, cast

from pytest_batchmock.errors import BatchError
from pytest_batchmock.transports import botocore_answer, virtual_sleep
from pytest_batchmock.transports.active import CallContext, current
from pytest_batchmock.transports.botocore_answer import Answer
from pytest_batchmock.transports.virtual_sleep import SleepingTarget

EVENT: Final = "before-call.cloudwatch-logs"
SERVICE_ID: Final = "CloudWatch Logs"

_NARROWING: Final = frozenset({"logGroupNamePrefix", "logGroupNamePattern", "logGroupIdentifiers"})


class LogsTarget(SleepingTarget, Protocol):
    """A call target with the logs of its jobs."""

    def call_logs(
        self, context: CallContext, operation: str, params: dict[str, Any]
    ) -> tuple[str, dict[str, Any]] | None:
        """Answer a call of CloudWatch Logs; None if it is not about the logs of Batch jobs.

        Raises:
            BatchError: The service refuses.
        """


def before_call(
    *, model: Any, params: dict[str, Any], request_signer: Any, context: dict[str, Any], **_: Any
) -> Answer | None:
    """Answer a call if a mock is active and the logs are those of its jobs."""
    target = cast("LogsTarget | None", current())
    if target is None:
        return None
    body = params["body"]
    asked = json.loads(body) if body else {}
    if model.name == "DescribeLogGroups" and not _NARROWING & asked.keys() and _moto_is_active():
        return None
    call_context = CallContext(
        botocore_answer.account_of(request_signer) or target.options.account_id,
        context["client_region"] or target.options.region,
        body=body,
    )
    try:
        answer = target.call_logs(call_context, model.name, asked)
    except BatchError as error:
        virtual_sleep.note_call(target)
        return botocore_answer.refused(model, error)
    if answer is None:
        return None
    # A loop that follows a log sleeps between its calls, as one that polls a job does.
    virtual_sleep.note_call(target)
    return botocore_answer.answered(*answer)


def _moto_is_active() -> bool:
    stubber = getattr(sys.modules.get("moto.core.models"), "botocore_stubber", None)
    return bool(getattr(stubber, "enabled", False))
