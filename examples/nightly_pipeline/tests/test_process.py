"""The program as cron starts it: a process of its own, which finds AWS by its environment."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from moto.server import ThreadedMotoServer
from nightly import storage


@pytest.fixture
def s3(bucket) -> Iterator[str]:
    """A port where the bucket can be reached from other processes, too."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def nightly(batchmock_server, s3) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs `python -m nightly` where Batch is the mock, and S3 is moto's."""
    batchmock_server.reset()  # it serves all tests of the session
    batchmock_server.defaults(name="nightly", spot=True)
    environment = os.environ | batchmock_server.environment
    environment |= {"AWS_ENDPOINT_URL_S3": s3, "NIGHTLY_QUEUE": "nightly"}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "nightly", "run", "--date", "2026-11-23"]
        command += ["--bucket", "weather", "--poll-seconds", "0.02", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)

    return run


def test_the_program_prints_the_report_and_leaves_it_in_the_bucket(batchmock_server, nightly, container):
    batchmock_server.on("nightly-*").runs(container)

    done = nightly()

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Weather of 2026-11-23: 24 stations")
    assert done.stdout == storage.read_text("weather", "reports/2026-11-23/report.txt")
    assert done.stderr.splitlines()[-1] == "nightly: 13 SUCCEEDED"
    assert [job.status for job in batchmock_server.jobs] == ["SUCCEEDED"] * 13


def test_a_job_that_fails_is_an_exit_code_and_a_reason(batchmock_server, nightly, container):
    batchmock_server.on("nightly-*").runs(container)
    batchmock_server.on("*-shard-003").fails(exit_code=2, reason="no such station")

    done = nightly()

    assert (done.returncode, done.stdout) == (1, "")
    assert "nightly: no report of 2026-11-23" in done.stderr
    assert "no such station" in done.stderr
    assert {job.status for job in batchmock_server.jobs} == {"SUCCEEDED", "FAILED"}
