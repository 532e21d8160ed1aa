"""The Spot market: a function of the seed, the pool and the hour, and of what a test says."""

from __future__ import annotations

from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_batchmock.domain import instance_types, market
from pytest_batchmock.domain.instance_types import InstanceType
from pytest_batchmock.domain.market import HOUR_MS, Market, life_ms, synthetic_price, within_bid

ZONE, OTHER_ZONE = "us-east-1a", "us-east-1b"


def a_type(name: str) -> InstanceType:
    found = instance_types.get(name)
    assert found is not None
    return found


C5, C5_XL, M5 = a_type("c5.large"), a_type("c5.xlarge"), a_type("m5.large")


def test_a_quiet_market_has_one_price_no_interruptions_and_no_bound() -> None:
    quiet = Market(seed=1)
    for hour in (0, 1, 500):
        assert quiet.spot(C5, ZONE, hour * HOUR_MS) == (market.QUIET_PERCENT, 0.0, None)
        assert quiet.spot(M5, OTHER_ZONE, hour * HOUR_MS) == (market.QUIET_PERCENT, 0.0, None)


def test_a_lively_price_depends_on_seed_type_zone_and_hour_alone() -> None:
    one, same, other = Market(1, "lively"), Market(1, "lively"), Market(2, "lively")
    same.spot(M5, ZONE, 77)  # asking for something else changes nothing
    price = one.percent(C5, ZONE, 5 * HOUR_MS)
    assert price == same.percent(C5, ZONE, 6 * HOUR_MS - 1)
    assert price != one.percent(C5, ZONE, 6 * HOUR_MS)
    assert price != one.percent(C5, OTHER_ZONE, 5 * HOUR_MS)
    assert price != one.percent(C5_XL, ZONE, 5 * HOUR_MS)
    assert price != other.percent(C5, ZONE, 5 * HOUR_MS)


@given(st.integers(), st.integers(0, 10**13), st.sampled_from([C5, C5_XL, M5]))
def test_a_lively_price_stays_between_nothing_and_on_demand(
    seed: int, now_ms: int, kind: InstanceType
) -> None:
    found = Market(seed, "lively").spot(kind, ZONE, now_ms)
    assert 0 < found.percent < 100
    assert 0 <= found.interruptions_per_hour <= market.MOST_INTERRUPTIONS_PER_HOUR


def test_what_is_said_of_a_type_beats_its_family_and_that_beats_a_zone() -> None:
    said = Market(1)
    said.say_percent("*", ZONE, 50)
    assert said.percent(C5, ZONE, 0) == 50
    assert said.percent(C5, OTHER_ZONE, 0) == market.QUIET_PERCENT
    said.say_percent("c5", "*", 60)
    assert (said.percent(C5, ZONE, 0), said.percent(M5, ZONE, 0)) == (60, 50)
    said.say_percent("c5.large", "*", 70)
    assert (said.percent(C5, ZONE, 0), said.percent(C5_XL, ZONE, 0)) == (70, 60)
    said.say_percent("c5.large", ZONE, 80)
    assert (said.percent(C5, ZONE, 0), said.percent(C5, OTHER_ZONE, 0)) == (80, 70)


def test_a_newer_word_takes_the_place_of_the_older_and_none_takes_it_back() -> None:
    said = Market(1)
    said.say_capacity("c5", "*", 4)
    said.say_capacity("c5", "*", 0)
    assert said.capacity(C5, ZONE) == 0
    assert said.capacity(M5, ZONE) is None
    said.say_capacity("c5", "*", None)
    assert said.capacity(C5, ZONE) is None
    said.say_rate("*", "*", 2.5)
    assert said.spot(M5, ZONE, 0).interruptions_per_hour == 2.5
    said.forget()
    assert said.spot(M5, ZONE, 0).interruptions_per_hour == 0


@pytest.mark.parametrize(
    ("percent", "bid", "may"),
    [
        (80, 79, False),
        (80, 80, True),
        (80, 81, True),
        (100, None, True),
        (101, None, False),
        (80, 0, True),
    ],
)
def test_a_price_is_within_the_bid_up_to_the_bid_and_without_one_up_to_on_demand(
    percent: float, bid: int | None, may: bool
) -> None:
    assert within_bid(percent, bid) is may


def test_without_interruptions_an_instance_lives_for_ever() -> None:
    assert life_ms(1, "i-1", 0.0) is None


def test_lives_are_as_long_as_the_rate_says_and_as_different_as_instances_are() -> None:
    lives = [life_ms(1, f"i-{number}", 0.5) or 0 for number in range(4000)]
    assert fmean(lives) == pytest.approx(2 * HOUR_MS, rel=0.05)
    # Exponential: a part of 1 - 1/e of them ends within the mean.
    assert sum(life <= 2 * HOUR_MS for life in lives) / 4000 == pytest.approx(0.632, abs=0.02)
    assert life_ms(1, "i-7", 0.5) == lives[7] != life_ms(2, "i-7", 0.5)


def test_the_synthetic_price_grows_with_vcpus_memory_and_gpus() -> None:
    assert synthetic_price(C5) == pytest.approx(2 + 4 * 0.09)
    assert synthetic_price(C5_XL) == pytest.approx(2 * synthetic_price(C5))
    assert synthetic_price(C5) < synthetic_price(M5) < synthetic_price(a_type("r5.large"))
    assert synthetic_price(a_type("g4dn.xlarge")) > synthetic_price(a_type("m5.xlarge"))
    assert synthetic_price(a_type("m6g.large")) < synthetic_price(a_type("m6i.large"))


def test_a_price_of_the_user_is_taken_and_the_others_are_scaled_to_it() -> None:
    priced = Market(1, prices={"c5.large": 0.236})
    assert priced.on_demand_price(C5) == 0.236
    # A unit is 0.1 here: c5.large is 2.36 units.
    assert priced.on_demand_price(M5) == pytest.approx((2 + 8 * 0.09) * 0.1)
    assert Market(1).on_demand_price(M5) == synthetic_price(M5)
