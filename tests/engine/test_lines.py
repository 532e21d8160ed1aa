"""The line of a queue: whoever stands in it comes out in order, however the jobs came in."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pytest_batchmock.engine.lines import FRESH, RETRIED, Line

entries = st.lists(
    st.tuples(st.sampled_from([RETRIED, FRESH]), st.integers(-2, 0), st.integers(0, 20)),
    unique=True,
    max_size=30,
)


JOBS: dict[int, Any] = {number: f"job {number}" for number in range(21)}


def _entry(rank: int, priority: int, submission: int) -> Any:
    return (rank, priority, submission, 0, 0, JOBS[submission])


def _popped(line: Line) -> list[Any]:
    found = []
    while line:
        found.append(line.pop())
    return found


@given(entries)
def test_jobs_come_out_by_rank_then_priority_then_submission(given: list[tuple[int, int, int]]) -> None:
    line = Line()
    for each in given:
        line.add(_entry(*each))
    assert sorted(line) == sorted(_entry(*each) for each in given)
    assert _popped(line) == sorted(_entry(*each) for each in given)


@given(entries, entries)
def test_a_job_that_goes_back_comes_out_first_again(
    given: list[tuple[int, int, int]], later: list[tuple[int, int, int]]
) -> None:
    line = Line()
    for each in given:
        line.add(_entry(*each))
    if line:
        head = line.pop()
        line.add(head)
        assert line.pop() == head
    left = list(line)
    more = [_entry(*each) for each in later if _entry(*each) not in left]
    for entry in more:
        line.add(entry)
    assert _popped(line) == sorted([*left, *more])


@given(entries)
def test_a_job_that_is_taken_out_is_gone_and_the_others_stay(given: list[tuple[int, int, int]]) -> None:
    line = Line()
    for each in given:
        line.add(_entry(*each))
    line.remove(JOBS[7])
    left = [_entry(*each) for each in given if each[2] != 7]
    assert _popped(line) == sorted(left)
