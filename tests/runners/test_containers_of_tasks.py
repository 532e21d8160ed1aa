"""Jobs of several containers that really run: when each begins, and how all are stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from pytest_batchmock import BatchMock, MockUsageError, succeeds
from pytest_batchmock.observe.jobs import JobView
from pytest_batchmock.runners.outcomes import Outcome
from pytest_batchmock.runners.protocol import RUNNING, Report, RunnerReport, Task, Write

NEEDS = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "512"}]
EXITED = "Essential container in task exited"


class Run:
    """What one container runs: nothing happens unless the test says so."""

    def __init__(self, task: Task, report: Report) -> None:
        self.task, self._report = task, report
        self.stops: list[int] = []

    def stop(self, grace_ms: int) -> None:
        self.stops.append(grace_ms)

    def wait(self, seconds: float) -> bool:
        return True

    def starts(self) -> None:
        self._report(RUNNING)

    def ends(self, exit_code: int, reason: str | None = None) -> None:
        self._report(RunnerReport("ended", exit_code, reason))

    def fails_to_start(self, reason: str) -> None:
        self._report(RunnerReport("failed_to_start", None, reason))


class Hand:
    """A runner that a test leads by hand; its runs by container or, without a name, by node."""

    def __init__(self) -> None:
        self.runs: dict[Any, Run] = {}

    def start(self, task: Task, report: Report, write: Write) -> Run:
        run = self.runs[task.container or task.node] = Run(task, report)
        return run


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def batch(hand: Hand) -> Iterator[BatchMock]:
    """A mock on Spot whose containers all are at the runner by hand."""
    with BatchMock(start="2030-01-01", latency_scale=0.01) as mock:
        mock.defaults(spot=True)
        mock.defaults(name="nodes")
        mock.on("job").attempts(of(hand), succeeds())
        for name in ("a", "b"):
            mock.on("job", container=name).attempts(of(hand))
        yield mock


def of(hand: Hand, **members: Any) -> Outcome:
    return Outcome("runs_process", runner=hand, **members)


def container(name: str, **members: Any) -> dict[str, Any]:
    return {"name": name, "image": name, "resourceRequirements": NEEDS, **members}


def submit(batch: BatchMock, *containers: dict[str, Any], **members: Any) -> JobView:
    client = boto3.client("batch")
    client.register_job_definition(
        jobDefinitionName="task",
        type="container",
        ecsProperties={"taskProperties": [{"containers": list(containers)}]},
    )
    request = {"jobQueue": "default", **members}
    job_id = client.submit_job(jobName="job", jobDefinition="task", **request)["jobId"]
    return batch.jobs.get(job_id)


def until(batch: BatchMock, done: Callable[[], object]) -> None:
    batch.run_until(lambda: bool(done()))


def running(batch: BatchMock, hand: Hand, *containers: dict[str, Any], **members: Any) -> JobView:
    """A task all of whose containers run."""
    job = submit(batch, *containers, **members)
    until(batch, lambda: len(hand.runs) == len(containers))
    for run in hand.runs.values():
        run.starts()
    until(batch, lambda: job.status == "RUNNING")
    return job


def codes(job: JobView) -> list[int | None]:
    return [entry.exit_code for entry in job.attempts[0].containers.values()]


# Beginning


def test_the_job_is_starting_until_all_its_essential_containers_run(
    batch: BatchMock, hand: Hand
) -> None:
    job = submit(batch, container("a"), container("b"))
    until(batch, lambda: len(hand.runs) == 2)
    hand.runs["a"].starts()
    batch.advance("1m")
    assert job.status == "STARTING"
    hand.runs["b"].starts()
    until(batch, lambda: job.status == "RUNNING")
    hand.runs["a"].ends(0)
    until(batch, lambda: hand.runs["b"].stops)
    hand.runs["b"].ends(0)
    until(batch, lambda: job.is_terminal)
    assert job.status == "SUCCEEDED"


def test_a_container_begins_when_the_one_runs_on_whose_start_it_depends(
    batch: BatchMock, hand: Hand
) -> None:
    upstream = [{"containerName": "b", "condition": "START"}]
    job = submit(batch, container("a", dependsOn=upstream), container("b", essential=False))
    until(batch, lambda: "b" in hand.runs)
    batch.advance("1m")
    assert list(hand.runs) == ["b"]
    hand.runs["b"].starts()
    until(batch, lambda: "a" in hand.runs)
    hand.runs["a"].starts()
    hand.runs["a"].ends(0)
    until(batch, lambda: hand.runs["b"].stops)
    hand.runs["b"].ends(143)
    until(batch, lambda: job.is_terminal)
    assert (job.status, codes(job)) == ("SUCCEEDED", [0, 143])


def test_a_container_begins_when_the_one_has_succeeded_on_whose_success_it_depends(
    batch: BatchMock, hand: Hand
) -> None:
    upstream = [{"containerName": "b", "condition": "SUCCESS"}]
    job = submit(batch, container("a", dependsOn=upstream), container("b", essential=False))
    until(batch, lambda: "b" in hand.runs)
    hand.runs["b"].starts()
    hand.runs["b"].ends(4)
    until(batch, lambda: job.is_terminal)
    assert list(hand.runs) == ["b"]
    assert (job.status_reason, job.statuses[-2:]) == ("Task failed to start", ["STARTING", "FAILED"])


def test_an_essential_container_that_cannot_start_fails_the_start_of_the_task(
    batch: BatchMock, hand: Hand
) -> None:
    job = submit(batch, container("a"), container("b"))
    until(batch, lambda: len(hand.runs) == 2)
    hand.runs["b"].starts()
    hand.runs["a"].fails_to_start("CannotPullContainerError: no such image")
    until(batch, lambda: hand.runs["b"].stops)
    assert job.status == "STARTING"
    hand.runs["b"].ends(143)
    until(batch, lambda: job.is_terminal)
    assert job.statuses[-2:] == ["STARTING", "FAILED"]
    [attempt] = job.attempts
    assert (attempt.status_reason, attempt.exit_code) == ("Task failed to start", None)
    assert attempt.reason == "CannotPullContainerError: no such image"
    assert attempt.containers["a"].reason == attempt.reason
    assert codes(job) == [None, 143]


def test_a_container_that_is_not_essential_and_cannot_start_is_left_out(
    batch: BatchMock, hand: Hand
) -> None:
    job = submit(batch, container("a"), container("b", essential=False))
    until(batch, lambda: len(hand.runs) == 2)
    hand.runs["b"].fails_to_start("CannotStartContainerError: no such file")
    hand.runs["a"].starts()
    until(batch, lambda: job.status == "RUNNING")
    hand.runs["a"].ends(0)
    until(batch, lambda: job.is_terminal)
    assert (job.status, codes(job)) == ("SUCCEEDED", [0, None])


def test_an_essential_container_that_ends_before_the_others_run_fails_the_job(
    batch: BatchMock, hand: Hand
) -> None:
    job = submit(batch, container("a"), container("b"))
    until(batch, lambda: len(hand.runs) == 2)
    hand.runs["a"].starts()
    hand.runs["a"].ends(0)
    until(batch, lambda: hand.runs["b"].stops)
    hand.runs["b"].fails_to_start("The task was stopped before its container was started.")
    until(batch, lambda: job.is_terminal)
    assert (job.status, job.status_reason, codes(job)) == ("FAILED", EXITED, [0, None])


# Stopping


def test_with_an_essential_container_the_others_are_stopped_and_the_job_ends_with_the_last(
    batch: BatchMock, hand: Hand
) -> None:
    job = running(batch, hand, container("a"), container("b", essential=False, stopTimeout=7))
    hand.runs["a"].ends(3, "broke")
    until(batch, lambda: hand.runs["b"].stops)
    assert (job.status, hand.runs["b"].stops) == ("RUNNING", [7_000])
    hand.runs["b"].ends(5)
    until(batch, lambda: job.is_terminal)
    assert (job.status_reason, job.exit_code, codes(job)) == (EXITED, 3, [3, 5])
    assert job.attempts[0].reason == "broke"


def test_the_job_succeeds_if_the_essential_containers_that_are_stopped_exit_with_0_too(
    batch: BatchMock, hand: Hand
) -> None:
    job = running(batch, hand, container("a"), container("b"))
    hand.runs["b"].ends(0)
    until(batch, lambda: hand.runs["a"].stops)
    hand.runs["a"].ends(143)
    until(batch, lambda: job.is_terminal)
    assert (job.status, job.exit_code) == ("FAILED", 143)


def test_a_container_that_is_stopped_in_vain_is_killed_after_its_stop_timeout(
    batch: BatchMock, hand: Hand
) -> None:
    job = running(batch, hand, container("a"), container("b", stopTimeout=2))
    hand.runs["a"].ends(0)
    until(batch, lambda: hand.runs["b"].stops)
    batch.advance("2s")
    assert hand.runs["b"].stops == [2_000, 0]
    hand.runs["b"].ends(137)
    until(batch, lambda: job.is_terminal)
    assert (job.status, job.exit_code) == ("FAILED", 137)


def test_a_terminated_task_is_running_until_all_its_containers_have_stopped(
    batch: BatchMock, hand: Hand
) -> None:
    job = running(batch, hand, container("a"), container("b"))
    boto3.client("batch").terminate_job(jobId=job.id, reason="enough")
    until(batch, lambda: hand.runs["b"].stops)
    hand.runs["a"].ends(0)
    batch.advance("1s")
    assert job.status == "RUNNING"
    hand.runs["b"].ends(143)
    until(batch, lambda: job.is_terminal)
    assert (job.status, job.status_reason, codes(job)) == ("FAILED", "enough", [0, 143])


def test_a_task_that_is_terminated_before_it_has_begun_never_runs(batch: BatchMock, hand: Hand) -> None:
    job = submit(batch, container("a"), container("b"))
    until(batch, lambda: job.status == "STARTING")
    boto3.client("batch").terminate_job(jobId=job.id, reason="enough")
    until(batch, lambda: job.is_terminal)
    assert (job.status_reason, hand.runs) == ("enough", {})


def test_a_time_out_stops_all_containers_of_a_task_and_is_not_retried(
    batch: BatchMock, hand: Hand
) -> None:
    job = running(
        batch,
        hand,
        container("a"),
        container("b"),
        timeout={"attemptDurationSeconds": 60},
        retryStrategy={"attempts": 2},
    )
    batch.advance("60s")
    assert [run.stops for run in hand.runs.values()] == [[30_000], [30_000]]
    hand.runs["a"].ends(7)
    hand.runs["b"].ends(0)
    until(batch, lambda: job.is_terminal)
    assert (job.status, job.status_reason) == ("FAILED", "Job attempt duration exceeded timeout")
    assert ([attempt.exit_code for attempt in job.attempts], codes(job)) == ([7], [7, 0])


def test_a_reclaim_reaches_all_containers_of_a_task_which_is_tried_again(
    batch: BatchMock, hand: Hand
) -> None:
    batch.on("job").attempts(of(hand, reclaimed_after_ms=300_000))
    for name in ("a", "b"):
        batch.on("job", container=name).attempts(of(hand), succeeds())
    job = running(batch, hand, container("a"), container("b"), retryStrategy={"attempts": 2})
    batch.advance("5m")
    assert [run.stops for run in hand.runs.values()] == [[30_000], [30_000]]
    hand.runs["a"].ends(143)
    hand.runs["b"].ends(143)
    until(batch, lambda: job.is_terminal)
    assert job.status == "SUCCEEDED"
    assert str(job.attempts[0].status_reason).startswith("Host EC2 (instance i-")


def test_a_reclaim_of_an_on_demand_task_is_a_mistake_of_the_test(batch: BatchMock, hand: Hand) -> None:
    batch.on("job").attempts(of(hand, reclaimed_after_ms=300_000))
    submit(batch, container("a"), container("b"), jobQueue="nodes")
    with pytest.raises(MockUsageError, match="On-Demand"):
        batch.run_until_idle()


def test_a_host_that_gets_the_spot_notice_passes_it_on_to_all_containers(
    batch: BatchMock, hand: Hand
) -> None:
    job = running(batch, hand, container("a"), container("b"), retryStrategy={"attempts": 2})
    batch.on("job").succeeds()
    for name in ("a", "b"):
        batch.on("job", container=name).succeeds()
    batch.spot.reclaim(job=job)
    until(batch, lambda: hand.runs["b"].stops)
    assert [run.stops for run in hand.runs.values()] == [[120_000], [120_000]]
    hand.runs["a"].ends(143)
    hand.runs["b"].ends(143)
    until(batch, lambda: job.is_terminal)
    assert job.status == "SUCCEEDED"
    assert str(job.attempts[0].status_reason).startswith("Host EC2 (instance i-")


# Nodes


def nodes(batch: BatchMock, hand: Hand) -> JobView:
    """A multi-node job of two, whose main node runs and whose other one has begun."""
    client = boto3.client("batch")
    node = {"image": "a", "command": ["node"], "resourceRequirements": NEEDS}
    client.register_job_definition(
        jobDefinitionName="gang",
        type="multinode",
        nodeProperties={
            "numNodes": 2,
            "mainNode": 0,
            "nodeRangeProperties": [{"targetNodes": "0:", "container": node}],
        },
    )
    for index in (0, 1):
        batch.on("job", node=index).attempts(of(hand))
    job_id = client.submit_job(jobName="job", jobQueue="nodes", jobDefinition="gang")["jobId"]
    until(batch, lambda: 0 in hand.runs)
    hand.runs[0].starts()
    until(batch, lambda: 1 in hand.runs)
    return batch.jobs.get(job_id)


def ends_well(batch: BatchMock, hand: Hand, job: JobView) -> None:
    hand.runs[0].ends(0)
    until(batch, lambda: job.is_terminal)
    assert job.status == "SUCCEEDED"


def test_a_node_is_starting_until_its_container_runs(batch: BatchMock, hand: Hand) -> None:
    job = nodes(batch, hand)
    other = batch.jobs.get(f"{job.id}#1")
    batch.advance("1m")
    assert other.status == "STARTING"
    hand.runs[1].starts()
    until(batch, lambda: other.status == "RUNNING")
    hand.runs[1].ends(4)
    until(batch, lambda: other.is_terminal)
    assert (other.exit_code, job.status) == (4, "RUNNING")
    ends_well(batch, hand, job)


def test_a_node_whose_container_cannot_start_has_failed_alone(batch: BatchMock, hand: Hand) -> None:
    job = nodes(batch, hand)
    other = batch.jobs.get(f"{job.id}#1")
    hand.runs[1].fails_to_start("CannotStartContainerError: nothing there")
    until(batch, lambda: other.is_terminal)
    assert (other.status_reason, other.statuses[-2]) == ("Task failed to start", "STARTING")
    ends_well(batch, hand, job)


def test_a_node_that_is_terminated_is_running_until_its_container_has_stopped(
    batch: BatchMock, hand: Hand
) -> None:
    job = nodes(batch, hand)
    other = batch.jobs.get(f"{job.id}#1")
    hand.runs[1].starts()
    until(batch, lambda: other.status == "RUNNING")
    boto3.client("batch").terminate_job(jobId=other.id, reason="not this one")
    until(batch, lambda: hand.runs[1].stops)
    assert other.status == "RUNNING"
    hand.runs[1].ends(143)
    until(batch, lambda: other.is_terminal)
    assert (other.status_reason, other.exit_code) == ("not this one", 143)
    ends_well(batch, hand, job)
