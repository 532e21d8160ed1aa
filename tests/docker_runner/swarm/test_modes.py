"""A service is a job of its swarm, or does as one: both modes end, stop and go alike."""

from __future__ import annotations

import boto3
import pytest

from pytest_batchmock import BatchMock
from pytest_batchmock.runners.swarm.cluster import JOB, REPLICATED, Swarm, mode_for

from ..conftest import Submit


@pytest.fixture(params=[JOB, REPLICATED])
def mode(request: pytest.FixtureRequest, swarm: Swarm, monkeypatch: pytest.MonkeyPatch) -> str:
    """The mode in which the services of a test are made."""
    monkeypatch.setattr(swarm, "mode", request.param)
    return str(request.param)


def in_mode(swarm: Swarm, job_id: str) -> bool:
    [service] = swarm.engine.api.services(filters={"label": f"pytest-batchmock.job={job_id}"})
    member = {JOB: "ReplicatedJob", REPLICATED: "Replicated"}[swarm.mode]
    return set(service["Spec"]["Mode"]) == {member}


@pytest.mark.usefixtures("mode")
def test_a_task_of_either_mode_runs_once_and_its_exit_code_is_the_job_s(ended: Submit) -> None:
    job = ended("sh", "-c", "exit $AWS_BATCH_JOB_ATTEMPT", retryStrategy={"attempts": 2})
    assert [attempt.exit_code for attempt in job.attempts] == [1, 2]


@pytest.mark.usefixtures("mode")
def test_a_task_of_either_mode_is_stopped_by_sigterm_and_its_last_words_are_heard(
    batch: BatchMock, swarm: Swarm, running: Submit
) -> None:
    job = running("trap 'echo told; exit 7' TERM; echo ready; sleep 99 & wait")
    assert in_mode(swarm, job.id)
    boto3.client("batch").terminate_job(jobId=job.id, reason="enough")
    batch.run_until(lambda: job.is_terminal)
    assert (job.status_reason, job.attempts[0].exit_code) == ("enough", 7)
    assert batch.logs.of(job) == ["ready", "told"]


@pytest.mark.parametrize(
    ("version", "mode"), [((1, 41), REPLICATED), ((1, 42), REPLICATED), ((1, 43), JOB), ((1, 51), JOB)]
)
def test_services_are_jobs_where_the_engine_removes_the_tasks_of_jobs(
    version: tuple[int, ...], mode: str
) -> None:
    assert mode_for(version) == mode
