"""Who is told of events, and how reliably: EventBridge delivers at least once, in no certain order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from pytest_batchmock.domain.ids import keyed_fraction
from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.observe.event_pattern import compile_pattern

if TYPE_CHECKING:
    from pytest_batchmock.engine.engine import Engine
    from pytest_batchmock.engine.notifications import Told

Event = dict[str, Any]
Handler = Callable[[Event, Any], Any]

_LATEST_MS: Final = 30_000
"""How late a duplicate or a reordered event comes at most; the service names no figure."""


@dataclass(frozen=True, slots=True)
class HandlerContext:
    """The second argument of a handler: what it needs of Lambda's context object.

    Attributes:
        function_name: The handler's name.
        aws_request_id: The event's id.
    """

    function_name: str
    aws_request_id: str

    def get_remaining_time_in_millis(self) -> int:
        """Always a quarter of an hour, Lambda's maximum: a handler takes no virtual time."""
        return 900_000


@dataclass(eq=False, slots=True)
class Subscription:
    """One handler that is told of the events that match; `stop` ends it."""

    handler: Handler
    matches: Callable[[Mapping[str, Any]], bool]
    _subscriptions: list[Subscription]

    def stop(self) -> None:
        """Tell the handler of no more events."""
        if self in self._subscriptions:
            self._subscriptions.remove(self)


@dataclass(slots=True)
class Delivery:
    """The subscriptions of one mock, and what goes wrong on the way to them.

    Attributes:
        duplicate: The share of the events that are delivered twice.
        reorder: The share that come late.
    """

    seed: int
    duplicate: float = 0.0
    reorder: float = 0.0
    subscriptions: list[Subscription] = field(default_factory=list)

    def add(self, handler: Handler, pattern: Mapping[str, Any] | str | None) -> Subscription:
        """Tell `handler` of the events that match `pattern` from now on.

        Raises:
            MockUsageError: The pattern is none.
        """
        subscription = Subscription(handler, compile_pattern(pattern), self.subscriptions)
        self.subscriptions.append(subscription)
        return subscription

    def plan(self, *, duplicate: float, reorder: float) -> None:
        """Have that share of the events delivered twice, or late.

        Raises:
            MockUsageError: A share is none.
        """
        for name, share in (("duplicate", duplicate), ("reorder", reorder)):
            if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 <= share <= 1:
                raise MockUsageError(f"delivery({name}={share!r}): give a share from 0 to 1.")
        self.duplicate, self.reorder = duplicate, reorder

    def holds_back(self, engine: Engine, notice: Told, event_id: str) -> bool:
        """Whether an event comes later; if it comes twice, that is arranged too."""
        again_ms, delay_ms = self.again_ms(event_id), self.delay_ms(event_id)
        for later_ms in (again_ms, delay_ms):
            if later_ms is not None:
                engine.notifications.hold_back(engine, notice, later_ms)
        return delay_ms is not None

    def delay_ms(self, event_id: str) -> int | None:
        """How late an event comes, or None if it comes at once."""
        return self._delay("reorder", event_id, self.reorder)

    def again_ms(self, event_id: str) -> int | None:
        """When an event is delivered a second time, or None if it is not."""
        return self._delay("duplicate", event_id, self.duplicate)

    def _delay(self, purpose: str, event_id: str, share: float) -> int | None:
        if not share or keyed_fraction(self.seed, purpose, event_id) >= share:
            return None
        return 1 + int(keyed_fraction(self.seed, f"{purpose} by", event_id) * _LATEST_MS)
