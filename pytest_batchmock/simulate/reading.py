"""YAML with its line numbers, so that every complaint names the place in the file."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from math import inf, isfinite
from typing import Any

from pytest_batchmock.durations import to_ms
from pytest_batchmock.errors import MockUsageError


class WorkloadError(MockUsageError):
    """The workload cannot be played as it is written; the text names file, line and key."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of the file.

    Attributes:
        value: A scalar, a list of entries, or a mapping from text to entries.
        where: File and line.
        path: The keys that lead to it, such as ``jobs[0].duration``.
    """

    value: Any
    where: str
    path: str

    def refused(self, text: str) -> WorkloadError:
        """The complaint about this entry."""
        return WorkloadError(f"{self.where}: {self.path or 'the workload'}: {text}")

    def mapping(self, known: Collection[str], *, needs: Collection[str] = ()) -> dict[str, Entry]:
        """Its members, of which none may be unknown.

        Raises:
            WorkloadError: It is no mapping, a member is unknown, or one that is needed is missing.
        """
        members = self.named()
        for name, member in members.items():
            if name not in known:
                near = get_close_matches(name, known, n=1)
                meant = f" Did you mean {near[0]}?" if near else ""
                listed = ", ".join(known)
                raise member.refused(f"there is no such key. Keys here are: {listed}.{meant}")
        for name in needs:
            if name not in members:
                raise self.refused(f"the key {name} is missing.")
        return members

    def named(self) -> dict[str, Entry]:
        """Its members, whatever their names.

        Raises:
            WorkloadError: It is no mapping.
        """
        if not isinstance(self.value, dict):
            raise self.refused(f"{self._shown()} is no mapping of keys to values.")
        return self.value

    def items(self) -> Iterator[Entry]:
        """Its items.

        Raises:
            WorkloadError: It is no list.
        """
        if not isinstance(self.value, list):
            raise self.refused(f"{self._shown()} is no list.")
        yield from self.value

    def text(self) -> str:
        """Its text.

        Raises:
            WorkloadError: It is none.
        """
        if not isinstance(self.value, str) or not self.value:
            raise self.refused(f"{self._shown()} is no text.")
        return self.value

    def one_of(self, names: Collection[str], what: str) -> str:
        """Its text, which names one of `names`.

        Raises:
            WorkloadError: It does not; the text says which there are.
        """
        name = self.text()
        if name not in names:
            raise self.refused(f"there is no {what} {name!r}. There are: {', '.join(names)}.")
        return name

    def whole(self, least: int, most: float = inf) -> int:
        """Its whole number.

        Raises:
            WorkloadError: It is none, or out of bounds.
        """
        number = self.number(least, most)
        if number != int(number):
            raise self.refused(f"{self._shown()} is no whole number.")
        return int(number)

    def number(self, least: float, most: float = inf) -> float:
        """Its number.

        Raises:
            WorkloadError: It is none, or out of bounds.
        """
        value = self.value
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
            raise self.refused(f"{self._shown()} is no number.")
        if not least <= value <= most:
            bounds = f"at least {least:g}" if most == inf else f"between {least:g} and {most:g}"
            raise self.refused(f"{value} is out of bounds: give a number {bounds}.")
        return value

    def truth(self) -> bool:
        """Whether it is true.

        Raises:
            WorkloadError: It is neither true nor false.
        """
        if not isinstance(self.value, bool):
            raise self.refused(f"{self._shown()} is neither true nor false.")
        return self.value

    def milliseconds(self) -> int:
        """Its duration: a number of seconds, or a text such as ``5m``.

        Raises:
            WorkloadError: It is none.
        """
        value = self.value if isinstance(self.value, (int, float, str)) else None
        try:
            return to_ms(value)  # type: ignore[arg-type]  # refuses None in its own words
        except MockUsageError as error:
            raise self.refused(str(error)) from None

    def plain(self) -> Any:
        """It as plain data, without places."""
        if isinstance(self.value, dict):
            return {name: entry.plain() for name, entry in self.value.items()}
        if isinstance(self.value, list):
            return [entry.plain() for entry in self.value]
        return self.value

    def _shown(self) -> str:
        shown = repr(self.plain())
        return shown if len(shown) <= 60 else f"{shown[:60]}…"


def read(text: str, name: str) -> Entry:
    """Read YAML.

    Args:
        text: The content.
        name: What the file is called in complaints.

    Raises:
        WorkloadError: It is no YAML, or a key stands twice.
        MockUsageError: PyYAML is not installed.
    """
    try:
        import yaml
    except ImportError:
        raise MockUsageError(
            "batchmock simulate reads YAML with PyYAML, which is not installed: "
            "pip install 'pytest-batchmock[simulate]'"
        ) from None
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            raise WorkloadError(f"{name}: it is empty; a workload has environments, queues and jobs.")
        return _entry(loader, node, name, "")
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else 1
        raise WorkloadError(f"{name}:{line}: this is no YAML: {error.problem}") from None
    finally:
        loader.dispose()


def _entry(loader: Any, node: Any, name: str, path: str) -> Entry:
    where = f"{name}:{node.start_mark.line + 1}"
    if node.id == "sequence":
        items = [_entry(loader, it, name, f"{path}[{n}]") for n, it in enumerate(node.value)]
        return Entry(items, where, path)
    if node.id == "mapping":
        members: dict[str, Entry] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            member = _entry(loader, value_node, name, f"{path}.{key}" if path else key)
            placed = Entry(member.value, f"{name}:{key_node.start_mark.line + 1}", member.path)
            if key in members:
                raise placed.refused("this key stands here twice.")
            members[key] = placed
        return Entry(members, where, path)
    return Entry(loader.construct_object(node), where, path)
