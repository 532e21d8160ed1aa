"""The record of a quota share: a virtual queue with capacity of its own, below a job queue."""

from __future__ import annotations

from typing import Any


class QuotaShare:
    """One quota share. Its name is unique within its queue only, so it is kept by its ARN.

    Attributes:
        key: The order of creation within its region, from 0.
        job_queue_arn: The queue it belongs to; name and queue never change.
        capacity_limits: What it may use without borrowing: a list of {maxCapacity, capacityUnit}.
        resource_sharing: ``resourceSharingConfiguration`` as given.
        preemption: ``preemptionConfiguration`` as given.
    """

    __slots__ = (
        "arn",
        "capacity_limits",
        "created_at_ms",
        "history",
        "job_queue_arn",
        "key",
        "name",
        "preemption",
        "resource_sharing",
        "state",
        "status",
        "status_reason",
        "tags",
    )

    def __init__(
        self,
        *,
        key: int,
        name: str,
        arn: str,
        job_queue_arn: str,
        state: str,
        capacity_limits: list[dict[str, Any]],
        resource_sharing: dict[str, Any],
        preemption: dict[str, Any],
        tags: dict[str, str],
        created_at_ms: int,
    ) -> None:
        self.key = key
        self.name = name
        self.arn = arn
        self.job_queue_arn = job_queue_arn
        self.state = state
        self.capacity_limits = capacity_limits
        self.resource_sharing = resource_sharing
        self.preemption = preemption
        self.tags = tags
        self.created_at_ms = created_at_ms
        self.status = ""
        self.status_reason = ""
        self.history: tuple[Any, ...] = ()

    @property
    def capacity(self) -> dict[str, int]:
        """What it may use without borrowing, by capacity unit."""
        return {str(limit["capacityUnit"]): int(limit["maxCapacity"]) for limit in self.capacity_limits}

    @property
    def lends(self) -> bool:
        """Whether others may use its idle capacity."""
        return bool(self.resource_sharing["strategy"] != "RESERVE")

    @property
    def borrow_limit_percent(self) -> int | None:
        """How much it may borrow, in percent of its own capacity of a unit; None is no limit."""
        if self.resource_sharing["strategy"] != "LEND_AND_BORROW":
            return 0
        limit = int(self.resource_sharing.get("borrowLimit", -1))
        return None if limit < 0 else limit

    @property
    def preempts_within(self) -> bool:
        """Whether a job of higher priority stops a lower one of the same share."""
        return bool(self.preemption["inSharePreemption"] == "ENABLED")

    @property
    def epoch(self) -> int:
        """Grows with every change of status; an event made in another epoch is stale."""
        return len(self.history)
