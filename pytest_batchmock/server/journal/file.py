"""The file in which a server keeps what entered it: every input, committed before it is answered.

The engine is deterministic, so the inputs, each with the instant at which it came, are the state. An
instant is told by the number of instants that were played before it and by virtual time. Not here: how
they are played again (`replay`).
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import sys
import threading
import uuid
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final, NamedTuple
from zlib import crc32

import pytest_batchmock
from pytest_batchmock import __version__
from pytest_batchmock.errors import BatchError, MockUsageError
from pytest_batchmock.options import Options

FORMAT: Final = 3
_APPLICATION: Final = 0x424D4A4C
"""SQLite's application_id: these files, and no other program's."""

_MAGIC: Final = b"SQLite format 3\0"
_SCHEMA: Final = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE input (
    number INTEGER PRIMARY KEY, world INTEGER NOT NULL, kind TEXT NOT NULL, steps INTEGER NOT NULL,
    now_ms INTEGER NOT NULL, body TEXT NOT NULL, outcome TEXT NOT NULL, chain INTEGER NOT NULL
);
CREATE TABLE snapshot (
    world INTEGER NOT NULL, number INTEGER NOT NULL, made_by TEXT NOT NULL, seal TEXT NOT NULL,
    state BLOB NOT NULL, PRIMARY KEY (world, number)
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
    def identity(self) -> str:
        """Tells it from all other files; empty for one that was begun before there was such a thing."""
        return self.about.get("identity", "")

    @property
    def rate(self) -> float:
        """The rate with which every world of the file begins; any other is an input."""
        return float(json.loads(self.about["options"])["rate"])

    @property
    def clock(self) -> str:
        """The clock of the last server that had the file."""
        about = self.about
        return str(about.get("clock") or json.loads(about["options"])["clock"])

    def keep_clock(self, name: str) -> None:
        """Say which clock the server has that has the file now."""
        self._database.execute("INSERT OR REPLACE INTO about VALUES ('clock', ?)", (name,))

    @property
    def is_new(self) -> bool:
        """Whether nothing has been written to it."""
        return not self.about

    @property
    def last(self) -> int:
        """The number of the last input."""
        return self._number

    def describe(self, options: Options) -> None:
        """Say with which options the file begins."""
        import botocore

        given = {name: _plain(getattr(options, name)) for name in Options.names()}
        about = {
            "identity": uuid.uuid4().hex,
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

    # Snapshots

    def keep_snapshot(self, world: int, number: int, state: bytes) -> None:
        """Keep the state that a world has after all inputs up to `number`, and the one before it.

        Raises:
            sqlite3.Error: It cannot be written.
        """
        made_by = _made_by(self.about)
        with self._lock:
            if self.failure is not None:
                return
            seal = self._seal(world, number, made_by, state)
            run = self._database.execute
            run("BEGIN IMMEDIATE")
            try:
                row = (world, number, made_by, seal, state)
                run("INSERT OR REPLACE INTO snapshot VALUES (?, ?, ?, ?, ?)", row)
                run(
                    "DELETE FROM snapshot WHERE world=?1 AND number NOT IN (SELECT number FROM "
                    "snapshot WHERE world=?1 ORDER BY number DESC LIMIT 2)",
                    (world,),
                )
                run("COMMIT")
            except sqlite3.Error:
                with contextlib.suppress(sqlite3.Error):
                    run("ROLLBACK")
                raise

    def snapshots(self) -> Iterator[tuple[int, int, bytes]]:
        """World, number and state of those that this program has made of these inputs, newest first."""
        made_by = _made_by(self.about)
        query = "SELECT world, number, state, seal FROM snapshot WHERE made_by=? ORDER BY number DESC"
        for world, number, state, seal in self._database.execute(query, (made_by,)).fetchall():
            if isinstance(state, bytes) and seal == self._seal(world, number, made_by, state):
                yield world, number, state

    def forget_snapshots(self, living: Collection[int]) -> None:
        """Keep those of the living worlds only."""
        with self._lock:
            for (world,) in self._database.execute("SELECT DISTINCT world FROM snapshot").fetchall():
                if world not in living:
                    self._database.execute("DELETE FROM snapshot WHERE world=?", (world,))

    def _seal(self, world: int, number: int, made_by: str, state: bytes) -> str:
        """A checksum over a snapshot and, by their chain, all inputs that it covers."""
        query = "SELECT chain FROM input WHERE number=?"
        told = [world, number, made_by, self._database.execute(query, (number,)).fetchone()]
        return blake2b(json.dumps(told).encode() + state, digest_size=16).hexdigest()

    # Reading

    def newest_worlds(self) -> set[int]:
        """The last world that began for each account; those before it are gone."""
        query = "SELECT body, max(number) FROM input WHERE kind='born' GROUP BY body"
        return {number for _, number in self._database.execute(query)}

    def __iter__(self) -> Iterator[Input]:
        return self.after({})

    def after(self, covered: Mapping[int, int]) -> Iterator[Input]:
        """The inputs, without those of a world up to the number that is `covered`; all are checked."""
        chain = 0
        try:
            for *row, told in self._database.execute("SELECT * FROM input ORDER BY number"):
                chain = _chain(chain, tuple(row))
                if chain != told:
                    raise self._damaged(f"input {row[0]} is not what was written")
                number, world, kind, steps, now_ms, text, outcome = row
                if number <= covered.get(world, 0) and kind != "born":
                    continue
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


def _made_by(about: Mapping[str, str]) -> str:
    """What has to be the same for a snapshot to be trusted: this program, its Python and the options."""
    import botocore

    python = f"{sys.implementation.name} {sys.version.split()[0]}"
    return json.dumps([__version__, _code(), python, botocore.__version__, about.get("options")])


@cache
def _code() -> str:
    """A checksum of this package: one that is being worked on keeps its version."""
    told = blake2b(digest_size=8)
    for path in sorted(Path(pytest_batchmock.__file__).parent.rglob("*.py")):
        told.update(path.read_bytes())
    return told.hexdigest()


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
