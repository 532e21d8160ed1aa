"""GetLogEvents, FilterLogEvents, DescribeLogStreams and DescribeLogGroups, through boto3."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from pytest_batchmock import BatchMock, succeeds
from pytest_batchmock.errors import NotModelledError, StalledError

GROUP = "/aws/batch/job"
START_MS = 1_893_456_000_000


@pytest.fixture
def five(mock: BatchMock, run: Any, stream_of: Any) -> str:
    """The stream of a job that wrote five lines, ten seconds apart."""
    mock.on("job").succeeds(log=[(10 * n, f"line {n}") for n in range(5)], after="2m")
    stream: str = stream_of(run())
    return stream


def get(logs: Any, stream: str, **members: Any) -> dict[str, Any]:
    answer: dict[str, Any] = logs.get_log_events(logGroupName=GROUP, logStreamName=stream, **members)
    return answer


def messages(answer: dict[str, Any]) -> list[str]:
    return [event["message"] for event in answer["events"]]


class TestGetLogEvents:
    def test_it_ends_with_the_newest_lines_unless_asked_for_the_head(self, logs: Any, five: str) -> None:
        assert messages(get(logs, five, limit=2)) == ["line 3", "line 4"]
        assert messages(get(logs, five, limit=2, startFromHead=True)) == ["line 0", "line 1"]

    def test_forward_tokens_turn_the_pages_until_the_token_repeats(self, logs: Any, five: str) -> None:
        pages, token, before = [], {}, None
        while True:
            answer = get(logs, five, limit=2, startFromHead=True, **token)
            if answer["nextForwardToken"] == before:
                break
            pages.append(messages(answer))
            before = answer["nextForwardToken"]
            token = {"nextToken": before}
        assert pages == [["line 0", "line 1"], ["line 2", "line 3"], ["line 4"]]

    def test_backward_tokens_turn_them_back(self, logs: Any, five: str) -> None:
        last = get(logs, five, limit=2)
        previous = get(logs, five, limit=2, nextToken=last["nextBackwardToken"])
        assert messages(previous) == ["line 1", "line 2"]
        first = get(logs, five, limit=2, nextToken=previous["nextBackwardToken"])
        assert messages(first) == ["line 0"]
        none = get(logs, five, limit=2, nextToken=first["nextBackwardToken"])
        assert messages(none) == []
        assert none["nextBackwardToken"] == first["nextBackwardToken"]

    def test_a_token_of_the_end_gives_what_was_written_since(
        self, mock: BatchMock, logs: Any, run: Any, stream_of: Any
    ) -> None:
        mock.on("job").succeeds(log=["first", ("1m", "second")], after="5m")
        stream = stream_of(run(seconds=0))
        answer = get(logs, stream, startFromHead=True)
        assert messages(answer) == ["first"]
        mock.advance("1m")
        assert messages(get(logs, stream, nextToken=answer["nextForwardToken"])) == ["second"]

    def test_the_end_of_a_time_range_is_not_in_it(self, logs: Any, five: str) -> None:
        times = [event["timestamp"] for event in get(logs, five)["events"]]
        answer = get(logs, five, startTime=times[1], endTime=times[3], startFromHead=True)
        assert messages(answer) == ["line 1", "line 2"]

    def test_events_have_the_virtual_time(self, logs: Any, five: str) -> None:
        events = get(logs, five)["events"]
        assert all(event["ingestionTime"] == event["timestamp"] for event in events)
        assert [b["timestamp"] - a["timestamp"] for a, b in pairwise(events)] == [10_000] * 4
        assert START_MS < events[0]["timestamp"] < START_MS + 60_000

    def test_a_group_can_be_named_by_its_arn(self, logs: Any, five: str) -> None:
        arn = f"arn:aws:logs:us-east-1:123456789012:log-group:{GROUP}"
        answer = logs.get_log_events(logGroupIdentifier=arn, logStreamName=five)
        assert len(answer["events"]) == 5

    def test_an_unknown_stream_is_not_found(self, logs: Any, five: str) -> None:
        with pytest.raises(logs.exceptions.ResourceNotFoundException) as caught:
            get(logs, "default/default/0")
        error = caught.value.response["Error"]
        assert error["Message"] == "The specified log stream does not exist."
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400

    def test_before_the_first_job_ran_there_is_no_group(self, logs: Any) -> None:
        """The group is created on first use."""
        with pytest.raises(ClientError, match="The specified log group does not exist"):
            get(logs, "default/default/0")

    @pytest.mark.parametrize("token", ["f/1", "next", "b/x/s"])
    def test_a_token_of_nobody_is_refused(self, logs: Any, five: str, token: str) -> None:
        with pytest.raises(logs.exceptions.InvalidParameterException, match="nextToken is invalid"):
            get(logs, five, nextToken=token)

    def test_a_limit_of_more_than_ten_thousand_is_refused(self, logs: Any, five: str) -> None:
        with pytest.raises(ClientError, match="less than or equal to 10000"):
            get(logs, five, limit=10_001)


class TestFilterLogEvents:
    @pytest.fixture(autouse=True)
    def _jobs(self, mock: BatchMock, run: Any) -> None:
        mock.on("a").succeeds(log=["ERROR in a", ("20s", "all fine")])
        mock.on("b").succeeds(log=[("10s", 'WARN: "disk" is full'), ("15s", "error in lower case")])
        run("a", seconds=0)
        run("b")

    @staticmethod
    def found(logs: Any, pattern: str, **members: Any) -> list[str]:
        return messages(logs.filter_log_events(logGroupName=GROUP, filterPattern=pattern, **members))

    def test_all_streams_are_searched_in_the_order_of_time(self, logs: Any, mock: BatchMock) -> None:
        events = logs.filter_log_events(logGroupName=GROUP)["events"]
        assert len(events) == 4
        assert [event["timestamp"] for event in events] == sorted(e["timestamp"] for e in events)
        assert len({event["eventId"] for event in events}) == 4
        assert {event["logStreamName"] for event in events} == {it.name for it in mock.logs.streams()}

    @pytest.mark.parametrize(
        ("pattern", "expected"),
        [
            ("", 4),
            ("ERROR", 1),
            ("error", 1),
            ("in", 3),
            ("in ERROR", 1),
            ("?ERROR ?WARN", 2),
            ("in -ERROR", 2),
            ('"in a"', 1),
            ('"\\"disk\\" is"', 1),
            ('-"all fine"', 3),
            ("nothing", 0),
        ],
    )
    def test_plain_terms_select_messages(self, logs: Any, pattern: str, expected: int) -> None:
        assert len(self.found(logs, pattern)) == expected

    @pytest.mark.parametrize("pattern", ["{ $.level = 1 }", "[a, b]", "%ERR.*%", "?a b", "?a -b"])
    def test_other_patterns_are_not_modelled(self, logs: Any, pattern: str) -> None:
        with pytest.raises(NotModelledError, match="FilterLogEvents"):
            self.found(logs, pattern)

    def test_special_characters_need_quotes(self, logs: Any) -> None:
        with pytest.raises(logs.exceptions.InvalidParameterException, match=r"in term 'a\.b'"):
            self.found(logs, "a.b")
        assert self.found(logs, '"a.b"') == []

    def test_streams_are_chosen_by_name_or_prefix(self, logs: Any, mock: BatchMock) -> None:
        first, second = (stream.name for stream in mock.logs.streams())
        assert len(self.found(logs, "", logStreamNames=[first])) == 2
        assert len(self.found(logs, "", logStreamNames=[first, second])) == 4
        assert len(self.found(logs, "", logStreamNamePrefix="default/")) == 4
        assert self.found(logs, "", logStreamNamePrefix="other/") == []

    def test_names_and_prefix_exclude_each_other(self, logs: Any) -> None:
        with pytest.raises(logs.exceptions.InvalidParameterException, match="mutually exclusive"):
            self.found(logs, "", logStreamNames=["a"], logStreamNamePrefix="b")

    def test_an_unknown_stream_is_not_found(self, logs: Any) -> None:
        with pytest.raises(logs.exceptions.ResourceNotFoundException):
            self.found(logs, "", logStreamNames=["nobody"])

    def test_both_ends_of_a_time_range_are_in_it(self, logs: Any) -> None:
        times = [e["timestamp"] for e in logs.filter_log_events(logGroupName=GROUP)["events"]]
        assert len(self.found(logs, "", startTime=times[0], endTime=times[1])) == 2

    def test_the_paginator_gives_all_pages(self, logs: Any) -> None:
        paginator = logs.get_paginator("filter_log_events")
        pages = list(paginator.paginate(logGroupName=GROUP, PaginationConfig={"PageSize": 3}))
        assert [len(page["events"]) for page in pages] == [3, 1]


class TestDescriptions:
    def test_streams_are_listed_by_prefix_and_name(self, mock: BatchMock, logs: Any, run: Any) -> None:
        mock.defaults(name="other")
        run("a")
        run("b", jobDefinition="other")
        run("c", jobDefinition="other")
        all_streams = logs.describe_log_streams(logGroupName=GROUP)["logStreams"]
        names = [stream["logStreamName"] for stream in all_streams]
        assert names == sorted(names)
        assert len(names) == 3
        found = logs.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix="other/default/")
        assert len(found["logStreams"]) == 2
        backwards = logs.describe_log_streams(logGroupName=GROUP, descending=True)["logStreams"]
        assert backwards == all_streams[::-1]

    def test_streams_are_listed_by_their_last_event(self, mock: BatchMock, logs: Any, run: Any) -> None:
        mock.on("early").succeeds(log="x")
        mock.on("late").succeeds(log=[("30m", "y")], after="40m")
        late, early = run("late", seconds=0), run("early")
        mock.run_until_idle()
        (first, second) = logs.describe_log_streams(
            logGroupName=GROUP, orderBy="LastEventTime", descending=True
        )["logStreams"]
        by_name = {stream.name: stream.job_id for stream in mock.logs.streams()}
        assert by_name[first["logStreamName"]] == late
        assert by_name[second["logStreamName"]] == early
        assert first["lastEventTimestamp"] - first["creationTime"] == 30 * 60_000
        assert first["arn"].endswith(f":log-group:{GROUP}:log-stream:{first['logStreamName']}")

    def test_the_last_event_and_a_prefix_exclude_each_other(self, logs: Any, run: Any) -> None:
        run()
        with pytest.raises(logs.exceptions.InvalidParameterException, match="Cannot order by"):
            logs.describe_log_streams(
                logGroupName=GROUP, orderBy="LastEventTime", logStreamNamePrefix="x"
            )

    def test_an_unknown_order_is_refused(self, logs: Any, run: Any) -> None:
        run()
        with pytest.raises(ClientError, match="enum value set"):
            logs.describe_log_streams(logGroupName=GROUP, orderBy="Size")

    def test_streams_come_in_pages(self, mock: BatchMock, logs: Any, run: Any) -> None:
        for name in "abc":
            run(name, seconds=0)
        paginator = logs.get_paginator("describe_log_streams")
        pages = paginator.paginate(logGroupName=GROUP, PaginationConfig={"PageSize": 2})
        assert [len(page["logStreams"]) for page in pages] == [2, 1]

    def test_the_group_is_described_once_a_job_has_run(self, logs: Any, run: Any) -> None:
        assert logs.describe_log_groups(logGroupNamePrefix="/aws/batch")["logGroups"] == []
        run()
        for narrowing in (
            {},
            {"logGroupNamePrefix": "/aws/batch"},
            {"logGroupNamePattern": "Batch"},
            {"logGroupIdentifiers": [GROUP]},
        ):
            (group,) = logs.describe_log_groups(**narrowing)["logGroups"]
            assert group["logGroupName"] == GROUP
        assert group["arn"] == f"arn:aws:logs:us-east-1:123456789012:log-group:{GROUP}:*"
        assert START_MS < group["creationTime"] < START_MS + 60_000

    def test_accounts_and_regions_have_groups_of_their_own(self, logs: Any, run: Any) -> None:
        run()
        elsewhere = boto3.client("logs", region_name="eu-west-1")
        assert elsewhere.describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"] == []
        assert len(logs.describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"]) == 1


class TestPolling:
    """Reading logs is a question to the autojump clock, as a read of Batch is."""

    @pytest.fixture
    def mock(self) -> Any:
        with BatchMock(start="2030-01-01", seed=7) as mock:
            mock.defaults()
            yield mock

    def follow(self, batch: Any, logs: Any, job_id: str) -> list[str]:
        """What a tool does that follows the log while the job runs."""
        seen, token, status = [], {}, ""
        while True:
            (job,) = batch.describe_jobs(jobs=[job_id])["jobs"]
            stream = job["container"].get("logStreamName")
            if stream is not None:
                answer = get(logs, stream, startFromHead=True, **token)
                token = {"nextToken": answer["nextForwardToken"]}
                seen += messages(answer)
                if status in ("SUCCEEDED", "FAILED") and not answer["events"]:
                    return seen
            status = job["status"]

    def test_following_a_log_ends_with_the_job(self, mock: BatchMock, batch: Any, logs: Any) -> None:
        mock.on("job").succeeds(log=["a", ("10s", "b"), ("50s", "c")], after="1m")
        job_id = batch.submit_job(jobName="job", jobQueue="default", jobDefinition="default")["jobId"]
        assert self.follow(batch, logs, job_id) == ["a", "b", "c"]

    def test_a_loop_that_only_tails_sees_line_after_line(
        self, mock: BatchMock, batch: Any, logs: Any
    ) -> None:
        mock.on("job").succeeds(log=["a", ("10s", "b"), ("50s", "c")], after="1m")
        batch.submit_job(jobName="job", jobQueue="default", jobDefinition="default")
        mock.run_until(lambda: mock.jobs.one().status == "RUNNING")
        (stream,) = mock.logs.streams()
        seen = []
        while len(messages(answer := get(logs, stream.name))) < 3:
            seen.append(len(answer["events"]))
        assert sorted(set(seen)) == [1, 2]

    def test_a_loop_waits_for_a_line_of_a_job_that_never_ends(
        self, mock: BatchMock, batch: Any, logs: Any
    ) -> None:
        mock.on("job").hangs(log=[("90s", "ready to serve")])
        batch.submit_job(jobName="job", jobQueue="default", jobDefinition="default")
        mock.run_until(lambda: mock.jobs.one().status == "RUNNING")
        polls = 0
        while not logs.filter_log_events(logGroupName=GROUP, filterPattern="ready")["events"]:
            polls += 1
        assert polls < 5
        assert mock.jobs.one().status == "RUNNING"

    def test_a_loop_waits_for_the_stream_to_appear(self, mock: BatchMock, batch: Any, logs: Any) -> None:
        mock.on("job").attempts(succeeds(log="there"))
        batch.submit_job(jobName="job", jobQueue="default", jobDefinition="default")
        streams: list[Any] = []
        while not streams:
            try:
                streams = logs.describe_log_streams(logGroupName=GROUP)["logStreams"]
            except logs.exceptions.ResourceNotFoundException:
                continue
        assert mock.jobs.one().status == "RUNNING"

    def test_a_loop_that_waits_for_ever_is_told_so(self, mock: BatchMock, batch: Any, logs: Any) -> None:
        mock.on("job").hangs(log="only this")
        batch.submit_job(jobName="job", jobQueue="default", jobDefinition="default")
        mock.run_until(lambda: mock.jobs.one().status == "RUNNING")

        def wait_for_ever() -> None:
            while not logs.filter_log_events(logGroupName=GROUP, filterPattern="ready")["events"]:
                pass

        with pytest.raises(StalledError, match="the same FilterLogEvents was asked"):
            wait_for_ever()
