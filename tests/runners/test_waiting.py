"""What a runner says of a task that it cannot start yet is for people: nothing happens by it."""

from __future__ import annotations

import threading

import boto3

from pytest_batchmock import BatchMock
from pytest_batchmock.runners.outcomes import Outcome
from pytest_batchmock.runners.protocol import RUNNING, LiveRun, Report, RunnerReport, Task, Write


class Hesitant:
    """A runner that waits until it is told to begin."""

    def __init__(self) -> None:
        self.may_begin = threading.Event()

    def start(self, task: Task, report: Report, write: Write) -> LiveRun | None:
        report(RunnerReport("waiting", None, f"room for {task.vcpus:g} vCPU"))
        threading.Thread(target=self._run, args=(report,), daemon=True).start()
        return None

    def _run(self, report: Report) -> None:
        self.may_begin.wait()
        report(RUNNING)
        report(RunnerReport("ended", 0))


def test_a_job_whose_runner_waits_is_starting_and_explained_by_what_it_waits_for() -> None:
    runner = Hesitant()
    with BatchMock(region="us-east-1", latency_scale=0.01) as batch:
        batch.defaults(vcpus=2)
        batch.on("job").attempts(Outcome("runs_swarm", runner=runner))
        boto3.client("batch").submit_job(jobName="job", jobQueue="default", jobDefinition="default")
        job = batch.jobs.one()
        batch.run_until(lambda: "waits" in batch.explain(job))
        assert batch.explain(job).endswith(": its container waits: room for 2 vCPU")
        assert (job.status, job.attempts) == ("STARTING", [])
        runner.may_begin.set()
        batch.run_until(lambda: job.is_terminal)
        assert job.status == "SUCCEEDED"
        assert "waits" not in batch.explain(job)
