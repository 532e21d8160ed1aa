"""`batchmock demo`: a small real application, run against the mock before your eyes.

The application is examples/nightly_pipeline; it knows nothing of the mock. Here: the command line. The
night that is played is in `night`, the application's finding in `application`, what is shown in
`observer` (the facts) and `screen` (the terminal).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

MISSING = "batchmock demo needs {module}: pip install 'pytest-batchmock[demo]'"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the demo.

    Returns:
        0 if every job succeeded, 1 if not or if a package is missing, 130 after Ctrl-C.
    """
    given = _parser().parse_args(argv)
    for module in ("rich", "boto3", "moto"):
        try:
            __import__(module)
        except ImportError:
            print(MISSING.format(module=module), file=sys.stderr)
            return 1
    from pytest_batchmock.demo.night import show

    try:
        return show(float("inf") if given.fast else given.speed)
    except KeyboardInterrupt:
        print("batchmock demo: interrupted; the pipeline has terminated its jobs.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="batchmock demo",
        description="Watch a nightly pipeline run on a mocked AWS Batch: 13 minutes in ten seconds.\n\n"
        "The pipeline is that of examples/nightly_pipeline, unchanged; it needs the extra 'demo'.",
        epilog="examples:\n  batchmock demo\n  batchmock demo --fast\n\n"
        "exit codes: 0 it is done, 1 a job failed or a package is missing, 2 a wrong argument, 130\n"
        "Ctrl-C",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    pace = parser.add_mutually_exclusive_group()
    pace.add_argument(
        "--speed", type=_speed, metavar="N", help="virtual seconds shown in one real second (default 90)"
    )
    pace.add_argument("--fast", action="store_true", help="no pauses at all")
    return parser


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number") from None
    if not 0 < speed < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not above zero")
    return speed
