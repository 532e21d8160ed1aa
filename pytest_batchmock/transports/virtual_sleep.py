"""Sleeps that pass virtual time instead of wall time, and the replacing of attributes they need.

Here: the wrappers around ``time.sleep`` and ``asyncio.sleep``, the note of the last Batch call that
they consult, and the measuring of waits that no wrapper saw. Not here: what a sleep does to the
clock (the target's ``slept``). The botocore hook notes every call; the mock installs and uninstalls.

Who wins: whoever patches ``time.sleep`` later than we do. A name bound by ``from time import sleep``
before the installation escapes; the wait then shows as wall time between two calls, and the target
is told where (`measure_wait`). botocore and aiobotocore reach both functions through the modules
(end points, waiters, retry handlers), so their back-off needs nothing more; the rate limiter of the
adaptive mode, which does not sleep but wait, is made to (`rate_limits`).

Two limits. Tasks that sleep at the same time pass their virtual time one after the other. A Batch
call made in a worker thread (``asyncio.to_thread``) is the thread's, so the ``asyncio.sleep`` that
follows it stays real under ``"polling"``.
"""

from __future__ import annotations

import functools
import math
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol, SupportsIndex, cast
from weakref import WeakKeyDictionary

from pytest_batchmock.options import Options
from pytest_batchmock.transports import active
from pytest_batchmock.transports.active import CallTarget

if TYPE_CHECKING:  # asyncio costs 40 ms; it is imported when a mock starts, not with the plugin
    import asyncio

WAIT_WORTH_A_HINT_SECONDS = 0.5
"""A shorter gap between two Batch calls is the program's work, not a poll's wait."""

HELD_SLICE_SECONDS = 0.05
"""How long a coroutine sleeps until it looks whether time is still held."""

_now: Callable[[], float] = functools.partial(time.monotonic)
"""The wall clock; an attribute, so that a test can swap it.

Wrapped, or freezegun would find the function under this name and put its own there: each of its
ticks would count as a wait.
"""

_NOT_THE_CALLER = frozenset({"botocore", "boto3", "aiobotocore", "aioboto3", "pytest_batchmock"})


class Note:
    """Of one thread or task: who answered its last Batch call and, on the monotonic clock, when."""

    __slots__ = ("at", "target")

    def __init__(self) -> None:
        self.target: CallTarget | None = None
        self.at = 0.0

    def answered(self, target: CallTarget) -> None:
        """It was just answered by `target`: its next sleep is a poll's."""
        self.target = target
        self.at = _now()


class SleepingTarget(CallTarget, Protocol):
    """A call target with a virtual clock that sleeps may move.

    It may also have ``waited(seconds: float, where: str)``, which is told of the wall time that
    passed between two calls without a sleep that the wrappers saw; and ``is_held``, whether time
    goes at wall speed for now: then `slept` waits, and a coroutine waits by itself.
    """

    options: Options

    def slept(self, seconds: float) -> None:
        """Advance the virtual clock by `seconds`."""


_originals: WeakKeyDictionary[Callable[..., Any], Callable[..., Any]] = WeakKeyDictionary()
"""Every wrapper of ours that is still alive, with what it wraps."""


class Replacement:
    """One attribute of a module or class, replaced for a while and put back exactly.

    If somebody else replaces the attribute over us and is still there when we leave, theirs stays,
    with our wrapper below it: every wrapper asks `active.current()` first, so without an active
    mock it only passes on.

    Args:
        owner: The module or class.
        name: The attribute.
        wrap: Makes the wrapper from what stands there now.
    """

    def __init__(self, owner: Any, name: str, wrap: Callable[[Any], Callable[..., Any]]) -> None:
        self.owner = owner
        self.name = name
        standing = vars(owner)[name]
        # A wrapper of ours that somebody put back after we had left is not wrapped again: the chain
        # would grow with every test. Told by identity: a foreign wrapper may copy our attributes.
        self._original = _originals.get(standing, standing)
        self._wrapper = functools.wraps(self._original)(wrap(self._original))
        _originals[self._wrapper] = self._original
        setattr(owner, name, self._wrapper)

    def undo(self) -> None:
        """Put the original back, unless the attribute is somebody else's by now."""
        if vars(self.owner)[self.name] is self._wrapper:
            setattr(self.owner, self.name, self._original)


class _OfThread(threading.local):
    """The note of the running thread."""

    def __init__(self) -> None:
        self.note = Note()


class _Notes:
    """The note of each thread and each asyncio task.

    Not a ContextVar: a new task and ``asyncio.to_thread`` copy their creator's context, and would
    take its call for their own.
    """

    def __init__(self) -> None:
        self.of_thread = _OfThread()
        self._by_task: WeakKeyDictionary[asyncio.Task[Any], Note] = WeakKeyDictionary()

    def mine(self) -> Note:
        """That of the running thread or task."""
        loop = _running_loop()
        task = None if loop is None else _task_of(loop)
        if task is None:
            return self.of_thread.note
        note = self._by_task.get(task)
        if note is None:
            note = self._by_task[task] = Note()
        return note


_lock = threading.Lock()
_installs = 0
_replacements: list[Replacement] = []
_notes = _Notes()
_task_of: Callable[[Any], Any]


def _running_loop() -> Any:
    """No loop can run before asyncio is imported; then its own function takes the place of this one."""
    return None


def install() -> None:
    """Wrap the sleeps; counted, so that nested mocks share one wrapping."""
    global _installs, _running_loop, _task_of
    with _lock:
        if _installs == 0:
            import asyncio  # here, not above: see the note at the top

            # Unlike get_running_loop, this one raises no exception that would have to be paid for. It is
            # set last: where it is there, another thread looks for the other.
            _task_of, _running_loop = asyncio.current_task, asyncio._get_running_loop
            _replacements.append(Replacement(time, "sleep", _blocking))
            _replacements.append(Replacement(asyncio, "sleep", _awaitable))
            _replacements.append(Replacement(asyncio.tasks, "sleep", _awaitable))
        _installs += 1


def uninstall() -> None:
    """Put the sleeps back when the last mock leaves, and forget every noted call."""
    global _installs, _notes
    with _lock:
        if _installs == 0:
            raise RuntimeError("virtual_sleep.uninstall() without a matching install()")
        _installs -= 1
        if _installs == 0:
            while _replacements:
                _replacements.pop().undo()
            _notes = _Notes()  # the notes of other threads would keep the target alive


def also_replace(owner: Any, name: str, wrap: Callable[[Any], Callable[..., Any]]) -> None:
    """Replace one attribute more, once, while sleeps are wrapped; it is put back with them."""
    with _lock:
        if _installs and not any(it.owner is owner and it.name == name for it in _replacements):
            _replacements.append(Replacement(owner, name, wrap))


def noted() -> CallTarget | None:
    """Who answered the last Batch call of this thread or task, if no sleep has followed it."""
    return _notes.mine().target


def note_call(target: CallTarget) -> None:
    """Note that this thread or task was just answered by `target`: its next sleep is a poll's."""
    _notes.mine().answered(target)


def measure_wait(target: CallTarget) -> Note:
    """Tell `target` if much wall time passed, unseen, since its last answer to this thread or task.

    To be called before a Batch call is answered. Any sleep that the wrappers saw since then has
    cleared the note, so what remains is a sleep whose name escaped, or slow work.

    Returns:
        The note, for the answer.
    """
    note = _notes.of_thread.note if _running_loop() is None else _notes.mine()  # mostly no call
    if note.target is target:
        gap = _now() - note.at
        if gap > WAIT_WORTH_A_HINT_SECONDS:
            _report_wait(cast(SleepingTarget, target), gap)
    return note


@contextmanager
def no_wait() -> Iterator[None]:
    """Let what the test itself moves time with be no wait of its program, however long it works."""
    note, began = _notes.mine(), _now()
    try:
        yield
    finally:
        note.at += _now() - began


def _report_wait(target: SleepingTarget, gap_seconds: float) -> None:
    options = target.options
    if options.virtual_sleep == "off" or options.clock == "real":
        return  # waiting in wall time is what the user asked for
    waited = getattr(target, "waited", None)
    if waited is not None:
        waited(gap_seconds, _caller())


def _caller() -> str:
    """``file:line`` of the innermost frame that is neither ours nor botocore's."""
    frame = sys._getframe(1)
    while frame.f_back is not None:
        if str(frame.f_globals.get("__name__", "")).partition(".")[0] not in _NOT_THE_CALLER:
            break
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def _virtual_target(seconds: object) -> SleepingTarget | None:
    """The active target, if it is to pass the sleep in virtual time; None if it is to be slept.

    What the real function refuses (a text, a negative number) is left to it. So is a sleep of zero:
    it yields, it does not wait, and so does not come between a call and its sleep either.
    """
    if not isinstance(seconds, (float, SupportsIndex)):
        return None
    duration = float(seconds)
    if not 0 < duration < math.inf:
        return None
    target = cast("SleepingTarget | None", active.current())
    if target is None:
        return None
    note = _notes.mine()
    answered_by, note.target = note.target, None
    options = target.options
    if options.virtual_sleep == "off" or options.clock == "real":
        return None
    if options.virtual_sleep == "polling" and answered_by is not target:
        return None
    return target


def _blocking(original: Callable[[Any], None]) -> Callable[[Any], None]:
    def sleep(seconds: Any, /) -> None:
        target = _virtual_target(seconds)
        if target is None:
            original(seconds)
        else:
            target.slept(float(seconds))

    return sleep


def _awaitable(original: Callable[..., Any]) -> Callable[..., Any]:
    async def sleep(delay: Any, result: Any = None) -> Any:
        target = _virtual_target(delay)
        if target is None:
            return await original(delay, result)
        left = float(delay)
        while left > 0 and getattr(target, "is_held", False):
            began = _now()
            await original(min(left, HELD_SLICE_SECONDS))
            left -= _now() - began
        if left > 0:
            target.slept(left)
        await original(0)  # other tasks get their turn, as they would in a real sleep
        return result

    return sleep
