"""Interleaving: every contender waits in a process of its own and is asked for small blocks in turn.

A slow second of the machine thus falls on all of them alike, which is what makes ratios of medians
worth printing. Where the system can, all are kept on one processor, for one may be slower than another.
Several times all begin anew: where the objects of a process come to lie in memory, and how their names
are hashed, is drawn once in its life, and makes a difference of a few per cent.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

from benchmarks.contenders import CONTENDERS, dummy_credentials

Samples = dict[str, dict[str, list[float]]]
"""Seconds by measure, then by contender."""


def measure(lives: int, blocks: int, calls: int, tests: int) -> Samples:
    """Ask each contender in turn, `blocks` times in each life, for `calls` calls and `tests` tests."""
    samples: Samples = defaultdict(lambda: defaultdict(list))
    for _ in range(lives):
        with _workers() as workers:
            for block in range(-1, blocks):
                for name, worker in workers.items():
                    for measure_name, seconds in _turn(name, worker, calls, tests):
                        if block >= 0:  # the first block warms up
                            samples[measure_name][name] += seconds
    return samples


def _turn(name: str, worker: Connection, calls: int, tests: int) -> Iterator[tuple[str, list[float]]]:
    for task, count in _tasks(name, calls, tests):
        yield from _ask(worker, task, count).items()


def _tasks(name: str, calls: int, tests: int) -> list[tuple[str, int]]:
    whole = next(contender.runs_whole_tests for contender in CONTENDERS if contender.name == name)
    more = [("mock_on_and_off", tests), ("whole_tests", tests)] if whole else []
    return [("calls", calls), *more]


@contextmanager
def _workers() -> Iterator[dict[str, Connection]]:
    spawn = multiprocessing.get_context("spawn")
    ends: dict[str, Connection] = {}
    processes = []
    for contender in CONTENDERS:
        ours, theirs = spawn.Pipe()
        process = spawn.Process(target=_serve, args=(theirs, contender.name), daemon=True)
        process.start()
        theirs.close()
        ends[contender.name] = ours
        processes.append(process)
    try:
        yield ends
    finally:
        for end in ends.values():
            end.close()
        for process in processes:
            process.join()


def _ask(worker: Connection, task: str, count: int) -> dict[str, list[float]]:
    worker.send((task, count))
    answer: dict[str, list[float]] | str = worker.recv()
    if isinstance(answer, str):
        raise RuntimeError(f"A benchmark process failed:\n{answer}")
    return answer


def _serve(parent: Connection, name: str) -> None:
    import traceback

    if sys.platform == "linux":
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    dummy_credentials()
    contender = next(contender for contender in CONTENDERS if contender.name == name)()
    while True:
        try:
            task, count = parent.recv()
        except EOFError:
            return
        try:
            parent.send(getattr(contender, task)(count))
        except BaseException:
            parent.send(traceback.format_exc())
