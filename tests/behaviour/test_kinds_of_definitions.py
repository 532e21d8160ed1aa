"""What a registered definition says of its orchestrator, and which values of its members are known."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, ParamValidationError
from installed_model import skip_if_lacking

from behaviour.conftest import Driver
from pytest_batchmock import BatchError

pytestmark = pytest.mark.batchmock(clock="manual", start="2026-03-01T12:00:00+00:00")

NEEDS = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "2048"}]
ROLE = "arn:aws:iam::123456789012:role/execution"
POD = {"image": "busybox", "resources": {"limits": {"cpu": "1", "memory": "512Mi"}}}


def register(batch: Driver, **members: Any) -> dict[str, Any]:
    """Register a definition, and describe it."""
    request = {"jobDefinitionName": "d", "type": "container", **members}
    skip_if_lacking("RegisterJobDefinition", request)
    arn = batch.client.register_job_definition(**request)["jobDefinitionArn"]
    (found,) = batch.client.describe_job_definitions(jobDefinitions=[arn])["jobDefinitions"]
    described: dict[str, Any] = found
    return described


def a_container(**members: Any) -> dict[str, Any]:
    return {"image": "busybox", "resourceRequirements": NEEDS, **members}


def a_task(**members: Any) -> dict[str, Any]:
    return {"taskProperties": [{"containers": [{"name": "main", **a_container(**members)}]}]}


def a_pod(*containers: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"podProperties": {"containers": list(containers) or [POD], **members}}


@pytest.mark.parametrize(
    ("members", "orchestrator"),
    [
        ({"containerProperties": a_container()}, "ECS"),
        ({"ecsProperties": a_task()}, "ECS"),
        ({"eksProperties": a_pod()}, "EKS"),
    ],
)
def test_a_definition_says_whether_ecs_or_eks_runs_it(
    batch: Driver, members: dict[str, Any], orchestrator: str
) -> None:
    assert register(batch, **members)["containerOrchestrationType"] == orchestrator


@pytest.mark.parametrize(
    ("member", "known", "unknown"),
    [
        ("logDriver", ["awslogs", "splunk", "awsfirelens"], "foo"),
        ("assignPublicIp", ["ENABLED", "DISABLED"], "MAYBE"),
    ],
)
def test_a_member_of_a_fargate_container_has_one_of_the_known_values(
    batch: Driver, member: str, known: list[str], unknown: str
) -> None:
    holder = "logConfiguration" if member == "logDriver" else "networkConfiguration"

    def given(value: str) -> dict[str, Any]:
        container = a_container(executionRoleArn=ROLE, **{holder: {member: value}})
        return {"platformCapabilities": ["FARGATE"], "containerProperties": container}

    for value in known:
        shown = register(batch, **given(value))["containerProperties"]
        assert shown[holder][member] == value
    with pytest.raises(ClientError, match=unknown):
        register(batch, **given(unknown))


@pytest.mark.parametrize(
    "driver", ["json-file", "syslog", "journald", "gelf", "fluentd", "awslogs", "splunk", "awsfirelens"]
)
def test_every_log_driver_of_the_model_is_taken_on_ec2(batch: Driver, driver: str) -> None:
    container = a_container(logConfiguration={"logDriver": driver})
    shown = register(batch, containerProperties=container)["containerProperties"]
    assert shown["logConfiguration"]["logDriver"] == driver


def test_another_log_driver_is_refused_on_ec2(batch: Driver) -> None:
    with pytest.raises(ClientError, match="logDriver"):
        register(batch, containerProperties=a_container(logConfiguration={"logDriver": "foo"}))


def test_firelens_routes_through_fluentd_or_fluentbit(batch: Driver) -> None:
    def given(kind: str) -> dict[str, Any]:
        logs = {"logDriver": "awsfirelens"}
        router = {
            **a_container(),
            "name": "router",
            "user": "0",
            "firelensConfiguration": {"type": kind},
        }
        main = {**a_container(logConfiguration=logs), "name": "main"}
        return {"ecsProperties": {"taskProperties": [{"containers": [main, router]}]}}

    for kind in ("fluentd", "fluentbit"):
        task = register(batch, **given(kind))["ecsProperties"]["taskProperties"][0]
        assert task["containers"][1]["firelensConfiguration"]["type"] == kind
    with pytest.raises(ClientError, match="firelensConfiguration"):
        register(batch, **given("vector"))


def test_the_containers_of_a_pod_need_different_names_if_there_are_several(batch: Driver) -> None:
    register(batch, eksProperties=a_pod(POD))
    register(batch, eksProperties=a_pod({**POD, "name": "a"}, {**POD, "name": "b"}))
    for names in ({}, {"name": "a"}):
        with pytest.raises(ClientError, match="must be unique"):
            register(batch, eksProperties=a_pod({**POD, **names}, {**POD, **names}))


def test_what_nobody_set_of_a_pod_is_not_shown(batch: Driver) -> None:
    pod = register(batch, eksProperties=a_pod())["eksProperties"]["podProperties"]
    assert {"dnsPolicy", "hostNetwork", "serviceAccountName"}.isdisjoint(pod)
    assert {"name", "imagePullPolicy"}.isdisjoint(pod["containers"][0])


@pytest.mark.parametrize(
    ("pod", "refused"),
    [
        (a_pod({**POD, "imagePullPolicy": "Sometimes"}), "image pull policy"),
        (a_pod(dnsPolicy="None"), "Unsupported DNS policy value."),
        (a_pod(*[{**POD, "name": f"c{n}"} for n in range(11)]), "10"),
        (a_pod({"image": "busybox"}), "You must provide a container for eksProperties."),
        (
            a_pod({"image": "busybox", "resources": {"limits": {"cpu": "1"}}}),
            "cpu and memory resources must be provided.",
        ),
        (
            a_pod(metadata={"annotations": {"note": "x" * 256}}),
            "Metadata annotation value x* cannot be longer than 255 characters.",
        ),
        (
            a_pod(metadata={"labels": {"batch.amazonaws.com/team": "x"}}),
            "The prefix batch.amazonaws.com of the pod label key cannot contain terms",
        ),
    ],
)
def test_a_member_of_a_pod_outside_its_values_is_refused(
    batch: Driver, pod: dict[str, Any], refused: str
) -> None:
    with pytest.raises(ClientError, match=refused):
        register(batch, eksProperties=pod)


@pytest.mark.parametrize("policy", ["Default", "ClusterFirst", "ClusterFirstWithHostNet"])
def test_a_dns_policy_and_a_pull_policy_that_were_set_are_shown(batch: Driver, policy: str) -> None:
    for pull in ("Always", "IfNotPresent", "Never"):
        given = a_pod({**POD, "imagePullPolicy": pull}, dnsPolicy=policy)
        pod = register(batch, eksProperties=given)["eksProperties"]["podProperties"]
        assert (pod["dnsPolicy"], pod["containers"][0]["imagePullPolicy"]) == (policy, pull)


@pytest.mark.parametrize("member", ["image", "jobRoleArn", "volumes"])
def test_image_roles_and_volumes_of_a_container_are_not_overridden(ec2: Driver, member: str) -> None:
    given = [{"name": "disk"}] if member == "volumes" else "x"
    with pytest.raises(ParamValidationError, match="containerOverrides"):
        ec2.submit(containerOverrides={member: given})
    with pytest.raises(BatchError, match=member):
        ec2.mock.call(
            "SubmitJob",
            {
                "jobName": "job",
                "jobQueue": "default",
                "jobDefinition": "default",
                "containerOverrides": {member: given},
            },
        )


@pytest.mark.parametrize("where", ["definition", "override"])
@pytest.mark.parametrize("name", ["AWS_BATCH_JOB_ID", "AWS_BATCH", "AWS_BATCHES"])
def test_a_name_of_a_variable_does_not_begin_with_aws_batch(ec2: Driver, where: str, name: str) -> None:
    members = {"environment": [{"name": name, "value": "x"}]}
    calls = {
        "definition": lambda: register(ec2, containerProperties=a_container(**members)),
        "override": lambda: ec2.submit(containerOverrides=members),
    }
    with pytest.raises(ClientError, match=name):
        calls[where]()
