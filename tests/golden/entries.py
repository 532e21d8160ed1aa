"""The recorded answers, and how one is compared with an answer of the mock."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from pytest_batchmock import BatchMock

DATA: Final = Path(__file__).parent / "data"
WRAPPER: Final = "Error executing request, Exception : "

_PLACEHOLDER: Final = re.compile(r"(?:<[^<>]+>|\.\.\.)+")


@dataclass(frozen=True)
class Entry:
    """One line of `recorded.jsonl`."""

    id: str
    kind: str
    operation: str
    given: str
    expect: dict[str, Any]
    note: str
    http_status: int

    @property
    def is_wrapped(self) -> bool:
        """Whether the service was seen to wrap the text, or is said to."""
        return WRAPPER in (self.expect["message"] or "") or f"it arrives as '{WRAPPER}" in self.note


class Probe(NamedTuple):
    """Two requests of one operation that differ in one thing.

    Attributes:
        refused: What the entry tells of.
        accepted: The nearest legal request.
    """

    operation: str
    refused: dict[str, Any]
    accepted: dict[str, Any]


def recorded() -> dict[str, Entry]:
    """All entries by their id."""
    lines = (DATA / "recorded.jsonl").read_text("utf-8").splitlines()
    found = [json.loads(line) for line in lines]
    entries = [
        Entry(
            id=line["id"],
            kind=line["kind"],
            operation=line["operation"],
            given=line["given"],
            expect=line["expect"],
            note=line.get("note", ""),
            http_status=line.get("http_status", 400),
        )
        for line in found
    ]
    by_id = {entry.id: entry for entry in entries}
    assert len(by_id) == len(entries), "two entries have the same id"
    return by_id


def sample(name: str) -> Any:
    """The answer in a sample, as boto3 would give it: without its source and note."""
    content = json.loads((DATA / "samples" / name).read_text("utf-8"))
    return _unpascalled(content["response"]) if "_sfn_" in name else content["response"]


def samples() -> list[str]:
    """The names of all samples."""
    return sorted(path.name for path in (DATA / "samples").glob("*.json"))


def _unpascalled(value: Any) -> Any:
    """Step Functions shows members with a capital first letter."""
    if isinstance(value, dict):
        return {name[0].lower() + name[1:]: _unpascalled(entry) for name, entry in value.items()}
    return [_unpascalled(entry) for entry in value] if isinstance(value, list) else value


def pattern(text: str) -> str:
    """A regular expression for a text; what varies stands in angle brackets, or is left out (...)."""
    literal = (re.escape(part) for part in _PLACEHOLDER.split(text))
    return ".+".join(literal)


def message_pattern(entry: Entry) -> re.Pattern[str]:
    """A regular expression for the whole message that an error entry tells of.

    Observers cut off the end: a final full stop, or the request id of a wrapped text.
    """
    text, match = entry.expect["message"], entry.expect["match"]
    if text is None:
        return re.compile(".+")
    body = pattern(text.removesuffix("."))
    if match == "contains":
        return re.compile(f".*{body}.*")
    if match == "startswith":
        return re.compile(f"{body}.*")
    tail = r"\.?(, RequestId: [0-9a-f-]{36})?" if entry.is_wrapped else r"\.?"
    return re.compile(body + tail)


def fits(expected: Any, actual: Any) -> bool:
    """Whether an answer holds what was recorded: at least its members, the same lists and values."""
    if isinstance(expected, dict):
        return isinstance(actual, dict) and all(
            name in actual and fits(value, actual[name]) for name, value in expected.items()
        )
    if isinstance(expected, list):
        return (
            isinstance(actual, list)
            and len(actual) == len(expected)
            and all(fits(*pair) for pair in zip(expected, actual, strict=True))
        )
    if isinstance(expected, str) and isinstance(actual, str):
        return re.fullmatch(pattern(expected), actual) is not None
    return type(expected) is type(actual) and bool(expected == actual)


def at(answer: Any, path: str) -> list[Any]:
    """The values at a path such as ``attempts[].container.exitCode``; empty if it leads nowhere."""
    found = [answer]
    for step in path.split("."):
        name, _, index = step.partition("[")
        found = [value[name] for value in found if name in value]
        if index:
            chosen = slice(None) if index == "]" else slice(int(index[:-1]), int(index[:-1]) + 1)
            found = [entry for value in found for entry in value[chosen]]
    return found


def members(value: Any, path: str = "") -> Iterator[str]:
    """The paths of all members of an answer; what a map of free keys holds is not looked into."""
    if isinstance(value, dict):
        for name, entry in value.items():
            here = f"{path}.{name}" if path else name
            yield here
            if name not in ("tags", "parameters", "options"):
                yield from members(entry, here)
    elif isinstance(value, list):
        for entry in value:
            yield from members(entry, f"{path}[]")


def fill(mock: BatchMock, *calls: tuple[str, dict[str, Any]]) -> None:
    """Prepare what an entry takes for granted."""
    for operation, params in calls:
        mock.call(operation, params)
