"""Snapshots of a server's state, so that a start need not play all that ever entered.

A snapshot is a pickle of one account's world between two inputs. What reads it admits the classes of
the state and nothing else: a file runs no code. Not here: where it is kept (`file`) and when
it is trusted (`replay`).
"""

from __future__ import annotations

import copyreg
import gc
import io
import logging
import pickle
import queue
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from operator import attrgetter
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final

from pytest_batchmock.domain.job import Job
from pytest_batchmock.mock import BatchMock

if TYPE_CHECKING:
    from pytest_batchmock.server.journal.file import Journal
    from pytest_batchmock.server.journal.keeping import WorldRecorder

_REST: Final = 20
"""After a snapshot there is none for this many times as long as it took."""

_PROTOCOL: Final = 5
_PACKAGE: Final = "pytest_batchmock."
_MODULES: Final = tuple(
    _PACKAGE + name
    for name in (
        "domain.",
        "engine.",
        "api.stale_reads",
        "control.outcomes",
        "errors",
        "rules.definition_profile",
        "runners.containers",
        "runners.docker.runner",
        "runners.log_lines",
        "runners.outcomes",
        "runners.process",
        "runners.swarm.runner",
        "transports.faults",
    )
)
"""Where the classes of the state are defined; a dot at the end stands for all modules below."""

_OTHERS: Final = frozenset(
    {
        ("array", "_array_reconstructor"),
        ("array", "array"),
        ("builtins", "frozenset"),
        ("builtins", "set"),
        ("collections", "OrderedDict"),
        ("collections", "defaultdict"),
        ("collections", "deque"),
    }
)
_JOB_SLOTS: Final = Job.__slots__
_slots_of_job: Final = attrgetter(*_JOB_SLOTS)
_log: Final = logging.getLogger(__name__)


def encode(state: Any) -> bytes:
    """Write a state down.

    Raises:
        pickle.PicklingError: Something of it cannot be: a callable, or an object that is no state.
    """
    file = io.BytesIO()
    pickler = _Pickler(file)
    with _without_collections():
        pickler.dump(state)
        while pickler.pending:
            job = pickler.pending.pop()
            pickler.dump((job, _slots_of_job(job)))
    return file.getvalue()


def decode(content: bytes) -> Any:
    """Read a state that `encode` has written.

    Raises:
        Exception: It is none; of any class, since unpickling can fail in any way.
    """
    file = io.BytesIO(content)
    unpickler = _Unpickler(file)
    with _without_collections():
        state = unpickler.load()
        while file.tell() < len(content):
            job, values = unpickler.load()
            for name, value in zip(_JOB_SLOTS, values, strict=True):
                setattr(job, name, value)
    return state


@contextmanager
def _without_collections() -> Iterator[None]:
    """Nothing becomes garbage meanwhile, and looking for some would take as long as all the rest."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


class _Pickler(pickle.Pickler):
    """Writes jobs one after the other: jobs that wait for each other in a long row nest nothing."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file, _PROTOCOL)
        self.pending: list[Job] = []

    def reducer_override(self, value: Any) -> Any:
        """How to write what is no plain value."""
        kind = type(value)
        if kind is Job:
            self.pending.append(value)
            return copyreg.__newobj__, (Job,)  # type: ignore[attr-defined]  # what pickle calls
        is_named = kind is FunctionType or isinstance(value, type)
        if is_named and not _is_admitted(value.__module__, value.__qualname__):
            raise pickle.PicklingError(f"{value.__module__}.{value.__qualname__} is no state")
        return NotImplemented


class _Unpickler(pickle.Unpickler):
    """Admits the classes of the state only."""

    def find_class(self, module: str, name: str) -> Any:
        """The class of that name.

        Raises:
            pickle.UnpicklingError: It is none of the state's.
        """
        if not _is_admitted(module, name):
            raise pickle.UnpicklingError(f"{module}.{name} is no state")
        found = super().find_class(module, name)
        # What a module has imported is not its own.
        if module.startswith(_PACKAGE) and not (isinstance(found, type) and found.__module__ == module):
            raise pickle.UnpicklingError(f"{module}.{name} is no class of the state")
        return found


def _is_admitted(module: str, name: str) -> bool:
    if (module, name) in _OTHERS:
        return True
    return "." not in name and any(
        module.startswith(known) if known.endswith(".") else module == known for known in _MODULES
    )


def state_of(mock: BatchMock) -> dict[str, Any]:
    """All that decides what comes next in an account, as `restore` takes it."""
    return {"world": mock._world.state(), "rules": mock._rules.entries()}


def restore(mock: BatchMock, state: dict[str, Any]) -> None:
    """Let a mock that has just begun be as another was."""
    mock._world.restore(state["world"])
    mock._rules.restore(state["rules"])


class Snapshots:
    """Takes snapshots in a thread of its own, and the last ones when the server stops.

    Args:
        journal: Where they are kept.
        every: How many inputs of an account come before its next one; 0 for none at all.
    """

    def __init__(self, journal: Journal, every: int) -> None:
        self.every = every
        self._journal = journal
        self._asked: queue.SimpleQueue[tuple[BatchMock, WorldRecorder]] = queue.SimpleQueue()
        self._stops = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def for_account(self, mock: BatchMock) -> Callable[[WorldRecorder], None]:
        """What the recorder of an account calls when its next snapshot is due."""

        def ask(recorder: WorldRecorder) -> None:
            self._asked.put((mock, recorder))
            with self._lock:
                if self._thread is None and not self._stops.is_set():
                    self._thread = threading.Thread(
                        target=self._work, name="batchmock-snapshots", daemon=True
                    )
                    self._thread.start()

        return ask

    def _work(self) -> None:
        """Take what is asked for until nothing is, or until the server stops."""
        while not self._stops.is_set():
            with self._lock:
                if self._asked.empty():
                    self._thread = None
                    return
                mock, recorder = self._asked.get()
            began = time.monotonic()
            self.take(mock, recorder)
            self._stops.wait(_REST * (time.monotonic() - began))

    def take(self, mock: BatchMock, recorder: WorldRecorder) -> bool:
        """Keep how an account is now; False if it is in the middle of a command, or was reset."""
        world = mock._world
        try:
            with world.between_inputs() as is_between:
                if not is_between or world.recorder is not recorder:
                    return False
                recorder.catch_up(world)
                number = recorder.number
                content = encode(state_of(mock))
                recorder.fresh = 0
            self._journal.keep_snapshot(recorder.world, number, zlib.compress(content, 1))
        except Exception as error:  # the inputs are all there: only the next start takes longer
            recorder.fresh = 0
            _log.warning("No snapshot of account %s: %s.", mock.options.account_id, error)
            return False
        finally:
            recorder.has_asked = False
        return True

    def close(self, accounts: Sequence[BatchMock]) -> None:
        """Take the last snapshot of each account that has had inputs since its former one."""
        with self._lock:
            self._stops.set()
            thread = self._thread
        if thread is not None:
            thread.join()
        for mock in accounts:
            recorder: Any = mock._world.recorder
            if self.every and recorder is not None and recorder.fresh:
                self.take(mock, recorder)


def unpacked(content: bytes) -> Any:
    """The state in a kept snapshot; None, with a warning in the log, if it cannot be read."""
    try:
        return decode(zlib.decompress(content))
    except Exception as error:
        _log.warning("A snapshot cannot be read and is passed over: %s.", error)
        return None
