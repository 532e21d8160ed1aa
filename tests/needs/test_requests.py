"""What is sent: empty members, legacy members, and names of what lives elsewhere."""

from __future__ import annotations

from typing import Any

import pytest
from behaviour.conftest import Driver

from .conftest import EC2_RESOURCES

pytestmark = pytest.mark.batchmock(clock="manual", start="2026-03-01T12:00:00+00:00")


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
    with_token = ask(**request_, nextToken="")
    assert with_token[member] == ask(**request_)[member]
    assert len(with_token[member]) == 1
    assert "nextToken" not in with_token


@pytest.mark.parametrize(
    ("call", "request_", "member"),
    [
        ("describe_job_definitions", {"jobDefinitionName": "", "status": ""}, "jobDefinitions"),
        ("describe_job_definitions", {"jobDefinitions": []}, "jobDefinitions"),
        ("describe_job_queues", {"jobQueues": []}, "jobQueues"),
        ("describe_compute_environments", {"computeEnvironments": []}, "computeEnvironments"),
        (
            "list_jobs",
            {"jobQueue": "default", "jobStatus": "SUBMITTED", "arrayJobId": "", "multiNodeJobId": ""},
            "jobSummaryList",
        ),
        (
            "list_jobs",
            {"jobQueue": "default", "filters": [], "jobStatus": "SUBMITTED"},
            "jobSummaryList",
        ),
    ],
)
def test_a_listing_takes_empty_choices_for_none(
    ec2: Driver, call: str, request_: dict[str, Any], member: str
) -> None:
    ec2.submit()
    assert len(getattr(ec2.client, call)(**request_)[member]) == 1


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


def test_a_definition_names_images_roles_and_log_groups_that_nobody_looks_up(ec2: Driver) -> None:
    container = {
        "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/nothing@sha256:" + "0" * 64,
        "jobRoleArn": "arn:aws:iam::123456789012:role/path/nobody",
        "executionRoleArn": "arn:aws:iam::123456789012:role/nobody",
        "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/no/group"}},
        "secrets": [{"name": "KEY", "valueFrom": "arn:aws:ssm:us-east-1:123456789012:parameter/none"}],
    }
    arn = ec2.register(containerProperties=container)
    assert ec2.finish(ec2.submit(jobDefinition=arn))["status"] == "SUCCEEDED"
