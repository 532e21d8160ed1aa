"""Resources that take their time, and what all kinds of them are made and changed with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from installed_model import skip_if_lacking

from pytest_batchmock import BatchMock

LATENCY = "30s"
HEAD = "arn:aws:batch:us-east-1:123456789012:"


@pytest.fixture
def mock() -> Iterator[BatchMock]:
    with BatchMock(clock="manual", start="2030-01-01", seed=3, resource_latency=LATENCY) as started:
        yield started


def create(mock: BatchMock, operation: str, **params: Any) -> dict[str, Any]:
    """Create a resource and let it become VALID."""
    skip_if_lacking(operation, params)
    answer = mock.call(operation, params)
    mock.advance(LATENCY)
    return answer


def a_training_queue(mock: BatchMock) -> None:
    """The service environment "trainings", and a queue of that name with quota shares on it."""
    create(
        mock,
        "CreateServiceEnvironment",
        serviceEnvironmentName="trainings",
        serviceEnvironmentType="SAGEMAKER_TRAINING",
        capacityLimits=[{"capacityUnit": "ml.m6i.xlarge", "maxCapacity": 10}],
    )
    create(
        mock,
        "CreateSchedulingPolicy",
        name="quota",
        quotaSharePolicy={"idleResourceAssignmentStrategy": "FIFO"},
    )
    create(
        mock,
        "CreateJobQueue",
        jobQueueName="trainings",
        jobQueueType="SAGEMAKER_TRAINING",
        priority=1,
        schedulingPolicyArn=HEAD + "scheduling-policy/quota",
        serviceEnvironmentOrder=[{"order": 1, "serviceEnvironment": "trainings"}],
    )


class Kind(NamedTuple):
    """How one kind of resource is asked for, by the name of the API."""

    name: str
    reference: str
    create: dict[str, Any]
    describe: str
    listed_as: str | None
    asked_by: str

    def status(self, mock: BatchMock, reference: str) -> str | None:
        """Its status as described; None if it is gone."""
        one = self.listed_as is None
        answer = mock.call(self.describe, {self.asked_by: reference if one else [reference]})
        found = [answer] if self.listed_as is None else answer[self.listed_as]
        return found[0]["status"] if found else None


QUEUE = Kind(
    "JobQueue",
    "jobQueue",
    {
        "jobQueueName": "it",
        "priority": 1,
        "computeEnvironmentOrder": [{"order": 1, "computeEnvironment": "default"}],
    },
    "DescribeJobQueues",
    "jobQueues",
    "jobQueues",
)
COMPUTE_ENVIRONMENT = Kind(
    "ComputeEnvironment",
    "computeEnvironment",
    {
        "computeEnvironmentName": "it",
        "type": "UNMANAGED",
        "serviceRole": "arn:aws:iam::123456789012:role/batch",
    },
    "DescribeComputeEnvironments",
    "computeEnvironments",
    "computeEnvironments",
)
SERVICE_ENVIRONMENT = Kind(
    "ServiceEnvironment",
    "serviceEnvironment",
    {
        "serviceEnvironmentName": "it",
        "serviceEnvironmentType": "SAGEMAKER_TRAINING",
        "capacityLimits": [{"capacityUnit": "NUM_INSTANCES", "maxCapacity": 1}],
    },
    "DescribeServiceEnvironments",
    "serviceEnvironments",
    "serviceEnvironments",
)
QUOTA_SHARE = Kind(
    "QuotaShare",
    "quotaShareArn",
    {
        "quotaShareName": "it",
        "jobQueue": "trainings",
        "capacityLimits": [{"capacityUnit": "ml.m6i.xlarge", "maxCapacity": 1}],
        "resourceSharingConfiguration": {"strategy": "RESERVE"},
        "preemptionConfiguration": {"inSharePreemption": "DISABLED"},
    },
    "DescribeQuotaShare",
    None,
    "quotaShareArn",
)
KINDS = (COMPUTE_ENVIRONMENT, QUEUE, SERVICE_ENVIRONMENT, QUOTA_SHARE)
