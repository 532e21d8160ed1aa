"""One endpoint for all of AWS: Batch and the logs of its jobs here, the rest by moto."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytest.importorskip("moto")
pytest.importorskip("flask")
pytest.importorskip("flask_cors")

from pytest_batchmock import BatchMock
from pytest_batchmock.server.http.app import create_app
from pytest_batchmock.server.http.listening import Server

from .conftest import Raw
from .test_logs import a_client_of
from .test_wire import signed


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[Any]:
    keys = getattr(request, "param", None)
    server = Server(create_app(BatchMock(clock="manual"), with_moto=True, keys=keys))
    server.start()
    yield server
    server.stop()
    server.app.accounts.reset()


@pytest.fixture
def client_of(server) -> Iterator[Any]:
    made: list[Any] = []

    def client_of(service: str, account: str = "AKIDEXAMPLE", **config: Any) -> Any:
        made.append(a_client_of(service, server.url, account, **config))
        return made[-1]

    yield client_of
    for client in made:
        client.close()


@pytest.mark.parametrize("server", [None, {"AKIDEXAMPLE": "not checked"}], indirect=True)
def test_one_url_serves_s3_and_batch_with_signatures_verified_or_not(client_of, server):
    s3 = client_of("s3", signature_version="s3v4")
    s3.create_bucket(Bucket="results")
    large = bytes(3 << 20)  # more than any request to Batch may have
    s3.put_object(Bucket="results", Key="a b/ü.txt", Body=large)
    assert s3.get_object(Bucket="results", Key="a b/ü.txt")["Body"].read() == large
    assert s3.head_object(Bucket="results", Key="a b/ü.txt")["ContentLength"] == len(large)
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "results", "Key": "a b/ü.txt"})
    with urllib.request.urlopen(url, timeout=20) as response:
        assert response.read() == large
    batch = client_of("batch")
    server.app.accounts.mock().defaults()
    assert len(batch.describe_job_queues()["jobQueues"]) == 1


def test_the_account_is_the_same_in_all_services(client_of):
    for key, account in (("AKIDEXAMPLE", "123456789012"), ("111122223333", "111122223333")):
        assert client_of("sts", key).get_caller_identity()["Account"] == account
        role = client_of("iam", key).create_role(RoleName="batch", AssumeRolePolicyDocument="{}")
        assert f":{account}:" in role["Role"]["Arn"]
    assert client_of("ec2").describe_subnets()["Subnets"]


def test_logs_of_jobs_and_other_groups_are_read_at_one_place(client_of, server):
    mock, logs = server.app.accounts.mock(), client_of("logs")
    logs.create_log_group(logGroupName="/app")
    logs.create_log_stream(logGroupName="/app", logStreamName="s")
    event = {"timestamp": 1_767_225_600_000, "message": "from the application"}
    logs.put_log_events(logGroupName="/app", logStreamName="s", logEvents=[event])
    assert logs.describe_log_streams(logGroupName="/app")["logStreams"][0]["logStreamName"] == "s"
    mock.defaults()
    mock.on("*").fails(log=["from the job"])
    mock.call("SubmitJob", {"jobName": "a", "jobQueue": "default", "jobDefinition": "default"})
    mock.run_until_idle()
    assert [
        event["message"] for event in logs.filter_log_events(logGroupName="/aws/batch/job")["events"]
    ] == ["from the job"]
    pages = logs.get_paginator("describe_log_groups").paginate(PaginationConfig={"PageSize": 1})
    assert [group["logGroupName"] for page in pages for group in page["logGroups"]] == [
        "/app",
        "/aws/batch/job",
    ]


def test_a_reset_is_one_of_the_other_services_too(client_of, server):
    for account in ("111122223333", "444455556666"):
        client_of("sqs", account).create_queue(QueueName="q")
    server.app.accounts.mock("111122223333")
    server.app.accounts.reset("111122223333")
    assert "QueueUrls" not in client_of("sqs", "111122223333").list_queues()
    assert len(client_of("sqs", "444455556666").list_queues()["QueueUrls"]) == 1
    server.app.accounts.reset()
    assert "QueueUrls" not in client_of("sqs", "444455556666").list_queues()


@pytest.mark.parametrize(
    "path", ["/moto-api/reset", "/moto-api/recorder/start-recording", "/latest/api/token"]
)
def test_the_control_of_moto_cannot_be_reached(server, path):
    raw = Raw(server)
    assert raw.ask("POST", path).status == 404
    raw.connection.close()


@pytest.mark.parametrize(
    ("service", "operation", "params", "text"),
    [
        ("sns", "list_origination_numbers", {}, "failed with this request: NotImplementedError: "),
        ("dynamodb", "list_contributor_insights", {}, "failed with this request: NotImplementedError"),
        (
            "glacier",
            "list_multipart_uploads",
            {"accountId": "-", "vaultName": "v"},
            "does not know GET /-/vaults/v/multipart-uploads",
        ),
    ],
)
def test_what_moto_lacks_is_told_with_its_name_and_not_tried_again(
    client_of, service, operation, params, text
):
    with pytest.raises(ClientError, match=rf"moto \d.*, which answers for {service} here, {text}") as no:
        getattr(client_of(service), operation)(**params)
    assert no.value.response["Error"]["Code"] == "MotoFailure"
    assert no.value.response["ResponseMetadata"]["RetryAttempts"] == 0


def test_an_exception_of_moto_is_told_with_its_name_and_not_tried_again(client_of, monkeypatch, capsys):
    from moto.sqs.responses import SQSResponse

    def list_queues(self: Any) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr(SQSResponse, "list_queues", list_queues)
    with pytest.raises(ClientError, match=r"for sqs here, .*: RecursionError: too deep") as no:
        client_of("sqs").list_queues()
    assert no.value.response["ResponseMetadata"]["RetryAttempts"] == 0
    assert "too deep" in capsys.readouterr().err


def test_a_request_that_moto_cannot_take_is_an_answer(server, capsys):
    raw = Raw(server)
    scope = signed(service="dynamodb")  # without a target, which moto looks up
    assert raw.ask("POST", "/", {}, scope).error == (501, "MotoFailure")
    assert raw.ask("POST", "/v1/describejobqueues", {}).status == 200
    raw.connection.close()
    assert "Traceback" in capsys.readouterr().err
