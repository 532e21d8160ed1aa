"""Handlers that are told of events, as functions of Lambda are."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from pytest_batchmock import BatchMock, mock_batch
from pytest_batchmock.errors import MockUsageError

FAILED = {"detail-type": ["Batch Job State Change"], "detail": {"status": ["FAILED"]}}


class Listener:
    """A handler that remembers what it was told."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def __call__(self, event: dict[str, Any], context: Any) -> None:
        self.events.append(event)

    @property
    def statuses(self) -> list[str]:
        return [event["detail"]["status"] for event in self.events]


@pytest.fixture
def listener() -> Listener:
    return Listener()


def test_a_handler_is_told_of_every_event_as_it_happens(
    mock: BatchMock, submit: Any, listener: Listener
) -> None:
    mock.events.subscribe(listener)
    submit()
    while mock.step():
        assert listener.events == list(mock.events)
    assert listener.statuses == ["RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"]


def test_a_handler_with_a_pattern_is_told_of_what_matches(
    mock: BatchMock, submit: Any, listener: Listener
) -> None:
    mock.on("bad").fails()
    mock.events.subscribe(listener, FAILED)
    submit("bad")
    submit("good")
    mock.run_until_idle()
    assert [event["detail"]["jobName"] for event in listener.events] == ["bad"]


def test_a_handler_may_call_batch(mock: BatchMock, submit: Any, batch: Any) -> None:
    def resubmit(event: dict[str, Any], context: Any) -> None:
        job = event["detail"]
        batch.submit_job(
            jobName=job["jobName"] + "-again",
            jobQueue=job["jobQueue"],
            jobDefinition=job["jobDefinition"],
        )

    mock.on("job").fails()
    mock.events.subscribe(resubmit, FAILED)
    submit("job")
    mock.run_until_idle()
    assert [(job.name, job.status) for job in mock.jobs] == [
        ("job", "FAILED"),
        ("job-again", "SUCCEEDED"),
    ]


def test_a_handler_sees_the_job_as_its_event_tells(mock: BatchMock, submit: Any, batch: Any) -> None:
    seen = []

    def compare(event: dict[str, Any], context: Any) -> None:
        (job,) = batch.describe_jobs(jobs=[event["detail"]["jobId"]])["jobs"]
        seen.append((event["detail"]["status"], job["status"]))

    mock.events.subscribe(compare)
    submit()
    mock.run_until_idle()
    assert seen == [(status, status) for status in ("RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED")]


def test_a_cancel_is_told_before_the_call_returns(
    mock: BatchMock, submit: Any, batch: Any, listener: Listener
) -> None:
    mock.events.subscribe(listener, FAILED)
    job_id = submit()
    mock.advance("1s")
    batch.cancel_job(jobId=job_id, reason="no")
    assert listener.statuses == ["FAILED"]


def test_a_program_that_polls_drives_the_handlers(listener: Listener) -> None:
    with mock_batch() as mock:
        mock.defaults()
        mock.events.subscribe(listener)
        client = boto3.client("batch")
        job_id = client.submit_job(jobName="job", jobQueue="default", jobDefinition="default")["jobId"]
        while client.describe_jobs(jobs=[job_id])["jobs"][0]["status"] != "SUCCEEDED":
            pass
    assert listener.statuses == ["RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"]


def test_a_handler_is_told_before_the_callable_of_the_job_runs(
    mock: BatchMock, submit: Any, listener: Listener
) -> None:
    known = []
    mock.on("job").runs(lambda job: known.extend(listener.statuses))
    mock.events.subscribe(listener)
    submit()
    mock.run_until_idle()
    assert known == ["RUNNABLE", "STARTING", "RUNNING"]
    assert listener.statuses[-1] == "SUCCEEDED"


def test_the_context_has_what_handlers_ask_of_lambdas(mock: BatchMock, submit: Any) -> None:
    contexts = []

    def my_handler(event: dict[str, Any], context: Any) -> None:
        contexts.append((context.function_name, context.aws_request_id == event["id"]))
        assert context.get_remaining_time_in_millis() > 0

    mock.events.subscribe(my_handler, FAILED)
    mock.on("job").fails()
    submit()
    mock.run_until_idle()
    assert contexts == [("my_handler", True)]


def test_each_handler_gets_an_event_of_its_own(mock: BatchMock, submit: Any, listener: Listener) -> None:
    mock.events.subscribe(lambda event, context: event.clear())
    mock.events.subscribe(listener)
    submit()
    mock.run_until_idle()
    assert listener.events == list(mock.events)


def test_a_stopped_subscription_hears_no_more(mock: BatchMock, submit: Any, listener: Listener) -> None:
    subscription = mock.events.subscribe(listener)
    submit()
    mock.run_until(lambda: mock.jobs.one().status == "STARTING")
    subscription.stop()
    subscription.stop()
    mock.run_until_idle()
    assert listener.statuses == ["RUNNABLE", "STARTING"]


def test_reset_ends_all_subscriptions(mock: BatchMock, submit: Any, listener: Listener) -> None:
    mock.events.subscribe(listener)
    mock.reset()
    mock.defaults()
    submit()
    mock.run_until_idle()
    assert listener.events == []
    assert len(mock.events) == 4


def test_the_exception_of_a_handler_goes_up_to_who_moves_the_clock(
    mock: BatchMock, submit: Any, batch: Any
) -> None:
    def broken(event: dict[str, Any], context: Any) -> None:
        raise KeyError("in the handler")

    mock.events.subscribe(broken, FAILED)
    mock.on("job").fails()
    job_id = submit()
    with pytest.raises(KeyError, match="in the handler"):
        mock.run_until_idle()
    assert batch.describe_jobs(jobs=[job_id])["jobs"][0]["status"] == "FAILED"


async def coroutine(event: Any, context: Any) -> None:
    """No handler."""


@pytest.mark.parametrize("handler", ["no function", None, coroutine])
def test_a_handler_must_be_a_plain_function(mock: BatchMock, handler: Any) -> None:
    with pytest.raises(MockUsageError, match="plain function"):
        mock.events.subscribe(handler)


def test_a_pattern_that_is_none_is_refused_at_once(mock: BatchMock, listener: Listener) -> None:
    with pytest.raises(MockUsageError, match="source"):
        mock.events.subscribe(listener, {"source": "aws.batch"})


def test_events_happen_the_same_whether_somebody_listens_or_not(listener: Listener) -> None:
    def run(listens: bool) -> list[Any]:
        with mock_batch(start="2030-01-01", seed=3, clock="manual") as mock:
            mock.defaults()
            if listens:
                mock.events.subscribe(listener)
            client = boto3.client("batch")
            client.submit_job(
                jobName="job",
                jobQueue="default",
                jobDefinition="default",
                arrayProperties={"size": 3},
            )
            mock.run_until_idle()
            return list(mock.events)

    assert run(True) == run(False) == listener.events


class TestDelivery:
    """At least once, in no certain order (user guide, cloudwatch_event_stream)."""

    def deliver(self, mock: BatchMock, submit: Any, listener: Listener, **how: float) -> None:
        mock.events.subscribe(listener)
        mock.events.delivery(**how)
        for n in range(5):
            submit(f"job-{n}")
        mock.run_until_idle()

    def test_duplicates_come_with_the_same_id(
        self, mock: BatchMock, submit: Any, listener: Listener
    ) -> None:
        self.deliver(mock, submit, listener, duplicate=0.5)
        ids = [event["id"] for event in listener.events]
        assert len(mock.events) == 20
        assert len(set(ids)) == 20
        assert 20 < len(ids) < 40
        assert [event for event in mock.events if ids.count(event["id"]) > 2] == []

    def test_every_event_can_come_twice(self, mock: BatchMock, submit: Any, listener: Listener) -> None:
        self.deliver(mock, submit, listener, duplicate=1)
        ids = [event["id"] for event in listener.events]
        assert sorted(ids) == sorted([event["id"] for event in mock.events] * 2)

    def test_reordered_events_all_arrive(self, mock: BatchMock, submit: Any, listener: Listener) -> None:
        self.deliver(mock, submit, listener, reorder=0.5)
        happened = [event["id"] for event in mock.events]
        arrived = [event["id"] for event in listener.events]
        assert arrived != happened
        assert sorted(arrived) == sorted(happened)

    def test_a_late_event_tells_how_the_job_was(
        self, mock: BatchMock, submit: Any, listener: Listener
    ) -> None:
        self.deliver(mock, submit, listener, reorder=1)
        by_id = {event["id"]: event for event in mock.events}
        assert all(event == by_id[event["id"]] for event in listener.events)

    def test_the_same_seed_delivers_the_same(self, listener: Listener) -> None:
        def run() -> list[str]:
            heard = Listener()
            with mock_batch(start="2030-01-01", seed=3, clock="manual") as mock:
                mock.defaults()
                client = boto3.client("batch")

                def submit(name: str) -> None:
                    client.submit_job(jobName=name, jobQueue="default", jobDefinition="default")

                self.deliver(mock, submit, heard, duplicate=0.3, reorder=0.3)
            return [event["id"] for event in heard.events]

        assert run() == run()

    @pytest.mark.parametrize("share", [-0.1, 1.1, "half", True])
    def test_a_share_is_between_none_and_all(self, mock: BatchMock, share: Any) -> None:
        with pytest.raises(MockUsageError, match="share from 0 to 1"):
            mock.events.delivery(duplicate=share)
