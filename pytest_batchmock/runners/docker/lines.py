"""The output of a container, cut into the lines of its log."""

from __future__ import annotations

from typing import Final

LONGEST_LINE: Final = 256 * 1024
"""Bytes; what the log driver takes as one event."""


def cut(data: bytes) -> tuple[list[bytes], bytes]:
    """The lines that are complete, those that are too long in pieces, and what is left.

    However the bytes of a stream come, with what was left put before what comes: the lines are the same.
    """
    *whole, rest = data.split(b"\n")
    lines = [piece for line in whole for piece in _pieces(line)]
    *long, rest = _pieces(rest)
    return [*lines, *long], rest


def _pieces(line: bytes) -> list[bytes]:
    return [line[at : at + LONGEST_LINE] for at in range(0, len(line), LONGEST_LINE)] or [b""]


def text_of(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip("\r")
