"""`RemoteBatchMock` has the methods of `BatchMock`, for a server elsewhere."""

from __future__ import annotations

import inspect
import re
from datetime import timedelta

import pytest
from installed_model import skip_if_lacking

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
from pytest_batchmock.domain import instance_types
from pytest_batchmock.errors import BatchError
from pytest_batchmock.server.fixture import BatchServer, Variables

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
    elif (kind, name) == (BatchServer, "environment"):
        assert isinstance(there, property)  # of variables, which can be called
        assert inspect.signature(Variables.__call__).parameters == inspect.signature(wanted).parameters
    elif (kind, name) == (BatchServer, "reset"):
        assert list(inspect.signature(there).parameters) == ["self", "account"]  # it may name one
    else:
        assert inspect.signature(there).parameters == inspect.signature(wanted).parameters


def test_the_protocol_holds_what_a_mock_is_told():
    told = {"on", "defaults", "seed", "call", "advance", "run_until", "reset", "faults", "spot", "zone"}
    assert told <= set(METHODS)
    # All that a BatchMock has, but for what concerns the process it is in.
    own = {name for name in dir(BatchMock) if not name.startswith("_")}
    assert own - set(METHODS) == {"start", "stop", "current", "answer_requests", "moto_step_functions"}


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
        queue = batch.call("DescribeJobQueues", {})["jobQueues"][0]["jobQueueArn"]
        assert [it.id for it in batch.jobs.all(queue=queue)] == [job.id]
        assert batch.jobs[0].id == batch.jobs[-1].id == job.id
        with pytest.raises(IndexError):
            batch.jobs[1]
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
    remote.faults.time_out("SubmitJob", times=1, processed=True)
    [(third, left)] = mock.faults.left
    assert (third.kind, third.operations, third.processed, left) == (
        "read_timeout",
        ("SubmitJob",),
        True,
        1,
    )
    with pytest.raises(MockUsageError, match=r"Plan time_out\(\) or drop_connection"):
        remote.faults.time_out(connecting=True)


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
    remote.on("x", index=3, container="c").attempts(*planned)
    remote.on_service_job("train", attempt=2).fails(reason="no")
    first, second = mock._rules._entries
    assert list(first.outcomes) == planned
    assert (first.matcher.index, first.matcher.container) == (3, "c")
    assert (second.matcher.service, second.matcher.attempt) == (True, 2)
    assert second.outcomes[0].reason == "no"


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


def test_the_market_zones_clusters_and_environments_of_a_server_are_those_of_its_mock(remote, mock):
    remote.defaults(spot=True)
    remote.spot.price("m7a", 80)
    remote.spot.capacity("*", 0)
    remote.spot.interruption_rate(0.5, "m7a")
    remote.spot.market("lively")
    market = mock._world.engine.market
    large = instance_types.get("m7a.large")
    assert market.percent(large, "us-east-1a", 0) == 80
    assert market.temper == "lively"
    remote.on("report").hangs()
    job_id = remote.call("SubmitJob", JOB)["jobId"]
    remote.advance("10m")
    assert remote.jobs.get(job_id).status == "RUNNABLE"
    remote.spot.capacity("*", None)
    remote.run_until(lambda: remote.jobs.one().status == "RUNNING")
    [instance] = remote.instances.alive
    assert [instance] == mock.instances.alive
    assert instance.jobs == (job_id,)
    assert remote.instances.all(zone="nowhere") == []
    remote.zone(instance.zone).fail()
    assert remote.instances.get(instance.id).ended_because
    remote.zone(instance.zone).recover()
    remote.environment("default").breaks("invalid", reason="no role")
    [environment] = mock.call("DescribeComputeEnvironments", {})["computeEnvironments"]
    assert (environment["status"], environment["statusReason"]) == ("INVALID", "no role")
    remote.environment("default").recovers()
    [environment] = mock.call("DescribeComputeEnvironments", {})["computeEnvironments"]
    assert environment["status"] == "VALID"


def test_the_cluster_of_an_unmanaged_environment_is_filled_from_elsewhere(remote, mock):
    role = "arn:aws:iam::123456789012:role/batch"
    own = {"computeEnvironmentName": "own", "type": "UNMANAGED", "serviceRole": role}
    mock.call("CreateComputeEnvironment", own)
    [environment] = mock.call("DescribeComputeEnvironments", {})["computeEnvironments"]
    cluster = remote.cluster(environment["ecsClusterArn"])
    added = cluster.add_instances("c5.large", 2, zone="us-east-1b")
    assert added == mock.instances.alive
    assert [it.zone for it in added] == ["us-east-1b", "us-east-1b"]
    cluster.remove_instance(added[0].id)
    assert mock.instances.alive == added[1:]
    with pytest.raises(MockUsageError, match="No compute environment has the cluster"):
        remote.cluster("nowhere").remove_instance("i-0")
    with pytest.raises(MockUsageError, match="instance_type=3: give a text"):
        cluster.add_instances(3)


def test_service_jobs_are_told_here_and_elsewhere_alike(remote, mock):
    skip_if_lacking("SubmitServiceJob", {})
    kind = "SAGEMAKER_TRAINING"
    limits = [{"maxCapacity": 1, "capacityUnit": "NUM_INSTANCES"}]
    environment = {"serviceEnvironmentName": "sm", "serviceEnvironmentType": kind}
    remote.call("CreateServiceEnvironment", {**environment, "capacityLimits": limits})
    order = [{"order": 1, "serviceEnvironment": "sm"}]
    queue = {"jobQueueName": "q", "priority": 1, "jobQueueType": kind}
    remote.call("CreateJobQueue", {**queue, "serviceEnvironmentOrder": order})
    remote.on_service_job("train").fails(reason="loss is NaN")
    job = {"jobName": "train", "jobQueue": "q", "serviceJobType": kind, "serviceRequestPayload": "{}"}
    job_id = remote.call("SubmitServiceJob", job)["jobId"]
    assert len(remote.service_jobs) == len(mock.service_jobs) == 1
    assert len(remote.jobs) == len(mock.jobs) == 0
    assert f"train ({job_id}) is SUBMITTED" in remote.explain(job_id) == mock.explain(job_id)
    remote.run_until_idle()
    told = []
    for batch in (remote, mock):
        one = batch.service_jobs.one(name="tr*", queue="q", status="FAILED")
        assert batch.service_jobs.get(job_id).id == one.id
        [attempt] = one.attempts
        told.append((one.statuses, one.definition, attempt.compute_environment, attempt.status_reason))
        assert attempt.log_stream_name is None
    assert told[0] == told[1]
    assert "loss is NaN" in told[0][3]
    assert (mock.service_jobs.one().command, mock.service_jobs.one().environment) == ([], {})


def test_rules_that_decided_nothing_are_told_and_jobs_are_explained(remote):
    remote.defaults()
    remote.on("rep*").fails()
    remote.on("other").fails()
    job_id = remote.call("SubmitJob", JOB)["jobId"]
    assert f"report ({job_id}) is SUBMITTED" in remote.explain(job_id)
    assert remote.explain() == f"  {remote.explain(job_id)}"
    remote.run_until_idle()
    assert remote.unused_rules == ["on('other').fails(…)"]
    assert remote.explain() == ""
    assert remote.events.of(job_id) == list(remote.events) != []
    with pytest.raises(MockUsageError, match="nowhere"):
        remote.explain("nowhere")


def test_the_timeline_is_saved_as_that_of_a_mock_is(remote, mock, tmp_path):
    remote.defaults()
    remote.call("SubmitJob", JOB)
    remote.run_until_idle()
    assert remote.timeline.text(width=80) == mock.timeline.text(80)
    for name in ("a.html", "a.svg"):
        path = remote.timeline.save(tmp_path / name, title="Night", theme="dark")
        assert (
            path.read_text()
            == mock.timeline.save(tmp_path / f"b.{name}", title="Night", theme="dark").read_text()
        )
    text = remote.timeline.save(tmp_path / "a.txt").read_text()
    assert "report" in text
    assert text == mock.timeline.save(tmp_path / "b.txt").read_text()
    with pytest.raises(MockUsageError, match=r"\.html"):
        remote.timeline.save(tmp_path / "a.png")
    with pytest.raises(MockUsageError, match="theme"):
        remote.timeline.svg(theme="pink")


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("SubmitJob", JOB | {"jobQueue": "nowhere"}),
        ("SubmitJob", {}),
        ("CreateJobQueue", {"jobQueueName": "a!", "priority": 1}),
        ("UpdateComputeEnvironment", {"computeEnvironment": "nowhere"}),
    ],
)
def test_a_refusal_of_the_service_is_the_same_error_on_both_sides(remote, mock, operation, params):
    refusals = []
    for batch in (mock, remote):
        with pytest.raises(BatchError) as refused:
            batch.call(operation, params)
        refusals.append((str(refused.value), refused.value.code, refused.value.status))
    here, there = ((re.sub(r"RequestId: \S+", "", text), *rest) for text, *rest in refusals)
    assert here == there


MISTAKES = {
    "no operation": lambda mock: mock.call("ListJob", {}),
    "operation of a wrong type": lambda mock: mock.call(3, {}),
    "members of a wrong type": lambda mock: mock.call("ListJobs", []),
    "negative width": lambda mock: mock.timeline.text(width=-1),
    "no width": lambda mock: mock.timeline.text(width=0),
    "width of a wrong type": lambda mock: mock.timeline.text(width="wide"),
    "title of a wrong type": lambda mock: mock.timeline.svg(title=3),
    "title of a wrong type in a file": lambda mock: mock.timeline.save("x.svg", title=3),
    "theme": lambda mock: mock.timeline.html(theme="pink"),
    "theme of a text": lambda mock: mock.timeline.save("x.txt", theme="pink"),
    "ending of a file": lambda mock: mock.timeline.save("x.png"),
    "id of a wrong type": lambda mock: mock.jobs.get(3),
    "unknown id": lambda mock: mock.jobs.get("x"),
    "what to explain": lambda mock: mock.explain(3),
    "none of the jobs": lambda mock: mock.jobs.one(queue="x"),
    "queue of a wrong type": lambda mock: mock.jobs.all(queue=3),
    "logs of a wrong type": lambda mock: mock.logs.of(3),
    "logs of no attempt": lambda mock: mock.logs.of("x", attempt=0),
    "attempt of a wrong type": lambda mock: mock.logs.of("x", attempt="1"),
    "events of nobody": lambda mock: mock.events.of("x"),
    "events of a wrong type": lambda mock: mock.events.of(3),
    "zone of a wrong type": lambda mock: mock.zone(3).fail(),
    "nothing to reclaim": lambda mock: mock.spot.reclaim(),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_alike_here_and_elsewhere(remote, mock, mistake):
    told = []
    for batch in (mock, remote):
        with pytest.raises(MockUsageError) as refused:
            mistake(batch)
        told.append((type(refused.value), str(refused.value)))
    assert told[0] == told[1]


def test_what_no_service_was_asked_about_is_a_mistake_of_the_test(remote):
    with pytest.raises(MockUsageError, match="an environment of that name is there already"):
        [remote.defaults(name="twice") for _ in range(2)]
    with pytest.raises(MockUsageError, match="that 'batchmock serve' prints"):
        RemoteBatchMock("127.0.0.1:4567")
    with pytest.raises(MockUsageError, match="give one duration"):
        remote.advance()
    with pytest.raises(MockUsageError, match="give a datetime or a condition"):
        remote.run_until(5)
    with pytest.raises(MockUsageError, match="nothing is left that could happen"):
        remote.run_until(lambda: False)
    with pytest.raises(MockUsageError, match="Start one: batchmock serve"):
        RemoteBatchMock("http://127.0.0.1:1").reset()
