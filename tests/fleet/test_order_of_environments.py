"""Environments in order, queues by priority, jobs by age: where the next instance goes."""

from __future__ import annotations

from typing import Any

from .conftest import Driver


def where(batch: Driver, name: str) -> str:
    (attempt,) = batch.mock.jobs.one(name=name).attempts
    return attempt.compute_environment


def two(batch: Driver, first: dict[str, Any], second: dict[str, Any]) -> None:
    batch.environment("first", **first)
    batch.environment("second", **second)
    batch.queue("first", "second")


def test_jobs_fall_over_to_the_next_environment_when_the_first_is_full(batch: Driver) -> None:
    two(batch, {"maxvCpus": 4}, {"maxvCpus": 64})
    batch.submit(size=10)
    batch.mock.advance("2m")
    used = {it.environment: 0.0 for it in batch.mock.instances}
    for it in batch.mock.instances:
        used[it.environment] += it.vcpus
    assert used == {"first": 4, "second": 6}


def test_the_order_is_no_load_balancer(batch: Driver) -> None:
    two(batch, {"maxvCpus": 64}, {"maxvCpus": 64, "minvCpus": 8})
    batch.mock.advance("5m")
    batch.submit()
    batch.mock.run_until_idle()
    assert where(batch, "job") == "first"


def test_an_environment_that_is_too_small_is_passed_over(batch: Driver) -> None:
    two(batch, {"maxvCpus": 4}, {"instanceTypes": ["c5.4xlarge"]})
    batch.submit(vcpu=8)
    batch.mock.run_until_idle()
    assert where(batch, "job") == "second"


def test_an_environment_without_a_large_enough_type_is_passed_over(batch: Driver) -> None:
    two(batch, {"maxvCpus": 64}, {"instanceTypes": ["c5.4xlarge"]})
    batch.submit(vcpu=8)
    batch.mock.run_until_idle()
    assert where(batch, "job") == "second"


def test_a_disabled_environment_is_passed_over(batch: Driver) -> None:
    two(batch, {}, {})
    batch.mock.call("UpdateComputeEnvironment", {"computeEnvironment": "first", "state": "DISABLED"})
    batch.submit()
    batch.mock.run_until_idle()
    assert where(batch, "job") == "second"


def test_an_invalid_environment_is_passed_over(batch: Driver) -> None:
    two(batch, {}, {})
    batch.mock.environment("first").breaks("invalid")
    batch.submit()
    batch.mock.run_until_idle()
    assert where(batch, "job") == "second"


def test_an_environment_that_gets_no_capacity_is_passed_over(batch: Driver) -> None:
    two(batch, {}, {})
    batch.mock.environment("first").breaks("capacity")
    batch.submit()
    batch.mock.run_until_idle()
    assert where(batch, "job") == "second"


def test_a_head_that_waits_blocks_those_behind_it_in_its_queue_alone(batch: Driver) -> None:
    batch.environment(instanceTypes=["c5.xlarge"], maxvCpus=4)
    batch.queue("ce")
    batch.queue("ce", name="low", priority=0)
    batch.mock.on("long").succeeds(after="2h")
    batch.submit("long", vcpu=2)
    batch.mock.advance("2m")
    batch.submit("head", vcpu=4)
    batch.submit("behind")
    batch.submit("other", queue="low")
    batch.mock.advance("5m")
    states = [batch.status(name) for name in ("head", "behind", "other")]
    assert states == ["RUNNABLE", "RUNNABLE", "SUCCEEDED"]


def test_of_two_queues_the_one_with_the_higher_priority_gets_the_room(batch: Driver) -> None:
    batch.environment(maxvCpus=2)
    batch.queue("ce", name="low", priority=1)
    batch.queue("ce", name="high", priority=9)
    batch.submit("low", queue="low", vcpu=2)
    batch.submit("high", queue="high", vcpu=2)
    batch.mock.run_until_idle()
    low, high = batch.mock.jobs.one(name="low"), batch.mock.jobs.one(name="high")
    assert high.started_at is not None
    assert low.started_at is not None
    assert high.started_at < low.started_at


def test_a_retried_job_goes_to_the_front(batch: Driver) -> None:
    batch.environment(maxvCpus=2)
    batch.queue("ce")
    batch.mock.on("again", attempt=1).fails()
    batch.submit("again", vcpu=2, attempts=2)
    batch.submit("next", vcpu=2)
    batch.mock.run_until_idle()
    again, after = batch.mock.jobs.one(name="again"), batch.mock.jobs.one(name="next")
    assert again.stopped_at is not None
    assert after.started_at is not None
    assert again.stopped_at <= after.started_at


def test_a_running_job_is_never_stopped_for_a_higher_priority(batch: Driver) -> None:
    batch.environment(maxvCpus=2)
    batch.queue("ce", name="low", priority=1)
    batch.queue("ce", name="high", priority=9)
    batch.mock.on("low").succeeds(after="1h")
    batch.submit("low", queue="low", vcpu=2)
    batch.mock.advance("2m")
    batch.submit("high", queue="high", vcpu=2)
    batch.mock.advance("30m")
    assert (batch.status("low"), batch.status("high")) == ("RUNNING", "RUNNABLE")


def test_of_two_queues_of_equal_priority_the_older_is_served_first(batch: Driver) -> None:
    batch.environment(maxvCpus=2)
    batch.queue("ce", name="older")
    batch.queue("ce", name="newer")
    batch.submit("newer", queue="newer", vcpu=2)
    batch.submit("older", queue="older", vcpu=2)
    batch.mock.run_until_idle()
    newer, older = batch.mock.jobs.one(name="newer"), batch.mock.jobs.one(name="older")
    assert newer.started_at is not None
    assert older.started_at is not None
    assert older.started_at < newer.started_at


def test_a_lower_queue_starts_jobs_while_a_higher_one_waits_for_more_room(batch: Driver) -> None:
    batch.environment(instanceTypes=["c5.xlarge"], maxvCpus=4)
    batch.queue("ce", name="low", priority=1)
    batch.queue("ce", name="high", priority=9)
    batch.mock.on("long").succeeds(after="2h")
    batch.submit("long", queue="low", vcpu=2)
    batch.mock.advance("2m")
    batch.submit("large", queue="high", vcpu=4)
    batch.submit("small", queue="low")
    batch.mock.advance("5m")
    assert (batch.status("large"), batch.status("small")) == ("RUNNABLE", "SUCCEEDED")


def test_the_job_sees_the_environment_that_it_was_placed_in(batch: Driver) -> None:
    two(batch, {}, {})
    batch.mock.environment("first").breaks("capacity")
    batch.submit()
    batch.mock.run_until_idle()
    assert batch.mock.jobs.one().environment["AWS_BATCH_CE_NAME"] == "second"
