"""Options: defaults that make sense, and an error that says what to do for every other mistake."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from pytest_batchmock import MockUsageError
from pytest_batchmock.options import Options


def test_an_unknown_option_is_refused_with_the_list_of_those_there_are():
    with pytest.raises(MockUsageError) as raised:
        Options.of(clok="manual", rat=2)
    assert str(raised.value).startswith(
        "Unknown option clok, rat. Did you mean clock? Options are: clock, rate, start,"
    )


def test_the_start_in_milliseconds_is_no_option_of_the_user():
    assert "start_ms" not in Options.names()
    with pytest.raises(MockUsageError, match="Unknown option start_ms"):
        Options.of(start_ms=5)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"clock": "auto"}, "clock='auto': choose one of 'autojump', 'manual', 'real'."),
        ({"virtual_sleep": True}, "virtual_sleep=True: choose one of 'polling', 'all', 'off'."),
        ({"multinode_refused_at": "later"}, "choose one of 'never', 'submit'."),
        ({"rate": 0}, "rate=0: it must be above zero"),
        ({"rate": float("nan")}, "rate=nan: it must be above zero and at most 1,000,000."),
        ({"rate": float("inf")}, "rate=inf: it must be above zero and at most 1,000,000."),
        ({"latency_scale": 0}, "latency_scale=0: it must be above zero."),
        ({"latency_scale": float("inf")}, "it must be above zero."),
        ({"stall_after": 1}, "stall_after=1: it must be at least 2."),
        ({"account_id": "12345"}, "account_id='12345': an account has 12 digits."),
        ({"account_id": "12345678901x"}, "an account has 12 digits."),
        ({"default_duration": "soon"}, "'soon' is no duration"),
        ({"default_duration": -1}, "default_duration: A duration is finite and not negative, got -1"),
        ({"resource_latency": "a while"}, "'a while' is no duration"),
        ({"rate": "fast"}, "rate='fast': give a number."),
        ({"seed": 1.5}, "seed=1.5: give a whole number."),
        ({"seed": True}, "seed=True: give a whole number."),
        ({"account_id": 123456789012}, "account_id=123456789012: give a text of 12 digits."),
        ({"region": None}, "region=None: give a text such as 'us-east-1'."),
        ({"region": ""}, "region='': give a Region such as 'us-east-1'."),
        ({"region": "US East"}, "region='US East': give a Region such as 'us-east-1'."),
        ({"account_id": "١٢٣٤٥٦٧٨٩٠١٢"}, "an account has 12 digits."),
        ({"docker_allow": None}, "docker_allow=None: give a list of these: 'privileged'"),
        ({"docker_parallel": True}, "docker_parallel=True: give a number from 1."),
        ({"docker_secrets": {"key": 1}}, "docker_secrets: give a mapping from valueFrom to value"),
        ({"subnet_zones": {"subnet-1": 1}}, "subnet_zones={'subnet-1': 1}: give a mapping"),
        ({"subnet_zones": "a=b=c"}, "subnet_zones='a=b=c': give a mapping"),
        ({"enforce_quotas": "no"}, "enforce_quotas='no': give True or False."),
        ({"start": []}, "start=[]: give a datetime, seconds since the epoch"),
        ({"start": "yesterday"}, "start='yesterday' is no ISO 8601 date and time."),
    ],
)
def test_a_value_an_option_cannot_have_is_refused(option, message):
    with pytest.raises(MockUsageError) as raised:
        Options.of(**option)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    "start",
    [
        "2026-03-01T12:00:00+00:00",
        "2026-03-01T12:00:00",
        "2026-03-01T14:00:00+02:00",
        datetime(2026, 3, 1, 12),
        datetime(2026, 3, 1, 14, tzinfo=timezone(timedelta(hours=2))),
        1772366400,
        1772366400.0,
    ],
)
def test_every_form_of_a_start_is_the_same_instant_and_utc_where_no_zone_is_given(start):
    assert Options(start=start).start_ms == 1_772_366_400_000


@pytest.mark.parametrize("start", [float("nan"), float("inf"), 1e30, -1e30])
def test_a_start_that_no_datetime_can_hold_is_refused(start):
    with pytest.raises(MockUsageError, match="of a year up to 8999"):
        Options(start=start)


def test_without_a_start_the_mock_begins_now():
    assert Options().start_ms is None


def test_options_with_some_changed_keep_the_others():
    options = Options(seed=7, start="2026-03-01", clock="manual")
    changed = options.but(seed=8)
    assert (changed.seed, changed.start_ms, changed.clock) == (8, options.start_ms, "manual")


def test_options_cannot_be_changed_behind_the_back_of_the_mock():
    with pytest.raises(AttributeError):
        Options().seed = 5
