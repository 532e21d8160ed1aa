"""The Spot market of a test: bids, pools, rates, and what the strategies make of them."""

from __future__ import annotations

from typing import Any

import pytest
from installed_model import skip_if_lacking

from pytest_batchmock import BatchMock, MockUsageError, mock_batch
from spot.conftest import Submit, retried

TYPES = ["c5.large", "m5.large"]


@pytest.fixture
def environment(batch: BatchMock) -> dict[str, Any]:
    """The members of ``computeResources`` of a Spot environment with one zone; see `make`."""
    batch.defaults()
    return {
        "type": "SPOT",
        "minvCpus": 0,
        "maxvCpus": 16,
        "instanceTypes": TYPES,
        "subnets": ["subnet-0a1b2c3d"],
        "securityGroupIds": ["sg-0a1b2c3d"],
        "instanceRole": "arn:aws:iam::123456789012:instance-profile/ecsInstanceRole",
        "allocationStrategy": "SPOT_PRICE_CAPACITY_OPTIMIZED",
    }


def make(batch: BatchMock, resources: dict[str, Any], **members: Any) -> None:
    request = {"computeEnvironmentName": "spot", "type": "MANAGED"}
    batch.call("CreateComputeEnvironment", {**request, "computeResources": {**resources, **members}})
    order = [{"order": 1, "computeEnvironment": "spot"}]
    batch.call("UpdateJobQueue", {"jobQueue": "default", "computeEnvironmentOrder": order})


def launched(batch: BatchMock) -> list[str]:
    """The types of the instances that live."""
    return [
        it.type.name
        for group in batch._world.engine.fleet.groups.values()
        for it in group.instances.values()
    ]


def settled(batch: BatchMock) -> None:
    batch.advance("5m")


def test_above_the_bid_nothing_is_launched_and_the_queue_says_why(
    batch: BatchMock, environment: dict[str, Any], submit: Submit
) -> None:
    make(batch, environment, bidPercentage=50)
    batch.spot.price("*", 51)
    job = submit()
    settled(batch)
    assert job.status == "RUNNABLE"
    assert job.status_reason == (
        "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - Service cannot fulfill the capacity requested for "
        "instance type [c5.large]"
    )
    batch.spot.price("*", 50)
    settled(batch)
    assert job.status == "RUNNING"


def test_a_price_that_rises_above_the_bid_reclaims_what_runs_with_two_minutes_notice(
    batch: BatchMock, environment: dict[str, Any], submit: Submit
) -> None:
    make(batch, environment, bidPercentage=60)
    job = submit("RUNNING", **retried(2))
    batch.spot.price("c5.large", 80)
    batch.advance("119s")
    assert job.status == "RUNNING"
    batch.advance("1s")
    assert job.status == "RUNNABLE"
    settled(batch)
    # The other pool is within the bid.
    assert (job.status, launched(batch)) == ("RUNNING", ["m5.large"])


def test_without_a_bid_the_price_may_reach_on_demand(
    batch: BatchMock, environment: dict[str, Any], submit: Submit
) -> None:
    make(batch, environment)
    batch.spot.price("*", 100)
    assert submit("RUNNING").status == "RUNNING"


@pytest.mark.parametrize(
    ("strategy", "chosen"),
    [
        ("SPOT_CAPACITY_OPTIMIZED", "m5.large"),
        ("SPOT_PRICE_CAPACITY_OPTIMIZED", "m5.large"),
        ("BEST_FIT_PROGRESSIVE", "c5.large"),
    ],
)
def test_the_spot_strategies_choose_what_is_rarely_interrupted(
    batch: BatchMock, environment: dict[str, Any], submit: Submit, strategy: str, chosen: str
) -> None:
    make(batch, environment, allocationStrategy=strategy)
    batch.spot.interruption_rate(0.5, "c5")
    submit()
    batch.advance("10s")
    assert launched(batch) == [chosen]


def test_a_price_decides_among_pools_that_are_alike(
    batch: BatchMock, environment: dict[str, Any], submit: Submit
) -> None:
    make(batch, environment)
    batch.spot.price("m5.large", 5)
    submit()
    batch.advance("10s")
    assert launched(batch) == ["m5.large"]


def test_an_empty_pool_sends_jobs_to_the_next_type_and_no_pool_blocks_the_queue(
    batch: BatchMock, environment: dict[str, Any], submit: Submit
) -> None:
    make(batch, environment)
    batch.spot.capacity("c5", 0)
    submit("RUNNING")
    assert launched(batch) == ["m5.large"]
    batch.spot.capacity("*", 0)
    waiting = submit(
        jobName="waiting", containerOverrides={"resourceRequirements": [{"type": "VCPU", "value": "2"}]}
    )
    settled(batch)
    assert waiting.status == "RUNNABLE"
    assert (waiting.status_reason or "").startswith("CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - ")


def test_a_time_limit_ends_what_waits_for_spot_and_it_is_not_retried(
    batch: BatchMock, environment: dict[str, Any], submit: Submit
) -> None:
    make(batch, environment)
    action = {
        "reason": "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
        "state": "RUNNABLE",
        "maxTimeSeconds": 600,
        "action": "CANCEL",
    }
    update = {"jobQueue": "default", "jobStateTimeLimitActions": [action]}
    skip_if_lacking("UpdateJobQueue", update)
    batch.call("UpdateJobQueue", update)
    batch.spot.capacity("us-east-1a", 0)
    batch.spot.capacity("us-east-1b", 0)
    batch.spot.capacity("us-east-1c", 0)
    job = submit(**retried(3))
    batch.advance("15m")
    assert (job.status, len(job.attempts)) == ("FAILED", 0)
    assert job.status_reason == (
        "Canceled by JobStateTimeLimit action due to reason: CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY"
    )
    kinds = [event["detail-type"] for event in batch.events]
    assert "Batch Job Queue Blocked" in kinds


def test_an_update_that_terminates_jobs_ends_them_like_an_interruption(
    batch: BatchMock, environment: dict[str, Any], submit: Submit
) -> None:
    make(batch, environment)
    tried, once = submit(**retried(2)), submit(jobName="once")
    batch.run_until(lambda: tried.status == once.status == "RUNNING")
    batch.call(
        "UpdateComputeEnvironment",
        {
            "computeEnvironment": "spot",
            "computeResources": {
                "instanceTypes": ["r5.large"],
            },
            "updatePolicy": {"terminateJobsOnUpdate": True},
        },
    )
    assert (tried.status, once.status) == ("RUNNABLE", "FAILED")
    assert (once.status_reason or "").startswith("Host EC2 (instance i-")


def test_a_host_that_has_its_notice_takes_no_new_jobs(
    batch: BatchMock, environment: dict[str, Any], submit: Submit
) -> None:
    make(batch, environment)
    first = submit("RUNNING")
    (host,) = batch.spot.reclaim(job=first)
    second = submit("STARTING", jobName="second")
    assert second.id not in batch.spot.hosts.get(host, [])
    batch.advance("2m")
    assert (first.status, second.status) == ("FAILED", "RUNNING")


def test_all_jobs_of_one_instance_are_lost_together(
    batch: BatchMock, environment: dict[str, Any], submit: Submit
) -> None:
    make(batch, environment, instanceTypes=["c5.xlarge"])
    jobs = [
        submit(
            jobName=f"job-{n}",
            containerOverrides={"resourceRequirements": [{"type": "MEMORY", "value": "1024"}]},
        )
        for n in range(3)
    ]
    batch.run_until(lambda: all(job.status == "RUNNING" for job in jobs))
    (host,) = batch.spot.hosts
    batch.spot.reclaim(job=jobs[1], notice=0)
    assert {job.status_reason for job in jobs} == {f"Host EC2 (instance {host}) terminated."}


def test_a_lively_market_interrupts_by_itself_and_the_same_way_each_time(
    batch: BatchMock, environment: dict[str, Any], submit: Submit
) -> None:
    make(batch, environment, bidPercentage=45)
    batch.spot.market("lively")
    batch.on().succeeds(after="40d")
    job = submit(**retried(10))
    batch.advance(days=6)
    assert job.attempts
    assert {a.status_reason.partition(" (")[0] for a in job.attempts if a.status_reason} == {"Host EC2"}


@pytest.mark.parametrize(
    ("verb", "given", "text"),
    [
        ("price", ("c5.lage", 5), r"'c5.lage' is no pool: .* Did you mean c5.large"),
        ("price", (5, 5), "5 is no pool"),
        ("price", ("c5", -1), "percent=-1: give a number of percent"),
        ("capacity", ("c5", 1.5), "give a whole number of instances"),
        ("capacity", ("c5", "many"), "give a number of instances"),
        ("interruption_rate", ("often",), "give a number of interruptions"),
        ("market", ("wild",), "choose 'quiet' or 'lively'"),
    ],
)
def test_what_no_market_has_is_said(
    batch: BatchMock, verb: str, given: tuple[Any, ...], text: str
) -> None:
    with pytest.raises(MockUsageError, match=text):
        getattr(batch.spot, verb)(*given)


def test_a_pool_is_named_by_a_zone_that_the_user_named() -> None:
    with mock_batch(clock="manual", subnet_zones={"subnet-left": "left"}) as mock:
        mock.call(
            "CreateComputeEnvironment",
            {
                "computeEnvironmentName": "ce",
                "type": "MANAGED",
                "computeResources": {
                    "type": "SPOT",
                    "maxvCpus": 4,
                    "minvCpus": 0,
                    "instanceTypes": ["c5.large"],
                    "instanceRole": "arn:aws:iam::123456789012:instance-profile/ecsInstanceRole",
                    "subnets": ["subnet-left"],
                    "securityGroupIds": ["sg-1"],
                    "allocationStrategy": "SPOT_CAPACITY_OPTIMIZED",
                },
            },
        )
        order = [{"order": 1, "computeEnvironment": "ce"}]
        mock.call(
            "CreateJobQueue", {"jobQueueName": "q", "priority": 1, "computeEnvironmentOrder": order}
        )
        mock.defaults()
        mock.spot.capacity("left", 0)
        mock.call("SubmitJob", {"jobName": "job", "jobQueue": "q", "jobDefinition": "default"})
        mock.advance("2m")
        assert str(mock.jobs.one().status_reason).startswith("CAPACITY:")
        mock.spot.capacity("left", None)
        mock.run_until_idle()
        assert mock.jobs.one().status == "SUCCEEDED"
        with pytest.raises(MockUsageError, match="'right' is no pool"):
            mock.spot.capacity("right", 0)
