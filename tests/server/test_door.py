"""Who comes in: hosts, tokens and signatures."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from pytest_batchmock import BatchMock
from pytest_batchmock.server.http.app import create_app
from pytest_batchmock.server.http.door import Door
from pytest_batchmock.server.http.listening import Server

from .conftest import Raw, a_client
from .test_logs import a_client_of

QUEUES = "/v1/describejobqueues"


@pytest.fixture
def serve():
    """Start servers with options of `create_app`; gives each one's raw client."""
    started: list[Any] = []

    def serve(**options: Any) -> Raw:
        server = Server(create_app(BatchMock(clock="manual"), **options))
        server.start()
        raw = Raw(server)
        raw.url = server.url
        started.append((server, raw))
        return raw

    yield serve
    for server, raw in started:
        raw.connection.close()
        server.stop()


@pytest.mark.parametrize(
    "host", ["192.0.2.7:4567", "[2001:db8::1]:80", "batchmock:4567", "mock.example"]
)
def test_a_server_for_other_machines_answers_for_addresses_plain_names_and_those_allowed(host):
    door = Door(["mock.example"], elsewhere=True)
    assert door.refusal({"HTTP_HOST": host, "REQUEST_METHOD": "GET"}) is None


@pytest.mark.parametrize("host", ["evil.example", "192.0.2.7.evil.example", "127.0.0.1.nip.io"])
def test_a_server_for_other_machines_refuses_names_that_a_web_page_can_have(host):
    refused = Door(["mock.example"], elsewhere=True).refusal({"HTTP_HOST": host})
    assert refused is not None
    assert refused.status == 403


@pytest.mark.parametrize("path", ["/", "/_batchmock/v1/jobs", "/_batchmock/v1/", "/_batchmock/console"])
def test_without_the_token_control_api_and_console_are_closed(serve, path):
    raw = serve(token="secret-1")
    assert raw.ask("GET", path).error == (401, "TokenRequired")
    assert raw.ask("GET", path, headers={"X-Batchmock-Token": "secret-2"}).status == 401
    assert raw.ask("GET", f"{path}?token=wrong").status == 401


def test_without_the_token_the_api_and_the_health_check_answer(serve):
    raw = serve(token="secret-1")
    assert raw.ask("POST", QUEUES, {}).status == 200
    assert raw.ask("GET", "/_batchmock/health").status == 200
    listed = raw.ask("GET", "/", headers={"Authorization": "AWS4-HMAC-SHA256 Credential=a/b/c/s3/d"})
    assert listed.error[1] != "TokenRequired"  # S3 lists its buckets there


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Batchmock-Token": "secret-1"},
        {"Authorization": "Bearer secret-1"},
        {"Cookie": "other=1; batchmock_token=secret-1"},
    ],
)
def test_the_token_opens_in_each_of_its_places(serve, headers):
    assert serve(token="secret-1").ask("GET", "/_batchmock/v1/jobs", headers=headers).status == 200


def test_a_url_with_the_token_sets_a_cookie_once(serve):
    raw = serve(token="secret-1")
    got = raw.ask("GET", "/_batchmock/v1/jobs?token=secret-1&limit=3")
    assert (got.status, got.headers["Location"]) == (303, "/_batchmock/v1/jobs?limit=3")
    kept = got.headers["Set-Cookie"]
    assert "HttpOnly" in kept
    assert "SameSite=Strict" in kept
    again = raw.ask("GET", got.headers["Location"], headers={"Cookie": kept.partition(";")[0]})
    assert again.status == 200


def test_no_answer_invites_web_pages(serve):
    raw = serve()
    got = raw.ask("OPTIONS", QUEUES, headers={"Origin": raw.url})
    assert not [name for name in got.headers if name.lower().startswith("access-control-")]


# --- Signatures -----------------------------------------------------------------------------------

KEYS = {"AKIDEXAMPLE": "not checked"}


def signed(
    raw: Raw, *, secret: str = "not checked", at: datetime | None = None, key: str = "AKIDEXAMPLE"
):
    """Headers of a DescribeJobQueues that botocore has signed, as if it were `at`."""
    request = AWSRequest(
        "POST", raw.url + QUEUES, headers={"Content-Type": "application/json"}, data=b"{}"
    )
    signer = SigV4Auth(Credentials(key, secret), "batch", "us-east-1")
    request.context["timestamp"] = (at or datetime.now(timezone.utc)).strftime("%Y%m%dT%H%M%SZ")
    signer._modify_request_before_signing(request)
    signature = signer.signature(
        signer.string_to_sign(request, signer.canonical_request(request)), request
    )
    signer._inject_signature_to_request(request, signature)
    return dict(request.headers)


def test_the_right_key_is_let_in_with_boto3(serve):
    raw = serve(keys=KEYS)
    client = a_client(raw.url)
    assert client.describe_job_queues()["jobQueues"] == []
    arn = "arn:aws:batch:us-east-1:123456789012:job-queue/q"
    with pytest.raises(ClientError, match="q") as raised:  # a path with an encoded ARN
        client.list_tags_for_resource(resourceArn=arn)
    assert raised.value.response["Error"]["Code"] == "ClientException"
    client.close()


def test_a_wrong_secret_is_refused_as_each_protocol_refuses(serve):
    raw = serve(keys={"AKIDEXAMPLE": "another"})
    for service, method, code, status in (
        ("batch", "describe_job_queues", "InvalidSignatureException", 403),
        ("logs", "describe_log_groups", "InvalidSignatureException", 400),
        ("sts", "get_caller_identity", "SignatureDoesNotMatch", 403),
    ):
        client = a_client_of(service, raw.url)
        with pytest.raises(
            ClientError, match="request signature we calculated does not match"
        ) as raised:
            getattr(client, method)()
        client.close()
        assert raised.value.response["Error"]["Code"] == code
        assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


@pytest.mark.parametrize(
    ("changes", "code", "text"),
    [
        ({"key": "AKIDOTHER"}, "UnrecognizedClientException", "security token"),
        ({"minutes": -6}, "InvalidSignatureException", "Signature expired"),
        ({"minutes": 6}, "InvalidSignatureException", "Signature not yet current"),
        ({"minutes": -4}, None, None),
        ({"minutes": 4}, None, None),
    ],
)
def test_a_signature_has_a_key_and_a_time(serve, changes, code, text):
    raw = serve(keys=KEYS)
    at = datetime.now(timezone.utc) + timedelta(minutes=changes.pop("minutes", 0))
    got = raw.ask("POST", QUEUES, b"{}", signed(raw, at=at, **changes))
    if code is None:
        assert got.status == 200
        return
    assert got.error == (403, code)
    assert text in got.json["message"]


def test_another_body_than_the_one_that_was_signed_is_refused(serve):
    raw = serve(keys=KEYS)
    assert raw.ask("POST", QUEUES, b'{"a":1}', signed(raw)).error == (403, "InvalidSignatureException")


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "MissingAuthenticationTokenException"),
        ({"Authorization": "AWS4-HMAC-SHA256 Credential=x"}, "IncompleteSignatureException"),
        ({"Authorization": "Basic eDp5"}, "IncompleteSignatureException"),
    ],
)
def test_no_signature_or_half_a_one_is_refused(serve, headers, code):
    assert serve(keys=KEYS).ask("POST", QUEUES, {}, headers).error == (403, code)


def test_a_presigned_request_is_verified_too(serve):
    raw = serve(keys=KEYS)
    request = AWSRequest("POST", raw.url + QUEUES, data=b"")
    SigV4QueryAuth(Credentials("AKIDEXAMPLE", "not checked"), "batch", "us-east-1").add_auth(request)
    target = request.url.removeprefix(raw.url)
    assert raw.ask("POST", target).status == 200
    assert raw.ask("POST", target.replace("Signature=", "Signature=0")).error[0] == 403
