"""A value of JSON of which fresh copies are handed out: no caller sees what another did to its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

_WORTH_COMPILING: Final = 40
"""So many copies: what compiling costs is saved by as many again."""
_LARGEST: Final = 16 * 1024  # bytes


class Prototype:
    """What copies are made of. It may be shared before it has its value.

    Attributes:
        is_filled: Whether it has its value.
    """

    __slots__ = ("_compiled", "_copied", "_text", "is_filled")

    def __init__(self, text: bytes = b"") -> None:
        self._text = text
        self.is_filled = text != b""
        self._copied = 0
        self._compiled: Callable[[], Any] | None = None

    def __reduce__(self) -> tuple[type[Prototype], tuple[bytes]]:
        return Prototype, (self._text,)

    def fill(self, value: Any) -> None:
        """Be of this value from now on."""
        self._text = json.dumps(value, separators=(",", ":")).encode()
        self.is_filled = True

    def copy(self) -> Any:
        """Make a fresh value."""
        if self._compiled is not None:
            return self._compiled()
        value = json.loads(self._text)
        self._copied += 1
        if self._copied == _WORTH_COMPILING and len(self._text) <= _LARGEST:
            # Python makes the value of a literal six times as fast as it parses JSON, for the strings of
            # it are there. As of any value of JSON, there is nothing in this literal but values.
            self._compiled = eval("lambda: " + repr(value))
        return value
