"""A runner tells that the machine is gone that a task was on: the attempt has lost its host."""

from __future__ import annotations

import threading
from typing import Any

import boto3

from pytest_batchmock import BatchMock, succeeds
from pytest_batchmock.runners.outcomes import Outcome
from pytest_batchmock.runners.protocol import RUNNING, LiveRun, Report, RunnerReport, Task, Write

LOST = RunnerReport("host_lost", None, "the node is down")
BY_HOST = {"attempts": 2, "evaluateOnExit": [{"onStatusReason": "Host EC2*", "action": "RETRY"}]}


class Run:
    """A task that ends by the loss of its host as soon as it is asked to stop."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def stop(self, grace_ms: int) -> None:
        threading.Thread(target=self._report, args=(LOST,), daemon=True).start()

    def wait(self, seconds: float) -> bool:
        return True


class Unlucky:
    """A runner whose hosts are lost: at once, or when their tasks are stopped."""

    def __init__(self, at_once: bool) -> None:
        self._at_once = at_once

    def start(self, task: Task, report: Report, write: Write) -> LiveRun | None:
        report(RUNNING)
        if not self._at_once:
            return Run(report)
        report(LOST)
        return None


def submit(batch: BatchMock, **members: Any) -> str:
    job_id: str = boto3.client("batch").submit_job(
        jobName="job", jobQueue="default", jobDefinition="default", **members
    )["jobId"]
    return job_id


def test_a_job_that_lost_its_host_is_retried_by_a_strategy_for_that() -> None:
    with BatchMock(region="us-east-1", latency_scale=0.01) as batch:
        batch.defaults()
        batch.on("job").attempts(Outcome("runs_swarm", runner=Unlucky(at_once=True)), succeeds())
        submit(batch, retryStrategy=BY_HOST)
        batch.run_until_idle()
        job = batch.jobs.one()
        assert job.status == "SUCCEEDED"
        first, second = job.attempts
        assert str(first.status_reason).startswith("Host EC2 (instance i-")
        assert (first.exit_code, second.exit_code) == (None, 0)


def test_a_job_that_was_to_be_terminated_ends_for_that_reason_though_its_host_is_lost_then() -> None:
    with BatchMock(region="us-east-1", latency_scale=0.01) as batch:
        batch.defaults()
        batch.on("job").attempts(Outcome("runs_swarm", runner=Unlucky(at_once=False)))
        job_id = submit(batch, retryStrategy=BY_HOST)
        batch.run_until(lambda: batch.jobs.one().status == "RUNNING")
        boto3.client("batch").terminate_job(jobId=job_id, reason="enough")
        batch.run_until(lambda: batch.jobs.one().is_terminal)
        job = batch.jobs.one()
        assert (job.status, job.status_reason) == ("FAILED", "enough")
