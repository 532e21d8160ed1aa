"""A head that can never be placed: its reason, those behind it, and the queue's time limits."""

from __future__ import annotations

import pytest

from pytest_batchmock import BatchMock, MockUsageError, StalledError, mock_batch

MAX_RESOURCE = (
    "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE - "
    "CE(s) associated with the job queue cannot meet the CPU requirement of the job."
)
CODE = "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE"


def _with_a_blocked_head(batch: BatchMock, *, limit_seconds: int | None = None) -> None:
    batch.defaults(max_vcpus=2)
    if limit_seconds is not None:
        action = {
            "reason": CODE,
            "state": "RUNNABLE",
            "maxTimeSeconds": limit_seconds,
            "action": "CANCEL",
        }
        batch.call("UpdateJobQueue", {"jobQueue": "default", "jobStateTimeLimitActions": [action]})
    vcpus = [{"type": "VCPU", "value": "4"}]
    large = {"containerOverrides": {"resourceRequirements": vcpus}}
    common = {"jobQueue": "default", "jobDefinition": "default"}
    batch.call("SubmitJob", {**common, "jobName": "large", **large})
    batch.call("SubmitJob", {**common, "jobName": "small"})


def _poll(batch: BatchMock, job_id: str) -> None:
    while batch.call("DescribeJobs", {"jobs": [job_id]})["jobs"][0]["status"] != "SUCCEEDED":
        pass


def test_a_job_larger_than_any_environment_stays_runnable_with_the_reason() -> None:
    with mock_batch(clock="manual") as batch:
        _with_a_blocked_head(batch)
        batch.advance("1h")
        large, small = batch.jobs.one(name="large"), batch.jobs.one(name="small")
        assert (large.status, large.status_reason) == ("RUNNABLE", MAX_RESOURCE)
        assert (small.status, small.status_reason) == ("RUNNABLE", None)


def test_those_behind_go_on_when_the_blocked_head_is_cancelled() -> None:
    with mock_batch(clock="manual") as batch:
        _with_a_blocked_head(batch)
        batch.advance("1h")
        batch.call("CancelJob", {"jobId": batch.jobs.one(name="large").id, "reason": "too large"})
        batch.run_until_idle()
        assert batch.jobs.one(name="small").status == "SUCCEEDED"


def test_a_time_limit_action_ends_the_blocked_head_and_no_retry_follows() -> None:
    with mock_batch(clock="manual") as batch:
        _with_a_blocked_head(batch, limit_seconds=600)
        batch.advance("9m")
        assert batch.jobs.one(name="large").status == "RUNNABLE"
        batch.advance("2m")
        large = batch.jobs.one(name="large")
        assert large.status == "FAILED"
        assert large.status_reason == f"Canceled by JobStateTimeLimit action due to reason: {CODE}"
        assert large.attempts == []
        batch.run_until_idle()
        assert batch.jobs.one(name="small").status == "SUCCEEDED"


def test_a_time_limit_starts_anew_when_the_head_was_not_blocked_meanwhile() -> None:
    with mock_batch(clock="manual") as batch:
        _with_a_blocked_head(batch, limit_seconds=600)
        batch.advance("8m")
        update = {"computeEnvironment": "default", "computeResources": {"maxvCpus": 8}}
        batch.call("UpdateComputeEnvironment", update)
        batch.run_until_idle()
        assert {job.status for job in batch.jobs} == {"SUCCEEDED"}


def test_polling_a_blocked_head_without_a_time_limit_is_a_stall_that_names_the_reason() -> None:
    with mock_batch() as batch:
        _with_a_blocked_head(batch)
        job_id = batch.jobs.one(name="large").id
        with pytest.raises(StalledError, match="COMPUTE_ENVIRONMENT_MAX_RESOURCE"):
            _poll(batch, job_id)


def test_a_planned_outcome_that_cannot_happen_leaves_the_job_in_its_line() -> None:
    with mock_batch(clock="manual") as batch:
        batch.defaults(spot=False)
        batch.on("etl").reclaimed()
        batch.call("SubmitJob", {"jobName": "etl", "jobQueue": "default", "jobDefinition": "default"})
        with pytest.raises(MockUsageError, match="host_lost"):
            batch.advance("1m")
        assert batch.jobs.one(name="etl").status == "RUNNABLE"
        batch.on("etl").succeeds()
        batch.call("SubmitJob", {"jobName": "next", "jobQueue": "default", "jobDefinition": "default"})
        batch.run_until_idle()
        assert batch.jobs.one(name="etl").status == "SUCCEEDED"
