"""Time-outs, terminates and reclaims reach the process: SIGTERM, later SIGKILL, and nothing is left."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import boto3
import pytest

from pytest_batchmock import BatchMock, mock_batch, runs_process, succeeds

from .conftest import Submit, Talk, ends, is_alive

READY = "echo ready > $UP"
WAIT = f"{READY}; sleep 1000 & wait $!"
OBEYS = f"trap 'echo told; exit 0' TERM; {WAIT}"
FAILS = f"trap 'exit 7' TERM; {WAIT}"
IGNORES = f"trap '' TERM; {READY}; while :; do sleep 1000; done"
TIMED_OUT = "Job attempt duration exceeded timeout"
LIMIT = {"attemptDurationSeconds": 60}


def terminate(job_id: str) -> None:
    boto3.client("batch").terminate_job(jobId=job_id, reason="enough")


def test_a_virtual_time_out_reaches_the_process(batch: BatchMock, running: Submit) -> None:
    job = running(WAIT, timeout=LIMIT, retryStrategy={"attempts": 3})
    batch.advance("50s")
    assert job.status == "RUNNING"
    batch.advance("60s")
    batch.run_until(lambda: job.is_terminal)
    assert (job.status, job.status_reason) == ("FAILED", TIMED_OUT)
    assert [attempt.exit_code for attempt in job.attempts] == [143]


def test_a_process_that_exits_with_0_when_it_is_timed_out_has_failed_all_the_same(
    batch: BatchMock, running: Submit
) -> None:
    job = running(OBEYS, timeout=LIMIT)
    batch.advance("60s")
    batch.run_until(lambda: job.is_terminal)
    assert (job.status, job.status_reason, job.attempts[0].exit_code) == ("FAILED", TIMED_OUT, 0)
    assert batch.logs.of(job)[-1] == "told"


@pytest.mark.parametrize(("script", "exit_code"), [(OBEYS, 0), (FAILS, 7), (WAIT, 143)])
def test_a_terminated_job_fails_with_the_exit_code_of_its_process(
    batch: BatchMock, running: Submit, script: str, exit_code: int
) -> None:
    job = running(script, retryStrategy={"attempts": 3})
    terminate(job.id)
    batch.run_until(lambda: job.is_terminal)
    assert (job.status, job.status_reason) == ("FAILED", "enough")
    assert [attempt.exit_code for attempt in job.attempts] == [exit_code]


def test_a_terminated_job_is_running_until_its_process_has_ended(
    batch: BatchMock, running: Submit, talk: Callable[[str], Talk]
) -> None:
    told, down = talk("told"), talk("down")
    script = f"trap 'echo told > $TOLD; read line < $DOWN; exit 5' TERM; {WAIT}"
    job = running(script, environment={"TOLD": told.path, "DOWN": down.path})
    terminate(job.id)
    assert told.line() == "told"
    shown = boto3.client("batch").describe_jobs(jobs=[job.id])["jobs"][0]
    assert (shown["status"], shown["isTerminated"]) == ("RUNNING", True)
    down.say("go")
    batch.run_until(lambda: job.is_terminal)
    assert job.attempts[0].exit_code == 5


def test_a_process_that_ignores_sigterm_is_killed_after_the_stop_time_out(
    batch: BatchMock, running: Submit
) -> None:
    batch.on("job").runs_process(stop_timeout="10m")
    job = running(IGNORES)
    terminate(job.id)
    batch.advance("9m")
    assert job.status == "RUNNING"
    batch.advance("1m")
    batch.run_until(lambda: job.is_terminal)
    assert (job.status, job.attempts[0].exit_code) == ("FAILED", 137)


def test_without_virtual_time_the_stop_time_out_is_wall_time(batch: BatchMock, running: Submit) -> None:
    batch.on("job").runs_process(stop_timeout="50ms")
    job = running(IGNORES)
    terminate(job.id)
    batch.run_until(lambda: job.is_terminal)
    assert job.attempts[0].exit_code == 137


def test_a_job_that_is_terminated_while_it_starts_never_becomes_a_process(
    batch: BatchMock, submit: Submit, tmp_path: Path
) -> None:
    job = submit("touch", str(tmp_path / "ran"))
    batch.run_until(lambda: job.status == "STARTING")
    terminate(job.id)
    batch.run_until(lambda: job.is_terminal)
    assert "RUNNING" not in job.statuses
    assert not (tmp_path / "ran").exists()


def test_a_reclaimed_process_gets_sigterm_and_another_attempt(batch: BatchMock, running: Submit) -> None:
    batch.on("job").attempts(runs_process(reclaimed_after="5m"), succeeds())
    job = running(OBEYS, retryStrategy={"attempts": 2})
    batch.advance("5m")
    batch.run_until(lambda: job.is_terminal)
    assert job.status == "SUCCEEDED"
    assert job.attempts[0].status_reason is not None
    assert job.attempts[0].status_reason.startswith("Host EC2 (instance i-")
    assert batch.logs.of(job, attempt=1)[-1] == "told"


@pytest.mark.parametrize(
    ("script", "status", "reason", "exit_code"),
    [
        (OBEYS, "SUCCEEDED", "Essential container in task exited", 0),
        (FAILS, "FAILED", "Your Spot Task was interrupted.", 7),
        (WAIT, "FAILED", "Your Spot Task was interrupted.", 143),
    ],
)
def test_a_process_on_fargate_spot_that_exits_with_0_on_the_notice_has_succeeded(
    talk: Callable[[str], Talk], script: str, status: str, reason: str, exit_code: int
) -> None:
    up = talk("up")
    with mock_batch(latency_scale=0.01) as batch:
        batch.defaults(spot=True, fargate=True)
        batch.on("job").attempts(runs_process(reclaimed_after="5m"))
        boto3.client("batch").submit_job(
            jobName="job",
            jobQueue="default",
            jobDefinition="default",
            containerOverrides={
                "command": ["sh", "-c", script],
                "environment": [{"name": "UP", "value": up.path}],
            },
        )
        job = batch.jobs.one()
        batch.run_until(lambda: job.status == "RUNNING")
        assert up.line() == "ready"
        batch.advance("5m")
        batch.run_until(lambda: job.is_terminal)
        [attempt] = job.attempts
        assert (job.status, attempt.status_reason, attempt.exit_code) == (status, reason, exit_code)


def test_the_whole_process_group_goes_with_a_process_that_is_killed(
    batch: BatchMock, running: Submit
) -> None:
    batch.on("job").runs_process(stop_timeout="1m")
    job = running(f"trap '' TERM; sleep 1000 & echo $!; sleep 1000 & echo $!; {READY}; wait")
    batch.run_until(lambda: len(batch.logs.of(job)) == 2)
    grandchildren = [int(line) for line in batch.logs.of(job)]
    assert all(map(is_alive, grandchildren))
    terminate(job.id)
    batch.advance("1m")
    batch.run_until(lambda: job.is_terminal)
    assert not any(map(is_alive, grandchildren))


def test_what_a_process_leaves_in_the_background_ends_with_it(batch: BatchMock, running: Submit) -> None:
    job = running(f"trap '' TERM; sleep 1000 & echo $!; {READY}; exit 0")
    batch.run_until(lambda: job.is_terminal)
    assert job.status == "SUCCEEDED"
    [line] = batch.logs.of(job)
    assert ends(int(line))


@pytest.mark.parametrize("end", ["stop", "reset"])
def test_the_end_of_the_mock_is_the_end_of_its_processes(talk: Callable[[str], Talk], end: str) -> None:
    up = talk("up")
    batch = BatchMock(runner="process", latency_scale=0.01).start()
    try:
        batch.defaults(
            command=["sh", "-c", f"trap '' TERM; echo $$ > {up.path}; while :; do sleep 9; done"]
        )
        boto3.client("batch").submit_job(jobName="job", jobQueue="default", jobDefinition="default")
        batch.run_until(lambda: batch.jobs.one().status == "RUNNING")
        number = int(up.line())
        assert is_alive(number)
        getattr(batch, end)()
        assert ends(number)
    finally:
        batch.stop()


def test_the_end_of_the_interpreter_is_the_end_of_its_processes(tmp_path: Path) -> None:
    program = textwrap.dedent(
        """
        import boto3
        from pytest_batchmock import BatchMock

        batch = BatchMock(runner="process").start()
        batch.defaults(command=["sh", "-c", "trap '' TERM; echo $$; while :; do sleep 9; done"])
        boto3.client("batch").submit_job(jobName="j", jobQueue="default", jobDefinition="default")
        job = batch.jobs.one()
        batch.run_until(lambda: bool(job.statuses[-1] == "RUNNING" and batch.logs.of(job)))
        print(*batch.logs.of(job), flush=True)
        raise SystemExit("in the middle of it")
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "in the middle of it" in done.stderr, done.stderr
    assert ends(int(done.stdout))
    assert [path.name for path in tmp_path.glob("batchmock-*")] == []
