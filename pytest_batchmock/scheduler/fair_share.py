"""Fair share: which share identifier is served next, and how much is kept for those not here yet.

The measure of a share is its use of vCPUs times its weight factor; the lowest is served next (user
guide, share-identifiers), so a lower factor gets more: 0.125 gets eight times the share of 1. All
functions are pure; the use over time is kept by engine/shares.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from heapq import heapify, heappop, heapreplace
from typing import Any, Final

Policy = Mapping[str, Any]

DEFAULT_WEIGHT: Final = 1.0
MINIMUM_DECAY_SECONDS: Final = 600  # API model: 0 means the minimum window


def _in_use(waiting: Collection[str], use: Mapping[str, float]) -> set[str]:
    return {*waiting, *(share for share, amount in use.items() if amount > 0)}


class Turns:
    """Says again and again who is served next, within one instant, in which time forgets nothing.

    That is the share with the lowest measure; of equal ones the first by name (inferred).

    What a share uses only grows while jobs are placed, so a heap of what it was when it was looked at
    last has the lowest in front, or one that has grown since: no choice looks at all shares.

    Args:
        policy: ``fairsharePolicy``.
        all_use: By identifier, what each uses and has lately used of vCPUs; absent is nothing.
        use_of: That of one.
        given_back: How often any use has become less so far.
    """

    def __init__(
        self,
        policy: Policy,
        all_use: Callable[[], Mapping[str, float]],
        use_of: Callable[[str], float],
        given_back: Callable[[], int],
    ) -> None:
        self._policy = policy
        self._all_use = all_use
        self._use_of = use_of
        self._given_back = given_back
        self._heap: list[tuple[float, str]] = []
        self._weights = Weights(policy, ())
        self._known = 0
        self._seen_back = -1

    def __call__(self, waiting: Collection[str]) -> str:
        """The share identifier to serve next, of those in which somebody waits; at least one.

        Between two calls only the one that was told before may have left them.
        """
        if self._has_to_begin(waiting):
            use = self._all_use()
            self._weights = Weights(self._policy, _in_use(waiting, use))
            self._heap = [(use.get(share, 0.0) * self._weights.of(share), share) for share in waiting]
            heapify(self._heap)
            self._known, self._seen_back = len(waiting), self._given_back()
        heap = self._heap
        while True:
            measure, share = heap[0]
            now = self._use_of(share) * self._weights.of(share)
            if now == measure:
                return share
            heapreplace(heap, (now, share))

    def _has_to_begin(self, waiting: Collection[str]) -> bool:
        """Whether somebody came, or use became less, or fewer identifiers are in use than before."""
        if not self._heap or self._seen_back != self._given_back():
            return True
        last = self._heap[0][1]
        if last in waiting:
            return len(waiting) != self._known
        heappop(self._heap)
        self._known -= 1
        return len(waiting) != self._known or self._use_of(last) <= 0


class Weights:
    """The weight factors of a policy while certain identifiers are in use.

    An entry with a trailing ``*`` is for all identifiers with that prefix; its factor is multiplied
    by how many of them are in use (user guide, scheduling-policy-parameters). Of several entries for an
    identifier the first counts. Identifiers that no entry names have the factor 1 (API model,
    FairsharePolicy.shareDistribution).
    """

    def __init__(self, policy: Policy, in_use: Collection[str]) -> None:
        self._exact: dict[str, tuple[int, float]] = {}
        self._prefixes: dict[str, tuple[int, float]] = {}
        for place, entry in enumerate(policy.get("shareDistribution", ())):
            pattern = str(entry["shareIdentifier"])
            told = place, float(entry.get("weightFactor", DEFAULT_WEIGHT))
            self._exact.setdefault(pattern, told)
            if pattern.endswith("*"):
                self._prefixes.setdefault(pattern[:-1], told)
        self._lengths = sorted({len(prefix) for prefix in self._prefixes})
        self._counts = Counter(prefix for share in in_use for prefix in self._prefixes_of(share))

    def of(self, share: str) -> float:
        """The factor of an identifier."""
        found = [(*told, 1) for told in (self._exact.get(share),) if told is not None]
        found += [(*self._prefixes[it], max(1, self._counts[it])) for it in self._prefixes_of(share)]
        if not found:
            return DEFAULT_WEIGHT
        _, factor, times = min(found)
        return factor * times

    def _prefixes_of(self, share: str) -> list[str]:
        starts = (share[:length] for length in self._lengths if length <= len(share))
        return [start for start in starts if start in self._prefixes]


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
