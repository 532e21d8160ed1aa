"""The record of a service environment: how much a service may run for us at a time."""

from __future__ import annotations

from typing import Any, Final

NUM_INSTANCES: Final = "NUM_INSTANCES"


class ServiceEnvironment:
    """One service environment.

    Attributes:
        key: The order of creation within its region, from 0.
        type: ``SAGEMAKER_TRAINING``.
        capacity_limits: ``capacityLimits`` as given: a list of {maxCapacity, capacityUnit}.
        lacks_capacity: Whether a test has said that the service has no instances for it.
    """

    __slots__ = (
        "arn",
        "capacity_limits",
        "created_at_ms",
        "history",
        "key",
        "lacks_capacity",
        "name",
        "state",
        "status",
        "status_reason",
        "tags",
        "type",
    )

    def __init__(
        self,
        *,
        key: int,
        name: str,
        arn: str,
        type: str,
        state: str,
        capacity_limits: list[dict[str, Any]],
        tags: dict[str, str],
        created_at_ms: int,
    ) -> None:
        self.key = key
        self.name = name
        self.arn = arn
        self.type = type
        self.state = state
        self.capacity_limits = capacity_limits
        self.tags = tags
        self.created_at_ms = created_at_ms
        self.lacks_capacity = False
        self.status = ""
        self.status_reason = ""
        self.history: tuple[Any, ...] = ()

    @property
    def capacity(self) -> dict[str, int]:
        """The most that may be in use at a time, by capacity unit."""
        return {str(limit["capacityUnit"]): int(limit["maxCapacity"]) for limit in self.capacity_limits}

    @property
    def counts_instances(self) -> bool:
        """Whether it counts instances of any type, and so cannot serve quota management."""
        return NUM_INSTANCES in self.capacity

    @property
    def epoch(self) -> int:
        """Grows with every change of status; an event made in another epoch is stale."""
        return len(self.history)
