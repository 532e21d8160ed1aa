"""One way to write a duration, used by every public function that takes one."""

from __future__ import annotations

import re
from datetime import timedelta

from pytest_batchmock.errors import MockUsageError

Duration = int | float | str | timedelta
"""A number of seconds, a `datetime.timedelta`, or a text such as ``"90s"``, ``"4m"``, ``"1h30m"``."""

_UNITS_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)", re.ASCII)
_WHOLE = re.compile(rf"(?:{_PART.pattern}\s*)+", re.ASCII)


def to_ms(value: Duration) -> int:
    """Return `value` in whole milliseconds.

    Raises:
        MockUsageError: It is negative, not finite, or not of a known form.
    """
    if isinstance(value, timedelta):
        milliseconds = value / timedelta(milliseconds=1)
    elif isinstance(value, str):
        text = value.strip()
        if not _WHOLE.fullmatch(text):
            raise MockUsageError(
                f"{value!r} is no duration: give seconds as a number, a timedelta, "
                "or a text such as '90s', '4m', '1h30m' or '250ms'."
            )
        milliseconds = sum(float(n) * _UNITS_MS[unit] for n, unit in _PART.findall(text))
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        milliseconds = value * 1000
    else:
        raise MockUsageError(
            f"{value!r} is no duration: give seconds as a number, a timedelta, or a text such as '4m'."
        )
    if not 0 <= milliseconds < float("inf"):
        raise MockUsageError(f"A duration is finite and not negative, got {value!r}.")
    return round(milliseconds)


def to_text(milliseconds: int) -> str:
    """Write `milliseconds` the way a person would: ``1h 30m``, ``4m``, ``250ms``."""
    parts = []
    for unit in ("d", "h", "m", "s", "ms"):
        count, milliseconds = divmod(milliseconds, _UNITS_MS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts[:2]) or "0s"
