"""The Spot market: prices, interruption rates and capacity pools as functions of time. Pure.

A pool is an instance type in an availability zone. Nothing happens here by itself, and nothing is
drawn from a stream: the price of a pool at a moment depends on (seed, type, zone, hour) alone, and
the life of an instance on (seed, instance, rate). What a test says of a type, a family, a zone or
of everything is laid over that.

Money: the project knows no prices of AWS. Without prices of the user's own an hour of an instance
has a synthetic price in units of one vCPU-hour, good for comparing types, never shown as a cost.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log1p
from typing import Final, Literal, NamedTuple

from pytest_batchmock.domain.ids import keyed_fraction
from pytest_batchmock.domain.instance_types import InstanceType, get

Temper = Literal["quiet", "lively"]

HOUR_MS: Final = 3_600_000

QUIET_PERCENT: Final = 30.0
"""The price in every pool of a quiet market, in percent of On-Demand. Inferred."""

# A lively market, all inferred: each pool has a level of its own around which the price moves from
# hour to hour, and a rate of interruptions of its own.
LOWEST_LEVEL: Final = 25.0
HIGHEST_LEVEL: Final = 60.0
SWING: Final = 15.0
MOST_INTERRUPTIONS_PER_HOUR: Final = 0.1

# The synthetic price of an hour, in vCPU-hours: round figures near the ratios of public price
# lists. Inferred.
PER_VCPU: Final = 1.0
PER_GIB: Final = 0.09
PER_GPU: Final = 25.0
ARM_FACTOR: Final = 0.8

EVERYTHING: Final = "*"


class Said(NamedTuple):
    """What a test says of some pools: of all that match both names.

    Attributes:
        types: An instance type, a family, or ``*``.
        zone: An availability zone, or ``*``.
    """

    types: str
    zone: str
    value: float | None


class Spot(NamedTuple):
    """One pool at a moment.

    Attributes:
        percent: The price, in percent of On-Demand.
        interruptions_per_hour: How many of them an instance meets in an hour.
        capacity: How many instances there are at once, those that run included; None: no bound.
    """

    percent: float
    interruptions_per_hour: float
    capacity: int | None


class Market:
    """The Spot market of one mock: its temper, and what a test has said.

    Attributes:
        seed: Of the mock.
        temper: ``"quiet"``: one price, no interruptions, no bound. ``"lively"``: seeded prices and
            interruptions, no bound.
        prices: On-Demand prices of an hour that the user gave, by instance type.
    """

    def __init__(
        self, seed: int, temper: Temper = "quiet", prices: Mapping[str, float] | None = None
    ) -> None:
        self.seed = seed
        self.temper = temper
        self.prices = dict(prices or {})
        self._unit = self._scale()
        self._percents: list[Said] = []
        self._rates: list[Said] = []
        self._capacities: list[Said] = []

    # What a test says

    def say_percent(self, types: str, zone: str, percent: float | None) -> None:
        """From now on the price is `percent` of On-Demand there; None: as the temper has it."""
        _say(self._percents, Said(types, zone, percent))

    def say_rate(self, types: str, zone: str, per_hour: float | None) -> None:
        """From now on instances are interrupted so often there; None: as the temper has it."""
        _say(self._rates, Said(types, zone, per_hour))

    def say_capacity(self, types: str, zone: str, instances: int | None) -> None:
        """From now on the pools have so many instances each; None: no bound."""
        _say(self._capacities, Said(types, zone, instances))

    def forget(self) -> None:
        """Take back all that was said."""
        for said in (self._percents, self._rates, self._capacities):
            said.clear()

    # What is so at a moment

    def spot(self, instance_type: InstanceType, zone: str, now_ms: int) -> Spot:
        """The pool of a type in a zone, at a moment."""
        capacity = _said_of(self._capacities, instance_type, zone)
        return Spot(
            self.percent(instance_type, zone, now_ms),
            self.interruptions_per_hour(instance_type, zone),
            None if capacity is None else int(capacity),
        )

    def percent(self, instance_type: InstanceType, zone: str, now_ms: int) -> float:
        """The Spot price in percent of On-Demand; it holds for the hour that `now_ms` lies in."""
        said = _said_of(self._percents, instance_type, zone)
        if said is not None:
            return said
        if self.temper == "quiet":
            return QUIET_PERCENT
        pool = f"{instance_type.name}/{zone}"
        level = LOWEST_LEVEL + (HIGHEST_LEVEL - LOWEST_LEVEL) * keyed_fraction(
            self.seed, "spot-level", pool
        )
        swing = 2 * keyed_fraction(self.seed, "spot-price", f"{pool}/{now_ms // HOUR_MS}") - 1
        return round(level + SWING * swing, 2)

    def interruptions_per_hour(self, instance_type: InstanceType, zone: str) -> float:
        """How many interruptions an instance of the pool meets in an hour."""
        said = _said_of(self._rates, instance_type, zone)
        if said is not None:
            return said
        if self.temper == "quiet":
            return 0.0
        pool = f"{instance_type.name}/{zone}"
        return MOST_INTERRUPTIONS_PER_HOUR * keyed_fraction(self.seed, "spot-rate", pool)

    @property
    def general_rate(self) -> float:
        """How many interruptions in an hour were said of everything; 0 if nothing was."""
        return next((it.value or 0.0 for it in self._rates if it[:2] == (EVERYTHING, EVERYTHING)), 0.0)

    def capacity(self, instance_type: InstanceType, zone: str) -> int | None:
        """How many instances the pool has, those that run included; None if it has no bound."""
        said = _said_of(self._capacities, instance_type, zone)
        return None if said is None else int(said)

    def on_demand_price(self, instance_type: InstanceType) -> float:
        """What an hour costs On-Demand, for comparing types with each other.

        The user's price where there is one. Others get the synthetic price, scaled to what the
        user's prices make of a synthetic unit, so that the two can be compared.
        """
        given = self.prices.get(instance_type.name)
        return synthetic_price(instance_type) * self._unit if given is None else given

    def _scale(self) -> float:
        known = [(price, found) for name, price in self.prices.items() if (found := get(name))]
        units = sum(synthetic_price(found) for _, found in known)
        return sum(price for price, _ in known) / units if units else 1.0


def synthetic_price(instance_type: InstanceType) -> float:
    """A made-up price of an hour, in units of one vCPU-hour; by no means what AWS asks."""
    units = (
        PER_VCPU * instance_type.vcpus
        + PER_GIB * instance_type.memory_mib / 1024
        + PER_GPU * instance_type.gpus
    )
    return units * (ARM_FACTOR if instance_type.is_arm else 1.0)


def within_bid(percent: float, bid_percentage: int | None) -> bool:
    """Whether a Spot price allows instances to be launched, and to stay.

    Args:
        percent: The price in percent of On-Demand.
        bid_percentage: ``bidPercentage``; None and 0 mean the default of 100 (API model,
            ComputeResource.bidPercentage). A price equal to the bid is within it, as for EC2's
            maximum price (inferred: the model also says "less than").
    """
    return percent <= (bid_percentage or 100)


def life_ms(seed: int, instance_id: str, interruptions_per_hour: float) -> int | None:
    """How long after its launch an instance is interrupted; None if it never is.

    Exponentially distributed: an interruption is as likely in any hour as in another.
    """
    if interruptions_per_hour <= 0:
        return None
    luck = keyed_fraction(seed, "spot-life", instance_id)
    return max(1, round(-log1p(-luck) / interruptions_per_hour * HOUR_MS))


def matches(types: str, zone: str, instance_type: InstanceType, in_zone: str) -> bool:
    """Whether what was said of `types` in `zone` is meant for a pool."""
    return types in (EVERYTHING, instance_type.name, instance_type.family) and zone in (
        EVERYTHING,
        in_zone,
    )


def _say(said: list[Said], what: Said) -> None:
    """A newer word about the same pools takes the place of the older one."""
    said[:] = [it for it in said if it[:2] != what[:2]]
    if what.value is not None:
        said.append(what)


def _said_of(said: list[Said], instance_type: InstanceType, zone: str) -> float | None:
    """The most specific word about a pool: of its type before its family, then of its zone."""
    found = [it for it in said if matches(it.types, it.zone, instance_type, zone)]
    if not found:
        return None
    return max(
        found,
        key=lambda it: (it.types == instance_type.name, it.types != EVERYTHING, it.zone != EVERYTHING),
    ).value
