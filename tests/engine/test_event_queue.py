"""The event queue: whatever is put in comes out by instant, then priority, then order of arrival."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_batchmock.engine import event_queue
from pytest_batchmock.engine.event_queue import EventQueue

FOREVER = 10**15
PRIORITIES = (
    event_queue.USER,
    event_queue.TIME_OUT,
    event_queue.INTERRUPTION,
    event_queue.NORMAL,
    event_queue.PASS,
)

pushes = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from(PRIORITIES), st.booleans()), min_size=1, max_size=30
)


class Subject:
    """Something that moves on: its epoch grows."""

    def __init__(self) -> None:
        self.epoch = 0


def _filled(entries: list[tuple[int, int, bool]]) -> EventQueue:
    queue = EventQueue()
    for number, (at_ms, priority, housekeeping) in enumerate(entries):
        queue.push(at_ms, "kind", None, None, number, priority=priority, housekeeping=housekeeping)
    return queue


def _drained(queue: EventQueue, at_ms: int = FOREVER) -> list[Any]:
    found = []
    while (event := queue.pop(at_ms)) is not None:
        found.append(event)
    return found


@given(pushes)
def test_events_come_by_instant_then_priority_then_order_of_arrival(entries):
    expected = sorted(range(len(entries)), key=lambda number: (*entries[number][:2], number))
    assert [event.data for event in _drained(_filled(entries))] == expected


@given(pushes)
def test_peek_tells_the_instant_of_the_event_that_pop_gives(entries):
    queue = _filled(entries)
    while (at_ms := queue.peek()) is not None:
        event = queue.pop(at_ms)
        assert event is not None
        assert event.at_ms == at_ms
    assert queue.pop(FOREVER) is None


@given(pushes, st.integers(0, 5))
def test_pop_gives_nothing_that_is_later_than_asked(entries, at_ms):
    early = _drained(_filled(entries), at_ms)
    assert len(early) == sum(entry[0] <= at_ms for entry in entries)
    assert all(event.at_ms <= at_ms for event in early)


@given(pushes)
def test_each_kind_of_event_is_peeked_at_apart(entries):
    queue = _filled(entries)
    foreground = [at_ms for at_ms, _, housekeeping in entries if not housekeeping]
    housekeeping = [at_ms for at_ms, _, housekeeping in entries if housekeeping]
    assert queue.peek_foreground() == min(foreground, default=None)
    assert queue.peek_housekeeping() == min(housekeeping, default=None)


@given(pushes, st.sets(st.integers(0, 29)))
def test_events_of_subjects_that_have_moved_on_are_dropped(entries, moved):
    queue = EventQueue()
    subjects = [Subject() for _ in entries]
    for number, ((at_ms, priority, housekeeping), subject) in enumerate(
        zip(entries, subjects, strict=True)
    ):
        queue.push(at_ms, "kind", subject, 0, number, priority=priority, housekeeping=housekeeping)
    for number in moved & set(range(len(entries))):
        subjects[number].epoch = 1
    assert {event.data for event in _drained(queue)} == set(range(len(entries))) - moved


def test_a_stale_event_at_the_front_does_not_hide_the_next_one():
    queue, gone, here = EventQueue(), Subject(), Subject()
    queue.push(1, "kind", gone, gone.epoch)
    queue.push(2, "kind", here, here.epoch)
    gone.epoch += 1
    assert queue.peek() == queue.peek_foreground() == 2


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (event_queue.USER, event_queue.TIME_OUT),
        (event_queue.TIME_OUT, event_queue.INTERRUPTION),
        (event_queue.INTERRUPTION, event_queue.NORMAL),
        (event_queue.NORMAL, event_queue.PASS),
    ],
)
def test_the_user_wins_over_the_time_out_and_that_over_the_reclaim(first, second):
    queue = EventQueue()
    queue.push(1, "second", None, None, priority=second)
    queue.push(1, "first", None, None, priority=first)
    assert [event.kind for event in _drained(queue)] == ["first", "second"]
