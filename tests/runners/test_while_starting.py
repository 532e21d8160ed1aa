"""What other threads learn of a run while its runner begins with it, which is done without a lock."""

from __future__ import annotations

import threading
from collections.abc import Callable

import boto3
import pytest

from pytest_batchmock import BatchMock
from pytest_batchmock.runners.process import ProcessRun, ProcessRunner
from pytest_batchmock.runners.protocol import Report, Task, Write

from .conftest import Submit

LONG_SECONDS = 60


def meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[Task, ProcessRun], object]) -> None:
    """Have another thread do something when a process has begun and its runner has not returned yet."""
    start = ProcessRunner.start

    def slow(self: ProcessRunner, task: Task, report: Report, write: Write) -> ProcessRun | None:
        run = start(self, task, report, write)
        assert run is not None
        other = threading.Thread(target=act, args=(task, run))
        other.start()
        other.join(LONG_SECONDS)
        return run

    monkeypatch.setattr(ProcessRunner, "start", slow)


def test_a_terminate_reaches_a_process_that_is_just_being_started(
    batch: BatchMock, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = boto3.client("batch")
    meanwhile(monkeypatch, lambda task, _: client.terminate_job(jobId=task.job_id, reason="enough"))
    job = submit("sleep", "10")
    batch.run_until(lambda: job.is_terminal)
    assert (job.status, job.status_reason) == ("FAILED", "enough")
    assert [attempt.exit_code for attempt in job.attempts] == [143]


def test_a_process_whose_end_is_taken_in_before_its_runner_has_returned_is_over(
    batch: BatchMock, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = boto3.client("batch")

    def see_the_end(task: Task, run: ProcessRun) -> None:
        run.wait(LONG_SECONDS)
        client.describe_jobs(jobs=[task.job_id])

    meanwhile(monkeypatch, see_the_end)
    job = submit("true")
    batch.run_until(lambda: job.is_terminal)
    assert job.status == "SUCCEEDED"
    assert batch._world._runs.is_idle
