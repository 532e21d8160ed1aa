"""The container of a job runs at a Docker engine: its exit code, log and limits are the job's."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import boto3

from pytest_batchmock import BatchMock, runs_docker, succeeds
from pytest_batchmock.observe.jobs import JobView

from .conftest import Images, Submit

EXITED = "Essential container in task exited"
Define = Callable[..., str]


def test_a_command_is_no_shell_script_unless_it_names_a_shell(batch: BatchMock, ended: Submit) -> None:
    assert batch.logs.of(ended("echo", "$HOME; exit 3")) == ["$HOME; exit 3"]


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
