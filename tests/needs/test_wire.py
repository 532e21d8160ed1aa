"""What programs that are not botocore send: other SDKs, scripts, and whatever speaks HTTP."""

from __future__ import annotations

import http.client
import json
import os
import socket
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from behaviour.conftest import Driver

from .conftest import HEAD

pytestmark = [
    pytest.mark.batchmock(clock="manual", start="2026-03-01T12:00:00+00:00"),
    pytest.mark.parametrize("transport", ["http"], indirect=True),
]

JOB = {"jobName": "job", "jobQueue": "default", "jobDefinition": "default"}
SDK = {
    "amz-sdk-invocation-id": "b3c56dc9-2a8d-4f7e-9b1a-0f4e4a9a1f0e",
    "amz-sdk-request": "attempt=1; max=3",
    "authorization": "AWS4-HMAC-SHA256 Credential=ASIAEXAMPLE/20260301/us-east-1/batch/aws4_request, "
    "SignedHeaders=host, Signature=00",
    "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
    "x-amz-date": "20260301T120000Z",
    "x-amz-security-token": "of a session",
}


def address() -> tuple[str, int]:
    """Where the server of this test listens."""
    url = urlsplit(os.environ["AWS_ENDPOINT_URL_BATCH"])
    return str(url.hostname), int(url.port or 0)


def ask(method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Any:
    """Send a request with these headers and no others, and give the members of its answer."""
    connection = http.client.HTTPConnection(*address(), timeout=20)
    connection.putrequest(method, path, skip_accept_encoding=True)
    for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    response = connection.getresponse()
    answer = json.loads(response.read())
    connection.close()
    assert response.status == 200, answer
    return answer


@pytest.mark.parametrize(
    "headers",
    [
        {},
        SDK,
        {"Content-Type": "application/json; charset=UTF-8"},
        {"content-type": "application/x-amz-json-1.1"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Accept": "application/json", "Accept-Language": "*", "Sec-Fetch-Mode": "cors"},
    ],
    ids=["none", "sdk", "charset", "amz-json", "form", "fetch"],
)
def test_the_body_is_json_whatever_the_headers_say(ec2: Driver, headers: dict[str, str]) -> None:
    answer = ask("POST", "/v1/submitjob", json.dumps(JOB).encode(), headers)
    assert ec2.status(answer["jobId"]) == "SUBMITTED"


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(JOB, indent=4).encode() + b"\r\n",
        b"\xef\xbb\xbf" + json.dumps(JOB).encode(),
        json.dumps(JOB | {"tags": {"größe": "groß"}}, ensure_ascii=False).encode(),
        json.dumps(JOB | {"tags": {"größe": "groß"}}).encode(),
        json.dumps(
            JOB | {"dependsOn": None, "timeout": None, "arrayProperties": {"size": None}}
        ).encode(),
    ],
    ids=["indented", "byte order mark", "UTF-8", "escaped", "nulls"],
)
def test_json_may_be_spelled_in_any_way(ec2: Driver, body: bytes) -> None:
    job = ec2.describe(ask("POST", "/v1/submitjob", body)["jobId"])
    assert job.get("tags", {}) in ({}, {"größe": "groß"})
    assert "arrayProperties" not in job


@pytest.mark.parametrize("body", [b"", b"{}"])
def test_a_request_that_chooses_nothing_may_have_no_body(ec2: Driver, body: bytes) -> None:
    assert len(ask("POST", "/v1/describejobqueues", body)["jobQueues"]) == 1


@pytest.mark.parametrize("path", ["//v1/submitjob", "/v1/submitjob?", "http://127.0.0.1/v1/submitjob"])
def test_a_path_is_understood_as_clients_put_it_together(ec2: Driver, path: str) -> None:
    assert ask("POST", path, json.dumps(JOB).encode())["jobName"] == "job"


def test_a_client_that_waits_to_be_told_to_continue_is_told(ec2: Driver) -> None:
    body = json.dumps(JOB).encode()
    head = f"POST /v1/submitjob HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
    with socket.create_connection(address(), timeout=20) as connection:
        connection.sendall(f"{head}Expect: 100-continue\r\n\r\n".encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 100 Continue\r\n")
        connection.sendall(body)
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 OK\r\n")


def test_http_1_0_is_answered_and_the_connection_closed(ec2: Driver) -> None:
    with socket.create_connection(address(), timeout=20) as connection:
        connection.sendall(b"POST /v1/describejobqueues HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}")
        with connection.makefile("rb") as answer:
            told = answer.read()
    assert b" 200 OK\r\n" in told
    assert json.loads(told.partition(b"\r\n\r\n")[2])["jobQueues"]


@pytest.mark.parametrize(
    "spelled",
    [
        lambda arn: quote(arn, safe=""),
        lambda arn: quote(arn, safe="").replace("%3A", "%3a").replace("%2F", "%2f"),
        lambda arn: quote(arn, safe=":"),
        lambda arn: arn,
    ],
    ids=["all", "small letters", "the slash", "nothing"],
)
@pytest.mark.parametrize("kind", ["job-queue", "job-definition", "job"])
def test_the_routes_of_tags_take_an_arn_however_much_of_it_is_encoded(
    ec2: Driver, kind: str, spelled: Any
) -> None:
    name = {"job-queue": "default", "job-definition": "default:1"}.get(kind) or ec2.submit()
    path = "/v1/tags/" + spelled(f"{HEAD}{kind}/{name}")
    tags = {"two words": "a+b", "größe": "", "a/b:c=d@e": "1"}
    ask("POST", path, json.dumps({"tags": tags}).encode())
    assert ask("GET", path) == {"tags": tags}
    ask("DELETE", f"{path}?tagKeys=two%20words&tagKeys=gr%C3%B6%C3%9Fe", b"{}")
    assert ask("GET", path) == {"tags": {"a/b:c=d@e": "1"}}


def test_the_region_of_a_signature_for_several_regions_is_its_header(ec2: Driver) -> None:
    headers = {
        "Authorization": "AWS4-ECDSA-P256-SHA256 Credential=AKIDEXAMPLE/20260301/batch/aws4_request, "
        "SignedHeaders=host, Signature=00",
        "X-Amz-Region-Set": "eu-west-1",
    }
    body = json.dumps({"name": "fair"}).encode()
    made = ask("POST", "/v1/createschedulingpolicy", body, headers)
    assert made["arn"] == "arn:aws:batch:eu-west-1:123456789012:scheduling-policy/fair"
