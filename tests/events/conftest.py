"""Jobs that go their way under a manual clock, and what EventBridge would be told of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from pytest_batchmock import BatchMock


@pytest.fixture
def mock() -> Iterator[BatchMock]:
    with BatchMock(start="2030-01-01", seed=7, clock="manual") as mock:
        mock.defaults()
        yield mock


@pytest.fixture
def batch(mock: BatchMock) -> Any:
    return boto3.client("batch")


@pytest.fixture
def submit(batch: Any) -> Any:
    """Submit a job and give its id."""

    def submit(name: str = "job", **members: Any) -> str:
        request = {"jobQueue": "default", "jobDefinition": "default", **members}
        job_id: str = batch.submit_job(jobName=name, **request)["jobId"]
        return job_id

    return submit
