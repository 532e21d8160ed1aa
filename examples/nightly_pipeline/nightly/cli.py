"""The command line: `python -m nightly run --date 2026-11-23 --bucket weather`."""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import date

from botocore.exceptions import BotoCoreError, ClientError

from . import pipeline
from .settings import Settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the exit code: 0 is a report, 1 is none."""
    given = parser().parse_args(arguments)
    settings = Settings(
        date=given.date.isoformat(),
        bucket=given.bucket,
        queue=given.queue,
        job_definition=given.job_definition,
        stations_per_shard=given.stations_per_shard,
        poll_seconds=given.poll_seconds,
        resume=not given.afresh,
    )
    try:
        text = pipeline.run(settings, Progress())
    except (pipeline.RunFailed, ClientError, BotoCoreError) as error:
        print(f"nightly: no report of {settings.date}: {error}", file=sys.stderr)
        return 1
    print(text, end="")
    return 0


def parser() -> argparse.ArgumentParser:
    """The options, with defaults from the environment where a deployment sets them."""
    main_parser = argparse.ArgumentParser(prog="nightly", description=__doc__)
    commands = main_parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="make the report of one day")
    run.add_argument("--date", type=date.fromisoformat, required=True)
    run.add_argument("--bucket", required=True)
    run.add_argument("--queue", default=os.environ.get("NIGHTLY_QUEUE", Settings.queue))
    run.add_argument(
        "--job-definition", default=os.environ.get("NIGHTLY_JOB_DEFINITION", Settings.job_definition)
    )
    run.add_argument("--stations-per-shard", type=int, default=Settings.stations_per_shard)
    run.add_argument("--poll-seconds", type=float, default=Settings.poll_seconds)
    run.add_argument("--afresh", action="store_true", help="use no results of an earlier run")
    return main_parser


class Progress:
    """Prints how many jobs are where, when that has changed."""

    def __init__(self) -> None:
        self._last = ""

    def __call__(self, jobs: pipeline.Jobs) -> None:
        counts = Counter(job["status"] for job in jobs)
        line = ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
        if line != self._last:
            print(f"nightly: {line}", file=sys.stderr)
            self._last = line
