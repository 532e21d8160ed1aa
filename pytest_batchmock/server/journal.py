"""The file in which a server keeps what entered it: every input, committed before it is answered.

The engine is deterministic, so the inputs, each with the instant at which it came, are the state. An
instant is told by the number of instants that were played before it and by virtual time. Not here: how
they are played again (`server.resume`).
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple
from zlib import crc32

from pytest_batchmock import __version__
from pytest_batchmock.driving import SLACK_MS, Driver
from pytest_batchmock.errors import BatchError, MockUsageError
from pytest_batchmock.options import Options

FORMAT: Final = 1
_APPLICATION: Final = 0x424D4A4C
"""SQLite's application_id: these files, and no other program's."""

_MAGIC: Final = b"SQLite format 3\0"
_SCHEMA: Final = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE input (
    number INTEGER PRIMARY KEY, world INTEGER NOT NULL, kind TEXT NOT NULL, steps INTEGER NOT NULL,
    now_ms INTEGER NOT NULL, body TEXT NOT NULL, outcome TEXT NOT NULL, chain INTEGER NOT NULL
);
"""
_open: set[Path] = set()  # SQLite's lock keeps other processes out; this, the same one


class Input(NamedTuple):
    """One thing that entered.

    Attributes:
        number: Counts all inputs of a file from 1.
        world: The number of the input that made its world.
        kind: ``born``, ``call``, ``control``, ``moved``, ``draw``, ``report``, ``line`` or ``lost``.
        steps: How many instants the world had played.
        now_ms: Its virtual time.
        body: What the kind needs.
        outcome: Of a call: the error code, or a checksum of the answer.
    """

    number: int
    world: int
    kind: str
    steps: int
    now_ms: int
    body: Any
    outcome: str


class Journal:
    """An open file; nobody else has it open.

    Args:
        path: The file; it is made if it is not there.
        full: Whether each commit waits for the disk: survives a loss of power, and is slow.
        any_version: Whether a file of another version of this package is taken.
        must_exist: Whether a file that is not there is an error.

    Raises:
        MockUsageError: It is in use, damaged, of another version, or something else altogether.
    """

    def __init__(
        self, path: Path, *, full: bool = False, any_version: bool = False, must_exist: bool = False
    ) -> None:
        self.path = path.resolve()
        self.failure: str | None = None
        self._number = self._chain = 0
        self._lock = threading.Lock()
        if must_exist and not self.path.exists():
            raise MockUsageError(f"{path}: there is no such file.")
        if self.path in _open:
            raise MockUsageError(f"{path} is in use by another server, of this process.")
        self._refuse_others()
        try:
            self._database = sqlite3.connect(
                self.path, isolation_level=None, check_same_thread=False, timeout=0.2
            )
        except sqlite3.Error as error:
            raise MockUsageError(f"{path} cannot be opened: {error}.") from error
        try:
            self._begin(full, any_version)
        except sqlite3.Error as error:
            self._database.close()
            if "locked" in str(error):
                raise MockUsageError(f"{path} is in use by another server.") from error
            raise self._damaged(str(error)) from error
        except MockUsageError:
            self._database.close()
            raise
        _open.add(self.path)

    @property
    def about(self) -> dict[str, str]:
        """What was said when the file was made: version, botocore, options (JSON)."""
        return dict(self._database.execute("SELECT name, value FROM about"))

    @property
    def is_new(self) -> bool:
        """Whether nothing has been written to it."""
        return not self.about

    def describe(self, options: Options) -> None:
        """Say with which options the file begins."""
        import botocore

        given = {name: _plain(getattr(options, name)) for name in Options.names()}
        about = {
            "version": __version__,
            "botocore": botocore.__version__,
            "options": json.dumps(given),
        }
        self._database.executemany("INSERT INTO about VALUES (?, ?)", about.items())

    def write(self, world: int, kind: str, steps: int, now_ms: int, body: Any, outcome: str = "") -> int:
        """Commit one input; returns its number.

        Raises:
            BatchError: The file cannot be written, now or since an earlier input.
        """
        with self._lock:
            self.check()
            number = self._number + 1
            text = json.dumps(body, separators=(",", ":"))
            world = world or number
            chain = _chain(self._chain, (number, world, kind, steps, now_ms, text, outcome))
            row = (number, world, kind, steps, now_ms, text, outcome, chain)
            try:
                self._database.execute("INSERT INTO input VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
            except sqlite3.Error as error:
                self.failure = f"The state file {self.path} cannot be written: {error}."
                self.check()
            self._number, self._chain = number, chain
            return int(number)

    def check(self) -> None:
        """Refuse to go on once an input was lost.

        Raises:
            BatchError: It was.
        """
        if self.failure is not None:
            raise BatchError(
                f"{self.failure} Start the server again when that is mended.",
                code="ServerException",
                status=500,
            )

    def __iter__(self) -> Iterator[Input]:
        chain = 0
        try:
            for *row, told in self._database.execute("SELECT * FROM input ORDER BY number"):
                chain = _chain(chain, tuple(row))
                if chain != told:
                    raise self._damaged(f"input {row[0]} is not what was written")
                number, world, kind, steps, now_ms, text, outcome = row
                yield Input(number, world, kind, steps, now_ms, json.loads(text), outcome)
        except sqlite3.Error as error:
            raise self._damaged(str(error)) from error

    def close(self) -> None:
        """Let others have the file."""
        with self._lock:
            self._database.close()
            self.failure = self.failure or "The server has stopped."
        _open.discard(self.path)

    def _refuse_others(self) -> None:
        try:
            with open(self.path, "rb") as file:
                head = file.read(16)
        except FileNotFoundError:
            return
        except OSError as error:
            raise MockUsageError(f"{self.path} cannot be read: {error.strerror}.") from error
        if head and head != _MAGIC:
            raise MockUsageError(f"{self.path} is no state file: it is no SQLite database.")

    def _begin(self, full: bool, any_version: bool) -> None:
        run = self._database.execute
        run("PRAGMA locking_mode=EXCLUSIVE")
        (application,) = run("PRAGMA application_id").fetchone()
        (tables,) = run("SELECT count(*) FROM sqlite_master").fetchone()
        if tables and application != _APPLICATION:
            raise MockUsageError(f"{self.path} is a database of another program.")
        run("PRAGMA journal_mode=WAL")
        run(f"PRAGMA synchronous={'FULL' if full else 'NORMAL'}")
        if not tables:
            self._database.executescript(
                f"BEGIN EXCLUSIVE; PRAGMA application_id={_APPLICATION}; "
                f"PRAGMA user_version={FORMAT}; {_SCHEMA} COMMIT;"
            )
        else:
            run("BEGIN IMMEDIATE")
            run("COMMIT")
            self._refuse_versions(any_version)
            (said,) = run("PRAGMA quick_check(1)").fetchone()
            if said != "ok":
                raise self._damaged(said)
        last = run("SELECT number, chain FROM input ORDER BY number DESC LIMIT 1").fetchone()
        self._number, self._chain = last or (0, 0)

    def _refuse_versions(self, any_version: bool) -> None:
        (form,) = self._database.execute("PRAGMA user_version").fetchone()
        if form != FORMAT:
            raise MockUsageError(f"{self.path} has format {form}; this version reads {FORMAT}.")
        version = self.about.get("version", __version__)
        if version != __version__ and not any_version:
            raise MockUsageError(
                f"{self.path} was written by pytest-batchmock {version}, and this is {__version__}, "
                "which might do otherwise with the same requests: use that version, or another file. "
                "'batchmock replay' shows what this version makes of it."
            )

    def _damaged(self, why: str) -> MockUsageError:
        return MockUsageError(
            f"{self.path} is damaged ({why}). Nothing was changed in it; take another file, or a "
            "copy of this one that is whole."
        )


class WorldRecorder:
    """Writes what enters one world.

    Args:
        journal: Where to.
        world: The number of the world.
    """

    def __init__(self, journal: Journal, world: int) -> None:
        self.world = world
        self._journal = journal
        self._at = (-1, -1)
        self._changes = -1

    def write(self, kind: str, driver: Driver, body: Any, outcome: str = "") -> None:
        """Commit one input."""
        engine = driver.engine
        self._journal.write(self.world, kind, driver.steps, engine.now_ms, body, outcome)
        self._at, self._changes = (driver.steps, engine.now_ms), engine.changes

    def moved(self, driver: Driver) -> None:
        """Commit that time has moved; by the wall clock, only if it shows, or once a second."""
        engine = driver.engine
        if self._at == (driver.steps, engine.now_ms):
            return
        hardly = engine.changes == self._changes and engine.now_ms - self._at[1] < SLACK_MS
        if driver.clock.name != "real" or not hardly:
            self.write("moved", driver, None)


def _plain(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value.isoformat() if isinstance(value, datetime) else value


def _chain(before: int, row: tuple[Any, ...]) -> int:
    return crc32(repr(row).encode("utf-8", "replace"), before)


@contextlib.contextmanager
def opened(path: Path, **how: Any) -> Iterator[Journal]:
    """A journal that is closed at the end."""
    journal = Journal(path, **how)
    try:
        yield journal
    finally:
        journal.close()
