"""What ``batchmock.spot.reclaim`` takes, and what it says of mistakes."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_batchmock import BatchMock, MockUsageError, mock_batch
from spot.conftest import Submit, retried


def test_by_themselves_hosts_stay(batch: BatchMock, submit: Submit) -> None:
    batch.defaults(spot=True)
    batch.on().succeeds(after="30d")
    job = submit("RUNNING")
    batch.advance(days=29)
    assert job.status == "RUNNING"


def test_a_host_is_reclaimed_by_its_instance_with_all_jobs_on_it(
    batch: BatchMock, submit: Submit
) -> None:
    batch.defaults(spot=True)
    jobs = [submit(jobName=f"job-{n}") for n in range(3)]
    batch.run_until(lambda: all(job.status == "RUNNING" for job in jobs))
    host, members = next(iter(batch.spot.hosts.items()))
    assert batch.spot.reclaim(instance=host, notice=0) == [host]
    assert host not in batch.spot.hosts
    assert [job.id for job in jobs if job.status == "FAILED"] == members


def test_a_scripted_reclaim_is_about_its_job_alone(batch: BatchMock, submit: Submit) -> None:
    batch.defaults(spot=True)
    batch.on("doomed").reclaimed(after="1m")
    doomed, other = submit(jobName="doomed"), submit(jobName="other")
    batch.run_until(lambda: doomed.is_terminal)
    assert (doomed.status, other.status) == ("FAILED", "RUNNING")


@pytest.mark.parametrize(("fraction", "lost"), [(0.25, 2), (0.5, 4), (1, 8), (0.001, 1)])
def test_a_fraction_of_the_hosts_is_reclaimed_and_at_least_one(
    batch: BatchMock, submit: Submit, fraction: float, lost: int
) -> None:
    batch.defaults(spot=True, fargate=True)  # each task has a host of its own
    jobs = [submit(jobName=f"job-{n}") for n in range(8)]
    batch.run_until(lambda: all(job.status == "RUNNING" for job in jobs))
    hosts = batch.spot.reclaim(fraction=fraction, notice=0)
    assert [job.id for job in jobs if job.status == "FAILED"] == hosts
    assert len(hosts) == lost


def test_a_fraction_of_nothing_is_nothing(batch: BatchMock) -> None:
    assert batch.spot.reclaim(fraction=0.5) == []


def test_the_same_seed_draws_the_same_jobs() -> None:
    def names(seed: int) -> list[str]:
        with mock_batch(clock="manual", start="2030-01-01", seed=seed, default_duration="1h") as batch:
            batch.defaults(spot=True, fargate=True)
            for number in range(12):
                request = {"jobName": f"{number}", "jobQueue": "default", "jobDefinition": "default"}
                batch.call("SubmitJob", request)
            batch.run_until(lambda: all(job.status == "RUNNING" for job in batch.jobs))
            batch.spot.reclaim(fraction=0.25, notice=0)
            return [job.name for job in batch.jobs if job.status == "FAILED"]

    assert names(1) == names(1)
    assert len({tuple(names(seed)) for seed in range(4)}) > 1


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({}, "give one of job"),
        ({"instance": "i-1", "fraction": 1}, "give one of job"),
        ({"fraction": 0}, "above 0 and at most 1"),
        ({"fraction": True}, "above 0 and at most 1"),
        ({"instance": "i-1"}, r"there is no Spot Instance of that id. Nothing is on Spot now"),
        ({"job": "nobody"}, "there is no job of that id"),
        ({"fraction": 1, "notice": "soon"}, "is no duration"),
    ],
)
def test_what_cannot_be_reclaimed_is_said(batch: BatchMock, given: dict[str, Any], text: str) -> None:
    with pytest.raises(MockUsageError, match=text):
        batch.spot.reclaim(**given)


def test_on_demand_capacity_is_never_reclaimed(batch: BatchMock, submit: Submit) -> None:
    batch.defaults()
    job = submit("RUNNING")
    with pytest.raises(MockUsageError, match="On-Demand capacity, which is never reclaimed"):
        batch.spot.reclaim(job=job)


def test_the_parent_of_an_array_is_on_no_host_and_its_children_are_named(
    batch: BatchMock, submit: Submit
) -> None:
    batch.defaults(spot=True, fargate=True)
    parent = submit(arrayProperties={"size": 2}, **retried(2))
    batch.run_until(lambda: [child.status for child in parent.children] == ["RUNNING"] * 2)
    with pytest.raises(MockUsageError, match=f"name a child. On Spot now: job .{parent.id}:0"):
        batch.spot.reclaim(job=parent)
    with pytest.raises(MockUsageError, match="the array has children 0 to 1"):
        batch.spot.reclaim(job=f"{parent.id}:2")
    assert batch.spot.reclaim(job=f"{parent.id}:1", notice=0) == [f"{parent.id}:1"]
    assert [child.status for child in parent.children] == ["RUNNING", "RUNNABLE"]


def test_with_a_rate_hosts_are_lost_as_often_as_it_says(batch: BatchMock) -> None:
    batch.defaults(spot=True, max_vcpus=400, vcpus=1)
    batch.spot.interruption_rate(1.0)
    request = {"jobName": "crowd", "jobQueue": "default", "jobDefinition": "default"}
    parent_id = batch.call("SubmitJob", {**request, "arrayProperties": {"size": 400}})["jobId"]
    parent = batch.jobs.get(parent_id)
    batch.run_until(lambda: parent.is_terminal)
    lost = sum(child.status == "FAILED" for child in parent.children)
    # An hour at one an hour: a part of 1 - 1/e, with some for the start; a host may carry several.
    assert 200 < lost < 300
    batch.spot.interruption_rate(0)
    batch.advance("1h")  # the instances with that fate leave
    second = batch.jobs.get(batch.call("SubmitJob", request)["jobId"])
    batch.run_until(lambda: second.is_terminal)
    assert second.status == "SUCCEEDED"


@pytest.mark.parametrize("rate", [-1, "often", True, float("inf")])
def test_a_rate_is_a_number(batch: BatchMock, rate: Any) -> None:
    with pytest.raises(MockUsageError, match="give a number of interruptions"):
        batch.spot.interruption_rate(rate)
