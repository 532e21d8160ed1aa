"""An object of JSON of which fresh copies are handed out: no caller sees what another did to its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

_WORTH_COMPILING: Final = 40
"""So many copies: what compiling costs is saved by as many again."""
_LARGEST: Final = 16 * 1024  # bytes
_MOST: Final = 64

Maker = Callable[..., dict[str, Any]]

_makers: dict[tuple[bytes, tuple[str, ...]], Maker] = {}
"""What was compiled last, by all that it depends on: most tests of a suite make the same objects."""


class Prototype:
    """What copies are made of.

    Attributes:
        compiled: Makes a fresh object, as `copy` does; None as long as there were few copies.
    """

    __slots__ = ("_blanks", "_copied", "_text", "compiled")

    def __init__(self, text: bytes, blanks: tuple[str, ...] = ()) -> None:
        self._text = text
        self._blanks = blanks
        self._copied = 0
        self.compiled: Maker | None = _makers.get((text, blanks))

    @classmethod
    def of(cls, value: dict[str, Any], blanks: tuple[str, ...] = ()) -> Prototype:
        """That of an object of JSON.

        Args:
            value: The object.
            blanks: Names of members, all of them Python's too, of which each copy has its own value.
        """
        return cls(json.dumps(value, separators=(",", ":")).encode(), blanks)

    def __reduce__(self) -> tuple[type[Prototype], tuple[bytes, tuple[str, ...]]]:
        return Prototype, (self._text, self._blanks)

    def copy(self, *filling: Any) -> dict[str, Any]:
        """Make a fresh object.

        Args:
            filling: The values of the blanks, in their order; they are not copied.
        """
        if self.compiled is not None:
            return self.compiled(*filling)
        value: dict[str, Any] = json.loads(self._text)
        self._copied += 1
        if self._copied == _WORTH_COMPILING and len(self._text) <= _LARGEST:
            self.compiled = self._compile(value)
        value.update(zip(self._blanks, filling, strict=True))
        return value

    def _compile(self, value: dict[str, Any]) -> Maker:
        """Python makes the value of a literal six times as fast as it parses JSON.

        The strings of a literal are there already. As of any value of JSON, there is nothing in it but
        values, and the names of the blanks.
        """
        members = (
            f"{name!r}:{name if name in self._blanks else repr(member)}"
            for name, member in value.items()
        )
        maker: Maker = eval(f"lambda {','.join(self._blanks)}:{{{','.join(members)}}}")
        if len(_makers) >= _MOST:
            _makers.clear()
        _makers[self._text, self._blanks] = maker
        return maker
