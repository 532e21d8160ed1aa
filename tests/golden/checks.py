"""The entries that compare several answers, or tell of the service in words only."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

import boto3
from rules.builders import OWN_ROLE, a_compute_environment, a_queue, ec2

from pytest_batchmock import BatchMock
from pytest_batchmock.api.model import service_model

from . import situations as the
from .entries import Entry, fill, fits

Check = Callable[[BatchMock, Entry], None]


def _terminating_an_unknown_job_succeeds(mock: BatchMock, entry: Entry) -> None:
    client = boto3.client("batch", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    answer = client.terminate_job(jobId="Whatever-string", reason="CLI")
    metadata = answer.pop("ResponseMetadata")
    assert answer == entry.expect["response"]
    assert metadata["HTTPStatusCode"] == entry.expect["http_status"]


def _a_filter_hides_the_start(mock: BatchMock, entry: Entry) -> None:
    mock.defaults()
    the.an_ended_job(mock)
    by_status = mock.call("ListJobs", {"jobQueue": "default", "jobStatus": "SUCCEEDED"})
    named = {"name": "JOB_NAME", "values": ["etl"]}
    by_name = mock.call("ListJobs", {"jobQueue": "default", "filters": [named]})
    for member in entry.expect["absent_with_filter"]:
        assert member in by_status["jobSummaryList"][0]
        assert member not in by_name["jobSummaryList"][0]


def _the_cluster_tells_of_the_role(mock: BatchMock, entry: Entry) -> None:
    service_linked, own = entry.expect["ecsClusterArn"]
    first = the.an_environment(mock)
    second = the.an_environment(mock, computeEnvironmentName="ce2", serviceRole=OWN_ROLE)
    assert fits(f"<arn>:cluster/{service_linked}", first["ecsClusterArn"])
    assert fits(f"<arn>:cluster/{own}", second["ecsClusterArn"])
    assert "cluster/AWSBatch-ce-" in first["ecsClusterArn"]
    assert "cluster/ce2_Batch_" in second["ecsClusterArn"]


def _revisions_are_listed_newest_first(mock: BatchMock, entry: Entry) -> None:
    assert entry.expect["order"] == "descending revision"
    for name in ("a", "b", "a", "b", "a"):
        the.register(mock, name, {"resourceRequirements": the.needs("1", "64")})
    listed = mock.call("DescribeJobDefinitions", {})["jobDefinitions"]
    for name, revisions in (("a", [3, 2, 1]), ("b", [2, 1])):
        found = [entry["revision"] for entry in listed if entry["jobDefinitionName"] == name]
        assert found == revisions


def _a_timed_out_container_was_killed_or_shows_nothing(mock: BatchMock, entry: Entry) -> None:
    mock.defaults(timeout_seconds=60)
    mock.on("etl").hangs()
    job = the.an_ended_job(mock)
    assert job["container"].get("exitCode") in (None, 137)


def _an_environment_shows_defaults(mock: BatchMock, entry: Entry) -> None:
    """The entry is of 2025; since January 2026 images are of Amazon Linux 2023 (API model)."""
    detail = the.an_environment(mock, computeResources=ec2(allocationStrategy=None))
    gpu = the.an_environment(
        mock, computeEnvironmentName="gpu", computeResources=ec2(instanceTypes=["g4dn.xlarge"])
    )
    filled = dict(entry.expect["filled"])
    del filled["computeResources.ec2Configuration"]
    assert detail["computeResources"]["ec2Configuration"] == [{"imageType": "ECS_AL2023"}]
    assert gpu["computeResources"]["ec2Configuration"] == [{"imageType": "ECS_AL2023_NVIDIA"}]
    assert detail["computeResources"]["tags"] == filled.pop("computeResources.tags")
    assert detail["tags"] == filled.pop("tags")
    assert fits(filled, detail)
    for path in entry.expect["absent"]:
        holder = detail["computeResources"] if "." in path else detail
        assert path.rpartition(".")[2] not in holder


def _a_fargate_definition_shows_its_platform(mock: BatchMock, entry: Entry) -> None:
    """``interfaceConfigurations`` is unknown to the API model, so that no SDK ever shows it."""
    expected = json.loads(json.dumps(entry.expect["containerProperties"]))
    assert expected["networkConfiguration"].pop("interfaceConfigurations") == []
    shape = service_model().shape_for("NetworkConfiguration")
    assert "interfaceConfigurations" not in shape.members
    assert fits(expected, the.a_fargate_definition(mock)["containerProperties"])


def _a_reason_is_shown_verbatim(mock: BatchMock, entry: Entry) -> None:
    waiting = the.a_waiting_job(mock)["jobId"]
    running = mock.jobs.one(name="first").id
    for job_id, operation in ((waiting, "CancelJob"), (running, "TerminateJob")):
        fill(mock, (operation, {"jobId": job_id, "reason": f"Stopped. {operation}?  ünï"}))
        mock.run_until_idle()
        assert the.job(mock, job_id)["statusReason"] == f"Stopped. {operation}?  ünï"


def _bare_names_are_no_revisions(mock: BatchMock, entry: Entry) -> None:
    found = the.register(mock, "d", {"resourceRequirements": the.needs("1", "64")})
    assert _described(mock, "d") == []
    assert _described(mock, "d:1") == [found]
    assert _described(mock, found["jobDefinitionArn"]) == [found]


def _described(mock: BatchMock, name: str) -> list[dict[str, Any]]:
    answer = mock.call("DescribeJobDefinitions", {"jobDefinitions": [name]})
    found: list[dict[str, Any]] = answer["jobDefinitions"]
    return found


def _only_running_jobs_are_listed(mock: BatchMock, entry: Entry) -> None:
    the.a_waiting_job(mock)
    listed = mock.call("ListJobs", {"jobQueue": "default"})["jobSummaryList"]
    assert [summary["status"] for summary in listed] == ["RUNNING"]


def _a_queue_takes_names(mock: BatchMock, entry: Entry) -> None:
    arn = the.an_environment(mock)["computeEnvironmentArn"]
    fill(mock, ("CreateJobQueue", a_queue()))
    queue = mock.call("DescribeJobQueues", {"jobQueues": ["q"]})["jobQueues"][0]
    assert queue["computeEnvironmentOrder"] == [{"order": 1, "computeEnvironment": arn}]


def _a_disabled_queue_is_updated_first(mock: BatchMock, entry: Entry) -> None:
    fill(mock, ("CreateComputeEnvironment", a_compute_environment()))
    mock.advance("1m")
    fill(mock, ("CreateJobQueue", a_queue()))
    mock.advance("1m")
    fill(mock, ("UpdateJobQueue", {"jobQueue": "q", "state": "DISABLED"}))
    for status in ("UPDATING", "VALID"):
        queue = mock.call("DescribeJobQueues", {"jobQueues": ["q"]})["jobQueues"][0]
        assert (queue["state"], queue["status"]) == ("DISABLED", status)
        mock.advance("1m")


def _legacy_overrides_do_not_count(mock: BatchMock, entry: Entry) -> None:
    mock.defaults(vcpus=1, memory=2048)
    job_id = the.submit(mock, containerOverrides={"vcpus": 4, "memory": 8192})
    container = the.job(mock, job_id)["container"]
    assert container["resourceRequirements"] == the.needs("1", "2048")
    assert "vcpus" not in container
    assert "memory" not in container


CHECKS: Final[dict[str, Check]] = {
    "beh-001": _terminating_an_unknown_job_succeeds,
    "beh-008": _a_filter_hides_the_start,
    "beh-009": _the_cluster_tells_of_the_role,
    "beh-014": _revisions_are_listed_newest_first,
    "beh-016": _a_timed_out_container_was_killed_or_shows_nothing,
    "resp-018": _an_environment_shows_defaults,
    "resp-020": _a_fargate_definition_shows_its_platform,
    "sr-025": _a_reason_is_shown_verbatim,
}

NOTES: Final[dict[str, Check]] = {
    "beh-002": _bare_names_are_no_revisions,
    "beh-003": _only_running_jobs_are_listed,
    "beh-006": _a_queue_takes_names,
    "beh-007": _a_disabled_queue_is_updated_first,
    "beh-017": _legacy_overrides_do_not_count,
}
"""Entries that are only a note. They hold all the same."""
