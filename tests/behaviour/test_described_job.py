"""Which members DescribeJobs shows of a single job, and what ids, ARNs and log streams look like."""

from __future__ import annotations

import re
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from behaviour.conftest import Driver
from pytest_batchmock import fails, mock_batch, reclaimed, succeeds

pytestmark = pytest.mark.batchmock(clock="manual", start="2026-03-01T12:00:00+00:00")

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"

# The complete answer of a real RUNNABLE job, without its statusReason.
WAITING = {
    *("jobArn", "jobName", "jobId", "jobQueue", "status", "attempts", "createdAt", "dependsOn"),
    *("jobDefinition", "parameters", "container", "tags", "platformCapabilities", "eksAttempts"),
}
WAITING_CONTAINER = {
    *("image", "command", "volumes", "environment", "mountPoints", "ulimits"),
    *("networkInterfaces", "resourceRequirements", "secrets"),
}


@pytest.mark.parametrize(
    ("status", "more", "more_of_the_container"),
    [
        ("SUBMITTED", set(), set()),
        ("RUNNABLE", set(), set()),
        ("STARTING", set(), {"taskArn", "containerInstanceArn"}),
        ("RUNNING", {"startedAt"}, {"taskArn", "containerInstanceArn", "logStreamName"}),
        (
            "SUCCEEDED",
            {"startedAt", "stoppedAt", "statusReason"},
            {"taskArn", "containerInstanceArn", "logStreamName", "exitCode"},
        ),
    ],
)
def test_a_job_has_exactly_these_members_in_each_status(
    ec2: Driver, status: str, more: set[str], more_of_the_container: set[str]
) -> None:
    job = ec2.reach(ec2.submit(), status)
    assert job.keys() == WAITING | more
    assert job["container"].keys() == WAITING_CONTAINER | more_of_the_container


def test_a_pending_job_has_the_members_of_a_runnable_one(ec2: Driver) -> None:
    job = ec2.reach(ec2.submit(dependsOn=[{"jobId": ec2.submit()}]), "PENDING")
    assert job.keys() == WAITING
    assert job["container"].keys() == WAITING_CONTAINER


def test_a_blocked_job_has_a_status_reason_besides(batch: Driver) -> None:
    batch.mock.defaults(max_vcpus=1, vcpus=2)
    job = batch.submit()
    batch.mock.run_until_idle()
    assert batch.describe(job).keys() == WAITING | {"statusReason"}


def test_a_failed_job_has_the_members_of_a_succeeded_one_and_the_reason_of_its_container(
    ec2: Driver,
) -> None:
    ec2.mock.on("job").fails(reason="OutOfMemoryError: Container killed due to memory usage")
    job = ec2.finish(ec2.submit())
    assert job.keys() == WAITING | {"startedAt", "stoppedAt", "statusReason"}
    assert job["container"].keys() == WAITING_CONTAINER | {
        *("taskArn", "containerInstanceArn", "logStreamName", "exitCode", "reason"),
    }


def test_a_job_cancelled_in_runnable_says_so(ec2: Driver) -> None:
    job = ec2.submit()
    ec2.reach(job, "RUNNABLE")
    ec2.client.cancel_job(jobId=job, reason="enough")
    assert ec2.describe(job).keys() == WAITING | {"stoppedAt", "statusReason", "isCancelled"}


def test_a_fargate_job_shows_its_platform_and_network_and_no_instance(fargate: Driver) -> None:
    job = fargate.finish(fargate.submit())
    assert job.keys() == WAITING | {"startedAt", "stoppedAt", "statusReason"}
    assert job["platformCapabilities"] == ["FARGATE"]
    container = job["container"]
    assert "containerInstanceArn" not in container
    assert container["fargatePlatformConfiguration"] == {"platformVersion": "LATEST"}
    (interface,) = container["networkInterfaces"]
    assert re.fullmatch(UUID, interface["attachmentId"])
    assert re.fullmatch(r"10\.0\.\d{1,3}\.\d{1,3}", interface["privateIpv4Address"])
    assert job["attempts"][0]["container"]["networkInterfaces"] == [interface]


def test_empty_lists_and_maps_are_shown(ec2: Driver) -> None:
    job = ec2.describe(ec2.submit())
    for name in ("attempts", "dependsOn", "platformCapabilities", "eksAttempts"):
        assert job[name] == []
    assert job["parameters"] == job["tags"] == {}
    for name in ("volumes", "environment", "mountPoints", "ulimits", "networkInterfaces", "secrets"):
        assert job["container"][name] == []


def test_a_retry_strategy_is_shown_with_its_rules_filled_in(ec2: Driver) -> None:
    job = ec2.describe(ec2.submit(retryStrategy={"attempts": 3}))
    assert job["retryStrategy"] == {"attempts": 3, "evaluateOnExit": []}


def test_the_retry_strategy_and_time_limit_of_the_definition_are_shown(batch: Driver) -> None:
    batch.mock.defaults(retries=2, timeout_seconds=600)
    job = batch.describe(batch.submit())
    assert job["retryStrategy"] == {"attempts": 2, "evaluateOnExit": []}
    assert job["timeout"] == {"attemptDurationSeconds": 600}


def test_what_nobody_set_is_not_shown(ec2: Driver) -> None:
    job = ec2.finish(ec2.submit())
    never = {"retryStrategy", "timeout", "arrayProperties", "nodeProperties", "propagateTags"}
    assert never.isdisjoint(job)
    assert {"isCancelled", "isTerminated"}.isdisjoint(job)


def test_propagate_tags_is_shown_where_it_was_given(ec2: Driver) -> None:
    ec2.register("work", propagateTags=False)
    assert ec2.describe(ec2.submit(jobDefinition="work"))["propagateTags"] is False
    assert ec2.describe(ec2.submit(jobDefinition="work", propagateTags=True))["propagateTags"] is True


def test_legacy_vcpus_and_memory_are_shown_as_they_were_registered(ec2: Driver) -> None:
    ec2.register("work", containerProperties={"vcpus": 2, "memory": 128, "resourceRequirements": []})
    container = ec2.describe(ec2.submit(jobDefinition="work"))["container"]
    assert (container["vcpus"], container["memory"]) == (2, 128)
    assert container["resourceRequirements"] == []


# Attempts


@pytest.mark.parametrize("status", ["SUBMITTED", "RUNNABLE", "STARTING", "RUNNING"])
def test_an_attempt_is_listed_only_when_it_has_ended(ec2: Driver, status: str) -> None:
    assert ec2.reach(ec2.submit(), status)["attempts"] == []


def test_a_running_second_attempt_is_not_listed(ec2: Driver) -> None:
    ec2.mock.on("job").attempts(fails(), succeeds())
    job = ec2.submit(retryStrategy={"attempts": 2})
    ec2.reach(job, "RUNNING")
    ec2.reach(job, "RUNNABLE")
    assert len(ec2.reach(job, "RUNNING")["attempts"]) == 1


def test_an_ended_attempt_has_exactly_these_members(ec2: Driver) -> None:
    (attempt,) = ec2.finish(ec2.submit())["attempts"]
    assert attempt.keys() == {"container", "startedAt", "stoppedAt", "statusReason"}
    assert attempt["container"].keys() == {
        *("containerInstanceArn", "taskArn", "exitCode", "logStreamName", "networkInterfaces"),
    }
    assert attempt["container"]["networkInterfaces"] == []


def test_a_reclaimed_attempt_has_neither_exit_code_nor_reason(spot: Driver) -> None:
    spot.mock.on("job").reclaimed(after="1m")
    (attempt,) = spot.finish(spot.submit())["attempts"]
    assert attempt.keys() == {"container", "startedAt", "stoppedAt", "statusReason"}
    assert attempt["container"].keys() == {
        *("containerInstanceArn", "taskArn", "logStreamName", "networkInterfaces"),
    }


def test_an_attempt_that_cannot_pull_has_a_task_and_no_log_stream(ec2: Driver) -> None:
    ec2.mock.on("job").cannot_pull()
    job = ec2.finish(ec2.submit())
    (attempt,) = job["attempts"]
    assert "startedAt" not in attempt
    for container in (attempt["container"], job["container"]):
        assert "taskArn" in container
        assert {"logStreamName", "exitCode"}.isdisjoint(container)


def test_a_failed_attempt_with_a_reason_shows_it_and_a_clean_exit_shows_none(ec2: Driver) -> None:
    ec2.mock.on("job").attempts(fails(reason="DockerTimeoutError: too slow"), succeeds())
    job = ec2.finish(ec2.submit(retryStrategy={"attempts": 2}))
    first, last = (attempt["container"] for attempt in job["attempts"])
    assert first["reason"] == "DockerTimeoutError: too slow"
    assert "reason" not in last
    assert "reason" not in job["container"]


def test_a_reason_has_at_most_255_characters(ec2: Driver) -> None:
    def work(job: Any) -> None:
        raise RuntimeError("x" * 300)

    ec2.mock.on("job").runs(work)
    job = ec2.finish(ec2.submit())
    assert len(job["container"]["reason"]) == 255


def test_the_final_attempt_is_repeated_in_the_container_of_the_job(ec2: Driver) -> None:
    ec2.mock.on("job").attempts(fails(exit_code=1), fails(exit_code=2, reason="second"))
    job = ec2.finish(ec2.submit(retryStrategy={"attempts": 2}))
    last = job["attempts"][-1]["container"]
    assert last.items() <= job["container"].items()
    assert (last["exitCode"], last["reason"]) == (2, "second")


def test_each_attempt_has_a_task_and_a_log_stream_of_its_own(ec2: Driver) -> None:
    ec2.mock.on("job").attempts(fails(), fails(), succeeds())
    job = ec2.finish(ec2.submit(retryStrategy={"attempts": 3}))
    containers = [attempt["container"] for attempt in job["attempts"]]
    assert len({container["taskArn"] for container in containers}) == 3
    assert len({container["logStreamName"] for container in containers}) == 3


def test_a_job_between_two_attempts_shows_no_container_facts_of_the_first(spot: Driver) -> None:
    spot.mock.on("job").attempts(reclaimed(after="1m"), succeeds())
    job = spot.submit(retryStrategy={"attempts": 2})
    spot.reach(job, "RUNNING")
    between = spot.reach(job, "RUNNABLE")
    assert between["container"].keys() == WAITING_CONTAINER


# Ids, ARNs, log streams


def test_a_job_id_is_a_lower_case_uuid_of_version_4(ec2: Driver) -> None:
    assert re.fullmatch(UUID, ec2.submit())


def test_job_ids_differ_although_names_may_not(ec2: Driver) -> None:
    assert len({ec2.submit("same") for _ in range(50)}) == 50


def test_submit_answers_with_arn_name_and_id(ec2: Driver) -> None:
    answer = ec2.client.submit_job(jobName="etl", jobQueue="default", jobDefinition="default")
    job_id = answer["jobId"]
    del answer["ResponseMetadata"]
    assert answer == {
        "jobArn": f"arn:aws:batch:us-east-1:123456789012:job/{job_id}",
        "jobName": "etl",
        "jobId": job_id,
    }


def test_arns_of_resources_name_region_and_account(ec2: Driver) -> None:
    job = ec2.describe(ec2.submit())
    head = "arn:aws:batch:us-east-1:123456789012:"
    assert job["jobArn"] == f"{head}job/{job['jobId']}"
    assert job["jobQueue"] == f"{head}job-queue/default"
    assert job["jobDefinition"] == f"{head}job-definition/default:1"
    (environment,) = ec2.client.describe_compute_environments()["computeEnvironments"]
    assert environment["computeEnvironmentArn"] == f"{head}compute-environment/default"


@pytest.mark.parametrize(
    ("region", "partition"),
    [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("eu-central-1", "aws")],
)
def test_arns_are_in_the_partition_of_their_region(region: str, partition: str) -> None:
    with mock_batch(region=region, account_id="999988887777") as mock:
        mock.defaults()
        answer = boto3.client("batch", region_name=region).submit_job(
            jobName="etl", jobQueue="default", jobDefinition="default"
        )
    assert answer["jobArn"].startswith(f"arn:{partition}:batch:{region}:999988887777:job/")


def test_a_log_stream_is_definition_name_default_and_task_id(ec2: Driver) -> None:
    container = ec2.reach(ec2.submit("some-job"), "RUNNING")["container"]
    task_id = container["taskArn"].rpartition("/")[2]
    assert re.fullmatch(r"[0-9a-f]{32}", task_id)
    assert container["logStreamName"] == f"default/default/{task_id}"


def test_a_log_stream_begins_with_the_prefix_of_the_awslogs_options(ec2: Driver) -> None:
    options = {"awslogs-group": "/mine", "awslogs-stream-prefix": "ecs"}
    ec2.register(
        "work", containerProperties={"logConfiguration": {"logDriver": "awslogs", "options": options}}
    )
    container = ec2.reach(ec2.submit(jobDefinition="work"), "RUNNING")["container"]
    assert container["logStreamName"].startswith("ecs/default/")


def test_another_log_driver_has_no_log_stream(ec2: Driver) -> None:
    ec2.register("work", containerProperties={"logConfiguration": {"logDriver": "syslog"}})
    assert "logStreamName" not in ec2.finish(ec2.submit(jobDefinition="work"))["container"]


def test_task_and_instance_are_in_the_cluster_of_the_compute_environment(ec2: Driver) -> None:
    container = ec2.reach(ec2.submit(), "STARTING")["container"]
    (environment,) = ec2.client.describe_compute_environments()["computeEnvironments"]
    cluster = environment["ecsClusterArn"].rpartition("/")[2]
    head = "arn:aws:ecs:us-east-1:123456789012:"
    assert re.fullmatch(rf"{head}task/{cluster}/[0-9a-f]{{32}}", container["taskArn"])
    assert re.fullmatch(
        rf"{head}container-instance/{cluster}/[0-9a-f]{{32}}", container["containerInstanceArn"]
    )


# Which jobs


def test_unknown_ids_are_left_out_without_an_error(ec2: Driver) -> None:
    known = ec2.submit()
    unknown = "00000000-0000-4000-8000-000000000000"
    found = ec2.client.describe_jobs(jobs=[unknown, known, "nonsense"])["jobs"]
    assert [job["jobId"] for job in found] == [known]


def test_100_jobs_are_described_at_once_and_101_refused(ec2: Driver) -> None:
    ids = [ec2.submit() for _ in range(101)]
    assert len(ec2.client.describe_jobs(jobs=ids[:100])["jobs"]) == 100
    with pytest.raises(ClientError, match="Maximum number of jobs supported is  100") as refusal:
        ec2.client.describe_jobs(jobs=ids)
    assert refusal.value.response["Error"]["Code"] == "ClientException"


def test_reading_changes_nothing(ec2: Driver) -> None:
    job = ec2.submit()
    ec2.reach(job, "RUNNING")
    assert ec2.describe(job) == ec2.describe(job)


def test_a_changed_answer_does_not_change_the_job(ec2: Driver) -> None:
    job = ec2.submit(tags={"team": "data"})
    answer = ec2.describe(job)
    answer["container"]["command"].append("rm")
    answer["tags"]["team"] = "nobody"
    answer["attempts"].append({})
    assert ec2.describe(job) != answer
    assert ec2.describe(job)["tags"] == {"team": "data"}
