"""One mock for each account, so that suites that share a server share nothing else.

An account of its own has resources, jobs, outcome rules, faults and a clock of its own: the polling of
one suite moves no time of another, and a reset of one leaves the others alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from pytest_batchmock.domain.ids import keyed_hex
from pytest_batchmock.errors import BatchError, MockUsageError
from pytest_batchmock.mock import BatchMock
from pytest_batchmock.world import World

MOST_ACCOUNTS: Final = 1000
"""How many there can be at a time: a bound on what a stranger's requests can make us keep."""


class Accounts:
    """The mocks behind one server.

    Args:
        mock: Answers for its own account, which is that of callers whose access key names none.
    """

    def __init__(self, mock: BatchMock) -> None:
        self._mock = mock
        self._others: dict[str, BatchMock] = {}
        self.on_reset: Callable[[str | None], None] | None = None
        """Is told of a reset: of one account, or of all."""
        self._lock = threading.Lock()

    def mock(self, account: str | None = None) -> BatchMock:
        """The mock of an account; made at first use.

        Raises:
            MockUsageError: That is no account.
            BatchError: There are too many.
        """
        own = self._mock.options.account_id
        if account is None or account == own:
            return self._mock
        if not (len(account) == 12 and account.isascii() and account.isdigit()):
            raise MockUsageError(f"account={account!r}: an account has 12 digits.")
        with self._lock:
            found = self._others.get(account)
            if found is None:
                if len(self._others) >= MOST_ACCOUNTS:
                    raise BatchError(
                        f"There are {MOST_ACCOUNTS} accounts already: reset those that are done with.",
                        code="ServiceUnavailableException",
                        status=503,
                    )
                found = self._others[account] = self._made_for(account)
            return found

    def world(self, account: str | None) -> World:
        """What answers the calls of an account."""
        # A mock's world is replaced when it is reset: never keep it.
        return self.mock(account)._world

    def names(self) -> list[str]:
        """The accounts there are, the server's own first."""
        with self._lock:
            return [self._mock.options.account_id, *self._others]

    def reset(self, account: str | None = None) -> None:
        """Forget all that one account holds, or all accounts."""
        own = self._mock.options.account_id
        with self._lock:
            gone = list(self._others) if account is None else [account]
            left = [self._others.pop(name) for name in gone if name in self._others]
        for mock in left:
            mock._world.close()
        if account in (None, own):
            self._mock.reset()
        if self.on_reset is not None:
            self.on_reset(account)

    def close(self) -> None:
        """End what really runs."""
        with self._lock:
            mocks = [self._mock, *self._others.values()]
        for mock in mocks:
            mock._world.close()

    def _made_for(self, account: str) -> BatchMock:
        options = self._mock.options
        given = {name: getattr(options, name) for name in options.names()}
        given["account_id"] = account
        # Ids of different jobs should differ, even where no two accounts ever meet.
        given["seed"] = int(keyed_hex(options.seed, "account", account, 12), 16)
        return BatchMock(**given)
