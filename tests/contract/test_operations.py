"""The table of handlers against the service model: complete, and with nothing of its own."""

from __future__ import annotations

import pytest

from pytest_batchmock import BatchMock, NotModelledError
from pytest_batchmock.api import dispatch, model
from pytest_batchmock.api.dispatch import BY_METHOD

from .newest import needs_newest_model

NOT_YET: tuple[str, ...] = ()
"""Operations without a handler. The list only ever shrinks: to add one is to take a feature away."""

MODEL = {model.method_name(name): name for name in model.operation_names()}


def test_every_operation_of_the_model_is_handled_or_listed_as_not_yet():
    assert set(MODEL) - set(BY_METHOD) == {model.method_name(name) for name in NOT_YET} & set(MODEL)


def test_no_operation_is_both_handled_and_listed_as_not_yet():
    assert [name for name in NOT_YET if model.method_name(name) in BY_METHOD] == []


@needs_newest_model
def test_no_handler_is_for_an_operation_that_the_newest_model_lacks():
    assert set(BY_METHOD) - set(MODEL) == set()


def test_every_operation_either_asks_or_has_a_verb_that_changes_something():
    changing = ("Create", "Update", "Delete", "Register", "Deregister", "Submit", "Cancel", "Terminate")
    writes = {name for name in MODEL.values() if not dispatch.is_read(name)}
    assert {name for name in writes if not name.startswith((*changing, "Tag", "Untag"))} == set()


def test_every_operation_that_is_not_yet_there_answers_with_its_name():
    for operation in NOT_YET:
        with pytest.raises(NotModelledError, match=rf"AWS Batch {operation} is not modelled yet\."):
            BatchMock().call(operation, {})


def test_a_handler_that_is_missing_answers_with_the_name_of_the_operation(monkeypatch):
    """Whatever `NOT_YET` holds: the way of an operation without a handler stays tested."""
    monkeypatch.setattr(dispatch, "_BY_OPERATION", {})
    monkeypatch.delitem(BY_METHOD, "cancel_job")
    with pytest.raises(NotModelledError, match=r"AWS Batch CancelJob is not modelled yet\."):
        BatchMock().call("CancelJob", {"jobId": "x", "reason": "y"})


def test_an_operation_that_nobody_knows_answers_with_its_name():
    with pytest.raises(NotModelledError, match=r"'CancelEverything', .* give an operation such as"):
        BatchMock().call("CancelEverything", {})
    with pytest.raises(NotModelledError, match=r"'DescribeJob', .* did you mean DescribeJobs"):
        BatchMock().call("DescribeJob", {})
