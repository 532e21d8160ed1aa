"""Planned faults under aiobotocore: its own retry logic runs on them."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack

import pytest

pytest.importorskip("aiobotocore")

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from pytest_batchmock import BatchMock
from pytest_batchmock.transports import botocore_hook

pytestmark = pytest.mark.asyncio


@pytest.fixture
def real_sleeps(monkeypatch):
    """What was slept in wall time, sleeps of zero aside; a test of faults expects nothing."""
    slept = []
    real = asyncio.sleep

    async def sleep(delay, result=None):
        if delay:
            slept.append(delay)
        return await real(0, result)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    monkeypatch.setattr(time, "sleep", slept.append)
    return slept


@pytest.fixture
def mock(network, real_sleeps):
    with BatchMock(start="2030-01-01", seed=7) as mock:
        yield mock
    assert network == []
    assert real_sleeps == []


def a_client(**config):
    retries = {"mode": "legacy"}
    return get_session().create_client("batch", config=AioConfig(**{"retries": retries, **config}))


async def submit(batch, name="job"):
    return await batch.submit_job(jobName=name, jobQueue="default", jobDefinition="default")


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
async def test_a_throttled_call_is_tried_again_and_then_succeeds(mock, mode):
    mock.defaults()
    mock.faults.throttle("SubmitJob", times=2)
    async with a_client(retries={"mode": mode}) as batch:
        answer = await submit(batch)
    assert answer["ResponseMetadata"]["RetryAttempts"] == 2
    assert [job.name for job in mock.jobs] == ["job"]
    assert [call.fault for call in mock.calls if call.operation == "SubmitJob"] == [
        "throttle",
        "throttle",
        None,
    ]


async def test_throttling_that_does_not_end_gets_429(mock):
    mock.faults.throttle("DescribeJobs")
    async with a_client() as batch:
        with pytest.raises(ClientError, match="Too Many Requests") as caught:
            await batch.describe_jobs(jobs=["x"])
    assert caught.value.response["Error"]["Code"] == "TooManyRequestsException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert len(mock.calls) == 5


async def test_a_server_error_is_the_modelled_exception(mock):
    mock.faults.server_error("DescribeJobQueues")
    async with a_client() as batch:
        with pytest.raises(batch.exceptions.ServerException):
            await batch.describe_job_queues()


@pytest.mark.parametrize(
    ("plan", "error"),
    [
        (lambda faults: faults.time_out(), ReadTimeoutError),
        (lambda faults: faults.drop_connection(), ConnectionClosedError),
    ],
)
async def test_a_lost_connection_is_botocores_own_exception(mock, plan, error):
    plan(mock.faults)
    async with a_client() as batch:
        with pytest.raises(error):
            await batch.describe_job_queues()
    assert [call.error for call in mock.calls] == [error.__name__] * 5


async def test_a_refusal_of_the_service_is_the_same_beside_a_fault(mock):
    async with a_client() as batch:
        with pytest.raises(ClientError) as plain:
            await submit(batch)
        mock.faults.throttle("SubmitJob", times=1)
        with pytest.raises(ClientError) as retried:
            await submit(batch)
    assert retried.value.response["Error"] == plain.value.response["Error"]
    assert type(retried.value) is type(plain.value)


async def test_a_client_older_than_the_hook_is_hit_too(network, real_sleeps, monkeypatch):
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    async with AsyncExitStack() as stack:
        botocore_hook.uninstall()
        try:
            session = get_session()
        finally:
            botocore_hook.install()
        old = session.create_client("batch", region_name="us-east-1")
        batch = await stack.enter_async_context(old)
        with BatchMock() as mock:
            mock.faults.throttle("DescribeJobQueues", times=2)
            answer = await batch.describe_job_queues()
            assert answer["ResponseMetadata"]["RetryAttempts"] == 2
            assert answer["jobQueues"] == []
    assert network == real_sleeps == []


async def test_calls_that_are_gathered_share_the_hits_of_a_fault(mock):
    mock.faults.throttle("DescribeJobQueues", times=4)
    async with a_client(retries={"mode": "legacy", "total_max_attempts": 20}) as batch:
        answers = await asyncio.gather(*(batch.describe_job_queues() for _ in range(5)))
    assert sum(answer["ResponseMetadata"]["RetryAttempts"] for answer in answers) == 4
