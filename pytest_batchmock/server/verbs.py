"""The commands that talk to a running server, such as `batchmock jobs`: see `COMMANDS`."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import quote

from pytest_batchmock.server.client import ControlClient, Members, Refused
from pytest_batchmock.server.more_verbs import EXAMPLES, MORE, number_or_text

_ENDPOINTS: Final = ("BATCHMOCK_URL", "AWS_ENDPOINT_URL_BATCH")
"""Variables that name the server, the first that is set wins."""


def main(command: str, argv: Sequence[str] | None = None) -> int:
    """Run one of `COMMANDS`.

    Returns:
        0 if it is done, 1 if the server refuses or there is none, 2 for a wrong argument.
    """
    text = COMMANDS[command][0]
    parser = argparse.ArgumentParser(
        prog=f"batchmock {command}",
        description=f"{text[0].upper()}{text[1:]}.",
        epilog=f"example: {EXAMPLES[command]}",
    )
    COMMANDS[command][1](parser)
    parser.add_argument(
        "--url",
        "--endpoint",
        dest="endpoint",
        default=next((os.environ[name] for name in _ENDPOINTS if os.environ.get(name)), None),
        help="the server's URL, or the file that 'serve --url-file' wrote (default: "
        f"${', else $'.join(_ENDPOINTS)})",
    )
    parser.add_argument(
        "--account", help="whose jobs, rules and clock are meant (default: the server's own)"
    )
    parser.add_argument("--json", action="store_true", help="print the server's answer as JSON")
    given = parser.parse_args(argv)
    if not given.endpoint:
        parser.error(f"name the server with --url, or set {_ENDPOINTS[0]}; 'batchmock serve' prints it.")
    try:
        client = ControlClient(_url_of(given.endpoint), given.account)
        answer, text = COMMANDS[command][2](client, given)
    except Refused as error:
        print(f"batchmock {command}: {error}", file=sys.stderr)
        return 1
    if given.json or text:
        print(json.dumps(answer, indent=2) if given.json else text)
    return 0


def _url_of(given: str) -> str:
    """The URL, or the one that stands in a file."""
    if "://" in given or not os.path.isfile(given):
        return given
    with open(given, encoding="utf-8") as file:
        return file.read(2048).strip()


# --- The commands --------------------------------------------------------------------------------


def _jobs(client: ControlClient, given: argparse.Namespace) -> tuple[Members, str]:
    answer = client.get(
        "jobs", name=given.name, queue=given.queue, status=given.status, limit=given.limit
    )
    rows = [
        (job["name"], job["id"], job["queue"], job["status"], _outcome_of(job)) for job in answer["jobs"]
    ]
    if not rows:
        return answer, "No jobs."
    text = _table(("NAME", "ID", "QUEUE", "STATUS", "WHY"), rows)
    left_out = answer["total"] - len(rows)
    return answer, f"… {left_out} older ones are left out\n{text}" if left_out else text


def _outcome_of(job: Members) -> str:
    parts = []
    if job["exit_code"] is not None:
        parts.append(f"exit code {job['exit_code']}")
    if job["status_reason"]:
        parts.append(job["status_reason"])
    parts += [f"{count} {status}" for status, count in job.get("children", {}).items()]
    return ", ".join(parts)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in (head, *rows)
    )


def _explain(client: ControlClient, given: argparse.Namespace) -> tuple[Members, str]:
    if given.job_id is not None:
        job = client.get(f"jobs/{quote(given.job_id, safe='')}")
        return job, "\n".join([job["explanation"], *_timeline(job)])
    answer = client.get("jobs")
    answer["jobs"] = [job for job in answer["jobs"] if job["status"] not in ("SUCCEEDED", "FAILED")]
    lines = [job["explanation"] for job in answer["jobs"]]
    return answer, "\n".join(lines) or "Every job has ended."


def _timeline(job: Members) -> list[str]:
    lines = [f"  {entry['at']}  {entry['status']}" for entry in job["history"]]
    for attempt in job["attempts"]:
        why = [attempt["status_reason"] or "", attempt["reason"] or ""]
        if attempt["exit_code"] is not None:
            why.insert(0, f"exit code {attempt['exit_code']}")
        told = ", ".join(part for part in why if part)
        lines.append(f"  attempt {attempt['number']} in {attempt['compute_environment']}: {told}")
    return lines


def _advance(client: ControlClient, given: argparse.Namespace) -> tuple[Members, str]:
    if given.duration == "idle":
        answer = client.post("clock/run-until-idle")
    else:
        answer = client.post("clock/advance", duration=number_or_text(given.duration))
    return answer, f"It is {answer['now']} now."


def _outcome(client: ControlClient, given: argparse.Namespace) -> tuple[Members, str]:
    rule: Members = {"name": given.name, "attempts": [_parsed(text) for text in given.attempts]}
    for name in ("queue", "definition", "attempt", "index", "node", "container"):
        if getattr(given, name) is not None:
            rule[name] = getattr(given, name)
    if given.tag:
        rule["tags"] = dict(_pair(text) for text in given.tag)
    if given.service:
        rule["service"] = True
    answer = client.post("outcomes", **rule)
    return answer, f"Jobs {given.name!r}: {', then '.join(given.attempts)}."


def _parsed(text: str) -> Members:
    """One outcome from ``reclaimed after=4m``."""
    try:
        kind, *members = shlex.split(text)
    except ValueError:
        raise Refused(
            f"{text!r} is no outcome: give one like succeeds, or 'fails exit_code=3'."
        ) from None
    outcome: Members = {"kind": kind}
    for name, value in map(_pair, members):
        outcome[name] = {"true": True, "false": False}.get(value, value)
        if name in ("after", "exit_code"):
            outcome[name] = number_or_text(value)
    return outcome


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise Refused(f"{text!r}: give it as NAME=VALUE.")
    return name, value


def _reset(client: ControlClient, given: argparse.Namespace) -> tuple[Members, str]:
    answer = client.post("reset")
    return answer, f"Reset: {answer['reset']}."


def _jobs_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", help="a pattern of job names, such as 'report-*'")
    parser.add_argument("--queue", help="the name of a queue")
    parser.add_argument("--status", help="such as RUNNING", type=str.upper)
    parser.add_argument(
        "--limit", type=int, default=100, help="the newest so many (default %(default)s)"
    )


def _explain_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "job_id", nargs="?", help="a job, child or node; without it, all that have not ended"
    )


def _advance_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "duration", help="such as 90, 5m or 1h30m; 'idle': until nothing changes by itself"
    )


def _outcome_arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = (
        "examples:\n"
        "  batchmock outcome 'import-*' 'fails exit_code=3 after=30s'\n"
        "  batchmock outcome report 'reclaimed after=4m' 'succeeds after=10m'\n"
        "  batchmock outcome report 'fails reason=\"no input\"' --queue nightly\n"
        "The n-th attempt gets the n-th outcome, later ones the last; the last rule that matches wins."
    )
    parser.add_argument("name", help="a pattern of job names, such as 'report-*'")
    parser.add_argument(
        "attempts",
        nargs="+",
        metavar="OUTCOME",
        help="succeeds, fails, out_of_memory, reclaimed, host_lost, service_error, cannot_pull or "
        "hangs, each with after=, exit_code=, reason=, while_starting= where it takes them",
    )
    parser.add_argument("--queue", help="only in that queue")
    parser.add_argument("--definition", help="only of that definition: NAME or NAME:REVISION")
    parser.add_argument("--tag", action="append", metavar="NAME=VALUE", help="only with that tag")
    parser.add_argument("--attempt", type=int, help="only that attempt, 1 for the first")
    parser.add_argument("--index", type=int, help="only that child of an array")
    parser.add_argument("--node", type=int, help="only that node of a multi-node job")
    parser.add_argument("--container", help="only that container of a job of several")
    parser.add_argument("--service", action="store_true", help="service jobs instead of container jobs")


def _no_arguments(parser: argparse.ArgumentParser) -> None:
    """`reset` takes none of its own."""


Arguments = Callable[[argparse.ArgumentParser], None]
Run = Callable[[ControlClient, argparse.Namespace], tuple[Members, str]]

COMMANDS: Final[dict[str, tuple[str, Arguments, Run]]] = {
    **MORE,
    "jobs": ("list the jobs of a running server", _jobs_arguments, _jobs),
    "explain": ("say why jobs are where they are", _explain_arguments, _explain),
    "advance": ("let virtual time pass", _advance_arguments, _advance),
    "outcome": ("say what will happen to jobs", _outcome_arguments, _outcome),
    "reset": ("forget all jobs, resources, rules and faults", _no_arguments, _reset),
}
"""By name: one line of help, the arguments, and what is done."""
