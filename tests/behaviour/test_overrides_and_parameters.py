"""What a submit changes about its definition: overrides, parameters, environment."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from behaviour.conftest import Driver

pytestmark = pytest.mark.batchmock(clock="manual", start="2026-03-01T12:00:00+00:00")


def overridden(batch: Driver, **overrides: Any) -> dict[str, Any]:
    """The container of a job of the definition "work" with these overrides."""
    job = batch.submit(jobDefinition="work", containerOverrides=overrides)
    container: dict[str, Any] = batch.describe(job)["container"]
    return container


def seen_by_the_job(batch: Driver, **members: Any) -> Any:
    """Run a job, and return what its callable was handed."""
    jobs: list[Any] = []
    batch.mock.on("job").runs(jobs.append)
    batch.finish(batch.submit(**members))
    (job,) = jobs
    return job


# Overrides


def test_a_command_override_replaces_the_whole_command(ec2: Driver) -> None:
    ec2.register(containerProperties={"command": ["python", "main.py", "--fast"]})
    assert overridden(ec2, command=["echo", "hello"])["command"] == ["echo", "hello"]
    assert overridden(ec2)["command"] == ["python", "main.py", "--fast"]


def test_an_environment_override_replaces_by_name_and_adds(ec2: Driver) -> None:
    ec2.register(
        containerProperties={"environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}
    )
    override = [{"name": "B", "value": "20"}, {"name": "C", "value": "30"}]
    environment = overridden(ec2, environment=override)["environment"]
    found = {entry["name"]: entry["value"] for entry in environment}
    assert found == {"A": "1", "B": "20", "C": "30"}
    assert len(environment) == 3


def test_the_variables_of_batch_itself_are_not_described(ec2: Driver) -> None:
    job = ec2.finish(ec2.submit())
    assert job["container"]["environment"] == []


def test_a_resource_override_replaces_its_type_and_leaves_the_others(ec2: Driver) -> None:
    ec2.register()
    override = [{"type": "VCPU", "value": "4"}]
    requirements = overridden(ec2, resourceRequirements=override)["resourceRequirements"]
    assert {entry["type"]: entry["value"] for entry in requirements} == {"VCPU": "4", "MEMORY": "2048"}


def test_a_resource_override_decides_about_the_placement(batch: Driver) -> None:
    batch.mock.defaults(max_vcpus=4)
    override = {"resourceRequirements": [{"type": "VCPU", "value": "8"}]}
    job = batch.submit(containerOverrides=override)
    batch.mock.run_until_idle()
    assert batch.status(job) == "RUNNABLE"


def test_legacy_overrides_do_not_beat_the_resource_requirements_of_the_definition(
    ec2: Driver,
) -> None:
    ec2.register()
    container = overridden(ec2, vcpus=8, memory=128)
    assert {"vcpus", "memory"}.isdisjoint(container)
    found = {entry["type"]: entry["value"] for entry in container["resourceRequirements"]}
    assert found == {"VCPU": "1", "MEMORY": "2048"}


def test_legacy_overrides_replace_legacy_members(ec2: Driver) -> None:
    ec2.register(containerProperties={"vcpus": 1, "memory": 128, "resourceRequirements": []})
    container = overridden(ec2, vcpus=2, memory=256)
    assert (container["vcpus"], container["memory"]) == (2, 256)
    assert container["resourceRequirements"] == []


def test_overrides_do_not_change_the_definition(ec2: Driver) -> None:
    ec2.register(containerProperties={"environment": [{"name": "A", "value": "1"}]})
    for _ in range(2):
        overridden(
            ec2,
            command=["echo"],
            environment=[{"name": "A", "value": "2"}, {"name": "B", "value": "3"}],
            resourceRequirements=[{"type": "MEMORY", "value": "4096"}],
        )
    pristine = overridden(ec2)
    assert pristine["command"] == ["true"]
    assert pristine["environment"] == [{"name": "A", "value": "1"}]
    assert {"type": "MEMORY", "value": "2048"} in pristine["resourceRequirements"]


def test_tags_of_the_submit_are_the_jobs_and_not_the_definitions(ec2: Driver) -> None:
    ec2.register(tags={"team": "video"})
    job = ec2.submit(jobDefinition="work", tags={"run": "7"})
    assert ec2.describe(job)["tags"] == {"run": "7"}
    (definition,) = ec2.client.describe_job_definitions(jobDefinitionName="work")["jobDefinitions"]
    assert definition["tags"] == {"team": "video"}


def test_the_same_submit_twice_makes_two_jobs(ec2: Driver) -> None:
    assert ec2.submit("same") != ec2.submit("same")
    assert len(ec2.mock.jobs.all(name="same")) == 2


@pytest.mark.parametrize("queue", ["nothing", "arn:aws:batch:us-east-1:123456789012:job-queue/nothing"])
def test_a_submit_to_an_unknown_queue_is_refused(ec2: Driver, queue: str) -> None:
    with pytest.raises(ClientError) as refusal:
        ec2.submit(jobQueue=queue)
    assert refusal.value.response["Error"] == {
        "Code": "ClientException",
        "Message": f"JobQueue {queue} not found.",
    }


def test_a_refused_submit_makes_no_job(ec2: Driver) -> None:
    with pytest.raises(ClientError):
        ec2.submit("!!")
    assert len(ec2.mock.jobs) == 0


# Parameters


def test_parameters_of_the_submit_go_over_those_of_the_definition_key_by_key(ec2: Driver) -> None:
    ec2.register(
        parameters={"codec": "mp4", "input": "a.mov"},
        containerProperties={"command": ["ffmpeg", "-c", "Ref::codec", "Ref::input"]},
    )
    seen = seen_by_the_job(ec2, jobDefinition="work", parameters={"codec": "webm"})
    assert ec2.describe(seen.id)["parameters"] == {"codec": "webm", "input": "a.mov"}
    assert seen.command == ["ffmpeg", "-c", "webm", "a.mov"]
    assert seen.parameters == {"codec": "webm", "input": "a.mov"}


def test_placeholders_of_an_overriding_command_are_replaced_too(ec2: Driver) -> None:
    seen = seen_by_the_job(
        ec2,
        parameters={"who": "world"},
        containerOverrides={"command": ["echo", "Ref::who"]},
    )
    assert seen.command == ["echo", "world"]


def test_only_whole_words_are_placeholders(ec2: Driver) -> None:
    seen = seen_by_the_job(
        ec2,
        parameters={"who": "world"},
        containerOverrides={"command": ["--to=Ref::who", "Ref::who"]},
    )
    assert seen.command == ["--to=Ref::who", "world"]


def test_a_placeholder_without_a_value_is_refused_at_the_submit(ec2: Driver) -> None:
    ec2.register(containerProperties={"command": ["echo", "Ref::job_id"]})
    text = "Unable to substitute value. No parameter found for reference job_id"
    with pytest.raises(ClientError, match=text):
        ec2.submit(jobDefinition="work")
    assert len(ec2.mock.jobs) == 0


# The container's environment


def test_a_job_on_ec2_finds_what_batch_and_ecs_set(ec2: Driver) -> None:
    job = seen_by_the_job(ec2)
    assert job.environment == {
        "AWS_BATCH_CE_NAME": "default",
        "AWS_BATCH_JQ_NAME": "default",
        "AWS_BATCH_JOB_ID": job.id,
        "AWS_BATCH_JOB_ATTEMPT": "1",
        "AWS_EXECUTION_ENV": "AWS_ECS_EC2",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
    }


def test_a_job_on_fargate_finds_its_execution_environment(fargate: Driver) -> None:
    assert seen_by_the_job(fargate).environment["AWS_EXECUTION_ENV"] == "AWS_ECS_FARGATE"


def test_a_job_finds_the_variables_of_definition_and_submit(ec2: Driver) -> None:
    ec2.register(
        containerProperties={
            "environment": [{"name": "A", "value": "1"}, {"name": "PATH", "value": "/opt/bin"}]
        }
    )
    job = seen_by_the_job(
        ec2,
        jobDefinition="work",
        containerOverrides={"environment": [{"name": "A", "value": "2"}]},
    )
    assert (job.environment["A"], job.environment["PATH"]) == ("2", "/opt/bin")


def test_a_single_job_has_no_array_or_node_variables(ec2: Driver) -> None:
    environment = seen_by_the_job(ec2).environment
    assert not [name for name in environment if "ARRAY" in name or "NODE" in name]


def test_secrets_are_described_by_name_and_place_only(ec2: Driver) -> None:
    secret = {
        "name": "TOKEN",
        "valueFrom": "arn:aws:ssm:us-east-1:123456789012:parameter/token",
    }
    role = "arn:aws:iam::123456789012:role/ecsTaskExecutionRole"
    ec2.register(containerProperties={"secrets": [secret], "executionRoleArn": role})
    assert overridden(ec2)["secrets"] == [secret]
