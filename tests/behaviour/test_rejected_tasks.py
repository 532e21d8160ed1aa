"""Jobs that pass SubmitJob and fail when ECS is asked to run them."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_batchmock import mock_batch


def _after_a_minute(definition: dict[str, Any], submit: dict[str, Any]) -> Any:
    with mock_batch(clock="manual") as batch:
        batch.defaults()
        container = {
            "image": "busybox",
            "resourceRequirements": [
                {"type": "VCPU", "value": "1"},
                {"type": "MEMORY", "value": "128"},
            ],
        }
        batch.call(
            "RegisterJobDefinition",
            {
                "jobDefinitionName": "tagged",
                "type": "container",
                "containerProperties": container,
                **definition,
            },
        )
        batch.call(
            "SubmitJob", {"jobName": "job", "jobQueue": "default", "jobDefinition": "tagged", **submit}
        )
        batch.advance("1m")
        return batch.jobs.one()


def test_overrides_longer_than_ecs_takes_fail_the_job_without_an_attempt() -> None:
    long = {"containerOverrides": {"environment": [{"name": "DATA", "value": "x" * 8192}]}}
    job = _after_a_minute({}, long)
    assert (job.status, job.status_reason) == (
        "FAILED",
        "Container Overrides length must be at most 8192",
    )
    assert job.attempts == []
    assert job.statuses == ["SUBMITTED", "RUNNABLE", "FAILED"]


def test_overrides_that_ecs_takes_run() -> None:
    fitting = {"containerOverrides": {"environment": [{"name": "DATA", "value": "x" * 8000}]}}
    assert _after_a_minute({}, fitting).status == "RUNNING"


@pytest.mark.parametrize(
    ("definition", "submit", "status"),
    [
        ({}, {"propagateTags": True}, "FAILED"),
        ({"propagateTags": True}, {}, "FAILED"),
        ({"propagateTags": True}, {"propagateTags": False}, "RUNNING"),
        ({}, {}, "RUNNING"),
    ],
)
def test_more_than_50_propagated_tags_fail_the_job(
    definition: dict[str, Any], submit: dict[str, Any], status: str
) -> None:
    tags = {f"defined{n}": "x" for n in range(30)}
    own = {f"own{n}": "x" for n in range(30)}
    job = _after_a_minute({"tags": tags, **definition}, {"tags": own, **submit})
    assert job.status == status
