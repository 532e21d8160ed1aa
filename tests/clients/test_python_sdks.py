"""boto3 and aiobotocore, in the process of the test, against a server that is a process of its own."""

from __future__ import annotations

import asyncio

import boto3
import pytest

JOB = {"jobQueue": "default", "jobDefinition": "default"}


def test_boto3_polls_pages_and_reads_logs(environment, mock):
    mock.on("report").succeeds(log=["one", "two"])
    batch, logs = boto3.client("batch"), boto3.client("logs")
    job_id = batch.submit_job(jobName="report", arrayProperties={"size": 3}, **JOB)["jobId"]
    while batch.describe_jobs(jobs=[job_id])["jobs"][0]["status"] != "SUCCEEDED":
        pass
    pages = batch.get_paginator("list_jobs").paginate(
        arrayJobId=job_id, jobStatus="SUCCEEDED", PaginationConfig={"PageSize": 2}
    )
    children = [child for page in pages for child in page["jobSummaryList"]]
    assert [child["arrayProperties"]["index"] for child in children] == [0, 1, 2]
    [child] = batch.describe_jobs(jobs=[f"{job_id}:1"])["jobs"]
    read = logs.get_log_events(
        logGroupName="/aws/batch/job",
        logStreamName=child["container"]["logStreamName"],
        startFromHead=True,
    )
    assert [event["message"] for event in read["events"]] == ["one", "two"]
    with pytest.raises(batch.exceptions.ClientException, match="JobQueue nowhere not found"):
        batch.submit_job(jobName="a", jobQueue="nowhere", jobDefinition="default")
    batch.close()
    logs.close()


def test_retries_of_botocore_meet_faults_of_the_wire(environment, mock):
    batch = boto3.client("batch")
    mock.faults.throttle("SubmitJob", times=1)
    mock.faults.drop_connection("SubmitJob", times=1, processed=True)
    batch.submit_job(jobName="twice", **JOB)
    assert [job.name for job in mock.jobs] == ["twice", "twice"]
    batch.close()


def test_aiobotocore_waits_for_many_jobs_at_once(environment, mock):
    session_of = pytest.importorskip("aiobotocore.session", reason="aiobotocore is not installed")

    async def ended(batch, name):
        job_id = (await batch.submit_job(jobName=name, **JOB))["jobId"]
        while True:
            [job] = (await batch.describe_jobs(jobs=[job_id]))["jobs"]
            if job["status"] in ("SUCCEEDED", "FAILED"):
                return job["status"]

    async def run():
        async with session_of.get_session().create_client("batch") as batch:
            return await asyncio.gather(*(ended(batch, f"job-{n}") for n in range(8)))

    mock.on("job-3").fails()
    statuses = asyncio.run(run())
    assert [statuses.count("SUCCEEDED"), statuses[3]] == [7, "FAILED"]
