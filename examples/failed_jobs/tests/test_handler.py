"""The handler behind its EventBridge rule: jobs fail in the mock, and it hears of them."""

from __future__ import annotations

import boto3
import pytest
from failed_jobs import handler as function

from pytest_batchmock import out_of_memory, reclaimed, succeeds


def outline(mock) -> list[tuple[str, str, str]]:
    """The jobs: their name, what became of them, the memory they had."""
    ids = [job.id for job in mock.jobs]
    jobs = boto3.client("batch").describe_jobs(jobs=ids)["jobs"]
    return [(job["jobName"], job["status"], memory(job)) for job in jobs]


def memory(job) -> str:
    needs = job["container"]["resourceRequirements"]
    return next(need["value"] for need in needs if need["type"] == "MEMORY")


def noted() -> dict[str, str]:
    items = boto3.client("dynamodb", "us-east-1").scan(TableName="failures")["Items"]
    return {item["job"]["S"]: item["because"]["S"] for item in items}


def test_a_job_that_ran_out_of_memory_gets_twice_as_much(production, submit, inbox):
    production.on("report").out_of_memory()
    production.on("report", tags={"failed-jobs:resubmits": "2"}).succeeds()

    failed = submit()
    production.run_until_idle()

    assert outline(production) == [
        ("report", "FAILED", "2048"),
        ("report", "FAILED", "4096"),
        ("report", "SUCCEEDED", "8192"),
    ]
    assert noted()[failed] == "out of memory"
    assert inbox() == []


def test_a_job_that_no_memory_is_enough_for_is_told_of(production, submit, inbox):
    production.on("report").out_of_memory()

    submit()
    production.run_until_idle()

    assert [size for _, _, size in outline(production)] == ["2048", "4096", "8192", "16384"]
    [message] = inbox()
    assert message.startswith(f"report ({production.jobs.all()[-1].id}) failed: ")
    assert "OutOfMemoryError" in message
    assert message.endswith("submitted again 3 times already")


def test_the_memory_has_a_limit(production, submit, inbox):
    production.on("report").out_of_memory()
    needs = [{"type": "MEMORY", "value": "12000"}]

    submit(containerOverrides={"resourceRequirements": needs})
    production.run_until_idle()

    assert [size for _, _, size in outline(production)] == ["12000", "16384"]
    [message] = inbox()
    assert message.endswith("it has 16384 MiB already")


def test_a_resubmitted_job_is_the_same_job(production, submit):
    production.on("report").out_of_memory()
    production.on("report", tags={"failed-jobs:resubmits": "1"}).succeeds()
    seen = {
        "command": ["report", "--day", "Ref::day"],
        "environment": [{"name": "STAGE", "value": "production"}],
    }

    submit(
        parameters={"day": "2026-11-23"},
        containerOverrides=seen,
        tags={"team": "reports"},
        timeout={"attemptDurationSeconds": 3600},
    )
    production.run_until_idle()

    first, second = production.jobs
    assert second.command == first.command == ["report", "--day", "2026-11-23"]
    assert second.environment["STAGE"] == "production"
    assert second.tags == {"team": "reports", "failed-jobs:resubmits": "1"}
    [job] = boto3.client("batch").describe_jobs(jobs=[second.id])["jobs"]
    assert job["timeout"] == {"attemptDurationSeconds": 3600}


def test_a_retry_of_batch_is_not_ours_to_deal_with(production, submit, inbox):
    production.on("report").attempts(out_of_memory(), succeeds())

    submit(retryStrategy={"attempts": 2})
    production.run_until_idle()

    assert noted() == {}
    assert len(production.jobs) == 1


def test_a_lost_host_costs_no_memory(production, submit):
    production.on("report").host_lost(after="5m")
    production.on("report", tags={"failed-jobs:resubmits": "1"}).succeeds()

    submit()
    production.run_until_idle()

    assert outline(production) == [("report", "FAILED", "2048"), ("report", "SUCCEEDED", "2048")]


@pytest.mark.parametrize("fargate", [False, True])
def test_spot_capacity_that_is_taken_back_is_a_lost_host(production, submit, fargate):
    production.defaults(name="production-spot", spot=True, fargate=fargate)
    production.on("report").attempts(reclaimed(after="5m"))
    production.on("report", tags={"failed-jobs:resubmits": "1"}).succeeds()

    submit(jobQueue="production-spot", jobDefinition="production-spot")
    production.run_until_idle()

    assert [job.status for job in production.jobs] == ["FAILED", "SUCCEEDED"]


def test_any_other_failure_is_told_and_not_tried_again(production, submit, inbox):
    production.on("report").fails(exit_code=2, reason="no such table: sales")

    failed = submit()
    production.run_until_idle()

    told = "Essential container in task exited; no such table: sales; exit code 2"
    assert inbox() == [f"report ({failed}) failed: {told}"]
    assert len(production.jobs) == 1


def test_an_image_that_is_not_there_is_told(production, submit, inbox):
    production.on("report").cannot_pull()

    submit()
    production.run_until_idle()

    [message] = inbox()
    assert "CannotPullContainerError" in message


def test_a_time_limit_has_exit_code_137_and_is_not_a_matter_of_memory(production, submit, inbox):
    production.on("report").hangs()

    submit(timeout={"attemptDurationSeconds": 60})
    production.run_until_idle()

    [message] = inbox()
    assert message.endswith("Job attempt duration exceeded timeout; exit code 137")


def test_what_somebody_ended_is_left_alone(production, submit, inbox):
    production.on("report").hangs()
    batch = boto3.client("batch")

    batch.terminate_job(jobId=submit(), reason="not needed")
    running = submit()
    production.advance("5m")
    batch.terminate_job(jobId=running, reason="not needed any more")
    production.run_until_idle()

    assert {job.status for job in production.jobs} == {"FAILED"}
    assert noted() == {}


def test_those_that_depend_on_a_failed_job_are_not_told_of(production, submit, inbox):
    production.on("report").fails()
    first = submit()
    submit("mail", dependsOn=[{"jobId": first}])
    production.run_until_idle()

    assert [job.status for job in production.jobs] == ["FAILED", "FAILED"]
    assert list(noted()) == [first]


def test_a_failed_child_of_an_array_is_told_once_and_its_parent_not(production, submit, inbox):
    production.on("tiles", index=2).out_of_memory()

    array = submit("tiles", arrayProperties={"size": 4})
    production.run_until_idle()

    assert list(noted()) == [f"{array}:2"]
    [message] = inbox()
    assert "not submitted again" in message


def test_another_queue_is_not_ours(production, submit, inbox):
    production.defaults(name="playground")
    production.on("*").fails()

    submit(jobQueue="playground")
    production.run_until_idle()

    assert noted() == {}


def test_a_failure_that_is_delivered_twice_is_dealt_with_once(production, submit):
    production.events.delivery(duplicate=1, reorder=0.5)
    production.on("report").out_of_memory()
    production.on("report", tags={"failed-jobs:resubmits": "1"}).succeeds()

    submit()
    production.run_until_idle()

    assert [job.status for job in production.jobs] == ["FAILED", "SUCCEEDED"]


def test_the_function_says_what_it_has_done(production, submit, inbox):
    production.on("report").fails()
    failed = submit()
    production.run_until_idle()
    [event] = production.events.matching({"detail": {"status": ["FAILED"]}})

    assert function.handler(event, None) == {"job": failed, "done": "nothing: known already"}
