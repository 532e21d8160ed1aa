"""`batchmock.calls`: what was asked of the mock."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple, cast

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


class CallLog:
    """The calls that were answered, oldest first. Cheap to write: a record is made when it is read.

    Args:
        most: How many are kept, the last ones; None for all of them.
    """

    __slots__ = ("_entries", "note")

    def __init__(self, most: int | None = None) -> None:
        self.keep(most)

    def keep(self, most: int | None) -> None:
        """Forget all calls, and keep at most so many from now on."""
        self._entries: deque[tuple[Any, ...]] = deque(maxlen=most)
        self.note = self._entries.append
        """Add a call: the members of a `CallRecord`, its parameters maybe as the body that was sent."""

    def __iter__(self) -> Iterator[CallRecord]:
        for entry in list(self._entries):
            at_ms, operation, params, *ended = entry
            if isinstance(params, bytes):
                params = json.loads(params)
            yield CallRecord(at_ms, operation, cast("dict[str, Any]", params), *ended)
