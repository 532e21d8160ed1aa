"""The function that Lambda calls: submit the job again, or tell somebody.

EventBridge delivers an event at least once. Each failure is noted in a table first, on the condition
that it is not there yet; whoever comes second does nothing.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import boto3

from .decision import RESUBMITS, Decision, decide, resubmits


@cache
def client(service: str) -> Any:
    """A client, made once for all calls of this Lambda."""
    return boto3.client(service, region_name=os.environ.get("AWS_REGION", "us-east-1"))


def handler(event: dict[str, Any], context: Any) -> dict[str, str]:
    """Deal with one failed job; what is returned is seen in the log of the function."""
    job = event["detail"]
    decision = decide(job)
    if not note(job, decision):
        return {"job": job["jobId"], "done": "nothing: known already"}
    if decision.memory is None:
        notify(job, decision)
        return {"job": job["jobId"], "done": "told"}
    return {"job": job["jobId"], "done": "submitted again", "as": resubmit(job, decision.memory)}


def note(job: dict[str, Any], decision: Decision) -> bool:
    """Note the failure; returns False if it was noted before."""
    item = {"job": job["jobId"], "name": job["jobName"], "because": decision.because}
    table = client("dynamodb")
    try:
        table.put_item(
            TableName=os.environ["FAILURES_TABLE"],
            Item={name: {"S": value} for name, value in item.items()},
            ConditionExpression="attribute_not_exists(job)",
        )
    except table.exceptions.ConditionalCheckFailedException:
        return False
    return True


def notify(job: dict[str, Any], decision: Decision) -> None:
    """Tell those who listen to the topic."""
    client("sns").publish(
        TopicArn=os.environ["FAILURES_TOPIC"],
        Subject=f"{job['jobName']} failed"[:100],
        Message=f"{job['jobName']} ({job['jobId']}) failed: {decision.because}",
    )


def resubmit(job: dict[str, Any], memory: int) -> str:
    """Submit the job again with that much memory, and return the new id.

    The environment of the event has what Batch itself adds too; it refuses those names.
    """
    container = job["container"]
    environment = [
        entry for entry in container["environment"] if not entry["name"].startswith("AWS_BATCH_")
    ]
    tags = {name: value for name, value in job["tags"].items() if name != "resourceArn"}
    optional = {name: job[name] for name in ("retryStrategy", "timeout") if job.get(name)}
    answer = client("batch").submit_job(
        jobName=job["jobName"],
        jobQueue=job["jobQueue"],
        jobDefinition=job["jobDefinition"],
        parameters=job["parameters"],
        containerOverrides={
            "command": container["command"],
            "environment": environment,
            "resourceRequirements": [{"type": "MEMORY", "value": str(memory)}],
        },
        tags={**tags, RESUBMITS: str(resubmits(job) + 1)},
        **optional,
    )
    return str(answer["jobId"])
