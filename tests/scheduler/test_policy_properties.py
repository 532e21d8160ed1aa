"""What the policies promise for any jobs: nobody starves, nothing idles, shares follow weights."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_batchmock import mock_batch
from pytest_batchmock.scheduler import fair_share

_weights = st.dictionaries(st.sampled_from("ABCDEF"), st.floats(0.1, 10), min_size=2)


def a_policy(weights: dict[str, float]) -> fair_share.Policy:
    entries = [{"shareIdentifier": name, "weightFactor": weight} for name, weight in weights.items()]
    return {"shareDistribution": entries}


def served(weights: dict[str, float], jobs: int) -> list[str]:
    """Who is served, one job after the other, while all of them always wait and nothing fades."""
    use = dict.fromkeys(weights, 0.0)
    order = []
    turns = fair_share.Turns(a_policy(weights), lambda: use, use.__getitem__, lambda: 0)
    for _ in range(jobs):
        share = turns(weights)
        use[share] += 1.0
        order.append(share)
    return order


def test_a_weight_of_an_eighth_gets_eight_times_the_share() -> None:
    counts = Counter(served({"A": 0.125, "B": 1.0}, 900))
    assert counts["A"] == pytest.approx(800, abs=1)
    assert counts["B"] == pytest.approx(100, abs=1)


def test_the_first_turns_of_three_shares_are_as_worked_out_by_hand() -> None:
    # Use times weight of A, B and C before each turn, the lowest is next, of equal ones the first by
    # name: 0 0 0, 1 0 0, 1 2 0, 1 2 4, 2 2 4, 3 2 4, 3 4 4, 4 4 4.
    weights = {"A": 1.0, "B": 2.0, "C": 4.0}
    assert "".join(served(weights, 8)) == "ABCAABAA"


@given(_weights)
@settings(deadline=None)
def test_in_the_long_run_turns_are_within_two_percent_of_the_weights(weights: dict[str, float]) -> None:
    counts = Counter(served(weights, 2000))
    total = sum(1 / weight for weight in weights.values())
    for name, weight in weights.items():
        assert counts[name] / 2000 == pytest.approx(1 / weight / total, abs=0.02)


@given(_weights)
@settings(deadline=None)
def test_no_share_waits_for_more_turns_than_the_weights_of_the_others_give_them(
    weights: dict[str, float],
) -> None:
    order = served(weights, 1500)
    for name, weight in weights.items():
        turns = [at for at, share in enumerate(order) if share == name]
        # Between two of its turns another share gets at most the ratio of the weights, and one more.
        bound = sum(weight / other + 1 for share, other in weights.items() if share != name) + 1
        assert turns[0] < len(weights)
        gaps = [later - earlier for earlier, later in pairwise(turns)]
        assert max(gaps, default=0) <= bound + 1


@given(
    st.lists(st.sampled_from("ABC"), min_size=1, max_size=30),
    st.integers(1, 6),
    st.sampled_from([None, {"A": 0.5}]),
)
@settings(max_examples=20, deadline=None)
def test_while_somebody_waits_all_vcpus_are_in_use(
    shares: list[str], vcpus: int, weights: dict[str, float] | None
) -> None:
    with mock_batch(clock="manual", start="2030-01-01", default_duration="10m") as batch:
        batch.defaults(fargate=True, max_vcpus=vcpus)
        request = {
            "jobQueueName": "q",
            "priority": 1,
            "computeEnvironmentOrder": [{"order": 1, "computeEnvironment": "default"}],
        }
        more: dict[str, object] = {}
        if weights is not None:
            policy = {"name": "p", "fairsharePolicy": a_policy(weights)}
            request["schedulingPolicyArn"] = batch.call("CreateSchedulingPolicy", policy)["arn"]
            more = {"schedulingPriorityOverride": 1}
        batch.call("CreateJobQueue", request)
        for share in shares:
            if weights is not None:
                more["shareIdentifier"] = share
            submit = {"jobName": share, "jobQueue": "q", "jobDefinition": "default", **more}
            batch.call("SubmitJob", submit)
        batch.advance("10s")
        while any(not job.is_terminal for job in batch.jobs):
            waiting = len(batch.jobs.all(status="RUNNABLE"))
            at_work = sum(job.status in ("STARTING", "RUNNING") for job in batch.jobs)
            assert at_work == vcpus or not waiting
            batch.advance("10m 35s")  # one wave: start, ten minutes, and the scheduler's look
        assert all(job.status == "SUCCEEDED" for job in batch.jobs)
