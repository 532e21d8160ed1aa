"""Everything that speaks to AWS Batch."""

from __future__ import annotations

from typing import Any

import boto3

from .settings import REGION, Settings

ENDED = ("SUCCEEDED", "FAILED")
STATUSES = ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", *ENDED)

RETRY_ON_LOST_HOST = {
    "attempts": 3,
    "evaluateOnExit": [
        {"onStatusReason": "Host EC2*", "action": "RETRY"},
        {"onReason": "*", "action": "EXIT"},
    ],
}
"""A machine that broke is Batch's to replace; every other failure is looked at by the launcher."""

client = boto3.client("batch", region_name=REGION)


class UnsuitableQueue(Exception):
    """No multi-node job will ever run in the queue."""


def check_queue(queue: str) -> None:
    """Make sure that a multi-node job can run in a queue, because Batch would let it wait for ever.

    Raises:
        UnsuitableQueue: There is none such, or none of its environments is of On-Demand instances.
    """
    found = client.describe_job_queues(jobQueues=[queue])["jobQueues"]
    if not found:
        raise UnsuitableQueue(f"There is no job queue {queue}.")
    arns = [entry["computeEnvironment"] for entry in found[0]["computeEnvironmentOrder"]]
    described = client.describe_compute_environments(computeEnvironments=arns)["computeEnvironments"]
    kinds = [entry.get("computeResources", {}).get("type", "UNMANAGED") for entry in described]
    if "EC2" not in kinds:
        raise UnsuitableQueue(
            f"Multi-node jobs run on On-Demand EC2 instances only; {queue} has {', '.join(kinds)}."
        )


def ensure_definition(settings: Settings) -> str:
    """The ARN of the revision that has the image; it is registered if the latest has another."""
    pages = client.get_paginator("describe_job_definitions").paginate(
        jobDefinitionName=settings.definition, status="ACTIVE"
    )
    revisions = [revision for page in pages for revision in page["jobDefinitions"]]
    if revisions:
        last = max(revisions, key=lambda revision: revision["revision"])
        [nodes] = last["nodeProperties"]["nodeRangeProperties"]
        if nodes["container"]["image"] == settings.image:
            return str(last["jobDefinitionArn"])
    container = {
        "image": settings.image,
        "command": ["python", "-m", "training.node"],
        "resourceRequirements": _needs(settings),
    }
    answer = client.register_job_definition(
        jobDefinitionName=settings.definition,
        type="multinode",
        nodeProperties={
            "numNodes": 2,
            "mainNode": 0,
            "nodeRangeProperties": [{"targetNodes": "0:", "container": container}],
        },
    )
    return str(answer["jobDefinitionArn"])


def submit(settings: Settings, definition: str, restart: int) -> str:
    """Submit the job; the definition's two nodes give way to the run's."""
    environment = {
        "TRAINING_RUN": settings.run,
        "TRAINING_BUCKET": settings.bucket,
        "TRAINING_EPOCHS": str(settings.epochs),
    }
    overrides = {
        "environment": [{"name": name, "value": value} for name, value in environment.items()],
        "resourceRequirements": _needs(settings),
    }
    answer = client.submit_job(
        jobName=f"training-{settings.run}-{restart}",
        jobQueue=settings.queue,
        jobDefinition=definition,
        nodeOverrides={
            "numNodes": settings.nodes,
            "nodePropertyOverrides": [{"targetNodes": "0:", "containerOverrides": overrides}],
        },
        retryStrategy=RETRY_ON_LOST_HOST,
        tags={"run": settings.run},
    )
    return str(answer["jobId"])


def _needs(settings: Settings) -> list[dict[str, str]]:
    needs = {"VCPU": settings.vcpus, "MEMORY": settings.memory}
    return [{"type": kind, "value": str(value)} for kind, value in needs.items()]


def describe(job_id: str) -> dict[str, Any]:
    """The job; of a multi-node job, Batch shows what the main node does."""
    job: dict[str, Any] = client.describe_jobs(jobs=[job_id])["jobs"][0]
    return job


def nodes(job_id: str, status: str | None = None) -> list[dict[str, Any]]:
    """The nodes of a job, or those of a status: Batch lists one status at a time."""
    found = []
    for one in STATUSES if status is None else (status,):
        pages = client.get_paginator("list_jobs").paginate(multiNodeJobId=job_id, jobStatus=one)
        found += [summary for page in pages for summary in page["jobSummaryList"]]
    return sorted(found, key=lambda summary: summary["nodeProperties"]["nodeIndex"])


def terminate(job_id: str, reason: str) -> None:
    """End the job with all its nodes; Batch takes a moment to stop their containers."""
    client.terminate_job(jobId=job_id, reason=reason)
