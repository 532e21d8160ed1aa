"""What events can start: jobs of Batch, and whatever hangs on moto's EventBridge."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from moto import mock_aws

from pytest_batchmock import BatchMock
from pytest_batchmock.errors import MockUsageError

FAILED = {"detail": {"status": ["FAILED"], "jobName": [{"anything-but": "clean-up"}]}}
TARGET = {"JobQueue": "default", "JobDefinition": "default", "JobName": "clean-up"}


class TestBatchAsTarget:
    """EventBridge can submit a job for an event (user guide, batch-cwe-target)."""

    def test_a_job_is_submitted_for_every_event_that_matches(self, mock: BatchMock, submit: Any) -> None:
        mock.on("bad").fails()
        mock.events.start(FAILED, submit=TARGET)
        submit("bad")
        submit("good")
        mock.run_until_idle()
        assert mock.jobs.one(name="clean-up").status == "SUCCEEDED"
        assert len(mock.jobs) == 3

    def test_array_size_and_attempts_can_be_given(
        self, mock: BatchMock, submit: Any, batch: Any
    ) -> None:
        mock.on("bad").fails()
        mock.events.start(
            FAILED,
            submit={**TARGET, "ArrayProperties": {"Size": 3}, "RetryStrategy": {"Attempts": 2}},
        )
        submit("bad")
        mock.run_until_idle()
        job = mock.jobs.one(name="clean-up")
        assert len(job.children) == 3
        (described,) = batch.describe_jobs(jobs=[job.id])["jobs"]
        assert described["retryStrategy"]["attempts"] == 2

    def test_a_stopped_rule_starts_nothing(self, mock: BatchMock, submit: Any) -> None:
        mock.on("bad").fails()
        mock.events.start(FAILED, submit=TARGET).stop()
        submit("bad")
        mock.run_until_idle()
        assert len(mock.jobs) == 1

    @pytest.mark.parametrize(
        ("target", "words"),
        [
            ({"JobQueue": "default"}, "must be given"),
            ({**TARGET, "jobName": "x"}, "it has no jobName"),
            ({"jobName": "x"}, r"it has no jobName\. JobQueue, JobDefinition and JobName must be given"),
            ({**TARGET, "ArrayProperties": 3}, "'Size': n"),
            ({**TARGET, "RetryStrategy": {"attempts": 3}}, "'Attempts': n"),
            ("job", "is no target"),
        ],
    )
    def test_a_target_that_is_none_is_refused_at_once(
        self, mock: BatchMock, target: Any, words: str
    ) -> None:
        with pytest.raises(MockUsageError, match=words):
            mock.events.start(FAILED, submit=target)

    def test_a_submit_that_batch_refuses_is_a_mistake_of_the_test(
        self, mock: BatchMock, submit: Any
    ) -> None:
        mock.on("bad").fails()
        mock.events.start(FAILED, submit={**TARGET, "JobQueue": "nowhere"})
        submit("bad")
        with pytest.raises(MockUsageError, match=r"Batch refuses the job 'clean-up'.*nowhere"):
            mock.run_until_idle()


class TestMoto:
    """moto's EventBridge gets the events, and gives them to its targets."""

    @pytest.fixture(autouse=True)
    def _needs(self) -> None:
        pytest.importorskip("jsonpath_ng", reason="moto's EventBridge needs moto[events]")

    @pytest.fixture
    def mock(self) -> Any:
        with mock_aws(), BatchMock(start="2030-01-01", seed=7, clock="manual") as mock:
            mock.defaults()
            yield mock

    @pytest.fixture
    def queue(self, mock: BatchMock) -> Any:
        """A queue of SQS that a rule for failed jobs has as its target."""
        sqs, events = boto3.client("sqs"), boto3.client("events")
        url = sqs.create_queue(QueueName="failed-jobs")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]
        pattern = {"source": ["aws.batch"], "detail": {"status": ["FAILED"]}}
        events.put_rule(Name="failed", EventPattern=json.dumps(pattern))
        events.put_targets(Rule="failed", Targets=[{"Id": "queue", "Arn": arn}])
        return boto3.resource("sqs").Queue(url)

    def received(self, queue: Any) -> list[dict[str, Any]]:
        messages = queue.receive_messages(MaxNumberOfMessages=10)
        return [json.loads(message.body) for message in messages]

    def test_a_queue_of_sqs_gets_the_event_as_batch_sends_it(
        self, mock: BatchMock, submit: Any, queue: Any
    ) -> None:
        mock.events.to_moto()
        mock.on("bad").fails(exit_code=3)
        submit("bad")
        submit("good")
        mock.run_until_idle()
        (event,) = self.received(queue)
        (expected,) = mock.events.matching({"detail": {"status": ["FAILED"]}})
        expected.pop("account")  # moto leaves it out of what it sends to targets
        assert event == expected

    def test_a_log_group_of_moto_gets_them(self, mock: BatchMock, submit: Any) -> None:
        logs, events = boto3.client("logs"), boto3.client("events")
        logs.create_log_group(logGroupName="/events/all")
        events.put_rule(Name="all", EventPattern=json.dumps({"source": ["aws.batch"]}))
        arn = "arn:aws:logs:us-east-1:123456789012:log-group:/events/all"
        events.put_targets(Rule="all", Targets=[{"Id": "log", "Arn": arn}])
        mock.events.to_moto()
        submit()
        mock.run_until_idle()
        written = logs.filter_log_events(logGroupName="/events/all")["events"]
        ids = [json.loads(event["message"])["id"] for event in written]
        assert sorted(ids) == sorted(event["id"] for event in mock.events)

    def test_only_what_matches_goes_to_moto(self, mock: BatchMock, submit: Any, queue: Any) -> None:
        mock.events.to_moto({"detail": {"jobName": ["other"]}})
        mock.on("bad").fails()
        submit("bad")
        mock.run_until_idle()
        assert self.received(queue) == []

    def test_nothing_goes_to_moto_unasked(self, mock: BatchMock, submit: Any, queue: Any) -> None:
        mock.on("bad").fails()
        submit("bad")
        mock.run_until_idle()
        assert self.received(queue) == []


def test_without_an_active_moto_there_is_a_clear_error(mock: BatchMock, submit: Any) -> None:
    mock.events.to_moto()
    submit()
    with pytest.raises(MockUsageError, match="moto's mock is not active"):
        mock.run_until_idle()
