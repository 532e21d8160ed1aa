"""The record of a consumable resource: something countable that jobs need beside CPU and memory."""

from __future__ import annotations

from typing import Final

REPLENISHABLE: Final = "REPLENISHABLE"
NON_REPLENISHABLE: Final = "NON_REPLENISHABLE"


class ConsumableResource:
    """One consumable resource.

    Attributes:
        key: The order of creation within its region, from 0.
        total: ``totalQuantity``.
        in_use: What jobs in STARTING and RUNNING hold.
        client_tokens: Tokens of updates, with the time of their first use.
        type: ``REPLENISHABLE`` (given back when a job ends) or ``NON_REPLENISHABLE``.
    """

    __slots__ = (
        "arn",
        "client_tokens",
        "created_at_ms",
        "in_use",
        "key",
        "name",
        "tags",
        "total",
        "type",
    )

    def __init__(
        self,
        *,
        key: int,
        name: str,
        arn: str,
        total: int,
        type: str,
        tags: dict[str, str],
        created_at_ms: int,
    ) -> None:
        self.key = key
        self.name = name
        self.arn = arn
        self.total = total
        self.in_use = 0
        self.client_tokens: dict[str, int] = {}
        self.type = type
        self.tags = tags
        self.created_at_ms = created_at_ms

    @property
    def available(self) -> int:
        """``availableQuantity``; not below zero when the total was set below what is in use."""
        return max(0, self.total - self.in_use)

    @property
    def is_replenishable(self) -> bool:
        """Whether jobs give back what they took."""
        return self.type == REPLENISHABLE
