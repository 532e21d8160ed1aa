"""The console's files and data over HTTP, and the stream of changes."""

from __future__ import annotations

import http.client
import json
import re
from typing import Any

import pytest
from installed_model import skip_if_lacking

from pytest_batchmock import BatchMock
from pytest_batchmock.server.accounts import Accounts
from pytest_batchmock.server.console import changes
from tests.server.conftest import Raw

FILES = ("style.css", "parts.css", "app.js", "api.js", "dom.js", "overview.js", "jobs.js", "job.js")
PLAIN = {"Content-Type": "application/json"}


def submit(client: Any, **members: Any) -> str:
    request = {"jobName": "etl", "jobQueue": "default", "jobDefinition": "default"}
    job_id: str = client.submit_job(**request | members)["jobId"]
    return job_id


def test_the_page_allows_no_inline_script_and_no_other_host(raw: Raw) -> None:
    got = raw.ask("GET", "/")
    policy = got.headers["Content-Security-Policy"]
    assert got.status == 200
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
    assert "unsafe" not in policy
    assert re.findall(rb"<script(?! type=\"module\" src=)|style=|\son\w+=|https?://", got.body) == []


@pytest.mark.parametrize("name", [*FILES, "array.js", "icon.svg"])
def test_every_file_of_the_console_is_served_with_its_type(raw: Raw, name: str) -> None:
    got = raw.ask("GET", f"/_batchmock/console/{name}")
    kinds = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
    assert got.status == 200
    assert got.headers["Content-Type"].startswith(kinds[name.rpartition(".")[2]])
    assert got.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["../app.py", "..%2fapp.py", "%2e%2e/app.py", "index.html", "nothing.js", "", "/etc/passwd"]
)
def test_no_path_leads_to_another_file(raw: Raw, path: str) -> None:
    assert raw.ask("GET", f"/_batchmock/console/{path}").status == 404


def test_a_signed_request_for_the_root_is_not_for_the_console(raw: Raw) -> None:
    credential = (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261124/us-east-1/s3/aws4_request, Signature=0"
    )
    assert raw.ask("GET", "/", headers={"Authorization": credential}).status != 200


def test_the_overview_counts_jobs_and_looking_makes_no_region(
    raw: Raw, mock: BatchMock, client: Any
) -> None:
    mock.defaults(max_vcpus=1)
    mock.on("*").hangs()
    submit(client)
    submit(client)
    mock.advance("5m")
    got = raw.ask("GET", "/_batchmock/v1/overview").json
    assert got["queues"][0]["counts"] == {"RUNNABLE": 1, "RUNNING": 1}
    assert (got["environments"][0]["used_vcpus"], got["environments"][0]["max_vcpus"]) == (1, 1)
    assert raw.ask("GET", "/_batchmock/v1/overview?region=eu-west-1").json["queues"] == []
    assert raw.ask("GET", "/_batchmock/v1/overview").json["regions"] == ["us-east-1"]


def test_reading_a_job_changes_nothing(raw: Raw, mock: BatchMock, client: Any) -> None:
    mock.defaults()
    job_id = submit(client)
    mock.advance("30s")
    before = mock.jobs.one().history
    first = raw.ask("GET", f"/_batchmock/v1/job-page/{job_id}").json
    assert raw.ask("GET", f"/_batchmock/v1/job-page/{job_id}").json == first
    assert mock.jobs.one().history == before
    assert [it["status"] for it in first["history"]] == mock.jobs.one().statuses


def test_a_child_is_found_by_its_id_and_one_that_is_not_there_is_a_404(
    raw: Raw, mock: BatchMock, client: Any
) -> None:
    mock.defaults()
    mock.on("etl", index=1).fails(exit_code=1)
    job_id = submit(client, arrayProperties={"size": 3})
    mock.run_until_idle()
    assert raw.ask("GET", f"/_batchmock/v1/array/{job_id}").json["statuses"] == "sfs"
    assert raw.ask("GET", f"/_batchmock/v1/job-page/{job_id}%3A2").json["index"] == 2
    assert raw.ask("GET", f"/_batchmock/v1/job-page/{job_id}%3A3").status == 404


def test_terminate_needs_json_and_the_same_origin(raw: Raw, mock: BatchMock, client: Any) -> None:
    mock.defaults()
    job_id = submit(client)
    body = json.dumps({"id": job_id}).encode()
    path = "/_batchmock/v1/terminate"
    assert raw.ask("POST", path, body, {"Content-Type": "text/plain"}).status == 400
    assert not mock.jobs.one().is_terminated
    stranger = {"Content-Type": "application/json", "Origin": "http://example.com"}
    assert raw.ask("POST", path, body, stranger).status == 403
    assert not mock.jobs.one().is_terminated
    assert raw.ask("POST", path, body, PLAIN).status == 200
    assert mock.jobs.one().is_terminated


def test_service_jobs_are_terminated_and_their_environments_are_told(raw: Raw, mock: BatchMock) -> None:
    skip_if_lacking("SubmitServiceJob", {})
    limits = [{"maxCapacity": 3, "capacityUnit": "ml.m5.large"}]
    kind = "SAGEMAKER_TRAINING"
    environment = {"serviceEnvironmentName": "sm", "serviceEnvironmentType": kind}
    mock.call("CreateServiceEnvironment", {**environment, "capacityLimits": limits})
    order = [{"order": 1, "serviceEnvironment": "sm"}]
    queue = {"jobQueueName": "q", "priority": 1, "jobQueueType": kind, "serviceEnvironmentOrder": order}
    mock.call("CreateJobQueue", queue)
    mock.on_service_job().hangs()
    payload = '{"ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 2}}'
    job = {"jobName": "t", "jobQueue": "q", "serviceJobType": kind, "serviceRequestPayload": payload}
    job_id = mock.call("SubmitServiceJob", job)["jobId"]
    waiting = mock.call("SubmitServiceJob", job)["jobId"]
    mock.advance("2m")
    overview = raw.ask("GET", "/_batchmock/v1/overview").json
    [told] = overview["service_environments"]
    assert told["units"] == [{"unit": "ml.m5.large", "used": 2, "max": 3}]
    assert told["queues"] == ["q"]
    assert overview["queues"][0]["environments"] == ["sm"]
    assert overview["queues"][0]["waiting"]["id"] == waiting
    assert "needs 2 x ml.m5.large" in overview["queues"][0]["waiting"]["explanation"]
    page = raw.ask("GET", f"/_batchmock/v1/job-page/{job_id}").json
    assert (page["can_terminate"], page["service"]["Instances"]) == (True, "2 × ml.m5.large")
    assert raw.ask("POST", "/_batchmock/v1/terminate", {"id": job_id}).status == 200
    mock.advance("2m")
    page = raw.ask("GET", f"/_batchmock/v1/job-page/{job_id}").json
    assert (page["status"], page["can_terminate"]) == ("FAILED", False)


def test_only_a_real_clock_has_a_rate(raw: Raw) -> None:
    got = raw.ask("POST", "/_batchmock/v1/clock/rate", {"rate": 2})
    assert (got.status, got.json["error"]["message"]) == (
        400,
        "The clock is manual: only the real clock has a rate.",
    )


@pytest.mark.parametrize("mock", ["real"], indirect=True)
def test_a_paused_clock_stands_and_still_advances_by_hand(raw: Raw, mock: BatchMock) -> None:
    path = "/_batchmock/v1/clock/rate"
    assert raw.ask("POST", path, {"rate": 0}).json["rate"] == 0
    now = mock.now
    assert mock.now == now
    mock.advance("1h")
    assert (mock.now - now).total_seconds() == 3600
    assert raw.ask("GET", "/_batchmock/v1/clock").json["rate"] == 0
    assert raw.ask("POST", path, {"rate": 60}).json["rate"] == 60
    for wrong in (-1, True, "fast", None):
        assert raw.ask("POST", path, {"rate": wrong}).status == 400


# --- The stream ----------------------------------------------------------------------------------


def test_a_stream_tells_that_a_job_has_moved(mock: BatchMock, client: Any, server: Any) -> None:
    mock.defaults()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("GET", "/_batchmock/v1/changes")
    response = connection.getresponse()
    assert response.headers["Content-Type"].startswith("text/event-stream")
    assert response.headers["Connection"] == "close"
    first = json.loads(response.readline().removeprefix(b"data: "))
    assert response.readline() == b"\n"
    submit(client)
    second = json.loads(response.readline().removeprefix(b"data: "))
    assert second["version"] != first["version"]
    connection.close()


def test_streams_are_few_and_one_that_ends_makes_room(mock: BatchMock) -> None:
    streams = changes.Changes(Accounts(mock), wait=lambda seconds: None)
    open_ones = [streams.response(None) for _ in range(changes.MOST_STREAMS)]
    assert [it.status_code for it in open_ones] == [200] * changes.MOST_STREAMS
    assert streams.response(None).status_code == 503
    open_ones[3].close()
    assert streams.response(None).status_code == 200
    assert streams.response(None).status_code == 503


def test_a_stream_makes_no_account(mock: BatchMock) -> None:
    accounts = Accounts(mock)
    assert changes.Changes(accounts).response("111122223333").status_code == 404
    assert accounts.names() == [mock.options.account_id]


def test_streams_take_no_room_from_calls_and_do_not_delay_the_stop(
    mock: BatchMock, client: Any, server: Any
) -> None:
    held = []
    for _ in range(changes.MOST_STREAMS):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        connection.request("GET", "/_batchmock/v1/changes")
        assert connection.getresponse().status == 200
        held.append(connection)
    mock.defaults()
    submit(client)
    with server._changed:  # an answer is out a moment before its request counts as done
        assert server._changed.wait_for(lambda: server._busy == 0, 10)
    server.stop()
    for connection in held:
        connection.close()


def test_a_stream_of_another_origin_or_host_is_refused(raw: Raw) -> None:
    got = raw.ask("GET", "/_batchmock/v1/changes", headers={"Origin": "http://example.com"})
    assert got.status == 403


def test_the_timeline_is_a_page_that_may_run_nothing(raw: Raw, mock: BatchMock, client: Any) -> None:
    mock.defaults()
    submit(client)
    got = raw.ask("GET", "/_batchmock/console/timeline.html?theme=dark")
    assert got.status == 200
    assert "script" not in got.headers["Content-Security-Policy"]
    assert b"<svg" in got.body
    assert raw.ask("GET", "/_batchmock/console/timeline.html?theme=pink").status == 400
    assert raw.ask("GET", "/_batchmock/console/timeline.html?account=111122223333").status == 400
