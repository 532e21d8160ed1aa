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


def test_many_questions_are_forgotten_when_nobody_can_go_round_in_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(questions, "_MANY", 3)
    known = Questions()

    def ask(name: str, era: int) -> None:
        known.add(("", "", "", name), Question("", name), era)

    for name in "abcde":
        ask(name, era=1)
    assert len(known.known) == 5
    ask("f", era=2)
    assert [key[3] for key in known.known] == ["f"]


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
