"""Fair share: which share identifier is served next, and how much is kept for those not here yet.

The measure of a share is its use of vCPUs times its weight factor; the lowest is served next (user
guide, share-identifiers), so a lower factor gets more: 0.125 gets eight times the share of 1. All
functions are pure; the use over time is kept by engine/shares.py.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

Policy = Mapping[str, Any]

DEFAULT_WEIGHT: Final = 1.0
MINIMUM_DECAY_SECONDS: Final = 600  # API model: 0 means the minimum window


def next_share(waiting: Collection[str], use: Mapping[str, float], policy: Policy) -> str:
    """Return the share identifier to serve next.

    Args:
        waiting: The identifiers of jobs that wait; at least one.
        use: By identifier, what it uses and has lately used of vCPUs; absent is nothing.
        policy: ``fairsharePolicy``.
    """
    in_use = {*waiting, *(share for share, amount in use.items() if amount > 0)}
    return min(waiting, key=lambda share: (use.get(share, 0.0) * weight(share, policy, in_use), share))


def weight(share: str, policy: Policy, in_use: Collection[str]) -> float:
    """Return the weight factor of an identifier.

    An entry with a trailing ``*`` is for all identifiers with that prefix; its factor is multiplied
    by how many of them are in use (user guide, scheduling-policy-parameters). Identifiers that no
    entry names have the factor 1 (API model, FairsharePolicy.shareDistribution).
    """
    for entry in policy.get("shareDistribution", ()):
        pattern, factor = str(entry["shareIdentifier"]), float(entry.get("weightFactor", DEFAULT_WEIGHT))
        if pattern == share:
            return factor
        if pattern.endswith("*") and share.startswith(pattern[:-1]):
            return factor * max(1, sum(other.startswith(pattern[:-1]) for other in in_use))
    return DEFAULT_WEIGHT


def reserved_fraction(policy: Policy, active: int) -> float:
    """Return the part of the maximum vCPUs that is kept for shares that are not active.

    ``(computeReservation / 100) ** active`` (API model, FairsharePolicy.computeReservation): 50
    keeps 50 %, 25 % and 12.5 % with one, two and three active shares.
    """
    percent = float(policy.get("computeReservation", 0))
    return (percent / 100) ** max(active, 1) if percent else 0.0


def decay_seconds(policy: Policy) -> int:
    """Return the time over which past use is forgotten, in seconds."""
    return max(int(policy.get("shareDecaySeconds", 0)), MINIMUM_DECAY_SECONDS)
