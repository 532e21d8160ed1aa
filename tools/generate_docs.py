"""Writes the pages of the documentation that are made from the code.

    python tools/generate_docs.py            writes them
    python tools/generate_docs.py --check    says which ones are stale, and fails if any is

`docs/rules.md` comes from the registry of rules; `docs/operations.md` from botocore's model, the table
of handlers, their docstrings, the registry, and the recorded answers of tests/golden;
`docs/lifecycle.md` from the tables of transitions; `docs/control-api.md` from the routes of the server
and `docs/command-line.md` from the help of the commands. No cell is written by hand. Run it with the
newest botocore: an older one knows fewer operations.
"""

from __future__ import annotations

import argparse
import contextlib
import inspect
import io
import json
import os
import re
import runpy
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, Final, get_args

from pytest_batchmock import cli
from pytest_batchmock.api import model
from pytest_batchmock.api.dispatch import BY_METHOD
from pytest_batchmock.cli.rules import RuleRow, rule_rows
from pytest_batchmock.domain.status import TERMINAL
from pytest_batchmock.engine import lifecycle
from pytest_batchmock.engine.lifecycle import Transition
from pytest_batchmock.rules.registry import Evidence
from pytest_batchmock.server.control import api

ROOT: Final = Path(__file__).resolve().parents[1]
GOLDEN: Final = ROOT / "tests" / "golden"
EVIDENCE: Final[tuple[str, ...]] = get_args(Evidence)

_MADE: Final = "<!-- Made by tools/generate_docs.py. Change the code instead, and run it again. -->"


def rules_page() -> Iterator[str]:
    """Every rule, by subject."""
    rows = rule_rows()
    yield "# Rules"
    yield _MADE
    yield (
        f"What the mock refuses: {len(rows)} rules in {len({row.subject for row in rows})} subjects. "
        "Each is a function of `pytest_batchmock/rules/<subject>.py`, and is tested with a request it "
        "lets pass and one it refuses. `batchmock rules` prints them."
    )
    yield (
        "Evidence says how we know: *observed* in a recorded answer of the service, *measured* against "
        "the service by others, *documented* by AWS, or *inferred* from the rest."
    )
    counts = Counter(row.evidence for row in rows)
    yield _table(("Evidence", "Rules"), ((name, counts[name]) for name in EVIDENCE))
    for subject, members in groupby(rows, key=lambda row: row.subject):
        yield f"## {subject.replace('_', ' ').capitalize()}"
        yield _table(
            ("Rule", "Operations", "Evidence", "Source"),
            ((_rule(row), ", ".join(row.operations), row.evidence, row.source) for row in members),
        )


def _rule(row: RuleRow) -> str:
    return f"**{row.sentence}.** {row.detail}".strip()


def operations_page() -> Iterator[str]:
    """Every operation of the model: what is modelled, and the evidence."""
    names = sorted(model.operation_names())
    handled = [name for name in names if _handler(name) is not None]
    yield "# Operations"
    yield _MADE
    yield (
        f"botocore's model of AWS Batch has {len(names)} operations; the mock handles {len(handled)} of "
        "them. Parameters are checked against the shapes of the model (types, required and unknown "
        "members, enums, ranges), then by the [rules](rules.md). The columns after the second count the "
        "evidence: the rules by how we know them, and the recorded answers of the real service that the "
        "mock is tested against."
    )
    columns = ("Operation", "What is modelled", *(name.capitalize() for name in EVIDENCE), "Recorded")
    yield _table(columns, (_operation(name) for name in names))
    yield "## Not shown"
    yield (
        "Recorded answers of the real service that the mock cannot give, and why. All others of the "
        f"{len(_recorded())} are tests."
    )
    entries = {entry["id"]: entry for entry in _recorded()}
    yield _table(
        ("Operation", "Situation", "Why not"),
        (
            (entries[name]["operation"], entries[name]["given"], reason)
            for name, reason in _not_shown().items()
        ),
    )


def _operation(name: str) -> Iterator[object]:
    handler = _handler(name)
    yield f"`{name}`"
    if handler is None:
        yield "not modelled"
    else:
        yield inspect.cleandoc(handler.__doc__ or "").partition("\n\n")[0].replace("``", "`")
    found = Counter(row.evidence for row in rule_rows() if name in row.operations)
    yield from (found[evidence] or "" for evidence in EVIDENCE)
    shown = [
        entry for entry in _recorded() if entry["operation"] == name and entry["id"] not in _not_shown()
    ]
    yield len(shown) or ""


def _handler(name: str) -> Callable[..., Any] | None:
    return BY_METHOD.get(model.method_name(name))


@cache
def _recorded() -> list[dict[str, Any]]:
    lines = (GOLDEN / "data" / "recorded.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


@cache
def _not_shown() -> dict[str, str]:
    found: dict[str, str] = runpy.run_path(str(GOLDEN / "not_shown.py"))["NOT_SHOWN"]
    return found


def lifecycle_page() -> Iterator[str]:
    """A diagram and a table of the moves of jobs and resources."""
    yield "# Life cycles"
    yield _MADE
    yield (
        "Every legal move, and what it does besides. The engine moves jobs and resources by these "
        "tables only; anything else is an error of the mock."
    )
    for title, rows in (
        ("Jobs", lifecycle.JOB_TRANSITIONS),
        ("Nodes of multi-node jobs", lifecycle.NODE_TRANSITIONS),
        ("Service jobs", lifecycle.SERVICE_TRANSITIONS),
        ("Compute environments, queues and quota shares", lifecycle.RESOURCE_TRANSITIONS),
    ):
        yield f"## {title}"
        yield _diagram(rows)
        yield _table(
            ("From", "Trigger", "To", "Besides"),
            (
                (
                    row.source or "(new)",
                    _words(row.trigger),
                    row.target,
                    ", ".join(map(_words, row.effects)),
                )
                for row in rows
            ),
        )


def _move(row: Transition) -> tuple[str, str, str, str]:
    effects = ", ".join(_words(effect) for effect in row.effects)
    return row.source or "(new)", _words(row.trigger), row.target, effects


def _diagram(rows: Sequence[Transition]) -> str:
    lines = ["stateDiagram-v2"]
    moves: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        moves.setdefault((row.source or "[*]", row.target), []).append(_words(row.trigger))
    lines += [
        f"    {source} --> {target}: {', '.join(triggers)}"
        for (source, target), triggers in moves.items()
    ]
    sources = {row.source for row in rows}
    targets = dict.fromkeys(row.target for row in rows)
    lines += [f"    {name} --> [*]" for name in targets if name in TERMINAL or name not in sources]
    return "\n".join(["```mermaid", *lines, "```"])


def _words(name: str) -> str:
    return name.replace("_", " ")


def _table(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    head = list(columns)
    lines = [head, ["---"] * len(head), *([_cell(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(content: object) -> str:
    return " ".join(str(content).split()).replace("|", "\\|").replace("<", "&lt;")


def control_api_page() -> Iterator[str]:
    """Every route of the control API."""
    yield "# Control API"
    yield _MADE
    yield (
        f"What a test says to a [server](server.md), as JSON over HTTP, below `{api.VERSION}`. `GET "
        f"{api.VERSION}` lists the same. The [command line](command-line.md) speaks it."
    )
    yield (
        "- Every request takes `?account=`, a 12-digit account; without it, the server's own is meant.\n"
        "- What a GET takes stands in its query; what a POST takes is a JSON object, of the type "
        "`application/json`. An unknown name is refused.\n"
        '- An error is `{"error": {"type": …, "message": …}}` with the status 400, 404, 405 or, for a '
        "refusal of AWS Batch, that of the service. The message says what to do.\n"
        "- What changes something is a POST or a DELETE.\n"
        "- Additions keep the version in the path; what changes the meaning of a request gets a new one."
    )
    yield _table(
        ("Request", "Takes", "What"),
        (
            (
                f"`{method} {path.removeprefix(api.VERSION)}`",
                ", ".join(f"`{name}`" for name in takes),
                text,
            )
            for method, path, takes, text in api.listed()
        ),
    )
    yield (
        'An outcome of `outcomes` is `{"kind": …}` with the keywords of the [outcome](outcomes.md): '
        '`{"name": "report-*", "attempts": [{"kind": "reclaimed", "after": "4m"}, {"kind": "fails"}]}`. '
        "`documents` of `seed` are objects or texts by name: see [Seeding](seeding.md); a request has "
        "at most 1 MiB."
    )


def command_line_page() -> Iterator[str]:
    """What every command says of itself."""
    yield "# Command line"
    yield _MADE
    yield f"```text\n{cli.description()}\n```"
    yield re.sub(r"\$(\w+)", r"`\1`", cli._EPILOG.strip())
    for name in cli.commands():
        yield f"## {name}"
        yield f"```text\n{_help_of(name)}\n```"


def _help_of(command: str) -> str:
    out = io.StringIO()
    kept = dict(os.environ)
    os.environ["COLUMNS"] = "100"  # as wide everywhere
    try:
        with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
            cli.main([command, "--help"])
    finally:
        os.environ.clear()
        os.environ.update(kept)
    return out.getvalue().strip()


PAGES: Final[dict[str, Callable[[], Iterator[str]]]] = {
    "rules.md": rules_page,
    "operations.md": operations_page,
    "lifecycle.md": lifecycle_page,
    "control-api.md": control_api_page,
    "command-line.md": command_line_page,
}


def rendered(name: str) -> str:
    """The text of a page."""
    return "\n\n".join(PAGES[name]()) + "\n"


def main(argv: Sequence[str] | None = None) -> int:
    """Write the pages, or check them; returns the exit code."""
    parser = argparse.ArgumentParser(description="Write the pages that are made from the code.")
    parser.add_argument("--check", action="store_true", help="change nothing; fail if a page is stale")
    given = parser.parse_args(argv)
    stale = []
    for name in PAGES:
        path, text = ROOT / "docs" / name, rendered(name)
        if not path.exists() or path.read_text("utf-8") != text:
            stale.append(name)
            if not given.check:
                path.write_text(text, "utf-8")
    print(
        "\n".join(f"{'stale' if given.check else 'written'}: docs/{name}" for name in stale) or "fresh"
    )
    return 1 if given.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
