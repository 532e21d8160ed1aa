"""The command ``batchmock simulate``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.observe.timeline import form_of, save
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
        if given.timeline is not None:
            form_of(given.timeline)
            if not given.timeline.parent.is_dir():
                raise MockUsageError(f"--timeline: there is no folder {str(given.timeline.parent)!r}.")
        with _progress(workload.total, quiet=given.quiet) as progress:
            played = play(workload, progress, tells_story=given.timeline is not None)
        if played.story is not None:
            save(played.story, given.timeline, title=given.workload.stem)
    except (MockUsageError, OSError) as error:
        print(f"batchmock simulate: {error}", file=sys.stderr)
        return 2
    print(json.dumps(as_data(played), indent=2) if given.json else as_text(played))
    return 1 if played.unfinished else 0


_BAR: Final = 30


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="batchmock simulate",
        description="Play a workload in virtual time: makespan, waits, interruptions, vCPU-hours.\n\n"
        "The file says which environments and queues there are, which jobs come when and how long\n"
        "they run, and how the Spot market is. The same file and seed give the same figures.",
        epilog="examples:\n  batchmock simulate workload.yaml\n"
        "  batchmock simulate workload.yaml --seed 2 --json > figures.json\n\n"
        "exit codes: 0 it is done, 1 some jobs can never end, 2 a wrong argument or workload",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("workload", type=Path, metavar="WORKLOAD.yaml", help="the workload")
    parser.add_argument("--seed", type=int, help="instead of the seed in the file")
    parser.add_argument(
        "--timeline",
        type=Path,
        metavar="FILE",
        help="draw what happened: a name that ends in .html, .svg or .txt",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    return parser


@contextmanager
def _progress(total: int, *, quiet: bool) -> Iterator[Progress | None]:
    """A bar if somebody looks, else a line for every tenth."""
    if quiet:
        yield None
        return
    if not sys.stderr.isatty():
        yield _lines()
        return
    try:
        _draw_bar(0, total)
        yield _draw_bar
    finally:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _draw_bar(done: int, total: int) -> None:
    full = done * _BAR // total
    bar = "█" * full + "░" * (_BAR - full)
    print(f"\r{bar} {done:,} of {total:,} jobs have ended", end="", file=sys.stderr, flush=True)


def _lines() -> Progress:
    tenths = 0

    def tell(done: int, total: int) -> None:
        nonlocal tenths
        if done * 10 // total > tenths:
            tenths = done * 10 // total
            print(f"{done:,} of {total:,} jobs have ended", file=sys.stderr)

    return tell
