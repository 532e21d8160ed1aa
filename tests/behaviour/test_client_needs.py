"""What workflow engines, SDKs and infrastructure tools rely on, and nobody can change in them."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from installed_model import skip_if_lacking
from moto import mock_aws

from behaviour.conftest import Driver
from pytest_batchmock import mock_batch

pytestmark = pytest.mark.batchmock(clock="manual", start="2026-03-01T12:00:00+00:00")

HEAD = "arn:aws:batch:us-east-1:123456789012:"
EC2_RESOURCES: dict[str, Any] = {
    "type": "EC2",
    "allocationStrategy": "BEST_FIT_PROGRESSIVE",
    "minvCpus": 0,
    "maxvCpus": 16,
    "instanceTypes": ["c5.large", "m5"],
    "subnets": ["subnet-0a1b2c3d"],
    "securityGroupIds": ["sg-0a1b2c3d"],
    "instanceRole": "arn:aws:iam::123456789012:instance-profile/ecsInstanceRole",
    "ec2KeyPair": "ops",
    "launchTemplate": {"launchTemplateName": "disks", "version": "$Latest"},
    "tags": {"Name": "worker"},
}


def answered(response: dict[str, Any]) -> dict[str, Any]:
    """An answer without its metadata."""
    return {name: value for name, value in response.items() if name != "ResponseMetadata"}


# Job ARNs where ids are expected


def test_a_job_arn_is_taken_wherever_a_job_id_is_and_the_answer_has_the_id(ec2: Driver) -> None:
    ec2.mock.on("*").hangs()
    submitted = ec2.client.submit_job(jobName="job", jobQueue="default", jobDefinition="default")
    arn, job_id = submitted["jobArn"], submitted["jobId"]
    (job,) = ec2.client.describe_jobs(jobs=[arn])["jobs"]
    assert job["jobId"] == job_id
    second = ec2.submit("second", dependsOn=[{"jobId": arn}])
    assert ec2.describe(second)["dependsOn"] == [{"jobId": job_id}]
    ec2.reach(job_id, "RUNNING")
    ec2.client.cancel_job(jobId=arn, reason="no effect")
    ec2.client.terminate_job(jobId=arn, reason="enough")
    assert ec2.finish(job_id)["statusReason"] == "enough"


def test_the_arn_of_a_waiting_job_cancels_it(ec2: Driver) -> None:
    job = ec2.submit()
    ec2.client.cancel_job(jobId=f"{HEAD}job/{job}", reason="enough")
    assert ec2.status(job) == "FAILED"


def test_children_are_named_by_id_and_arn_with_their_index(ec2: Driver) -> None:
    parent = ec2.submit(arrayProperties={"size": 2})
    ec2.mock.run_until_idle()
    child = f"{parent}:1"
    for given in (child, f"{HEAD}job/{child}"):
        (job,) = ec2.client.describe_jobs(jobs=[given])["jobs"]
        assert (job["jobId"], job["jobArn"]) == (child, f"{HEAD}job/{child}")
    for given in (parent, f"{HEAD}job/{parent}"):
        listed = ec2.listed(arrayJobId=given, jobStatus="SUCCEEDED")
        assert [summary["jobId"] for summary in listed] == [f"{parent}:0", f"{parent}:1"]


# Empty means absent


def test_empty_members_of_a_submit_count_as_absent(ec2: Driver) -> None:
    plain = ec2.describe(ec2.submit())
    padded = ec2.describe(
        ec2.submit(
            arrayProperties={},
            dependsOn=[],
            parameters={},
            containerOverrides={"command": [], "environment": [], "resourceRequirements": []},
            tags={},
        )
    )
    for job in (plain, padded):
        del job["jobId"], job["jobArn"]
    assert padded == plain
    ec2.mock.run_until_idle()
    assert {job.status for job in ec2.mock.jobs} == {"SUCCEEDED"}


@pytest.mark.parametrize(
    ("call", "request_", "member"),
    [
        ("list_jobs", {"jobQueue": "default", "jobStatus": "SUBMITTED"}, "jobSummaryList"),
        ("describe_job_definitions", {}, "jobDefinitions"),
        ("describe_job_queues", {}, "jobQueues"),
        ("describe_compute_environments", {}, "computeEnvironments"),
    ],
)
def test_an_empty_token_is_the_first_page(
    ec2: Driver, call: str, request_: dict[str, Any], member: str
) -> None:
    ec2.submit()
    ask = getattr(ec2.client, call)
    with_token = answered(ask(**request_, nextToken=""))
    assert with_token == answered(ask(**request_))
    assert len(with_token[member]) == 1


# Legacy members


def test_legacy_vcpus_and_memory_are_taken_and_echoed(ec2: Driver) -> None:
    ec2.client.register_job_definition(
        jobDefinitionName="legacy",
        type="container",
        containerProperties={"image": "busybox", "vcpus": 2, "memory": 512},
    )
    (definition,) = ec2.client.describe_job_definitions(jobDefinitionName="legacy")["jobDefinitions"]
    container = definition["containerProperties"]
    assert (container["vcpus"], container["memory"]) == (2, 512)
    job = ec2.submit(jobDefinition="legacy", containerOverrides={"vcpus": 4, "memory": 1024})
    ended = ec2.finish(job)
    assert ended["status"] == "SUCCEEDED"
    assert (ended["container"]["vcpus"], ended["container"]["memory"]) == (4, 1024)


# Cleaning up


def test_cleaning_up_after_the_end_succeeds_silently(ec2: Driver) -> None:
    arn = ec2.register()
    job = ec2.submit(jobDefinition=arn)
    ended = ec2.finish(job)
    for _ in range(2):
        ec2.client.terminate_job(jobId=job, reason="clean up")
        ec2.client.cancel_job(jobId=job, reason="clean up")
        ec2.client.deregister_job_definition(jobDefinition=arn)
    assert ec2.describe(job) == ended


@pytest.mark.parametrize("call", ["cancel_job", "terminate_job"])
def test_the_status_reason_is_the_callers_exact_text(ec2: Driver, call: str) -> None:
    job = ec2.submit()
    getattr(ec2.client, call)(jobId=job, reason="Nextflow: killed by run 'crazy_hopper'")
    assert ec2.finish(job)["statusReason"] == "Nextflow: killed by run 'crazy_hopper'"


# Logs and exit codes


def test_the_log_stream_is_known_while_the_job_runs_and_the_exit_code_in_both_places(
    ec2: Driver,
) -> None:
    ec2.mock.on("job").fails(exit_code=42)
    job = ec2.submit()
    running = ec2.reach(job, "RUNNING")
    stream = running["container"]["logStreamName"]
    ended = ec2.finish(job)
    assert ended["container"]["logStreamName"] == stream
    assert ended["attempts"][0]["container"]["logStreamName"] == stream
    assert ended["container"]["exitCode"] == ended["attempts"][0]["container"]["exitCode"] == 42


# Echo


def test_a_definition_is_echoed_member_for_member(batch: Driver) -> None:
    given: dict[str, Any] = {
        "image": "registry.example/app:1.2",
        "command": ["run", "Ref::input"],
        "jobRoleArn": "arn:aws:iam::123456789012:role/job",
        "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
        "volumes": [{"name": "scratch", "host": {"sourcePath": "/scratch"}}],
        "environment": [{"name": "A", "value": ""}, {"name": "B", "value": "1"}],
        "mountPoints": [{"containerPath": "/scratch", "sourceVolume": "scratch", "readOnly": False}],
        "readonlyRootFilesystem": False,
        "privileged": False,
        "ulimits": [{"name": "nofile", "hardLimit": 1024, "softLimit": 512}],
        "user": "nobody",
        "resourceRequirements": [
            {"type": "MEMORY", "value": "2048"},
            {"type": "VCPU", "value": "2"},
            {"type": "GPU", "value": "1"},
        ],
        "linuxParameters": {
            "devices": [],
            "initProcessEnabled": True,
            "sharedMemorySize": 64,
            "tmpfs": [],
        },
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {"awslogs-group": "/mine"},
            "secretOptions": [],
        },
        "secrets": [{"name": "TOKEN", "valueFrom": "arn:aws:ssm:us-east-1:1:parameter/token"}],
    }
    batch.client.register_job_definition(
        jobDefinitionName="full",
        type="container",
        parameters={"input": "s3://bucket/key"},
        containerProperties=given,
        retryStrategy={"attempts": 2, "evaluateOnExit": [{"onExitCode": "1", "action": "exit"}]},
        timeout={"attemptDurationSeconds": 60},
        tags={"team": "data"},
        propagateTags=True,
        platformCapabilities=["EC2"],
        schedulingPriority=0,
    )
    (definition,) = batch.client.describe_job_definitions()["jobDefinitions"]
    assert definition["containerProperties"] == given
    assert definition["parameters"] == {"input": "s3://bucket/key"}
    assert definition["schedulingPriority"] == 0
    assert definition["propagateTags"] is True


def test_an_environment_is_echoed_with_the_defaults_that_the_service_fills_in(batch: Driver) -> None:
    batch.client.create_compute_environment(
        computeEnvironmentName="workers",
        type="MANAGED",
        computeResources=EC2_RESOURCES,
        tags={"team": "data"},
    )
    (environment,) = batch.client.describe_compute_environments()["computeEnvironments"]
    uuid = environment.pop("uuid")
    cluster = environment.pop("ecsClusterArn")
    assert cluster.startswith("arn:aws:ecs:us-east-1:123456789012:cluster/AWSBatch-workers-")
    assert uuid not in cluster
    assert environment == {
        "computeEnvironmentName": "workers",
        "computeEnvironmentArn": f"{HEAD}compute-environment/workers",
        "tags": {"team": "data"},
        "type": "MANAGED",
        "state": "ENABLED",
        "status": "VALID",
        "statusReason": "ComputeEnvironment Healthy",
        "computeResources": {
            **EC2_RESOURCES,
            "desiredvCpus": 0,
            "launchTemplate": {
                "launchTemplateName": "disks",
                "version": "$Latest",
                "overrides": [],
            },
            "ec2Configuration": [{"imageType": "ECS_AL2023"}],
        },
        "serviceRole": (
            "arn:aws:iam::123456789012:role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch"
        ),
        "containerOrchestrationType": "ECS",
    }


def test_a_queue_is_echoed_with_the_arns_of_its_environments(ec2: Driver) -> None:
    skip_if_lacking("CreateJobQueue", {"jobStateTimeLimitActions": []})
    actions = [
        {
            "reason": "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
            "state": "RUNNABLE",
            "maxTimeSeconds": 600,
            "action": "CANCEL",
        }
    ]
    ec2.client.create_job_queue(
        jobQueueName="urgent",
        priority=100,
        computeEnvironmentOrder=[{"order": 1, "computeEnvironment": "default"}],
        jobStateTimeLimitActions=actions,
        tags={"team": "data"},
    )
    (queue,) = ec2.client.describe_job_queues(jobQueues=["urgent"])["jobQueues"]
    queue.pop("jobQueueType", None)  # older answers have none
    assert queue == {
        "jobQueueName": "urgent",
        "jobQueueArn": f"{HEAD}job-queue/urgent",
        "state": "ENABLED",
        "status": "VALID",
        "statusReason": "JobQueue Healthy",
        "priority": 100,
        "computeEnvironmentOrder": [
            {"order": 1, "computeEnvironment": f"{HEAD}compute-environment/default"}
        ],
        "tags": {"team": "data"},
        "jobStateTimeLimitActions": actions,
    }


def test_an_answer_never_holds_a_null(ec2: Driver) -> None:
    job = ec2.submit()
    answers: list[Any] = [
        ec2.client.describe_compute_environments(),
        ec2.client.describe_job_queues(),
        ec2.client.describe_job_definitions(),
    ]
    for status in ("SUBMITTED", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"):
        answers.append(ec2.reach(job, status))
        answers.append(ec2.listed(jobStatus=status))

    def nulls(value: Any) -> bool:
        if isinstance(value, dict):
            return any(map(nulls, value.values()))
        return any(map(nulls, value)) if isinstance(value, list) else value is None

    assert not any(map(nulls, answers))


def test_an_update_of_an_environment_applies_what_is_sent_and_nothing_else(ec2: Driver) -> None:
    (before,) = ec2.client.describe_compute_environments()["computeEnvironments"]
    ec2.client.update_compute_environment(
        computeEnvironment="default",
        state="DISABLED",
        computeResources={"maxvCpus": 32, "subnets": ["subnet-99999999"]},
    )
    (after,) = ec2.client.describe_compute_environments()["computeEnvironments"]
    before["state"] = "DISABLED"
    before["computeResources"].update(maxvCpus=32, subnets=["subnet-99999999"])
    assert after == before


def test_an_update_of_a_queue_applies_what_is_sent_and_nothing_else(ec2: Driver) -> None:
    ec2.mock.defaults(name="second")
    (before,) = ec2.client.describe_job_queues(jobQueues=["default"])["jobQueues"]
    order = [
        {"order": 1, "computeEnvironment": f"{HEAD}compute-environment/second"},
        {"order": 2, "computeEnvironment": f"{HEAD}compute-environment/default"},
    ]
    ec2.client.update_job_queue(jobQueue="default", priority=7, computeEnvironmentOrder=order)
    (after,) = ec2.client.describe_job_queues(jobQueues=["default"])["jobQueues"]
    assert after == {**before, "priority": 7, "computeEnvironmentOrder": order}


# Paging


@pytest.mark.parametrize(
    ("call", "member"),
    [
        ("describe_job_definitions", "jobDefinitions"),
        ("describe_job_queues", "jobQueues"),
        ("describe_compute_environments", "computeEnvironments"),
    ],
)
def test_max_results_really_pages_and_the_token_is_opaque(batch: Driver, call: str, member: str) -> None:
    for number in range(5):
        batch.mock.defaults(name=f"name-{number}")
    ask = getattr(batch.client, call)
    sizes, names, token = [], [], ""
    while True:
        page = ask(maxResults=2, nextToken=token)
        sizes.append(len(page[member]))
        names += [entry[f"{member[:-1]}Name"] for entry in page[member]]
        if "nextToken" not in page:
            break
        token = page["nextToken"]
        assert not token.isdigit()
        assert b"name-0" not in base64.urlsafe_b64decode(token)[:9]
    assert sizes == [2, 2, 1]
    assert sorted(names) == [f"name-{number}" for number in range(5)]


def test_the_newest_active_revision_of_a_name_is_the_first_found(batch: Driver) -> None:
    for _ in range(3):
        batch.register()
    batch.client.deregister_job_definition(jobDefinition="work:3")
    page = batch.client.describe_job_definitions(jobDefinitionName="work", status="ACTIVE", maxResults=1)
    assert [entry["revision"] for entry in page["jobDefinitions"]] == [2]


# What is not there


def test_unknown_names_are_left_out_without_an_error(ec2: Driver) -> None:
    client = ec2.client
    assert client.describe_jobs(jobs=["00000000-0000-4000-8000-000000000000"])["jobs"] == []
    assert client.describe_job_queues(jobQueues=["nothing"])["jobQueues"] == []
    assert client.describe_job_definitions(jobDefinitionName="nothing")["jobDefinitions"] == []
    found = client.describe_compute_environments(computeEnvironments=["nothing", "default"])
    assert len(found["computeEnvironments"]) == 1


def test_what_lives_in_other_services_is_taken_without_looking_it_up(batch: Driver) -> None:
    resources = {
        **EC2_RESOURCES,
        "subnets": ["subnet-0000000000000000f"],
        "securityGroupIds": ["sg-0000000000000000f"],
        "instanceRole": "nobodysProfile",
    }
    batch.client.create_compute_environment(
        computeEnvironmentName="elsewhere",
        type="MANAGED",
        computeResources=resources,
        serviceRole="arn:aws:iam::123456789012:role/nobodysRole",
    )
    (environment,) = batch.client.describe_compute_environments()["computeEnvironments"]
    assert environment["status"] == "VALID"


# Names and ARNs


def test_names_and_arns_of_queues_and_environments_mean_the_same(ec2: Driver) -> None:
    environment, queue = f"{HEAD}compute-environment/default", f"{HEAD}job-queue/default"
    client = ec2.client
    for given in ("default", environment):
        found = client.describe_compute_environments(computeEnvironments=[given])
        assert len(found["computeEnvironments"]) == 1
        client.update_compute_environment(computeEnvironment=given, state="ENABLED")
    for given in ("default", queue):
        assert len(client.describe_job_queues(jobQueues=[given])["jobQueues"]) == 1
        client.update_job_queue(jobQueue=given, priority=2)
        assert ec2.describe(ec2.submit(jobQueue=given))["jobQueue"] == queue
    listed = [len(ec2.listed(jobQueue=given, jobStatus="SUBMITTED")) for given in ("default", queue)]
    assert listed == [2, 2]
    client.update_job_queue(jobQueue=queue, state="DISABLED")
    client.delete_job_queue(jobQueue=queue)
    client.update_compute_environment(computeEnvironment=environment, state="DISABLED")
    client.delete_compute_environment(computeEnvironment=environment)
    assert client.describe_compute_environments()["computeEnvironments"] == []


# Waiting for resources


@pytest.mark.batchmock(clock="autojump", resource_latency="20s")
def test_a_tool_that_polls_for_valid_and_for_gone_gets_there(client: Any) -> None:
    def until(ask: Callable[[], list[dict[str, Any]]], done: Callable[[Any], bool]) -> None:
        while not done(ask()):
            time.sleep(5)

    def environments() -> list[dict[str, Any]]:
        found = client.describe_compute_environments(computeEnvironments=["workers"])
        return list(found["computeEnvironments"])

    def queues() -> list[dict[str, Any]]:
        return list(client.describe_job_queues(jobQueues=["work"])["jobQueues"])

    def valid(found: list[dict[str, Any]]) -> bool:
        return bool(found) and found[0]["status"] == "VALID"

    client.create_compute_environment(
        computeEnvironmentName="workers", type="MANAGED", computeResources=EC2_RESOURCES
    )
    until(environments, valid)
    client.create_job_queue(
        jobQueueName="work",
        priority=1,
        computeEnvironmentOrder=[{"order": 1, "computeEnvironment": "workers"}],
    )
    until(queues, valid)
    assert queues()[0]["statusReason"] == "JobQueue Healthy"
    client.update_job_queue(jobQueue="work", state="DISABLED")
    until(queues, valid)
    client.delete_job_queue(jobQueue="work")
    until(queues, lambda found: not found)
    client.update_compute_environment(computeEnvironment="workers", state="DISABLED")
    until(environments, valid)
    client.delete_compute_environment(computeEnvironment="workers")
    until(environments, lambda found: not found)


# Many pollers, and dummy credentials


@pytest.mark.batchmock(clock="autojump")
def test_several_threads_submit_and_poll_hundreds_of_jobs_in_chunks(ec2: Driver) -> None:
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            client = boto3.session.Session().client("batch")
            jobs = [
                client.submit_job(
                    jobName=f"job-{number}-{at}", jobQueue="default", jobDefinition="default"
                )["jobId"]
                for at in range(120)
            ]
            open_jobs = jobs
            while open_jobs:
                found: list[dict[str, Any]] = []
                for at in range(0, len(open_jobs), 100):
                    found += client.describe_jobs(jobs=open_jobs[at : at + 100])["jobs"]
                assert len(found) == len(open_jobs)
                open_jobs = [
                    job["jobId"] for job in found if job["status"] not in ("SUCCEEDED", "FAILED")
                ]
                time.sleep(10)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=100)
    assert failures == []
    assert [job.status for job in ec2.mock.jobs] == ["SUCCEEDED"] * 480


@pytest.mark.parametrize("batch_first", [True, False])
def test_dummy_credentials_do_and_the_account_is_the_one_of_the_other_services(
    batch_first: bool,
) -> None:
    managers = [mock_batch(), mock_aws()]
    for manager in managers if batch_first else managers[::-1]:
        manager.__enter__()
    try:
        account = boto3.client("sts", region_name="us-east-1").get_caller_identity()["Account"]
        mock = managers[0]
        mock.defaults()
        arn = boto3.client("batch", region_name="us-east-1").submit_job(
            jobName="job", jobQueue="default", jobDefinition="default"
        )["jobArn"]
    finally:
        for manager in managers[::-1] if batch_first else managers:
            manager.__exit__(None, None, None)
    assert arn.split(":")[4] == account


def test_an_access_key_of_12_digits_is_an_account_of_its_own(ec2: Driver) -> None:
    def client(key: str) -> Any:
        return boto3.session.Session(
            aws_access_key_id=key, aws_secret_access_key="dummy", region_name="us-east-1"
        ).client("batch")

    other = client("111122223333")
    assert other.describe_job_queues()["jobQueues"] == []
    assert len(client("testing").describe_job_queues()["jobQueues"]) == 1


def test_each_region_has_resources_of_its_own(ec2: Driver) -> None:
    elsewhere = boto3.client("batch", region_name="eu-west-1")
    assert elsewhere.describe_job_queues()["jobQueues"] == []
