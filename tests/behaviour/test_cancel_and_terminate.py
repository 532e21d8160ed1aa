"""CancelJob and TerminateJob of single jobs, and their bulk forms."""

from __future__ import annotations

from typing import Any

import pytest
from installed_model import skip_if_lacking

from behaviour.conftest import Driver

pytestmark = pytest.mark.batchmock(clock="manual", start="2026-03-01T12:00:00+00:00")

UNKNOWN = "00000000-0000-4000-8000-000000000000"
BOTH = pytest.mark.parametrize("call", ["cancel_job", "terminate_job"])


@pytest.fixture
def hanging(ec2: Driver) -> Driver:
    """The driver with jobs that never end by themselves."""
    ec2.mock.on("*").hangs()
    return ec2


@BOTH
@pytest.mark.parametrize("status", ["SUBMITTED", "RUNNABLE"])
def test_a_job_that_was_not_placed_fails_at_once_with_the_users_words(
    hanging: Driver, call: str, status: str
) -> None:
    job = hanging.submit()
    hanging.reach(job, status)
    getattr(hanging.client, call)(jobId=job, reason="Superseded by run 7.")
    ended = hanging.describe(job)
    assert (ended["status"], ended["statusReason"]) == ("FAILED", "Superseded by run 7.")
    assert ended["attempts"] == []
    assert ended["isCancelled" if call == "cancel_job" else "isTerminated"] is True


@pytest.mark.parametrize("call", ["CancelJobs", "TerminateJobs", "TerminateServiceJobs"])
def test_a_bulk_call_answers_with_both_lists_even_if_one_is_empty(ec2: Driver, call: str) -> None:
    skip_if_lacking(call, {"jobs": [UNKNOWN], "reason": "why"})
    answer = ec2.mock.call(call, {"jobs": [UNKNOWN], "reason": "why"})
    assert answer == {"successful": [UNKNOWN], "errors": []}
    answer = ec2.mock.call(call, {"jobs": ["nonsense"], "reason": "why"})
    assert answer["successful"] == []
    assert [error["code"] for error in answer["errors"]] == ["ValidationException"]


@pytest.mark.parametrize("status", ["STARTING", "RUNNING"])
def test_cancel_leaves_a_placed_job_alone_and_succeeds(hanging: Driver, status: str) -> None:
    before = hanging.reach(hanging.submit(), status)
    answer = hanging.client.cancel_job(jobId=before["jobId"], reason="too late")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert hanging.describe(before["jobId"]) == before
    hanging.mock.advance("1d")
    assert hanging.status(before["jobId"]) == "RUNNING"


def test_terminate_of_a_running_job_is_asynchronous(hanging: Driver) -> None:
    job = hanging.submit()
    hanging.reach(job, "RUNNING")
    hanging.client.terminate_job(jobId=job, reason="enough")
    stopping = hanging.describe(job)
    assert (stopping["status"], stopping["isTerminated"]) == ("RUNNING", True)
    assert "statusReason" not in stopping
    assert "isCancelled" not in stopping
    (summary,) = hanging.listed()
    assert summary["isTerminated"] is True
    ended = hanging.finish(job)
    assert (ended["status"], ended["statusReason"]) == ("FAILED", "enough")
    assert ended["stoppedAt"] > stopping["startedAt"]


def test_a_terminated_container_was_killed(hanging: Driver) -> None:
    job = hanging.submit()
    hanging.reach(job, "RUNNING")
    hanging.client.terminate_job(jobId=job, reason="enough")
    ended = hanging.finish(job)
    assert ended["container"]["exitCode"] == 137
    (attempt,) = ended["attempts"]
    assert (attempt["container"]["exitCode"], attempt["statusReason"]) == (137, "enough")


def test_a_job_terminated_while_starting_never_runs(hanging: Driver) -> None:
    job = hanging.submit()
    hanging.reach(job, "STARTING")
    hanging.client.terminate_job(jobId=job, reason="enough")
    assert hanging.status(job) == "STARTING"
    ended = hanging.finish(job)
    assert hanging.view(job).statuses == ["SUBMITTED", "RUNNABLE", "STARTING", "FAILED"]
    assert ended["statusReason"] == "enough"
    assert "exitCode" not in ended["container"]
    assert "startedAt" not in ended


def test_a_job_terminated_just_before_its_container_starts_ends_all_the_same(hanging: Driver) -> None:
    job = hanging.submit()
    hanging.reach(job, "STARTING")
    hanging.mock.advance("9s")  # of ten
    hanging.client.terminate_job(jobId=job, reason="enough")
    ended = hanging.finish(job)
    assert (ended["status"], ended["statusReason"]) == ("FAILED", "enough")


def test_a_terminated_job_whose_container_exits_with_0_has_failed(ec2: Driver) -> None:
    ec2.mock.on("job").succeeds(after="59s")
    job = ec2.submit()
    ec2.reach(job, "RUNNING")
    ec2.mock.advance("58s")
    ec2.client.terminate_job(jobId=job, reason="enough")
    ended = ec2.finish(job)
    assert (ended["status"], ended["statusReason"]) == ("FAILED", "enough")


def test_a_second_terminate_changes_nothing(hanging: Driver) -> None:
    job = hanging.submit()
    hanging.reach(job, "RUNNING")
    hanging.client.terminate_job(jobId=job, reason="first")
    hanging.mock.advance("1s")
    hanging.client.terminate_job(jobId=job, reason="second")
    ended = hanging.finish(job)
    assert ended["statusReason"] == "first"
    assert ended["stoppedAt"] == int(hanging.mock.now.timestamp() * 1000)


def test_a_cancel_of_a_job_that_is_being_terminated_changes_nothing(hanging: Driver) -> None:
    job = hanging.submit()
    hanging.reach(job, "RUNNING")
    hanging.client.terminate_job(jobId=job, reason="first")
    hanging.client.cancel_job(jobId=job, reason="second")
    ended = hanging.finish(job)
    assert ended["statusReason"] == "first"
    assert "isCancelled" not in ended


@BOTH
def test_an_ended_job_is_left_as_it_is_without_an_error(ec2: Driver, call: str) -> None:
    ended = ec2.finish(ec2.submit())
    getattr(ec2.client, call)(jobId=ended["jobId"], reason="too late")
    assert ec2.describe(ended["jobId"]) == ended


@BOTH
def test_an_unknown_id_is_no_error(ec2: Driver, call: str) -> None:
    answer = getattr(ec2.client, call)(jobId=UNKNOWN, reason="no such job")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_a_terminated_job_frees_its_room_for_the_next(batch: Driver) -> None:
    batch.mock.defaults(max_vcpus=1)
    batch.mock.on("first").hangs()
    first, second = batch.submit("first"), batch.submit("second")
    batch.reach(first, "RUNNING")
    batch.client.terminate_job(jobId=first, reason="enough")
    assert batch.finish(second)["status"] == "SUCCEEDED"


def test_cancelling_the_head_of_a_blocked_queue_lets_the_next_job_run(batch: Driver) -> None:
    batch.mock.defaults(max_vcpus=1)
    batch.register(
        "large",
        containerProperties={
            "resourceRequirements": [
                {"type": "VCPU", "value": "8"},
                {"type": "MEMORY", "value": "2048"},
            ]
        },
    )
    head, behind = batch.submit("head", jobDefinition="large"), batch.submit("behind")
    batch.mock.run_until_idle()
    assert batch.status(behind) == "RUNNABLE"
    batch.client.cancel_job(jobId=head, reason="too large")
    assert batch.finish(behind)["status"] == "SUCCEEDED"


@pytest.mark.parametrize(
    ("call", "flag"), [("cancel_jobs", "isCancelled"), ("terminate_jobs", "isTerminated")]
)
def test_a_bulk_call_ends_all_its_jobs_and_counts_unknown_ones_as_done(
    hanging: Driver, call: str, flag: str
) -> None:
    if not hasattr(hanging.client, call):
        pytest.skip("this botocore has no bulk operations")
    jobs = [hanging.submit(f"job-{number}") for number in range(3)]
    answer = getattr(hanging.client, call)(jobs=[*jobs, UNKNOWN, "nonsense"], reason="all of it")
    assert answer["successful"] == [*jobs, UNKNOWN]
    (error,) = answer["errors"]
    assert (error["job"], error["code"]) == ("nonsense", "ValidationException")
    for job in map(hanging.describe, jobs):
        assert (job["status"], job["statusReason"], job[flag]) == ("FAILED", "all of it", True)


def test_deleting_a_queue_ends_its_jobs_with_the_queues_reason(hanging: Driver) -> None:
    running, waiting = hanging.submit("running"), hanging.submit("waiting")
    hanging.reach(running, "RUNNING")
    hanging.client.update_job_queue(jobQueue="default", state="DISABLED")
    hanging.client.delete_job_queue(jobQueue="default")
    hanging.mock.run_until_idle()
    for job in (running, waiting):
        ended = hanging.describe(job)
        assert (ended["status"], ended["statusReason"]) == ("FAILED", "JobQueue deleted")


def test_disabling_a_queue_ends_no_job(ec2: Driver) -> None:
    job = ec2.submit()
    ec2.client.update_job_queue(jobQueue="default", state="DISABLED")
    assert ec2.finish(job)["status"] == "SUCCEEDED"


def test_disabling_an_environment_lets_its_jobs_run_and_places_no_more(ec2: Driver) -> None:
    first = ec2.submit("first")
    ec2.reach(first, "STARTING")
    ec2.client.update_compute_environment(computeEnvironment="default", state="DISABLED")
    second = ec2.submit("second")
    assert ec2.finish(first)["status"] == "SUCCEEDED"
    ec2.mock.advance("1d")
    assert ec2.status(second) == "RUNNABLE"


def test_the_callers_reason_may_hold_any_text(hanging: Driver) -> None:
    reason: Any = "Stop: 100 % „done“ – s'il vous plaît\nsecond line"
    job = hanging.submit()
    hanging.client.cancel_job(jobId=job, reason=reason)
    assert hanging.describe(job)["statusReason"] == reason
