"""The allocation strategies, against examples worked out by hand and as properties."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_batchmock.api import model
from pytest_batchmock.domain import instance_types
from pytest_batchmock.scheduler.allocation import Need, Offer, choose, fits, strategies, wanted

SMALL = Need(mvcpus=1000, memory_mib=1024, gpus=0)
BOUNDLESS = 10**9
EC2_STRATEGIES = ("BEST_FIT", "BEST_FIT_PROGRESSIVE", "BEST_FIT_PROGRESSIVE_ORDERED")
SPOT_STRATEGIES = (
    "SPOT_CAPACITY_OPTIMIZED",
    "SPOT_PRICE_CAPACITY_OPTIMIZED",
    "SPOT_CAPACITY_OPTIMIZED_PRIORITIZED",
)


def an_offer(
    name: str, price: float, *, zone: str = "us-east-1a", rate: float = 0.0, room: int | None = None
) -> Offer:
    found = instance_types.get(name)
    assert found is not None
    return Offer(found, zone, price, rate, room)


def chosen(
    strategy: str,
    offers: list[Offer],
    need: Need = SMALL,
    room: int = BOUNDLESS,
    *,
    is_spot: bool = False,
) -> str | None:
    offer = choose(strategy, offers, need, room, is_spot=is_spot)
    return None if offer is None else f"{offer.instance_type.name} {offer.zone[-1]}"


# Prices of a vCPU: c5.large 4, c5.xlarge 4, m5.large 5, r5.large 6, c5.4xlarge 3.5.
OFFERS = [
    an_offer("r5.large", 12),
    an_offer("m5.large", 10),
    an_offer("c5.xlarge", 16),
    an_offer("c5.large", 8),
    an_offer("c5.4xlarge", 56),
]


def without(offers: list[Offer], *names: str) -> list[Offer]:
    return [replace(it, room=0) if it.instance_type.name in names else it for it in offers]


# What fits


def test_an_instance_offers_less_than_its_nominal_memory() -> None:
    g4dn = instance_types.get("g4dn.xlarge")
    assert g4dn is not None
    assert g4dn.memory_mib == 16384
    # A recorded answer: 16,000 MiB could not be placed there.
    assert not fits(Need(4000, 16000, 1), g4dn)
    assert fits(Need(4000, 15000, 1), g4dn)
    assert not fits(Need(4000, 15000, 2), g4dn)
    assert not fits(Need(5000, 15000, 1), g4dn)


@pytest.mark.parametrize("strategy", strategies())
def test_what_is_too_small_is_never_launched(strategy: str) -> None:
    assert chosen(strategy, OFFERS, Need(4000, 1024, 0)) in ("c5.xlarge a", "c5.4xlarge a")
    assert chosen(strategy, OFFERS, Need(1000, 15000, 0)) in ("r5.large a", "c5.4xlarge a")
    assert chosen(strategy, OFFERS, Need(1000, 1024, 1)) is None
    assert chosen(strategy, [], SMALL) is None


# BEST_FIT


def test_best_fit_takes_the_instance_of_the_lowest_cost() -> None:
    assert chosen("BEST_FIT", OFFERS) == "c5.large a"
    assert chosen("BEST_FIT", OFFERS, Need(1000, 7000, 0)) == "m5.large a"
    assert chosen("BEST_FIT", OFFERS, Need(3000, 1024, 0)) == "c5.xlarge a"


def test_best_fit_waits_while_the_type_it_likes_best_has_no_instances() -> None:
    offers = without(OFFERS, "c5.large")
    assert chosen("BEST_FIT", offers) is None
    assert chosen("BEST_FIT_PROGRESSIVE", offers) == "c5.4xlarge a"


def test_best_fit_takes_its_type_from_another_zone() -> None:
    offers = [*without(OFFERS, "c5.large"), an_offer("c5.large", 8, zone="us-east-1b")]
    assert chosen("BEST_FIT", offers) == "c5.large b"


def test_best_fit_with_on_demand_never_exceeds_the_maximum_and_with_spot_by_one_instance() -> None:
    assert chosen("BEST_FIT", OFFERS, room=2000) == "c5.large a"
    assert chosen("BEST_FIT", OFFERS, room=1000) is None
    assert chosen("BEST_FIT", OFFERS, room=1000, is_spot=True) == "c5.large a"
    assert chosen("BEST_FIT", OFFERS, room=0, is_spot=True) is None


# BEST_FIT_PROGRESSIVE


def test_best_fit_progressive_prefers_vcpus_of_lower_cost_and_goes_on_to_the_next_type() -> None:
    used_up: list[str] = []
    order = []
    while (name := chosen("BEST_FIT_PROGRESSIVE", without(OFFERS, *used_up))) is not None:
        order.append(name.split()[0])
        used_up.append(order[-1])
    # Of the two at 4 a vCPU the smaller one fits better.
    assert order == ["c5.4xlarge", "c5.large", "c5.xlarge", "m5.large", "r5.large"]


@pytest.mark.parametrize("strategy", [*EC2_STRATEGIES[1:], *SPOT_STRATEGIES])
def test_the_others_exceed_the_maximum_by_no_more_than_a_single_instance(strategy: str) -> None:
    large = [an_offer("c5.4xlarge", 56), an_offer("c5.2xlarge", 32)]
    # Nothing is within 4 vCPUs: the smallest that is large enough goes beyond.
    assert chosen(strategy, large, room=4000) == "c5.2xlarge a"
    # That one has used up the room: there is no second.
    assert chosen(strategy, large, room=4000 - 8000) is None
    assert chosen(strategy, large, room=0) is None


@pytest.mark.parametrize("strategy", strategies())
def test_what_stays_within_the_maximum_is_preferred(strategy: str) -> None:
    offers = [an_offer("c5.4xlarge", 1), an_offer("c5.large", 8)]
    assert chosen(strategy, offers, room=16000) == "c5.4xlarge a"
    if strategy != "BEST_FIT":
        assert chosen(strategy, offers, room=15000) == "c5.large a"


# BEST_FIT_PROGRESSIVE_ORDERED


def test_the_ordered_strategy_takes_the_types_in_the_order_of_the_list() -> None:
    assert chosen("BEST_FIT_PROGRESSIVE_ORDERED", OFFERS) == "r5.large a"
    assert chosen("BEST_FIT_PROGRESSIVE_ORDERED", without(OFFERS, "r5.large")) == "m5.large a"
    assert chosen("BEST_FIT_PROGRESSIVE_ORDERED", OFFERS, Need(3000, 1024, 0)) == "c5.xlarge a"


def test_in_an_ordered_list_a_listed_type_keeps_its_place_and_its_family_comes_by_size() -> None:
    # The example of the API model.
    types = instance_types.resolve(["m7a.4xlarge", "m7a", "m6a"])
    offers = [Offer(it, "us-east-1a", 1.0) for it in types]
    strategy = "BEST_FIT_PROGRESSIVE_ORDERED"
    assert chosen(strategy, offers) == "m7a.4xlarge a"
    assert chosen(strategy, without(offers, "m7a.4xlarge")) == "m7a.medium a"
    need = Need(5000, 1024, 0)
    assert chosen(strategy, without(offers, "m7a.4xlarge"), need) == "m7a.2xlarge a"
    # The larger sizes of the family are the fallback, before the next family.
    assert chosen(strategy, without(offers, "m7a.4xlarge", "m7a.2xlarge"), need) == "m7a.8xlarge a"


# The Spot strategies


def test_capacity_optimized_prefers_what_is_least_likely_interrupted_whatever_it_costs() -> None:
    offers = [
        an_offer("c5.large", 1, rate=0.02),
        an_offer("m5.large", 50, rate=0.01),
        an_offer("r5.large", 1, rate=0.20),
    ]
    assert chosen("SPOT_CAPACITY_OPTIMIZED", offers) == "m5.large a"


def test_capacity_optimized_prefers_the_deeper_pool_among_equal_rates() -> None:
    offers = [
        an_offer("c5.large", 1, room=3),
        an_offer("m5.large", 50, room=40),
        an_offer("r5.large", 2, room=0),
    ]
    assert chosen("SPOT_CAPACITY_OPTIMIZED", offers) == "m5.large a"
    assert chosen("SPOT_CAPACITY_OPTIMIZED", [*offers, an_offer("r5.xlarge", 99)]) == "r5.xlarge a"


def test_price_capacity_optimized_takes_the_cheapest_among_the_pools_that_are_rarely_interrupted() -> (
    None
):
    offers = [
        an_offer("c5.large", 10, rate=0.01),
        an_offer("m5.large", 8, rate=0.04),  # the same band as c5: below 5 % in an hour
        an_offer("r5.large", 2, rate=0.06),
    ]
    assert chosen("SPOT_PRICE_CAPACITY_OPTIMIZED", offers) == "m5.large a"
    assert chosen("SPOT_CAPACITY_OPTIMIZED", offers) == "c5.large a"
    assert (
        chosen("SPOT_PRICE_CAPACITY_OPTIMIZED", without(offers, "m5.large", "c5.large")) == "r5.large a"
    )


def test_the_prioritized_strategy_follows_the_list_where_pools_are_similarly_available() -> None:
    offers = [
        an_offer("r5.large", 30, rate=0.04),
        an_offer("c5.large", 10, rate=0.01),
        an_offer("m5.large", 1, rate=0.0),
    ]
    strategy = "SPOT_CAPACITY_OPTIMIZED_PRIORITIZED"
    assert chosen(strategy, offers) == "r5.large a"
    constrained = [replace(offers[0], interruption_rate=0.3), *offers[1:]]
    assert chosen(strategy, constrained) == "c5.large a"


def test_of_two_zones_the_better_pool_is_taken_and_the_first_where_they_are_alike() -> None:
    first, second = an_offer("c5.large", 8), an_offer("c5.large", 8, zone="us-east-1b")
    for strategy in strategies():
        assert chosen(strategy, [second, first]) == "c5.large b"
        assert chosen(strategy, [first, second]) == "c5.large a"
        assert chosen(strategy, [first, replace(second, price=7.0)]) == "c5.large b"


# All of them


def test_there_is_a_strategy_for_every_name_in_the_model() -> None:
    resources = model.operation("CreateComputeEnvironment").input_shape.members["computeResources"]
    named = set(resources.members["allocationStrategy"].enum)
    assert named <= set(strategies())
    assert set(EC2_STRATEGIES[:2]) <= named


def test_the_type_that_is_short_of_capacity_is_the_one_that_would_have_been_launched() -> None:
    empty = without(OFFERS, *(it.instance_type.name for it in OFFERS))
    for strategy in strategies():
        offer = wanted(strategy, empty, SMALL)
        full = choose(strategy, OFFERS, SMALL, BOUNDLESS)
        assert offer is not None
        assert full is not None
        assert offer.instance_type == full.instance_type
        assert wanted(strategy, empty, Need(1000, 1024, 8)) is None


_types = st.sampled_from(("c5.large", "c5.xlarge", "m5.large", "r5.large", "p3.2xlarge", "c5.9xlarge"))
_offers = st.lists(
    st.builds(
        lambda name, price, zone, rate, room: an_offer(name, price, zone=zone, rate=rate, room=room),
        _types,
        st.floats(0.1, 100),
        st.sampled_from(("us-east-1a", "us-east-1b")),
        st.floats(0, 1),
        st.none() | st.integers(0, 3),
    ),
    max_size=8,
)
_needs = st.builds(Need, st.integers(0, 40_000), st.integers(0, 80_000), st.integers(0, 1))


@given(st.sampled_from(strategies()), _offers, _needs, st.integers(-40_000, 80_000), st.booleans())
def test_a_choice_is_open_large_enough_and_exceeds_the_maximum_by_one_instance_at_most(
    strategy: str, offers: list[Offer], need: Need, room: int, is_spot: bool
) -> None:
    offer = choose(strategy, offers, need, room, is_spot=is_spot)
    if offer is not None:
        assert offer in offers
        assert fits(need, offer.instance_type)
        assert offer.has_room
        assert room > 0
        return
    could = [it for it in offers if fits(need, it.instance_type) and it.has_room]
    if strategy != "BEST_FIT":
        # Work-conserving: they wait only where there is nothing, or no room at all.
        assert not could or room <= 0


@given(st.sampled_from(strategies()), _offers, _needs)
def test_a_choice_does_not_depend_on_offers_that_are_too_small(
    strategy: str, offers: list[Offer], need: Need
) -> None:
    large_enough = [it for it in offers if fits(need, it.instance_type)]
    assert choose(strategy, offers, need, BOUNDLESS) == choose(strategy, large_enough, need, BOUNDLESS)
