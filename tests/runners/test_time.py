"""While something really runs, virtual time goes at wall speed; here the wall clock is a toy."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from pytest_batchmock import BatchMock, MockUsageError, mock_batch
from pytest_batchmock.control.outcomes import OutcomeRules
from pytest_batchmock.observe.jobs import JobView
from pytest_batchmock.runners.outcomes import Outcome
from pytest_batchmock.runners.protocol import RUNNING, Report, RunnerReport, Task, Write
from pytest_batchmock.world import World


class ByHand:
    """A runner whose tasks run until the test says otherwise; it is the run of its last task too."""

    def __init__(self) -> None:
        self.tasks: list[Task] = []
        self.stops: list[int] = []

    def start(self, task: Task, report: Report, write: Write) -> ByHand:
        self.tasks.append(task)
        self.report, self.write = report, write
        report(RUNNING)
        return self

    def stop(self, grace_ms: int) -> None:
        self.stops.append(grace_ms)

    def wait(self, seconds: float) -> bool:
        return True

    def ends(self, exit_code: int = 0) -> None:
        self.report(RunnerReport("ended", exit_code))


class WallClock:
    """A wall clock that stands still until it is told."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def wall() -> WallClock:
    return WallClock()


@pytest.fixture
def runner() -> ByHand:
    return ByHand()


def with_wall(mock: BatchMock, wall: WallClock) -> BatchMock:
    """Have a mock that has not started go by that wall clock."""
    rules = mock._rules
    assert isinstance(rules, OutcomeRules)
    mock._world = World(mock.options, rules, owner=mock, monotonic=wall)
    return mock


@pytest.fixture(params=["autojump"])
def batch(request: pytest.FixtureRequest, wall: WallClock, runner: ByHand) -> Iterator[BatchMock]:
    """A mock whose jobs named "live*" are at the runner by hand; the others are scripted."""
    mock = with_wall(BatchMock(start="2030-01-01", clock=request.param), wall)
    with mock:
        mock.defaults()
        mock.on("live*").attempts(Outcome("runs_process", runner=runner))
        yield mock


by_hand = pytest.mark.parametrize("batch", ["manual"], indirect=True)


def submit(batch: BatchMock, name: str, **members: Any) -> JobView:
    request = {"jobQueue": "default", "jobDefinition": "default", **members}
    return batch.jobs.get(boto3.client("batch").submit_job(jobName=name, **request)["jobId"])


def begun(batch: BatchMock, name: str = "live", **members: Any) -> JobView:
    job = submit(batch, name, **members)
    batch.run_until(lambda: job.status == "RUNNING")
    return job


def describe(job: JobView) -> str:
    status: str = boto3.client("batch").describe_jobs(jobs=[job.id])["jobs"][0]["status"]
    return status


def run_seconds(job: JobView) -> float:
    assert job.started_at is not None
    assert job.stopped_at is not None
    return (job.stopped_at - job.started_at).total_seconds()


def test_a_job_lasts_as_long_as_its_run_does_on_the_wall(
    batch: BatchMock, wall: WallClock, runner: ByHand
) -> None:
    job = begun(batch)
    wall.seconds += 12.5
    runner.ends()
    wall.seconds += 100
    assert describe(job) == "SUCCEEDED"
    assert run_seconds(job) == 12.5


def test_polling_does_not_move_time_while_a_run_is_at_work(batch: BatchMock, wall: WallClock) -> None:
    job = begun(batch)
    now = batch.now
    assert [describe(job) for _ in range(3)] == ["RUNNING"] * 3
    assert batch.now == now
    wall.seconds += 3
    assert (batch.now - now).total_seconds() == 3


def test_polling_a_run_is_no_stall(wall: WallClock, runner: ByHand) -> None:
    with with_wall(BatchMock(stall_after=2), wall) as batch:
        batch.defaults()
        batch.on().attempts(Outcome("runs_process", runner=runner))
        job = begun(batch)
        assert [describe(job) for _ in range(6)] == ["RUNNING"] * 6


def test_scripted_jobs_go_on_at_wall_speed_beside_a_run(
    batch: BatchMock, wall: WallClock, runner: ByHand
) -> None:
    batch.on("scripted").succeeds(after="20s")
    live, scripted = submit(batch, "live"), submit(batch, "scripted")
    batch.run_until(lambda: live.status == "RUNNING")
    wall.seconds += 15
    assert describe(scripted) == "RUNNING"
    wall.seconds += 30
    assert describe(scripted) == "SUCCEEDED"
    assert run_seconds(scripted) == 20
    runner.ends()
    assert describe(live) == "SUCCEEDED"


def test_time_jumps_again_once_no_run_is_at_work(batch: BatchMock, runner: ByHand) -> None:
    live, scripted = begun(batch), submit(batch, "scripted")
    assert {describe(scripted) for _ in range(4)} == {"SUBMITTED"}
    runner.ends()
    while describe(scripted) != "SUCCEEDED":
        pass
    assert live.status == "SUCCEEDED"


def test_a_time_out_strikes_at_wall_speed(batch: BatchMock, wall: WallClock, runner: ByHand) -> None:
    job = begun(batch, timeout={"attemptDurationSeconds": 60})
    wall.seconds += 59
    assert (describe(job), runner.stops) == ("RUNNING", [])
    wall.seconds += 1
    assert (describe(job), runner.stops) == ("RUNNING", [30_000])
    wall.seconds += 30
    assert (describe(job), runner.stops) == ("RUNNING", [30_000, 0])
    runner.ends(137)
    assert describe(job) == "FAILED"
    assert job.attempts[0].exit_code == 137


def test_advance_moves_time_as_told(batch: BatchMock, runner: ByHand) -> None:
    job = begun(batch, timeout={"attemptDurationSeconds": 3600})
    now = batch.now
    batch.advance("59m")
    assert ((batch.now - now).total_seconds(), runner.stops) == (59 * 60, [])
    batch.advance("1m")
    assert runner.stops == [30_000]
    assert job.status == "RUNNING"


@by_hand
def test_a_manual_clock_stands_still_though_a_run_is_at_work(
    batch: BatchMock, wall: WallClock, runner: ByHand
) -> None:
    job = begun(batch)
    now = batch.now
    wall.seconds += 100
    assert describe(job) == "RUNNING"
    assert batch.now == now
    runner.ends()
    assert describe(job) == "SUCCEEDED"
    assert batch.now == now


def test_lines_have_the_time_at_which_they_were_written(
    batch: BatchMock, wall: WallClock, runner: ByHand
) -> None:
    job = begun(batch)
    for line in ("one", "two"):
        wall.seconds += 2
        runner.write(line)
    wall.seconds += 2
    runner.ends()
    wall.seconds += 50
    assert describe(job) == "SUCCEEDED"
    assert job.started_at is not None
    [stream] = [stream for stream in batch.logs.streams() if stream.job_id == job.id]
    assert stream.lines == ["one", "two"]
    assert [(at - job.started_at).total_seconds() for at in stream.times] == [2, 4]


def test_a_report_of_a_run_whose_attempt_is_over_changes_nothing(
    batch: BatchMock, runner: ByHand
) -> None:
    job = begun(batch, timeout={"attemptDurationSeconds": 60})
    batch.advance("60s")
    first = runner.report
    runner.ends(143)
    assert describe(job) == "FAILED"
    first(RunnerReport("ended", 0))
    assert describe(job) == "FAILED"
    assert len(job.attempts) == 1


def test_a_sleep_while_a_run_is_at_work_ends_at_the_right_time(batch: BatchMock, runner: ByHand) -> None:
    job = begun(batch)
    now = batch.now
    assert describe(job) == "RUNNING"
    ender = threading.Thread(target=runner.ends)
    ender.start()
    time.sleep(300)  # virtual: it waits for the report, then passes the rest at once
    ender.join()
    assert job.status == "SUCCEEDED"
    assert (batch.now - now).total_seconds() == 300


def test_a_coroutine_that_sleeps_lets_others_work_meanwhile(batch: BatchMock, runner: ByHand) -> None:
    job = begun(batch)

    async def poll() -> None:
        while describe(job) != "SUCCEEDED":
            await asyncio.sleep(300)

    async def work() -> None:
        runner.ends()

    async def both() -> None:
        await asyncio.gather(poll(), work())

    asyncio.run(both())
    assert job.status == "SUCCEEDED"


def test_the_runner_gets_to_know_its_task(batch: BatchMock, runner: ByHand) -> None:
    job = begun(batch, containerOverrides={"command": ["count", "Ref::what"]}, parameters={"what": "x"})
    [task] = runner.tasks
    assert (task.job_id, task.job_name, task.attempt, task.container) == (job.id, "live", 1, None)
    assert (task.command, task.image) == (("count", "x"), "busybox")
    assert (task.vcpus, task.memory_mib) == (1.0, 2048)
    assert task.environment["AWS_BATCH_JOB_ID"] == job.id


def test_a_runner_that_breaks_fails_the_attempt(batch: BatchMock) -> None:
    class Broken(ByHand):
        def start(self, task: Task, report: Report, write: Write) -> ByHand:
            raise OSError(28, "No space left on device")

    batch.on("broken").attempts(Outcome("runs_process", runner=Broken()))
    job = submit(batch, "broken")
    batch.run_until_idle()
    assert (job.status, job.status_reason) == ("FAILED", "Task failed to start")
    assert job.attempts[0].reason == (
        "CannotStartContainerError: OSError: [Errno 28] No space left on device"
    )


def test_what_a_runner_cannot_do_is_told_the_test_and_fails_the_job(batch: BatchMock) -> None:
    class Refusing(ByHand):
        def start(self, task: Task, report: Report, write: Write) -> ByHand:
            raise MockUsageError("not like that")

    batch.on("refused").attempts(Outcome("runs_process", runner=Refusing()))
    job = submit(batch, "refused")
    with pytest.raises(MockUsageError, match="not like that"):
        batch.run_until_idle()
    assert job.status == "FAILED"


def test_the_real_clock_strikes_though_nobody_asks(runner: ByHand) -> None:
    stopped = threading.Event()

    class Obedient(ByHand):
        def stop(self, grace_ms: int) -> None:
            stopped.set()
            self.ends(143)

    with mock_batch(clock="real", rate=600, latency_scale=0.01) as batch:
        batch.defaults(timeout_seconds=60)
        batch.on().attempts(Outcome("runs_process", runner=Obedient()))
        job = submit(batch, "live")
        while describe(job) != "RUNNING":
            pass
        assert stopped.wait(60)
        while not job.is_terminal:
            pass
        assert job.status_reason == "Job attempt duration exceeded timeout"


def test_each_container_of_a_task_can_be_a_run(batch: BatchMock) -> None:
    main, helper = ByHand(), ByHand()
    needs = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "512"}]
    containers = [
        {"name": "main", "image": "a", "command": ["main"], "resourceRequirements": needs},
        {
            "name": "helper",
            "image": "b",
            "command": ["helper"],
            "essential": False,
            "resourceRequirements": needs,
        },
    ]
    boto3.client("batch").register_job_definition(
        jobDefinitionName="task",
        type="container",
        ecsProperties={"taskProperties": [{"containers": containers}]},
    )
    batch.on("task").attempts(Outcome("runs_process", runner=main))
    batch.on("task", container="helper").attempts(Outcome("runs_process", runner=helper))
    job = begun(batch, "task", jobDefinition="task")
    assert [(task.container, task.command, task.image) for task in (*main.tasks, *helper.tasks)] == [
        ("main", ("main",), "a"),
        ("helper", ("helper",), "b"),
    ]
    main.ends(3)
    batch.run_until(lambda: bool(helper.stops))
    assert (job.status, helper.stops) == ("RUNNING", [30_000])
    helper.ends(143)
    batch.run_until(lambda: job.is_terminal)
    assert [it.exit_code for it in job.containers.values()] == [3, 143]
    assert (job.status, job.exit_code) == ("FAILED", 3)


def test_nodes_of_a_multi_node_job_can_be_runs(batch: BatchMock) -> None:
    main, other = ByHand(), ByHand()
    node = {
        "image": "a",
        "command": ["node"],
        "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "512"}],
    }
    boto3.client("batch").register_job_definition(
        jobDefinitionName="nodes",
        type="multinode",
        nodeProperties={
            "numNodes": 2,
            "mainNode": 0,
            "nodeRangeProperties": [{"targetNodes": "0:", "container": node}],
        },
    )
    batch.on("nodes", node=0).attempts(Outcome("runs_process", runner=main))
    batch.on("nodes", node=1).attempts(Outcome("runs_process", runner=other))
    batch.on("nodes").attempts(Outcome("runs_process", runner=main))
    job = submit(batch, "nodes", jobDefinition="nodes")
    batch.run_until(lambda: bool(main.tasks))
    batch.advance("1m")
    assert [task.environment["AWS_BATCH_JOB_NODE_INDEX"] for task in main.tasks] == ["0"]
    assert [task.environment["AWS_BATCH_JOB_NODE_INDEX"] for task in other.tasks] == ["1"]
    main.ends(0)
    batch.run_until(lambda: job.is_terminal)
    assert job.status == "SUCCEEDED"
    assert other.stops == [30_000]
    other.ends(143)
