"""The container of a job runs at a Docker engine: its exit code, log and limits are the job's."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import boto3
import pytest

from pytest_batchmock import BatchMock, runs_docker, succeeds
from pytest_batchmock.observe.jobs import JobView

from .conftest import Images, Submit

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


def test_the_container_sees_the_variables_of_batch_and_its_own(batch: BatchMock, ended: Submit) -> None:
    job = ended("env", environment={"COLOUR": "blue", "AWS_SECRET_ACCESS_KEY": "mine"})
    seen = dict(line.split("=", 1) for line in batch.logs.of(job))
    assert seen["AWS_BATCH_JOB_ID"] == job.id
    assert (seen["AWS_BATCH_CE_NAME"], seen["AWS_BATCH_JQ_NAME"]) == ("default", "default")
    assert (seen["AWS_BATCH_JOB_ATTEMPT"], seen["AWS_EXECUTION_ENV"]) == ("1", "AWS_ECS_EC2")
    assert seen["AWS_REGION"] == "us-east-1"
    assert seen["COLOUR"] == "blue"
    assert seen["PATH"] == "/bin"  # the image's
    # Credentials that open nothing, unless the job brings some.
    assert (seen["AWS_ACCESS_KEY_ID"], seen["AWS_SECRET_ACCESS_KEY"]) == ("123456789012", "mine")


def test_a_command_is_no_shell_script_unless_it_names_a_shell(batch: BatchMock, ended: Submit) -> None:
    assert batch.logs.of(ended("echo", "$HOME; exit 3")) == ["$HOME; exit 3"]


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
    batch: BatchMock, define: Define, ended: Submit
) -> None:
    batch.on("job").runs_docker(pull="never")
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
    assert attempt.exit_code == exit_code


def test_one_job_runs_for_real_and_the_others_are_scripted(images: Images) -> None:
    with BatchMock(latency_scale=0.01) as batch:
        batch.defaults(image=images.plain, command=["sh", "-c", "exit 3"], memory=64)
        batch.on("real").attempts(runs_docker(), succeeds())
        batch.on("planned").fails(exit_code=9)
        for name in ("real", "planned"):
            boto3.client("batch").submit_job(
                jobName=name,
                jobQueue="default",
                jobDefinition="default",
                retryStrategy={"attempts": 2},
            )
        batch.run_until_idle()
        codes: dict[str, list[int | None]] = {
            job.name: [attempt.exit_code for attempt in job.attempts] for job in batch.jobs
        }
        assert codes == {"real": [3, 0], "planned": [9, 9]}


def test_children_of_an_array_know_their_index_and_run_as_far_as_there_is_room(
    batch: BatchMock, submit: Submit
) -> None:
    parent = submit(
        "sh",
        "-c",
        "echo $AWS_BATCH_JOB_ARRAY_INDEX of $AWS_BATCH_JOB_ARRAY_SIZE",
        arrayProperties={"size": 20},
    )
    most = 0

    def over() -> bool:
        nonlocal most
        most = max(most, sum(child.status in ("STARTING", "RUNNING") for child in parent.children))
        return parent.is_terminal

    batch.run_until(over)
    assert parent.status == "SUCCEEDED"
    assert [batch.logs.of(child) for child in parent.children] == [[f"{n} of 20"] for n in range(20)]
    assert 1 < most <= 4  # vCPUs of the environment


def test_children_of_n_to_n_arrays_wait_for_their_own_index(batch: BatchMock, submit: Submit) -> None:
    first = submit("sh", "-c", "exit 0", arrayProperties={"size": 3})
    script = "echo after $AWS_BATCH_JOB_ARRAY_INDEX"
    second = submit(
        "sh",
        "-c",
        script,
        arrayProperties={"size": 3},
        dependsOn=[{"jobId": first.id, "type": "N_TO_N"}],
    )
    batch.run_until(lambda: second.is_terminal)
    assert (first.status, second.status) == ("SUCCEEDED", "SUCCEEDED")
    assert [batch.logs.of(child) for child in second.children] == [[f"after {n}"] for n in range(3)]
    for index in range(3):
        assert _stopped(first.children[index]) <= _started(second.children[index])


def _stopped(job: JobView) -> float:
    [attempt] = job.attempts
    assert attempt.stopped_at is not None
    return attempt.stopped_at.timestamp()


def _started(job: JobView) -> float:
    [attempt] = job.attempts
    assert attempt.started_at is not None
    return attempt.started_at.timestamp()


def test_no_more_jobs_have_containers_at_a_time_than_is_said(images: Images) -> None:
    with BatchMock(runner="docker", latency_scale=0.01, docker_parallel=1) as batch:
        batch.defaults(image=images.plain, memory=64, command=["true"])
        for _ in range(3):
            boto3.client("batch").submit_job(jobName="one", jobQueue="default", jobDefinition="default")
        batch.run_until_idle()
        times = sorted((_started(job), _stopped(job)) for job in batch.jobs)
        assert all(first[1] <= second[0] for first, second in pairwise(times))
