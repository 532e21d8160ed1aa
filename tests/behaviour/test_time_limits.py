"""The time limit of an attempt."""

from __future__ import annotations

import pytest

from behaviour.conftest import Driver
from pytest_batchmock import fails, hangs, succeeds

pytestmark = pytest.mark.batchmock(clock="manual", start="2026-03-01T12:00:00+00:00")

TIMED_OUT = "Job attempt duration exceeded timeout"


def test_a_job_without_a_time_limit_may_run_for_ever(ec2: Driver) -> None:
    ec2.mock.on("job").hangs()
    job = ec2.submit()
    ec2.mock.advance(days=1000)
    assert ec2.status(job) == "RUNNING"


def test_the_limit_counts_from_running_of_the_attempt(batch: Driver) -> None:
    batch.mock.defaults(max_vcpus=1)
    batch.mock.on("first").succeeds(after="1h")
    batch.mock.on("second").hangs()
    batch.submit("first")
    second = batch.submit("second", timeout={"attemptDurationSeconds": 60})
    batch.mock.advance("30m")
    assert batch.status(second) == "RUNNABLE"
    job = batch.finish(second)
    assert job["stoppedAt"] == job["startedAt"] + 60_000


def test_a_job_over_its_limit_fails_with_the_reason_and_exit_code_137(ec2: Driver) -> None:
    ec2.mock.on("job").hangs()
    job = ec2.finish(ec2.submit(timeout={"attemptDurationSeconds": 60}))
    assert (job["status"], job["statusReason"]) == ("FAILED", TIMED_OUT)
    assert job["attempts"][0]["statusReason"] == TIMED_OUT
    assert job["container"]["exitCode"] == 137


def test_a_job_that_ends_before_its_limit_is_not_touched(ec2: Driver) -> None:
    ec2.mock.on("job").succeeds(after="59s")
    job = ec2.finish(ec2.submit(timeout={"attemptDurationSeconds": 60}))
    ec2.mock.advance("1h")
    assert ec2.describe(job["jobId"])["status"] == "SUCCEEDED"


def test_the_limit_of_the_submit_overrides_that_of_the_definition(batch: Driver) -> None:
    batch.mock.defaults(timeout_seconds=3600)
    batch.mock.on("job").hangs()
    job = batch.finish(batch.submit(timeout={"attemptDurationSeconds": 90}))
    assert job["timeout"] == {"attemptDurationSeconds": 90}
    assert job["stoppedAt"] == job["startedAt"] + 90_000


def test_the_limit_of_the_definition_holds_without_another(batch: Driver) -> None:
    batch.mock.defaults(timeout_seconds=120)
    batch.mock.on("job").hangs()
    job = batch.finish(batch.submit())
    assert job["stoppedAt"] == job["startedAt"] + 120_000


def test_a_time_out_is_never_retried(ec2: Driver) -> None:
    ec2.mock.on("job").attempts(hangs(), succeeds())
    job = ec2.finish(
        ec2.submit(
            timeout={"attemptDurationSeconds": 60},
            retryStrategy={
                "attempts": 10,
                "evaluateOnExit": [{"onStatusReason": "Job attempt*", "action": "RETRY"}],
            },
        )
    )
    assert (job["status"], len(job["attempts"])) == ("FAILED", 1)


def test_every_attempt_gets_the_full_time_again(ec2: Driver) -> None:
    ec2.mock.on("job").attempts(fails(after="50s"), hangs())
    job = ec2.finish(ec2.submit(timeout={"attemptDurationSeconds": 60}, retryStrategy={"attempts": 2}))
    first, second = job["attempts"]
    assert first["stoppedAt"] - first["startedAt"] == 50_000
    assert second["stoppedAt"] - second["startedAt"] == 60_000
    assert job["statusReason"] == TIMED_OUT


def test_dependents_of_a_job_over_its_limit_fail(ec2: Driver) -> None:
    ec2.mock.on("first").hangs()
    first = ec2.submit("first", timeout={"attemptDurationSeconds": 60})
    job = ec2.finish(ec2.submit(dependsOn=[{"jobId": first}]))
    assert job["statusReason"] == "Dependent Job failed"


def test_a_success_in_the_instant_of_the_limit_loses(ec2: Driver) -> None:
    ec2.mock.on("job").succeeds(after="60s")
    job = ec2.finish(ec2.submit(timeout={"attemptDurationSeconds": 60}))
    assert job["statusReason"] == TIMED_OUT


def test_an_image_pull_does_not_count_against_the_limit(fargate: Driver) -> None:
    fargate.mock.on("job").cannot_pull(after="1h")
    job = fargate.finish(fargate.submit(timeout={"attemptDurationSeconds": 60}))
    assert job["statusReason"] == "Task failed to start"


def test_a_job_that_is_being_stopped_ends_with_the_users_reason_at_its_limit(ec2: Driver) -> None:
    ec2.mock.on("job").hangs()
    job = ec2.submit(timeout={"attemptDurationSeconds": 60})
    ec2.reach(job, "RUNNING")
    ec2.mock.advance("59s")
    ec2.client.terminate_job(jobId=job, reason="enough")
    assert ec2.finish(job)["statusReason"] == "enough"


@pytest.mark.parametrize("where", ["definition", "submit"])
@pytest.mark.parametrize("seconds", [-1, 0, 59])
def test_a_limit_below_60_seconds_is_refused(ec2: Driver, where: str, seconds: int) -> None:
    give = ec2.register if where == "definition" else ec2.submit
    with pytest.raises(
        ec2.client.exceptions.ClientException,
        match="AttemptDurationSeconds in Timeout must be at least 60 seconds",
    ):
        give(timeout={"attemptDurationSeconds": seconds})


@pytest.mark.parametrize("seconds", [60, 14 * 86_400, 2**31 - 1])
def test_there_is_no_longest_limit(ec2: Driver, seconds: int) -> None:
    ec2.register(timeout={"attemptDurationSeconds": seconds})
    job = ec2.submit(jobDefinition="work")
    assert ec2.describe(job)["timeout"] == {"attemptDurationSeconds": seconds}
