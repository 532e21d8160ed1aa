"""The application under WSGI servers of others."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from pytest_batchmock import BatchMock
from pytest_batchmock.server.http.app import create_app

from .conftest import Raw, a_client


@pytest.fixture
def waitress():
    """The application under waitress; gives its raw client."""
    server_of = pytest.importorskip("waitress.server")
    app = create_app(BatchMock(clock="manual"), keys={"AKIDEXAMPLE": "not checked"})
    server = server_of.create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run)
    thread.start()
    raw = Raw(SimpleNamespace(port=server.effective_port))
    yield raw
    raw.connection.close()
    server.close()
    server.task_dispatcher.shutdown()
    thread.join(20)


# waitress reports on its own sockets when they are closed from another thread.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_it_runs_under_waitress_signatures_and_paths_included(waitress):
    assert waitress.ask("GET", "/_batchmock/health").json["status"] == "ok"
    client = a_client(f"http://127.0.0.1:{waitress.connection.port}")
    assert client.describe_job_queues()["jobQueues"] == []
    made = client.create_scheduling_policy(name="r")
    arn = made["arn"]
    client.tag_resource(resourceArn=arn, tags={"a": "1"})
    assert client.list_tags_for_resource(resourceArn=arn)["tags"] == {"a": "1"}
    client.close()
    assert waitress.ask("POST", "/v1/describejobqueues", b"{").status == 403
