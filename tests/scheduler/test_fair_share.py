"""Fair share against examples computed by hand from the documented formulae."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_batchmock import mock_batch
from pytest_batchmock.scheduler import fair_share

POLICY = {
    "shareDistribution": [
        {"shareIdentifier": "A", "weightFactor": 0.125},
        {"shareIdentifier": "team*", "weightFactor": 2.0},
    ]
}


@pytest.mark.parametrize(
    ("percent", "active", "part"),
    [(50, 1, 0.5), (50, 2, 0.25), (50, 3, 0.125), (25, 1, 0.25), (25, 2, 0.0625), (0, 5, 0.0)],
)
def test_the_reservation_shrinks_with_every_active_share(percent: int, active: int, part: float) -> None:
    assert fair_share.reserved_fraction({"computeReservation": percent}, active) == pytest.approx(part)


def test_a_share_that_no_entry_names_has_the_weight_one() -> None:
    assert fair_share.weight("other", POLICY, {"other"}) == 1.0


def test_the_weight_of_a_prefix_is_multiplied_by_the_identifiers_in_use() -> None:
    assert fair_share.weight("team1", POLICY, {"team1", "team2", "A"}) == 4.0
    assert fair_share.weight("team1", POLICY, {"team1"}) == 2.0


def test_the_share_with_the_lowest_weighted_use_is_next() -> None:
    # A has used seven times as much as B, at an eighth of the weight: 7/8 < 1.
    assert fair_share.next_share(["A", "B"], {"A": 7.0, "B": 1.0}, POLICY) == "A"
    assert fair_share.next_share(["A", "B"], {"A": 9.0, "B": 1.0}, POLICY) == "B"


def test_no_decay_time_means_the_minimum_of_ten_minutes() -> None:
    assert fair_share.decay_seconds({}) == 600
    assert fair_share.decay_seconds({"shareDecaySeconds": 0}) == 600
    assert fair_share.decay_seconds({"shareDecaySeconds": 3600}) == 3600


@given(st.dictionaries(st.sampled_from("ABCDE"), st.floats(0, 1e6), min_size=1))
def test_only_somebody_who_waits_is_next(use: dict[str, float]) -> None:
    waiting = sorted(use)[:2]
    assert fair_share.next_share(waiting, use, POLICY) in waiting


def _shares_at_work(weights: dict[str, float], *, vcpus: int, hours: int) -> dict[str, float]:
    """The part of all finished jobs that each share got, with all of them always waiting."""
    with mock_batch(clock="manual") as batch:
        batch.defaults(fargate=True, max_vcpus=vcpus)
        entries = [{"shareIdentifier": name, "weightFactor": weight} for name, weight in weights.items()]
        policy = batch.call(
            "CreateSchedulingPolicy",
            {
                "name": "policy",
                "fairsharePolicy": {"shareDistribution": entries, "shareDecaySeconds": 3600},
            },
        )
        order = [{"order": 1, "computeEnvironment": "default"}]
        batch.call(
            "CreateJobQueue",
            {
                "jobQueueName": "fair",
                "priority": 1,
                "schedulingPolicyArn": policy["arn"],
                "computeEnvironmentOrder": order,
            },
        )
        batch.on("*").succeeds(after="10m")
        for name in weights:
            batch.call(
                "SubmitJob",
                {
                    "jobName": name,
                    "jobQueue": "fair",
                    "jobDefinition": "default",
                    "shareIdentifier": name,
                    "schedulingPriorityOverride": 1,
                    "arrayProperties": {"size": vcpus * hours * 6},
                },
            )
        batch.advance(hours=hours)
        done = {
            job.name: sum(child.status == "SUCCEEDED" for child in job.children) for job in batch.jobs
        }
    total = sum(done.values())
    return {name: count / total for name, count in done.items()}


@pytest.mark.parametrize(
    "weights", [{"A": 0.125, "B": 1.0}, {"A": 1.0, "B": 1.0}, {"A": 1.0, "B": 2.0, "C": 4.0}]
)
def test_in_the_long_run_shares_get_capacity_in_inverse_proportion_to_their_weights(
    weights: dict[str, float],
) -> None:
    got = _shares_at_work(weights, vcpus=56, hours=12)
    inverse = {name: 1 / weight for name, weight in weights.items()}
    for name, part in inverse.items():
        assert got[name] == pytest.approx(part / sum(inverse.values()), abs=0.02)


def test_a_reservation_keeps_room_for_a_share_that_comes_later() -> None:
    with mock_batch(clock="manual") as batch:
        batch.defaults(fargate=True, max_vcpus=8)
        policy = batch.call(
            "CreateSchedulingPolicy", {"name": "policy", "fairsharePolicy": {"computeReservation": 50}}
        )
        batch.call(
            "CreateJobQueue",
            {
                "jobQueueName": "fair",
                "priority": 1,
                "schedulingPolicyArn": policy["arn"],
                "computeEnvironmentOrder": [{"order": 1, "computeEnvironment": "default"}],
            },
        )
        submit = {
            "jobQueue": "fair",
            "jobDefinition": "default",
            "schedulingPriorityOverride": 1,
            "arrayProperties": {"size": 10},
        }
        batch.on("*").hangs()
        batch.call("SubmitJob", {**submit, "jobName": "first", "shareIdentifier": "A"})
        batch.advance("2m")
        first = batch.jobs.one(name="first").children
        assert sum(child.status == "RUNNING" for child in first) == 4
        kept = "queue 'fair' (keeps 50 % for shares that are not active)"
        assert kept in batch.explain(next(child for child in first if child.status == "RUNNABLE"))

        batch.call("SubmitJob", {**submit, "jobName": "second", "shareIdentifier": "B"})
        batch.advance("2m")
        second = batch.jobs.one(name="second").children
        assert sum(child.status == "RUNNING" for child in second) == 2


def test_within_a_share_the_higher_scheduling_priority_is_first() -> None:
    with mock_batch(clock="manual") as batch:
        batch.defaults(fargate=True, max_vcpus=1)
        policy = batch.call("CreateSchedulingPolicy", {"name": "policy", "fairsharePolicy": {}})
        batch.call(
            "CreateJobQueue",
            {
                "jobQueueName": "fair",
                "priority": 1,
                "schedulingPolicyArn": policy["arn"],
                "computeEnvironmentOrder": [{"order": 1, "computeEnvironment": "default"}],
            },
        )
        for name, priority in (("low", 1), ("high", 9)):
            batch.call(
                "SubmitJob",
                {
                    "jobName": name,
                    "jobQueue": "fair",
                    "jobDefinition": "default",
                    "shareIdentifier": "A",
                    "schedulingPriorityOverride": priority,
                },
            )
        front = batch.call("GetJobQueueSnapshot", {"jobQueue": "fair"})["frontOfQueue"]["jobs"]
        assert front == []
        batch.advance(1)
        front = batch.call("GetJobQueueSnapshot", {"jobQueue": "fair"})["frontOfQueue"]["jobs"]
        assert [entry["jobArn"] for entry in front] == [
            batch.jobs.one(name="high").arn,
            batch.jobs.one(name="low").arn,
        ]
        batch.run_until_idle()
        assert batch.jobs.one(name="high").started_at < batch.jobs.one(name="low").started_at
