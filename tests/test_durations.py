"""Durations: every form that is understood, and what is said of the others."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_batchmock import MockUsageError
from pytest_batchmock.durations import to_ms, to_text


@pytest.mark.parametrize(
    ("value", "milliseconds"),
    [
        (0, 0),
        (5, 5_000),
        (0.25, 250),
        (1.0004, 1_000),
        (timedelta(minutes=4), 240_000),
        (timedelta(days=1, microseconds=1_000), 86_400_001),
        ("90s", 90_000),
        ("4m", 240_000),
        ("1h30m", 5_400_000),
        ("1h 30m", 5_400_000),
        (" 2d ", 172_800_000),
        ("250ms", 250),
        ("1.5h", 5_400_000),
        ("1m30s250ms", 90_250),
    ],
)
def test_a_duration_in_milliseconds(value, milliseconds):
    assert to_ms(value) == milliseconds


@pytest.mark.parametrize("value", ["", "4", "m", "4 minutes", "-4m", "4m!", "1,5h", "٤m", "1h30"])
def test_a_text_of_another_form_is_refused_with_the_forms_there_are(value):
    with pytest.raises(MockUsageError, match="is no duration: give seconds as a number"):
        to_ms(value)


@pytest.mark.parametrize("value", [None, True, [], b"4m"])
def test_a_value_of_another_type_is_refused(value):
    with pytest.raises(MockUsageError, match="is no duration"):
        to_ms(value)


@pytest.mark.parametrize("value", [-1, -0.1, timedelta(seconds=-1), float("inf"), float("nan")])
def test_a_duration_is_finite_and_not_negative(value):
    with pytest.raises(MockUsageError, match="finite and not negative"):
        to_ms(value)


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [(0, "0s"), (250, "250ms"), (240_000, "4m"), (5_400_000, "1h 30m"), (90_061_000, "1d 1h")],
)
def test_a_duration_is_written_with_its_two_largest_units(milliseconds, text):
    assert to_text(milliseconds) == text


@given(st.integers(0, 59), st.sampled_from(["s", "m"]), st.integers(0, 999))
def test_what_is_written_with_two_units_is_read_back(count, unit, milliseconds):
    value = count * {"s": 1_000, "m": 60_000}[unit]
    value += milliseconds if unit == "s" else milliseconds % 60 * 1_000
    assert to_ms(to_text(value)) == value
