"""Updates apply all that they are sent, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from behaviour.conftest import Driver
from installed_model import skip_if_lacking

from .conftest import EC2_RESOURCES, HEAD

pytestmark = pytest.mark.batchmock(clock="manual", start="2026-03-01T12:00:00+00:00")


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


RESOURCES: list[dict[str, Any]] = [
    {"desiredvCpus": 4},
    {"maxvCpus": 32},
    {"subnets": ["subnet-1", "subnet-2"]},
    {"securityGroupIds": ["sg-1"]},
    {"instanceTypes": ["m5"]},
    {"instanceRole": "arn:aws:iam::123456789012:instance-profile/other"},
    {"ec2KeyPair": "other"},
    {"tags": {"Name": "other"}},
    {"placementGroup": "near"},
    {"imageId": "ami-0123456789abcdef0"},
    {"ec2Configuration": [{"imageType": "ECS_AL2", "imageIdOverride": "ami-0123456789abcdef0"}]},
    {"launchTemplate": {"launchTemplateName": "other", "version": "$Default", "overrides": []}},
    {"type": "SPOT", "allocationStrategy": "SPOT_CAPACITY_OPTIMIZED"},
]


@pytest.mark.parametrize("sent", RESOURCES, ids=lambda sent: next(iter(sent)))
def test_every_member_of_the_resources_of_an_environment_is_applied(
    batch: Driver, sent: dict[str, Any]
) -> None:
    skip_if_lacking("UpdateComputeEnvironment", {"computeResources": sent})
    client = batch.client
    client.create_compute_environment(
        computeEnvironmentName="workers", type="MANAGED", computeResources=EC2_RESOURCES
    )
    (before,) = client.describe_compute_environments()["computeEnvironments"]
    client.update_compute_environment(computeEnvironment="workers", computeResources=sent)
    if "desiredvCpus" in sent:
        batch.mock.advance("10m")
    (after,) = client.describe_compute_environments()["computeEnvironments"]
    assert after == {**before, "computeResources": {**before["computeResources"], **sent}}


def test_every_other_member_of_an_environment_is_applied(batch: Driver) -> None:
    client = batch.client
    role = "arn:aws:iam::123456789012:role/first"
    client.create_compute_environment(
        computeEnvironmentName="managed",
        type="MANAGED",
        computeResources=EC2_RESOURCES,
        serviceRole=role,
    )
    client.create_compute_environment(
        computeEnvironmentName="own", type="UNMANAGED", unmanagedvCpus=4, serviceRole=role
    )
    sent: dict[str, dict[str, Any]] = {
        "managed": {
            "state": "DISABLED",
            "serviceRole": "arn:aws:iam::123456789012:role/second",
            "updatePolicy": {"terminateJobsOnUpdate": True, "jobExecutionTimeoutMinutes": 10},
        },
        "own": {"unmanagedvCpus": 8},
    }
    for name, members in sent.items():
        (before,) = client.describe_compute_environments(computeEnvironments=[name])[
            "computeEnvironments"
        ]
        client.update_compute_environment(computeEnvironment=name, **members)
        (after,) = client.describe_compute_environments(computeEnvironments=[name])[
            "computeEnvironments"
        ]
        assert after == before | members


@pytest.mark.parametrize("member", ["launchTemplateId", "launchTemplateName"])
def test_a_launch_template_is_removed_by_an_empty_name_or_id(batch: Driver, member: str) -> None:
    client = batch.client
    client.create_compute_environment(
        computeEnvironmentName="workers", type="MANAGED", computeResources=EC2_RESOURCES
    )
    client.update_compute_environment(
        computeEnvironment="workers", computeResources={"launchTemplate": {member: ""}}
    )
    (after,) = client.describe_compute_environments()["computeEnvironments"]
    assert "launchTemplate" not in after["computeResources"]


def test_every_member_of_a_queue_is_applied_zeros_and_empty_lists_included(ec2: Driver) -> None:
    skip_if_lacking("CreateJobQueue", {"jobStateTimeLimitActions": []})
    first, second = (
        ec2.client.create_scheduling_policy(name=name, fairsharePolicy={})["arn"] for name in "ab"
    )
    actions = [
        {
            "reason": "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
            "state": "RUNNABLE",
            "maxTimeSeconds": 600,
            "action": "CANCEL",
        }
    ]
    ec2.client.create_job_queue(
        jobQueueName="fair",
        priority=1,
        schedulingPolicyArn=first,
        computeEnvironmentOrder=[{"order": 1, "computeEnvironment": "default"}],
    )
    updates: list[dict[str, Any]] = [
        {"priority": 9, "schedulingPolicyArn": second, "jobStateTimeLimitActions": actions},
        {"priority": 0, "jobStateTimeLimitActions": [], "state": "DISABLED"},
        {"state": "ENABLED"},
    ]
    for sent in updates:
        (before,) = ec2.client.describe_job_queues(jobQueues=["fair"])["jobQueues"]
        ec2.client.update_job_queue(jobQueue="fair", **sent)
        (after,) = ec2.client.describe_job_queues(jobQueues=["fair"])["jobQueues"]
        assert after == before | sent


def test_an_update_of_managed_instances_changes_the_parts_that_it_sends(batch: Driver) -> None:
    skip_if_lacking("UpdateComputeEnvironment", {"computeResources": {"managedInstancesProvider": {}}})
    template: dict[str, Any] = {
        "ec2InstanceProfileArn": "arn:aws:iam::123456789012:instance-profile/managed",
        "networkConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"]},
        "capacityOptionType": "SPOT",
    }
    provider = {
        "infrastructureRoleArn": "arn:aws:iam::123456789012:role/infrastructure",
        "instanceLaunchTemplate": template,
    }
    batch.client.create_compute_environment(
        computeEnvironmentName="ce",
        type="MANAGED",
        computeResources={
            "type": "ECS_MANAGED_INSTANCES",
            "maxvCpus": 16,
            "managedInstancesProvider": provider,
        },
    )
    batch.client.update_compute_environment(
        computeEnvironment="ce",
        computeResources={
            "managedInstancesProvider": {
                "propagateTags": "NONE",
                "instanceLaunchTemplate": {"monitoring": "DETAILED"},
            }
        },
    )
    (found,) = batch.client.describe_compute_environments()["computeEnvironments"]
    assert found["computeResources"]["managedInstancesProvider"] == {
        **provider,
        "propagateTags": "NONE",
        "instanceLaunchTemplate": {**template, "monitoring": "DETAILED"},
    }


def test_an_update_of_the_access_entry_leaves_cluster_and_namespace(batch: Driver) -> None:
    skip_if_lacking("UpdateComputeEnvironment", {"eksConfiguration": {"accessEntry": {}}})
    cluster = {
        "eksClusterArn": "arn:aws:eks:us-east-1:123456789012:cluster/c",
        "kubernetesNamespace": "batch",
    }
    batch.client.create_compute_environment(
        computeEnvironmentName="ce",
        type="MANAGED",
        computeResources={**EC2_RESOURCES, "allocationStrategy": "BEST_FIT_PROGRESSIVE"},
        eksConfiguration=cluster,
    )
    batch.client.update_compute_environment(
        computeEnvironment="ce",
        eksConfiguration={"accessEntry": {"desiredState": "ENABLED", "status": "ACTIVE"}},
    )
    (found,) = batch.client.describe_compute_environments()["computeEnvironments"]
    # The status is read-only: here is no cluster whose entry could be looked at.
    assert found["eksConfiguration"] == {**cluster, "accessEntry": {"desiredState": "ENABLED"}}


def test_an_update_policy_changes_by_its_parts(ec2: Driver) -> None:
    for part in ({"jobExecutionTimeoutMinutes": 5}, {"terminateJobsOnUpdate": True}):
        ec2.client.update_compute_environment(computeEnvironment="default", updatePolicy=part)
    (found,) = ec2.client.describe_compute_environments()["computeEnvironments"]
    assert found["updatePolicy"] == {"jobExecutionTimeoutMinutes": 5, "terminateJobsOnUpdate": True}


def test_an_update_policy_is_ignored_on_fargate(batch: Driver) -> None:
    batch.mock.defaults(fargate=True)
    batch.client.update_compute_environment(
        computeEnvironment="default", updatePolicy={"terminateJobsOnUpdate": True}
    )
    (found,) = batch.client.describe_compute_environments()["computeEnvironments"]
    assert "updatePolicy" not in found


def test_an_empty_ec2_configuration_brings_the_default_back(ec2: Driver) -> None:
    def images() -> Any:
        (found,) = ec2.client.describe_compute_environments()["computeEnvironments"]
        return found["computeResources"]["ec2Configuration"]

    before = images()
    for sent in ([{"imageType": "ECS_AL2023", "imageIdOverride": "ami-1"}], []):
        ec2.client.update_compute_environment(
            computeEnvironment="default", computeResources={"ec2Configuration": sent}
        )
    assert images() == before
