"""What users must test for: each fact about interruptions has a test here that names it."""

from __future__ import annotations

import re

import pytest
from installed_model import skip_if_lacking

from pytest_batchmock import BatchMock, MockUsageError
from pytest_batchmock.observe.jobs import JobView
from spot.conftest import CANONICAL, Submit, retried

HOST_GONE = re.compile(r"Host EC2 \(instance i-[0-9a-f]{17}\) terminated\.")


def reclaimed(batch: BatchMock, job: JobView, notice: str | int = 0) -> None:
    batch.spot.reclaim(job=job, notice=notice)


def test_a_reclaimed_job_shows_the_instance_that_was_terminated(
    batch: BatchMock, submit: Submit
) -> None:
    batch.defaults(spot=True)
    job = submit("RUNNING")
    (host,) = batch.spot.hosts
    reclaimed(batch, job)
    assert job.status == "FAILED"
    assert (
        job.status_reason == job.attempts[-1].status_reason == f"Host EC2 (instance {host}) terminated."
    )
    assert HOST_GONE.fullmatch(job.status_reason)


def test_a_reclaimed_attempt_has_neither_exit_code_nor_reason(batch: BatchMock, submit: Submit) -> None:
    batch.defaults(spot=True)
    job = submit("RUNNING")
    reclaimed(batch, job)
    container = batch.call("DescribeJobs", {"jobs": [job.id]})["jobs"][0]["attempts"][0]["container"]
    assert "exitCode" not in container
    assert "reason" not in container


def test_a_job_with_one_attempt_fails_at_its_first_reclaim(batch: BatchMock, submit: Submit) -> None:
    batch.defaults(spot=True)
    job = submit("RUNNING")
    reclaimed(batch, job)
    assert (job.status, len(job.attempts)) == ("FAILED", 1)


def test_five_reclaims_use_up_five_attempts_of_the_canonical_policy(
    batch: BatchMock, submit: Submit
) -> None:
    batch.defaults(spot=True)
    job = submit(**retried(5, CANONICAL))
    for number in range(1, 6):
        batch.run_until(lambda: job.status == "RUNNING")
        reclaimed(batch, job)
        assert job.status == ("FAILED" if number == 5 else "RUNNABLE")
    assert all(HOST_GONE.fullmatch(attempt.status_reason or "") for attempt in job.attempts)


def test_the_canonical_policy_ends_an_application_failure_at_once(
    batch: BatchMock, submit: Submit
) -> None:
    batch.defaults(spot=True)
    batch.on().fails(exit_code=1)
    job = submit("FAILED", **retried(5, CANONICAL))
    assert (job.exit_code, len(job.attempts)) == (1, 1)


def test_without_the_catch_all_an_application_failure_is_retried_too(
    batch: BatchMock, submit: Submit
) -> None:
    batch.defaults(spot=True)
    batch.on().fails(exit_code=1)
    job = submit("FAILED", **retried(3, CANONICAL[:1]))
    assert len(job.attempts) == 3


def test_a_rule_on_the_exit_code_alone_does_not_match_a_reclaim_without_one(
    batch: BatchMock, submit: Submit
) -> None:
    batch.defaults(spot=True)
    rules = [{"onExitCode": "137", "action": "RETRY"}, {"onStatusReason": "*", "action": "EXIT"}]
    job = submit("RUNNING", **retried(5, rules))
    reclaimed(batch, job)
    assert (job.status, len(job.attempts)) == ("FAILED", 1)


def test_after_a_reclaim_the_job_goes_through_all_statuses_again_with_a_new_log_stream(
    batch: BatchMock, submit: Submit
) -> None:
    batch.defaults(spot=True)
    seen = []
    batch.on(attempt=1).hangs()
    batch.on(attempt=2).runs(lambda it: seen.append(it.environment["AWS_BATCH_JOB_ATTEMPT"]))
    job = submit("RUNNING", **retried(2))
    first_started = job.started_at
    reclaimed(batch, job)
    batch.run_until(lambda: job.is_terminal)
    later = job.statuses[job.statuses.index("RUNNING") :]
    assert later == ["RUNNING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"]
    assert seen == ["2"]
    first, second = job.attempts
    assert first.log_stream_name != second.log_stream_name
    assert (first.started_at, second.started_at) == (first_started, job.started_at)
    assert first_started != job.started_at


def test_a_reclaimed_job_comes_before_those_that_waited(batch: BatchMock, submit: Submit) -> None:
    batch.defaults(spot=True, max_vcpus=2, vcpus=2)
    job = submit("RUNNING", **retried(2))
    waiting = submit("RUNNABLE", jobName="waiting")
    reclaimed(batch, job)
    batch.run_until(lambda: job.status == "RUNNING")
    assert waiting.status == "RUNNABLE"


def test_with_the_notice_the_job_goes_on_for_two_minutes(batch: BatchMock, submit: Submit) -> None:
    batch.defaults(spot=True)
    job = submit("RUNNING", **retried(2))
    batch.spot.reclaim(job=job)
    batch.advance("119s")
    assert job.status == "RUNNING"
    batch.advance("1s")
    assert job.status == "RUNNABLE"


def test_a_job_that_ends_within_the_notice_has_succeeded(batch: BatchMock, submit: Submit) -> None:
    batch.defaults(spot=True)
    batch.on().succeeds(after="1m")
    job = submit("RUNNING")
    batch.spot.reclaim(job=job)
    batch.advance("3m")
    assert (job.status, len(job.attempts)) == ("SUCCEEDED", 1)


def test_a_notice_given_while_starting_holds_when_the_job_runs(batch: BatchMock, submit: Submit) -> None:
    batch.defaults(spot=True)
    job = submit("STARTING", **retried(2))
    batch.spot.reclaim(job=job)
    batch.run_until(lambda: job.status == "RUNNING")
    batch.run_until(lambda: job.status == "RUNNABLE")
    assert HOST_GONE.fullmatch(job.attempts[0].status_reason or "")


def test_an_attempt_reclaimed_while_starting_has_no_start_and_no_log_stream(
    batch: BatchMock, submit: Submit
) -> None:
    batch.defaults(spot=True)
    job = submit("STARTING")
    reclaimed(batch, job)
    described = batch.call("DescribeJobs", {"jobs": [job.id]})["jobs"][0]
    assert described["status"] == "FAILED"
    assert "startedAt" not in described
    assert "startedAt" not in described["attempts"][0]
    assert "logStreamName" not in described["attempts"][0]["container"]


def test_of_an_array_only_the_reclaimed_child_is_retried(batch: BatchMock, submit: Submit) -> None:
    # Each child fills an instance of its own.
    batch.defaults(spot=True, vcpus=2, memory=3000)
    parent = submit(arrayProperties={"size": 2}, **retried(2))
    batch.run_until(lambda: [child.status for child in parent.children] == ["RUNNING"] * 2)
    assert len(batch.spot.hosts) == 2
    reclaimed(batch, parent.children[1])
    assert [child.status for child in parent.children] == ["RUNNING", "RUNNABLE"]
    summary = batch.call("DescribeJobs", {"jobs": [parent.id]})["jobs"][0]
    assert summary["status"] == "PENDING"
    counts = summary["arrayProperties"]["statusSummary"]
    assert (counts["RUNNING"], counts["RUNNABLE"]) == (1, 1)


def test_dependents_wait_through_retries_and_fail_with_the_last_reclaim(
    batch: BatchMock, submit: Submit
) -> None:
    batch.defaults(spot=True)
    job = submit("RUNNING", **retried(2))
    dependent = submit("PENDING", jobName="after", dependsOn=[{"jobId": job.id}])
    reclaimed(batch, job)
    batch.run_until(lambda: job.status == "RUNNING")
    assert dependent.status == "PENDING"
    reclaimed(batch, job)
    batch.run_until(lambda: dependent.is_terminal)
    assert (dependent.status, dependent.status_reason) == ("FAILED", "Dependent Job failed")


def test_a_terminated_job_that_is_reclaimed_is_not_retried_and_has_the_users_reason(
    batch: BatchMock, submit: Submit
) -> None:
    batch.defaults(spot=True)
    job = submit("RUNNING", **retried(3))
    batch.call("TerminateJob", {"jobId": job.id, "reason": "no longer wanted"})
    reclaimed(batch, job)
    assert (job.status, job.status_reason, len(job.attempts)) == ("FAILED", "no longer wanted", 1)


def test_a_job_that_times_out_within_the_notice_is_not_retried(batch: BatchMock, submit: Submit) -> None:
    batch.defaults(spot=True, timeout_seconds=120)
    job = submit("RUNNING", **retried(3))
    batch.spot.reclaim(job=job)  # both strike in one instant
    batch.advance("2m")
    assert (job.status, job.status_reason) == ("FAILED", "Job attempt duration exceeded timeout")


def test_fargate_spot_has_a_reason_and_an_exit_code_of_its_own(batch: BatchMock, submit: Submit) -> None:
    batch.defaults(spot=True, fargate=True)
    job = submit("RUNNING", **retried(5, CANONICAL))
    assert batch.spot.reclaim(job=job) == [job.id]
    batch.advance("2m")
    # The rule for hosts does not match it, so the catch-all ends it.
    assert (job.status, job.status_reason) == ("FAILED", "Your Spot Task was interrupted.")
    assert (job.exit_code, len(job.attempts)) == (137, 1)


def test_a_rule_for_interrupted_tasks_retries_on_fargate_spot(batch: BatchMock, submit: Submit) -> None:
    batch.defaults(spot=True, fargate=True)
    rules = [{"onStatusReason": "Your Spot Task was interrupted*", "action": "RETRY"}, CANONICAL[1]]
    job = submit("RUNNING", **retried(2, rules))
    reclaimed(batch, job)
    assert job.status == "RUNNABLE"


def test_a_fargate_spot_container_that_exits_with_0_on_the_signal_has_succeeded(
    batch: BatchMock, submit: Submit
) -> None:
    batch.defaults(spot=True, fargate=True)
    batch.on().reclaimed(exit_code=0)
    job = submit("SUCCEEDED", **retried(2))
    assert len(job.attempts) == 1


def test_a_job_falls_back_to_on_demand_when_spot_is_full_and_may_go_elsewhere_at_a_retry(
    batch: BatchMock, submit: Submit
) -> None:
    batch.defaults(name="spot", spot=True, max_vcpus=2, vcpus=2)
    batch.defaults(name="default", max_vcpus=2, vcpus=2)
    order = [{"order": n, "computeEnvironment": name} for n, name in enumerate(["spot", "default"], 1)]
    batch.call("UpdateJobQueue", {"jobQueue": "default", "computeEnvironmentOrder": order})
    first, second = submit(**retried(2)), submit(jobName="second")
    batch.run_until(lambda: first.status == second.status == "RUNNING")
    assert len(batch.spot.hosts) == 1
    # Spot is taken by another when the job comes back: it goes on in the other environment.
    batch.call("UpdateComputeEnvironment", {"computeEnvironment": "spot", "state": "DISABLED"})
    batch.call("TerminateJob", {"jobId": second.id, "reason": "makes room"})
    batch.run_until(lambda: second.is_terminal)
    reclaimed(batch, first)
    batch.run_until(lambda: first.is_terminal)
    assert [attempt.compute_environment for attempt in first.attempts] == ["spot", "default"]


def test_a_multi_node_job_does_not_run_on_spot(batch: BatchMock, submit: Submit) -> None:
    batch.defaults(spot=True)
    container = {
        "image": "busybox",
        "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "512"}],
    }
    nodes = {
        "numNodes": 2,
        "mainNode": 0,
        "nodeRangeProperties": [{"targetNodes": "0:1", "container": container}],
    }
    batch.call(
        "RegisterJobDefinition",
        {"jobDefinitionName": "gang", "type": "multinode", "nodeProperties": nodes},
    )
    job = submit("RUNNABLE", jobDefinition="gang")
    batch.run_until_idle()
    assert job.status == "RUNNABLE"
    with pytest.raises(MockUsageError, match="it is RUNNABLE and on no host"):
        batch.spot.reclaim(job=job)


def test_a_lost_attempt_gives_replenishable_resources_back_and_uses_up_the_others(
    batch: BatchMock, submit: Submit
) -> None:
    skip_if_lacking("CreateConsumableResource", {})
    batch.defaults(spot=True)
    for name, kind in (("licence", "REPLENISHABLE"), ("voucher", "NON_REPLENISHABLE")):
        batch.call(
            "CreateConsumableResource",
            {"consumableResourceName": name, "resourceType": kind, "totalQuantity": 5},
        )
    wanted = [{"consumableResource": name, "quantity": 2} for name in ("licence", "voucher")]
    job = submit("RUNNING", consumableResourcePropertiesOverride={"consumableResourceList": wanted})

    def available(name: str) -> int:
        found = batch.call("DescribeConsumableResource", {"consumableResource": name})
        quantity: int = found["availableQuantity"]
        return quantity

    assert (available("licence"), available("voucher")) == (3, 3)
    reclaimed(batch, job)
    assert job.status == "FAILED"
    assert (available("licence"), available("voucher")) == (5, 3)
