"""Training jobs of a FIFO queue over a service environment of two instances, as boto3 shows them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from pytest_batchmock import BatchMock, fails, mock_batch, succeeds


class Service:
    """A queue ``trainings``."""

    def __init__(self, mock: BatchMock) -> None:
        self.mock, self.client = mock, boto3.client("batch")
        if not hasattr(self.client, "submit_service_job"):
            pytest.skip("this botocore has no service jobs")
        environment = self.client.create_service_environment(
            serviceEnvironmentName="trainings",
            serviceEnvironmentType="SAGEMAKER_TRAINING",
            capacityLimits=[{"maxCapacity": 2, "capacityUnit": "NUM_INSTANCES"}],
        )["serviceEnvironmentArn"]
        self.client.create_job_queue(
            jobQueueName="trainings",
            priority=1,
            jobQueueType="SAGEMAKER_TRAINING",
            serviceEnvironmentOrder=[{"order": 1, "serviceEnvironment": environment}],
        )

    def train(self, name: str = "train", instances: int = 1, **members: Any) -> str:
        """Submit a training and give its id."""
        resources = {"InstanceType": "ml.m5.large", "InstanceCount": instances}
        job_id: str = self.client.submit_service_job(
            jobName=name,
            jobQueue="trainings",
            serviceJobType="SAGEMAKER_TRAINING",
            serviceRequestPayload=json.dumps({"ResourceConfig": resources}),
            **members,
        )["jobId"]
        return job_id

    def job(self, job_id: str) -> dict[str, Any]:
        """DescribeServiceJob."""
        found: dict[str, Any] = self.client.describe_service_job(jobId=job_id)
        return found

    def listed(self, **members: Any) -> list[str]:
        """The names that ListServiceJobs shows."""
        found = self.client.list_service_jobs(jobQueue="trainings", **members)
        return [summary["jobName"] for summary in found["jobSummaryList"]]


@pytest.fixture
def service() -> Iterator[Service]:
    with mock_batch(clock="manual", seed=7) as mock:
        yield Service(mock)


def test_a_job_passes_through_scheduled_and_ends_with_the_reason_of_sagemaker(service: Service) -> None:
    job_id = service.train()
    assert service.job(job_id)["status"] == "SUBMITTED"
    assert "startedAt" not in service.job(job_id)
    seen = []
    for _ in range(3600):
        seen.append(service.job(job_id)["status"])
        service.mock.advance("1s")
    assert list(dict.fromkeys(seen)) == [
        "SUBMITTED",
        "RUNNABLE",
        "SCHEDULED",
        "STARTING",
        "RUNNING",
        "SUCCEEDED",
    ]
    ended = service.job(job_id)
    assert ended["statusReason"] == "Received status from SageMaker: Training job completed"
    assert ended["scheduledAt"] < ended["startedAt"] < ended["stoppedAt"]
    assert "service-job/" in ended["jobArn"]
    (attempt,) = ended["attempts"]
    assert attempt["serviceResourceId"]["name"] == "TrainingJobArn"
    assert attempt["serviceResourceId"] == ended["latestAttempt"]["serviceResourceId"]


def test_a_job_that_does_not_fit_waits_and_one_that_never_fits_says_so(service: Service) -> None:
    service.mock.on_service_job("*").succeeds(after="10m")
    first, second = service.train("first", 2), service.train("second", 1)
    service.mock.advance("5m")
    assert service.job(second)["status"] == "RUNNABLE"
    assert service.job(first)["capacityUsage"] == [{"capacityUnit": "ml.m5.large", "quantity": 2.0}]
    large = service.train("large", 3)
    service.mock.advance("1h")
    assert [service.job(it)["status"] for it in (first, second)] == ["SUCCEEDED", "SUCCEEDED"]
    reason = service.job(large)["statusReason"]
    assert reason.startswith("MISCONFIGURATION:SERVICE_ENVIRONMENT_MAX_RESOURCE - ")


def test_rules_of_a_retry_look_at_the_status_reason(service: Service) -> None:
    service.mock.on_service_job("*").attempts(fails(reason="CapacityError: none"), succeeds())
    rules = [
        {"onStatusReason": "*CapacityError*", "action": "RETRY"},
        {"onStatusReason": "*", "action": "EXIT"},
    ]
    job_id = service.train(retryStrategy={"attempts": 3, "evaluateOnExit": rules})
    service.mock.advance("1d")
    assert service.job(job_id)["status"] == "SUCCEEDED"
    assert len(service.job(job_id)["attempts"]) == 2


@pytest.mark.parametrize("wait", ["0s", "1h"])
def test_a_job_is_terminated_in_any_status(service: Service, wait: str) -> None:
    service.mock.on_service_job("*").hangs()
    job_id = service.train()
    service.mock.advance(wait)
    service.client.terminate_service_job(jobId=job_id, reason="not needed")
    service.mock.advance("10m")
    ended = service.job(job_id)
    assert (ended["status"], ended["statusReason"]) == ("FAILED", "not needed")
    assert ended["isTerminated"] is True


def test_running_jobs_are_listed_unless_a_status_or_filter_says_otherwise(service: Service) -> None:
    service.mock.on_service_job("*").hangs()
    for name in ("one", "two", "three"):
        service.train(name)
    service.mock.advance("1h")
    assert sorted(service.listed()) == ["one", "two"]
    assert service.listed(jobStatus="RUNNABLE") == ["three"]
    assert sorted(service.listed(filters=[{"name": "JOB_NAME", "values": ["t*"]}])) == ["three", "two"]


def test_an_unknown_service_job_is_refused(service: Service) -> None:
    with pytest.raises(ClientError) as refusal:
        service.job("11111111-1111-4111-8111-111111111111")
    assert refusal.value.response["Error"]["Code"] == "ClientException"


def test_several_service_jobs_are_terminated_at_once(service: Service) -> None:
    jobs = [service.train(f"job-{number}") for number in range(2)]
    answer = service.client.terminate_service_jobs(jobs=[*jobs, "nonsense"], reason="all of it")
    assert answer["successful"] == jobs
    assert [error["job"] for error in answer["errors"]] == ["nonsense"]


def test_a_service_environment_is_deleted_disabled_and_without_a_queue(service: Service) -> None:
    environment = {"serviceEnvironment": "trainings"}
    with pytest.raises(ClientError, match="state must be DISABLED"):
        service.client.delete_service_environment(**environment)
    service.client.update_service_environment(**environment, state="DISABLED")
    with pytest.raises(ClientError, match="JobQueue relationship"):
        service.client.delete_service_environment(**environment)
