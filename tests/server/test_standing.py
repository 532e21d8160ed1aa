"""The server keeps standing: broken, slow, hostile and too many clients, faults, and its own end."""

from __future__ import annotations

import io
import json
import socket
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from werkzeug.test import EnvironBuilder

from pytest_batchmock import BatchMock, MockUsageError
from pytest_batchmock.server.accounts import Accounts
from pytest_batchmock.server.http import listening
from pytest_batchmock.server.http.app import MOST_AT_ONCE, SILENT_SECONDS, Application, create_app
from pytest_batchmock.server.http.listening import Server
from pytest_batchmock.transports.http import NoAnswer

from .conftest import Raw, a_client

QUEUES = "/v1/describejobqueues"
HEAD = b"POST /v1/createschedulingpolicy HTTP/1.1\r\nHost: 127.0.0.1\r\n"
BODY = b'{"name": "r", "tags": {"a":""}}'


@contextmanager
def a_socket(server: Server) -> Iterator[socket.socket]:
    with closing(socket.create_connection(("127.0.0.1", server.port), timeout=20)) as connection:
        yield connection


def everything(connection: socket.socket) -> tuple[int, dict[str, str]]:
    """The status and the JSON of an answer that is the last of its connection."""
    received = b""
    while chunk := connection.recv(65536):
        received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"\r\nConnection: close" in head
    return int(head.split()[1]), json.loads(body)


def resources(mock: BatchMock) -> list[str]:
    found = mock.call("ListSchedulingPolicies", {})["schedulingPolicies"]
    return [entry["arn"].rpartition("/")[2] for entry in found]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/9.9\r\n\r\n", 505),
        (b"GET //[ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", 404),
        (b"GET http://[ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (HEAD + b"Host: 127.0.0.1\r\nContent-Length: 31\r\n\r\n" + BODY, 400),
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", 414),
        (HEAD + b"X: y\r\n" * 200 + b"\r\n", 431),
        (HEAD + b"X: " + b"y" * 70_000 + b"\r\n\r\n", 431),
        (HEAD + b"Content-Length: many\r\n\r\n", 400),
        (HEAD + b"Content-Length: 31\r\nContent-Length: 90\r\n\r\n" + BODY, 400),
        (HEAD + b"Content-Length: -1\r\n\r\n", 400),
        (HEAD + b"Content-Length: 99999999999999999999\r\n\r\n", 413),
        (HEAD + b"Content-Length: 100\r\n\r\n" + BODY, 400),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1f\r\n" + BODY, 400),
        (HEAD + b"Transfer-Encoding: gzip\r\n\r\n" + BODY, 501),
        (HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n1f\r\n" + BODY + b"\r\n0\r\n\r\n", 501),
        (b"BREW / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", 404),
    ],
)
def test_a_broken_request_gets_json_and_changes_nothing(server, mock, sent, status):
    with a_socket(server) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        got, members = everything(connection)
    assert got == status
    assert members["message"]
    assert resources(mock) == []


def test_a_body_in_chunks_is_read(server, mock):
    with a_socket(server) as connection:
        chunks = b"%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (10, BODY[:10], len(BODY) - 10, BODY[10:])
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
        assert everything(connection)[0] == 200
    assert resources(mock) == ["r"]


def test_a_client_that_goes_in_the_middle_leaves_no_trace(server, mock, raw):
    with a_socket(server) as connection:
        connection.sendall(HEAD + b"Content-Length: 31\r\n\r\n" + BODY[:30])
    assert raw.ask("POST", QUEUES, {}).status == 200
    assert resources(mock) == []


def test_slow_clients_stall_nobody(server, mock, raw):
    slow = [
        socket.create_connection(("127.0.0.1", server.port), timeout=20) for _ in range(MOST_AT_ONCE + 1)
    ]
    try:
        for connection in slow:
            connection.sendall(HEAD + b"Content-Length: 31\r\n\r\n" + BODY[:30])
        for _ in range(5):
            assert raw.ask("POST", QUEUES, {}).status == 200
        slow[0].sendall(BODY[30:])
        assert slow[0].recv(100).startswith(b"HTTP/1.1 200")
        assert resources(mock) == ["r"]
    finally:
        for connection in slow:
            connection.close()


def test_a_connection_that_stays_silent_is_closed(server, monkeypatch):
    monkeypatch.setattr(listening._Handler, "timeout", 0.05)
    with a_socket(server) as connection:
        assert connection.recv(1) == b""
    with a_socket(server) as connection:
        connection.sendall(HEAD + b"Content-Length: 31\r\n\r\n" + BODY[:30])
        assert everything(connection)[0] == 408


def test_beyond_the_room_for_requests_there_is_a_503_and_then_room_again(mock, server, raw):
    mock.defaults()
    begun, go_on = threading.Semaphore(0), threading.Event()

    def works(job):
        begun.release()
        go_on.wait(20)

    job = {"jobName": "a", "jobQueue": "default", "jobDefinition": "default"}
    mock.on("*").runs(works)
    for _ in range(MOST_AT_ONCE):
        mock.call("SubmitJob", job)
    busy = [Raw(server) for _ in range(MOST_AT_ONCE)]
    idle = [Raw(server) for _ in range(MOST_AT_ONCE)]
    try:
        assert {client.ask("POST", QUEUES, {}).status for client in idle} == {200}
        for client in busy:
            body = json.dumps({"duration": "10m"})  # an instance has booted by then
            headers = {"Content-Type": "application/json"}
            client.connection.request("POST", "/_batchmock/v1/clock/advance", body, headers)
            assert begun.acquire(timeout=20)
        got = raw.ask("POST", QUEUES, {})
        assert got.error == (503, "ServiceUnavailableException")
        assert got.headers["Retry-After"] == "1"
        assert raw.ask("GET", "/_batchmock/health").status == 200
        go_on.set()
        assert {client.read().status for client in busy} == {200}
        assert raw.ask("POST", QUEUES, {}).status == 200
        assert {client.ask("POST", QUEUES, {}).status for client in idle} == {200}
    finally:
        go_on.set()
        for client in (*busy, *idle):
            client.connection.close()


def test_beyond_the_room_for_connections_there_is_a_503(server, monkeypatch):
    monkeypatch.setattr(listening, "MOST_CONNECTIONS", 2)
    kept = [Raw(server) for _ in range(2)]
    try:
        assert [client.ask("POST", QUEUES, {}).status for client in kept] == [200, 200]
        with a_socket(server) as connection:
            assert everything(connection)[0] == 503
        assert kept[0].ask("POST", QUEUES, {}).status == 200
    finally:
        for client in kept:
            client.connection.close()


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "[", "169.254.169.254"])
def test_a_foreign_host_is_refused(raw, host):
    got = raw.ask("POST", QUEUES, {}, {"Host": host})
    assert got.error == (403, "ForbiddenException")
    assert raw.ask("GET", "/_batchmock/v1/jobs", headers={"Host": host}).status == 403


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:99", "[::1]:80", "batch.localhost:4567"])
def test_every_name_of_this_machine_is_served(raw, host):
    assert raw.ask("POST", QUEUES, {}, {"Host": host}).status == 200


def test_a_web_page_of_another_site_is_refused(raw, server):
    assert raw.ask("POST", QUEUES, {}, {"Origin": "https://evil.example"}).status == 403
    assert raw.ask("POST", QUEUES, {}, {"Origin": "null"}).status == 403
    assert raw.ask("POST", QUEUES, {}, {"Origin": server.url}).status == 200


def test_a_planned_refusal_reaches_the_client_once(client, mock):
    mock.faults.throttle("DescribeJobQueues", times=1)
    with pytest.raises(ClientError) as raised:
        client.describe_job_queues()
    assert raised.value.response["Error"]["Code"] == "TooManyRequestsException"
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert client.describe_job_queues()["jobQueues"] == []
    assert [call.fault for call in mock.calls] == ["throttle", None]


@pytest.mark.parametrize("processed", [False, True])
def test_a_planned_loss_of_the_connection_is_one(client, mock, processed):
    mock.faults.drop_connection("CreateSchedulingPolicy", times=1, processed=processed)
    with pytest.raises(ConnectionClosedError):
        client.create_scheduling_policy(name="r")
    assert resources(mock) == (["r"] if processed else [])


@pytest.mark.parametrize("processed", [False, True])
def test_a_planned_time_out_lets_the_client_wait_until_it_has_had_enough(server, mock, processed):
    mock.faults.time_out("CreateSchedulingPolicy", times=1, processed=processed)
    client = a_client(server.url, read_timeout=0.3)
    with pytest.raises(ReadTimeoutError):
        client.create_scheduling_policy(name="r")
    assert resources(mock) == (["r"] if processed else [])
    assert [call.fault for call in mock.calls if call.error] == ["read_timeout"]
    assert len(client.list_scheduling_policies()["schedulingPolicies"]) == processed


def test_of_more_time_outs_than_the_limit_allows_the_connection_is_lost_at_once(
    server, mock, monkeypatch
):
    mock.faults.time_out()
    app = server.app
    silent = threading.Semaphore(0)
    monkeypatch.setattr(app, "_silences", silent)
    with pytest.raises(ConnectionClosedError):
        a_client(server.url).describe_job_queues()


def test_a_server_that_stops_does_not_wait_for_those_that_get_no_answer(mock, app):
    mock.faults.time_out()
    server = Server(app)
    server.start()
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(b"POST /v1/describejobqueues HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        while not mock.calls:
            threading.Event().wait(0.01)
        server.stop()
        assert connection.recv(100) == b""  # closed, and nothing was said


def test_under_another_server_a_planned_time_out_is_a_while_of_silence_too(mock, monkeypatch):
    mock.faults.time_out(times=1)
    app, waited = create_app(mock), []
    monkeypatch.setattr(app, "_silence", waited.append)
    environ = EnvironBuilder("/v1/describejobqueues", method="POST").get_environ()
    with pytest.raises(NoAnswer, match="read_timeout"):
        app(environ, lambda *_: None)
    assert waited == [SILENT_SECONDS]


def test_a_connection_that_is_not_made_cannot_be_played_over_http_and_says_so(client, mock):
    mock.faults.time_out(connecting=True)
    with pytest.raises(ClientError, match=r"NotModelledError.*there is a connection before"):
        client.describe_job_queues()


def test_accounts_share_nothing(server, mock):
    suites = [a_client(server.url, account=account) for account in ("111122223333", "444455556666")]
    for account, client in zip(("111122223333", "444455556666"), suites, strict=True):
        server.app.accounts.mock(account).defaults()
        server.app.accounts.mock(account).on("*").fails(exit_code=int(account[0]))
        client.submit_job(jobName="same", jobQueue="default", jobDefinition="default")
    mine, theirs = (server.app.accounts.mock(account) for account in ("111122223333", "444455556666"))
    mine.run_until_idle()
    assert (mine.jobs.one().status, mine.jobs.one().exit_code) == ("FAILED", 1)
    assert theirs.jobs.one().status == "SUBMITTED"
    assert mine.jobs.one().id != theirs.jobs.one().id
    assert len(mock.jobs) == 0
    server.app.accounts.reset("111122223333")
    assert [len(client.describe_job_queues()["jobQueues"]) for client in suites] == [0, 1]
    for client in suites:
        client.close()


def test_the_number_of_accounts_is_bounded(monkeypatch):
    monkeypatch.setattr("pytest_batchmock.server.accounts.MOST_ACCOUNTS", 1)
    app = create_app(BatchMock(clock="manual"))
    server = Server(app)
    server.start()
    a_client(server.url, account="111122223333").describe_job_queues()
    with pytest.raises(ClientError, match="reset those that are done with"):
        a_client(server.url, account="444455556666").describe_job_queues()
    server.stop()


def test_the_end_waits_for_the_request_that_is_being_worked_on(mock, app):
    server = Server(app)
    server.start()
    mock.defaults()
    begun, go_on = threading.Event(), threading.Event()

    def works(job):
        begun.set()
        go_on.wait(20)

    mock.on("*").runs(works)
    mock.call("SubmitJob", {"jobName": "a", "jobQueue": "default", "jobDefinition": "default"})
    busy, idle = Raw(server), Raw(server)
    idle.ask("POST", QUEUES, {})
    body, headers = json.dumps({"duration": "5m"}), {"Content-Type": "application/json"}
    busy.connection.request("POST", "/_batchmock/v1/clock/advance", body, headers)
    assert begun.wait(20)
    ending = threading.Thread(target=server.stop)
    ending.start()
    go_on.set()
    got = busy.read()
    assert got.status == 200
    ending.join(20)
    assert not ending.is_alive()
    assert idle.connection.sock.recv(1) == b""
    for client in (busy, idle):
        client.connection.close()


def test_a_port_that_is_taken_is_named(server, app):
    with pytest.raises(MockUsageError, match=f"Cannot listen at 127.0.0.1, port {server.port}"):
        Server(app, port=server.port)


def test_the_application_runs_under_another_wsgi_server():
    from wsgiref.simple_server import WSGIRequestHandler, make_server
    from wsgiref.validate import validator

    class Silent(WSGIRequestHandler):
        def log_message(self, *args):
            pass

    with make_server(
        "127.0.0.1", 0, validator(create_app(clock="manual")), handler_class=Silent
    ) as other:
        thread = threading.Thread(target=other.handle_request)
        thread.start()
        request = urllib.request.Request(
            f"http://127.0.0.1:{other.server_port}{QUEUES}", b"{}", {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=20) as response:
            assert json.load(response) == {"jobQueues": []}
        thread.join()


def test_a_mock_has_options_already():
    with pytest.raises(TypeError, match="leave out clock"):
        create_app(BatchMock(), clock="real")


def test_a_bug_of_the_mock_is_an_answer(server, raw, monkeypatch, capsys):
    def fails(self, account):
        raise ZeroDivisionError("here")

    monkeypatch.setattr(Accounts, "world", fails)
    got = raw.ask("POST", QUEUES, {})
    assert got.error == (500, "InternalFailure")
    assert "ZeroDivisionError: here" in got.json["message"]
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_the_log_has_a_line_for_each_answer():
    lines: list[str] = []
    app = create_app(BatchMock(), log=lines.append)
    assert isinstance(app, Application)
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/v1/canceljob",
        "CONTENT_LENGTH": "2",
        "wsgi.input": io.BytesIO(b"{}"),
    }
    list(app(environ, lambda *_: None))
    assert lines == ["CancelJob 400 ClientException"]
