"""What outcomes and callables write, and where and when it can be read."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_batchmock import BatchMock, fails, hangs, succeeds
from pytest_batchmock.errors import MockUsageError, NotModelledError
from pytest_batchmock.runners import outcomes


def test_the_lines_of_an_outcome_are_in_the_stream_that_the_job_shows(
    mock: BatchMock, run: Any, stream_of: Any, texts: Any
) -> None:
    mock.on("job").succeeds(log=["one", "two"])
    job_id = run()
    assert texts(stream_of(job_id)) == ["one", "two"]
    assert mock.logs.of(job_id) == ["one", "two"]
    assert mock.logs.of(mock.jobs.get(job_id)) == ["one", "two"]


def test_text_is_split_into_lines_and_empty_ones_are_no_events(mock: BatchMock, run: Any) -> None:
    mock.on("job").succeeds(log="one\n\ntwo\r\nthree\n")
    assert mock.logs.of(run()) == ["one", "two", "three"]


def test_lines_are_written_at_their_time_after_the_start(
    mock: BatchMock, run: Any, stream_of: Any, logs: Any
) -> None:
    mock.on("job").succeeds(log=[("30s", "later"), "first", ("1m", "last")], after="2m")
    job_id = run(seconds=0)
    started = mock.jobs.get(job_id).started_at
    assert started is not None
    assert mock.logs.of(job_id) == ["first"]
    mock.advance("30s")
    assert mock.logs.of(job_id) == ["first", "later"]
    mock.advance("30s")
    events = logs.get_log_events(logGroupName="/aws/batch/job", logStreamName=stream_of(job_id))[
        "events"
    ]
    since = [event["timestamp"] - round(started.timestamp() * 1000) for event in events]
    assert since == [0, 30_000, 60_000]
    (stream,) = mock.logs.streams()
    assert [(time - started).total_seconds() for time in stream.times] == [0, 30, 60]


def test_what_a_container_was_to_write_after_its_end_is_not_written(
    mock: BatchMock, batch: Any, run: Any
) -> None:
    mock.on("job").hangs(log=["up", ("10m", "never")])
    job_id = run(seconds=60)
    batch.terminate_job(jobId=job_id, reason="enough")
    mock.advance("1h")
    assert mock.logs.of(job_id) == ["up"]


def test_a_job_without_lines_has_a_stream_without_events(
    mock: BatchMock, run: Any, stream_of: Any, logs: Any
) -> None:
    """A stream that has no line yet must not trip its readers."""
    job_id = run()
    answer = logs.get_log_events(logGroupName="/aws/batch/job", logStreamName=stream_of(job_id))
    assert answer["events"] == []
    assert logs.filter_log_events(logGroupName="/aws/batch/job")["events"] == []
    (stream,) = logs.describe_log_streams(logGroupName="/aws/batch/job")["logStreams"]
    assert stream["logStreamName"] == stream_of(job_id)
    assert "firstEventTimestamp" not in stream
    assert mock.logs.of(job_id) == []


def test_every_outcome_that_runs_takes_lines(mock: BatchMock, run: Any) -> None:
    mock.defaults(name="spot", spot=True)
    mock.on("fails").fails(log="a")
    mock.on("memory").out_of_memory(log="b")
    mock.on("reclaimed").reclaimed(log="c")
    mock.on("lost").host_lost(log="d")
    mock.on("service").service_error(log="e")
    mock.on("hangs").hangs(log="f")
    for name, line in zip(("fails", "memory", "lost", "service", "hangs"), "abdef", strict=True):
        assert mock.logs.of(run(name)) == [line]
    assert mock.logs.of(run("reclaimed", jobQueue="spot")) == ["c"]


def test_a_container_that_never_runs_has_no_stream(mock: BatchMock, run: Any, logs: Any) -> None:
    mock.on("job").cannot_pull()
    job_id = run()
    with pytest.raises(MockUsageError, match="has no log stream"):
        mock.logs.of(job_id)
    assert mock.logs.streams() == []


def test_a_host_that_is_lost_while_starting_writes_nothing() -> None:
    with pytest.raises(MockUsageError, match="writes no log"):
        outcomes.reclaimed(while_starting=True, log="x")
    with pytest.raises(MockUsageError, match="writes no log"):
        outcomes.host_lost(while_starting=True, log="x")


@pytest.mark.parametrize("log", [3, b"bytes", [3], [("10s", 3)], [("10s", "a", "b")]])
def test_lines_that_are_none_are_a_clear_mistake(log: Any) -> None:
    with pytest.raises(MockUsageError, match="is no line"):
        succeeds(log=log)


def test_the_training_jobs_of_sagemaker_have_no_log_here(mock: BatchMock) -> None:
    with pytest.raises(NotModelledError, match="SageMaker"):
        mock.on_service_job("train").attempts(succeeds(log="x"))


def test_each_attempt_has_a_stream_of_its_own(mock: BatchMock, run: Any, texts: Any, batch: Any) -> None:
    mock.on("job").attempts(fails(log="first try"), succeeds(log="second try"))
    job_id = run(retryStrategy={"attempts": 2})
    mock.run_until_idle()
    assert mock.logs.of(job_id) == ["second try"]
    assert mock.logs.of(job_id, attempt=1) == ["first try"]
    (job,) = batch.describe_jobs(jobs=[job_id])["jobs"]
    names = [attempt["container"]["logStreamName"] for attempt in job["attempts"]]
    assert [texts(name) for name in names] == [["first try"], ["second try"]]
    with pytest.raises(MockUsageError, match="attempt=2, container='default'"):
        mock.logs.of(job_id, attempt=3)


def test_a_callable_writes_when_it_logs(mock: BatchMock, run: Any, capsys: Any) -> None:
    def work(job: Any) -> int:
        job.log(f"attempt {job.attempt}\nof {job.name}")
        print("this is no log line")
        return 3

    mock.on("job").runs(work)
    job_id = run()
    assert mock.logs.of(job_id) == ["attempt 1", "of job"]
    assert mock.jobs.get(job_id).exit_code == 3
    assert "no log line" in capsys.readouterr().out


def test_a_callable_reads_its_own_log_while_it_runs(mock: BatchMock, run: Any, logs: Any) -> None:
    read = []

    def work(job: Any) -> None:
        job.log("so far")
        answer = logs.filter_log_events(logGroupName="/aws/batch/job")
        read.extend(event["message"] for event in answer["events"])

    mock.on("job").runs(work)
    run()
    assert read == ["so far"]


def test_a_callable_that_logs_no_text_is_a_mistake_of_the_test(mock: BatchMock, run: Any) -> None:
    mock.on("job").runs(lambda job: job.log(3))
    with pytest.raises(MockUsageError, match="give text"):
        run()


def test_the_children_of_an_array_write_streams_of_their_own(mock: BatchMock, run: Any) -> None:
    mock.on("job", index=1).succeeds(log="I am one")
    parent = run_array(mock, run)
    assert mock.logs.of(f"{parent}:1") == ["I am one"]
    assert mock.logs.of(f"{parent}:0") == []
    with pytest.raises(MockUsageError, match="only the children and nodes"):
        mock.logs.of(parent)


def run_array(mock: BatchMock, run: Any) -> str:
    job_id: str = mock.call(
        "SubmitJob",
        {
            "jobName": "job",
            "jobQueue": "default",
            "jobDefinition": "default",
            "arrayProperties": {"size": 2},
        },
    )["jobId"]
    mock.run_until_idle()
    return job_id


def test_logs_outlive_their_job(
    mock: BatchMock, run: Any, stream_of: Any, texts: Any, batch: Any
) -> None:
    """The jobs vanish after seven days, log groups keep their events for ever by default."""
    mock.on("job").succeeds(log="still here")
    job_id = run()
    stream = stream_of(job_id)
    mock.advance(days=8)
    assert batch.describe_jobs(jobs=[job_id])["jobs"] == []
    assert texts(stream) == ["still here"]


def test_reset_forgets_the_logs(mock: BatchMock, run: Any) -> None:
    mock.on("job").succeeds(log="gone")
    run()
    mock.reset()
    assert mock.logs.streams() == []


def test_other_log_drivers_have_no_stream(mock: BatchMock, run: Any, batch: Any) -> None:
    """Only the awslogs driver gives a logStreamName (user guide, using_awslogs)."""
    register(batch, {"logDriver": "json-file"})
    mock.on("job").succeeds(log="to a file")
    job_id = run(jobDefinition="own")
    with pytest.raises(MockUsageError, match="no log stream"):
        mock.logs.of(job_id)


def test_group_and_prefix_follow_the_awslogs_options(
    mock: BatchMock, run: Any, batch: Any, texts: Any
) -> None:
    options = {"awslogs-group": "/my/app", "awslogs-stream-prefix": "night"}
    register(batch, {"logDriver": "awslogs", "options": options})
    mock.on("job").succeeds(log="elsewhere")
    run(jobDefinition="own")
    (stream,) = mock.logs.streams()
    assert stream.group == "/my/app"
    assert stream.name.startswith("night/default/")
    assert texts(stream.name, group="/my/app") == ["elsewhere"]


def register(batch: Any, configuration: dict[str, Any]) -> None:
    batch.register_job_definition(
        jobDefinitionName="own",
        type="container",
        containerProperties={
            "image": "busybox",
            "resourceRequirements": [
                {"type": "VCPU", "value": "1"},
                {"type": "MEMORY", "value": "2048"},
            ],
            "logConfiguration": configuration,
        },
    )


def test_the_containers_of_a_task_write_streams_of_their_own(mock: BatchMock, batch: Any) -> None:
    size = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "512"}]
    batch.register_job_definition(
        jobDefinitionName="two",
        type="container",
        ecsProperties={
            "taskProperties": [
                {
                    "containers": [
                        {"name": "app", "image": "busybox", "resourceRequirements": size},
                        {
                            "name": "helper",
                            "image": "busybox",
                            "essential": False,
                            "resourceRequirements": size,
                        },
                    ]
                }
            ]
        },
    )
    mock.on("job", container="app").succeeds(log="I am the app", after="1m")
    mock.on("job", container="helper").attempts(hangs(log=["I help", ("10m", "too late")]))
    job_id = batch.submit_job(jobName="job", jobQueue="default", jobDefinition="two")["jobId"]
    mock.run_until_idle()
    assert mock.logs.of(job_id, container="app") == ["I am the app"]
    assert mock.logs.of(job_id, container="helper") == ["I help"]
    assert sorted(mock.logs.of(job_id)) == ["I am the app", "I help"]
    (job,) = batch.describe_jobs(jobs=[job_id])["jobs"]
    shown = job["ecsProperties"]["taskProperties"][0]["containers"]
    named = {stream.name for stream in mock.logs.streams()}
    assert {container["logStreamName"] for container in shown} == named


def test_the_nodes_of_a_multinode_job_write_streams_of_their_own(mock: BatchMock, batch: Any) -> None:
    container = {
        "image": "busybox",
        "resourceRequirements": [
            {"type": "VCPU", "value": "1"},
            {"type": "MEMORY", "value": "512"},
        ],
    }
    batch.register_job_definition(
        jobDefinitionName="nodes",
        type="multinode",
        nodeProperties={
            "numNodes": 2,
            "mainNode": 0,
            "nodeRangeProperties": [{"targetNodes": "0:1", "container": container}],
        },
    )
    mock.on("job").succeeds(log="I lead", after="5m")
    mock.on("job", node=1).hangs(log="I follow")
    job_id = batch.submit_job(jobName="job", jobQueue="default", jobDefinition="nodes")["jobId"]
    mock.run_until_idle()
    assert mock.logs.of(f"{job_id}#0") == ["I lead"]
    assert mock.logs.of(f"{job_id}#1") == ["I follow"]
