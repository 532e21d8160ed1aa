"""Environments of EC2 instances, made through the API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from installed_model import skip_if_lacking

from pytest_batchmock import BatchMock, mock_batch

ROLE = "arn:aws:iam::123456789012:role/batch"
ZONES = {"subnet-a": "us-east-1a", "subnet-b": "us-east-1b"}


class Driver:
    """A mock with the few calls that the tests make again and again."""

    def __init__(self, mock: BatchMock) -> None:
        self.mock = mock

    def environment(self, name: str = "ce", *, unmanaged: bool = False, **resources: Any) -> None:
        """Create an environment of c5 instances."""
        request: dict[str, Any] = {"computeEnvironmentName": name, "type": "UNMANAGED"}
        if unmanaged:
            request["serviceRole"] = ROLE
        else:
            request["type"] = "MANAGED"
            request["computeResources"] = {
                "type": "EC2",
                "minvCpus": 0,
                "maxvCpus": 16,
                "instanceTypes": ["c5.large"],
                "instanceRole": "arn:aws:iam::123456789012:instance-profile/ecsInstanceRole",
                "subnets": ["subnet-a", "subnet-b"],
                "securityGroupIds": ["sg-1"],
                "allocationStrategy": "BEST_FIT_PROGRESSIVE",
                **resources,
            }
        skip_if_lacking("CreateComputeEnvironment", request)
        self.mock.call("CreateComputeEnvironment", request)

    def queue(self, *environments: str, name: str = "q", priority: int = 1, **members: Any) -> None:
        """Create a queue over environments, and the definition ``d``."""
        order = [{"order": n, "computeEnvironment": it} for n, it in enumerate(environments)]
        request = {
            "jobQueueName": name,
            "priority": priority,
            "computeEnvironmentOrder": order,
            **members,
        }
        skip_if_lacking("CreateJobQueue", request)
        self.mock.call("CreateJobQueue", request)
        needs = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "1024"}]
        container = {"image": "x", "resourceRequirements": needs}
        definition = {
            "jobDefinitionName": "d",
            "type": "container",
            "containerProperties": container,
        }
        self.mock.call("RegisterJobDefinition", definition)

    def submit(self, name: str = "job", queue: str = "q", **needs: int) -> str:
        """Submit a job; ``vcpu``, ``memory`` and ``gpu`` override, ``size`` makes an array."""
        members: dict[str, Any] = {}
        size = needs.pop("size", None)
        attempts = needs.pop("attempts", None)
        if size is not None:
            members["arrayProperties"] = {"size": size}
        if attempts is not None:
            members["retryStrategy"] = {"attempts": attempts}
        if needs:
            given = [{"type": kind.upper(), "value": str(value)} for kind, value in needs.items()]
            members["containerOverrides"] = {"resourceRequirements": given}
        request = {"jobName": name, "jobQueue": queue, "jobDefinition": "d", **members}
        job_id: str = self.mock.call("SubmitJob", request)["jobId"]
        return job_id

    def status(self, name: str = "job") -> str:
        """The status of the only job of that name."""
        return self.mock.jobs.one(name=name).status

    def reason(self, name: str = "job") -> str | None:
        """Its status reason."""
        return self.mock.jobs.one(name=name).status_reason

    def resources(self, name: str = "ce") -> dict[str, Any]:
        """What DescribeComputeEnvironments shows of an environment's resources."""
        answer = self.mock.call("DescribeComputeEnvironments", {"computeEnvironments": [name]})
        resources: dict[str, Any] = answer["computeEnvironments"][0]["computeResources"]
        return resources


@pytest.fixture
def batch() -> Iterator[Driver]:
    """A mock whose time the test moves, with subnets in two zones."""
    with mock_batch(clock="manual", subnet_zones=ZONES) as mock:
        yield Driver(mock)


@pytest.fixture
def ec2(batch: Driver) -> Driver:
    """The same with an environment ``ce`` of c5.large up to 16 vCPUs, and a queue ``q``."""
    batch.environment()
    batch.queue("ce")
    return batch
