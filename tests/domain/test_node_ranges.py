"""``targetNodes`` of multi-node jobs: its grammar, nesting and coverage."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_batchmock.domain.node_ranges import bounds, has_open_end, properties_of, uncovered


@pytest.mark.parametrize(
    ("text", "limits"),
    [("2:4", (2, 4)), (":4", (0, 4)), ("4:", (4, 9)), (":", (0, 9)), ("7", (7, 7)), ("0", (0, 0))],
)
def test_every_form_of_a_range_is_read(text: str, limits: tuple[int, int]) -> None:
    assert bounds(text, 10) == limits


@pytest.mark.parametrize("text", ["", "a", "1-2", "1:2:3", " 1", "-1", "1,2", "١"])
def test_any_other_text_is_no_range(text: str) -> None:
    assert bounds(text, 10) is None


@pytest.mark.parametrize(("text", "is_open"), [("0:", True), (":", True), (":3", False), ("3", False)])
def test_only_a_range_without_an_upper_end_grows(text: str, is_open: bool) -> None:
    assert has_open_end(text) is is_open


def test_the_narrower_of_nested_ranges_wins_in_any_order() -> None:
    wide, narrow = {"targetNodes": "0:10"}, {"targetNodes": "4:5"}
    for ranges in ([wide, narrow], [narrow, wide]):
        assert [properties_of(node, 11, ranges) is narrow for node in (3, 4, 5, 6)] == [
            False,
            True,
            True,
            False,
        ]


def test_of_equally_narrow_ranges_the_last_wins() -> None:
    first, last = {"targetNodes": "0:3"}, {"targetNodes": ":3"}
    assert properties_of(2, 4, [first, last]) is last


def test_a_node_outside_all_ranges_has_no_properties() -> None:
    assert properties_of(5, 6, [{"targetNodes": "0:4"}]) is None


def test_an_open_range_follows_the_number_of_nodes() -> None:
    tail = {"targetNodes": "2:"}
    assert properties_of(7, 8, [tail]) is tail


@pytest.mark.parametrize(
    ("ranges", "missing"),
    [(["0:3"], None), (["0:1", "3"], 2), (["1:"], 0), (["2:", "0:1"], None), (["0:2"], 3), ([], 0)],
)
def test_the_lowest_uncovered_node_is_found(ranges: list[str], missing: int | None) -> None:
    assert uncovered(4, [{"targetNodes": text} for text in ranges]) == missing


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=5))
def test_all_nodes_are_covered_when_each_has_properties(pairs: list[tuple[int, int]]) -> None:
    ranges = [{"targetNodes": f"{first}:{last}"} for first, last in pairs if first <= last]
    without = [node for node in range(8) if properties_of(node, 8, ranges) is None]
    assert uncovered(8, ranges) == (without[0] if without else None)
