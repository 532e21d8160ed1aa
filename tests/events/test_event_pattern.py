"""EventBridge's pattern language, filter by filter."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.observe.event_pattern import compile_pattern

EVENT: dict[str, Any] = {
    "version": "0",
    "source": "aws.batch",
    "detail-type": "Batch Job State Change",
    "resources": ["arn:aws:batch:eu-west-1:123456789012:job/1", "arn:other"],
    "detail": {
        "jobName": "Nightly-Report",
        "status": "FAILED",
        "exitCode": 3,
        "share": 0.5,
        "empty": "",
        "nothing": None,
        "isCancelled": True,
        "address": "10.0.3.4",
        "dependsOn": [],
        "container": {"image": "busybox", "command": ["echo", "a*b"]},
        "attempts": [
            {"statusReason": "Host gone", "container": {"exitCode": 137}},
            {"statusReason": "Exited", "container": {"exitCode": 3}},
        ],
    },
}


def matches(pattern: Any) -> bool:
    return compile_pattern(pattern)(EVENT)


def detail(**pattern: Any) -> bool:
    return matches({"detail": pattern})


def test_no_pattern_matches_everything() -> None:
    assert matches(None)


def test_a_pattern_may_be_json() -> None:
    assert matches('{"source": ["aws.batch"]}')
    assert not matches('{"source": ["aws.ecs"]}')


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({"status": ["FAILED"]}, True),
        ({"status": ["SUCCEEDED", "FAILED"]}, True),
        ({"status": ["SUCCEEDED"]}, False),
        ({"status": ["failed"]}, False),
        ({"exitCode": [3]}, True),
        ({"exitCode": [3.0]}, False),
        ({"exitCode": ["3"]}, False),
        ({"isCancelled": [True]}, True),
        ({"isCancelled": [1]}, False),
        ({"exitCode": [True]}, False),
        ({"nothing": [None]}, True),
        ({"missing": [None]}, False),
        ({"empty": [""]}, True),
        ({"container": {"image": ["busybox"]}}, True),
        ({"container": {"command": ["echo"]}}, True),
        ({"container": {"command": ["ls"]}}, False),
        ({"status": ["FAILED"], "exitCode": [4]}, False),
        ({"container": ["busybox"]}, False),
    ],
)
def test_values_match_exactly_all_fields_and_any_entry(pattern: Any, expected: bool) -> None:
    assert detail(**pattern) is expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"prefix": "Nightly"}, True),
        ({"prefix": "nightly"}, False),
        ({"prefix": {"equals-ignore-case": "nightly"}}, True),
        ({"prefix": ""}, True),
        ({"suffix": "Report"}, True),
        ({"suffix": "report"}, False),
        ({"suffix": {"equals-ignore-case": "REPORT"}}, True),
        ({"equals-ignore-case": "NIGHTLY-report"}, True),
        ({"equals-ignore-case": "nightly"}, False),
        ({"wildcard": "Night*Report"}, True),
        ({"wildcard": "*"}, True),
        ({"wildcard": "Night"}, False),
        ({"wildcard": "Night*y"}, False),
        ({"anything-but": "Nightly-Report"}, False),
        ({"anything-but": ["a", "b"]}, True),
        ({"anything-but": ["a", "Nightly-Report"]}, False),
        ({"anything-but": {"prefix": "Nightly"}}, False),
        ({"anything-but": {"prefix": ["Daily", "Hourly"]}}, True),
        ({"anything-but": {"suffix": "Report"}}, False),
        ({"anything-but": {"equals-ignore-case": ["nightly-report"]}}, False),
        ({"anything-but": {"wildcard": "*ly-*"}}, False),
        ({"exists": True}, True),
        ({"exists": False}, False),
    ],
)
def test_filters_of_text(condition: Any, expected: bool) -> None:
    assert detail(jobName=[condition]) is expected


@pytest.mark.parametrize(
    ("comparison", "expected"),
    [
        (["=", 3], True),
        (["=", 3.0], True),
        (["<", 3], False),
        (["<=", 3], True),
        ([">", 2.5], True),
        ([">=", 4], False),
        ([">", 0, "<=", 3], True),
        ([">", 3, "<", 9], False),
    ],
)
def test_numbers_are_compared(comparison: list[Any], expected: bool) -> None:
    assert detail(exitCode=[{"numeric": comparison}]) is expected


def test_text_and_truth_are_no_numbers() -> None:
    assert not detail(status=[{"numeric": [">", 0]}])
    assert not detail(isCancelled=[{"numeric": [">", 0]}])


def test_exists_tells_absent_fields_also_below_absent_objects() -> None:
    assert detail(missing=[{"exists": False}])
    assert detail(missing={"below": [{"exists": False}]})
    assert not detail(missing={"below": [{"exists": True}]})
    assert detail(nothing=[{"exists": True}])


def test_exists_means_leaves_only() -> None:
    assert not detail(container=[{"exists": True}])


def test_an_empty_list_has_no_value() -> None:
    assert detail(dependsOn=[{"exists": False}])
    assert not detail(dependsOn=[{"anything-but": "x"}])


def test_anything_but_needs_the_field() -> None:
    assert not detail(missing=[{"anything-but": "x"}])


def test_addresses_match_a_network() -> None:
    assert detail(address=[{"cidr": "10.0.0.0/16"}])
    assert not detail(address=[{"cidr": "10.1.0.0/16"}])
    assert not detail(status=[{"cidr": "10.0.0.0/8"}])


def test_a_list_of_objects_matches_by_one_of_them() -> None:
    assert detail(attempts={"container": {"exitCode": [137]}})
    assert detail(attempts={"statusReason": ["Exited"], "container": {"exitCode": [3]}})
    assert not detail(attempts={"statusReason": ["Exited"], "container": {"exitCode": [137]}})


def test_a_list_of_the_event_matches_by_any_entry() -> None:
    assert matches({"resources": [{"suffix": "job/1"}]})
    assert not matches({"resources": ["arn:neither"]})


def test_or_makes_alternatives_beside_other_fields() -> None:
    either = [{"detail": {"exitCode": [9]}}, {"detail": {"status": ["FAILED"]}}]
    assert matches({"source": ["aws.batch"], "$or": either})
    assert not matches({"source": ["aws.ecs"], "$or": either})
    assert detail(**{"$or": [{"exitCode": [1]}, {"exitCode": [3]}]})
    assert not detail(**{"$or": [{"exitCode": [1]}, {"exitCode": [2]}]})


def test_a_backslash_takes_the_star_its_meaning() -> None:
    assert detail(container={"command": [{"wildcard": "a\\*b"}]})
    assert not detail(jobName=[{"wildcard": "Nightly\\*"}])


@pytest.mark.parametrize(
    ("pattern", "word"),
    [
        ("{", "no JSON"),
        ([], "must be an object"),
        ({}, "is empty"),
        ({"source": "aws.batch"}, "source"),
        ({"source": []}, "is empty"),
        ({"source": [["a"]]}, "list within"),
        ({"source": [{"begins": "a"}]}, "'begins'"),
        ({"source": [{"prefix": "a", "suffix": "b"}]}, "exactly one operator"),
        ({"source": [{"prefix": 1}]}, "must be a string"),
        ({"source": [{"prefix": {"suffix": "x"}}]}, "cannot stand there"),
        ({"source": [{"exists": "yes"}]}, "true or false"),
        ({"source": [{"numeric": [">"]}]}, "numeric of source"),
        ({"source": [{"numeric": ["!=", 1]}]}, "'!='"),
        ({"source": [{"numeric": [">", 6_000_000_000]}]}, "five billion"),
        ({"source": [{"wildcard": "a**"}]}, "two \\* in a row"),
        ({"source": [{"wildcard": "a\\b"}]}, "backslash"),
        ({"source": [{"anything-but": []}]}, "is empty"),
        ({"source": [{"anything-but": {"numeric": [1]}}]}, "anything-but of source"),
        ({"source": [{"anything-but": [True]}]}, "strings and numbers"),
        ({"source": [{"cidr": "10.0.0.0/99"}]}, "cidr of source"),
        ({"$or": [{"a": ["b"]}]}, "two objects"),
        ({"detail": {"status": {"x": 1}}}, "detail.status.x"),
    ],
)
def test_a_pattern_that_eventbridge_would_refuse_is_a_clear_error(pattern: Any, word: str) -> None:
    with pytest.raises(MockUsageError, match=word):
        compile_pattern(pattern)
