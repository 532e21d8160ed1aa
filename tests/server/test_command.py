"""`batchmock serve`, and the commands that talk to it, as a person at a terminal uses them."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from types import SimpleNamespace

import pytest
from installed_model import skip_if_lacking

from pytest_batchmock import BatchMock
from pytest_batchmock.cli import commands, main
from pytest_batchmock.server.defaults import DEFAULTS

from .conftest import Raw, a_client

COMMAND = [sys.executable, "-c", "from pytest_batchmock.cli import main; raise SystemExit(main())"]


@contextmanager
def served(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A `batchmock serve` in a process of its own, and its URL."""
    process = subprocess.Popen(
        [*COMMAND, "serve", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            greeting = ""
            while "Ctrl-C" not in greeting:
                line = process.stdout.readline()
                assert line, greeting
                greeting += line
            url = re.search(r"export AWS_ENDPOINT_URL_BATCH=(\S+)", greeting)
            assert url is not None
            assert "export AWS_DEFAULT_REGION=" in greeting
            yield process, url[1]
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_asked_to_stop(tmp_path, number):
    file = tmp_path / "url"
    with served("--url-file", str(file), "--region", "eu-west-1") as (process, url):
        assert file.read_text() == url + "\n"
        client = a_client(url, region="eu-west-1")
        assert client.describe_job_queues()["jobQueues"] == []
        client.close()
        process.send_signal(number)
        left, _ = process.communicate(timeout=30)
    assert left.splitlines() == ["DescribeJobQueues 200", "batchmock: stopped"]
    assert process.returncode == 0
    assert not file.exists()


def test_a_job_without_a_rule_has_passed_through_all_states_after_about_two_seconds():
    batch = BatchMock(**DEFAULTS | {"clock": "manual"})
    batch.defaults()
    batch.call("SubmitJob", {"jobName": "a", "jobQueue": "default", "jobDefinition": "default"})
    batch.run_until_idle()
    history = batch.jobs.one().history
    stages = ["SUBMITTED", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"]
    assert [status for status, _ in history] == stages
    assert 1 <= (history[-1][1] - history[0][1]).total_seconds() <= 3
    assert all(since < until for (_, since), (_, until) in pairwise(history))


def test_ids_differ_unless_a_seed_is_given():
    def first_id(*arguments: str) -> str:
        with served("--clock", "manual", "--quiet", *arguments) as (_, url):
            client = a_client(url)
            answer = client.describe_job_queues()
            client.close()
            return str(answer["ResponseMetadata"]["RequestId"])

    ids = [first_id(), first_id(), first_id("--seed", "7"), first_id("--seed", "7")]
    assert len(set(ids)) == 3
    assert ids[2] == ids[3]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--key", "AKID"], "ACCESS_KEY_ID:SECRET"),
        (["--token", "short"], "8 to 200"),
        (["--port", "70000"], "is no port"),
        (["--clock", "manual", "--rate", "2"], "the others have none"),
        (["--rate", "0"], "above zero"),
        (["--latency-scale", "0"], "above zero"),
        (["--default-duration", "soon"], "is no duration"),
        (["--seed", "x"], "invalid int"),
    ],
)
def test_a_wrong_argument_ends_with_2_and_a_reason(capsys, arguments, text):
    with pytest.raises(SystemExit) as ended:
        main(["serve", *arguments])
    assert ended.value.code == 2
    assert text in capsys.readouterr().err


def test_a_port_that_is_taken_ends_with_1_and_a_reason(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", "--port", str(port)]) == 1
    assert f"Cannot listen at 127.0.0.1, port {port}" in capsys.readouterr().err


def test_a_url_file_that_cannot_be_written_ends_with_1_and_a_reason(capsys, tmp_path):
    assert main(["serve", "--port", "0", "--url-file", str(tmp_path / "no" / "url")]) == 1
    assert "No such file or directory" in capsys.readouterr().err


@pytest.fixture
def run(server, monkeypatch, capsys):
    """Run a command against the server; returns the exit code, and what it printed."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_BATCH", server.url)
    monkeypatch.delenv("BATCHMOCK_URL", raising=False)

    def run(*arguments: str) -> tuple[int, str]:
        code = main(arguments)
        printed = capsys.readouterr()
        return code, (printed.err if code else printed.out).strip()

    return run


def test_a_session_at_the_terminal(run, server, mock):
    assert run("jobs") == (0, "No jobs.")
    assert run("explain") == (0, "Every job has ended.")
    mock.defaults(spot=True)
    assert run("outcome", "report", "reclaimed after=4m", 'fails exit_code=3 reason="no input"') == (
        0,
        "Jobs 'report': reclaimed after=4m, then fails exit_code=3 reason=\"no input\".",
    )
    client = a_client(server.url)
    job = {"jobName": "report", "jobQueue": "default", "jobDefinition": "default"}
    job_id = client.submit_job(**job, retryStrategy={"attempts": 2})["jobId"]
    client.close()
    _, text = run("explain")
    assert text.startswith(f"report ({job_id}) is SUBMITTED since")
    _, text = run("advance", "36s")  # an instance boots first
    assert text == f"It is {mock.now.isoformat(timespec='milliseconds')} now."
    assert mock.jobs.one().status == "STARTING"
    mock.run_until(lambda: len(mock.jobs.one().attempts) == 1)
    assert mock.jobs.one().status == "RUNNABLE"
    assert "ended with" not in run("jobs")[1]  # a host that was lost gives no exit code
    run("advance", "idle")
    _, text = run("jobs")
    head, row = text.splitlines()
    assert head.split() == ["NAME", "ID", "QUEUE", "STATUS", "WHY"]
    assert row.split()[:4] == ["report", job_id, "default", "FAILED"]
    assert "exit code 3" in row
    _, text = run("explain", job_id)
    assert "attempt 1 in default: Host EC2 (instance i-" in text
    assert "attempt 2 in default: exit code 3, Essential container in task exited, no input" in text
    _, text = run("jobs", "--status", "failed", "--json")
    assert json.loads(text)["jobs"][0]["exit_code"] == 3
    assert run("jobs", "--name", "x*") == (0, "No jobs.")
    assert run("reset") == (0, "Reset: all accounts.")
    assert len(mock.jobs) == 0


def test_a_rule_names_its_jobs_by_all_that_on_takes(run, mock):
    arguments = "--queue q --definition d:1 --tag a=1 --tag b=2 --attempt 2 --index 3 --container c"
    assert run("outcome", "x*", "host_lost while_starting=true", *arguments.split())[0] == 0
    assert run("outcome", "*", "hangs", "--service")[0] == 0
    assert run("outcome", "*", "hangs", "--node", "1")[0] == 0
    container, service, node = (entry.matcher for entry in mock._rules._entries)
    assert (container.name, container.queue, container.definition) == ("x*", "q", "d:1")
    assert (container.tags, container.attempt) == ((("a", "1"), ("b", "2")), 2)
    assert (container.index, container.container) == (3, "c")
    assert (service.service, node.node) == (True, 1)
    assert mock._rules._entries[0].outcomes[0].while_starting is True


def test_service_jobs_are_listed_and_explained_too(run, mock):
    skip_if_lacking("SubmitServiceJob", {})
    kind = "SAGEMAKER_TRAINING"
    limits = [{"maxCapacity": 1, "capacityUnit": "NUM_INSTANCES"}]
    environment = {"serviceEnvironmentName": "sm", "serviceEnvironmentType": kind}
    mock.call("CreateServiceEnvironment", {**environment, "capacityLimits": limits})
    order = [{"order": 1, "serviceEnvironment": "sm"}]
    queue = {"jobQueueName": "q", "priority": 1, "jobQueueType": kind}
    mock.call("CreateJobQueue", {**queue, "serviceEnvironmentOrder": order})
    job = {"jobName": "train", "jobQueue": "q", "serviceJobType": kind, "serviceRequestPayload": "{}"}
    job_id = mock.call("SubmitServiceJob", job)["jobId"]
    assert run("jobs")[1] == "No jobs."
    assert job_id in run("jobs", "--service", "--status", "submitted")[1]
    assert f"train ({job_id}) is SUBMITTED" in run("explain")[1]
    assert f"train ({job_id}) is SUBMITTED" in run("explain", job_id)[1]


def test_the_exit_code_of_a_former_attempt_is_told_as_that(run, mock):
    mock.defaults(retries=2)
    mock.on("*").fails(exit_code=3)
    mock.call("SubmitJob", {"jobName": "a", "jobQueue": "default", "jobDefinition": "default"})
    mock.run_until(lambda: bool(mock.jobs.one().attempts))
    assert run("jobs")[1].splitlines()[1].endswith("RUNNABLE  attempt 1 ended with exit code 3")
    mock.run_until_idle()
    assert "FAILED  exit code 3, " in run("jobs")[1]


def test_the_newest_jobs_are_listed_if_there_are_many(run, mock):
    mock.defaults()
    for name in ("first", "second", "third"):
        mock.call("SubmitJob", {"jobName": name, "jobQueue": "default", "jobDefinition": "default"})
    _, text = run("jobs", "--limit", "2")
    assert text.splitlines()[0] == "… 1 older one is left out"
    assert text.splitlines()[-2].startswith("second")
    assert run("jobs", "--limit", "1")[1].startswith("… 2 older ones are left out\n")


def test_a_command_is_about_the_account_that_is_named(run, server):
    assert run("advance", "5", "--account", "111122223333")[0] == 0
    assert run("reset", "--account", "111122223333") == (0, "Reset: 111122223333.")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["outcome", "x", "sings"], "batchmock outcome: kind='sings': choose one of"),
        (["explain", "no/where"], "No job has the id 'no/where'."),
        (["reset", "--account", "7"], "an account has 12 digits"),
        (["jobs", "--endpoint", "http://127.0.0.1:1"], "No server answers at http://127.0.0.1:1:"),
        (["jobs", "--endpoint", "127.0.0.1:1"], "an endpoint begins with http://"),
        (["jobs", "--endpoint", "file:///etc"], "an endpoint begins with http://"),
        (["jobs", "--url", "/no/url"], "as a file it cannot be read (No such file or directory)"),
    ],
)
def test_a_refusal_ends_with_1_and_a_reason(run, arguments, text):
    code, printed = run(*arguments)
    assert (code, "Traceback" in printed) == (1, False)
    assert text in printed


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["outcome", "x", "fails 3"], "'3': give it as NAME=VALUE."),
        (["outcome", "x", "fails reason='"], "is no outcome"),
        (["outcome", "x", "fails", "--tag", "a"], "'a': give it as NAME=VALUE."),
        (["logs", "x", "--follow", "--json"], "leave --json out"),
        (["seed", "nowhere.json", "--parameter", "x"], "give it as NAME=VALUE"),
        (["timeline", "-o", "x.png"], "ends with .svg or .html"),
        (["advance", "soon"], "'soon' is no duration: give seconds, such as 90, or a text such as 4m"),
        (["advance", "-5"], "finite and not negative, got -5"),
        (["jobs", "--limit", "0"], "argument --limit: '0' is no count: give 1 or more"),
        (["jobs", "--limit", "x"], "argument --limit: 'x' is no count: give 1 or more"),
        (["events", "--limit", "0"], "argument --limit: '0' is no count: give 1 or more"),
        (["logs", "x", "--attempt", "0"], "argument --attempt: '0' is no count"),
        (["reclaim"], "give one of JOB_ID, --instance ID and --fraction N."),
        (["reclaim", "x", "--fraction", "0.5"], "give one of JOB_ID, --instance ID and --fraction N."),
        (["reclaim", "--fraction", "3"], "argument --fraction: '3': give a number above 0"),
        (["reclaim", "x", "--notice", "soon"], "argument --notice: 'soon' is no duration"),
        (["outcome", "", "fails"], "name: give a pattern of job names"),
        (["outcome", "x", "fails after=soon"], "'soon' is no duration"),
        (["outcome", "x", "fails", "fails", "--attempt", "2"], "--attempt 2 names one attempt"),
        (["outcome", "x", "fails", "--service", "--index", "3"], "--index: a service job has none"),
        (["fault", "clear", "SubmitJob"], "clear is about all faults: leave SubmitJob out."),
        (["fault", "list", "--processed"], "list is about all faults: leave --processed out."),
        (["fault", "throttle", "--times", "0"], "argument --times: '0' is no count"),
        (["fault", "throttle", "--probability", "x"], "argument --probability: 'x': give a number"),
    ],
)
def test_an_argument_that_no_server_need_be_asked_about_ends_with_2(run, capsys, arguments, text):
    with pytest.raises(SystemExit) as ended:
        run(*arguments)
    assert ended.value.code == 2
    assert text in capsys.readouterr().err


def test_what_is_no_batchmock_server_is_called_that(run):
    from http.server import BaseHTTPRequestHandler, HTTPServer
    from threading import Thread

    class Other(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(404 if "jobs" in self.path else 200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"hi" if "clock" in self.path else b"{}")

        def log_message(self, *args):
            pass

    with HTTPServer(("127.0.0.1", 0), Other) as other:
        thread = Thread(target=other.handle_request)
        thread.start()
        code, text = run("jobs", "--endpoint", f"http://127.0.0.1:{other.server_port}")
        thread.join()
    assert code == 1
    assert "is no batchmock server: it answers with 404." in text


def test_what_a_server_says_at_its_door_is_passed_on(run, server):
    spelt_otherwise = server.url.replace("127.0.0.1", "127.1")
    code, text = run("jobs", "--endpoint", spelt_otherwise)
    assert code == 1
    assert "does not answer for the host '127.1:" in text


def test_without_an_endpoint_a_command_says_how_to_name_one(monkeypatch, capsys):
    for name in ("BATCHMOCK_URL", "AWS_ENDPOINT_URL_BATCH", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SystemExit) as ended:
        main(["jobs"])
    assert ended.value.code == 2
    assert "--url, or set BATCHMOCK_URL or AWS_ENDPOINT_URL_BATCH" in capsys.readouterr().err


def test_the_variable_for_all_services_names_the_server_too(server, monkeypatch, capsys):
    for name in ("BATCHMOCK_URL", "AWS_ENDPOINT_URL_BATCH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    assert main(["jobs"]) == 0
    assert capsys.readouterr().out == "No jobs.\n"


def test_a_reader_that_has_had_enough_is_no_error(monkeypatch):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        assert main(["rules"]) == 0


def test_the_help_of_every_command_teaches(capsys):
    for command in commands():
        with pytest.raises(SystemExit) as ended:
            main([command, "--help"])
        assert ended.value.code == 0
        text = capsys.readouterr().out
        assert f"usage: batchmock {command}" in text
        assert f"  batchmock {command}" in text.partition("example")[2]
        assert "exit codes: 0 it is done" in text or "exit codes: 0 it comes" in text


def test_a_kept_connection_does_not_outlive_the_server():
    with served("--quiet") as (process, url):
        raw = Raw(SimpleNamespace(port=int(url.rpartition(":")[2])))
        assert raw.ask("POST", "/v1/describejobqueues", {}).status == 200
        os.kill(process.pid, signal.SIGTERM)
        process.communicate(timeout=30)
        assert raw.connection.sock.recv(1) == b""
        raw.connection.close()
    assert process.returncode == 0


def test_a_server_for_other_machines_says_so_and_asks_for_a_token(tmp_path):
    file = tmp_path / "url"
    with served("--host", "0.0.0.0", "--quiet", "--url-file", str(file)) as (_, url):
        assert url.startswith("http://127.0.0.1:")  # which can be asked, as 0.0.0.0 often cannot
        assert file.read_text() == f"{url}\n"
        raw = Raw(SimpleNamespace(port=int(url.rpartition(":")[2])))
        assert raw.ask("POST", "/v1/describejobqueues", {}).status == 200
        assert raw.ask("GET", "/_batchmock/v1/jobs").error == (401, "TokenRequired")
        raw.connection.close()


def test_the_commands_send_the_token(monkeypatch, capsys):
    with served("--token", "very-secret", "--quiet") as (_, url):
        assert main(["jobs", "--endpoint", url]) == 1
        assert "token" in capsys.readouterr().err
        monkeypatch.setenv("BATCHMOCK_TOKEN", "very-secret")
        assert main(["jobs", "--endpoint", url]) == 0
