"""The rate limiter of botocore's adaptive mode of retries, whose waits pass as a sleep would.

After a throttled attempt such a client waits, before each further attempt, until its bucket of tokens
has filled again: by a condition, which no wrapper of ``time.sleep`` sees. Here `acquire` of the bucket
sleeps instead, so that `virtual_sleep` decides; and what passed in virtual time fills the bucket too.

Relied upon, and private to botocore and aiobotocore: ``_sleep_amount`` and ``_last_timestamp`` of the
buckets. A bucket without them is left alone, and waits in wall time.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from pytest_batchmock.transports import virtual_sleep


def reach() -> None:
    """Let the buckets of the imported libraries sleep, until the last mock leaves."""
    for module, name, wrap in (
        ("botocore.retries.bucket", "TokenBucket", _acquiring),
        ("aiobotocore.retries.bucket", "AsyncTokenBucket", _acquiring_async),
    ):
        bucket = getattr(sys.modules.get(module), name, None)
        if bucket is not None and hasattr(bucket, "_sleep_amount"):
            virtual_sleep.also_replace(bucket, "acquire", wrap)


def _acquiring(original: Callable[..., Any]) -> Callable[..., Any]:
    from botocore.exceptions import CapacityNotAvailableError

    def acquire(self: Any, amount: int = 1, block: bool = True) -> Any:
        while block:
            try:
                return original(self, amount, block=False)
            except CapacityNotAvailableError:
                wait = _Wait(self, amount)
                time.sleep(wait.seconds)
                wait.is_over()
        return original(self, amount, block=False)

    return acquire


def _acquiring_async(original: Callable[..., Any]) -> Callable[..., Any]:
    import asyncio

    from botocore.exceptions import CapacityNotAvailableError

    async def acquire(self: Any, amount: int = 1, block: bool = True) -> Any:
        if type(self).__name__ != "AsyncTokenBucket":  # of another event loop than asyncio's
            return await original(self, amount, block)
        while block:
            try:
                return await original(self, amount, block=False)
            except CapacityNotAvailableError:
                wait = _Wait(self, amount)
                await asyncio.sleep(wait.seconds)
                wait.is_over()
        return await original(self, amount, block=False)

    return acquire


class _Wait:
    """One wait of a bucket that holds too little.

    Attributes:
        seconds: Until it holds enough; a millisecond more, for the tokens are fractions.
    """

    def __init__(self, bucket: Any, amount: int) -> None:
        self._bucket = bucket
        self._began = bucket._clock.current_time()
        self._answered_by = virtual_sleep.noted()
        self.seconds = bucket._sleep_amount(amount) + 0.001

    def is_over(self) -> None:
        """Give the bucket what passed in virtual time, and let botocore's next sleep be virtual too."""
        passed = self._bucket._clock.current_time() - self._began
        self._bucket._last_timestamp -= max(self.seconds - passed, 0)
        if self._answered_by is not None:
            virtual_sleep.note_call(self._answered_by)
