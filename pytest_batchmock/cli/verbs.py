"""The commands that talk to a running server, such as `batchmock jobs`: see `COMMANDS`.

What they do is in `looking` and `saying`; here are their help, their common arguments and their end.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from pytest_batchmock.cli import looking, saying
from pytest_batchmock.server.remote.client import ControlClient, Members, Refused

_ENDPOINTS: Final = ("BATCHMOCK_URL", "AWS_ENDPOINT_URL_BATCH", "AWS_ENDPOINT_URL")
"""Variables that name the server, the first that is set wins."""

EXIT_CODES: Final = "exit codes: 0 it is done, 1 the server refuses or there is none, 2 a wrong argument"


class Command(NamedTuple):
    """One command.

    Attributes:
        text: A line of help.
        teaches: What else its user should know.
        examples: At least one; the first stands in `batchmock --help`.
        arguments: Adds its arguments.
        run: Does it: the server's answer, and the text for a person. Raises `Refused`, or argparse's
            error for an argument that no server need be asked about.
    """

    text: str
    teaches: str
    examples: tuple[str, ...]
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[ControlClient, argparse.Namespace], tuple[Members, str]]


def main(name: str, argv: Sequence[str] | None = None) -> int:
    """Run one of `COMMANDS`.

    Returns:
        0 if it is done, 1 if the server refuses or there is none, 2 for a wrong argument.
    """
    command = COMMANDS[name]
    parser = argparse.ArgumentParser(
        prog=f"batchmock {name}",
        description=f"{command.text[0].upper()}{command.text[1:]}.\n\n{command.teaches}",
        epilog="\n  ".join(["examples:", *command.examples]) + f"\n\n{EXIT_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.arguments(parser)
    add = parser.add_argument_group("which server, and how it is told").add_argument
    add(
        "--url",
        "--endpoint",
        dest="endpoint",
        metavar="URL",
        default=next((os.environ[name] for name in _ENDPOINTS if os.environ.get(name)), None),
        help="the server's URL, or the file that 'serve --url-file' wrote (default: "
        f"${', else $'.join(_ENDPOINTS)}); its token, if it asks for one, is in $BATCHMOCK_TOKEN",
    )
    add(
        "--account",
        metavar="ID",
        help="whose jobs, rules and clock are meant: 12 digits (default: the server's own)",
    )
    add("--json", action="store_true", help="print the server's answer as JSON")
    given = parser.parse_args(argv)
    if not given.endpoint:
        parser.error(
            f"name the server with --url, or set {' or '.join(_ENDPOINTS[:2])}, as 'batchmock serve' "
            "prints it."
        )
    try:
        client = ControlClient(_url_of(given.endpoint), given.account)
        answer, text = command.run(client, given)
    except argparse.ArgumentTypeError as error:
        parser.error(str(error))
    except Refused as error:
        text = str(error).removeprefix(f"{name}: ")
        print(f"batchmock {name}: {text}", file=sys.stderr)
        return 1
    if given.json or text:
        print(json.dumps(answer, indent=2) if given.json else text)
    return 0


def _url_of(given: str) -> str:
    """The URL, or the one that stands in a file."""
    if "://" in given:
        return given
    try:
        with open(given, encoding="utf-8") as file:
            return file.read(2048).strip()
    except OSError as error:
        why = f"an endpoint begins with http://, and as a file it cannot be read ({error.strerror})"
        raise Refused(f"{given}: {why}.") from None


COMMANDS: Final[dict[str, Command]] = {
    "jobs": Command(
        "list the jobs of a running server",
        "Oldest first: name, id, queue, status, and why it ended or what its children do. 'batchmock\n"
        "explain ID' tells more of one. Looking moves no time. --json has attempts and history too.",
        (
            "batchmock jobs --status RUNNING",
            "batchmock jobs --name 'report-*' --queue nightly",
            "batchmock jobs --status FAILED --json | jq -r '.jobs[].id'",
        ),
        looking.jobs_arguments,
        looking.jobs,
    ),
    "logs": Command(
        "print what a job has written",
        "A stream begins when a container of the job runs. A scripted job writes what its outcome rule\n"
        "says (log=), one that really runs what its process or container does.",
        (
            "batchmock logs JOB_ID --follow",
            "batchmock logs JOB_ID:7 --attempt 1",
            "batchmock logs JOB_ID --container sidecar",
        ),
        looking.logs_arguments,
        looking.logs,
    ),
    "explain": Command(
        "say why jobs are where they are",
        "With figures: what a job needs, what its environments have, when the next job there ends.",
        ("batchmock explain", "batchmock explain JOB_ID", "batchmock explain JOB_ID:7"),
        looking.explain_arguments,
        looking.explain,
    ),
    "timeline": Command(
        "draw what happened: in the terminal, or as SVG or HTML",
        "Jobs are bars by what they did, with reclaims and failures marked; instances show what ran on\n"
        "them. The files need nothing else, and follow the theme of whoever reads them.",
        ("batchmock timeline -o night.html", "batchmock timeline"),
        looking.timeline_arguments,
        looking.timeline,
    ),
    "events": Command(
        "list what EventBridge would be told",
        "Oldest first. A pattern is one of EventBridge's, as rules have it.",
        (
            "batchmock events --since 2026-01-01",
            """batchmock events --pattern '{"detail": {"status": ["FAILED"]}}' --json""",
        ),
        looking.events_arguments,
        looking.events,
    ),
    "outcome": Command(
        "say what will happen to jobs",
        "The n-th attempt gets the n-th outcome, later ones the last; the last rule that matches wins.\n"
        "A rule holds for attempts that start after it, until 'batchmock reset'.",
        (
            "batchmock outcome 'import-*' 'fails exit_code=3 after=30s'",
            "batchmock outcome report 'reclaimed after=4m' 'succeeds after=10m'",
            "batchmock outcome report 'fails reason=\"no input\"' --queue nightly",
            "batchmock outcome report 'succeeds after=1m log=\"12,000 rows\"'",
            "batchmock outcome shards 'fails exit_code=2' --index 7",
            "batchmock outcome train hangs --service",
        ),
        saying.outcome_arguments,
        saying.outcome,
    ),
    "reclaim": Command(
        "reclaim Spot capacity",
        "A host goes as a whole, with all jobs on it: they get two minutes' notice, then their\n"
        "attempts end with 'Host EC2 (instance i-…) terminated.' Give a job, an instance or a fraction.",
        (
            "batchmock reclaim --fraction 0.3",
            "batchmock reclaim JOB_ID --notice 0",
            "batchmock reclaim --instance i-0123456789abcdef0",
        ),
        saying.reclaim_arguments,
        saying.reclaim,
    ),
    "fault": Command(
        "plan what goes wrong between client and service",
        "It hits attempts of calls, below the SDK's own retries: throttle is HTTP 429, server_error\n"
        "500, time_out says nothing until the client has had enough, drop_connection closes. Of\n"
        "several faults the one planned first goes first.",
        (
            "batchmock fault throttle SubmitJob --times 3",
            "batchmock fault time_out SubmitJob --times 1 --processed",
            "batchmock fault server_error --probability 0.1",
            "batchmock fault list",
            "batchmock fault clear",
        ),
        saying.fault_arguments,
        saying.fault,
    ),
    "advance": Command(
        "let virtual time pass",
        "All that happens in it happens, in order. Works with every clock; the manual one moves by\n"
        "nothing else.",
        ("batchmock advance 5m", "batchmock advance 1h30m", "batchmock advance idle"),
        saying.advance_arguments,
        saying.advance,
    ),
    "seed": Command(
        "load the resources of a real account",
        "They are VALID at once, with account and region of the server. Prints what was created, and\n"
        "what was left out and why; if the server refuses one of them, nothing after it is created.",
        (
            "batchmock seed queues.json template.yaml",
            "aws batch describe-job-definitions --status ACTIVE > d.json && batchmock seed d.json",
            "batchmock seed cdk.out/Stack.template.json --parameter Stage=test",
        ),
        saying.seed_arguments,
        saying.seed,
    ),
    "reset": Command(
        "forget all jobs, resources, rules and faults",
        "Of the account that is named, else of all accounts. What 'serve --config' says holds again.",
        ("batchmock reset", "batchmock reset --account 111122223333"),
        saying.reset_arguments,
        saying.reset,
    ),
}
"""By name."""

EXAMPLES: Final = {name: command.examples[0] for name, command in COMMANDS.items()} | {
    "serve": "batchmock serve --port 0 --url-file url",
    "demo": "batchmock demo",
    "simulate": "batchmock simulate workload.yaml",
    "rules": "batchmock rules --operation SubmitJob",
    "replay": "batchmock replay state.sqlite",
}
"""One example a command, for the help of `batchmock`."""
