"""Consumable resources: taken at STARTING, waited for in RUNNABLE, given back or used up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from installed_model import skip_if_lacking

from pytest_batchmock import BatchMock

Submit = Callable[..., str]


@pytest.fixture
def mock() -> BatchMock:
    """A mock with a queue, whose jobs run for an hour."""
    skip_if_lacking("CreateConsumableResource", {"consumableResourceName": "licence"})
    made = BatchMock(clock="manual")
    made.defaults()
    made.on("*").succeeds(after="1h")
    return made


@pytest.fixture
def submit(mock) -> Submit:
    """Submits a job that needs some of each resource, by name, on that many nodes."""

    def one(needs: dict[str, int], nodes: int = 0, **members: Any) -> str:
        listed = [{"consumableResource": name, "quantity": much} for name, much in needs.items()]
        consumed = {"consumableResourceProperties": {"consumableResourceList": listed}}
        sizes = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "512"}]
        container = {"image": "busybox", "resourceRequirements": sizes}
        definition: dict[str, Any] = {"type": "container", "containerProperties": container, **consumed}
        if nodes:
            ranges = [{"targetNodes": "0:", "container": container, **consumed}]
            properties = {"numNodes": nodes, "mainNode": 0, "nodeRangeProperties": ranges}
            definition = {"type": "multinode", "nodeProperties": properties}
        mock.call("RegisterJobDefinition", {"jobDefinitionName": "needy", **definition})
        given = {"jobName": "needy", "jobQueue": "default", "jobDefinition": "needy", **members}
        return mock.call("SubmitJob", given)["jobId"]

    return one


def make(mock: BatchMock, name: str, total: int, kind: str = "REPLENISHABLE") -> None:
    mock.call(
        "CreateConsumableResource",
        {"consumableResourceName": name, "totalQuantity": total, "resourceType": kind},
    )


def quantities(mock: BatchMock, name: str) -> tuple[int, int, int]:
    """Total, in use, available."""
    found = mock.call("DescribeConsumableResource", {"consumableResource": name})
    return found["totalQuantity"], found["inUseQuantity"], found["availableQuantity"]


def statuses(mock: BatchMock) -> list[str]:
    return [job.status for job in mock.jobs]


def test_a_job_waits_in_runnable_for_what_another_has_taken(mock, submit):
    make(mock, "licence", 3)
    submit({"licence": 2})
    submit({"licence": 2})
    mock.advance("10m")
    assert statuses(mock) == ["RUNNING", "RUNNABLE"]
    assert quantities(mock, "licence") == (3, 2, 1)
    mock.advance("1h")
    assert statuses(mock) == ["SUCCEEDED", "RUNNING"]


def test_what_is_replenishable_is_given_back_and_the_rest_is_used_up(mock, submit):
    make(mock, "licence", 3)
    make(mock, "token", 3, "NON_REPLENISHABLE")
    submit({"licence": 1, "token": 2})
    mock.run_until_idle()
    assert quantities(mock, "licence") == (3, 0, 3)
    assert quantities(mock, "token") == (1, 0, 1)


def test_a_job_takes_all_or_nothing(mock, submit):
    make(mock, "licence", 1)
    make(mock, "token", 1)
    submit({"licence": 1, "token": 2})
    mock.advance("10m")
    assert statuses(mock) == ["RUNNABLE"]
    assert quantities(mock, "licence") == (1, 0, 1)


def test_each_node_of_a_job_needs_its_own(mock, submit):
    make(mock, "licence", 5)
    submit({"licence": 2}, nodes=3)
    mock.advance("10m")
    assert statuses(mock) == ["RUNNABLE"]
    mock.call(
        "UpdateConsumableResource",
        {"consumableResource": "licence", "operation": "ADD", "quantity": 1},
    )
    mock.advance("10m")
    assert statuses(mock) == ["RUNNING"]
    assert quantities(mock, "licence") == (6, 6, 0)
    mock.run_until_idle()
    assert quantities(mock, "licence") == (6, 0, 6)


def test_a_job_that_fails_while_starting_gives_back_too(mock, submit):
    make(mock, "licence", 1)
    mock.on("needy").cannot_pull()
    submit({"licence": 1})
    mock.run_until_idle()
    assert statuses(mock) == ["FAILED"]
    assert quantities(mock, "licence") == (1, 0, 1)


def test_each_attempt_takes_what_is_used_up_anew(mock, submit):
    make(mock, "token", 5, "NON_REPLENISHABLE")
    mock.on("needy").fails()
    submit({"token": 2}, retryStrategy={"attempts": 2})
    mock.run_until_idle()
    assert len(mock.jobs.one().attempts) == 2
    assert quantities(mock, "token") == (1, 0, 1)


def test_a_job_that_is_cancelled_while_it_waits_takes_nothing(mock, submit):
    make(mock, "token", 1, "NON_REPLENISHABLE")
    job = submit({"token": 2})
    mock.advance("10m")
    mock.call("CancelJob", {"jobId": job, "reason": "too dear"})
    mock.run_until_idle()
    assert statuses(mock) == ["FAILED"]
    assert quantities(mock, "token") == (1, 0, 1)


def test_a_resource_made_anew_gets_nothing_back_that_was_taken_of_the_old_one(mock, submit):
    make(mock, "licence", 1)
    submit({"licence": 1})
    mock.advance("10m")
    mock.call("DeleteConsumableResource", {"consumableResource": "licence"})
    make(mock, "licence", 1)
    submit({"licence": 1})
    mock.advance("50m")
    mock.advance("5m")
    assert statuses(mock) == ["SUCCEEDED", "RUNNING"]
    assert quantities(mock, "licence") == (1, 1, 0)


def test_a_job_that_waits_is_looked_at_again_when_the_resource_is_made_anew(mock, submit):
    make(mock, "licence", 0)
    submit({"licence": 1})
    mock.advance("10m")
    assert statuses(mock) == ["RUNNABLE"]
    mock.call("DeleteConsumableResource", {"consumableResource": "licence"})
    make(mock, "licence", 1)
    mock.run_until_idle()
    assert statuses(mock) == ["SUCCEEDED"]
