"""What can be measured once per process only: imports, loading the plugin, the first call, fixtures.

The variants of one measure take turns, as the contenders do.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.contenders import CONTENDERS

FIXTURE_TESTS = 200

_FIRST_CALL = """
import time
from benchmarks.contenders import CONTENDERS, PLAIN, dummy_credentials
dummy_credentials()
import boto3
boto3.client("batch", region_name="us-east-1")
began = time.perf_counter()
contender = next(c for c in CONTENDERS if c.name == {name!r})()
with contender.active() as make_client:
    contender.make_resources()
    make_client().submit_job(**PLAIN)
print(time.perf_counter() - began)
"""

_FIXTURE_CONFTEST = """
import pytest

@pytest.fixture
def moto_mock():
    from moto import mock_aws
    with mock_aws(config={"batch": {"use_docker": False}}):
        yield

@pytest.fixture
def nothing():
    yield
"""


def plugin_load(repeats: int) -> float:
    """Extra seconds of a pytest run that loads the plugin, over one that loads none."""
    with tempfile.TemporaryDirectory() as folder:
        bare = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "--rootdir",
            folder,
            folder,
        ]
        loaded = [*bare, "-p", "pytest_batchmock.plugin"]
        return _extra(repeats, lambda: _timed(loaded), lambda: _timed(bare))


def import_cost(statement: str, repeats: int) -> float:
    """Extra seconds of a Python process that runs `statement`, over one that runs nothing."""
    with_it, without = [sys.executable, "-c", statement], [sys.executable, "-c", "pass"]
    return _extra(repeats, lambda: _timed(with_it), lambda: _timed(without))


def first_calls(repeats: int) -> dict[str, float]:
    """Seconds from nothing to the first answered SubmitJob; boto3 is already imported."""
    samples: dict[str, list[float]] = {}
    for _ in range(repeats):
        for contender in CONTENDERS:
            if contender.runs_whole_tests:
                seconds = float(output_of(_FIRST_CALL.format(name=contender.name)))
                samples.setdefault(contender.name, []).append(seconds)
    return {name: statistics.median(seconds) for name, seconds in samples.items()}


def fixture_costs(repeats: int) -> dict[str, float]:
    """Extra seconds of a test that takes the mock as a fixture, over one with an empty fixture."""
    fixtures = {"batchmock": "batchmock", "moto": "moto_mock"}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "conftest.py").write_text(_FIXTURE_CONFTEST)
        for fixture in ("nothing", *fixtures.values()):
            tests = (f"def test_{number}({fixture}): pass\n" for number in range(FIXTURE_TESTS))
            Path(folder, f"test_with_{fixture}.py").write_text("".join(tests))

        def run(fixture: str, chosen: str = "") -> float:
            command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
            command += ["-p", "pytest_batchmock.plugin", "--rootdir", folder]
            return _timed([*command, str(Path(folder, f"test_with_{fixture}.py")) + chosen])

        def per_test(fixture: str) -> float:
            """200 tests less one, so that the imports that the first one pays fall out."""
            return (run(fixture) - run(fixture, "::test_0")) / (FIXTURE_TESTS - 1)

        return {
            name: _extra(repeats, partial(per_test, fixture), partial(per_test, "nothing"))
            for name, fixture in fixtures.items()
        }


def _extra(repeats: int, with_it: Callable[[], float], without: Callable[[], float]) -> float:
    """Median of the differences of neighbouring runs; the first pair warms the disk cache."""
    differences = [with_it() - without() for _ in range(repeats + 1)]
    return statistics.median(differences[1:])


def _timed(command: list[str]) -> float:
    began = time.perf_counter()
    done = subprocess.run(command, env=_environment(), capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    if done.returncode not in (0, 5):  # 5: pytest found no tests, as meant for an empty folder
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return seconds


def output_of(program: str) -> str:
    """What a Python program prints in a process of its own.

    Raises:
        RuntimeError: It failed.
    """
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=_environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout


def _environment() -> dict[str, str]:
    here = Path(__file__).resolve().parent.parent
    paths = [str(here), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **os.environ,
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONPATH": os.pathsep.join(paths),
        "AWS_DEFAULT_REGION": "us-east-1",
    }
