"""`batchmock.calls`: what was asked of the mock."""

from __future__ import annotations

from typing import Any, NamedTuple

from pytest_batchmock.transports.faults import FaultKind


class CallRecord(NamedTuple):
    """One API call that was answered.

    Attributes:
        at_ms: Virtual time.
        operation: As the API spells it.
        params: As they were sent.
        error: The code of the refusal, or None; of a fault, the code or the name of botocore's
            exception.
        fault: What kind of planned fault hit this attempt, or None.
    """

    at_ms: int
    operation: str
    params: dict[str, Any]
    error: str | None
    fault: FaultKind | None = None
