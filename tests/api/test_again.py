"""Questions that are told apart by the bytes of their requests, and answered without a second look."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pytest_batchmock import BatchMock, StalledError, mock_batch
from pytest_batchmock.api.again import plain_ids
from pytest_batchmock.engine import questions
from pytest_batchmock.engine.questions import Question, Questions

ID = "20ea356d-d75a-40ee-9af5-4b551343a814"
ARN = f"arn:aws:batch:us-east-1:123456789012:job/{ID}"


@given(
    st.lists(st.text() | st.sampled_from([ID, ARN, f"{ID}:7", '", "', '"]}', "\\", "ü"]), max_size=102)
)
@example([ID] * 100)
@example([ID] * 101)
def test_ids_that_are_read_from_the_bytes_are_those_that_the_request_names(ids: list[str]) -> None:
    read = plain_ids(json.dumps({"jobs": ids}).encode())
    assert read is None or (read == tuple(dict.fromkeys(ids)) and len(ids) <= 100)


@pytest.mark.parametrize("ids", [[ID], [ARN], [f"{ID}:7", f"{ID}#1"], [ID, ARN, ID]])
def test_usual_ids_are_read_from_the_bytes(ids: list[str]) -> None:
    assert plain_ids(json.dumps({"jobs": ids}).encode()) == tuple(dict.fromkeys(ids))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"jobs": []}',
        b'{"jobs": [1, "a"]}',
        b'{"jobs": ["a"], "more": ["b"]}',
        b'{"jobs": ["a","b"]}',
        b'{"jobs": ["a", "b", 3, "c"]}',
    ],
)
def test_what_names_ids_otherwise_is_looked_at_as_a_whole(body: bytes) -> None:
    assert plain_ids(body) is None


def test_a_question_is_counted_anew_in_every_state_of_the_world() -> None:
    question = Question("DescribeJobs", b"")
    assert [question.repeats_in(state) for state in (0, 0, 0, 1, 1, 0)] == [1, 2, 3, 1, 2, 1]


def test_of_many_questions_those_are_forgotten_that_would_begin_anew_anyway(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(questions, "_MANY", 3)
    asked, now = Questions(), object()

    def ask(name: str, instant: object, state: int) -> None:
        question = Question("", name)
        question.instant = instant
        question.repeats_in(state)
        asked.add(("", "", "", name), question, now, 7)

    ask("void", object(), 6)
    ask("of this instant", now, 6)
    ask("of this state", object(), 7)
    ask("too", now, 7)
    assert [key[3] for key in asked.known] == ["of this instant", "of this state", "too"]


def test_without_instants_a_question_counts_in_its_state_alone() -> None:
    question = Question("", "")
    question.repeats_in(1)
    assert question.counts_in(None, 1)
    assert not question.counts_in(None, 2)


class TestMoreJobsThanQuestionsAreKept:
    @pytest.fixture(autouse=True)
    def few(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(questions, "_MANY", 3)

    @staticmethod
    def submit(batch: BatchMock, count: int) -> list[str]:
        batch.defaults()
        request: dict[str, Any] = {"jobQueue": "default", "jobDefinition": "default"}
        client = boto3.client("batch", "us-east-1")
        return [client.submit_job(jobName=f"n{i}", **request)["jobId"] for i in range(count)]

    def test_time_passes_for_a_program_that_polls_them_one_by_one(self) -> None:
        with mock_batch() as batch:
            client = boto3.client("batch", "us-east-1")
            waiting = self.submit(batch, 10)
            for _ in range(100):
                waiting = [
                    job
                    for job in waiting
                    if client.describe_jobs(jobs=[job])["jobs"][0]["status"] != "SUCCEEDED"
                ]
            assert not waiting

    def test_going_round_in_them_without_an_end_is_noticed(self) -> None:
        with mock_batch(clock="manual", stall_after=2) as batch:
            client = boto3.client("batch", "us-east-1")
            jobs = self.submit(batch, 10)
            for _ in range(200):
                for job in jobs:
                    client.describe_jobs(jobs=[job])
            with pytest.raises(StalledError, match="asked 201 times"):
                client.describe_jobs(jobs=jobs[:1])
            asked = [call for call in batch.calls if call.operation == "DescribeJobs"]
            assert len(asked) == 2001  # the last one too

    def test_it_is_noticed_though_time_passes_between_the_questions(self) -> None:
        with mock_batch(stall_after=3) as batch:
            client = boto3.client("batch", "us-east-1")
            batch.on("n*").hangs()
            jobs = self.submit(batch, 10)
            batch.advance("10m")
            with pytest.raises(StalledError, match="asked 4 times"):
                self.go_round(batch, client, jobs, times=5)
            asked = [call for call in batch.calls if call.operation == "DescribeJobs"]
            assert len(asked) == 3 * 10 + 1

    @staticmethod
    def go_round(batch: BatchMock, client: Any, jobs: list[str], times: int) -> None:
        for _ in range(times):
            for job in jobs:
                client.describe_jobs(jobs=[job])
                batch.advance("1s")

    def test_what_was_asked_at_this_instant_stays_known_when_others_come(self) -> None:
        with mock_batch() as batch:
            client = boto3.client("batch", "us-east-1")
            first, *others = self.submit(batch, 10)

            def status() -> str:
                found: str = client.describe_jobs(jobs=[first])["jobs"][0]["status"]
                return found

            seen = [status()]
            for other in others:
                client.describe_jobs(jobs=[other])
                seen.append(status())
            assert seen[:5] == ["SUBMITTED", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"]
