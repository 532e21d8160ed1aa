"""Hosts of another kind than a job needs: by system, by architecture, by size."""

from __future__ import annotations

from typing import Any

import pytest
from installed_model import skip_if_lacking

from fleet.conftest import Driver

ROLE = "arn:aws:iam::123456789012:role/batch"
NEEDS = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "2048"}]
WINDOWS = {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE", "cpuArchitecture": "X86_64"}


def fargate(batch: Driver, name: str, kind: str) -> None:
    resources = {"type": kind, "maxvCpus": 4, "subnets": ["subnet-a"], "securityGroupIds": ["sg-1"]}
    request = {"computeEnvironmentName": name, "type": "MANAGED", "computeResources": resources}
    batch.mock.call("CreateComputeEnvironment", request)


def managed_instances(batch: Driver, name: str, *allowed: str, option: str = "ON_DEMAND") -> None:
    template: dict[str, Any] = {
        "ec2InstanceProfileArn": "arn:aws:iam::123456789012:instance-profile/ecs",
        "networkConfiguration": {"subnets": ["subnet-a"], "securityGroups": ["sg-1"]},
        "capacityOptionType": option,
    }
    if allowed:
        template["instanceRequirements"] = {"allowedInstanceTypes": list(allowed)}
    provider = {"infrastructureRoleArn": ROLE, "instanceLaunchTemplate": template}
    resources = {"type": "ECS_MANAGED_INSTANCES", "maxvCpus": 64, "managedInstancesProvider": provider}
    request = {"computeEnvironmentName": name, "type": "MANAGED", "computeResources": resources}
    skip_if_lacking("CreateComputeEnvironment", request)
    batch.mock.call("CreateComputeEnvironment", request)


def define(batch: Driver, name: str, platform: str, runtime: dict[str, str], **container: Any) -> None:
    members = {"image": "x", "resourceRequirements": NEEDS, **container}
    request: dict[str, Any] = {
        "jobDefinitionName": name,
        "type": "container",
        "platformCapabilities": [platform],
    }
    if platform == "FARGATE":
        members |= {"executionRoleArn": ROLE, "runtimePlatform": runtime}
        request["containerProperties"] = members
    else:
        task = {"containers": [{"name": "main", "essential": True, **members}]}
        request["ecsProperties"] = {"taskProperties": [{**task, "runtimePlatform": runtime}]}
    batch.mock.call("RegisterJobDefinition", request)


def submitted(batch: Driver, definition: str, name: str = "job") -> Any:
    request = {"jobName": name, "jobQueue": "q", "jobDefinition": definition}
    job = batch.mock.jobs.get(batch.mock.call("SubmitJob", request)["jobId"])
    batch.mock.advance("10s")
    return job


def where(job: Any) -> str | None:
    attempt = job._job.attempt
    return None if attempt is None else attempt.environment.name


def test_a_windows_job_passes_fargate_spot_over(batch: Driver) -> None:
    fargate(batch, "spot", "FARGATE_SPOT")
    fargate(batch, "on-demand", "FARGATE")
    batch.queue("spot", "on-demand")
    define(batch, "windows", "FARGATE", WINDOWS)
    define(batch, "linux", "FARGATE", {"cpuArchitecture": "ARM64"})
    assert where(submitted(batch, "windows")) == "on-demand"
    assert where(submitted(batch, "linux")) == "spot"


def test_a_windows_job_blocks_a_queue_of_fargate_spot_alone(batch: Driver) -> None:
    fargate(batch, "spot", "FARGATE_SPOT")
    batch.queue("spot")
    define(batch, "windows", "FARGATE", WINDOWS)
    job = submitted(batch, "windows")
    assert job.status == "RUNNABLE"
    assert (job.status_reason or "").startswith("UNDETERMINED")
    assert [it["detail-type"] for it in batch.mock.events.of(job)][-1] == "Batch Job Queue Blocked"


@pytest.mark.parametrize(("architecture", "chosen"), [("ARM64", "graviton"), ("X86_64", "intel")])
def test_managed_instances_of_another_architecture_are_passed_over(
    batch: Driver, architecture: str, chosen: str
) -> None:
    managed_instances(batch, "graviton", "c7g")
    managed_instances(batch, "intel", "c7i", "m7i.large")
    batch.queue("graviton", "intel")
    define(batch, "task", "MANAGED_INSTANCES", {"cpuArchitecture": architecture})
    assert where(submitted(batch, "task")) == chosen


def test_managed_instances_of_any_type_take_any_architecture(batch: Driver) -> None:
    managed_instances(batch, "any")
    batch.queue("any")
    define(batch, "task", "MANAGED_INSTANCES", {"cpuArchitecture": "ARM64"})
    assert where(submitted(batch, "task")) == "any"


def test_managed_instances_whose_types_are_all_too_small_are_passed_over(batch: Driver) -> None:
    managed_instances(batch, "small", "m7i.large")
    managed_instances(batch, "large", "m7i.large", "m7i.4xlarge")
    batch.queue("small", "large")
    needs = [{"type": "VCPU", "value": "4"}, {"type": "MEMORY", "value": "2048"}]
    define(batch, "task", "MANAGED_INSTANCES", {}, resourceRequirements=needs)
    assert where(submitted(batch, "task")) == "large"


def test_a_job_larger_than_any_allowed_type_blocks_the_queue(batch: Driver) -> None:
    managed_instances(batch, "small", "m7i.large")
    batch.queue("small")
    needs = [{"type": "VCPU", "value": "4"}, {"type": "MEMORY", "value": "2048"}]
    define(batch, "task", "MANAGED_INSTANCES", {}, resourceRequirements=needs)
    job = submitted(batch, "task")
    assert (job.status_reason or "").startswith("MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT")


def test_managed_instances_on_spot_are_reclaimed_task_by_task(batch: Driver) -> None:
    managed_instances(batch, "managed", option="SPOT")
    batch.queue("managed")
    define(batch, "task", "MANAGED_INSTANCES", {})
    batch.mock.on().hangs()
    first, second = submitted(batch, "task", "first"), submitted(batch, "task", "second")
    batch.mock.advance("1m")
    assert batch.mock.spot.hosts == {first.id: [first.id], second.id: [second.id]}
    assert batch.mock.spot.reclaim(job=first, notice="1m") == [first.id]
    assert (first.status, second.status) == ("RUNNING", "RUNNING")
    batch.mock.advance("1m")
    host = first.attempts[-1].instance_id
    assert (first.status, second.status) == ("FAILED", "RUNNING")
    assert first.status_reason == f"Host EC2 (instance {host}) terminated."


def test_managed_instances_on_demand_are_not_to_be_reclaimed(batch: Driver) -> None:
    managed_instances(batch, "managed")
    batch.queue("managed")
    define(batch, "task", "MANAGED_INSTANCES", {})
    submitted(batch, "task")
    assert batch.mock.spot.hosts == {}


def test_a_rate_of_interruptions_is_for_managed_instances_on_spot_too(batch: Driver) -> None:
    batch.mock.spot.interruption_rate(60)
    managed_instances(batch, "managed", option="SPOT")
    batch.queue("managed")
    define(batch, "task", "MANAGED_INSTANCES", {})
    batch.mock.on().hangs()
    job = submitted(batch, "task")
    batch.mock.run_until_idle()
    assert (job.status_reason or "").startswith("Host EC2 (instance i-")
