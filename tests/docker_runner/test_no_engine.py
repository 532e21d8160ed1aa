"""Without an engine, or when it vanishes, jobs fail as on AWS, and the message says what to do."""

from __future__ import annotations

import boto3
import pytest

from pytest_batchmock import BatchMock


@pytest.fixture(autouse=True)
def nothing_is_left() -> None:
    """There is no engine at which anything could be."""


def test_without_an_engine_the_job_fails_and_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("docker")
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    with BatchMock(runner="docker", latency_scale=0.01) as batch:
        batch.defaults()
        client = boto3.client("batch", region_name="us-east-1")
        client.submit_job(jobName="job", jobQueue="default", jobDefinition="default")
        batch.run_until_idle()
        [attempt] = batch.jobs.one().attempts
        assert attempt.status_reason == "Task failed to start"
        assert attempt.reason == (
            "CannotStartContainerError: no Docker engine answers at unix:///nowhere/docker.sock: "
            "start one, or name it by DOCKER_HOST or a docker context"
        )
        assert client.describe_jobs(jobs=[batch.jobs.one().id])["jobs"][0]["status"] == "FAILED"
