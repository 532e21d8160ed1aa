"""Everything that speaks to AWS Batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import boto3

from .settings import REGION, Settings

MAX_DEPENDENCIES = 20
"""SubmitJob refuses a job that depends on more."""

MAX_DESCRIBED = 100
"""DescribeJobs refuses more ids."""

ENDED = ("SUCCEEDED", "FAILED")

RETRY_ON_SPOT = {
    "attempts": 3,
    "evaluateOnExit": [
        {"onStatusReason": "Host EC2*", "action": "RETRY"},
        {"onReason": "*", "action": "EXIT"},
    ],
}
"""A reclaimed host is worth another try; whatever else went wrong would go wrong again."""

client = boto3.client("batch", region_name=REGION)

T = TypeVar("T")


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """`items` in pieces of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def submit(
    settings: Settings, name: str, arguments: Sequence[str], depends_on: Sequence[str] = ()
) -> str:
    """Submit one container of the pipeline's image and return the job's id."""
    answer = client.submit_job(
        jobName=settings.prefix + name,
        jobQueue=settings.queue,
        jobDefinition=settings.job_definition,
        dependsOn=[{"jobId": job_id} for job_id in depends_on],
        containerOverrides={
            "command": ["python", "-m", "nightly.worker", *arguments],
            "environment": [{"name": "NIGHTLY_BUCKET", "value": settings.bucket}],
        },
        retryStrategy=RETRY_ON_SPOT,
        timeout={"attemptDurationSeconds": settings.attempt_seconds},
        tags={"pipeline": "nightly", "date": settings.date},
    )
    return str(answer["jobId"])


def describe(job_ids: Sequence[str]) -> list[dict[str, Any]]:
    """The jobs with these ids; ids that Batch no longer knows are left out."""
    jobs = []
    for chunk in chunks(job_ids, MAX_DESCRIBED):
        jobs += client.describe_jobs(jobs=list(chunk))["jobs"]
    return jobs


def unfinished(settings: Settings) -> list[str]:
    """The ids of all jobs of the day that have not ended, whoever submitted them."""
    pages = client.get_paginator("list_jobs").paginate(
        jobQueue=settings.queue,
        filters=[{"name": "JOB_NAME", "values": [settings.prefix + "*"]}],
        PaginationConfig={"PageSize": 50},
    )
    summaries = [summary for page in pages for summary in page["jobSummaryList"]]
    return [summary["jobId"] for summary in summaries if summary["status"] not in ENDED]


def terminate(job_ids: Sequence[str], reason: str) -> None:
    """End jobs, whatever they are at; Batch takes a moment to stop their containers."""
    for job_id in job_ids:
        client.terminate_job(jobId=job_id, reason=reason)


def why(job: dict[str, Any]) -> str:
    """Why a job failed, in one line: the container's own reason where it has one."""
    container = job.get("container", {})
    told = [job.get("statusReason"), container.get("reason")]
    if "exitCode" in container:
        told.append(f"exit code {container['exitCode']}")
    return "; ".join(text for text in told if text) or "no reason given"
