"""The command ``batchmock``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from pytest_batchmock import __version__
from pytest_batchmock.server import verbs


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(
        prog="batchmock",
        description="AWS Batch on this machine, for tests.",
        epilog="'batchmock COMMAND --help' tells more about a command.",
    )
    parser.add_argument("--version", action="version", version=f"batchmock {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    commands.add_parser("demo", help="watch a nightly pipeline run against the mock", add_help=False)
    commands.add_parser("rules", help="list what the mock refuses, and how we know", add_help=False)
    commands.add_parser("serve", help="start AWS Batch on a port, for any language", add_help=False)
    for name, (text, *_) in verbs.COMMANDS.items():
        commands.add_parser(name, help=text, add_help=False)
    command = parser.parse_args(arguments[:1]).command

    if command in verbs.COMMANDS:
        return verbs.main(command, arguments[1:])
    if command == "rules":
        from pytest_batchmock.cli_rules import main as run
    elif command == "serve":
        from pytest_batchmock.server.command import main as run
    else:
        from pytest_batchmock.demo import main as run

    return run(arguments[1:])
