"""`RemoteBatchMock` has the methods of `BatchMock`, for a server elsewhere."""

from __future__ import annotations

import inspect
from datetime import timedelta

import pytest

from pytest_batchmock import (
    BatchMock,
    BatchMockLike,
    MockUsageError,
    RemoteBatchMock,
    fails,
    out_of_memory,
    reclaimed,
    runs,
    runs_process,
    succeeds,
)
from pytest_batchmock.server.fixture import BatchServer

JOB = {"jobName": "report", "jobQueue": "default", "jobDefinition": "default"}
METHODS = [
    name
    for name, member in vars(BatchMockLike).items()
    if not name.startswith("_") and (inspect.isfunction(member) or isinstance(member, property))
]


@pytest.fixture
def remote(server) -> RemoteBatchMock:
    return RemoteBatchMock(server.url)


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("kind", [BatchMock, RemoteBatchMock, BatchServer])
def test_both_have_every_method_of_the_protocol_signature_by_signature(kind, name):
    wanted, there = getattr(BatchMockLike, name), getattr(kind, name)
    if isinstance(wanted, property):
        assert isinstance(there, property)  # its type is mypy's matter
    elif (kind, name) == (BatchServer, "reset"):
        assert list(inspect.signature(there).parameters) == ["self", "account"]  # it may name one
    else:
        assert inspect.signature(there) == inspect.signature(wanted)


def test_the_protocol_holds_what_a_mock_is_told():
    assert {"on", "defaults", "seed", "call", "advance", "run_until", "reset", "faults"} <= set(METHODS)


def test_one_story_is_told_to_both_alike(server, mock):
    told = []
    for batch in (BatchMock(clock="manual"), RemoteBatchMock(server.url)):
        batch.defaults(spot=True, retries=3)
        batch.on("report").attempts(
            reclaimed(after="4m"), fails(exit_code=3, reason="x", log=["a", ("10s", "b")]), succeeds()
        )
        batch.on("*", tags={"a": "b"}).fails()
        job_id = batch.call("SubmitJob", JOB)["jobId"]
        before = batch.now
        batch.advance("90s")
        assert batch.now - before == timedelta(seconds=90)
        batch.run_until(lambda batch=batch, job_id=job_id: batch.jobs.get(job_id).status == "RUNNING")
        batch.run_until_idle()
        assert batch.step() is False
        job = batch.jobs.one(name="rep*", status="SUCCEEDED")
        told.append(
            (
                job.statuses,
                [(a.exit_code, a.reason, a.number) for a in job.attempts],
                batch.logs.of(job, attempt=2),
                len(list(batch.events)),
                [call.operation for call in batch.calls],
                (job.stopped_at - job.created_at).total_seconds(),
            )
        )
    assert told[0] == told[1]


def test_faults_are_planned_and_told(remote, mock):
    remote.faults.throttle("submit_job", times=2)
    remote.faults.drop_connection(processed=True, probability=0.5)
    (first, left), (second, _) = remote.faults.left
    assert (first.kind, first.operations, left) == ("throttle", ("SubmitJob",), 2)
    assert (second.processed, second.probability) == (True, 0.5)
    remote.faults.clear()
    assert mock.faults.left == []
    with pytest.raises(MockUsageError, match="use drop_connection"):
        remote.faults.time_out()


@pytest.mark.parametrize("outcome", [runs(print), runs_process()])
def test_what_only_the_process_of_the_test_can_do_names_the_alternatives(remote, outcome):
    with pytest.raises(MockUsageError, match=r"Plan its result instead.*batchmock_server"):
        remote.on("x").attempts(outcome)
    with pytest.raises(MockUsageError, match="batchmock_server"):
        remote.events.subscribe(print)


def test_every_outcome_crosses_as_it_is(remote, mock):
    planned = [
        succeeds(after=0.5, log="line"),
        out_of_memory(after=7),
        reclaimed(while_starting=True, exit_code=143),
    ]
    remote.on("x", attempt=2, index=3, container="c").attempts(*planned)
    remote.on_service_job("train").fails(reason="no")
    first, second = mock._rules._entries
    assert list(first.outcomes) == planned
    assert (first.matcher.attempt, first.matcher.index, first.matcher.container) == (2, 3, "c")
    assert (second.matcher.service, second.outcomes[0].reason) == (True, "no")


def test_it_is_seeded_looked_at_and_reset(remote, mock):
    account = BatchMock()
    account.defaults()
    told = account.call("DescribeComputeEnvironments", {})
    assert remote.seed(told).created == {"computeEnvironments": ["default"]}
    assert mock.call("DescribeComputeEnvironments", {}) == told
    assert remote.explain() == ""
    assert len(remote.jobs) == len(remote.events) == 0
    assert "<svg" in remote.timeline.svg()
    remote.reset()
    assert mock.call("DescribeComputeEnvironments", {})["computeEnvironments"] == []


def test_spot_is_reclaimed(remote, mock):
    remote.defaults(spot=True)
    remote.on("report").hangs()
    job_id = remote.call("SubmitJob", JOB)["jobId"]
    remote.run_until(lambda: remote.jobs.one().status == "RUNNING")
    [(host, jobs)] = remote.spot.hosts.items()
    assert jobs == [job_id]
    assert remote.spot.reclaim(job=remote.jobs.one(), notice="1m") == [host]
    remote.run_until_idle()
    assert remote.jobs.one().status_reason == f"Host EC2 (instance {host}) terminated."
    remote.spot.interruption_rate(0.5)
    with pytest.raises(MockUsageError, match="give a number of interruptions"):
        remote.spot.interruption_rate(-1)
    with pytest.raises(MockUsageError, match="give one of job"):
        remote.spot.reclaim()


def test_a_refusal_is_a_mistake_of_the_test(remote):
    with pytest.raises(MockUsageError, match="Queue nowhere not found"):
        remote.call("SubmitJob", JOB | {"jobQueue": "nowhere"})
    with pytest.raises(MockUsageError, match="0 jobs of that description"):
        remote.jobs.one()
    with pytest.raises(MockUsageError, match="give one duration"):
        remote.advance()
    with pytest.raises(MockUsageError, match="give a datetime or a condition"):
        remote.run_until(5)
    with pytest.raises(MockUsageError, match="nothing is left that could happen"):
        remote.run_until(lambda: False)
    with pytest.raises(MockUsageError, match="Start one: batchmock serve"):
        RemoteBatchMock("http://127.0.0.1:1").reset()
