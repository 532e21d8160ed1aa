"""Time-outs, terminates and reclaims reach the container; what a killed process left is removed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap

import boto3

from pytest_batchmock import BatchMock, succeeds
from pytest_batchmock.runners.docker import engine as docker_engine
from pytest_batchmock.runners.docker.engine import DockerEngine

from ..conftest import Images, Submit
from .conftest import Runs, left, reap

OBEYS = "trap 'echo told; exit 7' TERM; echo ready; sleep 99 & wait"
IGNORES = "trap '' TERM; echo ready; while :; do sleep 99; done"


def test_a_time_out_reaches_the_container_as_sigterm(batch: BatchMock, running: Submit) -> None:
    job = running(OBEYS, timeout={"attemptDurationSeconds": 60}, retryStrategy={"attempts": 2})
    batch.advance("60s")
    batch.run_until(lambda: job.is_terminal)
    assert job.status_reason == "Job attempt duration exceeded timeout"
    assert [attempt.exit_code for attempt in job.attempts] == [7]
    assert batch.logs.of(job) == ["ready", "told"]


def test_a_container_that_ignores_sigterm_is_killed_after_the_stop_time_out(
    batch: BatchMock, runs: Runs, running: Submit
) -> None:
    batch.on("job").attempts(runs(stop_timeout="50ms"))
    job = running(IGNORES)
    boto3.client("batch").terminate_job(jobId=job.id, reason="enough")
    batch.run_until(lambda: job.is_terminal)
    assert (job.status, job.status_reason, job.attempts[0].exit_code) == ("FAILED", "enough", 137)
    assert job.attempts[0].reason is None


def test_a_reclaimed_container_gets_sigterm_and_another_attempt(
    batch: BatchMock, runs: Runs, running: Submit
) -> None:
    batch.on("job").attempts(runs(reclaimed_after="5m"), succeeds())
    job = running(OBEYS, retryStrategy={"attempts": 2})
    batch.advance("5m")
    batch.run_until(lambda: job.is_terminal)
    assert job.status == "SUCCEEDED"
    assert str(job.attempts[0].status_reason).startswith("Host EC2 (instance i-")
    assert batch.logs.of(job, attempt=1)[-1] == "told"


def test_the_end_of_the_mock_is_the_end_of_its_containers(batch: BatchMock, running: Submit) -> None:
    running(IGNORES)
    batch.stop()  # the fixture looks that nothing is left


def test_what_a_killed_process_left_behind_is_removed_by_the_next(
    engine: DockerEngine, runner: str, images: Images
) -> None:
    program = textwrap.dedent(
        f"""
        import boto3
        from pytest_batchmock import BatchMock
        from pytest_batchmock.runners.docker import engine as docker_engine

        batch = BatchMock(runner={runner!r}, latency_scale=0.01, region="us-east-1").start()
        batch.defaults(image={images.plain!r}, memory=64, command=["sh", "-c", "echo up; sleep 99"])
        boto3.client("batch").submit_job(jobName="j", jobQueue="default", jobDefinition="default")
        job = batch.jobs.one()
        batch.run_until(lambda: bool(job.statuses[-1] == "RUNNING" and batch.logs.of(job)))
        print(docker_engine.RUN, flush=True)
        input()
        """
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ},
    ) as process:
        assert process.stdout is not None
        label = f"{docker_engine.RUN_LABEL}={process.stdout.readline().strip()}"
        reap(runner)
        assert left(engine, label) != []  # its owner lives
        process.send_signal(signal.SIGKILL)
        process.wait()
        reap(runner)
        assert left(engine, label) == []
