"""Quota management as a user of boto3 sees it: borrowing, preemption, blocked heads, snapshots."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scheduler.quota_builders import UNIT, Trainings

from pytest_batchmock import BatchMock, MockUsageError, StalledError, fails, succeeds
from pytest_batchmock.observe.explain import explain

RECLAIMED = "Cross-share preemption triggered to reclaim borrowed capacity"
LIMITS = "MISCONFIGURATION:QUOTA_MANAGEMENT_LIMIT_EXCEEDED"


def _poll(trainings: Trainings, job_id: str) -> None:
    while trainings.statuses(job_id) != ["SUCCEEDED"]:
        pass


@pytest.fixture
def mock() -> Iterator[BatchMock]:
    with BatchMock(start="2030-01-01", seed=7, clock="manual") as mock:
        yield mock


@pytest.fixture
def trainings(mock: BatchMock) -> Trainings:
    return Trainings(mock, boto3.client("batch"), 4)


@pytest.fixture
def lent(mock: BatchMock, trainings: Trainings) -> Trainings:
    """A lender of 2 whose capacity is borrowed by a share of 2 with jobs that hang."""
    trainings.share("lender", 2, "LEND")
    trainings.share("borrower", 2, "LEND_AND_BORROW")
    mock.on_service_job("hangs-*").hangs()
    return trainings


def test_borrowed_capacity_is_reclaimed_without_using_an_attempt(
    mock: BatchMock, lent: Trainings
) -> None:
    borrowed = [lent.train(f"hangs-{number}", "borrower", 1) for number in range(4)]
    mock.advance("2m")
    assert lent.statuses(*borrowed) == ["RUNNING"] * 4
    assert "preemptionSummary" not in lent.describe(borrowed[3])

    mine = lent.train("mine", "lender", 1)
    mock.advance("2s")
    going = lent.describe(borrowed[3])
    assert (going["status"], going["statusReason"]) == (
        "RUNNING",
        f"PREEMPTION_IN_PROGRESS: {RECLAIMED}",
    )
    mock.advance("2s")
    waits = lent.describe(borrowed[3])
    assert waits["status"] == "RUNNABLE"
    assert "statusReason" not in waits
    assert waits["attempts"] == []
    (attempt,) = waits["preemptionSummary"]["recentPreemptedAttempts"]
    assert waits["preemptionSummary"]["preemptedAttemptCount"] == 1
    assert attempt["statusReason"] == RECLAIMED
    assert attempt["startedAt"] < attempt["stoppedAt"]
    assert attempt["serviceResourceId"]["name"] == "TrainingJobArn"

    mock.advance("2s")
    assert lent.statuses(mine, *borrowed) == ["SCHEDULED", *["RUNNING"] * 3, "RUNNABLE"]
    mock.advance("10m")
    assert lent.statuses(mine, *borrowed) == ["SUCCEEDED", *["RUNNING"] * 4]
    lent.client.terminate_service_job(jobId=borrowed[3], reason="enough")
    mock.advance("1m")
    (last,) = lent.describe(borrowed[3])["attempts"]
    assert last["serviceResourceId"] != attempt["serviceResourceId"]


def test_a_job_is_preempted_while_it_is_scheduled_and_goes_no_further(
    mock: BatchMock, lent: Trainings
) -> None:
    borrowed = lent.train("hangs-1", "borrower", 4)
    lent.train("mine", "lender", 1)
    while lent.statuses(borrowed) == ["SUBMITTED"]:
        mock.advance(1)
    mock.advance("3m")
    assert lent.statuses(borrowed) == ["RUNNING"]  # "mine" was first, and the other has waited for it

    other = lent.train("mine-too", "lender", 2)
    mock.advance("10s")
    assert lent.statuses(borrowed, other) == ["RUNNABLE", "SCHEDULED"]


@pytest.mark.parametrize("retries", [0, 1])
def test_preemption_retries_bound_how_often_a_job_is_stopped(
    mock: BatchMock, lent: Trainings, retries: int
) -> None:
    borrowed = lent.train(
        "hangs-1",
        "borrower",
        4,
        preemptionConfiguration={"preemptionRetriesBeforeTermination": retries},
    )
    mock.advance("2m")
    for _ in range(retries + 1):
        assert lent.statuses(borrowed) == ["RUNNING"]
        lent.train("mine", "lender", 1)
        mock.advance("10m")
    ended = lent.describe(borrowed)
    assert (ended["status"], ended["statusReason"]) == ("FAILED", RECLAIMED)
    assert ended["preemptionSummary"]["preemptedAttemptCount"] == retries + 1
    assert ended["attempts"] == []


def test_a_preempted_attempt_is_no_attempt_of_the_retry_strategy(
    mock: BatchMock, lent: Trainings
) -> None:
    mock.on_service_job("train").attempts(fails(after="10m"), succeeds(after="1m"))
    job = lent.train("train", "borrower", 3, retryStrategy={"attempts": 2})
    mock.advance("2m")
    lent.train("mine", "lender", 2)
    mock.advance("1h")
    ended = lent.describe(job)
    assert ended["status"] == "SUCCEEDED"
    assert len(ended["attempts"]) == 2
    assert ended["preemptionSummary"]["preemptedAttemptCount"] == 1


def test_who_terminates_a_job_that_is_being_preempted_has_his_reason(
    mock: BatchMock, lent: Trainings
) -> None:
    borrowed = lent.train("hangs-1", "borrower", 4)
    mock.advance("2m")
    lent.train("mine", "lender", 1)
    mock.advance("2s")
    lent.client.terminate_service_job(jobId=borrowed, reason="not needed")
    mock.advance("1m")
    ended = lent.describe(borrowed)
    assert (ended["status"], ended["statusReason"]) == ("FAILED", "not needed")
    assert "preemptionSummary" not in ended
    assert ended["attempts"][0]["statusReason"] == "not needed"


def test_an_update_of_the_priority_stops_a_job_of_the_same_share(
    mock: BatchMock, trainings: Trainings
) -> None:
    trainings.share("only", 4, "RESERVE", within=True)
    mock.on_service_job("*").hangs()
    low = trainings.train("low", "only", 4, schedulingPriority=1)
    mock.advance("2m")
    high = trainings.train("high", "only", 2, schedulingPriority=1)
    mock.advance("2m")
    assert trainings.statuses(low, high) == ["RUNNING", "RUNNABLE"]
    trainings.client.update_service_job(jobId=high, schedulingPriority=2)
    mock.advance("2m")
    assert trainings.statuses(low, high) == ["RUNNABLE", "RUNNING"]
    (attempt,) = trainings.describe(low)["preemptionSummary"]["recentPreemptedAttempts"]
    assert attempt["statusReason"] == "In-share preemption triggered by a job of higher priority"


def test_a_lowered_limit_lets_another_share_have_its_own(mock: BatchMock, trainings: Trainings) -> None:
    first = trainings.share("first", 4, "RESERVE")
    trainings.share("second", 2, "RESERVE")
    mock.on_service_job("*").hangs()
    old, young = (trainings.train(name, "first", 2) for name in ("old", "young"))
    waits = trainings.train("waits", "second", 2)
    mock.advance("2m")
    assert trainings.statuses(old, young, waits) == ["RUNNING", "RUNNING", "RUNNABLE"]
    trainings.client.update_quota_share(
        quotaShareArn=first, capacityLimits=[{"maxCapacity": 2, "capacityUnit": UNIT}]
    )
    mock.advance("2m")
    assert trainings.statuses(old, young, waits) == ["RUNNING", "RUNNABLE", "RUNNING"]


def test_a_time_limit_action_ends_a_job_that_its_share_can_never_hold(
    mock: BatchMock, trainings: Trainings
) -> None:
    trainings.share("small", 2, "RESERVE")
    action = {"reason": LIMITS, "state": "RUNNABLE", "maxTimeSeconds": 600, "action": "TERMINATE"}
    trainings.client.update_job_queue(jobQueue="trainings", jobStateTimeLimitActions=[action])
    large, small = trainings.train("large", "small", 3), trainings.train("small", "small", 1)
    mock.advance("5m")
    assert trainings.statuses(large, small) == ["RUNNABLE", "RUNNABLE"]
    reason = trainings.describe(large)["statusReason"]
    assert reason == f"{LIMITS} - Job requirements exceed quota share capacity limits."
    mock.advance("10m")
    ended = trainings.describe(large)
    assert ended["status"] == "FAILED"
    assert ended["statusReason"] == f"Terminated by JobStateTimeLimit action due to reason: {LIMITS}"
    assert trainings.statuses(small) == ["SUCCEEDED"]


def test_without_instances_the_heads_of_all_shares_wait_and_say_why(
    mock: BatchMock, trainings: Trainings
) -> None:
    for name in ("first", "second"):
        trainings.share(name, 2, "RESERVE")
    mock.environment("trainings").breaks("capacity")
    jobs = [trainings.train(name, name, 1) for name in ("first", "second")]
    large = trainings.train("large", "first", 3)
    mock.advance("1h")
    assert trainings.statuses(*jobs, large) == ["RUNNABLE"] * 3
    reasons = [trainings.describe(job).get("statusReason") for job in (*jobs, large)]
    text = "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - Unable to provision requested compute resources"
    assert reasons == [text, text, None]
    mock.environment("trainings").recovers()
    mock.advance("1h")
    assert trainings.statuses(*jobs) == ["SUCCEEDED", "SUCCEEDED"]


def test_a_service_environment_can_only_lack_capacity(mock: BatchMock, trainings: Trainings) -> None:
    with pytest.raises(MockUsageError, match="can only lack 'capacity'"):
        mock.environment("trainings").breaks("service_role")


def test_a_blocked_head_holds_up_nobody_in_other_shares(mock: BatchMock, trainings: Trainings) -> None:
    trainings.share("small", 2, "RESERVE")
    trainings.share("other", 2, "RESERVE")
    large, other = trainings.train("large", "small", 3), trainings.train("other", "other", 1)
    mock.advance("10m")
    assert trainings.statuses(large, other) == ["RUNNABLE", "SUCCEEDED"]


def test_a_disabled_share_finishes_what_was_submitted(mock: BatchMock, trainings: Trainings) -> None:
    arn = trainings.share("share", 1, "RESERVE")
    jobs = [trainings.train(f"job-{number}", "share", 1) for number in range(2)]
    trainings.client.update_quota_share(quotaShareArn=arn, state="DISABLED")
    mock.run_until_idle()
    assert trainings.statuses(*jobs) == ["SUCCEEDED", "SUCCEEDED"]
    with pytest.raises(trainings.client.exceptions.ClientException, match="DISABLED"):
        trainings.train("late", "share", 1)


def test_the_snapshot_has_the_front_of_each_share_and_what_each_uses(
    mock: BatchMock, trainings: Trainings
) -> None:
    trainings.share("a", 3, "RESERVE")
    trainings.share("b", 1, "RESERVE")
    mock.on_service_job("*").hangs()
    trainings.train("one", "a", 2)
    trainings.train("two", "b", 1)
    mock.advance("2m")
    low = trainings.train("low", "a", 2, schedulingPriority=1)
    first = trainings.train("first", "b", 1)
    high = trainings.train("high", "a", 2, schedulingPriority=2)
    mock.advance("2m")
    snapshot = trainings.client.get_job_queue_snapshot(jobQueue="trainings")
    fronts = snapshot["frontOfQuotaShares"]["quotaShares"]
    arns = {job_id: trainings.describe(job_id)["jobArn"] for job_id in (low, first, high)}
    assert {name: [it["jobArn"] for it in jobs] for name, jobs in fronts.items()} == {
        "a": [arns[high]],
        "b": [arns[first]],
    }
    front = [it["jobArn"] for it in snapshot["frontOfQueue"]["jobs"]]
    assert front == [arns[first], arns[high], arns[low]]
    used = snapshot["queueUtilization"]["quotaShareUtilization"]["topCapacityUtilization"]
    assert used == [
        {"quotaShareName": "a", "capacityUsage": [{"capacityUnit": UNIT, "quantity": 2.0}]},
        {"quotaShareName": "b", "capacityUsage": [{"capacityUnit": UNIT, "quantity": 1.0}]},
    ]


def test_service_jobs_are_listed_by_their_quota_share_with_or_without_a_status(
    mock: BatchMock, trainings: Trainings
) -> None:
    for name in ("a", "b"):
        trainings.share(name, 1, "RESERVE")
    mock.on_service_job("*").hangs()
    for name, share in (("one", "a"), ("two", "b"), ("three", "a")):
        trainings.train(name, share, 1)
        mock.advance("5m")

    def listed(**members: str) -> list[str]:
        filters = [{"name": "QUOTA_SHARE_NAME", "values": ["a"]}]
        found = trainings.client.list_service_jobs(jobQueue="trainings", filters=filters, **members)
        assert {summary["quotaShareName"] for summary in found["jobSummaryList"]} == {"a"}
        return [summary["jobName"] for summary in found["jobSummaryList"]]

    assert listed() == ["three", "one"]
    assert listed(jobStatus="RUNNING") == ["one"]


def test_explain_says_what_a_service_job_waits_for(mock: BatchMock, lent: Trainings) -> None:
    borrowed = lent.train("hangs-1", "borrower", 4)
    mock.advance("2m")
    lent.train("mine", "lender", 1)
    mock.advance("2s")
    (region,) = mock._world.engine.regions.values()
    theirs, mine = (explain(job) for job in region.service_jobs.values())
    assert mine.endswith(
        f"needs 1 x {UNIT}; quota share 'lender' (LEND, limit 2, in use 0); "
        f"service environment 'trainings' (ENABLED, VALID, max 4, in use by this queue 4)"
    )
    assert borrowed in theirs
    assert RECLAIMED in theirs


def test_polling_a_job_that_its_share_can_never_hold_is_a_stall_that_names_the_reason() -> None:
    with BatchMock() as mock:
        trainings = Trainings(mock, boto3.client("batch"), 4)
        trainings.share("small", 2, "RESERVE")
        job_id = trainings.train("large", "small", 3)
        with pytest.raises(StalledError, match=f"limit 2, in use 0.*{LIMITS}"):
            _poll(trainings, job_id)


_STRATEGIES = ("RESERVE", "LEND", "LEND_AND_BORROW")


@settings(max_examples=25, deadline=None)
@given(
    shares=st.lists(
        st.tuples(st.integers(1, 4), st.sampled_from(_STRATEGIES), st.booleans()),
        min_size=2,
        max_size=4,
    ),
    jobs=st.lists(
        st.tuples(st.integers(0, 3), st.integers(1, 4), st.integers(0, 2), st.integers(0, 30)),
        min_size=1,
        max_size=12,
    ),
    scarce=st.booleans(),
)
def test_every_training_that_fits_its_share_ends_and_no_more_runs_than_there_is_room_for(
    shares: list[tuple[int, str, bool]], jobs: list[tuple[int, int, int, int]], scarce: bool
) -> None:
    """Nobody waits for ever, and nobody is stopped for ever, also where shares promise too much."""
    limits = [limit for limit, *_ in shares]
    room = max(limits) if scarce else sum(limits)
    with BatchMock(start="2030-01-01", clock="manual") as mock:
        trainings = Trainings(mock, boto3.client("batch"), room)
        for number, (limit, strategy, within) in enumerate(shares):
            trainings.share(str(number), limit, strategy, within=within)
        for name, (share, amount, priority, minutes) in enumerate(jobs):
            number = share % len(shares)
            mock.on_service_job(str(name)).succeeds(after=f"{minutes}m")
            trainings.train(
                str(name), str(number), min(amount, limits[number]), schedulingPriority=priority
            )
            mock.advance("3m")
            _within_the_room(trainings, room)
        for _ in range(24):
            mock.advance("1h")
            _within_the_room(trainings, room)
        (region,) = mock._world.engine.regions.values()
        assert {job.status for job in region.service_jobs.values()} == {"SUCCEEDED"}
        assert not mock._world.engine.capacity.in_use()


def _within_the_room(trainings: Trainings, room: int) -> None:
    snapshot = trainings.client.get_job_queue_snapshot(jobQueue="trainings")
    used = snapshot["queueUtilization"]["totalCapacityUsage"]
    assert sum(entry["quantity"] for entry in used) <= room


def test_a_quota_share_is_made_and_listed_by_its_queue_and_else_named_by_its_arn(
    trainings: Trainings,
) -> None:
    client = trainings.client
    arn = trainings.share("share", 2, "LEND_AND_BORROW", borrowLimit=50)
    head = "arn:aws:batch:us-east-1:123456789012:job-queue/trainings"
    assert arn == f"{head}/quota-share/share"
    listed = {
        "quotaShareName": "share",
        "quotaShareArn": arn,
        "jobQueueArn": head,
        "capacityLimits": [{"maxCapacity": 2, "capacityUnit": UNIT}],
        "resourceSharingConfiguration": {"strategy": "LEND_AND_BORROW", "borrowLimit": 50},
        "preemptionConfiguration": {"inSharePreemption": "DISABLED"},
        "state": "ENABLED",
        "status": "VALID",
    }
    for queue in ("trainings", head):
        assert client.list_quota_shares(jobQueue=queue, maxResults=100)["quotaShares"] == [listed]
    described = client.describe_quota_share(quotaShareArn=arn)
    del described["ResponseMetadata"]
    assert described == {**listed, "tags": {}}
    for page in (0, 101):
        with pytest.raises(client.exceptions.ClientException, match="maxResults"):
            client.list_quota_shares(jobQueue="trainings", maxResults=page)
    for call in (client.describe_quota_share, client.update_quota_share):
        with pytest.raises(client.exceptions.ClientException, match="not found"):
            call(quotaShareArn="share")


def test_an_update_of_a_quota_share_changes_what_is_sent_and_nothing_else(trainings: Trainings) -> None:
    client = trainings.client
    arn = trainings.share("share", 2, "RESERVE")
    before = client.describe_quota_share(quotaShareArn=arn)
    changes = [
        {"capacityLimits": [{"maxCapacity": 3, "capacityUnit": UNIT}]},
        {"resourceSharingConfiguration": {"strategy": "LEND"}},
        {"preemptionConfiguration": {"inSharePreemption": "ENABLED"}},
        {"state": "DISABLED"},
    ]
    for change in changes:
        client.update_quota_share(quotaShareArn=arn, **change)
        after = client.describe_quota_share(quotaShareArn=arn)
        del before["ResponseMetadata"]
        assert {name: after[name] for name in before} == {**before, **change}
        before = after
