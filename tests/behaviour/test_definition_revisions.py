"""Job definitions: revisions, which one a submit means, what Describe shows."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from behaviour.conftest import Driver

pytestmark = pytest.mark.batchmock(clock="manual", start="2026-03-01T12:00:00+00:00")

HEAD = "arn:aws:batch:us-east-1:123456789012:job-definition/"


def described(batch: Driver, **request: Any) -> list[dict[str, Any]]:
    """What DescribeJobDefinitions answers."""
    found: list[dict[str, Any]] = batch.client.describe_job_definitions(**request)["jobDefinitions"]
    return found


def test_every_registration_makes_the_next_revision_even_of_the_same_content(batch: Driver) -> None:
    assert [batch.register() for _ in range(3)] == [f"{HEAD}work:{n}" for n in (1, 2, 3)]
    assert batch.register("else") == f"{HEAD}else:1"


def test_registration_answers_with_name_arn_and_revision(batch: Driver) -> None:
    batch.register()
    answer = batch.client.register_job_definition(
        jobDefinitionName="work",
        type="container",
        containerProperties={
            "image": "busybox",
            "resourceRequirements": [
                {"type": "VCPU", "value": "1"},
                {"type": "MEMORY", "value": "4"},
            ],
        },
    )
    del answer["ResponseMetadata"]
    assert answer == {
        "jobDefinitionName": "work",
        "jobDefinitionArn": f"{HEAD}work:2",
        "revision": 2,
    }


def test_a_revision_inherits_nothing_from_the_one_before(batch: Driver) -> None:
    batch.register(
        parameters={"codec": "mp4"},
        retryStrategy={"attempts": 3},
        timeout={"attemptDurationSeconds": 60},
        tags={"team": "video"},
    )
    batch.register()
    newest = described(batch, jobDefinitionName="work")[0]
    assert (newest["revision"], newest["parameters"], newest["tags"]) == (2, {}, {})
    assert {"retryStrategy", "timeout"}.isdisjoint(newest)


def test_revisions_are_active_until_they_are_deregistered(batch: Driver) -> None:
    first, second = batch.register(), batch.register()
    batch.client.deregister_job_definition(jobDefinition=first)
    statuses = {entry["jobDefinitionArn"]: entry["status"] for entry in described(batch)}
    assert statuses == {first: "INACTIVE", second: "ACTIVE"}


@pytest.mark.parametrize("given", ["work:1", f"{HEAD}work:1"])
def test_a_revision_is_deregistered_by_name_and_revision_or_arn(batch: Driver, given: str) -> None:
    batch.register()
    batch.client.deregister_job_definition(jobDefinition=given)
    assert described(batch, status="ACTIVE") == []


def test_a_bare_name_is_not_deregistered(batch: Driver) -> None:
    batch.register()
    with pytest.raises(ClientError):
        batch.client.deregister_job_definition(jobDefinition="work")
    assert len(described(batch, status="ACTIVE")) == 1


def test_an_inactive_revision_is_described_for_180_days(batch: Driver) -> None:
    arn = batch.register()
    batch.client.deregister_job_definition(jobDefinition=arn)
    batch.mock.advance(seconds=180 * 86_400 - 1)
    assert len(described(batch, jobDefinitions=[arn])) == 1
    batch.mock.advance(seconds=1)
    assert described(batch, jobDefinitions=[arn]) == []
    assert described(batch) == []


def test_numbering_goes_on_after_a_revision_was_deregistered_and_deleted(batch: Driver) -> None:
    batch.client.deregister_job_definition(jobDefinition=batch.register())
    batch.mock.advance(days=181)
    assert batch.register() == f"{HEAD}work:2"


@pytest.mark.parametrize("given", ["work", f"{HEAD}work"])
def test_a_submit_without_a_revision_means_the_newest_active_one(ec2: Driver, given: str) -> None:
    for _ in range(3):
        ec2.register()
    ec2.client.deregister_job_definition(jobDefinition="work:3")
    assert ec2.describe(ec2.submit(jobDefinition=given))["jobDefinition"] == f"{HEAD}work:2"


@pytest.mark.parametrize("given", ["work:1", f"{HEAD}work:1"])
def test_a_submit_may_name_the_revision(ec2: Driver, given: str) -> None:
    ec2.register()
    ec2.register()
    assert ec2.describe(ec2.submit(jobDefinition=given))["jobDefinition"] == f"{HEAD}work:1"


def test_a_submitted_job_does_not_mind_that_its_definition_is_deregistered(ec2: Driver) -> None:
    arn = ec2.register()
    job = ec2.submit(jobDefinition=arn)
    ec2.client.deregister_job_definition(jobDefinition=arn)
    assert ec2.finish(job)["status"] == "SUCCEEDED"


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("nothing", "JobDefinition name nothing does not exist or is not in ACTIVE status"),
        ("nothing:1", "JobDefinition nothing:1 not found."),
        (f"{HEAD}nothing:1", f"JobDefinition {HEAD}nothing:1 not found."),
        ("default:9", "JobDefinition default:9 not found."),
        ("work", "JobDefinition name work does not exist or is not in ACTIVE status"),
        ("work:1", "JobDefinition work:1 not found."),
        (
            "default:latest",
            "Provided name default:latest is not supported pattern[a-zA-Z_0-9-]{1,128}",
        ),
    ],
)
def test_a_submit_of_an_unknown_or_inactive_definition_is_refused(
    ec2: Driver, given: str, text: str
) -> None:
    ec2.client.deregister_job_definition(jobDefinition=ec2.register())
    with pytest.raises(ClientError) as refusal:
        ec2.submit(jobDefinition=given)
    assert refusal.value.response["Error"] == {"Code": "ClientException", "Message": text}


def test_definitions_are_described_by_name_revision_and_arn_without_the_unknown(
    batch: Driver,
) -> None:
    first, second = batch.register(), batch.register("else")
    found = described(batch, jobDefinitions=["work:1", second, "work:9", f"{HEAD}nothing:1"])
    assert sorted(entry["jobDefinitionArn"] for entry in found) == sorted([first, second])


def test_a_listing_by_name_has_the_newest_revision_first(batch: Driver) -> None:
    for _ in range(11):
        batch.register()
    batch.register("else")
    revisions = [entry["revision"] for entry in described(batch, jobDefinitionName="work")]
    assert revisions == list(range(11, 0, -1))


def test_a_listing_by_name_and_status_leaves_out_the_inactive(batch: Driver) -> None:
    for _ in range(3):
        batch.register()
    batch.client.deregister_job_definition(jobDefinition="work:2")
    found = described(batch, jobDefinitionName="work", status="ACTIVE")
    assert [entry["revision"] for entry in found] == [3, 1]
    assert len(described(batch, jobDefinitionName="work", status="INACTIVE")) == 1


def test_a_listing_pages(batch: Driver) -> None:
    for number in range(5):
        batch.register(f"work-{number}")
    paginator = batch.client.get_paginator("describe_job_definitions")
    pages = list(paginator.paginate(PaginationConfig={"PageSize": 2}))
    assert [len(page["jobDefinitions"]) for page in pages] == [2, 2, 1]
    found = {entry["jobDefinitionName"] for page in pages for entry in page["jobDefinitions"]}
    assert found == {f"work-{number}" for number in range(5)}


def test_a_container_definition_has_exactly_these_members(batch: Driver) -> None:
    batch.register()
    (definition,) = described(batch)
    assert definition == {
        "jobDefinitionName": "work",
        "jobDefinitionArn": f"{HEAD}work:1",
        "revision": 1,
        "status": "ACTIVE",
        "type": "container",
        "parameters": {},
        "containerProperties": {
            "image": "busybox",
            "command": ["true"],
            "volumes": [],
            "environment": [],
            "mountPoints": [],
            "ulimits": [],
            "resourceRequirements": [
                {"type": "VCPU", "value": "1"},
                {"type": "MEMORY", "value": "2048"},
            ],
            "secrets": [],
        },
        "tags": {},
        "containerOrchestrationType": "ECS",
    }


def test_what_was_set_is_shown_with_its_empty_lists_filled_in(batch: Driver) -> None:
    batch.register(
        retryStrategy={"attempts": 3},
        timeout={"attemptDurationSeconds": 7200},
        propagateTags=False,
        platformCapabilities=["EC2"],
        schedulingPriority=7,
        tags={"Environment": "Test"},
        parameters={"codec": "mp4"},
        containerProperties={"logConfiguration": {"logDriver": "awslogs"}},
    )
    (definition,) = described(batch)
    expected = {
        "retryStrategy": {"attempts": 3, "evaluateOnExit": []},
        "timeout": {"attemptDurationSeconds": 7200},
        "propagateTags": False,
        "platformCapabilities": ["EC2"],
        "schedulingPriority": 7,
        "tags": {"Environment": "Test"},
        "parameters": {"codec": "mp4"},
    }
    assert expected.items() <= definition.items()
    log = definition["containerProperties"]["logConfiguration"]
    assert log == {"logDriver": "awslogs", "options": {}, "secretOptions": []}


def test_a_definition_is_a_copy_of_what_was_registered(batch: Driver) -> None:
    container: dict[str, Any] = {"environment": [{"name": "A", "value": "1"}]}
    batch.register(containerProperties=container)
    container["environment"][0]["value"] = "changed"
    (definition,) = described(batch)
    assert definition["containerProperties"]["environment"] == [{"name": "A", "value": "1"}]
    definition["containerProperties"]["environment"].clear()
    (again,) = described(batch)
    assert again["containerProperties"]["environment"] == [{"name": "A", "value": "1"}]
