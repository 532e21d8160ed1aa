"""Writes to the journal what enters the mocks of a server, and asks for snapshots.

Not here: the file (`file`), and what is done with it at a start (`replay`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pytest_batchmock.driving import SLACK_MS, Driver
from pytest_batchmock.mock import BatchMock
from pytest_batchmock.runners.protocol import Home
from pytest_batchmock.server.control import api
from pytest_batchmock.server.journal.file import Journal
from pytest_batchmock.server.journal.snapshots import Snapshots
from pytest_batchmock.world import World


class JournalKeeper:
    """Keeps in a journal what enters the mocks of a server. See `accounts.Keeper`.

    Args:
        journal: Where to.
        every: After how many inputs of an account its next snapshot is taken; 0 for none.
    """

    def __init__(self, journal: Journal, every: int = 0) -> None:
        self.journal = journal
        self.snapshots = Snapshots(journal, every)

    def go_on(
        self,
        mocks: Sequence[BatchMock],
        numbers: Mapping[World, int],
        played: Mapping[World, int],
        rate: float | None = None,
    ) -> None:
        """Go on with mocks that have been played up to the journal's end.

        Args:
            mocks: All there are.
            numbers: By the world of a mock, the number of the input that made it.
            played: How many inputs of it were played; what they came to is in no snapshot.
            rate: What their clocks go at from now on; None for what they had.
        """
        self.journal.forget_snapshots([numbers.get(mock._world, 0) for mock in mocks])
        for mock in mocks:
            number = numbers.get(mock._world)
            if number is None:
                self.begun(mock)
            else:
                self._hears(mock, number, self.journal.last, played.get(mock._world, 0))
                if rate is not None and rate != mock._world.rate:
                    self._is_asked_for(mock, rate)
                mock._world.go_on()

    def check(self) -> None:
        """Refuse to go on once an input was lost.

        Raises:
            BatchError: It was.
        """
        self.journal.check()

    def begun(self, mock: BatchMock) -> None:
        """A mock begins, or begins anew."""
        now_ms = mock._world.engine.now_ms
        number = self.journal.write(0, "born", 0, now_ms, mock.options.account_id)
        self._hears(mock, number, number, 0)
        if mock.options.rate != self.journal.rate:
            self._is_asked_for(mock, mock.options.rate)

    def gone(self, mock: BatchMock) -> None:
        """What comes to the world that a mock has now is not kept any more."""
        with mock._world.exclusively():
            mock._world.recorder = None
            mock._world.faults.told = None

    def commanded(self, world: World, command: list[Any]) -> None:
        """A command of the control API enters a world."""
        if world.recorder is not None:
            world.recorder.write("control", world, command)

    def close(self, mocks: Sequence[BatchMock]) -> None:
        """Take the last snapshots, and let others have the file."""
        self.snapshots.close(mocks)
        for mock in mocks:
            self.gone(mock)
        self.journal.close()

    def _is_asked_for(self, mock: BatchMock, rate: float) -> None:
        """The clock of an account gets another rate by what the server was started with."""
        world = mock._world
        world.rate = rate
        path = f"{api.VERSION}clock/rate"
        self.commanded(world, ["POST", path, mock.options.account_id, {}, {"rate": rate}])

    def _hears(self, mock: BatchMock, number: int, last: int, played: int) -> None:
        """World `number`, of which the inputs up to `last` are there, is recorded."""
        world, snapshots = mock._world, self.snapshots
        recorder = WorldRecorder(
            self.journal, number, last, snapshots.every, snapshots.for_account(mock)
        )
        world.recorder = recorder
        world.keeps(Home(str(self.journal.path.resolve()), f"{self.journal.identity}/{number}"))
        recorder.count(played)
        world.faults.told = lambda operation: recorder.write("draw", world, operation)


class WorldRecorder:
    """Writes what enters one world.

    Args:
        journal: Where to.
        world: The number of the world.
        number: The number of the last input before.
        every: After how many inputs it asks for a snapshot; 0 for never.
        ask: How it does so.

    Attributes:
        number: The number of the last input.
        fresh: How many there were since the last snapshot.
        has_asked: Whether the next snapshot is asked for.
    """

    def __init__(
        self,
        journal: Journal,
        world: int,
        number: int,
        every: int = 0,
        ask: Callable[[WorldRecorder], None] | None = None,
    ) -> None:
        self.world = world
        self.number = number
        self.fresh = 0
        self.has_asked = False
        self._every = every
        self._ask = ask
        self._journal = journal
        self._at = (-1, -1)
        self._changes = -1

    def write(self, kind: str, driver: Driver, body: Any, outcome: str = "") -> None:
        """Commit one input."""
        engine = driver.engine
        self.number = self._journal.write(self.world, kind, driver.steps, engine.now_ms, body, outcome)
        self._at, self._changes = (driver.steps, engine.now_ms), engine.changes
        self.count(1)

    def count(self, inputs: int) -> None:
        """So many more are in no snapshot."""
        self.fresh += inputs
        if self._every and self.fresh >= self._every and self._ask is not None and not self.has_asked:
            self.has_asked = True
            self._ask(self)

    def catch_up(self, driver: Driver) -> None:
        """Commit that time has moved, however little."""
        if self._at != (driver.steps, driver.engine.now_ms):
            self.write("moved", driver, None)

    def moved(self, driver: Driver) -> None:
        """Commit that time has moved; by the wall clock, only if it shows, or once a second."""
        engine = driver.engine
        if self._at == (driver.steps, engine.now_ms):
            return
        hardly = engine.changes == self._changes and engine.now_ms - self._at[1] < SLACK_MS
        if driver.clock.name != "real" or not hardly:
            self.write("moved", driver, None)
