"""An object of JSON of which fresh copies are handed out: no caller sees what another did to its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

_WORTH_COMPILING: Final = 40
"""So many copies: what compiling costs is saved by as many again."""
_LARGEST: Final = 16 * 1024  # bytes


class Prototype:
    """What copies are made of.

    Attributes:
        compiled: Makes a fresh object, as `copy` does; None as long as there were few copies.
    """

    __slots__ = ("_copied", "_text", "compiled")

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._copied = 0
        self.compiled: Callable[[], dict[str, Any]] | None = None

    @classmethod
    def of(cls, value: dict[str, Any]) -> Prototype:
        """That of an object of JSON."""
        return cls(json.dumps(value, separators=(",", ":")).encode())

    def __reduce__(self) -> tuple[type[Prototype], tuple[bytes]]:
        return Prototype, (self._text,)

    def copy(self) -> dict[str, Any]:
        """Make a fresh object."""
        if self.compiled is not None:
            return self.compiled()
        value: dict[str, Any] = json.loads(self._text)
        self._copied += 1
        if self._copied == _WORTH_COMPILING and len(self._text) <= _LARGEST:
            # Python makes the value of a literal six times as fast as it parses JSON, for the strings of
            # it are there. As of any value of JSON, there is nothing in this literal but values.
            self.compiled = eval("lambda: " + repr(value))
        return value
