"""Jobs of several containers, submitted through the API, with a hand on the clock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.validate import ParamValidator

from pytest_batchmock import BatchMock
from pytest_batchmock.api import model
from pytest_batchmock.observe.jobs import JobView

CLUSTER = "arn:aws:eks:us-east-1:123456789012:cluster/lab"


def needs(vcpus: str = "1", memory: str = "512") -> list[dict[str, str]]:
    """``resourceRequirements``."""
    return [{"type": "VCPU", "value": vcpus}, {"type": "MEMORY", "value": memory}]


def a_container(name: str = "main", **members: Any) -> dict[str, Any]:
    """A container of a task; it is essential unless it says otherwise."""
    return {"name": name, "image": f"{name}:1", "resourceRequirements": needs(), **members}


def a_sidecar(name: str = "sidecar", **members: Any) -> dict[str, Any]:
    """A container of a task that is not essential."""
    return a_container(name, essential=False, **members)


def a_task(*containers: dict[str, Any], **members: Any) -> dict[str, Any]:
    """``ecsProperties``."""
    return {"taskProperties": [{"containers": list(containers), **members}]}


def a_pod_container(name: str | None = "main", **members: Any) -> dict[str, Any]:
    """A container of a pod."""
    named = {} if name is None else {"name": name}
    resources = {"limits": {"cpu": "1", "memory": "512Mi"}}
    return {**named, "image": f"{name}:1", "resources": resources, **members}


def a_pod(*containers: dict[str, Any], **members: Any) -> dict[str, Any]:
    """``eksProperties``."""
    return {"podProperties": {"containers": list(containers), **members}}


def waits_for(name: str, condition: str) -> list[dict[str, str]]:
    """``dependsOn``."""
    return [{"containerName": name, "condition": condition}]


class Driver:
    """Definitions, submits and what DescribeJobs says, for one mock with a manual clock."""

    def __init__(self, mock: BatchMock) -> None:
        self.mock = mock
        mock.defaults(name="ec2")
        mock.defaults(name="fargate", fargate=True)
        mock.defaults(name="spot", spot=True)
        resources = {
            "type": "EC2",
            "maxvCpus": 64,
            "minvCpus": 0,
            "instanceTypes": ["optimal"],
            "instanceRole": "arn:aws:iam::123456789012:instance-profile/eks",
            "allocationStrategy": "BEST_FIT_PROGRESSIVE",
            "subnets": ["subnet-0a1b2c3d"],
            "securityGroupIds": ["sg-0a1b2c3d"],
        }
        eks = {"eksClusterArn": CLUSTER, "kubernetesNamespace": "batch"}
        spot = {**resources, "type": "SPOT", "allocationStrategy": "SPOT_CAPACITY_OPTIMIZED"}
        for name, given in (("eks", resources), ("eks-spot", spot)):
            mock.call(
                "CreateComputeEnvironment",
                {
                    "computeEnvironmentName": name,
                    "type": "MANAGED",
                    "eksConfiguration": eks,
                    "computeResources": given,
                },
            )
            mock.call(
                "CreateJobQueue",
                {
                    "jobQueueName": name,
                    "priority": 1,
                    "computeEnvironmentOrder": [{"order": 1, "computeEnvironment": name}],
                },
            )

    def register(self, name: str = "d", **members: Any) -> None:
        """Register a revision of one node, or of several with ``nodeProperties``."""
        kind = "multinode" if "nodeProperties" in members else "container"
        self.mock.call("RegisterJobDefinition", {"jobDefinitionName": name, "type": kind, **members})

    def submit(self, queue: str = "ec2", **members: Any) -> str:
        """Submit a job called ``x``, and return its id."""
        params = {"jobName": "x", "jobQueue": queue, "jobDefinition": "d", **members}
        job_id: str = self.mock.call("SubmitJob", params)["jobId"]
        return job_id

    def task(self, *containers: dict[str, Any], queue: str = "ec2", **members: Any) -> str:
        """Register a task and submit it; on Fargate the definition says so."""
        more: dict[str, Any] = {}
        task_members: dict[str, Any] = {}
        if queue == "fargate":
            more["platformCapabilities"] = ["FARGATE"]
            task_members["executionRoleArn"] = "arn:aws:iam::123456789012:role/execution"
        self.register(ecsProperties=a_task(*containers, **task_members), **more)
        return self.submit(queue, **members)

    def pod(self, *containers: dict[str, Any], queue: str = "eks", **members: Any) -> str:
        """Register a pod and submit it; ``init`` gives its init containers."""
        pod_members = {}
        if "init" in members:
            pod_members["initContainers"] = members.pop("init")
        self.register(eksProperties=a_pod(*containers, **pod_members))
        return self.submit(queue, **members)

    def job(self, job_id: str) -> dict[str, Any]:
        """What DescribeJobs says; it has to have the shape of the model."""
        answer = self.mock.call("DescribeJobs", {"jobs": [job_id]})
        shape = model.operation("DescribeJobs").output_shape
        report = ParamValidator().validate(answer, shape).generate_report()
        lines = [line for line in report.splitlines() if '"startedAt"' not in line]
        assert lines == []
        described: dict[str, Any] = answer["jobs"][0]
        return described

    def container(self, job_id: str, name: str) -> dict[str, Any]:
        """One container as DescribeJobs shows it."""
        described = self.job(job_id)
        if "ecsProperties" in described:
            containers = described["ecsProperties"]["taskProperties"][0]["containers"]
        else:
            pod = described["eksProperties"]["podProperties"]
            containers = [*pod.get("initContainers", ()), *pod["containers"]]
        found: dict[str, Any] = next(entry for entry in containers if entry.get("name") == name)
        return found

    def view(self, job_id: str) -> JobView:
        """What the mock itself knows of it."""
        return self.mock.jobs.get(job_id)

    def until(self, job_id: str, status: str) -> None:
        """Go on until the job has that status."""
        self.mock.run_until(lambda: self.job(job_id)["status"] == status)

    def finish(self) -> None:
        """Go on until nothing happens any more."""
        self.mock.run_until_idle()

    def seconds_in(self, job_id: str, status: str) -> float:
        """How long the job had that status (for the last time)."""
        history = self.view(job_id).history
        at = max(index for index, entry in enumerate(history) if entry[0] == status)
        return (history[at + 1][1] - history[at][1]).total_seconds()


@pytest.fixture
def batch() -> Iterator[Driver]:
    """A driver for a mock with environments of ECS (EC2, Spot, Fargate) and EKS (EC2, Spot)."""
    with BatchMock(clock="manual", default_duration="60s") as mock:
        yield Driver(mock)
