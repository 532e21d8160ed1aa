"""The command ``batchmock simulate``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.simulate.play import Progress, play
from pytest_batchmock.simulate.report import as_data, as_text
from pytest_batchmock.simulate.workload import load


def main(argv: Sequence[str] | None = None) -> int:
    """Play a workload and print the report.

    Returns:
        0 if all jobs have ended, 1 if some never can, 2 for a workload that makes no sense.
    """
    given = _parser().parse_args(argv)
    try:
        workload = load(given.workload)
        if given.seed is not None:
            workload = replace(workload, seed=given.seed)
        with _progress(workload.total, quiet=given.quiet) as progress:
            played = play(workload, progress)
    except MockUsageError as error:
        print(f"batchmock simulate: {error}", file=sys.stderr)
        return 2
    print(json.dumps(as_data(played), indent=2) if given.json else as_text(played))
    return 1 if played.unfinished else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="batchmock simulate",
        description="Play a workload in virtual time: makespan, waits, interruptions, vCPU-hours.",
    )
    parser.add_argument("workload", type=Path, metavar="WORKLOAD.yaml", help="the workload")
    parser.add_argument("--seed", type=int, help="instead of the seed in the file")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    return parser


@contextmanager
def _progress(total: int, *, quiet: bool) -> Iterator[Progress | None]:
    """A bar by rich if that is installed and somebody looks, else a line for every tenth."""
    if quiet:
        yield None
        return
    if sys.stderr.isatty():
        try:
            from rich.console import Console
            from rich.progress import Progress as Bar
        except ImportError:
            pass
        else:
            with Bar(console=Console(stderr=True), transient=True) as bar:
                task = bar.add_task("simulating", total=total)
                yield lambda done, _: bar.update(task, completed=done)
            return
    yield _lines()


def _lines() -> Progress:
    tenths = 0

    def tell(done: int, total: int) -> None:
        nonlocal tenths
        if done * 10 // total > tenths:
            tenths = done * 10 // total
            print(f"{done:,} of {total:,} jobs have ended", file=sys.stderr)

    return tell
