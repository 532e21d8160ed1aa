"""Who uses what all test processes of a machine share at an engine: the network of the endpoint of ECS.

Each user holds a shared lock on this machine's network namespace, where that network is, for as long as
it uses it; whoever can have that lock alone is the last. The lock goes with the process, however it
ends, and leaves no file behind.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Final

_NAMESPACE: Final = "/proc/self/ns/net"


class Use:
    """This process uses what is shared, until it leaves. It waits while the last user tidies up."""

    def __init__(self) -> None:
        import fcntl

        self._file = os.open(_NAMESPACE, os.O_RDONLY)
        fcntl.flock(self._file, fcntl.LOCK_SH)

    def leave(self) -> None:
        """Use it no more."""
        os.close(self._file)


@contextlib.contextmanager
def alone() -> Iterator[bool]:
    """Keep others from it; False if somebody, perhaps this process, uses it."""
    try:
        import fcntl

        file = os.open(_NAMESPACE, os.O_RDONLY)
    except (ImportError, OSError):
        yield False
        return
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True
    finally:
        os.close(file)
