"""Attempts, evaluateOnExit, and what a Spot reclaim does to a job."""

from __future__ import annotations

import re
from typing import Any

import pytest

from behaviour.conftest import Driver
from pytest_batchmock import (
    MockUsageError,
    cannot_pull,
    fails,
    hangs,
    host_lost,
    out_of_memory,
    reclaimed,
    service_error,
    succeeds,
)

pytestmark = pytest.mark.batchmock(clock="manual", start="2026-03-01T12:00:00+00:00")

SPOT_ONLY = [
    {"onStatusReason": "Host EC2*", "action": "RETRY"},
    {"onReason": "*", "action": "EXIT"},
]


def ended_after(batch: Driver, *outcomes: Any, attempts: int, rules: list[dict[str, str]]) -> Any:
    """Run one job with these outcomes and this retry strategy to its end."""
    batch.mock.on("job").attempts(*outcomes)
    strategy = {"attempts": attempts, "evaluateOnExit": rules}
    return batch.finish(batch.submit(retryStrategy=strategy))


# Attempts


def test_a_job_has_one_attempt_by_default(ec2: Driver) -> None:
    ec2.mock.on("job").attempts(fails(), succeeds())
    job = ec2.finish(ec2.submit())
    assert (job["status"], len(job["attempts"])) == ("FAILED", 1)


@pytest.mark.parametrize("attempts", [1, 3, 10])
def test_attempts_is_the_total_number_of_tries(ec2: Driver, attempts: int) -> None:
    ec2.mock.on("job").fails()
    job = ec2.finish(ec2.submit(retryStrategy={"attempts": attempts}))
    assert (job["status"], len(job["attempts"])) == ("FAILED", attempts)


def test_a_success_ends_the_retries(ec2: Driver) -> None:
    ec2.mock.on("job").attempts(fails(), fails(), succeeds())
    job = ec2.finish(ec2.submit(retryStrategy={"attempts": 10}))
    assert (job["status"], len(job["attempts"])) == ("SUCCEEDED", 3)


def test_the_retry_strategy_of_the_definition_holds(batch: Driver) -> None:
    batch.mock.defaults(retries=3)
    batch.mock.on("job").fails()
    assert len(batch.finish(batch.submit())["attempts"]) == 3


def test_the_retry_strategy_of_the_submit_replaces_the_whole_of_the_definition(ec2: Driver) -> None:
    ec2.register(
        "work",
        retryStrategy={"attempts": 5, "evaluateOnExit": [{"onExitCode": "1", "action": "EXIT"}]},
    )
    ec2.mock.on("job").fails(exit_code=1)
    job = ec2.finish(ec2.submit(jobDefinition="work", retryStrategy={"attempts": 2}))
    assert len(job["attempts"]) == 2
    assert job["retryStrategy"] == {"attempts": 2, "evaluateOnExit": []}


@pytest.mark.parametrize(
    "outcome", [fails(), host_lost(), service_error(), out_of_memory(), cannot_pull(), reclaimed()]
)
def test_every_failure_that_the_user_did_not_ask_for_is_retried(spot: Driver, outcome: Any) -> None:
    spot.mock.on("job").attempts(outcome, succeeds())
    job = spot.finish(spot.submit(retryStrategy={"attempts": 2}))
    assert (job["status"], len(job["attempts"])) == ("SUCCEEDED", 2)


def test_a_retried_job_goes_to_the_front_of_its_queue(batch: Driver) -> None:
    batch.mock.defaults(max_vcpus=1)
    batch.mock.on("first").attempts(fails(), succeeds())
    first = batch.submit("first", retryStrategy={"attempts": 2})
    others = [batch.submit(f"other-{number}") for number in range(3)]
    batch.finish(first)
    assert {batch.status(other) for other in others} == {"RUNNABLE"}


def test_the_attempt_number_grows_by_one(ec2: Driver) -> None:
    seen = []

    def work(job: Any) -> int:
        seen.append((job.attempt, job.environment["AWS_BATCH_JOB_ATTEMPT"]))
        return 1

    ec2.mock.on("job").runs(work)
    ec2.finish(ec2.submit(retryStrategy={"attempts": 3}))
    assert seen == [(1, "1"), (2, "2"), (3, "3")]


# evaluateOnExit


def test_a_rule_matches_only_if_all_its_conditions_do(ec2: Driver) -> None:
    both = {"onExitCode": "7", "onReason": "Flaky*", "action": "EXIT"}
    job = ended_after(
        *(ec2, fails(exit_code=7), fails(exit_code=7, reason="Flaky network")),
        attempts=5,
        rules=[both],
    )
    assert len(job["attempts"]) == 2


def test_the_first_rule_that_matches_decides(ec2: Driver) -> None:
    rules = [{"onExitCode": "7", "action": "EXIT"}, {"onExitCode": "7*", "action": "RETRY"}]
    assert len(ended_after(ec2, fails(exit_code=7), attempts=5, rules=rules)["attempts"]) == 1


def test_a_failure_that_no_rule_matches_is_retried(ec2: Driver) -> None:
    rules = [{"onExitCode": "99", "action": "EXIT"}]
    assert len(ended_after(ec2, fails(exit_code=1), attempts=3, rules=rules)["attempts"]) == 3


@pytest.mark.parametrize("action", ["RETRY", "retry", "Retry"])
def test_the_case_of_an_action_does_not_matter_and_is_echoed(ec2: Driver, action: str) -> None:
    rules = [{"onExitCode": "1", "action": action}, {"onReason": "*", "action": "exit"}]
    job = ended_after(ec2, fails(exit_code=1), fails(exit_code=2), attempts=5, rules=rules)
    assert len(job["attempts"]) == 2
    assert job["retryStrategy"]["evaluateOnExit"] == rules


@pytest.mark.parametrize(
    ("pattern", "exit_code", "attempts"),
    [("137", 137, 1), ("13", 137, 2), ("13*", 137, 1), ("*", 137, 1), ("7", 137, 2)],
)
def test_an_exit_code_matches_whole_or_by_a_prefix_with_asterisk(
    ec2: Driver, pattern: str, exit_code: int, attempts: int
) -> None:
    rules = [{"onExitCode": pattern, "action": "EXIT"}]
    job = ended_after(ec2, fails(exit_code=exit_code), attempts=2, rules=rules)
    assert len(job["attempts"]) == attempts


@pytest.mark.parametrize(
    ("pattern", "attempts"),
    [("Essential container*", 1), ("Essential container", 2), ("essential container*", 2)],
)
def test_a_status_reason_matches_whole_or_by_a_prefix_and_case_matters(
    ec2: Driver, pattern: str, attempts: int
) -> None:
    rules = [{"onStatusReason": pattern, "action": "EXIT"}]
    assert len(ended_after(ec2, fails(), attempts=2, rules=rules)["attempts"]) == attempts


def test_a_container_reason_is_what_on_reason_is_compared_with(ec2: Driver) -> None:
    rules = [{"onReason": "OutOfMemoryError*", "action": "EXIT"}]
    job = ended_after(ec2, fails(), out_of_memory(), attempts=5, rules=rules)
    assert len(job["attempts"]) == 2


def test_a_catch_all_on_reason_matches_an_attempt_without_a_reason(ec2: Driver) -> None:
    rules = [{"onReason": "*", "action": "EXIT"}]
    assert len(ended_after(ec2, fails(), attempts=5, rules=rules)["attempts"]) == 1


@pytest.mark.parametrize(("pattern", "attempts"), [("137", 2), ("1*", 2), ("*", 1)])
def test_an_absent_exit_code_matches_an_asterisk_only(spot: Driver, pattern: str, attempts: int) -> None:
    rules = [{"onExitCode": pattern, "action": "EXIT"}]
    job = ended_after(spot, reclaimed(), attempts=2, rules=rules)
    assert len(job["attempts"]) == attempts


def test_retry_with_no_attempt_left_fails(ec2: Driver) -> None:
    rules = [{"onReason": "*", "action": "RETRY"}]
    job = ended_after(ec2, fails(), attempts=1, rules=rules)
    assert (job["status"], len(job["attempts"])) == ("FAILED", 1)


def test_a_pull_error_can_be_told_apart_by_its_status_reason(ec2: Driver) -> None:
    rules = [
        {"onStatusReason": "Task failed to start", "action": "RETRY"},
        {"onReason": "*", "action": "EXIT"},
    ]
    job = ended_after(ec2, cannot_pull(), fails(), attempts=5, rules=rules)
    assert len(job["attempts"]) == 2


@pytest.mark.parametrize("how", ["cancel", "terminate", "time-out"])
def test_what_the_user_or_the_time_limit_ended_is_never_retried(ec2: Driver, how: str) -> None:
    ec2.mock.on("job").hangs()
    always = [{"onReason": "*", "action": "RETRY"}]
    job = ec2.submit(
        retryStrategy={"attempts": 5, "evaluateOnExit": always},
        timeout={"attemptDurationSeconds": 60},
    )
    if how == "cancel":
        ec2.reach(job, "RUNNABLE")
        ec2.client.cancel_job(jobId=job, reason="enough")
    else:
        ec2.reach(job, "RUNNING")
        if how == "terminate":
            ec2.client.terminate_job(jobId=job, reason="enough")
    assert ec2.finish(job)["status"] == "FAILED"
    assert "RUNNABLE" not in ec2.view(job).statuses[2:]


# Spot


def test_a_reclaim_names_the_lost_instance_in_attempt_and_job(spot: Driver) -> None:
    spot.mock.on("job").reclaimed(after="4m")
    job = spot.finish(spot.submit())
    reason = job["statusReason"]
    assert re.fullmatch(r"Host EC2 \(instance i-[0-9a-f]{17}\) terminated\.", reason)
    assert job["attempts"][-1]["statusReason"] == reason


def test_a_reclaim_may_have_an_exit_code(spot: Driver) -> None:
    spot.mock.on("job").reclaimed(exit_code=143)
    assert spot.finish(spot.submit())["attempts"][0]["container"]["exitCode"] == 143


def test_a_reclaim_takes_one_of_the_attempts(spot: Driver) -> None:
    spot.mock.on("job").reclaimed()
    once = spot.finish(spot.submit())
    assert (once["status"], len(once["attempts"])) == ("FAILED", 1)
    thrice = spot.finish(spot.submit(retryStrategy={"attempts": 3}))
    assert (thrice["status"], len(thrice["attempts"])) == ("FAILED", 3)


def test_the_usual_policy_retries_a_reclaim(spot: Driver) -> None:
    job = ended_after(spot, reclaimed(), succeeds(), attempts=5, rules=SPOT_ONLY)
    assert (job["status"], len(job["attempts"])) == ("SUCCEEDED", 2)


def test_the_usual_policy_fails_an_application_error_at_once(spot: Driver) -> None:
    job = ended_after(spot, fails(exit_code=1), attempts=5, rules=SPOT_ONLY)
    assert (job["status"], len(job["attempts"])) == ("FAILED", 1)


def test_the_usual_policy_fails_after_five_reclaims(spot: Driver) -> None:
    job = ended_after(spot, reclaimed(), attempts=5, rules=SPOT_ONLY)
    assert (job["status"], len(job["attempts"])) == ("FAILED", 5)
    assert job["statusReason"].startswith("Host EC2")


def test_without_the_catch_all_an_application_error_is_retried_too(spot: Driver) -> None:
    job = ended_after(spot, fails(exit_code=1), attempts=3, rules=SPOT_ONLY[:1])
    assert len(job["attempts"]) == 3


def test_a_rule_on_an_exit_code_does_not_match_a_reclaim_without_one(spot: Driver) -> None:
    rules = [{"onExitCode": "137", "action": "RETRY"}, {"onReason": "*", "action": "EXIT"}]
    assert len(ended_after(spot, reclaimed(), attempts=5, rules=rules)["attempts"]) == 1


def test_after_a_reclaim_the_job_runs_anew(spot: Driver) -> None:
    spot.mock.on("job").attempts(reclaimed(after="1m"), succeeds())
    job = spot.submit(retryStrategy={"attempts": 2})
    first = spot.reach(job, "RUNNING")
    assert spot.view(job).environment["AWS_BATCH_JOB_ATTEMPT"] == "1"
    spot.reach(job, "RUNNABLE")
    second = spot.reach(job, "RUNNING")
    assert spot.view(job).environment["AWS_BATCH_JOB_ATTEMPT"] == "2"
    assert second["container"]["logStreamName"] != first["container"]["logStreamName"]
    assert second["startedAt"] > first["startedAt"] == second["attempts"][0]["startedAt"]


def test_a_retried_job_is_on_another_instance(spot: Driver) -> None:
    spot.mock.on("job").reclaimed()
    job = spot.finish(spot.submit(retryStrategy={"attempts": 2}))
    first, second = job["attempts"]
    assert first["statusReason"] != second["statusReason"]
    arns = {attempt["container"]["containerInstanceArn"] for attempt in job["attempts"]}
    assert len(arns) == 2


def test_a_reclaim_before_running_leaves_neither_start_nor_log_stream(spot: Driver) -> None:
    spot.mock.on("job").reclaimed(while_starting=True)
    job = spot.finish(spot.submit())
    (attempt,) = job["attempts"]
    assert "startedAt" not in attempt
    assert "logStreamName" not in attempt["container"]
    assert attempt["statusReason"].startswith("Host EC2")
    assert "RUNNING" not in spot.view(job["jobId"]).statuses


def test_dependents_stay_pending_while_retries_remain(spot: Driver) -> None:
    spot.mock.on("first").attempts(reclaimed(), succeeds())
    first = spot.submit("first", retryStrategy={"attempts": 2})
    second = spot.submit("second", dependsOn=[{"jobId": first}])
    spot.reach(first, "RUNNING")
    spot.reach(first, "RUNNABLE")
    assert spot.status(second) == "PENDING"
    assert spot.finish(second)["status"] == "SUCCEEDED"


def test_dependents_fail_only_when_the_last_reclaim_fails_the_job(spot: Driver) -> None:
    spot.mock.on("first").reclaimed()
    first = spot.submit("first", retryStrategy={"attempts": 2})
    second = spot.submit("second", dependsOn=[{"jobId": first}])
    spot.finish(first)
    assert spot.describe(second)["statusReason"] == "Dependent Job failed"


@pytest.mark.parametrize("by", ["terminate", "time-out"])
def test_a_reclaim_in_the_instant_of_a_terminate_or_time_out_loses(spot: Driver, by: str) -> None:
    spot.mock.on("job").reclaimed(after="60s")
    job = spot.submit(retryStrategy={"attempts": 2}, timeout={"attemptDurationSeconds": 60})
    spot.reach(job, "RUNNING")
    expected = "Job attempt duration exceeded timeout"
    if by == "terminate":
        spot.mock.advance("58s")  # stopping the container takes two seconds
        spot.client.terminate_job(jobId=job, reason="enough")
        expected = "enough"
    ended = spot.finish(job)
    assert ended["statusReason"] == expected
    assert ended["stoppedAt"] == ended["startedAt"] + 60_000
    assert len(ended["attempts"]) == 1


def test_a_reclaim_while_the_job_is_being_stopped_is_not_retried(spot: Driver) -> None:
    spot.mock.on("job").reclaimed(after="59s")
    job = spot.submit(retryStrategy={"attempts": 2})
    spot.reach(job, "RUNNING")
    spot.mock.advance("58s")
    spot.client.terminate_job(jobId=job, reason="enough")
    ended = spot.finish(job)
    assert (ended["status"], ended["statusReason"]) == ("FAILED", "enough")


def test_a_fargate_spot_reclaim_has_its_own_text_and_exit_code_137(fargate_spot: Driver) -> None:
    fargate_spot.mock.on("job").reclaimed()
    job = fargate_spot.finish(fargate_spot.submit())
    assert job["statusReason"] == "Your Spot Task was interrupted."
    assert job["attempts"][0]["container"]["exitCode"] == 137


@pytest.mark.parametrize(
    ("pattern", "attempts"),
    [
        ("Host EC2*", 1),
        ("Your Spot Task was interrupted*", 2),
        ("Your Spot Task was interrupted.", 2),
    ],
)
def test_a_fargate_spot_reclaim_needs_a_rule_of_its_own(
    fargate_spot: Driver, pattern: str, attempts: int
) -> None:
    rules = [
        {"onStatusReason": pattern, "action": "RETRY"},
        {"onReason": "*", "action": "EXIT"},
    ]
    job = ended_after(fargate_spot, reclaimed(), attempts=2, rules=rules)
    assert len(job["attempts"]) == attempts


def test_a_fargate_spot_container_that_exits_0_on_the_notice_has_succeeded(
    fargate_spot: Driver,
) -> None:
    fargate_spot.mock.on("first").reclaimed(exit_code=0)
    first = fargate_spot.submit("first", retryStrategy={"attempts": 3})
    second = fargate_spot.submit("second", dependsOn=[{"jobId": first}])
    job = fargate_spot.finish(first)
    assert (job["status"], len(job["attempts"])) == ("SUCCEEDED", 1)
    assert fargate_spot.finish(second)["status"] == "SUCCEEDED"


def test_an_on_demand_job_cannot_be_reclaimed(ec2: Driver) -> None:
    ec2.mock.on("job").reclaimed()
    ec2.submit()
    with pytest.raises(MockUsageError, match=r"host_lost\(\)"):
        ec2.mock.run_until_idle()


def test_jobs_spill_to_on_demand_when_the_spot_environment_is_full(batch: Driver) -> None:
    batch.mock.defaults(name="spot", spot=True, max_vcpus=1)
    batch.mock.defaults(name="on-demand", max_vcpus=4)
    batch.client.create_job_queue(
        jobQueueName="both",
        priority=1,
        computeEnvironmentOrder=[
            {"order": 2, "computeEnvironment": "on-demand"},
            {"order": 1, "computeEnvironment": "spot"},
        ],
    )
    request: dict[str, Any] = {"jobQueue": "both", "jobDefinition": "spot"}
    batch.mock.on("*").hangs()
    jobs = [batch.submit(f"job-{number}", **request) for number in range(2)]
    batch.mock.run_until_idle()
    places = [batch.view(job).environment["AWS_BATCH_CE_NAME"] for job in jobs]
    assert places == ["spot", "on-demand"]


def test_a_retried_job_may_land_in_another_environment(batch: Driver) -> None:
    batch.mock.defaults(name="spot", spot=True)
    batch.mock.defaults(name="on-demand")
    batch.client.update_job_queue(
        jobQueue="spot",
        computeEnvironmentOrder=[
            {"order": 1, "computeEnvironment": "spot"},
            {"order": 2, "computeEnvironment": "on-demand"},
        ],
    )
    batch.mock.on("job").attempts(reclaimed(after="1m"), succeeds())
    job = batch.submit(jobQueue="spot", jobDefinition="spot", retryStrategy={"attempts": 2})
    batch.reach(job, "RUNNING")
    batch.client.update_compute_environment(computeEnvironment="spot", state="DISABLED")
    batch.finish(job)
    assert [attempt.compute_environment for attempt in batch.view(job).attempts] == [
        *("spot", "on-demand")
    ]


def test_a_job_whose_first_attempt_hangs_is_not_retried_by_itself(ec2: Driver) -> None:
    ec2.mock.on("job").attempts(hangs(), succeeds())
    job = ec2.submit(retryStrategy={"attempts": 2})
    ec2.mock.advance("30d")
    assert ec2.status(job) == "RUNNING"
