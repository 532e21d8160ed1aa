"""A reclaim of Spot capacity reaches what really runs: SIGTERM with the notice, SIGKILL at its end."""

from __future__ import annotations

import boto3
import pytest

from pytest_batchmock import BatchMock
from runners.conftest import Submit, ends

CHECKPOINTS = 'trap "exit 3" TERM; echo ready >$UP; while :; do sleep 0.01; done'
IGNORES = 'trap "" TERM; echo $$; echo ready >$UP; while :; do sleep 0.01; done'
RETRY = {"attempts": 2, "evaluateOnExit": [{"onStatusReason": "Host EC2*", "action": "RETRY"}]}


def test_a_process_hears_of_the_notice_and_its_job_goes_back_to_its_queue(
    batch: BatchMock, running: Submit
) -> None:
    job = running(CHECKPOINTS, retryStrategy=RETRY)
    (host,) = batch.spot.reclaim(job=job)
    batch.run_until(lambda: bool(job.attempts))
    assert job.attempts[0].exit_code == 3
    assert job.attempts[0].status_reason == f"Host EC2 (instance {host}) terminated."
    assert job.status == "RUNNABLE"
    boto3.client("batch").terminate_job(jobId=job.id, reason="the test is over")


@pytest.mark.parametrize("notice", [0, 0.05])
def test_a_process_that_does_not_listen_is_killed_when_the_notice_is_over(
    batch: BatchMock, running: Submit, notice: float
) -> None:
    job = running(IGNORES)
    batch.spot.reclaim(job=job, notice=notice)
    batch.run_until(lambda: job.is_terminal)
    assert job.status == "FAILED"
    assert (job.status_reason or "").startswith("Host EC2 (instance i-")
    batch.run_until_idle()
    pid = int(batch.logs.of(job)[0])
    assert ends(pid)


def test_a_terminate_during_the_notice_has_it_killed_after_its_own_stop_time_out(
    batch: BatchMock, running: Submit
) -> None:
    batch.on("job").runs_process(stop_timeout="50ms")
    job = running(IGNORES)
    batch.spot.reclaim(job=job, notice="10m")
    boto3.client("batch").terminate_job(jobId=job.id, reason="enough")
    batch.run_until(lambda: job.is_terminal)
    assert job.attempts[0].exit_code == 137
