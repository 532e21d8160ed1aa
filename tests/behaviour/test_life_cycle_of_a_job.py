"""Statuses, reasons and times of a single job."""

from __future__ import annotations

import re
from typing import Any

import pytest

from behaviour.conftest import Driver
from pytest_batchmock import BatchMock, fails, host_lost, service_error, succeeds

pytestmark = pytest.mark.batchmock(clock="manual", start="2026-03-01T12:00:00+00:00")

START_MS = 1_772_366_400_000
EXITED = "Essential container in task exited"


def test_submit_puts_a_job_into_submitted(ec2: Driver) -> None:
    assert ec2.status(ec2.submit()) == "SUBMITTED"


def test_a_job_without_dependencies_goes_through_all_statuses_but_pending(ec2: Driver) -> None:
    job = ec2.submit()
    ec2.finish(job)
    assert ec2.view(job).statuses == ["SUBMITTED", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"]


def test_a_job_with_an_open_dependency_is_pending_first(ec2: Driver) -> None:
    first = ec2.submit()
    second = ec2.submit(dependsOn=[{"jobId": first}])
    ec2.finish(second)
    assert ec2.view(second).statuses == [
        *("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED")
    ]


def test_every_status_lasts_so_that_a_poll_can_see_it(ec2: Driver) -> None:
    job = ec2.submit()
    ec2.finish(job)
    moments = [moment for _, moment in ec2.view(job).history]
    assert moments == sorted(set(moments))


def test_a_job_without_room_stays_runnable_for_ever(batch: Driver) -> None:
    batch.mock.defaults(max_vcpus=1)
    batch.mock.on("first").hangs()
    batch.submit("first")
    second = batch.submit("second")
    batch.mock.advance("365d")
    assert batch.status(second) == "RUNNABLE"


def test_exit_code_0_succeeds(ec2: Driver) -> None:
    ec2.mock.on("job").succeeds(after="5m")
    job = ec2.finish(ec2.submit())
    assert (job["status"], job["container"]["exitCode"]) == ("SUCCEEDED", 0)


@pytest.mark.parametrize("exit_code", [1, 3, 137, 255])
def test_another_exit_code_fails(ec2: Driver, exit_code: int) -> None:
    ec2.mock.on("job").fails(exit_code=exit_code)
    job = ec2.finish(ec2.submit())
    assert (job["status"], job["container"]["exitCode"]) == ("FAILED", exit_code)


def test_a_retry_goes_back_to_runnable_not_to_submitted(ec2: Driver) -> None:
    ec2.mock.on("job").attempts(fails(), succeeds())
    job = ec2.submit(retryStrategy={"attempts": 2})
    ec2.finish(job)
    assert ec2.view(job).statuses == [
        *("SUBMITTED", "RUNNABLE", "STARTING", "RUNNING"),
        *("RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"),
    ]


@pytest.mark.parametrize(
    ("attempts", "after_starting"),
    [(1, ["FAILED"]), (2, ["RUNNABLE", "STARTING", "FAILED"])],
)
def test_a_job_whose_image_cannot_be_pulled_never_runs(
    ec2: Driver, attempts: int, after_starting: list[str]
) -> None:
    ec2.mock.on("job").cannot_pull()
    job = ec2.submit(retryStrategy={"attempts": attempts})
    ec2.finish(job)
    assert ec2.view(job).statuses == ["SUBMITTED", "RUNNABLE", "STARTING", *after_starting]


def test_a_job_whose_host_is_lost_before_the_start_never_runs(ec2: Driver) -> None:
    ec2.mock.on("job").host_lost(while_starting=True)
    job = ec2.submit()
    ec2.finish(job)
    assert ec2.view(job).statuses == ["SUBMITTED", "RUNNABLE", "STARTING", "FAILED"]


def test_a_pending_job_whose_dependency_fails_fails_without_an_attempt(ec2: Driver) -> None:
    ec2.mock.on("first").fails()
    second = ec2.submit(dependsOn=[{"jobId": ec2.submit("first")}])
    job = ec2.finish(second)
    assert (job["status"], job["statusReason"], job["attempts"]) == (
        *("FAILED", "Dependent Job failed", []),
    )
    assert ec2.view(second).statuses == ["SUBMITTED", "PENDING", "FAILED"]


@pytest.mark.parametrize("outcome", [succeeds(), fails()])
def test_an_ended_job_never_changes_again(ec2: Driver, outcome: Any) -> None:
    ec2.mock.on("job").attempts(outcome)
    ended = ec2.finish(ec2.submit())
    ec2.client.cancel_job(jobId=ended["jobId"], reason="too late")
    ec2.client.terminate_job(jobId=ended["jobId"], reason="too late")
    ec2.mock.advance("6d")
    assert ec2.describe(ended["jobId"]) == ended


# Reasons


@pytest.mark.parametrize("outcome", [succeeds(), fails(exit_code=3)])
def test_a_container_that_ends_by_itself_gives_the_same_reason_for_success_and_failure(
    ec2: Driver, outcome: Any
) -> None:
    ec2.mock.on("job").attempts(outcome)
    job = ec2.finish(ec2.submit())
    assert job["statusReason"] == job["attempts"][0]["statusReason"] == EXITED


def test_a_lost_host_is_named_with_its_instance_and_a_full_stop(ec2: Driver) -> None:
    ec2.mock.on("job").host_lost(after="1m")
    job = ec2.finish(ec2.submit())
    assert re.fullmatch(r"Host EC2 \(instance i-[0-9a-f]{17}\) terminated\.", job["statusReason"])
    assert job["attempts"][0]["statusReason"] == job["statusReason"]
    assert "exitCode" not in job["container"]


def test_a_task_that_cannot_pull_its_image_failed_to_start(ec2: Driver) -> None:
    ec2.register("work", containerProperties={"image": "registry.example/none"})
    ec2.mock.on("job").cannot_pull()
    job = ec2.finish(ec2.submit(jobDefinition="work"))
    assert job["statusReason"] == "Task failed to start"
    assert job["container"]["reason"] == (
        "CannotPullContainerError: Error response from daemon: manifest for registry.example/none "
        "not found"
    )


def test_another_reason_of_a_task_that_cannot_start_is_told_as_given(ec2: Driver) -> None:
    reason = "ResourceInitializationError: unable to pull secrets or registry auth"
    ec2.mock.on("job").cannot_pull(reason=reason)
    job = ec2.finish(ec2.submit())
    assert job["attempts"][0]["container"]["reason"] == reason


def test_trouble_of_the_agent_leaves_a_container_reason_and_no_exit_code(ec2: Driver) -> None:
    ec2.mock.on("job").service_error()
    job = ec2.finish(ec2.submit())
    assert job["statusReason"] == EXITED
    assert job["container"]["reason"] == (
        "CannotInspectContainerError: Could not transition to inspecting; timed out after waiting 30s"
    )
    assert "exitCode" not in job["container"]


def test_out_of_memory_is_exit_code_137_with_a_container_reason(ec2: Driver) -> None:
    ec2.mock.on("job").out_of_memory()
    job = ec2.finish(ec2.submit())
    assert job["statusReason"] == EXITED
    assert job["container"]["exitCode"] == 137
    assert job["container"]["reason"] == "OutOfMemoryError: Container killed due to memory usage"


def test_a_job_larger_than_every_environment_stays_runnable_with_the_reason(batch: Driver) -> None:
    batch.mock.defaults(max_vcpus=4, vcpus=8)
    job = batch.submit()
    batch.mock.run_until_idle()
    described = batch.describe(job)
    reason = (
        "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE - "
        "CE(s) associated with the job queue cannot meet the CPU requirement of the job."
    )
    assert (described["status"], described["statusReason"]) == ("RUNNABLE", reason)
    (summary,) = batch.listed(jobStatus="RUNNABLE")
    assert summary["statusReason"] == reason


def test_only_the_head_of_a_blocked_queue_has_the_reason(batch: Driver) -> None:
    batch.mock.defaults(max_vcpus=4, vcpus=8)
    batch.submit("head")
    behind = batch.submit("behind")
    batch.mock.run_until_idle()
    assert "statusReason" not in batch.describe(behind)


def test_the_reason_of_a_blocked_job_goes_when_it_is_placed(batch: Driver) -> None:
    batch.mock.defaults(max_vcpus=4, vcpus=8)
    job = batch.submit()
    batch.mock.run_until_idle()
    batch.client.update_compute_environment(
        computeEnvironment="default", computeResources={"maxvCpus": 16}
    )
    assert "statusReason" not in batch.reach(job, "STARTING")
    assert batch.finish(job)["status"] == "SUCCEEDED"


def test_a_retried_job_has_no_reason_while_it_waits(ec2: Driver) -> None:
    ec2.mock.on("job").attempts(fails(), succeeds())
    job = ec2.submit(retryStrategy={"attempts": 2})
    ec2.reach(job, "RUNNING")
    assert "statusReason" not in ec2.reach(job, "RUNNABLE")


# Times


def test_times_are_whole_milliseconds_in_order(ec2: Driver) -> None:
    job = ec2.finish(ec2.submit())
    times = [job["createdAt"], job["startedAt"], job["stoppedAt"]]
    assert all(type(moment) is int for moment in times)
    assert times == sorted(times)
    assert job["createdAt"] == START_MS


def test_created_at_is_the_time_of_the_submit(ec2: Driver) -> None:
    ec2.mock.advance("90s")
    assert ec2.describe(ec2.submit())["createdAt"] == START_MS + 90_000


def test_started_at_is_the_move_to_running_and_stopped_at_the_end(ec2: Driver) -> None:
    ec2.mock.on("job").succeeds(after="5m")
    job = ec2.submit()
    running = ec2.reach(job, "RUNNING")
    now_ms = int(ec2.mock.now.timestamp() * 1000)
    assert running["startedAt"] == now_ms
    ended = ec2.finish(job)
    assert (ended["startedAt"], ended["stoppedAt"]) == (now_ms, now_ms + 300_000)


@pytest.mark.parametrize("status", ["SUBMITTED", "RUNNABLE", "STARTING"])
def test_started_at_is_absent_before_running_although_the_model_requires_it(
    ec2: Driver, status: str
) -> None:
    job = ec2.reach(ec2.submit(), status)
    assert {"startedAt", "stoppedAt"}.isdisjoint(job)


def test_stopped_at_is_absent_while_running(ec2: Driver) -> None:
    assert "stoppedAt" not in ec2.reach(ec2.submit(), "RUNNING")


def test_started_at_is_that_of_the_last_attempt_that_ran(ec2: Driver) -> None:
    ec2.mock.on("job").attempts(fails(after="1m"), succeeds(after="2m"))
    job = ec2.finish(ec2.submit(retryStrategy={"attempts": 2}))
    first, last = job["attempts"]
    assert first["startedAt"] < first["stoppedAt"] < last["startedAt"] == job["startedAt"]


def test_an_attempt_that_never_ran_leaves_started_at_of_the_one_before(ec2: Driver) -> None:
    ec2.mock.on("job").attempts(fails(), host_lost(while_starting=True))
    job = ec2.finish(ec2.submit(retryStrategy={"attempts": 2}))
    assert job["startedAt"] == job["attempts"][0]["startedAt"]
    assert "startedAt" not in job["attempts"][1]


@pytest.mark.parametrize("how", ["cancelled", "dependency failed", "image not pulled"])
def test_a_job_that_ends_before_running_has_stopped_at_and_no_started_at(ec2: Driver, how: str) -> None:
    if how == "cancelled":
        job = ec2.submit()
        ec2.reach(job, "RUNNABLE")
        ec2.client.cancel_job(jobId=job, reason="changed my mind")
    elif how == "dependency failed":
        ec2.mock.on("first").fails()
        job = ec2.submit(dependsOn=[{"jobId": ec2.submit("first")}])
    else:
        ec2.mock.on("job").cannot_pull()
        job = ec2.submit()
    ended = ec2.finish(job)
    assert ended["status"] == "FAILED"
    assert "startedAt" not in ended
    assert ended["stoppedAt"] == int(ec2.mock.now.timestamp() * 1000)


# Retention


def test_an_ended_job_is_kept_for_seven_days(ec2: Driver) -> None:
    job = ec2.submit()
    ec2.finish(job)
    ec2.mock.advance(seconds=7 * 86_400 - 1)
    assert ec2.status(job) == "SUCCEEDED"
    assert len(ec2.listed(jobStatus="SUCCEEDED")) == 1
    ec2.mock.advance(seconds=1)
    assert ec2.client.describe_jobs(jobs=[job])["jobs"] == []
    assert ec2.listed(jobStatus="SUCCEEDED") == []


def test_a_job_that_has_not_ended_is_kept_for_ever(ec2: Driver) -> None:
    ec2.mock.on("job").hangs()
    job = ec2.submit()
    ec2.mock.advance(days=400)
    assert ec2.status(job) == "RUNNING"


def test_run_until_idle_does_not_pass_the_retention(ec2: Driver, batchmock: BatchMock) -> None:
    job = ec2.submit()
    batchmock.run_until_idle()
    assert ec2.status(job) == "SUCCEEDED"


@pytest.mark.parametrize("fargate", [False, True])
def test_the_reason_of_a_container_that_ended_is_the_same_on_every_platform(
    batch: Driver, fargate: bool
) -> None:
    batch.mock.defaults(fargate=fargate)
    assert batch.finish(batch.submit())["statusReason"] == EXITED


def test_a_rule_for_the_reason_agent_matches_trouble_of_the_ecs_agent(ec2: Driver) -> None:
    rules = [{"onReason": "AGENT", "action": "RETRY"}, {"onReason": "*", "action": "EXIT"}]
    ec2.mock.on("job").attempts(service_error(reason="AGENT"), service_error(reason="OTHER"))
    strategy = {"attempts": 5, "evaluateOnExit": rules}
    job = ec2.finish(ec2.submit(retryStrategy=strategy))
    reasons = [attempt["container"]["reason"] for attempt in job["attempts"]]
    assert reasons == ["AGENT", "OTHER"]


@pytest.mark.parametrize("call", ["cancel_job", "terminate_job"])
def test_there_is_no_status_but_failed_for_what_a_user_ended(ec2: Driver, call: str) -> None:
    job = ec2.submit()
    ec2.reach(job, "RUNNABLE")
    getattr(ec2.client, call)(jobId=job, reason="enough")
    assert ec2.view(job).statuses == ["SUBMITTED", "RUNNABLE", "FAILED"]


def test_a_log_group_that_is_not_there_fails_the_attempt_at_its_start(ec2: Driver) -> None:
    """Log groups live elsewhere: the test says that the group is missing."""
    reason = "ResourceInitializationError: ResourceNotFoundException: The log group does not exist"
    ec2.mock.on("job").cannot_pull(reason=reason)
    job = ec2.finish(ec2.submit())
    assert job["statusReason"] == "Task failed to start"
    assert job["container"]["reason"] == reason
    assert {"exitCode", "logStreamName"}.isdisjoint(job["container"])


def test_overrides_that_ecs_refuses_are_not_tried_again(ec2: Driver) -> None:
    long = {"environment": [{"name": "DATA", "value": "x" * 8192}]}
    job = ec2.finish(ec2.submit(containerOverrides=long, retryStrategy={"attempts": 3}))
    assert (job["status"], job["attempts"]) == ("FAILED", [])
    assert job["statusReason"] == "Container Overrides length must be at most 8192"
