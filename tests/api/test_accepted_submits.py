"""A submit like one that was accepted needs no second look, as long as no resource has changed."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from pytest_batchmock import BatchMock

SUBMIT = {"jobName": "first", "jobQueue": "default", "jobDefinition": "default"}


@pytest.fixture
def mock(batchmock: BatchMock, client: Any) -> BatchMock:
    """A mock in which the submit was accepted once."""
    batchmock.defaults()
    client.submit_job(**SUBMIT)
    return batchmock


def _refusal(client: Any, **changes: Any) -> str:
    with pytest.raises(ClientError) as caught:
        client.submit_job(**{**SUBMIT, **changes})
    return str(caught.value.response["Error"]["Message"])


def test_it_is_a_job_of_its_own_with_the_name_it_was_given(mock: BatchMock, client: Any) -> None:
    answer = client.submit_job(**{**SUBMIT, "jobName": "second"})
    (detail,) = client.describe_jobs(jobs=[answer["jobId"]])["jobs"]
    assert (answer["jobName"], detail["jobName"]) == ("second", "second")
    assert [job.name for job in mock.jobs] == ["first", "second"]


@pytest.mark.parametrize("name", ["!!", "-begins", "x" * 129, 'quo"ted', "back\\slash", "ünï"])
def test_its_name_is_looked_at_all_the_same(mock: BatchMock, client: Any, name: str) -> None:
    assert "Job name should match valid pattern" in _refusal(client, jobName=name)


def test_a_queue_that_was_disabled_meanwhile_refuses_it(mock: BatchMock, client: Any) -> None:
    client.update_job_queue(jobQueue="default", state="DISABLED")
    assert "DISABLED" in _refusal(client, jobName="second")


def test_a_definition_that_was_deregistered_meanwhile_refuses_it(mock: BatchMock, client: Any) -> None:
    client.deregister_job_definition(jobDefinition="default:1")
    assert "does not exist or is not in ACTIVE status" in _refusal(client, jobName="second")


def test_a_newer_revision_is_taken(mock: BatchMock, client: Any) -> None:
    known = client.describe_job_definitions(jobDefinitions=["default:1"])["jobDefinitions"][0]
    client.register_job_definition(
        jobDefinitionName="default",
        type="container",
        containerProperties=known["containerProperties"],
        retryStrategy={"attempts": 3},
    )
    client.submit_job(**{**SUBMIT, "jobName": "second"})
    assert mock.jobs.one(name="second").definition == "default:2"


def test_a_queue_that_went_while_time_passed_refuses_it(client: Any, batchmock: BatchMock) -> None:
    with BatchMock(clock="manual", resource_latency="1m") as mock:
        mock.defaults()
        client.submit_job(**SUBMIT)
        client.update_job_queue(jobQueue="default", state="DISABLED")
        mock.advance("2m")
        client.delete_job_queue(jobQueue="default")
        mock.advance("2m")
        assert _refusal(client, jobName="second") == "JobQueue default not found."


def test_it_has_tags_of_its_own(mock: BatchMock, client: Any) -> None:
    first, second = (
        client.submit_job(**{**SUBMIT, "jobName": name, "tags": {"team": "a"}})
        for name in ("one", "two")
    )
    client.tag_resource(resourceArn=second["jobArn"], tags={"team": "b"})
    tags = [client.list_tags_for_resource(resourceArn=job["jobArn"])["tags"] for job in (first, second)]
    assert tags == [{"team": "a"}, {"team": "b"}]


def test_another_region_knows_nothing_of_it(mock: BatchMock) -> None:
    elsewhere = boto3.client("batch", region_name="eu-west-1")
    assert _refusal(elsewhere) == "JobQueue default not found."


def test_what_it_depends_on_is_looked_up_each_time(mock: BatchMock, client: Any) -> None:
    upstream = mock.jobs.one(name="first").id
    client.submit_job(**{**SUBMIT, "jobName": "second", "dependsOn": [{"jobId": upstream}]})
    client.submit_job(**{**SUBMIT, "jobName": "third", "dependsOn": [{"jobId": upstream}]})
    assert mock.jobs.one(name="third").depends_on == [upstream]
    mock.advance("8d")
    again = _refusal(client, jobName="fourth", dependsOn=[{"jobId": upstream}])
    assert "does not exist" in again


def test_overrides_array_size_and_retries_are_those_of_the_submit(mock: BatchMock, client: Any) -> None:
    special = {
        "arrayProperties": {"size": 2},
        "retryStrategy": {"attempts": 2},
        "containerOverrides": {"command": ["echo", "hi"]},
    }
    ids = [client.submit_job(**{**SUBMIT, "jobName": name, **special})["jobId"] for name in ("a", "b")]
    details = client.describe_jobs(jobs=ids)["jobs"]
    shown = [(d["arrayProperties"]["size"], d["retryStrategy"]["attempts"]) for d in details]
    assert shown == [(2, 2), (2, 2)]
    assert [detail["container"]["command"] for detail in details] == [["echo", "hi"]] * 2
