"""Training jobs of a FIFO queue over a service environment of two instances, as boto3 shows them."""

from __future__ import annotations

import json
import re
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
            **{
                "jobName": name,
                "jobQueue": "trainings",
                "serviceJobType": "SAGEMAKER_TRAINING",
                "serviceRequestPayload": json.dumps({"ResourceConfig": resources}),
                **members,
            }
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
    service.client.update_job_queue(jobQueue="trainings", state="DISABLED")
    service.client.delete_job_queue(jobQueue="trainings")
    service.client.delete_service_environment(**environment)
    answer = service.client.describe_service_environments(serviceEnvironments=["trainings"])
    assert answer["serviceEnvironments"] == []


def test_an_update_of_a_service_environment_applies_what_is_sent_and_nothing_else(
    service: Service,
) -> None:
    def shown() -> dict[str, Any]:
        (found,) = service.client.describe_service_environments(serviceEnvironments=["trainings"])[
            "serviceEnvironments"
        ]
        described: dict[str, Any] = found
        return described

    before = shown()
    assert (before["state"], before["status"]) == ("ENABLED", "VALID")
    for change in (
        {"capacityLimits": [{"maxCapacity": 5, "capacityUnit": "NUM_INSTANCES"}]},
        {"state": "DISABLED"},
    ):
        for name in ("trainings", before["serviceEnvironmentArn"]):
            service.client.update_service_environment(serviceEnvironment=name, **change)
            assert shown() == {**before, **change}
        before = shown()


def test_a_job_for_which_there_are_no_instances_waits_again_without_using_an_attempt(
    service: Service,
) -> None:
    service.mock.on_service_job("*").attempts(fails(), succeeds())
    job_id = service.train(retryStrategy={"attempts": 2})
    service.mock.run_until(lambda: service.job(job_id)["status"] == "SCHEDULED")
    service.mock.environment("trainings").breaks("capacity")
    service.mock.run_until(lambda: service.job(job_id)["status"] == "RUNNABLE")
    service.mock.advance("1h")
    waits = service.job(job_id)
    assert (waits["status"], waits["attempts"]) == ("RUNNABLE", [])
    assert waits["statusReason"].startswith("CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - ")
    assert "latestAttempt" in waits, "the newest training job is kept"
    assert "preemptionSummary" not in waits
    service.mock.environment("trainings").recovers()
    service.mock.advance("1h")
    ended = service.job(job_id)
    assert (ended["status"], len(ended["attempts"])) == ("SUCCEEDED", 2)


def test_the_time_limit_of_an_attempt_counts_from_running_and_ends_the_job(service: Service) -> None:
    service.mock.on_service_job("*").hangs()
    limit = {"attemptDurationSeconds": 300}
    limited = service.train("limited", timeoutConfig=limit, retryStrategy={"attempts": 3})
    service.mock.advance("1h")
    ended = service.job(limited)
    reason = "Job attempt duration exceeded timeout"
    assert (ended["status"], ended["statusReason"], len(ended["attempts"])) == ("FAILED", reason, 1)
    assert ended["stoppedAt"] == ended["startedAt"] + 300_000
    assert ended["timeoutConfig"] == limit


def test_without_a_time_limit_a_training_may_run_for_ever(service: Service) -> None:
    service.mock.on_service_job("*").hangs()
    job_id = service.train()
    service.mock.advance("30d")
    assert service.job(job_id)["status"] == "RUNNING"


def test_a_repeated_client_token_makes_no_second_job(service: Service) -> None:
    first = service.train(clientToken="once")
    assert service.train(clientToken="once") == first
    assert service.train(clientToken="twice") != first
    assert service.train() != service.train()


@pytest.mark.parametrize(
    "payload",
    [
        "{nope",
        "[" * 5000,
        '{"ResourceConfig": {"InstanceCount": 1e400}}',
        '{"ResourceConfig": {"InstanceCount": -3}}',
        '{"ResourceConfig": {"InstanceCount": ' + "9" * 400 + "}}",
        '{"ResourceConfig": {"InstanceType": null}}',
    ],
    ids=["no JSON", "deep", "infinite", "negative", "huge", "of no type"],
)
def test_a_payload_that_does_not_say_what_it_needs_takes_one_instance_of_no_type(
    service: Service, payload: str
) -> None:
    service.train(instances=2)
    job_id = service.train("odd", serviceRequestPayload=payload)
    service.mock.run_until_idle()
    assert (service.job(job_id)["status"], "capacityUsage" in service.job(job_id)) == (
        "SUCCEEDED",
        False,
    )


def test_instance_groups_of_a_payload_count_together(service: Service) -> None:
    kind = "ml.m5.large"
    groups = [{"InstanceType": kind, "InstanceCount": count} for count in (2, 1)]
    payload = json.dumps({"ResourceConfig": {"InstanceGroups": groups}})
    job_id = service.train(serviceRequestPayload=payload)
    service.mock.advance("30s")
    assert service.job(job_id)["capacityUsage"] == [{"capacityUnit": kind, "quantity": 3.0}]


def test_a_payload_is_kept_as_it_was_sent_and_not_looked_into(service: Service) -> None:
    payload = '{"ResourceConfig": {"InstanceType": '
    job_id = service.client.submit_service_job(
        jobName="broken",
        jobQueue="trainings",
        serviceJobType="SAGEMAKER_TRAINING",
        serviceRequestPayload=payload,
    )["jobId"]
    assert service.job(job_id)["serviceRequestPayload"] == payload


@pytest.mark.parametrize(
    ("wait", "status", "more"),
    [
        ("0s", "SUBMITTED", set()),
        ("3s", "SCHEDULED", {"scheduledAt", "latestAttempt"}),
        ("5m", "RUNNING", {"scheduledAt", "latestAttempt", "startedAt"}),
        ("1h", "SUCCEEDED", {"scheduledAt", "latestAttempt", "startedAt", "stoppedAt", "statusReason"}),
    ],
)
def test_a_job_and_its_summary_have_exactly_these_members(
    service: Service, wait: str, status: str, more: set[str]
) -> None:
    service.mock.on_service_job("*").succeeds(after="30m")
    job_id = service.train()
    service.mock.advance(wait)
    listed = service.client.list_service_jobs(jobQueue="trainings", jobStatus=status)
    (summary,) = listed["jobSummaryList"]
    common = {"jobArn", "jobId", "jobName", "createdAt", "serviceJobType", "status", "capacityUsage"}
    assert summary.keys() == common | more
    detail = service.job(job_id)
    del detail["ResponseMetadata"]
    assert detail.keys() == summary.keys() | {"attempts", "jobQueue", "serviceRequestPayload", "tags"}
    assert summary.items() <= detail.items()


def test_a_training_job_is_named_after_the_job_with_32_hexadecimal_digits(service: Service) -> None:
    job_id = service.train("resnet")
    service.mock.advance("1h")
    arn = service.job(job_id)["latestAttempt"]["serviceResourceId"]["value"]
    head = "arn:aws:sagemaker:us-east-1:123456789012:training-job/"
    assert re.fullmatch(rf"{head}AWSBatchresnet[0-9a-f]{{32}}", arn)


def test_an_update_of_the_priority_answers_with_the_job_and_an_unknown_one_is_refused(
    service: Service,
) -> None:
    job_id = service.train(schedulingPriority=1)
    answer = service.client.update_service_job(jobId=job_id, schedulingPriority=9)
    assert {answer["jobName"], answer["jobId"]} == {"train", job_id}
    assert answer["jobArn"] == service.job(job_id)["jobArn"]
    assert service.job(job_id)["schedulingPriority"] == 9
    with pytest.raises(ClientError, match="not found"):
        service.client.update_service_job(
            jobId="11111111-1111-4111-8111-111111111111", schedulingPriority=9
        )


def test_container_jobs_and_service_jobs_have_queues_of_their_own(service: Service) -> None:
    service.mock.defaults()
    with pytest.raises(ClientError, match="SAGEMAKER_TRAINING"):
        service.client.submit_job(jobName="job", jobQueue="trainings", jobDefinition="default")
    with pytest.raises(ClientError, match="SAGEMAKER_TRAINING"):
        service.client.submit_service_job(
            jobName="train",
            jobQueue="default",
            serviceJobType="SAGEMAKER_TRAINING",
            serviceRequestPayload="{}",
        )


@pytest.mark.parametrize("status", ["SUBMITTED", "RUNNABLE", "SCHEDULED", "STARTING", "RUNNING"])
def test_terminating_a_job_in_each_status_fails_it_with_the_callers_words(
    service: Service, status: str
) -> None:
    service.mock.on_service_job("*").hangs()
    job_id = service.train(retryStrategy={"attempts": 3})
    service.mock.run_until(lambda: service.job(job_id)["status"] == status)
    service.client.terminate_service_job(jobId=job_id, reason="not needed")
    service.mock.advance("10m")
    ended = service.job(job_id)
    assert (ended["status"], ended["statusReason"]) == ("FAILED", "not needed")
    assert ended["isTerminated"] is True


def test_a_time_and_a_share_filter_find_service_jobs(service: Service) -> None:
    service.mock.on_service_job("*").hangs()
    old = service.train("old")
    service.mock.advance("1h")
    service.train("new")
    middle = str(service.job(old)["createdAt"] + 1000)
    for name, found in (("BEFORE_CREATED_AT", ["old"]), ("AFTER_CREATED_AT", ["new"])):
        assert service.listed(filters=[{"name": name, "values": [middle]}]) == found
    for name in ("SHARE_IDENTIFIER", "QUOTA_SHARE_NAME"):
        assert service.listed(filters=[{"name": name, "values": ["a"]}]) == []


def test_a_share_filter_may_be_combined_with_a_status_of_service_jobs(service: Service) -> None:
    client = service.client
    policy = client.create_scheduling_policy(name="fair", fairsharePolicy={})["arn"]
    client.create_job_queue(
        jobQueueName="fair",
        priority=1,
        jobQueueType="SAGEMAKER_TRAINING",
        serviceEnvironmentOrder=[{"order": 1, "serviceEnvironment": "trainings"}],
        schedulingPolicyArn=policy,
    )
    service.mock.on_service_job("*").hangs()
    for name, share in (("one", "a"), ("two", "b"), ("three", "a")):
        service.train(name, jobQueue="fair", shareIdentifier=share)
        service.mock.advance("5m")

    def listed(**members: Any) -> list[str]:
        filters = [{"name": "SHARE_IDENTIFIER", "values": ["a"]}]
        found = client.list_service_jobs(jobQueue="fair", filters=filters, **members)
        return [summary["jobName"] for summary in found["jobSummaryList"]]

    assert listed() == ["three", "one"]
    assert listed(jobStatus="RUNNING") == ["one"]
    assert listed(jobStatus="RUNNABLE") == ["three"]


def test_a_job_whose_attempts_are_used_up_has_failed_and_lists_them_all(service: Service) -> None:
    service.mock.on_service_job("*").attempts(fails(reason="one"), fails(reason="two"))
    job_id = service.train(retryStrategy={"attempts": 2})
    service.mock.advance("1d")
    ended = service.job(job_id)
    reasons = [attempt["statusReason"] for attempt in ended["attempts"]]
    assert reasons == ["Received status from SageMaker: one", "Received status from SageMaker: two"]
    assert (ended["status"], ended["statusReason"]) == ("FAILED", reasons[-1])
    first, last = (attempt["serviceResourceId"]["value"] for attempt in ended["attempts"])
    assert first != last == ended["latestAttempt"]["serviceResourceId"]["value"]
    assert last.rpartition("/")[2].startswith("AWSBatchtrain")
    assert ended["startedAt"] == ended["attempts"][1]["startedAt"]


def test_a_job_without_a_retry_strategy_has_one_attempt(service: Service) -> None:
    service.mock.on_service_job("*").fails()
    job_id = service.train()
    service.mock.advance("1d")
    assert (service.job(job_id)["status"], len(service.job(job_id)["attempts"])) == ("FAILED", 1)
    assert "retryStrategy" not in service.job(job_id)


@pytest.mark.parametrize("status", ["SCHEDULED", "STARTING", "RUNNING"])
def test_a_job_that_is_terminated_at_work_ends_with_the_users_reason_and_frees_its_instances(
    service: Service, status: str
) -> None:
    service.mock.on_service_job("first").hangs()
    first, second = service.train("first", 2), service.train("second", 2)
    service.mock.run_until(lambda: service.job(first)["status"] == status)
    service.client.terminate_service_job(jobId=first, reason="enough")
    asked = service.job(first)
    assert (asked["status"], asked["isTerminated"]) == (status, True)
    service.mock.advance("1h")
    assert service.job(first)["statusReason"] == "enough"
    assert service.job(second)["status"] == "SUCCEEDED"
    assert len(service.job(first)["attempts"]) == 1


def test_the_same_request_with_the_same_token_is_the_same_job(service: Service) -> None:
    first = service.train(clientToken="t")
    assert service.train(clientToken="t") == first
    assert service.train(clientToken="other") != first
    assert service.train("another", clientToken="t") != first
    assert service.train() != service.train()


def test_a_token_is_forgotten_with_its_job(service: Service) -> None:
    first = service.train(clientToken="t")
    service.mock.advance("8d")
    second = service.train(clientToken="t")
    assert second != first
    assert service.job(second)["status"] == "SUBMITTED"
    for number in range(9):
        service.train(clientToken=f"t{number}")
        service.mock.advance("8d")
    (region,) = service.mock._world.engine.regions.values()
    assert len(region.service_tokens) < 5


def test_the_operations_of_container_jobs_do_not_know_service_jobs(service: Service) -> None:
    service.mock.defaults()
    job_id = service.train()
    assert service.client.describe_jobs(jobs=[job_id])["jobs"] == []
    service.client.terminate_job(jobId=job_id, reason="no effect")
    service.mock.advance("1h")
    assert service.job(job_id)["status"] == "SUCCEEDED"
    for members in ({"jobStatus": "SUCCEEDED"}, {"filters": [{"name": "JOB_NAME", "values": ["*"]}]}):
        listed = service.client.list_jobs(jobQueue="trainings", **members)
        assert listed["jobSummaryList"] == []
    with pytest.raises(ClientError, match="does not exist"):
        service.client.submit_job(
            jobName="x", jobQueue="default", jobDefinition="default", dependsOn=[{"jobId": job_id}]
        )


def test_a_disabled_environment_starts_nothing_and_its_jobs_go_on(service: Service) -> None:
    service.mock.on_service_job("*").succeeds(after="10m")
    first = service.train("first", 2)
    second = service.train("second", 1)
    service.mock.run_until(lambda: service.job(first)["status"] == "RUNNING")
    service.client.update_service_environment(serviceEnvironment="trainings", state="DISABLED")
    service.mock.advance("1h")
    assert [service.job(it)["status"] for it in (first, second)] == ["SUCCEEDED", "RUNNABLE"]
    service.client.update_service_environment(serviceEnvironment="trainings", state="ENABLED")
    service.mock.advance("1h")
    assert service.job(second)["status"] == "SUCCEEDED"


def test_a_disabled_queue_takes_no_service_jobs(service: Service) -> None:
    service.client.update_job_queue(jobQueue="trainings", state="DISABLED")
    with pytest.raises(ClientError, match="DISABLED"):
        service.train()


def test_an_ended_job_is_kept_for_seven_days(service: Service) -> None:
    job_id = service.train()
    service.mock.advance("7d")
    assert service.job(job_id)["status"] == "SUCCEEDED"
    service.mock.advance("5m")
    with pytest.raises(ClientError, match="not found"):
        service.job(job_id)
    assert service.listed(jobStatus="SUCCEEDED") == []
