"""The container of a job really runs: its exit code, log and limits are the job's."""

from __future__ import annotations

from collections.abc import Callable

import boto3
import pytest

from pytest_batchmock import BatchMock

from ..conftest import Images, Submit
from .conftest import Runs

EXITED = "Essential container in task exited"
Define = Callable[..., str]


def test_a_container_that_exits_with_0_succeeds(ended: Submit) -> None:
    job = ended("true")
    assert job.statuses == ["SUBMITTED", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"]
    [attempt] = job.attempts
    assert (attempt.exit_code, attempt.reason, attempt.status_reason) == (0, None, EXITED)


def test_another_exit_code_fails_the_job_or_has_it_tried_again_in_another_container(
    batch: BatchMock, ended: Submit
) -> None:
    job = ended("sh", "-c", "hostname; exit $AWS_BATCH_JOB_ATTEMPT", retryStrategy={"attempts": 2})
    assert job.status == "FAILED"
    assert [(attempt.exit_code, attempt.status_reason) for attempt in job.attempts] == [
        (1, EXITED),
        (2, EXITED),
    ]
    assert batch.logs.of(job, attempt=1) != batch.logs.of(job, attempt=2)


def test_the_lines_of_both_streams_are_the_log_as_they_come(batch: BatchMock, running: Submit) -> None:
    job = running(
        "trap 'exit 1' TERM; echo ready; echo problem >&2; printf 'no newline'; sleep 1000 & wait"
    )
    batch.run_until(lambda: len(batch.logs.of(job)) == 2)
    assert job.status == "RUNNING"
    assert sorted(batch.logs.of(job)) == ["problem", "ready"]
    boto3.client("batch").terminate_job(jobId=job.id, reason="enough")
    batch.run_until(lambda: job.is_terminal)
    assert batch.logs.of(job)[-1] == "no newline"
    assert len(batch.logs.of(job)) == 3


def test_the_container_sees_the_variables_of_batch_and_its_own(batch: BatchMock, ended: Submit) -> None:
    job = ended("env", environment={"COLOUR": "{{ blue }}", "AWS_SECRET_ACCESS_KEY": "mine"})
    seen = dict(line.split("=", 1) for line in batch.logs.of(job))
    assert seen["AWS_BATCH_JOB_ID"] == job.id
    assert (seen["AWS_BATCH_CE_NAME"], seen["AWS_BATCH_JQ_NAME"]) == ("default", "default")
    assert (seen["AWS_BATCH_JOB_ATTEMPT"], seen["AWS_EXECUTION_ENV"]) == ("1", "AWS_ECS_EC2")
    assert seen["AWS_REGION"] == "us-east-1"
    assert seen["COLOUR"] == "{{ blue }}"  # and no template
    assert seen["PATH"] == "/bin"  # the image's
    # Credentials that open nothing, unless the job brings some.
    assert (seen["AWS_ACCESS_KEY_ID"], seen["AWS_SECRET_ACCESS_KEY"]) == ("123456789012", "mine")


def test_without_a_command_the_image_s_own_runs(batch: BatchMock, ended: Submit, define: Define) -> None:
    job = ended(definition=define())
    assert batch.logs.of(job) == ["the default command"]


def test_the_command_is_appended_to_the_entry_point_of_the_image(
    batch: BatchMock, ended: Submit, define: Define, images: Images
) -> None:
    job = ended("one", "two", definition=define(image=images.with_entry_point))
    assert batch.logs.of(job) == ["entry: one two"]


def test_a_command_that_is_not_in_the_image_fails_to_start(ended: Submit) -> None:
    job = ended("no-such-program")
    assert job.statuses == ["SUBMITTED", "RUNNABLE", "STARTING", "FAILED"]
    [attempt] = job.attempts
    assert (attempt.exit_code, attempt.started_at) == (None, None)
    assert attempt.status_reason == "Task failed to start"
    assert str(attempt.reason).startswith("CannotStartContainerError: Error response from daemon: ")
    assert "executable file not found in $PATH" in str(attempt.reason)


def test_an_image_that_nobody_has_cannot_be_pulled(
    batch: BatchMock, runs: Runs, define: Define, ended: Submit
) -> None:
    batch.on("job").attempts(runs(pull="never"))
    [attempt] = ended("true", definition=define(image="nowhere.invalid/none:1")).attempts
    assert attempt.status_reason == "Task failed to start"
    assert str(attempt.reason).startswith("CannotPullContainerError: Error response from daemon: ")
    assert "nowhere.invalid/none:1" in str(attempt.reason)


def test_a_container_that_uses_more_than_its_memory_is_killed(ended: Submit, define: Define) -> None:
    job = ended("sh", "-c", "exec tail -c 64m /dev/zero", definition=define(memory="16"))
    [attempt] = job.attempts
    assert (attempt.exit_code, attempt.status_reason) == (137, EXITED)
    assert attempt.reason == "OutOfMemoryError: Container killed due to memory usage"


@pytest.mark.parametrize(("signal", "exit_code"), [("TERM", 143), ("KILL", 137)])
def test_a_signal_is_told_as_128_and_its_number(ended: Submit, signal: str, exit_code: int) -> None:
    [attempt] = ended("sh", "-c", f"sh -c 'kill -{signal} $$; :'; exit $?").attempts
    assert (attempt.exit_code, attempt.reason) == (exit_code, None)
