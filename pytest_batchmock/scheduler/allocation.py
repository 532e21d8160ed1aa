"""Allocation strategies: which instance an environment launches next. Pure.

An offer is one pool: an instance type in an availability zone, at a price. The environment's own
list of types gives the offers their order. What a strategy prefers is documented in the API model
(ComputeResource.allocationStrategy); how it weighs what is alike is not, and inferred here: the
smallest instance that is large enough, then the order of the offers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from pytest_batchmock.domain.instance_types import InstanceType
from pytest_batchmock.domain.requirements import Requirements as Need

__all__ = ["DEFAULT_STRATEGY", "Need", "Offer", "choose", "fits", "strategies", "wanted"]

DEFAULT_STRATEGY: Final = "BEST_FIT"

BAND_PER_HOUR: Final = 0.05
"""Pools whose interruption rates lie in one band of this width are "similarly available" (inferred,
after the bands in which the Spot Instance advisor publishes rates)."""

MOST_INTERRUPTED_BAND: Final = 4


@dataclass(frozen=True, slots=True)
class Offer:
    """One pool that an environment could launch an instance from.

    Attributes:
        instance_type: What is launched.
        zone: The availability zone.
        price: Of one instance for an hour, in any unit that all offers share.
        interruption_rate: How many interruptions an instance of the pool meets in an hour; 0 for
            On-Demand.
        room: How many instances the pool still has; None if it has no bound.
    """

    instance_type: InstanceType
    zone: str
    price: float
    interruption_rate: float = 0.0
    room: int | None = None

    @property
    def has_room(self) -> bool:
        """Whether the pool has an instance left."""
        return self.room is None or self.room > 0

    @property
    def price_per_vcpu(self) -> float:
        """What one of its vCPUs costs."""
        return self.price / self.instance_type.vcpus

    @property
    def band(self) -> int:
        """How likely its instances are interrupted, as one of five bands."""
        return min(int(self.interruption_rate / BAND_PER_HOUR), MOST_INTERRUPTED_BAND)


class _Ranked:
    """An offer, with what the order of the offers says of it."""

    __slots__ = ("offer", "place", "position")

    def __init__(self, offer: Offer, position: int, place: int) -> None:
        self.offer = offer
        self.position = position  # of its type among the types
        self.place = place  # of itself among the offers

    @property
    def size(self) -> tuple[int, int, int]:
        kind = self.offer.instance_type
        return kind.vcpus, kind.memory_mib, kind.gpus


Preference = Callable[[_Ranked], tuple[Any, ...]]


def _lowest_price(it: _Ranked) -> tuple[Any, ...]:
    return it.offer.price, it.size, it.position, it.place


def _lowest_price_per_vcpu(it: _Ranked) -> tuple[Any, ...]:
    return it.offer.price_per_vcpu, it.size, it.position, it.place


def _listed_first(it: _Ranked) -> tuple[Any, ...]:
    return it.position, it.offer.price, it.place


def _least_interrupted(it: _Ranked) -> tuple[Any, ...]:
    offer = it.offer
    # Of pools with equal rates the deeper one is less likely to run dry.
    shallowness = 0.0 if offer.room is None else 1 / (offer.room + 1)
    rate, price = offer.interruption_rate, offer.price_per_vcpu
    return rate, shallowness, price, it.size, it.position, it.place


def _least_interrupted_then_cheapest(it: _Ranked) -> tuple[Any, ...]:
    return it.offer.band, it.offer.price_per_vcpu, it.size, it.position, it.place


def _least_interrupted_then_listed_first(it: _Ranked) -> tuple[Any, ...]:
    return it.offer.band, it.position, it.offer.price, it.place


_PREFERENCES: Final[Mapping[str, Preference]] = MappingProxyType(
    {
        "BEST_FIT": _lowest_price,
        "BEST_FIT_PROGRESSIVE": _lowest_price_per_vcpu,
        "BEST_FIT_PROGRESSIVE_ORDERED": _listed_first,
        "SPOT_CAPACITY_OPTIMIZED": _least_interrupted,
        "SPOT_PRICE_CAPACITY_OPTIMIZED": _least_interrupted_then_cheapest,
        "SPOT_CAPACITY_OPTIMIZED_PRIORITIZED": _least_interrupted_then_listed_first,
    }
)


def strategies() -> tuple[str, ...]:
    """The names of the strategies that this module has."""
    return tuple(_PREFERENCES)


def fits(need: Need, instance_type: InstanceType) -> bool:
    """Whether an empty instance of that type is large enough for `need`."""
    return (
        need.mvcpus <= instance_type.vcpus * 1000
        and need.memory_mib <= instance_type.job_memory_mib
        and need.gpus <= instance_type.gpus
    )


def wanted(strategy: str, offers: Sequence[Offer], need: Need) -> Offer | None:
    """Return what would be launched if every pool had instances; None if nothing is large enough.

    Where `choose` has no answer because the pools are empty, this is the instance type that the
    service names as short of capacity.
    """
    fitting = _fitting(offers, need)
    return min(fitting, key=_PREFERENCES[strategy]).offer if fitting else None


def choose(
    strategy: str,
    offers: Sequence[Offer],
    need: Need,
    room_mvcpus: int,
    *,
    is_spot: bool = False,
) -> Offer | None:
    """Choose what to launch for `need`, or None where the environment has to wait.

    BEST_FIT clings to the type it likes best and waits while that has no instances. The others go
    on to the next (API model, ComputeResource.allocationStrategy).

    Instances that stay within the room are preferred (inferred). Where none does, one that goes
    beyond it may be launched, the smallest there is: "Batch never exceeds maxvCpus by more than a
    single instance". BEST_FIT with On-Demand instances never goes beyond it.

    Args:
        strategy: ``allocationStrategy`` as in the API; `DEFAULT_STRATEGY` where none was given.
        offers: The pools in the order of the environment's types. Of one type, the zone that is
            named first is taken where all else is alike: order them so that instances spread.
        need: What the job at the front needs.
        room_mvcpus: ``maxvCpus`` less what the environment has launched, in thousandths.
        is_spot: Whether the environment is of Spot instances.

    Raises:
        KeyError: There is no such strategy.
    """
    prefers = _PREFERENCES[strategy]
    fitting = _fitting(offers, need)
    if strategy == "BEST_FIT" and fitting:
        best = min(fitting, key=prefers).offer.instance_type.name
        fitting = [it for it in fitting if it.offer.instance_type.name == best]
    open_ = [it for it in fitting if it.offer.has_room]
    within = [it for it in open_ if it.offer.instance_type.vcpus * 1000 <= room_mvcpus]
    if within:
        return min(within, key=prefers).offer
    if not open_ or room_mvcpus <= 0 or (strategy == "BEST_FIT" and not is_spot):
        return None
    least = min(it.offer.instance_type.vcpus for it in open_)
    return min((it for it in open_ if it.offer.instance_type.vcpus == least), key=prefers).offer


def _fitting(offers: Sequence[Offer], need: Need) -> list[_Ranked]:
    positions: dict[str, int] = {}
    return [
        _Ranked(offer, positions.setdefault(offer.instance_type.name, len(positions)), place)
        for place, offer in enumerate(offers)
        if fits(need, offer.instance_type)
    ]
