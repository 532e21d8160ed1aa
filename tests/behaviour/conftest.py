"""A user who drives Batch through boto3, and moves time where the test wants it moved."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_batchmock import BatchMock, MockUsageError
from pytest_batchmock.observe.jobs import JobView


class Driver:
    """The steps that the tests are made of; what they mean is told by boto3's answers.

    Args:
        client: A boto3 client.
        mock: The active mock. `reach` and `finish` let its time pass, whichever virtual clock it has.
    """

    def __init__(self, client: Any, mock: BatchMock) -> None:
        self.client = client
        self.mock = mock

    def register(self, name: str = "work", **members: Any) -> str:
        """Register a revision and return its ARN; containerProperties are added to the least legal."""
        container = {
            "image": "busybox",
            "command": ["true"],
            "resourceRequirements": [
                {"type": "VCPU", "value": "1"},
                {"type": "MEMORY", "value": "2048"},
            ],
            **members.pop("containerProperties", {}),
        }
        answer = self.client.register_job_definition(
            jobDefinitionName=name, type="container", containerProperties=container, **members
        )
        arn: str = answer["jobDefinitionArn"]
        return arn

    def submit(self, name: str = "job", **members: Any) -> str:
        """Submit a job to the queue "default" of the definition "default", and return its id."""
        request = {"jobQueue": "default", "jobDefinition": "default", **members}
        job_id: str = self.client.submit_job(jobName=name, **request)["jobId"]
        return job_id

    def describe(self, job_id: str) -> dict[str, Any]:
        """The job's answer of DescribeJobs."""
        (job,) = self.client.describe_jobs(jobs=[job_id])["jobs"]
        described: dict[str, Any] = job
        return described

    def status(self, job_id: str) -> str:
        """The job's status in DescribeJobs."""
        return str(self.describe(job_id)["status"])

    def view(self, job_id: str) -> JobView:
        """What the mock itself knows of the job."""
        return self.mock.jobs.get(job_id)

    def reach(self, job_id: str, status: str) -> dict[str, Any]:
        """Let time pass until the job has that status, and describe it."""
        self.mock.run_until(lambda: self._has(job_id, status))
        return self.describe(job_id)

    def _has(self, job_id: str, status: str) -> bool:
        """Whether there is such a job (an array's children come later than the array), in a status."""
        try:
            return self.view(job_id).status == status
        except MockUsageError:
            return False

    def finish(self, job_id: str) -> dict[str, Any]:
        """Let time pass until the job has ended, and describe it."""
        self.mock.run_until(lambda: self.view(job_id).is_terminal)
        return self.describe(job_id)

    def listed(self, **request: Any) -> list[dict[str, Any]]:
        """The summaries of ListJobs, by default of the queue "default"."""
        if not {"arrayJobId", "multiNodeJobId"} & request.keys():
            request.setdefault("jobQueue", "default")
        summaries: list[dict[str, Any]] = self.client.list_jobs(**request)["jobSummaryList"]
        return summaries


@pytest.fixture
def batch(client: Any, batchmock: BatchMock) -> Driver:
    """The driver, without any resource."""
    return Driver(client, batchmock)


@pytest.fixture
def ec2(batch: Driver) -> Driver:
    """The driver, with an On-Demand environment, queue and definition, all called "default"."""
    batch.mock.defaults()
    return batch


@pytest.fixture
def spot(batch: Driver) -> Driver:
    """The driver, with the same on Spot capacity."""
    batch.mock.defaults(spot=True)
    return batch


@pytest.fixture
def fargate(batch: Driver) -> Driver:
    """The driver, with the same on Fargate."""
    batch.mock.defaults(fargate=True)
    return batch


@pytest.fixture
def fargate_spot(batch: Driver) -> Driver:
    """The driver, with the same on Fargate Spot."""
    batch.mock.defaults(fargate=True, spot=True)
    return batch
