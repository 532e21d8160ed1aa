"""CloudWatch Logs on the port of the server: what the jobs have written, in that service's protocol."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from .conftest import Raw
from .test_wire import signed

GROUP = "/aws/batch/job"


def a_client_of(service: str, url: str, account: str = "AKIDEXAMPLE", **config: Any) -> Any:
    """A boto3 client that talks to the server, and tries once only."""
    return boto3.client(
        service,
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id=account,
        aws_secret_access_key="not checked",
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, **config),
    )


@pytest.fixture
def logs(server) -> Iterator[Any]:
    client = a_client_of("logs", server.url)
    yield client
    client.close()


@pytest.fixture
def stream(mock) -> str:
    """The log stream of a job that has just begun, and writes a line every minute."""
    mock.defaults()
    lines = [(f"{number}m", f"line {number}") for number in range(10)]
    mock.on("*").succeeds(after="10m", log=lines)
    job = mock.call("SubmitJob", {"jobName": "a", "jobQueue": "default", "jobDefinition": "default"})
    mock.run_until(lambda: mock.jobs.one().status == "RUNNING")
    described = mock.call("DescribeJobs", {"jobs": [job["jobId"]]})["jobs"][0]
    return str(described["container"]["logStreamName"])


def ask(raw: Raw, operation: str, body: Any, headers: dict[str, str] | None = None) -> Any:
    target = {"X-Amz-Target": f"Logs_20140328.{operation}", "Content-Type": "application/x-amz-json-1.1"}
    return raw.ask("POST", "/", body, target | (headers or {}))


def messages(answer: dict[str, Any]) -> list[str]:
    return [event["message"] for event in answer["events"]]


def test_a_stream_is_followed_while_its_job_runs(logs, mock, stream):
    read: list[str] = []
    token: dict[str, str] = {}
    while True:
        answer = logs.get_log_events(
            logGroupName=GROUP, logStreamName=stream, startFromHead=True, **token
        )
        read += messages(answer)
        if {"nextToken": answer["nextForwardToken"]} == token and mock.jobs.one().status == "SUCCEEDED":
            break
        token = {"nextToken": answer["nextForwardToken"]}
        mock.advance("3m")
    assert read == [f"line {number}" for number in range(10)]


def test_a_stream_without_a_line_is_empty_and_no_error(logs, mock):
    mock.defaults()
    mock.on("*").succeeds(after="10m")
    mock.call("SubmitJob", {"jobName": "a", "jobQueue": "default", "jobDefinition": "default"})
    mock.run_until(lambda: mock.jobs.one().status == "RUNNING")
    [found] = logs.describe_log_streams(logGroupName=GROUP)["logStreams"]
    assert messages(logs.get_log_events(logGroupName=GROUP, logStreamName=found["logStreamName"])) == []


def test_groups_streams_and_filters_answer(logs, mock, stream):
    mock.run_until_idle()
    [group] = logs.describe_log_groups(logGroupNamePrefix="/aws/batch")["logGroups"]
    assert group["logGroupName"] == GROUP
    [found] = logs.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix=stream)["logStreams"]
    assert found["logStreamName"] == stream
    answer = logs.filter_log_events(
        logGroupName=GROUP, logStreamNames=[stream], filterPattern='"line 7"'
    )
    assert messages(answer) == ["line 7"]


def test_an_account_sees_its_own_logs_only(server, stream):
    other = a_client_of("logs", server.url, account="111122223333")
    assert other.describe_log_groups()["logGroups"] == []
    other.close()


def test_an_answer_has_the_type_and_the_id_of_the_protocol(raw, stream):
    got = ask(
        raw, "GetLogEvents", {"logGroupName": GROUP, "logStreamName": stream}, signed(service="logs")
    )
    assert got.status == 200
    assert got.headers["Content-Type"] == "application/x-amz-json-1.1"
    assert got.headers["x-amzn-RequestId"]


@pytest.mark.parametrize("headers", [{}, signed(service="logs")])
@pytest.mark.parametrize(
    ("operation", "body", "code"),
    [
        ("GetLogEvents", {"logGroupName": "other", "logStreamName": "s"}, "ResourceNotFoundException"),
        ("GetLogEvents", {"logGroupName": GROUP}, "InvalidParameterException"),
        ("GetLogEvents", {"logGroupName": 7, "logStreamName": "s"}, "SerializationException"),
        ("FilterLogEvents", {"logGroupName": GROUP, "limit": 0}, "InvalidParameterException"),
        ("GetLogEvents", b"{", "SerializationException"),
        ("GetLogEvents", b"[]", "SerializationException"),
        ("GetLogEvents", b"[" * 100_000, "SerializationException"),
        ("PutEverything", {}, "UnknownOperationException"),
    ],
)
def test_a_refusal_has_its_code_in_the_body(raw, operation, body, code, headers):
    got = ask(raw, operation, body, headers)
    assert (got.status, got.json["__type"]) == (400, code)
    assert got.json["message"]
    assert "x-amzn-ErrorType" not in got.headers


def test_a_member_the_operation_does_not_have_is_not_looked_at(raw, stream):
    body = {"logGroupName": GROUP, "logStreamName": stream, "colour": "red", "limit": None}
    assert ask(raw, "GetLogEvents", body).status == 200


def test_another_method_is_refused(raw):
    got = raw.ask("GET", "/", None, {"X-Amz-Target": "Logs_20140328.GetLogEvents"})
    assert (got.status, got.json["__type"]) == (405, "MethodNotAllowedException")


def test_what_writes_is_not_modelled_and_says_who_does_it(logs):
    with pytest.raises(ClientError, match=r"CreateLogGroup is not modelled.*--with-moto"):
        logs.create_log_group(logGroupName="mine")


@pytest.mark.parametrize(
    ("service", "method", "params"),
    [
        ("s3", "list_buckets", {}),
        ("sts", "get_caller_identity", {}),
        ("ec2", "describe_instances", {}),
        ("dynamodb", "list_tables", {}),
        ("lambda", "list_functions", {}),
    ],
)
def test_a_request_for_another_service_is_told_what_to_do_in_its_own_protocol(
    server, service, method, params
):
    client = a_client_of(service, server.url)
    with pytest.raises(ClientError, match=r"--with-moto.*or set AWS_ENDPOINT_URL_BATCH") as raised:
        getattr(client, method)(**params)
    client.close()
    assert raised.value.response["Error"]["Code"] == "NotModelledError"
    assert repr(service) in raised.value.response["Error"]["Message"]


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS"])
def test_a_program_finds_the_logs_by_a_variable(server, mock, stream, variable):
    program = f"import boto3; print(boto3.client('logs').describe_log_streams(logGroupName={GROUP!r}))"
    environment = os.environ | {
        variable: server.url,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "any",
        "AWS_SECRET_ACCESS_KEY": "any",
    }
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert stream in done.stdout


def test_a_log_read_in_process_and_over_http_is_the_same(logs, mock, stream):
    asked = {"logGroupName": GROUP, "logStreamName": stream}
    over_http = logs.get_log_events(**asked)
    with mock:
        in_process = boto3.client("logs", region_name="us-east-1").get_log_events(**asked)
    assert over_http["events"] == in_process["events"]
    assert json.loads(json.dumps(over_http["nextForwardToken"])) == in_process["nextForwardToken"]
