"""Every entry of the data is tested, or is listed with the reason why it cannot be."""

from __future__ import annotations

from collections import Counter

from .answers import ANSWERS
from .checks import CHECKS, NOTES
from .entries import Entry, recorded
from .not_shown import NOT_SHOWN
from .test_refusals import REFUSALS

LISTS = (REFUSALS, ANSWERS, CHECKS, NOTES, NOT_SHOWN)


def _tells_more_than_a_note(entry: Entry) -> bool:
    return set(entry.expect) != {"note"}


def test_every_entry_is_in_exactly_one_list() -> None:
    listed = Counter(name for names in LISTS for name in names)
    assert [name for name, times in listed.items() if times > 1] == []
    assert sorted(listed) == sorted(recorded())


def test_refusals_are_the_entries_that_tell_of_one() -> None:
    errors = {name for name, entry in recorded().items() if "message" in entry.expect}
    assert set(REFUSALS) == errors - set(NOT_SHOWN)


def test_entries_that_are_only_a_note_are_the_ones_listed_so() -> None:
    notes = {name for name, entry in recorded().items() if not _tells_more_than_a_note(entry)}
    assert set(NOTES) == notes


def test_every_reason_says_something() -> None:
    assert all(reason.endswith(".") for reason in NOT_SHOWN.values())
