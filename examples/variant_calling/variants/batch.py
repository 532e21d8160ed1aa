"""Everything that speaks to AWS Batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import boto3

from .settings import REGION, Settings

ENDED = ("SUCCEEDED", "FAILED")

client = boto3.client("batch", region_name=REGION)


def submit(
    settings: Settings,
    stage: str,
    *,
    size: int | None = None,
    index: int | None = None,
    depends_on: Sequence[dict[str, str]] = (),
) -> str:
    """Submit a stage and return the job's id.

    Args:
        settings: The run.
        stage: align, call or merge.
        size: How many chromosomes an array has; None for a single job.
        index: The chromosome of a single job.
        depends_on: As SubmitJob has it.
    """
    environment = {"VARIANTS_BUCKET": settings.bucket}
    name = settings.name(stage)
    if index is not None:
        environment["VARIANTS_INDEX"] = str(index)
        name = f"{name}-{index}"
    array: dict[str, Any] = {} if size is None else {"arrayProperties": {"size": size}}
    answer = client.submit_job(
        jobName=name,
        jobQueue=settings.queue,
        jobDefinition=settings.job_definition,
        dependsOn=list(depends_on),
        containerOverrides={
            "command": ["python", "-m", "variants.worker", stage, settings.sample],
            "environment": [{"name": key, "value": value} for key, value in environment.items()],
        },
        **array,
    )
    return str(answer["jobId"])


def describe(*job_ids: str) -> list[dict[str, Any]]:
    """The jobs with these ids, in that order."""
    found = {job["jobId"]: job for job in client.describe_jobs(jobs=list(job_ids))["jobs"]}
    return [found[job_id] for job_id in job_ids]


def failed_children(array_id: str) -> dict[int, str]:
    """The ids of the children of an array that failed, by their index."""
    pages = client.get_paginator("list_jobs").paginate(
        arrayJobId=array_id, jobStatus="FAILED", PaginationConfig={"PageSize": 100}
    )
    summaries = [summary for page in pages for summary in page["jobSummaryList"]]
    return {entry["arrayProperties"]["index"]: entry["jobId"] for entry in summaries}


def terminate(job_ids: Sequence[str], reason: str) -> None:
    """End jobs, whatever they are at; the children of an array with it."""
    for job_id in job_ids:
        client.terminate_job(jobId=job_id, reason=reason)


def why(job: dict[str, Any]) -> str:
    """Why a job failed, in one line."""
    container = job.get("container", {})
    told = [job.get("statusReason"), container.get("reason")]
    if container.get("exitCode"):
        told.append(f"exit code {container['exitCode']}")
    return "; ".join(text for text in told if text) or "no reason given"
