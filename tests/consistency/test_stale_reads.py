"""Reads that lag behind, on request: the service is eventually consistent in all but DescribeJobs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from installed_model import skip_if_lacking

from pytest_batchmock import BatchMock, MockUsageError
from pytest_batchmock.api.stale_reads import STALE


@pytest.fixture
def mock() -> Iterator[BatchMock]:
    with BatchMock(clock="manual", start="2030-01-01", stale_reads="30s") as started:
        started.defaults()
        started.advance("5m")
        yield started


def submit(mock: BatchMock, **members: Any) -> str:
    given = {"jobName": "job", "jobQueue": "default", "jobDefinition": "default", **members}
    return str(mock.call("SubmitJob", given)["jobId"])


def listed(mock: BatchMock, status: str, **subject: str) -> list[dict[str, Any]]:
    subject = subject or {"jobQueue": "default"}
    answer: list[dict[str, Any]] = mock.call("ListJobs", {**subject, "jobStatus": status})[
        "jobSummaryList"
    ]
    return answer


def test_a_list_shows_a_job_only_after_the_lag_but_describe_jobs_finds_it_at_once(mock):
    job = submit(mock)
    assert mock.call("DescribeJobs", {"jobs": [job]})["jobs"][0]["status"] == "SUBMITTED"
    assert listed(mock, "SUBMITTED") == []
    mock.advance("30s")
    assert [entry["jobId"] for entry in listed(mock, "SUBMITTED")] == [job]
    assert mock.call("DescribeJobs", {"jobs": [job]})["jobs"][0]["status"] == "RUNNABLE"
    assert listed(mock, "RUNNABLE") == []


def test_a_list_shows_a_job_as_it_was(mock):
    mock.on("job").fails(exit_code=3, after="1m")
    job = submit(mock)
    mock.advance("111s")
    assert mock.call("DescribeJobs", {"jobs": [job]})["jobs"][0]["status"] == "FAILED"
    (running,) = listed(mock, "RUNNING")
    assert "stoppedAt" not in running
    assert "container" not in running
    mock.advance("30s")
    (failed,) = listed(mock, "FAILED")
    assert failed["container"]["exitCode"] == 3


def test_the_counts_of_an_arrays_children_lag_and_add_up_to_its_size(mock):
    job = submit(mock, arrayProperties={"size": 3})
    mock.advance("72s")
    (detail,) = mock.call("DescribeJobs", {"jobs": [job]})["jobs"]
    counts = detail["arrayProperties"]["statusSummary"]
    assert (counts["RUNNING"], sum(counts.values())) == (0, 3)
    mock.advance("30s")
    (detail,) = mock.call("DescribeJobs", {"jobs": [job]})["jobs"]
    assert detail["arrayProperties"]["statusSummary"]["RUNNING"] == 3
    assert len(listed(mock, "RUNNING", arrayJobId=job)) == 3


def test_the_description_of_resources_lags(mock):
    mock.call("UpdateJobQueue", {"jobQueue": "default", "priority": 7, "state": "DISABLED"})
    (queue,) = mock.call("DescribeJobQueues", {})["jobQueues"]
    assert (queue["priority"], queue["state"]) == (1, "ENABLED")
    mock.advance("30s")
    (queue,) = mock.call("DescribeJobQueues", {"jobQueues": ["default"]})["jobQueues"]
    assert (queue["priority"], queue["state"]) == (7, "DISABLED")


def test_a_resource_is_described_for_a_while_after_it_was_deleted(mock):
    mock.call("UpdateJobQueue", {"jobQueue": "default", "state": "DISABLED"})
    mock.call("DeleteJobQueue", {"jobQueue": "default"})
    assert mock.call("DescribeJobQueues", {})["jobQueues"] != []
    mock.advance("30s")
    assert mock.call("DescribeJobQueues", {})["jobQueues"] == []


def test_figures_of_consumable_resources_lag(mock):
    skip_if_lacking("CreateConsumableResource", {})
    mock.call("CreateConsumableResource", {"consumableResourceName": "seat", "totalQuantity": 4})
    mock.advance("1m")
    properties = {"consumableResourceList": [{"consumableResource": "seat", "quantity": 3}]}
    submit(mock, consumableResourcePropertiesOverride=properties)
    mock.advance("40s")
    assert described(mock)["inUseQuantity"] == 0
    mock.advance("30s")
    assert described(mock)["inUseQuantity"] == 3


def described(mock: BatchMock) -> dict[str, Any]:
    return mock.call("DescribeConsumableResource", {"consumableResource": "seat"})


def test_the_snapshot_of_a_queue_lags(mock):
    skip_if_lacking("GetJobQueueSnapshot", {})
    mock.call("UpdateComputeEnvironment", {"computeEnvironment": "default", "state": "DISABLED"})
    job = submit(mock)
    mock.advance("10s")
    snapshot = mock.call("GetJobQueueSnapshot", {"jobQueue": "default"})
    assert snapshot["frontOfQueue"]["jobs"] == []
    mock.advance("30s")
    snapshot = mock.call("GetJobQueueSnapshot", {"jobQueue": "default"})
    assert [entry["jobArn"].rpartition("/")[2] for entry in snapshot["frontOfQueue"]["jobs"]] == [job]
    now_ms = round(mock.now.timestamp() * 1000)
    assert snapshot["frontOfQueue"]["lastUpdatedAt"] == now_ms - 30_000


def test_reads_that_lag_change_nothing(mock):
    job = submit(mock)
    mock.advance("40s")
    questions = {
        "DescribeJobs": {"jobs": [job]},
        "ListJobs": {"jobQueue": "default", "jobStatus": "STARTING"},
        "GetJobQueueSnapshot": {"jobQueue": "default"},
        "DescribeJobQueues": {},
        "DescribeComputeEnvironments": {},
        "ListConsumableResources": {},
    }
    for operation in questions:
        skip_if_lacking(operation, {})
    assert questions.keys() <= STALE
    engine = mock._world.engine
    before = (engine.changes, engine.now_ms, engine.queue.peek(), mock.jobs.one().statuses)
    answers = [mock.call(operation, params) for operation, params in questions.items()]
    assert [mock.call(operation, params) for operation, params in questions.items()] == answers
    assert (engine.changes, engine.now_ms, engine.queue.peek(), mock.jobs.one().statuses) == before


def test_a_loop_that_polls_a_list_ends_though_the_list_lags():
    with BatchMock(stale_reads="30s") as mock:
        mock.defaults()
        batch = boto3.client("batch")
        job = batch.submit_job(jobName="job", jobQueue="default", jobDefinition="default")["jobId"]
        seen = []
        while not seen:
            seen = batch.list_jobs(jobQueue="default", jobStatus="SUCCEEDED")["jobSummaryList"]
        assert [entry["jobId"] for entry in seen] == [job]


def test_a_lag_is_a_duration():
    with pytest.raises(MockUsageError, match="soon"):
        BatchMock(stale_reads="soon")
