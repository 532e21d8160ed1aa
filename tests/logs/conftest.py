"""Jobs whose logs are read through boto3's client of CloudWatch Logs, with a hand on the clock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from pytest_batchmock import BatchMock

GROUP = "/aws/batch/job"


@pytest.fixture
def mock() -> Iterator[BatchMock]:
    with BatchMock(start="2030-01-01", seed=7, clock="manual") as mock:
        mock.defaults()
        yield mock


@pytest.fixture
def batch(mock: BatchMock) -> Any:
    return boto3.client("batch")


@pytest.fixture
def logs(mock: BatchMock) -> Any:
    return boto3.client("logs")


@pytest.fixture
def run(mock: BatchMock, batch: Any) -> Any:
    """Submit a job, let it run for a while, and give its id."""

    def run(name: str = "job", *, seconds: float = 3600, **members: Any) -> str:
        request = {"jobQueue": "default", "jobDefinition": "default", **members}
        job_id: str = batch.submit_job(jobName=name, **request)["jobId"]
        mock.run_until(lambda: mock.jobs.get(job_id).status in ("RUNNING", "SUCCEEDED", "FAILED"))
        mock.advance(seconds)
        return job_id

    return run


@pytest.fixture
def stream_of(batch: Any) -> Any:
    """The log stream that DescribeJobs shows of a job."""

    def stream_of(job_id: str) -> str:
        (job,) = batch.describe_jobs(jobs=[job_id])["jobs"]
        name: str = job["container"]["logStreamName"]
        return name

    return stream_of


@pytest.fixture
def texts(logs: Any) -> Any:
    """The messages of a stream, as GetLogEvents gives them."""

    def texts(stream: str, group: str = GROUP, **members: Any) -> list[str]:
        answer = logs.get_log_events(
            logGroupName=group, logStreamName=stream, startFromHead=True, **members
        )
        return [event["message"] for event in answer["events"]]

    return texts
