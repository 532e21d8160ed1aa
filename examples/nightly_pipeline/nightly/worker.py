"""What runs in the containers: summarise one shard, or merge what others have made of theirs.

    python -m nightly.worker summarise <input key> <output key>
    python -m nightly.worker merge <output key> <input key> [<input key> ...]

The bucket is in the environment variable NIGHTLY_BUCKET. Both may be run twice: a retried attempt
writes the same file again.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence

from . import report, storage


def main(arguments: Sequence[str] | None = None, environment: Mapping[str, str] = os.environ) -> int:
    """Do one job and return the container's exit code."""
    parser = argparse.ArgumentParser(prog="nightly.worker")
    commands = parser.add_subparsers(dest="task", required=True)
    summarise = commands.add_parser("summarise")
    summarise.add_argument("source")
    summarise.add_argument("target")
    merge = commands.add_parser("merge")
    merge.add_argument("target")
    merge.add_argument("sources", nargs="+")
    given = parser.parse_args(arguments)

    bucket = environment["NIGHTLY_BUCKET"]
    if given.task == "summarise":
        result = report.summarise(storage.read_text(bucket, given.source))
    else:
        result = report.merge(storage.read_json(bucket, key) for key in given.sources)
    storage.write_json(bucket, given.target, result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
