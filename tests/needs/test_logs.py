"""Output of jobs, read through CloudWatch Logs while they run and afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from behaviour.conftest import Driver

pytestmark = pytest.mark.batchmock(clock="manual", start="2026-03-01T12:00:00+00:00")

GROUP = "/aws/batch/job"
LINES = [f"line {number}" for number in range(25)]


def stream_of(ec2: Driver, job: str) -> str:
    """The stream that DescribeJobs shows."""
    name: str = ec2.describe(job)["container"]["logStreamName"]
    return name


def pages(logs: Any, stream: str, **members: Any) -> Iterator[list[str]]:
    """The messages of one page after another, until the token is the one that was sent."""
    token: dict[str, str] = {}
    while True:
        answer = logs.get_log_events(
            logGroupName=GROUP, logStreamName=stream, startFromHead=True, **token, **members
        )
        yield [event["message"] for event in answer["events"]]
        if token.get("nextToken") == answer["nextForwardToken"]:
            return
        token = {"nextToken": answer["nextForwardToken"]}


def test_a_stream_is_read_page_by_page_until_the_token_repeats(ec2: Driver, logs: Any) -> None:
    ec2.mock.on("job").succeeds(log=LINES)
    job = ec2.submit()
    ec2.finish(job)
    read = list(pages(logs, stream_of(ec2, job), limit=10))
    assert [len(page) for page in read] == [10, 10, 5, 0]
    assert [line for page in read for line in page] == LINES


def test_a_stream_is_followed_line_by_line_from_before_its_first_to_after_its_last(
    ec2: Driver, logs: Any
) -> None:
    ec2.mock.on("job").succeeds(after="5m", log=[("1m", "one"), ("3m", "two")])
    job = ec2.submit()
    ec2.reach(job, "RUNNING")
    stream, read, token = stream_of(ec2, job), [], {}
    while True:
        ended = ec2.status(job) == "SUCCEEDED"
        answer = logs.get_log_events(
            logGroupName=GROUP, logStreamName=stream, startFromHead=True, **token
        )
        read.append([event["message"] for event in answer["events"]])
        if ended and token.get("nextToken") == answer["nextForwardToken"]:
            break
        token = {"nextToken": answer["nextForwardToken"]}
        ec2.mock.advance("2m")
    assert read[:3] == [[], ["one"], ["two"]]
    assert not any(read[3:])


def test_events_are_filtered_by_stream_in_pages(ec2: Driver, logs: Any) -> None:
    ec2.mock.on("one").succeeds(log=LINES)
    ec2.mock.on("other").succeeds(log="other")
    jobs = [ec2.submit(name) for name in ("one", "other")]
    ec2.mock.run_until_idle()
    found = [
        event["message"]
        for page in logs.get_paginator("filter_log_events").paginate(
            logGroupName=GROUP,
            logStreamNames=[stream_of(ec2, jobs[0])],
            PaginationConfig={"PageSize": 10},
        )
        for event in page["events"]
    ]
    assert found == LINES


def test_streams_are_found_by_the_prefix_of_their_definition(ec2: Driver, logs: Any) -> None:
    ec2.register("other")
    jobs = [ec2.submit(), ec2.submit(jobDefinition="other")]
    ec2.mock.run_until_idle()
    for job, prefix in zip(jobs, ("default/", "other/"), strict=True):
        found = logs.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix=prefix)["logStreams"]
        assert [stream["logStreamName"] for stream in found] == [stream_of(ec2, job)]


def test_a_stream_is_there_without_a_line_as_soon_as_its_job_runs(ec2: Driver, logs: Any) -> None:
    job = ec2.submit()
    ec2.reach(job, "RUNNING")
    assert list(pages(logs, stream_of(ec2, job))) == [[], []]
    assert logs.filter_log_events(logGroupName=GROUP)["events"] == []
    (stream,) = logs.describe_log_streams(logGroupName=GROUP)["logStreams"]
    assert "firstEventTimestamp" not in stream
