"""The mocks behind one server."""

from __future__ import annotations

import pytest

from pytest_batchmock import BatchMock
from pytest_batchmock.server import accounts
from pytest_batchmock.server.accounts import Accounts


@pytest.mark.parametrize("account", ["123456789012", "210987654321"])
@pytest.mark.parametrize("is_reset", [False, True], ids=["at_first", "after_a_reset"])
def test_only_the_last_calls_are_kept(monkeypatch, account, is_reset):
    monkeypatch.setattr(accounts, "MOST_CALLS", 3)
    behind = Accounts(BatchMock())
    if is_reset:
        behind.reset()
    mock = behind.mock(account)
    for number in range(5):
        mock.call("DescribeJobQueues", {"jobQueues": [f"queue-{number}"]})
    assert [call.params["jobQueues"] for call in mock.calls] == [["queue-2"], ["queue-3"], ["queue-4"]]
