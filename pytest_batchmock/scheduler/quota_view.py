"""What quota management looks at: the shares of a queue, who waits in them and who holds capacity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pytest_batchmock.domain.job import Job
from pytest_batchmock.domain.service_environment import ServiceEnvironment


class Demand(NamedTuple):
    """A job that waits for `amount` instances of the type `unit`."""

    job: Job
    unit: str
    amount: int
    priority: int


class Holder(NamedTuple):
    """A job that holds instances; `since_ms` tells the younger ones from the older ones."""

    job: Job
    unit: str
    amount: int
    priority: int
    since_ms: int
    is_stopping: bool = False


@dataclass(slots=True)
class QuotaShareView:
    """One quota share.

    Attributes:
        limits: What it may use without borrowing, by unit.
        lends: Whether others may use what it leaves idle.
        borrows: Whether it may use what others leave idle and lend.
        borrow_limit_percent: How much it may borrow, in percent of its limits; None is no limit.
        preempts_within: Whether its jobs of higher priority stop those of lower priority.
        waiting: Who waits, in order: by priority, then time. The policy takes the first ones.
        holders: Whose instances count for it.
    """

    name: str
    limits: Mapping[str, int]
    lends: bool
    borrows: bool
    borrow_limit_percent: int | None
    preempts_within: bool
    waiting: Iterator[Demand]
    holders: Sequence[Holder]

    def limit(self, unit: str) -> int:
        """What it may use of `unit` without borrowing."""
        return self.limits.get(unit, 0)

    def most(self, unit: str) -> int | None:
        """What it may use of `unit` with all it may borrow; None if nothing bounds that."""
        if not self.borrows:
            return self.limit(unit)
        if self.borrow_limit_percent is None:
            return None
        return self.limit(unit) * (100 + self.borrow_limit_percent) // 100


@dataclass(slots=True)
class QuotaView:
    """The quota shares of one queue, in the order of their creation, and what is under them.

    Attributes:
        free: What the service environment can still take, by unit.
        is_usable: Whether it takes jobs at all now.
    """

    environment: ServiceEnvironment
    free: Mapping[str, int]
    is_usable: bool
    shares: Sequence[QuotaShareView]
