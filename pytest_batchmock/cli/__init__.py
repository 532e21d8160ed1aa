"""The command ``batchmock``: here its help, and which module does a command.

`serve`, `replay` and `rules` have a module each, what talks to a running server is in `verbs` (the
table), `looking` and `saying`; `simulate` and `demo` live with what they run.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Final

from pytest_batchmock import __version__
from pytest_batchmock.cli import verbs
from pytest_batchmock.cli.verbs import EXAMPLES

_OWN: Final = {
    "serve": "start AWS Batch on a port, for any language",
    "demo": "watch a nightly pipeline run against the mock",
    "simulate": "play a workload in virtual time, and say what came of it",
    "rules": "list what the mock refuses, and how we know",
    "replay": "show what the state file of a server holds",
}
_GROUPS: Final = (
    ("Begin", ("serve", "demo", "simulate", "rules", "seed", "reset")),
    ("Look at a running server", ("jobs", "logs", "explain", "timeline", "events")),
    ("Look at one that has stopped", ("replay",)),
    ("Say what happens in it", ("outcome", "reclaim", "fault", "advance")),
)
_EPILOG: Final = f"""\
'batchmock COMMAND --help' tells more about a command. The server is the one of --url, $BATCHMOCK_URL,
$AWS_ENDPOINT_URL_BATCH or $AWS_ENDPOINT_URL; --json prints what it answers.

{verbs.EXIT_CODES}
"""


def commands() -> tuple[str, ...]:
    """All commands, in the order of the help."""
    named = [name for _, names in _GROUPS for name in names]
    return (*named, *(name for name in verbs.COMMANDS if name not in named))


def description() -> str:
    """What `batchmock --help` says: the commands in groups, with an example each."""
    lines = ["AWS Batch on this machine, for tests."]
    rest = tuple(name for name in commands() if not any(name in names for _, names in _GROUPS))
    for title, names in (*_GROUPS, *((("More", rest),) if rest else ())):
        lines += ["", f"{title}:"]
        for name in names:
            text = _OWN[name] if name in _OWN else verbs.COMMANDS[name].text
            lines += [f"  {name:<10}{text}"]
            if name in EXAMPLES:
                lines += [f"{'':<14}{EXAMPLES[name]}"]
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    try:
        code = _run(argv)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # whoever reads has had enough, as head has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(argv: Sequence[str] | None) -> int:
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(
        prog="batchmock",
        usage="batchmock COMMAND …",
        description=description(),
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"batchmock {__version__}")
    parser.add_argument(
        "command", metavar="COMMAND", choices=commands(), help="what to do, as listed above"
    )
    command = parser.parse_args(arguments[:1]).command

    if command in verbs.COMMANDS:
        return verbs.main(command, arguments[1:])
    if command == "rules":
        from pytest_batchmock.cli.rules import main as run
    elif command == "replay":
        from pytest_batchmock.cli.replay import main as run
    elif command == "simulate":
        from pytest_batchmock.simulate.command import main as run
    elif command == "serve":
        from pytest_batchmock.cli.serve import main as run
    else:
        from pytest_batchmock.demo import main as run

    return run(arguments[1:])
