"""A detail of a job is made from what jobs submitted alike have in common, and each is a fresh one."""

from __future__ import annotations

from typing import Any
from unittest import mock

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_batchmock import mock_batch
from pytest_batchmock.api.views.job import job_detail
from pytest_batchmock.domain.job import Job
from pytest_batchmock.mock import BatchMock

SUBMIT = {"jobQueue": "default", "jobDefinition": "default"}

submits = st.fixed_dictionaries(
    {"jobName": st.sampled_from(["short", "flaky", "broken", "long"])},
    optional={
        "arrayProperties": st.just({"size": 3}),
        "tags": st.just({"team": "a"}),
        "retryStrategy": st.just({"attempts": 3}),
        "timeout": st.just({"attemptDurationSeconds": 90}),
    },
)
which = st.integers(0, 40)
steps = st.one_of(
    st.tuples(st.just("submit"), submits),
    st.tuples(st.just("submit_after"), which),
    st.tuples(st.just("switch_environment"), st.sampled_from(["ENABLED", "DISABLED"])),
    st.tuples(st.just("step"), st.none()),
    st.tuples(st.just("advance"), st.sampled_from([1, 7, 30, 300])),
    st.tuples(st.sampled_from(["cancel", "terminate", "tag", "untag"]), which),
)


class Program:
    """A program that does something to jobs, and looks at all their details after every step."""

    def __init__(self, batch: BatchMock) -> None:
        self.batch = batch
        batch.defaults(max_vcpus=2)  # two at a time: the others wait, for a reason that is shown
        batch.on("flaky").fails(exit_code=1, after="5s")
        batch.on("flaky", attempt=2).succeeds(after="5s")
        batch.on("broken").fails(exit_code=1, after="20s")
        batch.on("long").succeeds(after="1h")
        self.submit({"jobName": "short"})

    @property
    def jobs(self) -> list[Job]:
        """Every job, with the children of arrays."""
        top = self.batch._world.jobs()
        return [job for parent in top for job in (parent, *(parent.children or ()))]

    def submit(self, members: dict[str, Any]) -> None:
        self.batch.call("SubmitJob", {**SUBMIT, **members})

    def submit_after(self, number: int) -> None:
        self.submit({"jobName": "short", "dependsOn": [{"jobId": self.job(number).id}]})

    def advance(self, seconds: int) -> None:
        self.batch.advance(seconds)

    def step(self, _: None) -> None:
        self.batch.step()

    def switch_environment(self, state: str) -> None:
        params = {"computeEnvironment": "default", "state": state}
        self.batch.call("UpdateComputeEnvironment", params)

    def cancel(self, number: int) -> None:
        self.batch.call("CancelJob", {"jobId": self.job(number).id, "reason": "no more"})

    def terminate(self, number: int) -> None:
        self.batch.call("TerminateJob", {"jobId": self.job(number).id, "reason": "enough"})

    def tag(self, number: int) -> None:
        self.batch.call(
            "TagResource", {"resourceArn": self.parent(number).arn, "tags": {"a": str(number)}}
        )

    def untag(self, number: int) -> None:
        self.batch.call(
            "UntagResource", {"resourceArn": self.parent(number).arn, "tagKeys": ["a", "team"]}
        )

    def job(self, number: int) -> Job:
        return self.jobs[number % len(self.jobs)]

    def parent(self, number: int) -> Job:
        job = self.job(number)
        return job.parent or job

    def compare(self) -> None:
        for job in self.jobs:
            detail = job_detail(job, 0)
            shared, job.spec.static = job.spec.static, None
            anew = job_detail(job, 0)
            job.spec.static = shared
            assert detail == anew
            spoil(detail)
            assert job_detail(job, 0) == anew


def spoil(value: Any) -> None:
    """Change every list and object in it."""
    inner = list(value.values() if isinstance(value, dict) else value)
    for entry in inner:
        if isinstance(entry, dict | list):
            spoil(entry)
    if isinstance(value, dict):
        value["spoilt"] = True
    else:
        value.append("spoilt")


@pytest.mark.parametrize("worth_compiling", [2, 10_000])
@settings(max_examples=25, deadline=None)
@given(story=st.lists(steps, max_size=25))
def test_what_a_detail_shares_with_others_is_what_the_job_would_show_by_itself(
    worth_compiling: int, story: list[tuple[str, Any]]
) -> None:
    with (
        mock.patch("pytest_batchmock.domain.prototype._WORTH_COMPILING", worth_compiling),
        mock_batch(clock="manual", start=0) as batch,
    ):
        program = Program(batch)
        for step, argument in story:
            getattr(program, step)(argument)
            program.compare()


def a_job(batch: BatchMock, name: str) -> Job:
    batch.call("SubmitJob", {**SUBMIT, "jobName": name})
    return batch._world.jobs()[-1]


def test_jobs_submitted_alike_have_names_and_tags_of_their_own() -> None:
    with mock_batch(clock="manual", start=0) as batch:
        batch.defaults()
        client = boto3.client("batch")
        ids = [
            client.submit_job(**SUBMIT, jobName=name, tags={"team": "a"})["jobId"]
            for name in ("first", "second", "third")
        ]
        jobs = batch._world.jobs()
        assert jobs[1].spec.static is jobs[2].spec.static
        client.tag_resource(resourceArn=jobs[1].arn, tags={"team": "b"})
        shown = client.describe_jobs(jobs=ids)["jobs"]
        assert [(job["jobName"], job["tags"]["team"]) for job in shown] == [
            ("first", "a"),
            ("second", "b"),
            ("third", "a"),
        ]


def test_a_poll_sees_the_change_of_tags() -> None:
    with mock_batch(clock="manual", start=0) as batch:
        batch.defaults()
        job = a_job(batch, "a")
        question = ("DescribeJobs", {"jobs": [job.id]})
        before = batch.call(*question)["jobs"]
        assert batch.call(*question)["jobs"] == before
        batch.call("TagResource", {"resourceArn": job.arn, "tags": {"team": "b"}})
        assert batch.call(*question)["jobs"] == [{**before[0], "tags": {"team": "b"}}]
