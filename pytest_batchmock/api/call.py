"""One call as the operations see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pytest_batchmock.api.views.kept import KeptDetails
from pytest_batchmock.domain.region import RegionState
from pytest_batchmock.engine.engine import Engine
from pytest_batchmock.options import Options
from pytest_batchmock.rules.registry import Request, enforce


@dataclass(slots=True)
class Call:
    """The operation, its parameters, and the state of the caller's account and region.

    Attributes:
        body: The body of the request, if `params` are what botocore wrote into it.
        kept: The answers that need not be made anew.
    """

    operation: str
    params: dict[str, Any]
    region: RegionState
    engine: Engine
    options: Options
    request_id: str
    kept: KeptDetails
    body: bytes | None = None

    def enforce(self, **resolved: Any) -> None:
        """Apply the rules of the operation to the parameters and what they were resolved to.

        Raises:
            BatchError: A rule refuses the request.
        """
        request = Request(
            self.operation, self.params, self.region, self.options, body=self.body, **resolved
        )
        enforce(request)
