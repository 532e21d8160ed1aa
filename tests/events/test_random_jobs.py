"""Random mixes of jobs: their events agree with DescribeJobs when they happen, and ever after."""

from __future__ import annotations

import random
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from pytest_batchmock import (
    BatchMock,
    cannot_pull,
    fails,
    hangs,
    host_lost,
    mock_batch,
    reclaimed,
    succeeds,
)

CONTAINER = {
    "image": "busybox",
    "resourceRequirements": [
        {"type": "VCPU", "value": "1"},
        {"type": "MEMORY", "value": "512"},
    ],
}


def an_outcome(chance: random.Random) -> Any:
    return chance.choice(
        [
            fails(after=chance.choice([0, 5, 60])),
            succeeds(after=chance.choice([0, 1, 100])),
            reclaimed(after=10),
            reclaimed(while_starting=True),
            hangs(),
            cannot_pull(),
            host_lost(after=3),
        ]
    )


def a_step(chance: random.Random, mock: BatchMock, client: Any, jobs: list[str]) -> None:
    """Submit, cancel or terminate a job, or let time pass."""
    what = chance.random()
    if what < 0.4:
        members: dict[str, Any] = {}
        if chance.random() < 0.3:
            members["arrayProperties"] = {"size": 3}
        if jobs and chance.random() < 0.3:
            members["dependsOn"] = [{"jobId": chance.choice(jobs)}]
        if chance.random() < 0.5:
            members["retryStrategy"] = {"attempts": 3}
        if chance.random() < 0.3:
            members["timeout"] = {"attemptDurationSeconds": 60}
        definition = chance.choice(["default", "two"])
        answer = client.submit_job(
            jobName="job", jobQueue="default", jobDefinition=definition, **members
        )
        jobs.append(answer["jobId"])
    elif what < 0.5 and jobs:
        client.cancel_job(jobId=chance.choice(jobs), reason="cancelled")
    elif what < 0.6 and jobs:
        client.terminate_job(jobId=chance.choice(jobs), reason="terminated")
    else:
        mock.advance(chance.choice([1, 10, 100]))


class Witness:
    """Compares every event with DescribeJobs when it hears of it.

    The event tells of a move, DescribeJobs of the end of that instant; they are compared where the
    job made no other move in it.
    """

    def __init__(self, client: Any) -> None:
        self.client = client
        self.heard: list[dict[str, Any]] = []
        self.compared = 0

    def __call__(self, event: dict[str, Any], context: Any) -> None:
        self.heard.append(event)
        told = event["detail"]
        (shown,) = self.client.describe_jobs(jobs=[told["jobId"]])["jobs"]
        same_move = shown["status"] == told["status"]
        if same_move and len(shown["attempts"]) == len(told["attempts"]):
            assert self.comparable(told) == self.comparable(shown)
            self.compared += 1

    @staticmethod
    def comparable(detail: dict[str, Any]) -> dict[str, Any]:
        members = {name: value for name, value in detail.items() if name != "propagateTags"}
        members["tags"] = {k: v for k, v in detail["tags"].items() if k != "resourceArn"}
        if "size" in detail.get("arrayProperties", {}):
            del members["arrayProperties"]  # the children move in the same instant
        if detail["status"] == "RUNNABLE":
            members.pop("statusReason", None)  # a blocked head's comes with the next event
        return members


@pytest.mark.parametrize("seed", range(12))
def test_events_agree_with_describe_jobs_whenever_they_are_read(seed: int) -> None:
    chance = random.Random(seed)
    with mock_batch(start="2030-01-01", seed=seed, clock="manual") as mock:
        mock.defaults(max_vcpus=chance.choice([2, 4, 256]), spot=True)
        client = boto3.client("batch")
        containers = [{"name": "app", **CONTAINER}, {"name": "helper", "essential": False, **CONTAINER}]
        client.register_job_definition(
            jobDefinitionName="two",
            type="container",
            ecsProperties={"taskProperties": [{"containers": containers}]},
        )
        mock.on("job").attempts(*(an_outcome(chance) for _ in range(3)))
        witness = Witness(client)
        mock.events.subscribe(witness)
        jobs: list[str] = []
        refused = 0
        for _ in range(30):
            try:
                a_step(chance, mock, client, jobs)
            except ClientError:
                refused += 1
        mock.advance("3h")
        assert witness.compared > 10
        assert refused < 15
        assert list(mock.events) == witness.heard
