"""The verbs of ``batchmock.faults``: what goes wrong between a client and the service.

botocore's own retry logic runs on all of it, with its back-off in virtual time.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from typing import Final

from pytest_batchmock.api.dispatch import BY_METHOD
from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.transports.faults import Fault, FaultKind, FaultPlan

VERBS: Final[Mapping[FaultKind, str]] = {
    "throttle": "throttle",
    "server_error": "server_error",
    "read_timeout": "time_out",
    "dropped_connection": "drop_connection",
}
"""The verb that plans a kind of fault, of those that can happen over HTTP.

A connection that is not made can not: which operation it is for is known when it is there.
"""


class Faults:
    """Plans faults. Every verb takes operations, by API name or boto3 method; none means all.

    A fault hits attempts, not calls: botocore makes up to 3 attempts of a call in its standard mode
    (its default since 1.44), 5 in its legacy mode. With ``times`` it hits that many; with
    ``probability`` each attempt is drawn, by the option `seed` alone; with neither it hits every
    attempt until `clear`. Of several faults, the one that was planned first goes first.

    The back-off between two attempts passes in virtual time, as long as a mock's `virtual_sleep`
    allows, and so does what the rate limiter of the adaptive mode waits. botocore draws the length of
    the back-off unseeded.

    Args:
        plan: The plan of the mock.
    """

    def __init__(self, plan: FaultPlan) -> None:
        self._plan = plan

    def throttle(
        self, *operations: str, times: int | None = None, probability: float | None = None
    ) -> None:
        """Answer with HTTP 429, TooManyRequestsException: ``throttle("SubmitJob", times=3)``.

        Raises:
            MockUsageError: There is no such operation, or a number makes no sense.
        """
        self._add("throttle", operations, times, probability)

    def server_error(
        self, *operations: str, times: int | None = None, probability: float | None = None
    ) -> None:
        """Answer with HTTP 500, ServerException.

        Raises:
            MockUsageError: There is no such operation, or a number makes no sense.
        """
        self._add("server_error", operations, times, probability)

    def time_out(
        self,
        *operations: str,
        times: int | None = None,
        probability: float | None = None,
        connecting: bool = False,
        processed: bool = False,
    ) -> None:
        """Let no answer arrive: botocore's ReadTimeoutError. No time passes meanwhile.

        Over HTTP the connection stays open and silent, until the client has had enough.

        Args:
            operations: As for all faults.
            times: As for all faults.
            probability: As for all faults.
            connecting: The connection is not even made: ConnectTimeoutError. Not over HTTP.
            processed: The service does the work, and only its answer is late. botocore tries again:
                so a SubmitJob, which has no client token, makes a second job.

        Raises:
            MockUsageError: There is no such operation, or a number makes no sense, or a request
                that never arrived is said to be processed.
        """
        if connecting and processed:
            raise MockUsageError(
                "time_out(connecting=True, processed=True): without a connection the service gets no "
                "request to process; leave one of them out."
            )
        kind: FaultKind = "connect_timeout" if connecting else "read_timeout"
        self._add(kind, operations, times, probability, processed)

    def drop_connection(
        self,
        *operations: str,
        times: int | None = None,
        probability: float | None = None,
        processed: bool = False,
    ) -> None:
        """Close the connection before an answer arrives: botocore's ConnectionClosedError.

        Args:
            operations: As for all faults.
            times: As for all faults.
            probability: As for all faults.
            processed: The service does the work, and only its answer is lost (see `time_out`).

        Raises:
            MockUsageError: There is no such operation, or a number makes no sense.
        """
        self._add("dropped_connection", operations, times, probability, processed)

    def clear(self) -> None:
        """Forget all faults that are planned."""
        self._plan.clear()

    @property
    def left(self) -> list[tuple[Fault, int | None]]:
        """The faults that are not spent, each with the hits it has left (None: until `clear`)."""
        return self._plan.left()

    def _add(
        self,
        kind: FaultKind,
        operations: tuple[str, ...],
        times: int | None,
        probability: float | None,
        processed: bool = False,
    ) -> None:
        if times is not None and (isinstance(times, bool) or not isinstance(times, int) or times < 1):
            raise MockUsageError(f"times={times!r}: give a whole number of attempts, 1 or more.")
        if probability is not None and (
            not isinstance(probability, int | float) or not 0 < probability <= 1
        ):
            raise MockUsageError(f"probability={probability!r}: it must be above 0 and at most 1.")
        names = tuple(dict.fromkeys(_operation(name) for name in operations))
        self._plan.add(Fault(kind, names, times, probability, processed))


def _operation(name: str) -> str:
    """The API name of an operation that is given by that or by its boto3 method."""
    if not isinstance(name, str):
        raise MockUsageError(f"faults: {name!r} is no name of an operation, such as 'SubmitJob'.")
    names = _names()
    if name in names:
        return names[name]
    near = get_close_matches(name, names, n=3)
    meant = f"Did you mean {' or '.join(near)}?" if near else f"There are: {', '.join(_api_names())}."
    raise MockUsageError(f"faults: AWS Batch has no operation {name!r}. {meant}")


@cache
def _names() -> dict[str, str]:
    """Every spelling of every operation, to its API name."""
    return {
        spelling: operation
        for operation, method in zip(_api_names(), BY_METHOD, strict=True)
        for spelling in (operation, method)
    }


def _api_names() -> list[str]:
    """All operations, also those that an older botocore does not know yet."""
    return ["".join(word.capitalize() for word in method.split("_")) for method in BY_METHOD]
