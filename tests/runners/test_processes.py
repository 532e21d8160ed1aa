"""The command of a job runs as a process: its exit code, signals, environment and log are the job's."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import boto3
import pytest

from pytest_batchmock import BatchMock, MockUsageError, mock_batch, runs_process, succeeds

from .conftest import PYTHON, Submit, Talk

EXITED = "Essential container in task exited"


def test_a_command_that_exits_with_0_succeeds(batch: BatchMock, ended: Submit) -> None:
    job = ended("true")
    assert job.statuses == ["SUBMITTED", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"]
    [attempt] = job.attempts
    assert (attempt.exit_code, attempt.reason, attempt.status_reason) == (0, None, EXITED)


def test_another_exit_code_fails_the_job(ended: Submit) -> None:
    job = ended("sh", "-c", "exit 7")
    assert job.status == "FAILED"
    assert [(attempt.exit_code, attempt.status_reason) for attempt in job.attempts] == [(7, EXITED)]


@pytest.mark.parametrize(("signal", "exit_code"), [("TERM", 143), ("KILL", 137), ("SEGV", 139)])
def test_a_signal_is_told_as_128_and_its_number(ended: Submit, signal: str, exit_code: int) -> None:
    [attempt] = ended("sh", "-c", f"kill -{signal} $$").attempts
    assert attempt.exit_code == exit_code


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("no-such-program", "executable file not found in $PATH"),
        ("./no-such-file", "stat ./no-such-file: no such file or directory"),
        ("/no/such/file", "stat /no/such/file: no such file or directory"),
    ],
)
def test_a_command_that_does_not_exist_fails_to_start(ended: Submit, command: str, why: str) -> None:
    job = ended(command, "argument")
    assert job.statuses == ["SUBMITTED", "RUNNABLE", "STARTING", "FAILED"]
    [attempt] = job.attempts
    assert (attempt.exit_code, attempt.started_at) == (None, None)
    assert attempt.status_reason == job.status_reason == "Task failed to start"
    assert attempt.reason is not None
    assert attempt.reason.startswith("CannotStartContainerError: ")
    assert f'exec: "{command}": {why}' in attempt.reason


def test_a_file_that_is_no_program_fails_to_start(ended: Submit, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("text", encoding="ascii")
    [attempt] = ended(str(tmp_path / "data")).attempts
    assert attempt.status_reason == "Task failed to start"
    assert "permission denied" in str(attempt.reason)


@pytest.mark.parametrize(
    ("word", "variable", "why"),
    [("a\0b", "NAME", "null byte"), ("word", "NA=ME", "environment variable name")],
)
def test_what_no_process_can_be_given_fails_the_start_and_leaves_no_working_directory(
    ended: Submit, word: str, variable: str, why: str
) -> None:
    [attempt] = ended("echo", word, environment={variable: "value"}).attempts
    assert attempt.status_reason == "Task failed to start"
    assert str(attempt.reason).startswith("CannotStartContainerError: Error response from daemon: OCI")
    assert why in str(attempt.reason)


def test_a_job_without_a_command_is_a_mistake_of_the_test(batch: BatchMock) -> None:
    definition = {
        "image": "busybox",
        "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "64"}],
    }
    client = boto3.client("batch")
    client.register_job_definition(
        jobDefinitionName="bare", type="container", containerProperties=definition
    )
    client.submit_job(jobName="bare", jobQueue="default", jobDefinition="bare")
    with pytest.raises(MockUsageError, match="has no command"):
        batch.run_until_idle()
    assert batch.jobs.one().status == "FAILED"


def test_a_failed_attempt_is_tried_again_as_another_process(batch: BatchMock, ended: Submit) -> None:
    job = ended("sh", "-c", "echo $$; test $AWS_BATCH_JOB_ATTEMPT = 2", retryStrategy={"attempts": 3})
    assert [attempt.exit_code for attempt in job.attempts] == [1, 0]
    first, second = batch.logs.of(job, attempt=1), batch.logs.of(job, attempt=2)
    assert first != second


def test_the_process_sees_the_environment_of_its_job_and_no_other(
    batch: BatchMock, ended: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_TEST", "x")
    script = "import os; print(*sorted(set(os.environ) - {'LC_CTYPE'}))"
    job = ended(PYTHON, "-c", script, environment={"STAGE": "test"})
    assert batch.logs.of(job) == [
        "AWS_BATCH_CE_NAME AWS_BATCH_JOB_ATTEMPT AWS_BATCH_JOB_ID AWS_BATCH_JQ_NAME "
        "AWS_DEFAULT_REGION AWS_EXECUTION_ENV AWS_REGION PATH STAGE"
    ]


def test_the_process_sees_what_is_let_through(
    batch: BatchMock, ended: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LET_THROUGH", "from the test")
    monkeypatch.setenv("STAGE", "from the test")
    batch.on("job").runs_process(pass_environment=["LET_THROUGH", "STAGE", "NOT_SET"])
    job = ended("sh", "-c", "echo $LET_THROUGH, $STAGE", environment={"STAGE": "from the job"})
    assert batch.logs.of(job) == ["from the test, from the job"]


def test_the_path_of_a_job_decides_what_is_found(
    batch: BatchMock, ended: Submit, tmp_path: Path
) -> None:
    tool = tmp_path / "tool"
    tool.write_text("#!/bin/sh\necho from $0\n", encoding="ascii")
    tool.chmod(0o755)
    job = ended("tool", environment={"PATH": str(tmp_path)})
    assert batch.logs.of(job) == [f"from {tool}"]


def test_each_process_has_a_working_directory_of_its_own_that_goes_with_it(
    batch: BatchMock, ended: Submit, nothing_is_left: Path
) -> None:
    first, second = ended("sh", "-c", "pwd; touch left"), ended("sh", "-c", "pwd; ls")
    [where], [elsewhere] = batch.logs.of(first), batch.logs.of(second)
    assert where != elsewhere
    assert Path(where).parent == Path(elsewhere).parent == nothing_is_left
    assert list(nothing_is_left.iterdir()) == []


def test_both_streams_are_logged_line_by_line(batch: BatchMock, ended: Submit) -> None:
    job = ended("sh", "-c", r"echo one; echo two >&2; printf '\377x\nno newline'")
    assert batch.logs.of(job) == ["one", "two", "\ufffdx", "no newline"]
    stream = boto3.client("batch").describe_jobs(jobs=[job.id])["jobs"][0]["container"]["logStreamName"]
    events = boto3.client("logs").get_log_events(logGroupName="/aws/batch/job", logStreamName=stream)
    assert [event["message"] for event in events["events"]] == batch.logs.of(job)


def test_a_line_can_be_read_while_the_process_goes_on(
    batch: BatchMock, running: Submit, talk: Callable[[str], Talk]
) -> None:
    down = talk("down")
    script = "echo first; echo ready > $UP; read line < $DOWN; echo $line"
    job = running(script, environment={"DOWN": down.path})
    batch.run_until(lambda: bool(batch.logs.of(job)))
    assert (job.status, batch.logs.of(job)) == ("RUNNING", ["first"])
    down.say("second")
    batch.run_until(lambda: job.is_terminal)
    assert batch.logs.of(job) == ["first", "second"]


def test_memory_is_limited_on_request(batch: BatchMock, ended: Submit) -> None:
    batch.on("limited").runs_process(limit_memory=True)
    script = "import resource; print(resource.getrlimit(resource.RLIMIT_AS)[0] // 2**20)"
    assert batch.logs.of(ended(PYTHON, "-c", script, name="limited")) == ["2048"]
    assert batch.logs.of(ended(PYTHON, "-c", script, name="free")) != ["2048"]


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="only Linux keeps to some CPUs")
def test_cpus_are_limited_on_request(batch: BatchMock, ended: Submit) -> None:
    batch.on("job").runs_process(limit_cpus=True)
    mine = os.sched_getaffinity(0)
    job = ended(PYTHON, "-c", "import os; print(len(os.sched_getaffinity(0)))")
    assert batch.logs.of(job) == ["1"]
    assert os.sched_getaffinity(0) == mine


def test_processes_and_planned_outcomes_take_turns_in_one_job(batch: BatchMock, ended: Submit) -> None:
    batch.on("job").attempts(runs_process(), succeeds(after="4m"))
    job = ended("false", retryStrategy={"attempts": 2})
    assert [attempt.exit_code for attempt in job.attempts] == [1, 0]
    assert job.attempts[1].stopped_at is not None
    assert job.attempts[1].started_at is not None
    assert (job.attempts[1].stopped_at - job.attempts[1].started_at).total_seconds() == 240


def test_children_of_an_array_run_side_by_side_as_far_as_there_are_vcpus(
    batch: BatchMock, tmp_path: Path
) -> None:
    # Each child waits until all of the first four have come: alone it would wait for ever.
    script = (
        'touch "$HERE/$AWS_BATCH_JOB_ARRAY_INDEX"; '
        'while [ $(ls "$HERE" | wc -l) -lt 4 ]; do sleep 0.01; done; echo $AWS_BATCH_JOB_ARRAY_INDEX'
    )
    here = tmp_path / "here"
    here.mkdir()
    client = boto3.client("batch")
    client.submit_job(
        jobName="array",
        jobQueue="default",
        jobDefinition="default",
        arrayProperties={"size": 20},
        containerOverrides={
            "command": ["sh", "-c", script],
            "environment": [{"name": "HERE", "value": str(here)}],
        },
    )
    parent = batch.jobs.one(name="array")
    most = 0
    while not parent.is_terminal:
        batch.step()
        now = client.describe_jobs(jobs=[parent.id])["jobs"][0]["arrayProperties"]["statusSummary"]
        most = max(most, now["STARTING"] + now["RUNNING"])
    assert parent.status == "SUCCEEDED"
    assert most == 4
    written = [line for index in range(20) for line in batch.logs.of(f"{parent.id}:{index}")]
    assert written == [str(index) for index in range(20)]


def test_a_service_job_is_no_process(batch: BatchMock) -> None:
    with pytest.raises(MockUsageError, match="cannot happen to a service job"):
        batch.on_service_job("train").attempts(runs_process())


def test_names_of_variables_come_in_a_list() -> None:
    with pytest.raises(MockUsageError, match="pass_environment='HOME': give a list of names"):
        runs_process(pass_environment="HOME")


def test_a_reclaim_of_on_demand_capacity_is_a_mistake_of_the_test() -> None:
    with mock_batch() as batch:
        batch.defaults()
        batch.on("job").runs_process(reclaimed_after="1m")
        boto3.client("batch").submit_job(jobName="job", jobQueue="default", jobDefinition="default")
        with pytest.raises(MockUsageError, match="On-Demand capacity"):
            batch.run_until_idle()


def test_a_job_without_a_rule_is_scripted_unless_the_option_says_otherwise() -> None:
    with mock_batch() as batch:
        batch.defaults(command=["false"])
        boto3.client("batch").submit_job(jobName="job", jobQueue="default", jobDefinition="default")
        batch.run_until_idle()
        assert batch.jobs.one().status == "SUCCEEDED"
