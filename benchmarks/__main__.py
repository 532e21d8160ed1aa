"""``python -m benchmarks``: run everything once, print the table.

``server`` measures that over HTTP alone, ``docker`` containers at a Docker engine.
"""

from __future__ import annotations

import argparse
import statistics
import sys

from benchmarks import arrays, docker, fresh, rounds, server
from benchmarks.table import Row, render

AIMS = {
    "SubmitJob": "≤ 1.35 x floor, ≥ 8 x moto",
    "SubmitJob with overrides, retries, tags": "≤ 1.35 x floor",
    "DescribeJobs": "≤ 1.25 x floor, ≥ 8 x moto",
    "small test, client stands": "< 5 ms",
    "plugin loaded over bare pytest": "≤ 15 ms",
}


def main() -> None:
    """Parse the options, measure, print."""
    if sys.argv[1:2] == ["server"]:
        server.main(sys.argv[2:])
        return
    if sys.argv[1:2] == ["docker"]:
        docker.main(sys.argv[2:])
        return
    options = _arguments()
    rows = [*_interleaved(options), *_fresh(options.repeats), *arrays.rows(options.arrays)]
    print(render(rows, markdown=options.markdown))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--lives", type=int, default=6, help="processes each contender has")
    parser.add_argument("--blocks", type=int, default=8, help="turns each contender takes in a life")
    parser.add_argument("--calls", type=int, default=50, help="calls in one turn")
    parser.add_argument("--tests", type=int, default=3, help="whole small tests in one turn")
    parser.add_argument("--repeats", type=int, default=9, help="fresh processes for each variant")
    parser.add_argument("--arrays", type=int, default=5, help="fresh processes with an array of 10,000")
    parser.add_argument("--markdown", action="store_true", help="print a markdown table")
    return parser.parse_args()


def _interleaved(options: argparse.Namespace) -> list[Row]:
    samples = rounds.measure(options.lives, options.blocks, options.calls, options.tests)
    return [
        Row(
            measure,
            {name: statistics.median(seconds) for name, seconds in by_contender.items()},
            AIMS.get(measure, ""),
        )
        for measure, by_contender in samples.items()
    ]


def _fresh(repeats: int) -> list[Row]:
    imports = {
        "batchmock": fresh.import_cost("from pytest_batchmock import mock_batch", repeats),
        "moto": fresh.import_cost("from moto import mock_aws", repeats),
    }
    loading = "plugin loaded over bare pytest"
    return [
        Row("fixture set-up and tear-down", fresh.fixture_costs(repeats)),
        Row("first mocked SubmitJob of a process", fresh.first_calls(repeats)),
        Row("import of the mock", imports),
        Row(loading, {"batchmock": fresh.plugin_load(repeats)}, AIMS[loading]),
    ]


if __name__ == "__main__":
    main()
