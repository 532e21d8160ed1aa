"""One call as the operations see it."""

from __future__ import annotations

from typing import Any

from pytest_batchmock.api.accepted import AcceptedSubmits
from pytest_batchmock.domain.region import RegionState
from pytest_batchmock.engine.engine import Engine
from pytest_batchmock.options import Options
from pytest_batchmock.rules.registry import Request, enforce


class Call(Request):
    """The operation, its parameters, and the state of the caller's account and region.

    Attributes:
        accepted: The submits that were accepted last.
        body: The body of the request, if `params` are what botocore wrote into it.
    """

    __slots__ = ("accepted", "engine", "request_id")

    params: dict[str, Any]
    region: RegionState

    def __init__(
        self,
        operation: str,
        params: dict[str, Any],
        region: RegionState,
        engine: Engine,
        options: Options,
        request_id: str,
        accepted: AcceptedSubmits,
        body: bytes | None = None,
    ) -> None:
        # Not by the base class's __init__: this is made for every call.
        self.operation = operation
        self.params = params
        self.region = region
        self.options = options
        self.target = self.queue = self.definition = None
        self.body = body
        self.engine = engine
        self.request_id = request_id
        self.accepted = accepted

    def enforce(self, *, target: Any = None, queue: Any = None, definition: Any = None) -> None:
        """Apply the rules of the operation to the parameters and what they were resolved to.

        Raises:
            BatchError: A rule refuses the request.
        """
        self.target, self.queue, self.definition = target, queue, definition
        enforce(self)
