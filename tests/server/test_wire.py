"""What the service answers on the wire: paths, headers, errors, gzip, keep-alive."""

from __future__ import annotations

import gzip
import json
import uuid

import pytest

from pytest_batchmock.transports.http import LARGEST_BODY

QUEUES = "/v1/describejobqueues"


def signed(
    key: str = "AKIDEXAMPLE", region: str = "us-east-1", service: str = "batch"
) -> dict[str, str]:
    """The headers of a request that was signed; the signature is nonsense, and nobody looks."""
    scope = f"{key}/20260301/{region}/{service}/aws4_request"
    return {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00",
    }


def test_an_answer_is_json_and_names_its_request(raw):
    got = raw.ask("POST", QUEUES, {})
    assert (got.status, got.json) == (200, {"jobQueues": []})
    assert got.headers["Content-Type"] == "application/json"
    assert uuid.UUID(got.headers["x-amzn-RequestId"])
    assert "x-amzn-ErrorType" not in got.headers


def test_a_refusal_has_its_code_in_a_header_and_its_text_in_the_body(raw):
    got = raw.ask("POST", "/v1/canceljob", {"jobId": "x"})
    assert got.error == (400, "ClientException")
    assert set(got.json) == {"message"}
    assert "reason" in got.json["message"]


@pytest.mark.parametrize("encode", [True, False])
def test_the_three_operations_on_tags_carry_the_arn_in_their_path(raw, mock, encode):
    mock.defaults()
    arn = mock.call("DescribeJobQueues", {})["jobQueues"][0]["jobQueueArn"]
    path = "/v1/tags/" + (arn.replace(":", "%3A").replace("/", "%2F") if encode else arn)
    assert raw.ask("POST", path, {"tags": {"a": "1", "b": "2", "c": "3"}}).status == 200
    assert raw.ask("DELETE", f"{path}?tagKeys=a&tagKeys=b").status == 200
    assert raw.ask("GET", path).json == {"tags": {"c": "3"}}


def test_region_and_account_are_those_of_the_signature(raw):
    resource = {"name": "r"}
    made = raw.ask(
        "POST", "/v1/createschedulingpolicy", resource, signed("111122223333", "eu-central-1")
    )
    arn = made.json["arn"]
    assert arn == "arn:aws:batch:eu-central-1:111122223333:scheduling-policy/r"


def test_region_and_account_are_those_of_a_presigned_query(raw):
    query = "X-Amz-Credential=111122223333%2F20260301%2Feu-central-1%2Fbatch%2Faws4_request"
    made = raw.ask("POST", f"/v1/createschedulingpolicy?{query}", {"name": "r"})
    assert ":eu-central-1:111122223333:" in made.json["arn"]


@pytest.mark.parametrize("headers", [{}, signed(), {"Authorization": "Bearer x"}, signed(region="../x")])
def test_without_a_usable_scope_region_and_account_are_those_of_the_options(raw, headers):
    made = raw.ask("POST", "/v1/createschedulingpolicy", {"name": "r"}, headers)
    assert ":123456789012:" in made.json["arn"]
    assert ":us-east-1:" in made.json["arn"]


@pytest.mark.parametrize(
    ("request_of", "error", "text"),
    [
        (("POST", "/v1/describeeverything", {}), (404, "UnknownOperationException"), "no operation"),
        (("GET", "/nowhere"), (404, "UnknownOperationException"), "no operation"),
        (("GET", "//%5B"), (404, "UnknownOperationException"), "no operation"),
        (("GET", QUEUES), (405, "MethodNotAllowedException"), "takes POST, not GET"),
        (("POST", QUEUES, b"{"), (400, "SerializationException"), "no JSON"),
        (("POST", QUEUES, b"\xff"), (400, "SerializationException"), "no JSON"),
        (("POST", QUEUES, b"[" * 100_000), (400, "SerializationException"), "no JSON"),
        (("POST", QUEUES, b"[]"), (400, "SerializationException"), "JSON object"),
        (("POST", QUEUES, {"jobQueues": "q"}), (400, "ClientException"), "jobQueues"),
        (("POST", QUEUES, {"colour": "red"}), (400, "ClientException"), "colour"),
        (
            ("POST", QUEUES, b"{}", {"Content-Encoding": "gzip"}),
            (400, "SerializationException"),
            "no gzip",
        ),
        (
            ("POST", QUEUES, gzip.compress(b"{}")[:-4], {"Content-Encoding": "gzip"}),
            (400, "SerializationException"),
            "amid",
        ),
        (
            ("POST", QUEUES, b"{}", {"Content-Encoding": "br"}),
            (415, "UnsupportedMediaTypeException"),
            "gzip is",
        ),
    ],
)
def test_a_broken_request_gets_an_error_of_the_services_kind(raw, request_of, error, text):
    got = raw.ask(*request_of)
    assert got.error == error
    assert text in got.json["message"]
    assert raw.ask("POST", QUEUES, {}).status == 200


def test_a_wrong_method_is_told_the_right_one(raw):
    assert raw.ask("PUT", QUEUES, {}).headers["Allow"] == "POST"


def test_a_null_is_absent(raw):
    assert raw.ask("POST", QUEUES, {"jobQueues": None, "nextToken": None}).json == {"jobQueues": []}


def test_a_body_may_be_packed(raw, mock):
    mock.defaults()
    packed = gzip.compress(json.dumps({"jobQueues": ["none"]}).encode())
    assert raw.ask("POST", QUEUES, packed, {"Content-Encoding": "gzip"}).json == {"jobQueues": []}


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [("gzip", True), ("br, gzip;q=0.5", True), ("*", True), ("gzip;q=0", False), ("identity", False)],
)
def test_a_large_answer_is_packed_for_those_who_take_it(raw, mock, accepted, packed):
    for number in range(60):
        mock.call("CreateSchedulingPolicy", {"name": f"r{number}"})
    got = raw.ask("POST", "/v1/listschedulingpolicies", {}, {"Accept-Encoding": accepted})
    assert (got.headers["Content-Encoding"] == "gzip") is packed
    body = gzip.decompress(got.body) if packed else got.body
    assert len(json.loads(body)["schedulingPolicies"]) == 60


def test_a_small_answer_is_never_packed(raw):
    assert raw.ask("POST", QUEUES, {}, {"Accept-Encoding": "gzip"}).json == {"jobQueues": []}


@pytest.mark.parametrize("packed", [False, True])
def test_a_body_beyond_the_limit_is_refused_packed_or_not(raw, packed):
    body = b" " * (LARGEST_BODY + 1)
    headers = {"Content-Encoding": "gzip"} if packed else {}
    got = raw.ask("POST", QUEUES, gzip.compress(body) if packed else body, headers)
    assert got.error == (413, "RequestEntityTooLargeException")
    assert raw.ask("POST", QUEUES, b" " * LARGEST_BODY).status == 200


def test_a_connection_is_kept_from_request_to_request(raw):
    raw.ask("POST", QUEUES, {})
    kept = raw.connection.sock
    assert kept is not None
    for request in (("POST", QUEUES, {}), ("GET", "/nowhere"), ("POST", QUEUES, b"{")):
        assert raw.ask(*request).headers["Connection"] is None
        assert raw.connection.sock is kept


def test_a_client_that_wants_the_connection_closed_gets_it_closed(raw):
    assert raw.ask("POST", QUEUES, {}, {"Connection": "close"}).headers["Connection"] == "close"
    assert raw.connection.sock is None


def test_head_of_the_health_check_has_no_body(raw):
    got = raw.ask("HEAD", "/_batchmock/health")
    assert (got.status, got.body) == (200, b"")
    assert raw.ask("GET", "/_batchmock/health").json["status"] == "ok"


def test_what_is_not_modelled_is_an_answer_that_no_client_tries_again(raw, mock, monkeypatch):
    from pytest_batchmock.api import dispatch

    monkeypatch.setattr(dispatch, "_BY_OPERATION", {})
    monkeypatch.delitem(dispatch.BY_METHOD, "cancel_job")
    got = raw.ask("POST", "/v1/canceljob", {"jobId": "x", "reason": "y"})
    assert got.error == (501, "NotModelledError")
    assert got.json == {"message": "AWS Batch CancelJob is not modelled yet."}


def test_a_mistake_of_the_test_is_an_answer(raw, mock):
    mock.defaults()
    mock.on("*").reclaimed()
    job = {"jobName": "a", "jobQueue": "default", "jobDefinition": "default"}
    assert raw.ask("POST", "/v1/submitjob", job).status == 200
    got = raw.ask("POST", "/_batchmock/v1/clock/advance", {"duration": "5m"})
    assert (got.status, got.json["error"]["type"]) == (400, "MockUsageError")
    assert "On-Demand" in got.json["error"]["message"]


@pytest.mark.parametrize("mock", ["autojump"], indirect=True)
def test_a_poll_without_end_is_an_answer(raw, mock):
    mock.defaults()
    mock.on("*").hangs()
    job = {"jobName": "a", "jobQueue": "default", "jobDefinition": "default"}
    job_id = raw.ask("POST", "/v1/submitjob", job).json["jobId"]
    got = [raw.ask("POST", "/v1/describejobs", {"jobs": [job_id]}) for _ in range(200)]
    assert got[0].status == 200
    assert got[-1].error == (501, "StalledError")
    assert "it hangs" in got[-1].json["message"]
