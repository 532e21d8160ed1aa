"""When something that was told to end, and does not, is killed: runners share this."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable


class Killer:
    """Has something killed in time. Whoever asks again may bring that forward, and never puts it off.

    Its users call it under a lock of their own.

    Args:
        kill: What to do; it is called from another thread.
    """

    def __init__(self, kill: Callable[[], None]) -> None:
        self._kill = kill
        self._at = math.inf
        self._timer: threading.Timer | None = None

    def within(self, grace_ms: int) -> None:
        """Kill it after `grace_ms` of wall time, if it is not to be killed before."""
        at = time.monotonic() + grace_ms / 1000
        if at < self._at:
            self.give_up()
            self._at = at
            self._timer = threading.Timer(grace_ms / 1000, self._kill)
            self._timer.daemon = True
            self._timer.start()

    def give_up(self) -> None:
        """Do not kill it: it has ended."""
        if self._timer is not None:
            self._timer.cancel()
