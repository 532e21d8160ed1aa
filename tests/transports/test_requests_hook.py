"""Programs that call the API with `requests`: answered in-process, beside other mocks of `requests`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pytest_batchmock import BatchMock

requests = pytest.importorskip("requests")
responses = pytest.importorskip("responses")
HTTPAdapter = requests.adapters.HTTPAdapter

URL = "https://batch.eu-west-1.amazonaws.com/v1"
ELSEWHERE = "http://service.invalid/"


@pytest.fixture
def mock() -> Iterator[BatchMock]:
    with BatchMock(clock="manual") as mock:
        mock.answer_requests()
        yield mock


def queues(**changes: Any) -> Any:
    return requests.post(f"{URL}/describejobqueues", json={}, timeout=5, **changes)


def test_a_call_is_answered_in_the_region_of_its_host(mock):
    made = requests.post(f"{URL}/createschedulingpolicy", json={"name": "r"}, timeout=5)
    assert made.status_code == 200
    assert made.headers["Content-Type"] == "application/json"
    assert ":eu-west-1:123456789012:" in made.json()["arn"]


def test_a_refusal_is_an_answer(mock):
    got = requests.post(f"{URL}/canceljob", json={"jobId": "x"}, timeout=5)
    assert (got.status_code, got.headers["x-amzn-ErrorType"]) == (400, "ClientException")


def test_an_arn_in_the_path_is_understood(mock):
    mock.defaults()
    [queue] = mock.call("DescribeJobQueues", {})["jobQueues"]
    url = f"https://batch.us-east-1.amazonaws.com/v1/tags/{queue['jobQueueArn'].replace('/', '%2F')}"
    assert requests.post(url, json={"tags": {"a": "1"}}, timeout=5).status_code == 200
    assert requests.get(url, timeout=5).json() == {"tags": {"a": "1"}}


def test_logs_of_jobs_are_answered_too(mock):
    headers = {
        "X-Amz-Target": "Logs_20140328.DescribeLogGroups",
        "Content-Type": "application/x-amz-json-1.1",
    }
    got = requests.post("https://logs.us-east-1.amazonaws.com/", json={}, headers=headers, timeout=5)
    assert got.json() == {"logGroups": []}


def test_a_planned_loss_of_the_connection_is_one(mock):
    mock.faults.drop_connection(times=1)
    with pytest.raises(requests.exceptions.ConnectionError, match="planned"):
        queues()
    assert queues().status_code == 200


def test_a_planned_time_out_is_one(mock):
    mock.faults.time_out(times=1)
    mock.faults.time_out(times=1, connecting=True)
    with pytest.raises(requests.exceptions.ReadTimeout, match="planned"):
        queues()
    with pytest.raises(requests.exceptions.ConnectTimeout, match="planned"):
        queues()
    assert queues().status_code == 200


def test_after_the_mock_requests_is_as_it_was():
    before = HTTPAdapter.send
    with BatchMock() as mock:
        mock.answer_requests()
        assert HTTPAdapter.send is not before
    assert HTTPAdapter.send is before


def test_what_is_not_ours_goes_to_an_older_mock_of_requests():
    with responses.RequestsMock() as theirs:
        theirs.get(ELSEWHERE, body="theirs")
        with BatchMock() as mock:
            mock.answer_requests()
            assert requests.get(ELSEWHERE, timeout=5).text == "theirs"
            assert queues().status_code == 200
        assert requests.get(ELSEWHERE, timeout=5).text == "theirs"


def test_a_younger_mock_of_requests_is_asked_first_and_survives_the_end_of_ours():
    before = HTTPAdapter.send
    mock = BatchMock().start()
    mock.answer_requests()
    with responses.RequestsMock() as theirs:
        theirs.post(f"{URL}/describejobqueues", json={"theirs": True})
        theirs.get(ELSEWHERE, body="theirs")
        assert queues().json() == {"theirs": True}
        mock.stop()
        assert requests.get(ELSEWHERE, timeout=5).text == "theirs"
    # Ours was in its place when theirs came, and answers nothing any more.
    with responses.RequestsMock(real_adapter_send=before) as network:
        network.post(f"{URL}/describejobqueues", json={"network": True})
        assert queues().json() == {"network": True}
    HTTPAdapter.send = before
