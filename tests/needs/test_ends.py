"""How a job ends as a program sees it: reasons, exit codes, log streams, and cleaning up."""

from __future__ import annotations

import pytest
from behaviour.conftest import Driver

from pytest_batchmock import fails, succeeds

from .conftest import HEAD

pytestmark = pytest.mark.batchmock(clock="manual", start="2026-03-01T12:00:00+00:00")


def test_cleaning_up_after_the_end_succeeds_silently(ec2: Driver) -> None:
    arn = ec2.register()
    job = ec2.submit(jobDefinition=arn)
    ended = ec2.finish(job)
    for _ in range(2):
        ec2.client.terminate_job(jobId=job, reason="clean up")
        ec2.client.cancel_job(jobId=job, reason="clean up")
        ec2.client.deregister_job_definition(jobDefinition=arn)
    assert ec2.describe(job) == ended


@pytest.mark.parametrize("call", ["cancel_job", "terminate_job"])
def test_the_status_reason_is_the_callers_exact_text(ec2: Driver, call: str) -> None:
    job = ec2.submit()
    getattr(ec2.client, call)(jobId=job, reason="Nextflow: killed by run 'crazy_hopper'")
    assert ec2.finish(job)["statusReason"] == "Nextflow: killed by run 'crazy_hopper'"


def test_the_log_stream_is_known_while_the_job_runs_and_the_exit_code_in_both_places(
    ec2: Driver,
) -> None:
    ec2.mock.on("job").fails(exit_code=42)
    job = ec2.submit()
    running = ec2.reach(job, "RUNNING")
    stream = running["container"]["logStreamName"]
    ended = ec2.finish(job)
    assert ended["container"]["logStreamName"] == stream
    assert ended["attempts"][0]["container"]["logStreamName"] == stream
    assert ended["container"]["exitCode"] == ended["attempts"][0]["container"]["exitCode"] == 42


def test_every_attempt_has_its_log_stream_and_exit_code(ec2: Driver) -> None:
    ec2.mock.on("job").attempts(fails(exit_code=3), fails(exit_code=4), succeeds())
    ended = ec2.finish(ec2.submit(retryStrategy={"attempts": 3}))
    attempts = [attempt["container"] for attempt in ended["attempts"]]
    assert [attempt["exitCode"] for attempt in attempts] == [3, 4, 0]
    assert len({attempt["logStreamName"] for attempt in attempts}) == 3
    assert ended["container"]["logStreamName"] == attempts[2]["logStreamName"]


def test_cleaning_up_after_an_array_and_its_children_changes_nothing(ec2: Driver) -> None:
    parent = ec2.submit(arrayProperties={"size": 2})
    ended = ec2.finish(parent)
    for name in (parent, f"{parent}:0", f"{HEAD}job/{parent}:1"):
        ec2.client.terminate_job(jobId=name, reason="clean up")
        ec2.client.cancel_job(jobId=name, reason="clean up")
    assert ec2.describe(parent) == ended
    assert ec2.status(f"{parent}:0") == "SUCCEEDED"
