"""ListJobs of a queue: statuses, filters, pages and the members of a summary."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from behaviour.conftest import Driver

pytestmark = pytest.mark.batchmock(clock="manual", start="2026-03-01T12:00:00+00:00")

STATUSES = [
    *("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED", "FAILED"),
]
ALWAYS = {"jobArn", "jobId", "jobName", "createdAt", "status"}


def names(summaries: list[dict[str, Any]]) -> list[str]:
    """The job names of a listing."""
    return [summary["jobName"] for summary in summaries]


def by(name: str, *values: str) -> list[dict[str, Any]]:
    """One filter."""
    return [{"name": name, "values": list(values)}]


def test_without_a_status_only_running_jobs_are_listed(ec2: Driver) -> None:
    job = ec2.submit()
    assert ec2.listed() == []
    ec2.reach(job, "RUNNING")
    assert names(ec2.listed()) == ["job"]
    ec2.finish(job)
    assert ec2.listed() == []


@pytest.mark.parametrize("status", ["SUBMITTED", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"])
def test_a_job_is_listed_under_its_status_and_no_other(ec2: Driver, status: str) -> None:
    job = ec2.submit()
    ec2.reach(job, status)
    for other in STATUSES:
        listed = [summary["jobId"] for summary in ec2.listed(jobStatus=other)]
        assert listed == ([job] if other == status else [])


def test_pending_and_failed_jobs_are_listed_too(ec2: Driver) -> None:
    ec2.mock.on("first").fails()
    first = ec2.submit("first")
    second = ec2.submit("second", dependsOn=[{"jobId": first}])
    ec2.reach(second, "PENDING")
    assert names(ec2.listed(jobStatus="PENDING")) == ["second"]
    ec2.finish(second)
    assert sorted(names(ec2.listed(jobStatus="FAILED"))) == ["first", "second"]


def test_only_the_jobs_of_the_queue_are_listed(ec2: Driver) -> None:
    ec2.mock.defaults(name="other")
    ec2.submit("here")
    ec2.submit("there", jobQueue="other")
    assert names(ec2.listed(jobStatus="SUBMITTED")) == ["here"]


@pytest.mark.parametrize(
    ("status", "more"),
    [
        ("SUBMITTED", set()),
        ("RUNNABLE", set()),
        ("STARTING", set()),
        ("RUNNING", {"startedAt"}),
        ("SUCCEEDED", {"startedAt", "stoppedAt", "statusReason", "container"}),
    ],
)
def test_a_summary_has_exactly_these_members(ec2: Driver, status: str, more: set[str]) -> None:
    ec2.reach(ec2.submit(), status)
    (summary,) = ec2.listed(jobStatus=status)
    assert summary.keys() == ALWAYS | more


def test_the_summary_of_an_ended_job_agrees_with_describe_jobs(ec2: Driver) -> None:
    ec2.mock.on("job").fails(exit_code=3, reason="bad input")
    job = ec2.finish(ec2.submit())
    (summary,) = ec2.listed(jobStatus="FAILED")
    container = summary.pop("container")
    assert container == {"exitCode": 3, "reason": "bad input"}
    assert summary.items() <= job.items()


def test_a_cancelled_job_says_so_and_others_say_nothing(ec2: Driver) -> None:
    job = ec2.submit()
    ec2.client.cancel_job(jobId=job, reason="enough")
    (summary,) = ec2.listed(jobStatus="FAILED")
    assert summary["isCancelled"] is True
    assert "isTerminated" not in summary
    assert summary["statusReason"] == "enough"


# Filters


def test_a_filter_shows_all_statuses_whatever_status_is_given(ec2: Driver) -> None:
    ended = ec2.submit("etl-1")
    ec2.finish(ended)
    ec2.submit("etl-2")
    listed = ec2.listed(filters=by("JOB_NAME", "etl-*"), jobStatus="RUNNING")
    assert {summary["status"] for summary in listed} == {"SUCCEEDED", "SUBMITTED"}


def test_with_filters_the_newest_job_comes_first(ec2: Driver) -> None:
    for number in range(5):
        ec2.submit(f"etl-{number}")
        ec2.mock.advance("1s")
    listed = ec2.listed(filters=by("JOB_NAME", "etl-*"))
    assert names(listed) == [f"etl-{number}" for number in reversed(range(5))]


@pytest.mark.parametrize(
    ("value", "found"),
    [("etl-a", 1), ("ETL-A", 1), ("etl", 0), ("etl*", 2), ("Etl*", 2), ("*", 3), ("tl*", 0)],
)
def test_a_name_filter_ignores_case_and_takes_a_trailing_asterisk(
    ec2: Driver, value: str, found: int
) -> None:
    for name in ("etl-a", "ETL-b", "other"):
        ec2.submit(name)
    assert len(ec2.listed(filters=by("JOB_NAME", value))) == found


def test_any_value_of_a_filter_suffices(ec2: Driver) -> None:
    for name in ("one", "two", "three"):
        ec2.submit(name)
    assert sorted(names(ec2.listed(filters=by("JOB_NAME", "one", "two")))) == ["one", "two"]


def test_a_definition_filter_takes_a_name_a_prefix_or_the_arn_of_one_revision(ec2: Driver) -> None:
    first, second = ec2.register("work"), ec2.register("work")
    ec2.submit("old", jobDefinition=first)
    ec2.submit("new", jobDefinition=second)
    ec2.submit("else")
    assert sorted(names(ec2.listed(filters=by("JOB_DEFINITION", "work")))) == ["new", "old"]
    assert sorted(names(ec2.listed(filters=by("JOB_DEFINITION", "wo*")))) == ["new", "old"]
    assert ec2.listed(filters=by("JOB_DEFINITION", "WORK")) == []
    assert names(ec2.listed(filters=by("JOB_DEFINITION", first))) == ["old"]


def test_time_filters_are_milliseconds_before_and_after_the_submit(ec2: Driver) -> None:
    old = ec2.submit("old")
    ec2.mock.advance("1h")
    ec2.submit("new")
    middle = str(ec2.describe(old)["createdAt"] + 1_800_000)
    assert names(ec2.listed(filters=by("BEFORE_CREATED_AT", middle))) == ["old"]
    assert names(ec2.listed(filters=by("AFTER_CREATED_AT", middle))) == ["new"]


def test_a_filtered_summary_has_no_start_but_names_the_definition(ec2: Driver) -> None:
    job = ec2.finish(ec2.submit())
    (summary,) = ec2.listed(filters=by("JOB_NAME", "job"))
    assert "startedAt" not in summary
    assert summary["jobDefinition"] == job["jobDefinition"]


# Pages


def test_max_results_pages_and_the_last_page_has_no_token(ec2: Driver) -> None:
    jobs = [ec2.submit(f"job-{number}") for number in range(5)]
    request: dict[str, Any] = {"jobQueue": "default", "jobStatus": "SUBMITTED", "maxResults": 2}
    found, sizes, token = [], [], ""
    while True:
        page = ec2.client.list_jobs(**request, nextToken=token)
        sizes.append(len(page["jobSummaryList"]))
        found += [summary["jobId"] for summary in page["jobSummaryList"]]
        if "nextToken" not in page:
            break
        token = page["nextToken"]
    assert sizes == [2, 2, 1]
    assert sorted(found) == sorted(jobs)


def test_a_full_last_page_has_no_token(ec2: Driver) -> None:
    for number in range(4):
        ec2.submit(f"job-{number}")
    paginator = ec2.client.get_paginator("list_jobs")
    pages = list(
        paginator.paginate(jobQueue="default", jobStatus="SUBMITTED", PaginationConfig={"PageSize": 2})
    )
    assert [len(page["jobSummaryList"]) for page in pages] == [2, 2]


def test_a_page_with_a_status_holds_1000_jobs_and_one_with_a_filter_100(ec2: Driver) -> None:
    for _ in range(1001):
        ec2.submit()
    by_status = ec2.client.list_jobs(jobQueue="default", jobStatus="SUBMITTED")
    assert len(by_status["jobSummaryList"]) == 1000
    by_filter = ec2.client.list_jobs(jobQueue="default", filters=by("JOB_NAME", "job"))
    assert len(by_filter["jobSummaryList"]) == 100
    assert "nextToken" in by_status
    assert "nextToken" in by_filter


def test_jobs_that_move_on_between_two_pages_are_neither_doubled_nor_lost(ec2: Driver) -> None:
    jobs = [ec2.submit(f"job-{number}") for number in range(4)]
    request: dict[str, Any] = {"jobQueue": "default", "filters": by("JOB_NAME", "job-*")}
    first = ec2.client.list_jobs(**request, maxResults=2)
    ec2.finish(jobs[0])
    ec2.submit("job-4")
    second = ec2.client.list_jobs(**request, maxResults=2, nextToken=first["nextToken"])
    listed = names(first["jobSummaryList"]) + names(second["jobSummaryList"])
    assert sorted(listed) == ["job-0", "job-1", "job-2", "job-3"]


def test_a_token_of_another_listing_is_refused(ec2: Driver) -> None:
    for number in range(3):
        ec2.submit(f"job-{number}")
    page = ec2.client.list_jobs(jobQueue="default", jobStatus="SUBMITTED", maxResults=1)
    with pytest.raises(ClientError) as refusal:
        ec2.client.list_jobs(
            jobQueue="default", jobStatus="FAILED", maxResults=1, nextToken=page["nextToken"]
        )
    assert refusal.value.response["Error"]["Code"] == "ClientException"


def test_an_unknown_queue_is_refused(ec2: Driver) -> None:
    with pytest.raises(ClientError) as refusal:
        ec2.listed(jobQueue="nowhere")
    assert refusal.value.response["Error"]["Code"] == "ClientException"


# What is in a listing


def test_ended_jobs_vanish_from_every_listing_when_they_are_forgotten(ec2: Driver) -> None:
    ec2.finish(ec2.submit())
    everything = by("JOB_NAME", "*")
    assert len(ec2.listed(filters=everything)) == 1
    ec2.mock.advance("7d")
    assert ec2.listed(filters=everything) == ec2.listed(jobStatus="SUCCEEDED") == []


def test_a_share_filter_may_be_combined_with_a_status(batch: Driver) -> None:
    batch.mock.defaults(max_vcpus=1)
    policy = batch.client.create_scheduling_policy(name="fair", fairsharePolicy={})["arn"]
    batch.client.create_job_queue(
        jobQueueName="fair",
        priority=1,
        schedulingPolicyArn=policy,
        computeEnvironmentOrder=[{"order": 1, "computeEnvironment": "default"}],
    )
    batch.mock.on("*").hangs()
    for name in ("first", "second"):
        batch.submit(name, jobQueue="fair", shareIdentifier="a", schedulingPriorityOverride=1)
    batch.submit("other", jobQueue="fair", shareIdentifier="b", schedulingPriorityOverride=1)
    batch.mock.run_until_idle()

    def found(**more: str) -> list[str]:
        return names(batch.listed(jobQueue="fair", filters=by("SHARE_IDENTIFIER", "a"), **more))

    assert sorted(found()) == ["first", "second"]
    assert found(jobStatus="RUNNING") == ["first"]
    assert found(jobStatus="RUNNABLE") == ["second"]
    (summary,) = batch.listed(jobQueue="fair", jobStatus="RUNNING")
    assert summary["shareIdentifier"] == "a"


@pytest.mark.parametrize("page", [0, 1001])
def test_a_page_of_jobs_has_1_to_1000(ec2: Driver, page: int) -> None:
    with pytest.raises(ClientError):
        ec2.listed(jobStatus="RUNNING", maxResults=page)
