"""The control API beyond outcomes and time, and the commands that speak it."""

from __future__ import annotations

import json

import pytest

from pytest_batchmock.cli import main

V1 = "/_batchmock/v1/"
JOB = {"jobName": "report", "jobQueue": "default", "jobDefinition": "default"}


@pytest.fixture(autouse=True)
def resources(mock):
    mock.defaults()


@pytest.fixture
def job_id(mock) -> str:
    mock.on("report").succeeds(after=60, log=["one", ("30s", "two")])
    return mock.call("SubmitJob", JOB)["jobId"]


@pytest.fixture
def run(server, monkeypatch, capsys):
    """Run a command against the server; returns the exit code, and what it printed."""
    monkeypatch.setenv("BATCHMOCK_URL", server.url)

    def run(*arguments: str) -> tuple[int, str]:
        code = main(arguments)
        printed = capsys.readouterr()
        return code, (printed.err if code else printed.out).strip()

    return run


def test_time_runs_until_a_job_has_a_status_or_has_ended(raw, mock, job_id):
    got = raw.ask("POST", V1 + "clock/run-until", {"job": job_id, "status": "RUNNING"})
    assert (got.status, got.json["status"], mock.jobs.one().status) == (200, "RUNNING", "RUNNING")
    assert raw.ask("POST", V1 + "clock/run-until", {"job": job_id}).json["status"] == "SUCCEEDED"
    late = raw.ask("POST", V1 + "clock/run-until", {"job": job_id, "status": "FAILED"})
    assert late.status == 400
    assert "it has ended, and has not been FAILED" in late.json["error"]["message"]


def test_time_runs_until_a_moment_or_the_next_instant(raw, mock, job_id):
    assert raw.ask("POST", V1 + "clock/step", {}).json["stepped"] is True
    at = mock.now.replace(year=mock.now.year + 1, month=1).isoformat(timespec="milliseconds")
    assert raw.ask("POST", V1 + "clock/run-until", {"time": at}).json["now"] == at
    assert raw.ask("POST", V1 + "clock/step", {}).json["stepped"] is False


def test_events_are_listed_by_pattern_time_and_number(raw, mock, job_id):
    mock.run_until_idle()
    everything = raw.ask("GET", V1 + "events").json
    assert everything["total"] == len(mock.events) == len(everything["events"])
    pattern = '{"detail":{"status":["SUCCEEDED"]}}'.replace('"', "%22")
    [event] = raw.ask("GET", f"{V1}events?pattern={pattern}").json["events"]
    assert event["detail"]["jobId"] == job_id
    last = raw.ask("GET", f"{V1}events?limit=1").json
    assert last["events"] == everything["events"][-1:]
    since = event["time"].replace("+", "%2B")
    assert raw.ask("GET", f"{V1}events?since={since}").json["events"][-1] == event


def test_lines_are_read_from_where_one_stopped(raw, mock, job_id):
    mock.run_until(lambda: mock.jobs.one().status == "RUNNING")
    assert raw.ask("GET", f"{V1}logs/{job_id}").json == {"total": 1, "lines": ["one"]}
    mock.run_until_idle()
    assert raw.ask("GET", f"{V1}logs/{job_id}?skip=1").json == {"total": 2, "lines": ["two"]}


def test_calls_waiting_jobs_and_faults_are_told(raw, mock, job_id):
    calls = raw.ask("GET", V1 + "calls?operation=SubmitJob").json
    assert (calls["total"], calls["calls"][0]["params"]["jobName"]) == (1, "report")
    told = raw.ask("GET", V1 + "explain").json
    assert told["waiting"] == 1
    assert f"report ({job_id}) is SUBMITTED" in told["explanation"]
    raw.ask("POST", V1 + "faults", {"kind": "throttle", "operations": ["SubmitJob"], "times": 2})
    [fault] = raw.ask("GET", V1 + "faults").json["faults"]
    assert (fault["kind"], fault["operations"], fault["left"]) == ("throttle", ["SubmitJob"], 2)


def test_a_server_is_seeded_and_called(raw, mock):
    account = {
        "jobQueues": mock.call("DescribeJobQueues", {})["jobQueues"],
        "computeEnvironments": mock.call("DescribeComputeEnvironments", {})["computeEnvironments"],
    }
    raw.ask("POST", V1 + "reset", {})
    seeded = raw.ask("POST", V1 + "seed", {"documents": {"a": account, "b": '{"jobQueues": []}'}}).json
    assert seeded["created"] == {"computeEnvironments": ["default"], "jobQueues": ["default"]}
    answer = raw.ask("POST", V1 + "call", {"operation": "DescribeJobQueues"}).json["answer"]
    assert answer["jobQueues"] == account["jobQueues"]
    made = raw.ask("POST", V1 + "defaults", {"name": "other", "spot": True}).json
    assert made["job_queue"] == "other"


@pytest.mark.parametrize(
    ("method", "path", "body", "text"),
    [
        ("POST", "clock/run-until", {}, 'give a "time", or a "job"'),
        ("POST", "clock/run-until", {"time": "soon"}, "give an ISO 8601 date"),
        ("POST", "clock/run-until", {"job": "x"}, "No job has the id 'x'"),
        ("POST", "clock/run-until", {"job": "x", "status": "DONE"}, "choose one of SUBMITTED"),
        ("GET", "events?since=x", None, "give an ISO 8601 date"),
        ("GET", "events?limit=x", None, "is no number"),
        ("GET", "events?pattern=x", None, "pattern"),
        ("GET", "logs/x?skip=x", None, "is no number"),
        ("GET", "timeline?form=x", None, "choose one of text, svg, html"),
        ("POST", "seed", {}, "give an object of documents by name"),
        ("POST", "seed", {"documents": {"a": {}}}, "it must hold answers"),
        ("POST", "seed", {"documents": {"a": {}}, "parameters": 5}, "give an object of texts"),
        ("POST", "seed", {"documents": {"a": {}}, "keep_arns": 5}, "give true or false"),
        ("POST", "spot/reclaim", {}, "give one of job"),
        ("POST", "spot/reclaim", {"job": 5}, "give the id of a job"),
        ("POST", "spot/reclaim", {"job": "x"}, "x"),
        ("POST", "spot/interruption-rate", {}, "per_hour: give a number; null takes back"),
        ("POST", "spot/interruption-rate", {"per_hour": -1}, "give a number of interruptions"),
        ("POST", "spot/price", {"what": "*"}, "percent: give a number"),
        ("POST", "spot/price", {"what": 5, "percent": 5}, "what=5: give a text"),
        ("POST", "spot/price", {"what": "x", "percent": 5}, "'x' is no pool"),
        ("POST", "spot/capacity", {"what": "*", "instances": 1.5}, "give a whole number"),
        ("POST", "spot/market", {"temper": "wild"}, "choose 'quiet' or 'lively'"),
        ("POST", "zones/fail", {}, "zone=None: give the name of an availability zone"),
        ("POST", "clusters/add-instances", {"instance_type": "c5.large"}, "give the ecsClusterArn"),
        ("POST", "clusters/add-instances", {"cluster": "x"}, "instance_type=None: give a text"),
        ("POST", "clusters/remove-instance", {"cluster": "x"}, "give the id of an instance"),
        ("POST", "environments/break", {"environment": "x"}, "what=None: give what goes wrong"),
        ("POST", "environments/break", {"environment": "x", "what": "x"}, "choose one of 'capacity'"),
        ("POST", "environments/recover", {"environment": "x"}, "no compute or service environment"),
        ("GET", "instances?limit=x", None, "is no number"),
        ("POST", "defaults", {"max_vcpus": "x"}, "give a whole number"),
        ("POST", "call", {"operation": "x"}, "give an operation such as"),
        ("POST", "call", {"operation": "SubmitJob", "params": 5}, "give an object"),
        ("POST", "call", {"operation": "SubmitJob"}, "jobName"),
    ],
)
def test_what_makes_no_sense_is_told(raw, method, path, body, text):
    got = raw.ask(method, V1 + path, body)
    assert got.status == 400
    assert text in got.json["error"]["message"]


def test_arns_of_another_account_are_kept_in_that_account_only(raw, mock):
    queue = {
        "jobQueueName": "q",
        "jobQueueArn": "arn:aws:batch:us-east-1:999988887777:job-queue/q",
        "priority": 1,
    }
    body = {"documents": {"a": {"jobQueues": [queue]}}, "keep_arns": True}
    got = raw.ask("POST", V1 + "seed", body)
    assert "say ?account=999988887777" in got.json["error"]["message"]


def test_a_person_reads_logs_timeline_and_events(run, mock, job_id, tmp_path):
    mock.run_until_idle()
    assert run("logs", job_id) == (0, "one\ntwo")
    assert run("logs", job_id, "--follow") == (0, "one\ntwo")
    assert json.loads(run("logs", job_id, "--json")[1])["total"] == 2
    assert "report" in run("timeline")[1]
    page = tmp_path / "night.html"
    assert run("timeline", "-o", str(page)) == (0, f"Written: {page}")
    assert "<svg" in page.read_text()
    assert run("events")[1].splitlines()[-1].endswith(f"report  {job_id}  SUCCEEDED")
    assert run("events", "--since", "2999-01-01T00:00:00+00:00") == (0, "No events.")


def test_a_person_plans_faults_and_forgets_them(run, mock):
    assert run("fault", "list") == (0, "No faults are planned.")
    planned = run("fault", "throttle", "SubmitJob", "--times", "3")
    assert planned == (0, "Planned: throttle of SubmitJob.")
    run("fault", "drop_connection", "--processed", "--probability", "0.5")
    run("fault", "time_out", "--times", "1")
    assert run("fault", "list")[1].splitlines() == [
        "throttle of SubmitJob: 3 left",
        "drop_connection of all operations: until cleared, probability 0.5, processed",
        "time_out of all operations: 1 left",
    ]
    assert run("fault", "clear") == (0, "All faults are forgotten.")
    assert mock.faults.left == []


def test_a_person_reclaims_spot_capacity(run, mock):
    assert run("reclaim", "--fraction", "0.5") == (0, "Reclaimed: nothing, for nothing is on Spot.")
    mock.defaults(name="spot", spot=True)
    mock.on("report").hangs()
    job_id = mock.call("SubmitJob", JOB | {"jobQueue": "spot"})["jobId"]
    mock.run_until(lambda: mock.jobs.one().status == "RUNNING")
    code, text = run("reclaim", job_id, "--notice", "0")
    mock.run_until_idle()
    assert (code, text) == (0, f"Reclaimed: {mock.jobs.one().attempts[0].instance_id}.")


def test_a_person_seeds_a_server(run, mock, tmp_path):
    (tmp_path / "queues.json").write_text(json.dumps(mock.call("DescribeJobQueues", {})))
    environments = mock.call("DescribeComputeEnvironments", {})
    (tmp_path / "environments.json").write_text(json.dumps(environments))
    run("reset")
    code, text = run("seed", str(tmp_path / "queues.json"), str(tmp_path / "environments.json"))
    assert (code, text) == (0, "computeEnvironments: default\njobQueues: default")
    assert mock.call("DescribeComputeEnvironments", {}) == environments


def test_many_definitions_are_sent_in_several_requests(run, mock, tmp_path):
    container = {"image": "busybox", "vcpus": 1, "memory": 512}
    container["environment"] = [{"name": "LONG", "value": "x" * 8000}]
    for _ in range(200):
        request = {"jobDefinitionName": "many", "type": "container", "containerProperties": container}
        mock.call("RegisterJobDefinition", request)
    definitions = []
    answer = {"nextToken": ""}
    while "nextToken" in answer:
        answer = mock.call("DescribeJobDefinitions", {"nextToken": answer["nextToken"]})
        definitions += answer["jobDefinitions"]
    (tmp_path / "all.json").write_text(json.dumps({"jobDefinitions": definitions}))
    run("reset")
    code, _ = run("seed", str(tmp_path / "all.json"))
    assert code == 0
    [last] = mock.call("DescribeJobDefinitions", {"jobDefinitions": ["many:200"]})["jobDefinitions"]
    assert last["containerProperties"]["environment"] == container["environment"]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["logs", "x"], "No job has the id 'x'"),
        (["logs", "x", "--follow"], "No job has the id 'x'"),
        (["seed", "nowhere.json"], "nowhere.json cannot be read"),
        (["timeline", "-o", "no/where.svg"], "cannot be written"),
        (["fault", "throttle", "Sing"], "no operation 'Sing'"),
    ],
)
def test_a_refusal_ends_with_1_and_a_reason(run, arguments, text):
    code, printed = run(*arguments)
    assert code == 1
    assert text in printed


def test_the_url_is_read_from_the_file_that_serve_wrote(run, server, tmp_path, monkeypatch):
    monkeypatch.delenv("BATCHMOCK_URL")
    (tmp_path / "url").write_text(server.url + "\n")
    assert run("explain", "--url", str(tmp_path / "url"))[0] == 0


def test_the_help_has_every_command_with_an_example(capsys):
    from pytest_batchmock.cli import commands

    with pytest.raises(SystemExit):
        main(["--help"])
    text = capsys.readouterr().out
    for name in commands():
        assert f"  {name} " in text
        assert f"batchmock {name}" in text
    assert "exit codes:" in text
