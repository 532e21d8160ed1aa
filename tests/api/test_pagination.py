"""Pages, tokens, and what is refused."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_batchmock.api import pagination
from pytest_batchmock.errors import BatchError

keys = st.sets(st.tuples(st.text(max_size=3), st.integers(-5, 5)), max_size=30)


def a_page(
    items: Any, params: dict[str, Any] | None = None, **changes: Any
) -> tuple[list[Any], str | None]:
    settings: dict[str, Any] = {
        "operation": "ListJobs",
        "maximum": 100,
        "key": lambda item: item,
        **changes,
    }
    return pagination.page(items, params or {}, **settings)


def all_pages(items: Any, size: int, **changes: Any) -> list[list[Any]]:
    pages, token = [], ""
    while token is not None:
        page, token = a_page(items, {"maxResults": size, "nextToken": token}, **changes)
        pages.append(page)
    return pages


@given(items=keys, size=st.integers(1, 12), descending=st.booleans())
def test_the_pages_one_after_another_are_the_listing(
    items: set[Any], size: int, descending: bool
) -> None:
    pages = all_pages(items, size, descending=descending)
    assert [item for page in pages for item in page] == sorted(items, reverse=descending)
    assert all(len(page) == size for page in pages[:-1])
    assert pages[-1] or not items


@given(items=keys, others=keys, size=st.integers(1, 12), descending=st.booleans())
def test_what_stays_is_listed_once_whatever_comes_and_goes_between_two_pages(
    items: set[Any], others: set[Any], size: int, descending: bool
) -> None:
    first, token = a_page(items, {"maxResults": size}, descending=descending)
    second: list[Any] = []
    if token is not None:
        second, _ = a_page(others, {"nextToken": token}, descending=descending)
    staying = items & others
    assert [item for item in (*first, *second) if item in staying] == (
        sorted(staying, reverse=descending)
        if token is not None
        else [item for item in first if item in staying]
    )
    assert not set(first) & set(second)


def test_the_last_item_of_a_page_may_vanish() -> None:
    _, token = a_page([1, 2, 3, 4], {"maxResults": 2})
    assert a_page([1, 3, 4], {"nextToken": token}) == ([3, 4], None)


def test_the_last_page_has_no_token_even_if_it_is_full() -> None:
    assert a_page([1, 2], {"maxResults": 2}) == ([1, 2], None)


def test_without_max_results_a_page_has_the_default_size_or_the_largest() -> None:
    assert len(a_page(range(300))[0]) == 100
    assert len(a_page(range(300), default=20)[0]) == 20


def test_an_empty_token_is_none() -> None:
    assert a_page([1], {"nextToken": ""}) == ([1], None)


def test_the_answer_has_a_token_only_if_there_is_one() -> None:
    assert pagination.answer("jobs", [1], None) == {"jobs": [1]}
    assert pagination.answer("jobs", [1], "t") == {"jobs": [1], "nextToken": "t"}


@pytest.mark.parametrize("asked", [-1, 0, 101, 2**31])
def test_max_results_out_of_range_is_refused(asked: int) -> None:
    with pytest.raises(
        BatchError, match=f"MaxResults must be between 1 and 100, got {asked}"
    ) as refusal:
        a_page([1], {"maxResults": asked})
    assert refusal.value.code == "ClientException"


@pytest.mark.parametrize("token", ["x", "next", "é", "AAAA", base64.b64encode(b"[1]" * 9).decode()])
def test_a_token_that_nobody_gave_is_refused(token: str) -> None:
    with pytest.raises(BatchError, match="NextToken is not valid") as refusal:
        a_page([1, 2], {"nextToken": token})
    assert refusal.value.code == "ClientException"


@given(st.data())
def test_a_token_that_was_changed_is_refused(data: st.DataObject) -> None:
    _, token = a_page([("a", 1), ("b", 2)], {"maxResults": 1})
    assert token is not None
    position = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from("Aq7-"))
    changed = token[:position] + letter + token[position + 1 :]
    if changed != token:
        with pytest.raises(BatchError, match="NextToken is not valid"):
            a_page([("a", 1), ("b", 2)], {"nextToken": changed})


def test_the_token_of_another_question_is_refused() -> None:
    asked = {"jobQueue": "q", "jobStatus": "RUNNING"}
    _, token = a_page([1, 2], {**asked, "maxResults": 1})
    for params, operation in (
        ({**asked, "jobStatus": "FAILED"}, "ListJobs"),
        (asked, "ListServiceJobs"),
    ):
        with pytest.raises(BatchError, match=f"with the same parameters, to {operation}"):
            a_page([1, 2], {**params, "nextToken": token}, operation=operation)


def test_the_size_of_a_page_may_change_from_page_to_page() -> None:
    _, token = a_page([1, 2, 3, 4], {"jobQueue": "q", "maxResults": 1})
    assert a_page([1, 2, 3, 4], {"jobQueue": "q", "maxResults": 3, "nextToken": token}) == (
        [2, 3, 4],
        None,
    )


def test_the_same_question_gives_the_same_token() -> None:
    assert a_page([1, 2], {"maxResults": 1}) == a_page([2, 1], {"maxResults": 1})
