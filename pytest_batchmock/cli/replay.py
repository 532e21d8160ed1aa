"""`batchmock replay FILE`: what a server's state file holds, played again; nothing is started."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from pytest_batchmock import __version__
from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.mock import BatchMock
from pytest_batchmock.observe.jobs import JobView
from pytest_batchmock.options import Options
from pytest_batchmock.server.journal.file import Input, Journal, opened


def main(argv: Sequence[str] | None = None) -> int:
    """Play a file and show its jobs.

    Returns:
        0 if it comes to what was answered, 1 if not or if it cannot be read, 2 for a wrong argument.
    """
    parser = argparse.ArgumentParser(
        prog="batchmock replay",
        description="Play a server's state file again and show what became of the jobs in it.\n\n"
        "The server that writes the file must have stopped. Nothing is started, and the file is not\n"
        "changed. --json lists the inputs too: calls, commands, and what runners told.",
        epilog="examples:\n  batchmock replay state.sqlite\n"
        "  batchmock replay state.sqlite --until 120 --json\n\n"
        "exit codes: 0 it comes to what was answered, 1 it does not, or cannot be read, 2 a wrong\n"
        "argument",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", type=Path, help="what 'batchmock serve --state' wrote")
    parser.add_argument("--until", type=_count, metavar="N", help="play the first N inputs only")
    parser.add_argument("--json", action="store_true", help="print JSON")
    given = parser.parse_args(argv)
    try:
        with opened(given.file, any_version=True, must_exist=True) as journal:
            found = _played(journal, given.until)
    except MockUsageError as error:
        print(f"batchmock replay: {error}", file=sys.stderr)
        return 1
    print(json.dumps(found, indent=2) if given.json else _text(found))
    return 1 if found["differences"] else 0


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is no number: give 0 or more")
    return int(text)


def _played(journal: Journal, until: int | None) -> dict[str, Any]:
    from pytest_batchmock.server.accounts import Accounts
    from pytest_batchmock.server.journal.replay import play, replayed_options

    if journal.is_new:
        raise MockUsageError(f"{journal.path} holds nothing.")
    options = replayed_options(journal)
    accounts = Accounts(BatchMock(**{name: getattr(options, name) for name in Options.names()}))
    inputs: list[Input] = []

    def is_beyond(entry: Input) -> bool:
        if until is not None and entry.number > until:
            return True
        inputs.append(entry)
        return False

    differences = play(journal, accounts, is_beyond).differences
    return {
        "written_by": journal.about["version"],
        "replayed_by": __version__,
        "inputs": [_input(entry) for entry in inputs],
        "jobs": [
            _job(job, account) for account in accounts.names() for job in accounts.mock(account).jobs
        ],
        "differences": differences,
    }


def _input(entry: Input) -> dict[str, Any]:
    return {
        "number": entry.number,
        "at": _moment(entry.now_ms),
        "kind": entry.kind,
        "body": entry.body,
        "outcome": entry.outcome,
    }


def _job(job: JobView, account: str) -> dict[str, Any]:
    return {
        "account": account,
        "id": job.id,
        "name": job.name,
        "queue": job.queue,
        "status": job.status,
        "status_reason": job.status_reason,
        "history": [
            {"status": status, "at": at.isoformat(timespec="milliseconds")} for status, at in job.history
        ],
        "attempts": [
            {"exit_code": it.exit_code, "reason": it.reason, "status_reason": it.status_reason}
            for it in job.attempts
        ],
    }


def _moment(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, timezone.utc).isoformat(timespec="milliseconds")


def _text(found: dict[str, Any]) -> str:
    lines = [f"{len(found['inputs'])} inputs, {len(found['jobs'])} jobs"]
    if found["written_by"] != found["replayed_by"]:
        lines.append(f"written by {found['written_by']}, played by {found['replayed_by']}")
    for job in found["jobs"]:
        why = f" ({job['status_reason']})" if job["status_reason"] else ""
        lines.append(f"{job['name']}  {job['id']}  {job['queue']}  {job['status']}{why}")
        lines += [f"  {entry['at']}  {entry['status']}" for entry in job["history"]]
        for number, attempt in enumerate(job["attempts"], 1):
            told = [str(part) for part in (attempt["status_reason"], attempt["reason"]) if part]
            if attempt["exit_code"] is not None:
                told.insert(0, f"exit code {attempt['exit_code']}")
            lines.append(f"  attempt {number}: {', '.join(told)}")
    if found["differences"]:
        lines += ["", "What was answered comes out otherwise:", *found["differences"]]
    return "\n".join(lines)
