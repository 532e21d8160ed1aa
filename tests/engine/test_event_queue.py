"""The event queue: whatever is put in comes out by instant, priority, kind, and order of arrival."""

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
    found: list[tuple[str, Any]] = []
    while events := [(kind, data) for kind, _, _, data in queue.next_instant(at_ms)]:
        found += events
    return found


def _numbers(queue: EventQueue, at_ms: int = FOREVER) -> list[Any]:
    return [data for _, data in _drained(queue, at_ms)]


@given(pushes)
def test_events_come_by_instant_then_priority_then_kind_then_order_of_arrival(entries):
    def place(number: int) -> tuple[int, int, bool, int]:
        return (*entries[number], number)

    expected = sorted(range(len(entries)), key=place)
    assert _numbers(_filled(entries)) == expected


@given(pushes)
def test_the_next_instant_is_the_one_that_peek_tells_and_comes_whole(entries):
    queue = _filled(entries)
    seen = []
    while (at_ms := queue.peek()) is not None:
        (number, *_) = numbers = [event[3] for event in queue.next_instant(FOREVER)]
        assert queue.at_ms == at_ms
        assert all(entries[it][0] == at_ms for it in numbers)
        assert number == min(numbers, key=lambda it: (*entries[it], it))
        seen += numbers
    assert sorted(seen) == list(range(len(entries)))
    assert not queue.events()


@given(pushes, st.integers(0, 5))
def test_nothing_is_due_that_is_later_than_asked(entries, at_ms):
    early = _numbers(_filled(entries), at_ms)
    assert sorted(early) == [number for number, entry in enumerate(entries) if entry[0] <= at_ms]


@given(pushes, pushes)
def test_what_is_added_to_an_instant_meanwhile_comes_with_it_in_its_place(entries, later):
    queue = _filled(entries)
    due = queue.next_instant(FOREVER)
    first = next(due)[3]
    at_ms = queue.at_ms
    for number, (more_ms, priority, housekeeping) in enumerate(later, len(entries)):
        how = {"priority": priority, "housekeeping": housekeeping}
        queue.push(at_ms + more_ms, "kind", None, None, number, **how)
    every = [*entries, *((at_ms + more_ms, *rest) for more_ms, *rest in later)]
    left = [number for number, entry in enumerate(every) if entry[0] == at_ms and number != first]
    expected = sorted(left, key=lambda number: (*every[number], number))
    assert [event[3] for event in due] == expected


@given(pushes)
def test_the_events_that_are_listed_are_those_that_will_happen(entries):
    queue = _filled(entries)
    listed = [(at_ms, priority, event[3]) for at_ms, priority, event in queue.events()]
    assert sorted(listed) == sorted((*entries[number][:2], number) for number in range(len(entries)))
    assert sorted(number for *_, number in listed) == sorted(_numbers(queue))


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
    left = set(range(len(entries))) - moved
    assert {event[3] for *_, event in queue.events()} == left
    assert set(_numbers(queue)) == left


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
    assert [kind for kind, _ in _drained(queue)] == ["first", "second"]
