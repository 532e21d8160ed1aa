"""What updates and deletions of compute environments and job queues do, and what they leave alone."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from installed_model import skip_if_lacking

from behaviour.conftest import Driver

pytestmark = pytest.mark.batchmock(clock="manual", start="2026-03-01T12:00:00+00:00")

RESOURCES: dict[str, Any] = {
    "type": "EC2",
    "minvCpus": 0,
    "maxvCpus": 16,
    "instanceTypes": ["c5.large"],
    "subnets": ["subnet-1"],
    "securityGroupIds": ["sg-1"],
    "instanceRole": "ecsInstanceRole",
}
OWN_ROLE = "arn:aws:iam::123456789012:role/batch"


def create(batch: Driver, name: str = "ce", **resources: Any) -> None:
    batch.client.create_compute_environment(
        computeEnvironmentName=name, type="MANAGED", computeResources={**RESOURCES, **resources}
    )


def environment(batch: Driver, name: str = "ce") -> dict[str, Any]:
    """What DescribeComputeEnvironments shows."""
    answer = batch.client.describe_compute_environments(computeEnvironments=[name])
    (found,) = answer["computeEnvironments"]
    described: dict[str, Any] = found
    return described


def update(batch: Driver, name: str = "ce", **members: Any) -> dict[str, Any]:
    """Update the environment, and describe its resources."""
    batch.client.update_compute_environment(computeEnvironment=name, **members)
    resources: dict[str, Any] = environment(batch, name)["computeResources"]
    return resources


# Updates of environments


@pytest.mark.parametrize("strategy", [{}, {"allocationStrategy": "BEST_FIT"}])
def test_any_environment_is_scaled_whatever_its_strategy_and_role(
    batch: Driver, strategy: dict[str, str]
) -> None:
    batch.client.create_compute_environment(
        computeEnvironmentName="ce",
        type="MANAGED",
        serviceRole=OWN_ROLE,
        computeResources={**RESOURCES, **strategy},
    )
    scaled = {"minvCpus": 2, "maxvCpus": 32, "desiredvCpus": 4}
    resources = update(batch, computeResources=scaled)
    assert scaled.items() <= resources.items()
    update(batch, state="DISABLED")
    assert environment(batch)["state"] == "DISABLED"


def test_subnets_and_security_groups_of_fargate_are_part_of_a_scaling_update(batch: Driver) -> None:
    fargate = {"type": "FARGATE", "maxvCpus": 4, "subnets": ["subnet-1"], "securityGroupIds": ["sg-1"]}
    batch.client.create_compute_environment(
        computeEnvironmentName="ce", type="MANAGED", serviceRole=OWN_ROLE, computeResources=fargate
    )
    changed = {"subnets": ["subnet-2"], "securityGroupIds": ["sg-2"]}
    assert changed.items() <= update(batch, computeResources=changed).items()


def test_an_empty_list_of_subnets_changes_nothing_on_fargate(batch: Driver) -> None:
    fargate = {"type": "FARGATE", "maxvCpus": 4, "subnets": ["subnet-1"], "securityGroupIds": ["sg-1"]}
    batch.client.create_compute_environment(
        computeEnvironmentName="ce", type="MANAGED", computeResources=fargate
    )
    resources = update(batch, computeResources={"subnets": [], "securityGroupIds": []})
    assert (resources["subnets"], resources["securityGroupIds"]) == (["subnet-1"], ["sg-1"])


def test_an_empty_list_of_security_groups_removes_them_on_ec2(batch: Driver) -> None:
    create(
        batch,
        allocationStrategy="BEST_FIT_PROGRESSIVE",
        launchTemplate={"launchTemplateName": "with-security-groups"},
    )
    assert update(batch, computeResources={"securityGroupIds": []})["securityGroupIds"] == []


@pytest.mark.parametrize(
    ("member", "present", "empty"),
    [
        ("imageId", "ami-1", ""),
        ("ec2KeyPair", "ops", ""),
        ("launchTemplate", {"launchTemplateName": "disks"}, {"launchTemplateName": ""}),
        ("launchTemplate", {"launchTemplateId": "lt-1"}, {"launchTemplateId": ""}),
    ],
)
def test_an_empty_text_removes_a_member_and_an_absent_one_leaves_it(
    batch: Driver, member: str, present: Any, empty: Any
) -> None:
    create(batch, allocationStrategy="BEST_FIT_PROGRESSIVE", **{member: present})
    assert member in update(batch, computeResources={"maxvCpus": 8})
    assert member not in update(batch, computeResources={member: empty})


def test_desired_vcpus_below_what_the_environment_has_are_refused(batch: Driver) -> None:
    batch.mock.defaults(max_vcpus=16)
    batch.mock.on("*").hangs()
    batch.submit(arrayProperties={"size": 6})
    batch.mock.advance("5m")
    had = environment(batch, "default")["computeResources"]["desiredvCpus"]
    assert had >= 6
    with pytest.raises(ClientError, match="Manually scaling down compute environment is not supported"):
        update(batch, "default", computeResources={"desiredvCpus": had - 1})
    assert update(batch, "default", computeResources={"desiredvCpus": had})["desiredvCpus"] == had


@pytest.mark.parametrize("insights", ["ENABLED", "ENHANCED", "DISABLED"])
def test_container_insights_are_echoed_and_other_values_refused(batch: Driver, insights: str) -> None:
    settings = {"containerInsights": insights}
    skip_if_lacking("CreateComputeEnvironment", {"ecsSettings": settings})
    batch.client.create_compute_environment(
        computeEnvironmentName="ce",
        type="MANAGED",
        computeResources=RESOURCES,
        ecsSettings=settings,
    )
    assert environment(batch)["ecsSettings"] == settings
    with pytest.raises(ClientError, match="containerInsights"):
        update(batch, ecsSettings={"containerInsights": "SOMETIMES"})


def test_the_reserved_context_is_accepted(batch: Driver) -> None:
    skip_if_lacking("UpdateComputeEnvironment", {"context": "reserved"})
    batch.client.create_compute_environment(
        computeEnvironmentName="ce", type="MANAGED", computeResources=RESOURCES, context="reserved"
    )
    batch.client.update_compute_environment(computeEnvironment="ce", context="reserved")
    assert environment(batch)["status"] == "VALID"


def test_a_fargate_environment_holds_as_many_vcpus_as_its_jobs(batch: Driver) -> None:
    batch.mock.defaults(fargate=True, max_vcpus=2, vcpus=0.25, memory=512)
    batch.mock.on("*").hangs()
    jobs = [batch.submit() for _ in range(9)]
    batch.mock.run_until_idle()
    assert sorted(batch.status(job) for job in jobs) == ["RUNNABLE", *["RUNNING"] * 8]
    assert "desiredvCpus" not in environment(batch, "default")["computeResources"]


# Deletion of environments


@pytest.mark.parametrize("kind", ["compute_environment", "job_queue"])
def test_deleting_what_is_not_there_succeeds(batch: Driver, kind: str) -> None:
    name = "computeEnvironment" if kind == "compute_environment" else "jobQueue"
    answer = getattr(batch.client, f"delete_{kind}")(**{name: "nothing"})
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_a_fargate_environment_that_is_deleted_under_its_jobs_becomes_invalid(batch: Driver) -> None:
    batch.mock.defaults(fargate=True)
    batch.mock.defaults(name="other", fargate=True)
    batch.mock.on("job").succeeds(after="1h")
    job = batch.submit()
    batch.reach(job, "RUNNING")
    batch.client.update_job_queue(
        jobQueue="default", computeEnvironmentOrder=[{"order": 1, "computeEnvironment": "other"}]
    )
    update(batch, "default", state="DISABLED")
    batch.client.delete_compute_environment(computeEnvironment="default")
    found = environment(batch, "default")
    assert (found["status"], found["state"]) == ("INVALID", "DISABLED")
    assert found["statusReason"].startswith("CLIENT_ERROR - ")
    assert batch.finish(job)["status"] == "SUCCEEDED"
    batch.client.delete_compute_environment(computeEnvironment="default")
    names = {"computeEnvironments": ["default"]}
    assert batch.client.describe_compute_environments(**names)["computeEnvironments"] == []


# Queues


def queue(batch: Driver, name: str = "default") -> dict[str, Any]:
    """What DescribeJobQueues shows."""
    (found,) = batch.client.describe_job_queues(jobQueues=[name])["jobQueues"]
    described: dict[str, Any] = found
    return described


def test_an_update_of_a_queue_applies_what_is_sent_and_answers_with_name_and_arn(ec2: Driver) -> None:
    ec2.mock.defaults(name="other")
    before = queue(ec2)
    action = {
        "reason": "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT",
        "state": "RUNNABLE",
        "maxTimeSeconds": 600,
        "action": "CANCEL",
    }
    skip_if_lacking("UpdateJobQueue", {"jobStateTimeLimitActions": [action]})
    arn = before["computeEnvironmentOrder"][0]["computeEnvironment"]
    changes: list[dict[str, Any]] = [
        {"priority": 7},
        {"state": "DISABLED"},
        {"jobStateTimeLimitActions": [action]},
        {
            "computeEnvironmentOrder": [
                {"order": 2, "computeEnvironment": arn.replace("default", "other")}
            ]
        },
    ]
    for change in changes:
        answer = ec2.client.update_job_queue(jobQueue="default", **change)
        del answer["ResponseMetadata"]
        assert answer == {"jobQueueName": "default", "jobQueueArn": before["jobQueueArn"]}
        after = queue(ec2)
        assert after == {**before, **change}
        before = after


@pytest.mark.parametrize(
    "reason",
    [
        "MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS",
        "ACTION_REQUIRED",
        "UNDETERMINED",
    ],
)
def test_a_reason_that_no_time_limit_can_act_on_is_refused(ec2: Driver, reason: str) -> None:
    action = {"reason": reason, "state": "RUNNABLE", "maxTimeSeconds": 600, "action": "CANCEL"}
    skip_if_lacking("UpdateJobQueue", {"jobStateTimeLimitActions": [action]})
    with pytest.raises(ClientError, match="reason"):
        ec2.client.update_job_queue(jobQueue="default", jobStateTimeLimitActions=[action])
    assert queue(ec2)["jobStateTimeLimitActions"] == []
