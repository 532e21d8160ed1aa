"""One mock for each account, so that suites that share a server share nothing else.

An account of its own has resources, jobs, outcome rules, faults and a clock of its own: the polling of
one suite moves no time of another, and a reset of one leaves the others alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, Protocol

from pytest_batchmock.domain.ids import keyed_hex
from pytest_batchmock.errors import BatchError, MockUsageError
from pytest_batchmock.mock import BatchMock
from pytest_batchmock.world import World

MOST_ACCOUNTS: Final = 1000
"""How many there can be at a time: a bound on what a stranger's requests can make us keep."""

MOST_CALLS: Final = 10_000
"""How many calls of an account ``calls`` has: the last ones, for a server may run for weeks."""


class Keeper(Protocol):
    """Keeps what enters the mocks; `server.journal.keeping` has one."""

    def check(self) -> None:
        """Refuse to go on once something was not kept."""

    def begun(self, mock: BatchMock) -> None:
        """A mock begins, or begins anew."""

    def gone(self, mock: BatchMock) -> None:
        """What comes to the world that a mock has now is not kept any more."""

    def commanded(self, world: World, command: list[Any]) -> None:
        """A command of the control API enters a world."""

    def close(self, mocks: Sequence[BatchMock]) -> None:
        """Nothing comes any more."""


class Accounts:
    """The mocks behind one server.

    Args:
        mock: Answers for its own account, which is that of callers whose access key names none.
    """

    def __init__(self, mock: BatchMock) -> None:
        self._mock = _bounded(mock)
        self._others: dict[str, BatchMock] = {}
        self.on_reset: Callable[[str | None], None] | None = None
        """Is told of a reset: of one account, or of all."""
        self.prepare: Callable[[str | None], None] | None = None
        """Is called for an account that has begun, or begun anew, before anybody else may use it."""
        self.keeper: Keeper | None = None
        """Keeps what enters, if it is to be there after a restart."""
        self._lock = threading.RLock()  # who prepares an account asks for its mock

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
                self._begun(found)
                if self.prepare is not None:
                    self.prepare(account)
            return found

    def world(self, account: str | None) -> World:
        """What answers the calls of an account."""
        if self.keeper is not None:
            self.keeper.check()
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
            self._gone(mock)
            mock._world.close()
        if account in (None, own):
            self._gone(self._mock)
            self._mock.reset()
            _bounded(self._mock)
            self._begun(self._mock)
            if self.prepare is not None:
                self.prepare(None)
        if self.on_reset is not None:
            self.on_reset(account)

    def mocks(self) -> list[BatchMock]:
        """The mocks there are, the server's own first."""
        with self._lock:
            return [self._mock, *self._others.values()]

    def close(self) -> None:
        """End what really runs."""
        mocks = self.mocks()
        if self.keeper is not None:
            self.keeper.close(mocks)
        for mock in mocks:
            mock._world.close()

    @contextmanager
    def recording(self, account: str | None, command: list[Any]) -> Iterator[None]:
        """Hold an account's world over a command, and keep the command if anything is kept."""
        if self.keeper is None:
            yield
            return
        while True:
            world = self.world(account)
            with world.exclusively():
                if self.world(account) is not world:
                    continue  # it was reset meanwhile
                self.keeper.commanded(world, command)
                yield
                return

    def _begun(self, mock: BatchMock) -> None:
        if self.keeper is not None:
            self.keeper.begun(mock)

    def _gone(self, mock: BatchMock) -> None:
        if self.keeper is not None:
            self.keeper.gone(mock)

    def _made_for(self, account: str) -> BatchMock:
        options = self._mock.options
        given = {name: getattr(options, name) for name in options.names()}
        given["account_id"] = account
        # Ids of different jobs should differ, even where no two accounts ever meet.
        given["seed"] = int(keyed_hex(options.seed, "account", account, 12), 16)
        return _bounded(BatchMock(**given))


def _bounded(mock: BatchMock) -> BatchMock:
    mock._world.calls.keep(MOST_CALLS)
    return mock
