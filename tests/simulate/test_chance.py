"""The distributions have the means and medians that they promise."""

from __future__ import annotations

from statistics import fmean, median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_batchmock.simulate import chance
from pytest_batchmock.simulate.chance import Arrivals, Sample

LUCK = [(number + 0.5) / 20_000 for number in range(20_000)]


def test_each_distribution_has_its_mean_and_median() -> None:
    assert {chance.fixed(5000)(luck) for luck in LUCK} == {5000}
    uniform = [chance.uniform(1000, 3000)(luck) for luck in LUCK]
    assert (fmean(uniform), min(uniform), max(uniform)) == (pytest.approx(2000, rel=0.01), 1000, 3000)
    exponential = [chance.exponential(60_000)(luck) for luck in LUCK]
    assert fmean(exponential) == pytest.approx(60_000, rel=0.01)
    assert median(exponential) == pytest.approx(60_000 * 0.6931, rel=0.01)
    lognormal = [chance.lognormal(60_000, 0.5)(luck) for luck in LUCK]
    assert median(lognormal) == pytest.approx(60_000, rel=0.01)
    assert fmean(lognormal) == pytest.approx(60_000 * 1.1331, rel=0.01)


@given(
    st.floats(0, 1, exclude_max=True),
    st.sampled_from(
        [chance.fixed(0), chance.uniform(0, 0), chance.exponential(0), chance.lognormal(0, 10)]
    ),
)
def test_a_duration_is_at_least_a_millisecond_whatever_the_luck(luck: float, sample: Sample) -> None:
    assert sample(luck) >= 1


def test_arrivals_are_regular_or_as_many_in_an_hour_as_said() -> None:
    assert list(Arrivals(5, 10).times(3, 0, "a")) == [5, 15, 25]
    times = list(Arrivals(0, per_hour=100).times(5000, 0, "a"))
    assert times == sorted(times)
    assert times[-1] / 3_600_000 == pytest.approx(50, rel=0.05)
    assert times != list(Arrivals(0, per_hour=100).times(5000, 0, "b"))
