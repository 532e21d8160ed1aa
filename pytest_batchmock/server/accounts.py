"""One mock for each account, so that suites that share a server share nothing else.

An account of its own has resources, jobs, outcome rules, faults and a clock of its own: the polling of
one suite moves no time of another, and a reset of one leaves the others alone.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from pytest_batchmock.domain.ids import keyed_hex
from pytest_batchmock.errors import BatchError, MockUsageError
from pytest_batchmock.mock import BatchMock
from pytest_batchmock.server.journal import Journal, WorldRecorder
from pytest_batchmock.server.snapshots import Snapshots
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
        self.prepare: Callable[[str | None], None] | None = None
        """Is called for an account that has begun, or begun anew, before anybody else may use it."""
        self.played: Counter[World] = Counter()
        """While a journal is played: how many inputs were, of each world."""
        self._numbers: dict[World, int] = {}
        self._journal: Journal | None = None
        self._snapshots: Snapshots | None = None
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
                self._is_born(found)
                if self.prepare is not None:
                    self.prepare(account)
            return found

    def world(self, account: str | None) -> World:
        """What answers the calls of an account."""
        if self._journal is not None:
            self._journal.check()
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
            self._forget(mock)
            mock._world.close()
        if account in (None, own):
            self._forget(self._mock)
            self._mock.reset()
            self._is_born(self._mock)
            if self.prepare is not None:
                self.prepare(None)
        if self.on_reset is not None:
            self.on_reset(account)

    def close(self) -> None:
        """End what really runs."""
        with self._lock:
            mocks = [self._mock, *self._others.values()]
        if self._snapshots is not None:
            self._snapshots.close(mocks)
        for mock in mocks:
            self._forget(mock)
            mock._world.close()
        if self._journal is not None:
            self._journal.close()

    # The journal

    @property
    def is_recorded(self) -> bool:
        """Whether what enters is kept."""
        return self._journal is not None

    def bear(self, account: str, now_ms: int, number: int) -> World:
        """While a journal is played: the world of an account begins (anew)."""
        mock = self.mock(account)
        mock.reset()
        world = mock._world
        world.is_replaying = True
        world.engine.now_ms = now_ms
        self._numbers[world] = number
        return world

    def record(self, journal: Journal, every: int = 0) -> None:
        """Go on from what was played, and write all that enters to `journal`.

        Args:
            journal: Where to.
            every: After how many inputs of an account its next snapshot is taken; 0 for none.
        """
        self._journal = journal
        self._snapshots = Snapshots(journal, every)
        mocks = (self._mock, *self._others.values())
        journal.forget_snapshots([self._numbers.get(mock._world, 0) for mock in mocks])
        for mock in mocks:
            number = self._numbers.get(mock._world)
            if number is None:
                self._is_born(mock)
            else:
                self._hears(mock, number, journal.last)
                mock._world.go_on()
        self._numbers.clear()
        self.played.clear()

    @contextmanager
    def recording(self, account: str | None, command: list[Any]) -> Iterator[None]:
        """Hold an account's world over a command, and keep the command if there is a journal."""
        if self._journal is None:
            yield
            return
        while True:
            world = self.world(account)
            with world.exclusively():
                if self.world(account) is not world:
                    continue  # it was reset meanwhile
                if world.recorder is not None:
                    world.recorder.write("control", world, command)
                yield
                return

    def _is_born(self, mock: BatchMock) -> None:
        if self._journal is not None:
            now_ms = mock._world.engine.now_ms
            number = self._journal.write(0, "born", 0, now_ms, mock.options.account_id)
            self._hears(mock, number, number)

    def _hears(self, mock: BatchMock, number: int, last: int) -> None:
        """World `number`, of which the inputs up to `last` are there, is recorded."""
        world, snapshots = mock._world, self._snapshots
        if self._journal is None or snapshots is None:
            raise AssertionError("There is no journal.")
        recorder = WorldRecorder(
            self._journal, number, last, snapshots.every, snapshots.for_account(mock)
        )
        world.recorder = recorder
        recorder.count(self.played[world])
        world.faults.told = lambda operation: recorder.write("draw", world, operation)

    def _forget(self, mock: BatchMock) -> None:
        """What comes to a world that is reset is not kept any more."""
        if self._journal is not None:
            with mock._world.exclusively():
                mock._world.recorder = None
                mock._world.faults.told = None

    def _made_for(self, account: str) -> BatchMock:
        options = self._mock.options
        given = {name: getattr(options, name) for name in options.names()}
        given["account_id"] = account
        # Ids of different jobs should differ, even where no two accounts ever meet.
        given["seed"] = int(keyed_hex(options.seed, "account", account, 12), 16)
        return BatchMock(**given)
