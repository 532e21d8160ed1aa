"""The logs of jobs under aiobotocore."""

from __future__ import annotations

import asyncio

import pytest

pytest.importorskip("aiobotocore")

from aiobotocore.session import get_session

from pytest_batchmock import BatchMock

pytestmark = pytest.mark.asyncio

GROUP = "/aws/batch/job"


def a_client(service):
    return get_session().create_client(service, region_name="us-east-1")


async def test_a_program_follows_the_log_of_its_job():
    with BatchMock(start="2030-01-01", seed=7) as mock:
        mock.defaults()
        mock.on("job").succeeds(log=["a", ("10s", "b"), ("50s", "c")], after="1m")
        async with a_client("batch") as batch, a_client("logs") as logs:
            job = await batch.submit_job(jobName="job", jobQueue="default", jobDefinition="default")
            seen, token, status = [], {}, ""
            while True:
                answer = await batch.describe_jobs(jobs=[job["jobId"]])
                described = answer["jobs"][0]
                stream = described["container"].get("logStreamName")
                if stream is not None:
                    page = await logs.get_log_events(
                        logGroupName=GROUP, logStreamName=stream, startFromHead=True, **token
                    )
                    token = {"nextToken": page["nextForwardToken"]}
                    seen += [event["message"] for event in page["events"]]
                    if status == "SUCCEEDED" and not page["events"]:
                        break
                status = described["status"]
                await asyncio.sleep(5)
    assert seen == ["a", "b", "c"]


async def test_an_unknown_stream_is_not_found():
    with BatchMock(clock="manual") as mock:
        mock.defaults()
        mock.call("SubmitJob", {"jobName": "job", "jobQueue": "default", "jobDefinition": "default"})
        mock.run_until_idle()
        async with a_client("logs") as logs:
            with pytest.raises(logs.exceptions.ResourceNotFoundException):
                await logs.get_log_events(logGroupName=GROUP, logStreamName="nobody")


async def test_async_clients_older_than_the_mock_read_logs_too():
    from pytest_batchmock.transports import botocore_hook

    botocore_hook.uninstall()
    try:
        older = a_client("logs")
    finally:
        botocore_hook.install()
    async with older as logs:
        with BatchMock(clock="manual") as mock:
            mock.defaults()
            mock.on("job").succeeds(log="old")
            mock.call("SubmitJob", {"jobName": "job", "jobQueue": "default", "jobDefinition": "default"})
            mock.run_until_idle()
            answer = await logs.filter_log_events(logGroupName=GROUP)
    assert [event["message"] for event in answer["events"]] == ["old"]
