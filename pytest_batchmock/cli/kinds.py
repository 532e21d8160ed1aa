"""What arguments of the command line may be: the types that argparse is given."""

from __future__ import annotations

import argparse

from pytest_batchmock.durations import to_ms
from pytest_batchmock.errors import MockUsageError


def count(text: str) -> int:
    """A whole number from 1.

    Raises:
        argparse.ArgumentTypeError: It is none.
    """
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 1_000_000_000):
        raise argparse.ArgumentTypeError(f"{text!r} is no count: give 1 or more")
    return int(text)


def share(text: str) -> float:
    """A number above 0 and at most 1.

    Raises:
        argparse.ArgumentTypeError: It is none.
    """
    number = number_or_text(text)
    if isinstance(number, str) or not 0 < number <= 1:
        raise argparse.ArgumentTypeError(f"{text!r}: give a number above 0 and at most 1")
    return float(number)


def duration(text: str) -> int | float | str:
    """A number of seconds, or a text such as ``1h30m``.

    Raises:
        argparse.ArgumentTypeError: It is neither.
    """
    value = number_or_text(text)
    try:
        to_ms(value)
    except MockUsageError as error:
        if isinstance(value, str):
            raise argparse.ArgumentTypeError(
                f"{text!r} is no duration: give seconds, such as 90, or a text such as 4m, 1h30m or "
                "250ms"
            ) from None
        raise argparse.ArgumentTypeError(str(error)) from None
    return value


def number_or_text(text: str) -> int | float | str:
    """A number, if the text is one."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text
