"""Log groups that are not ours: they pass through, to moto or the network."""

from __future__ import annotations

import socket
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from moto import mock_aws

from pytest_batchmock import BatchMock

GROUP = "/aws/batch/job"


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every connection is refused at once, so that what passes through shows."""

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise socket.gaierror("no network in this test")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def through(no_network: None, mock: BatchMock) -> Any:
    from botocore.config import Config

    return boto3.client(
        "logs",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )


def test_without_moto_other_groups_go_to_the_network(through: Any, run: Any) -> None:
    run()
    with pytest.raises(EndpointConnectionError):
        through.get_log_events(logGroupName="/somebody/else", logStreamName="x")
    with pytest.raises(EndpointConnectionError):
        through.describe_log_groups(logGroupNamePrefix="/somebody/else")
    with pytest.raises(EndpointConnectionError):
        through.put_retention_policy(logGroupName=GROUP, retentionInDays=7)


def test_a_group_that_a_definition_names_is_ours_before_the_first_job(through: Any, batch: Any) -> None:
    """A loop that starts to follow early is told that the stream is not there yet."""
    batch.register_job_definition(
        jobDefinitionName="own",
        type="container",
        containerProperties={
            "image": "busybox",
            "resourceRequirements": [
                {"type": "VCPU", "value": "1"},
                {"type": "MEMORY", "value": "2048"},
            ],
            "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/my/app"}},
        },
    )
    with pytest.raises(through.exceptions.ResourceNotFoundException, match="log stream does not"):
        through.get_log_events(logGroupName="/my/app", logStreamName="x")
    assert through.describe_log_streams(logGroupName="/my/app")["logStreams"] == []


@pytest.mark.parametrize("first", ["moto", "batchmock"])
def test_moto_keeps_its_groups_and_we_have_ours(first: str) -> None:
    managers = [mock_aws(), BatchMock(clock="manual")]
    if first == "batchmock":
        managers.reverse()
    with managers[0], managers[1]:
        mock = BatchMock.current()
        mock.defaults()
        mock.on("job").succeeds(log="ours")
        logs, batch = boto3.client("logs"), boto3.client("batch")
        logs.create_log_group(logGroupName="/theirs")
        logs.create_log_stream(logGroupName="/theirs", logStreamName="s")
        batch.submit_job(jobName="job", jobQueue="default", jobDefinition="default")
        mock.run_until_idle()
        ours = logs.filter_log_events(logGroupName=GROUP)["events"]
        assert [event["message"] for event in ours] == ["ours"]
        assert logs.get_log_events(logGroupName="/theirs", logStreamName="s")["events"] == []

        def names(**narrowing: Any) -> list[str]:
            groups = logs.describe_log_groups(**narrowing)["logGroups"]
            return [group["logGroupName"] for group in groups]

        assert names(logGroupNamePrefix="/aws/batch") == [GROUP]
        assert names(logGroupNamePrefix="/theirs") == ["/theirs"]
        assert names() == ["/theirs"], "all groups are moto's, as ours are not in its list"


def test_clients_older_than_the_mock_read_logs_too(monkeypatch: pytest.MonkeyPatch) -> None:
    from botocore.session import Session

    from pytest_batchmock.transports import botocore_hook

    botocore_hook.uninstall()
    try:
        client = Session().create_client("logs", region_name="us-east-1")
    finally:
        botocore_hook.install()
    with BatchMock(clock="manual") as mock:
        mock.defaults()
        mock.on("job").succeeds(log="old")
        mock.call("SubmitJob", {"jobName": "job", "jobQueue": "default", "jobDefinition": "default"})
        mock.run_until_idle()
        events = client.filter_log_events(logGroupName=GROUP)["events"]
    assert [event["message"] for event in events] == ["old"]


def test_sleeps_of_a_loop_that_follows_a_log_are_virtual(run: Any, logs: Any, mock: BatchMock) -> None:
    import time

    mock.on("job").hangs(log=[("1h", "at last")])
    run(seconds=0)
    began = mock.now
    while not logs.filter_log_events(logGroupName=GROUP)["events"]:
        time.sleep(600)
    assert (mock.now - began).total_seconds() == 3600


def test_reading_logs_is_no_call_of_batch(run: Any, logs: Any, mock: BatchMock) -> None:
    run()
    before = len(mock.calls)
    logs.filter_log_events(logGroupName=GROUP)
    assert len(mock.calls) == before
