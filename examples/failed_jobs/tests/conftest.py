"""What the tests share: the deployment (moto), with the handler behind its real rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import failed_jobs
import pytest
from failed_jobs import handler as function
from moto import mock_aws

RULE = (Path(failed_jobs.__file__).parent / "rule.json").read_text()
SQS = "arn:aws:sqs:us-east-1:123456789012:inbox"


@pytest.fixture
def inbox(monkeypatch) -> Iterator[Callable[[], list[str]]]:
    """Table, topic and a queue that listens to it; the value returns the messages."""
    with mock_aws():
        function.client.cache_clear()
        boto3.client("dynamodb", "us-east-1").create_table(
            TableName="failures",
            KeySchema=[{"AttributeName": "job", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "job", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        sns, sqs = boto3.client("sns", "us-east-1"), boto3.client("sqs", "us-east-1")
        topic = sns.create_topic(Name="failures")["TopicArn"]
        url = sqs.create_queue(QueueName="inbox")["QueueUrl"]
        raw = {"RawMessageDelivery": "true"}
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=SQS, Attributes=raw)
        monkeypatch.setenv("FAILURES_TABLE", "failures")
        monkeypatch.setenv("FAILURES_TOPIC", topic)

        def messages() -> list[str]:
            received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
            return [message["Body"] for message in received.get("Messages", ())]

        yield messages


@pytest.fixture
def production(batchmock, inbox):
    """The mock with a queue of production, and the handler subscribed as it is deployed."""
    batchmock.defaults(name="production")
    batchmock.events.subscribe(function.handler, RULE)
    return batchmock


@pytest.fixture
def submit(production) -> Callable[..., str]:
    """Submits a job to the queue of production and returns its id."""

    def one(name: str = "report", **members) -> str:
        given = {"jobName": name, "jobQueue": "production", "jobDefinition": "production", **members}
        return boto3.client("batch").submit_job(**given)["jobId"]

    return one
