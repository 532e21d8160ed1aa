"""The command line: `python -m variants --sample NA12878 --bucket genomes`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from . import pipeline
from .settings import Settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Find the variants and return the exit code: 0 if there are some to read, 1 if not."""
    parser = argparse.ArgumentParser(prog="variants", description=__doc__)
    parser.add_argument("--sample", required=True)
    parser.add_argument("--bucket", required=True)
    parser.add_argument("--queue", default=Settings.queue)
    parser.add_argument("--job-definition", default=Settings.job_definition)
    settings = Settings(**vars(parser.parse_args(arguments)))
    try:
        text = pipeline.run(settings, progress)
    except (pipeline.RunFailed, ClientError, BotoCoreError) as error:
        print(f"variants: none of {settings.sample}: {error}", file=sys.stderr)
        return 1
    print(text, end="")
    return 0


def progress(jobs: list[dict[str, Any]]) -> None:
    """Print a line for each job: an array with how many of its children are where."""
    for job in jobs:
        counts = job.get("arrayProperties", {}).get("statusSummary", {})
        told = ", ".join(f"{count} {status}" for status, count in sorted(counts.items()) if count)
        print(f"variants: {job['jobName']}: {told or job['status']}", file=sys.stderr)
