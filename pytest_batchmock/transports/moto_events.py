"""Events into moto's EventBridge.

Through moto's rules and not its PutEvents: an event of Batch keeps its own id, time and account
there, and PutEvents is not for sources that begin with ``aws.``.

Relied upon, and private to moto: ``events_backends``, ``event_buses``, ``rules``, ``send_to_targets``.
"""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Any, cast

from pytest_batchmock.errors import MockUsageError


def put_event(event: dict[str, Any], context: Any) -> None:
    """Put one event to the default bus of its account and region.

    Raises:
        MockUsageError: moto's mock is not active.
    """
    stubber = getattr(sys.modules.get("moto.core.models"), "botocore_stubber", None)
    if not getattr(stubber, "enabled", False):
        raise MockUsageError("events.to_moto(): moto's mock is not active (use moto.mock_aws).")
    from moto.events.models import events_backends

    # moto keeps times as numbers until it sends the event to a target.
    happened = datetime.fromisoformat(event["time"]).timestamp()
    arrived = cast(Any, {**event, "time": happened, "ingestion-time": happened})
    backend = events_backends[event["account"]][event["region"]]
    for rule in list(backend.event_buses["default"].rules.values()):
        rule.send_to_targets(arrived)
