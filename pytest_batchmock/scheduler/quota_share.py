"""Quota management: which jobs of a queue's quota shares run, borrow, wait, or are stopped for others.

Each share is a virtual queue with capacity of its own, counted in instances of a type (the unit).
A look goes through three stages:

1. Heads that their share's own capacity can hold are placed. Where that capacity is lent, just
   enough borrowers are stopped, and it is kept until it has come back; what a RESERVE share leaves
   idle does not stand in for it.
2. Heads that need more borrow what lending shares leave idle, first come first served (API model,
   QuotaSharePolicy); the borrow limit of their share bounds them.
3. Heads that are still there stop jobs of lower priority in their own share, where that is enabled.

What the service environment can hold bounds all. The choice of those who are stopped is inferred:
the lowest priority first, of these the youngest. All here is pure; scheduler/quota_view.py says what
is looked at, and engine/quota_shares.py makes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from pytest_batchmock.scheduler.quota_view import Demand, Holder, QuotaShareView, QuotaView
from pytest_batchmock.scheduler.service_placement import MAX_RESOURCE, NO_CAPACITY
from pytest_batchmock.scheduler.view import Block, Decision, Place, Preempt

CROSS_SHARE: Final = "Cross-share preemption triggered to reclaim borrowed capacity"
"""User guide, batch-service-job-preemption-events."""

IN_SHARE: Final = "In-share preemption triggered by a job of higher priority"
"""Inferred, after the text of the other kind."""

_LIMIT: Final = "MISCONFIGURATION:QUOTA_MANAGEMENT_LIMIT_EXCEEDED - "

# Texts of the user guide, sm_job_stuck_in_runnable.
EXCEEDS_LIMITS: Final = _LIMIT + "Job requirements exceed quota share capacity limits."
EXCEEDS_BORROWING: Final = (
    _LIMIT + "Job requirements exceed quota share capacity limits and borrow limits."
)
EXCEEDS_BORROWABLE: Final = (
    _LIMIT + "Job requires borrowing that exceeds all configured borrowable capacity."
)


def decide(queue: QuotaView) -> Iterator[Decision]:
    """Decide about the heads of all quota shares of one queue."""
    yield from _Look(queue).decisions()


def never_fits(head: Demand, share: QuotaShareView, queue: QuotaView) -> str | None:
    """Why `head` can never run as things are configured; None if it only has to wait."""
    limit, most = share.limit(head.unit), share.most(head.unit)
    if most is not None and head.amount > most:
        return EXCEEDS_BORROWING if share.borrows else EXCEEDS_LIMITS
    lenders = (other for other in queue.shares if other is not share and other.lends)
    if head.amount > limit + sum(lender.limit(head.unit) for lender in lenders):
        return EXCEEDS_BORROWABLE
    if head.amount > queue.environment.capacity.get(head.unit, 0):
        return MAX_RESOURCE
    return None


class _Look:
    """One look at a queue: its own accounts, which each decision changes."""

    def __init__(self, queue: QuotaView) -> None:
        self.queue = queue
        self.free = dict(queue.free)
        self.coming: dict[str, int] = {}  # held by jobs that are being stopped, and promised to nobody
        self.stopping: set[int] = set()
        self.claimed: set[int] = set()  # heads for which capacity is kept
        self.reserved: set[int] = set()  # heads whose own capacity others use within their limits
        self.used: dict[tuple[str, str], int] = {}  # by share and unit, without what is being stopped
        for share in queue.shares:
            for holder in share.holders:
                if holder.is_stopping:
                    self.stopping.add(holder.job.key)
                    self._add(self.coming, holder.unit, holder.amount)
                else:
                    self._use(share, holder.unit, holder.amount)

    def decisions(self) -> Iterator[Decision]:
        heads = {share.name: head for share in self.queue.shares if (head := next(share.waiting, None))}
        if not self.queue.is_usable:
            yield from (Block(head.job, None) for head in heads.values())
            return
        if self.queue.environment.lacks_capacity:
            for share, head in self._in_order(heads):
                yield Block(head.job, never_fits(head, share, self.queue) or NO_CAPACITY)
            return
        yield from self._own(heads)
        yield from self._borrowers(heads)
        for share, head in self._in_order(heads):
            yield from self._within(share, head)
            yield Block(head.job, never_fits(head, share, self.queue))

    def _own(self, heads: dict[str, Demand]) -> Iterator[Decision]:
        """Stage 1; the heads that are placed leave `heads` to the next of their share."""
        seen: set[int] = set()  # heads that own capacity cannot hold, or not yet
        while fresh := [pair for pair in self._in_order(heads) if pair[1].job.key not in seen]:
            share, head = fresh[0]
            if head.amount > self.own_room(share, head.unit):
                seen.add(head.job.key)
                continue
            free, coming = self.free.get(head.unit, 0), self.coming.get(head.unit, 0)
            missing = head.amount - free + self._kept(share, head.unit)
            victims = self._borrowing(share, head.unit, missing - coming)
            # Borrowers make up for what RESERVE keeps, unless the limits add up to more than there is.
            if missing <= 0 or (victims is None and head.amount <= free):
                yield self._place(share, head, heads)
                continue
            seen.add(head.job.key)
            if victims is None:
                # Everybody is within the limits, which add up to more than there is. What this head
                # may claim is not idle, so nobody borrows it meanwhile.
                self.reserved.add(head.job.key)
                self._use(share, head.unit, head.amount)
                continue
            yield from self._stop(victims, CROSS_SHARE)
            self._claim(share, head)

    def _borrowers(self, heads: dict[str, Demand]) -> Iterator[Decision]:
        """Stage 2: first come, first served; a head that has to wait lets others pass."""
        seen: set[int] = set()
        while fresh := [pair for pair in self._in_order(heads) if pair[1].job.key not in seen]:
            share, head = fresh[0]
            room = self.own_room(share, head.unit) + self.borrow_room(share, head.unit)
            if head.amount <= min(room, self.free.get(head.unit, 0)):
                yield self._place(share, head, heads)
            else:
                seen.add(head.job.key)

    def _within(self, share: QuotaShareView, head: Demand) -> Iterator[Decision]:
        """Stage 3: stop jobs of lower priority in the same share, if that lets the head run."""
        if not share.preempts_within or head.job.key in self.claimed:
            return
        unit = head.unit
        if head.job.key in self.reserved:
            self._use(share, unit, -head.amount)
        room = self.own_room(share, unit) + self.borrow_room(share, unit)
        there = self.free.get(unit, 0) + self.coming.get(unit, 0)
        lower = [
            holder
            for holder in share.holders
            if holder.unit == unit and holder.priority < head.priority and not self._is_stopping(holder)
        ]
        victims = _just_enough(lower, head.amount - min(room, there))
        if victims is not None:
            yield from self._stop([(share, victim) for victim in victims], IN_SHARE)
            self._claim(share, head)

    # What there is

    def own_room(self, share: QuotaShareView, unit: str) -> int:
        """What `share` can still use of its own capacity."""
        return max(0, share.limit(unit) - self.used.get((share.name, unit), 0))

    def borrow_room(self, share: QuotaShareView, unit: str) -> int:
        """What `share` can still borrow: within its limit, of what others leave idle and lend."""
        idle = borrowed = 0
        for other in self.queue.shares:
            if other is not share:
                borrowed += self._borrowed(other, unit)
                idle += self.own_room(other, unit) if other.lends else 0
        own = self._borrowed(share, unit)
        room = max(0, idle - borrowed - own)
        most = share.most(unit)
        if most is None:
            return room
        return min(room, max(0, most - share.limit(unit) - own))

    def _kept(self, share: QuotaShareView, unit: str) -> int:
        """What stays idle for other shares, which do not lend it (API model, RESERVE)."""
        return sum(
            self.own_room(other, unit)
            for other in self.queue.shares
            if other is not share and not other.lends
        )

    def _borrowed(self, share: QuotaShareView, unit: str) -> int:
        return max(0, self.used.get((share.name, unit), 0) - share.limit(unit))

    def _borrowing(
        self, lender: QuotaShareView, unit: str, missing: int
    ) -> list[tuple[QuotaShareView, Holder]] | None:
        """Just enough borrowers of other shares to give `missing` back; None if they hold too little."""
        if missing <= 0:
            return []
        shares = {
            holder.job.key: share
            for share in self.queue.shares
            if share is not lender and self._borrowed(share, unit)
            for holder in share.holders
            if holder.unit == unit and not self._is_stopping(holder)
        }
        holders = [it for share in self.queue.shares for it in share.holders if it.job.key in shares]
        left = {share.name: self._borrowed(share, unit) for share in self.queue.shares}
        eligible = []
        for holder in sorted(holders, key=_first_to_go):
            name = shares[holder.job.key].name
            if left[name] > 0:
                left[name] -= holder.amount
                eligible.append(holder)
        victims = _just_enough(eligible, missing)
        return None if victims is None else [(shares[it.job.key], it) for it in victims]

    def _is_stopping(self, holder: Holder) -> bool:
        return holder.job.key in self.stopping

    def _in_order(self, heads: dict[str, Demand]) -> list[tuple[QuotaShareView, Demand]]:
        """The heads in the order of submission."""
        pairs = [(share, heads[share.name]) for share in self.queue.shares if share.name in heads]
        return sorted(pairs, key=lambda pair: pair[1].job.key)

    # What changes

    def _place(self, share: QuotaShareView, head: Demand, heads: dict[str, Demand]) -> Place:
        self.free[head.unit] -= head.amount
        self._use(share, head.unit, head.amount)
        following = next(share.waiting, None)
        if following is None:
            del heads[share.name]
        else:
            heads[share.name] = following
        return Place(head.job, self.queue.environment)

    def _stop(self, victims: Iterable[tuple[QuotaShareView, Holder]], reason: str) -> Iterator[Preempt]:
        for share, victim in victims:
            self.stopping.add(victim.job.key)
            self._add(self.coming, victim.unit, victim.amount)
            self._use(share, victim.unit, -victim.amount)
            yield Preempt(victim.job, reason)

    def _claim(self, share: QuotaShareView, head: Demand) -> None:
        """Keep what is free or coming for `head`, which is placed when all of it has come."""
        self.claimed.add(head.job.key)
        at_once = min(head.amount, self.free.get(head.unit, 0))
        self._add(self.free, head.unit, -at_once)
        self._add(self.coming, head.unit, at_once - head.amount)
        self._use(share, head.unit, head.amount)

    def _use(self, share: QuotaShareView, unit: str, amount: int) -> None:
        key = (share.name, unit)
        self.used[key] = self.used.get(key, 0) + amount

    @staticmethod
    def _add(account: dict[str, int], unit: str, amount: int) -> None:
        account[unit] = account.get(unit, 0) + amount


def _first_to_go(holder: Holder) -> tuple[int, int, int]:
    return holder.priority, -holder.since_ms, -holder.job.key


def _just_enough(candidates: Iterable[Holder], missing: int) -> list[Holder] | None:
    """The first to go that free `missing` together, none of them in vain; None if all cannot."""
    chosen: list[Holder] = []
    freed = 0
    for holder in sorted(candidates, key=_first_to_go):
        if freed >= missing:
            break
        chosen.append(holder)
        freed += holder.amount
    if freed < missing:
        return None
    for holder in reversed(list(chosen)):
        if freed - holder.amount >= missing:
            chosen.remove(holder)
            freed -= holder.amount
    return chosen
