"""Jobs on Spot capacity, and a way to bring them to a status."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pytest_batchmock import BatchMock, mock_batch
from pytest_batchmock.observe.jobs import JobView

CANONICAL = [
    {"onStatusReason": "Host EC2*", "action": "RETRY"},
    {"onReason": "*", "action": "EXIT"},
]
"""The retry rules of the user guide's best practices for Spot."""

Submit = Callable[..., JobView]


@pytest.fixture
def batch() -> Iterator[BatchMock]:
    """A mock whose clock the test moves."""
    with mock_batch(clock="manual", start="2030-01-01", seed=3, default_duration="1h") as mock:
        yield mock


@pytest.fixture
def submit(batch: BatchMock) -> Submit:
    """Submit a job to ``default`` and, if wanted, wait until it has a status."""

    def submit(until: str | None = None, **members: Any) -> JobView:
        request = {"jobName": "job", "jobQueue": "default", "jobDefinition": "default", **members}
        job = batch.jobs.get(batch.call("SubmitJob", request)["jobId"])
        if until is not None:
            batch.run_until(lambda: job.status == until)
        return job

    return submit


def retried(attempts: int, rules: list[dict[str, str]] | None = None) -> dict[str, Any]:
    """The member ``retryStrategy`` of a submit."""
    strategy: dict[str, Any] = {"attempts": attempts}
    if rules is not None:
        strategy["evaluateOnExit"] = rules
    return {"retryStrategy": strategy}
