"""Jobs that a Python callable does: how long they take, what interrupts them, what their errors do."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from pytest_batchmock import BatchMock, JobInterrupted, MockUsageError, StalledError, runs, succeeds
from pytest_batchmock.observe.jobs import JobView


@pytest.fixture
def batch() -> Iterator[BatchMock]:
    with BatchMock(start="2030-01-01") as mock:
        mock.defaults()
        yield mock


def submit(batch: BatchMock, name: str = "job", **members: Any) -> JobView:
    request = {"jobQueue": "default", "jobDefinition": "default", **members}
    return batch.jobs.get(boto3.client("batch").submit_job(jobName=name, **request)["jobId"])


def run_seconds(job: JobView) -> float:
    assert job.started_at is not None
    assert job.stopped_at is not None
    return (job.stopped_at - job.started_at).total_seconds()


def test_a_result_counts_when_the_time_of_the_job_has_passed(batch: BatchMock) -> None:
    seen: list[str] = []
    batch.on("job").runs(lambda job: seen.append(job.name), after="4m")
    job = submit(batch)
    batch.run_until(lambda: bool(seen))
    assert job.status == "RUNNING"
    batch.run_until_idle()
    assert (job.status, run_seconds(job), seen) == ("SUCCEEDED", 240, ["job"])


@pytest.mark.parametrize(("minutes", "seconds"), [("3m", 240), ("5m", 300)])
def test_the_time_that_the_callable_itself_lets_pass_counts(
    batch: BatchMock, minutes: str, seconds: int
) -> None:
    batch.on("job").runs(lambda job: batch.advance(minutes), after="4m")
    job = submit(batch)
    batch.run_until_idle()
    assert (job.status, run_seconds(job)) == ("SUCCEEDED", seconds)


def test_a_time_out_strikes_before_a_result_that_comes_later(batch: BatchMock) -> None:
    batch.on("job").runs(lambda job: None, after="4m")
    job = submit(batch, timeout={"attemptDurationSeconds": 60})
    batch.run_until_idle()
    assert job.status_reason == "Job attempt duration exceeded timeout"


def test_a_failure_that_comes_later_is_tried_again(batch: BatchMock) -> None:
    batch.on("job").attempts(runs(lambda job: 3, after="1m"), succeeds())
    job = submit(batch, retryStrategy={"attempts": 2})
    batch.run_until_idle()
    assert [attempt.exit_code for attempt in job.attempts] == [3, 0]


def test_a_training_has_no_length_of_its_own(batch: BatchMock) -> None:
    with pytest.raises(MockUsageError, match="service job"):
        batch.on_service_job("train").attempts(runs(print, after="4m"))


@pytest.mark.parametrize(
    ("by", "reason"),
    [("terminate", "enough"), ("time-out", "Job attempt duration exceeded timeout")],
)
def test_a_checkpoint_interrupts_what_is_no_longer_wanted(
    batch: BatchMock, by: str, reason: str
) -> None:
    reasons: list[str] = []

    def work(job: Any) -> None:
        job.checkpoint()
        if by == "terminate":
            boto3.client("batch").terminate_job(jobId=job.id, reason="enough")
        else:
            batch.advance("2m")
        try:
            job.checkpoint()
        except JobInterrupted as interrupted:
            reasons.append(interrupted.reason)
            raise

    batch.on("job").runs(work)
    job = submit(batch, timeout={"attemptDurationSeconds": 60})
    batch.run_until_idle()
    assert reasons == [reason]
    assert (job.status, job.status_reason) == ("FAILED", reason)
    assert job.attempts[0].exit_code == (143 if by == "terminate" else 137)


@pytest.mark.parametrize("error", [MockUsageError("odd"), StalledError("odd"), KeyboardInterrupt("odd")])
def test_an_error_that_the_test_has_to_hear_of_ends_the_job_too(
    batch: BatchMock, error: BaseException
) -> None:
    def work(job: Any) -> None:
        raise error

    batch.on("job").runs(work)
    job = submit(batch)
    with pytest.raises(type(error), match="odd"):
        batch.run_until_idle()
    assert job.status == "FAILED"
    assert job.attempts[0].exit_code == 1
    assert job.attempts[0].reason == f"{type(error).__name__}: odd"


def test_time_goes_on_at_wall_speed_while_another_thread_runs_a_callable(batch: BatchMock) -> None:
    running, release = threading.Event(), threading.Event()

    def work(job: Any) -> None:
        running.set()
        assert release.wait(timeout=60)

    batch.on("slow").runs(work)
    slow = submit(batch, "slow")
    driver = threading.Thread(target=batch.run_until_idle)
    driver.start()
    assert running.wait(timeout=60)
    began, before = time.monotonic(), batch.now
    while (passed := (batch.now - before).total_seconds()) < 0.1:
        pass
    assert passed <= time.monotonic() - began + 0.002  # whole milliseconds, two of them cut off
    assert slow.status == "RUNNING"
    release.set()
    driver.join(timeout=60)
    assert slow.status == "SUCCEEDED"


def test_a_driver_job_polls_its_own_children_without_waiting(batch: BatchMock) -> None:
    def drive(job: Any) -> int:
        client = boto3.client("batch")
        child = submit(batch, "child").id
        while True:
            status = client.describe_jobs(jobs=[child])["jobs"][0]["status"]
            if status in ("SUCCEEDED", "FAILED"):
                return 0 if status == "SUCCEEDED" else 1
            time.sleep(60)

    batch.on("driver").runs(drive)
    driver = submit(batch, "driver")
    batch.run_until_idle()
    assert driver.status == "SUCCEEDED"
    assert run_seconds(driver) >= 60


def test_a_callable_knows_the_index_of_its_child_or_node(batch: BatchMock) -> None:
    seen: list[tuple[str, int | None]] = []
    batch.on().runs(lambda job: seen.append((job.name, job.index)))
    submit(batch, "alone")
    submit(batch, "array", arrayProperties={"size": 2})
    container = {
        "image": "busybox",
        "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "512"}],
    }
    boto3.client("batch").register_job_definition(
        jobDefinitionName="gang",
        type="multinode",
        nodeProperties={
            "numNodes": 2,
            "mainNode": 1,
            "nodeRangeProperties": [{"targetNodes": "0:", "container": container}],
        },
    )
    submit(batch, "gang", jobDefinition="gang")
    batch.run_until_idle()
    assert sorted(seen, key=str) == [("alone", None), ("array", 0), ("array", 1), ("gang", 1)]


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit()])
def test_whatever_a_callable_raises_its_job_does_not_run_for_ever(
    batch: BatchMock, error: BaseException
) -> None:
    def breaks(job: object) -> None:
        raise error

    batch.on("job").runs(breaks)
    job = submit(batch)
    if isinstance(error, SystemExit):
        batch.run_until_idle()
    else:
        with pytest.raises(type(error)):
            batch.run_until_idle()
    assert (job.status, job.exit_code) == ("FAILED", 3 if isinstance(error, SystemExit) else 1)


def test_a_callable_works_with_other_services_that_moto_mocks(batch: BatchMock) -> None:
    moto = pytest.importorskip("moto")

    def writes(job: Any) -> None:
        boto3.client("s3").put_object(Bucket="results", Key=job.id, Body=job.name.encode())

    batch.on("job").runs(writes)
    with moto.mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="results")
        job = submit(batch)
        batch.run_until_idle()
        assert s3.get_object(Bucket="results", Key=job.id)["Body"].read() == b"job"
    assert job.status == "SUCCEEDED"
