"""A kept detail of a job is always what would be rendered anew."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_batchmock import mock_batch
from pytest_batchmock.api.views.job import job_detail
from pytest_batchmock.api.views.kept import KeptDetails
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
    """A program that does something to jobs, and compares all their details after every step."""

    def __init__(self, batch: BatchMock) -> None:
        self.batch = batch
        batch.defaults(max_vcpus=2)  # two at a time: the others wait, for a reason that is shown
        batch.on("flaky").fails(exit_code=1, after="5s")
        batch.on("flaky", attempt=2).succeeds(after="5s")
        batch.on("broken").fails(exit_code=1, after="20s")
        batch.on("long").succeeds(after="1h")
        self.kept = KeptDetails()
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
            anew = job_detail(job, 0)
            assert self.kept.detail(job, 0) == anew
            assert self.kept.detail(job, 0) == anew  # this one was kept, if any was


@settings(max_examples=60, deadline=None)
@given(st.lists(steps, max_size=25))
def test_a_kept_detail_is_what_would_be_rendered_anew(story: list[tuple[str, Any]]) -> None:
    with mock_batch(clock="manual", start=0) as batch:
        program = Program(batch)
        for step, argument in story:
            getattr(program, step)(argument)
            program.compare()


def a_job(batch: BatchMock, name: str) -> Job:
    batch.call("SubmitJob", {**SUBMIT, "jobName": name})
    return batch._world.jobs()[-1]


def test_why_a_job_waits_is_shown_although_it_does_not_move() -> None:
    with mock_batch(clock="manual", start=0) as batch:
        batch.defaults(max_vcpus=2, vcpus=4)
        job, kept = a_job(batch, "a"), KeptDetails()
        batch.run_until(lambda: job.status == "RUNNABLE")
        assert "statusReason" not in kept.detail(job, 0)
        batch.run_until(lambda: job.status_reason is not None)
        assert kept.detail(job, 0)["statusReason"] == job.status_reason
        assert job.status == "RUNNABLE"


def test_a_caller_may_change_the_detail_it_got() -> None:
    with mock_batch(clock="manual", start=0) as batch:
        batch.defaults()
        job, kept = a_job(batch, "a"), KeptDetails()
        for _ in range(3):
            detail = kept.detail(job, 0)
            assert detail == job_detail(job, 0)
            detail["container"]["command"].append("changed")
            detail.clear()


def test_only_so_many_details_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_batchmock.api.views.kept._MOST", 2)
    with mock_batch(clock="manual", start=0) as batch:
        batch.defaults()
        kept = KeptDetails()
        for name in "abcde":
            kept.detail(a_job(batch, name), 0)
        assert [job.spec.name for job in kept._kept] == ["d", "e"]


def test_a_poll_is_answered_from_what_is_kept_and_sees_the_change_of_tags() -> None:
    with mock_batch(clock="manual", start=0) as batch:
        batch.defaults()
        job = a_job(batch, "a")
        question = ("DescribeJobs", {"jobs": [job.id]})
        before = batch.call(*question)["jobs"]
        assert batch.call(*question)["jobs"] == before
        batch.call("TagResource", {"resourceArn": job.arn, "tags": {"team": "b"}})
        assert batch.call(*question)["jobs"] == [{**before[0], "tags": {"team": "b"}}]
