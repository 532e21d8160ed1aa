"""Every recorded answer: in the same situation the mock's has the same members and values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from installed_model import skipping_what_it_lacks

from pytest_batchmock import BatchMock, mock_batch
from pytest_batchmock.api.model import operation_names

from .answers import ANSWERS
from .checks import CHECKS, NOTES
from .entries import Entry, at, fits, recorded, sample

ENTRIES = recorded()
SLOW = {"beh-007", "resp-002"}
"""They need resources that stay on their way for a while."""

PLACES = {"exitCode": "container.exitCode", "logStreamName": "container.logStreamName"}
"""Where an entry's short name stands in the answer."""

_ALL_CHECKS = CHECKS | NOTES


@pytest.fixture
def mock(entry: Entry) -> Iterator[BatchMock]:
    if entry.operation not in operation_names():
        pytest.skip(f"the installed botocore does not know {entry.operation}")
    latency = "30s" if entry.id in SLOW else None
    with mock_batch(clock="manual", seed=7, resource_latency=latency) as started:
        yield started


@pytest.mark.parametrize("entry", [ENTRIES[name] for name in ANSWERS], ids=list(ANSWERS))
def test_an_answer_holds_what_was_recorded(entry: Entry, mock: BatchMock) -> None:
    with skipping_what_it_lacks():
        answer = ANSWERS[entry.id](mock)
    looked_at = 0
    for name, expected in entry.expect.items():
        if name not in ("note", "sample"):
            _compare(answer, name, expected)
            looked_at += 1
    assert looked_at or "sample" in entry.expect
    if entry.expect.get("sample"):
        assert sample(entry.expect["sample"].removeprefix("samples/"))


@pytest.mark.parametrize("entry", [ENTRIES[name] for name in _ALL_CHECKS], ids=list(_ALL_CHECKS))
def test_what_several_answers_show_holds(entry: Entry, mock: BatchMock) -> None:
    with skipping_what_it_lacks():
        _ALL_CHECKS[entry.id](mock, entry)


def _compare(answer: dict[str, Any], name: str, expected: Any) -> None:
    container = answer.get("container", answer.get("containerProperties"))
    if name == "response":
        assert fits(expected, answer), answer
    elif name in ("present", "container_present"):
        holder = answer if name == "present" else container
        assert [path for path in expected if not at(holder, path)] == []
    elif name == "absent":
        assert [path for path in expected if at(answer, path)] == []
    elif name == "empty":
        assert {path: answer[path] for path in expected} == expected
    elif name == "attempts[0]":
        first = answer["attempts"][0]
        assert [path for path in expected if not at(first, path)] == []
    else:
        found = at(answer, PLACES.get(name, name))
        assert found
        assert all(fits(expected, value) for value in found), found
