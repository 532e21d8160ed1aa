"""The commands that talk to a running server, such as `batchmock jobs`: see `COMMANDS`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import Final

from pytest_batchmock.cli import looking, saying
from pytest_batchmock.server.remote.client import ControlClient, Members, Refused

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


Arguments = Callable[[argparse.ArgumentParser], None]
Run = Callable[[ControlClient, argparse.Namespace], tuple[Members, str]]

COMMANDS: Final[dict[str, tuple[str, Arguments, Run]]] = {
    "logs": ("print what a job has written", looking.logs_arguments, looking.logs),
    "timeline": (
        "draw what happened: in the terminal, or as SVG or HTML",
        looking.timeline_arguments,
        looking.timeline,
    ),
    "events": ("list what EventBridge would be told", looking.events_arguments, looking.events),
    "seed": ("load the resources of a real account", saying.seed_arguments, saying.seed),
    "reclaim": ("reclaim Spot capacity", saying.reclaim_arguments, saying.reclaim),
    "fault": (
        "plan what goes wrong between client and service",
        saying.fault_arguments,
        saying.fault,
    ),
    "jobs": ("list the jobs of a running server", looking.jobs_arguments, looking.jobs),
    "explain": ("say why jobs are where they are", looking.explain_arguments, looking.explain),
    "advance": ("let virtual time pass", saying.advance_arguments, saying.advance),
    "outcome": ("say what will happen to jobs", saying.outcome_arguments, saying.outcome),
    "reset": (
        "forget all jobs, resources, rules and faults",
        saying.reset_arguments,
        saying.reset,
    ),
}
"""By name: one line of help, the arguments, and what is done."""

EXAMPLES: Final = {
    "jobs": "batchmock jobs --status RUNNING",
    "logs": "batchmock logs JOB_ID --follow",
    "explain": "batchmock explain",
    "timeline": "batchmock timeline -o night.html",
    "events": "batchmock events --since 2026-01-01",
    "outcome": "batchmock outcome 'import-*' 'fails exit_code=3'",
    "reclaim": "batchmock reclaim --fraction 0.3",
    "fault": "batchmock fault throttle SubmitJob --times 3",
    "advance": "batchmock advance 5m",
    "seed": "batchmock seed queues.json template.yaml",
    "reset": "batchmock reset",
    "serve": "batchmock serve --port 0 --url-file url",
    "demo": "batchmock demo",
    "simulate": "batchmock simulate workload.yaml",
    "rules": "batchmock rules --operation SubmitJob",
    "replay": "batchmock replay state.sqlite",
}
"""One example a command, for the help."""
