"""Descriptions and updates: what was given comes back, nothing more and nothing less."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from behaviour.conftest import Driver
from installed_model import skip_if_lacking

from .conftest import EC2_RESOURCES, HEAD

pytestmark = pytest.mark.batchmock(clock="manual", start="2026-03-01T12:00:00+00:00")


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


def test_an_environment_is_echoed_with_the_defaults_that_the_service_fills_in(
    batch: Driver, transport: str
) -> None:
    if transport == "http":  # an older botocore does not read what it does not know
        newer = {"computeResources": {"launchTemplate": {"overrides": []}}}
        skip_if_lacking("CreateComputeEnvironment", newer)
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


CONTAINER: dict[str, Any] = {
    "image": "busybox",
    "command": ["true"],
    "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "2048"}],
}
ON_FARGATE = {
    "image": "busybox",
    "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
    "resourceRequirements": [{"type": "VCPU", "value": "0.25"}, {"type": "MEMORY", "value": "512"}],
    "networkConfiguration": {"assignPublicIp": "ENABLED"},
    "fargatePlatformConfiguration": {"platformVersion": "LATEST"},
    "ephemeralStorage": {"sizeInGiB": 30},
    "runtimePlatform": {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"},
}
FIRST_OF_TWO = {
    **CONTAINER,
    "name": "first",
    "essential": True,
    "dependsOn": [{"containerName": "second", "condition": "START"}],
}
POD = {
    "serviceAccountName": "worker",
    "hostNetwork": True,
    "dnsPolicy": "ClusterFirst",
    "containers": [
        {
            "image": "busybox",
            "command": ["sh"],
            "args": ["-c", "true"],
            "env": [{"name": "A", "value": "1"}],
            "resources": {"limits": {"cpu": "1", "memory": "1024Mi"}, "requests": {"cpu": "1"}},
            "volumeMounts": [{"name": "scratch", "mountPath": "/scratch"}],
            "securityContext": {"runAsUser": 0, "privileged": False},
        }
    ],
    "volumes": [{"name": "scratch", "emptyDir": {"sizeLimit": "1024Mi", "medium": ""}}],
    "metadata": {"labels": {"team": "data"}},
}
DEFINITIONS: dict[str, dict[str, Any]] = {
    "least": {"containerProperties": {"image": "busybox", "vcpus": 1, "memory": 4}},
    "fargate": {"platformCapabilities": ["FARGATE"], "containerProperties": ON_FARGATE},
    "empty": {"containerProperties": CONTAINER, "tags": {}, "parameters": {}, "timeout": {}},
    "nodes": {
        "type": "multinode",
        "nodeProperties": {
            "numNodes": 3,
            "mainNode": 0,
            "nodeRangeProperties": [
                {"targetNodes": "0:1", "container": CONTAINER},
                {"targetNodes": "2:", "container": CONTAINER | {"image": "other"}},
            ],
        },
        "retryStrategy": {"attempts": 1},
        "timeout": {"attemptDurationSeconds": 100},
    },
    "several": {
        "ecsProperties": {
            "taskProperties": [
                {
                    "containers": [FIRST_OF_TWO, {**CONTAINER, "name": "second", "essential": False}],
                    "volumes": [],
                }
            ]
        }
    },
    "pod": {"eksProperties": {"podProperties": POD}},
}


def beyond(given: Any, got: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """What an answer holds and nobody has given, by its path; what was given has to be there."""
    if isinstance(given, dict):
        assert isinstance(got, dict)
        assert given.keys() <= got.keys(), path
        for name, value in got.items():
            if name in given:
                yield from beyond(given[name], value, f"{path}.{name}")
            else:
                yield f"{path}.{name}", value
    elif isinstance(given, list) and given and isinstance(given[0], dict):
        assert len(given) == len(got), path
        for one, other in zip(given, got, strict=True):
            yield from beyond(one, other, path)
    else:
        assert got == given, path


@pytest.mark.parametrize("kind", DEFINITIONS)
def test_a_definition_of_any_kind_gains_nothing_but_its_name_and_empty_members(
    batch: Driver, kind: str
) -> None:
    given = {"jobDefinitionName": kind, "type": "container", **DEFINITIONS[kind]}
    skip_if_lacking("RegisterJobDefinition", given)
    made = batch.client.register_job_definition(**given)
    (got,) = batch.client.describe_job_definitions(jobDefinitionName=kind)["jobDefinitions"]
    gained = {path: value for path, value in beyond(given, got) if value not in ([], {})}
    orchestration = "EKS" if kind == "pod" else "ECS"
    assert gained == {
        ".jobDefinitionArn": made["jobDefinitionArn"],
        ".revision": 1,
        ".status": "ACTIVE",
        ".containerOrchestrationType": orchestration,
    }


def test_other_resources_gain_nothing_but_their_arn(batch: Driver) -> None:
    skip_if_lacking("CreateConsumableResource", {})
    given: dict[str, Any] = {
        "name": "fair",
        "fairsharePolicy": {
            "shareDecaySeconds": 60,
            "computeReservation": 10,
            "shareDistribution": [{"shareIdentifier": "A*", "weightFactor": 0.5}],
        },
        "tags": {"team": "data"},
    }
    arn = batch.client.create_scheduling_policy(**given)["arn"]
    (policy,) = batch.client.describe_scheduling_policies(arns=[arn])["schedulingPolicies"]
    assert policy == {**given, "arn": arn}
    given = {"consumableResourceName": "licences", "totalQuantity": 7, "tags": {"team": "data"}}
    batch.client.create_consumable_resource(**given)
    resource = batch.client.describe_consumable_resource(consumableResource="licences")
    gained = {path for path, _ in beyond(given, resource)} - {".ResponseMetadata"}
    assert gained == {
        ".consumableResourceArn",
        ".availableQuantity",
        ".inUseQuantity",
        ".resourceType",
        ".createdAt",
    }
