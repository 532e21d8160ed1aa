"""Fair share against examples computed by hand from the documented formulae."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_batchmock import mock_batch
from pytest_batchmock.scheduler import fair_share

POLICY = {
    "shareDistribution": [
        {"shareIdentifier": "A", "weightFactor": 0.125},
        {"shareIdentifier": "team*", "weightFactor": 2.0},
    ]
}


def first_turn(waiting: list[str], use: dict[str, float]) -> str:
    """Who is served first by `POLICY`."""
    return fair_share.Turns(POLICY, lambda: use, lambda share: use.get(share, 0.0), lambda: 0)(waiting)


def by_the_formula(waiting: list[str], use: dict[str, float], policy: fair_share.Policy) -> str:
    """Who is served next if all shares are looked at, entry by entry."""
    in_use = {*waiting, *(share for share, amount in use.items() if amount > 0)}

    def weight(share: str) -> float:
        for entry in policy["shareDistribution"]:
            prefix, star, _ = entry["shareIdentifier"].partition("*")
            if share == prefix and not star:
                return entry["weightFactor"]
            if star and share.startswith(prefix):
                return entry["weightFactor"] * max(1, sum(it.startswith(prefix) for it in in_use))
        return 1.0

    return min(waiting, key=lambda share: (use.get(share, 0.0) * weight(share), share))


@pytest.mark.parametrize(
    ("percent", "active", "part"),
    [(50, 1, 0.5), (50, 2, 0.25), (50, 3, 0.125), (25, 1, 0.25), (25, 2, 0.0625), (0, 5, 0.0)],
)
def test_the_reservation_shrinks_with_every_active_share(percent: int, active: int, part: float) -> None:
    assert fair_share.reserved_fraction({"computeReservation": percent}, active) == pytest.approx(part)


def test_a_share_that_no_entry_names_has_the_weight_one() -> None:
    assert fair_share.Weights(POLICY, {"other"}).of("other") == 1.0


def test_the_weight_of_a_prefix_is_multiplied_by_the_identifiers_in_use() -> None:
    assert fair_share.Weights(POLICY, {"team1", "team2", "A"}).of("team1") == 4.0
    assert fair_share.Weights(POLICY, {"team1"}).of("team1") == 2.0


def test_the_share_with_the_lowest_weighted_use_is_next() -> None:
    # A has used seven times as much as B, at an eighth of the weight: 7/8 < 1.
    assert first_turn(["A", "B"], {"A": 7.0, "B": 1.0}) == "A"
    assert first_turn(["A", "B"], {"A": 9.0, "B": 1.0}) == "B"


def test_no_decay_time_means_the_minimum_of_ten_minutes() -> None:
    assert fair_share.decay_seconds({}) == 600
    assert fair_share.decay_seconds({"shareDecaySeconds": 0}) == 600
    assert fair_share.decay_seconds({"shareDecaySeconds": 3600}) == 3600


@given(st.dictionaries(st.sampled_from("ABCDE"), st.floats(0, 1e6), min_size=1))
@settings(deadline=None)
def test_only_somebody_who_waits_is_next(use: dict[str, float]) -> None:
    waiting = sorted(use)[:2]
    assert first_turn(waiting, use) in waiting


NAMES = ("A", "B", "team1", "team2", "team12", "t")


@given(
    st.lists(st.tuples(st.sampled_from(NAMES), st.integers(1, 8)), min_size=1, max_size=30),
    st.dictionaries(st.sampled_from(NAMES), st.integers(0, 20)),
    st.lists(
        st.builds(
            lambda name, star, factor: {"shareIdentifier": name + star, "weightFactor": factor},
            st.sampled_from(NAMES),
            st.sampled_from(["", "*"]),
            st.sampled_from([0.125, 1.0, 2.0, 900.0]),
        ),
        max_size=5,
    ),
    st.data(),
)
@settings(deadline=None)
def test_turns_taken_one_by_one_are_those_of_the_formula(jobs, use, entries, data) -> None:
    policy, waiting, given_back = {"shareDistribution": entries}, {}, [0]
    for name, size in jobs:
        waiting.setdefault(name, []).append(size)
    turns = fair_share.Turns(
        policy, lambda: dict(use), lambda name: use.get(name, 0), lambda: given_back[0]
    )
    while waiting:
        share = turns(waiting)
        assert share == by_the_formula(list(waiting), use, policy)
        size = waiting[share].pop()
        if not waiting[share]:
            del waiting[share]
        what = data.draw(st.sampled_from(["placed", "placed", "refused", "ended", "came"]))
        if what != "refused":
            use[share] = use.get(share, 0) + size
        if what == "ended":
            other = data.draw(st.sampled_from(sorted(use)))
            use[other], given_back[0] = use[other] // 2, given_back[0] + 1
        if what == "came" and len(jobs) < 60:
            jobs.append(("B", 1))
            waiting.setdefault("B", []).append(1)


def test_the_first_entry_that_names_an_identifier_counts() -> None:
    entries = [("team*", 2.0), ("team1", 5.0), ("team12*", 7.0), ("*", 3.0)]
    policy = {"shareDistribution": [{"shareIdentifier": a, "weightFactor": b} for a, b in entries]}
    in_use = {"team1", "team12", "x"}
    found = [fair_share.Weights(policy, in_use).of(name) for name in ("team1", "team12", "x")]
    assert found == [4.0, 4.0, 9.0]


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
