"""The record of a scheduling policy: fair share, or quota shares. It has no status in the API."""

from __future__ import annotations

from typing import Any


class SchedulingPolicy:
    """One scheduling policy.

    Attributes:
        key: The order of creation within its region, from 0.
        fairshare: ``fairsharePolicy`` as given, or None.
        quota_share: ``quotaSharePolicy`` as given, or None. At most one of the two is set.
    """

    __slots__ = ("arn", "created_at_ms", "fairshare", "key", "name", "quota_share", "tags")

    def __init__(
        self,
        *,
        key: int,
        name: str,
        arn: str,
        fairshare: dict[str, Any] | None,
        quota_share: dict[str, Any] | None,
        tags: dict[str, str],
        created_at_ms: int,
    ) -> None:
        self.key = key
        self.name = name
        self.arn = arn
        self.fairshare = fairshare
        self.quota_share = quota_share
        self.tags = tags
        self.created_at_ms = created_at_ms
