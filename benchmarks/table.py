"""One table, as text for a terminal or as markdown for the documentation."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version

COLUMNS = ("floor", "Stubber", "batchmock", "moto")


def human(seconds: float | None) -> str:
    """Microseconds or milliseconds, whichever reads better."""
    if seconds is None:
        return ""
    return f"{seconds * 1e6:.0f} µs" if abs(seconds) < 1e-3 else f"{seconds * 1e3:.1f} ms"


def count(number: float | None) -> str:
    """A whole number."""
    return "" if number is None else f"{number:.0f}"


def size(in_bytes: float | None) -> str:
    """Bytes."""
    return "" if in_bytes is None else f"{in_bytes:.0f} B"


@dataclass(frozen=True)
class Row:
    """One measure by contender, in seconds if `show` says nothing else, with the aim if there is one."""

    measure: str
    values: dict[str, float]
    aim: str = ""
    show: Callable[[float | None], str] = human

    def cells(self) -> list[str]:
        """The row as text; a ratio stands only where both of its sides were measured."""
        ours = self.values["batchmock"]
        floor, moto = self.values.get("floor"), self.values.get("moto")
        if self.show is count:
            floor = moto = None  # fewer are not better
        return [
            self.measure,
            *(self.show(self.values.get(column)) for column in COLUMNS),
            f"{ours / floor:.2f} x" if floor else "",
            f"{moto / ours:.1f} x" if moto and ours > 0 else "",
            self.aim,
        ]


def render(rows: list[Row], *, markdown: bool) -> str:
    """The table under a line that names the versions."""
    header = ["median of", *COLUMNS, "ours / floor", "moto / ours", "aim"]
    lines = [header, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    text = [[cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines]
    if markdown:
        rule = "|".join(["", *("-" * (width + 2) for width in widths), ""])
        body = [f"| {' | '.join(line)} |" for line in text]
        return "\n".join([f"{machine()}.", "", body[0], rule, *body[1:]])
    return "\n".join([machine(), "", *("  ".join(line).rstrip() for line in text)])


def machine() -> str:
    """Versions and size of the machine; without them a figure says nothing."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("botocore", "moto", "pytest"))
    return (
        f"{date.today().isoformat()}, {platform.python_implementation()} {platform.python_version()}, "
        f"{packages}, {os.cpu_count()} cores"
    )
