"""Which mock is active: the innermost of this context, else the innermost of the process.

A ContextVar alone is empty in a worker thread; a process-wide stack alone sends the calls of one
`asyncio` task to the mock of another. So: the ContextVar first, then the stack.
"""

from __future__ import annotations

import threading
from contextvars import ContextVar
from typing import Any, NamedTuple, Protocol


class CallContext(NamedTuple):
    """Who calls, from where, and what the transport knows about the request.

    Attributes:
        account: 12 digits.
        region: A region name.
        validated: Whether the caller (botocore) has already checked the shapes of the parameters.
        body: The request as it was sent, where there is one: a cheap identity of the question.
    """

    account: str
    region: str
    validated: bool = True
    body: bytes | None = None


class CallTarget(Protocol):
    """What a transport hands calls to. A World is one."""

    def call(
        self, context: CallContext, operation: str, params: dict[str, Any]
    ) -> tuple[str, dict[str, Any]]:
        """Answer one call: the request id and the members of the output shape.

        Raises:
            BatchError: The service refuses; its ``request_id`` attribute names the request.
        """


_context: ContextVar[tuple[CallTarget, ...]] = ContextVar("batchmock_active", default=())
_process: tuple[CallTarget, ...] = ()
# A tuple that is replaced, never changed: readers take one consistent look without the lock.
_changing = threading.Lock()


def current() -> CallTarget | None:
    """The active mock, or None."""
    process = _process
    if not process:
        return None
    if len(process) == 1:
        return process[0]
    for target in reversed(_context.get()):
        for entry in process:  # a stale entry of this context was removed from another one
            if entry is target:
                return target
    return process[-1]


def push(target: CallTarget) -> None:
    """Make `target` the innermost active mock."""
    global _process
    with _changing:
        _process = (*_process, target)
    _context.set((*_context.get(), target))


def remove(target: CallTarget) -> None:
    """Take `target` out, wherever it stands; its removal elsewhere in the stack is not undone."""
    global _process
    with _changing:
        _process = tuple(entry for entry in _process if entry is not target)
    _context.set(tuple(entry for entry in _context.get() if entry is not target))


def replace(target: CallTarget, successor: CallTarget) -> None:
    """Put `successor` where `target` stands: a mock that is reset inside another stays outside."""
    global _process
    with _changing:
        _process = tuple(successor if entry is target else entry for entry in _process)
    _context.set(tuple(successor if entry is target else entry for entry in _context.get()))
