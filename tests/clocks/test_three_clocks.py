"""Who moves virtual time: the test by hand, the wall clock at a rate, a program that sleeps."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_batchmock import (
    BatchMock,
    MockUsageError,
    SlowPollingWarning,
    StalledError,
    fails,
    hangs,
    mock_batch,
    reclaimed,
    succeeds,
)
from pytest_batchmock.engine.clock import RealClock
from pytest_batchmock.transports import virtual_sleep

START = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
manual = pytest.mark.batchmock(clock="manual", start=START)


class Hands:
    """A wall clock that goes only when the test turns it."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def submit(name: str = "job", **members: Any) -> str:
    """Submit a job with the default client and return its id."""
    request = {"jobQueue": "default", "jobDefinition": "default", **members}
    job_id: str = boto3.client("batch").submit_job(jobName=name, **request)["jobId"]
    return job_id


# Manual


@manual
@pytest.mark.parametrize("duration", ["5m", "300s", "4m60s", 300, 300.0, timedelta(minutes=5)], ids=str)
def test_advance_takes_every_form_of_a_duration(batchmock: BatchMock, duration: Any) -> None:
    batchmock.advance(duration)
    assert batchmock.now - START == timedelta(minutes=5)


@manual
def test_advance_takes_named_parts(batchmock: BatchMock) -> None:
    batchmock.advance(days=1, hours=2, minutes=3, seconds=4.5)
    assert batchmock.now - START == timedelta(days=1, hours=2, minutes=3, seconds=4.5)


@manual
@pytest.mark.parametrize(
    ("positional", "named"),
    [((), {}), (("5m",), {"minutes": 5}), (("soon",), {}), ((-1,), {}), ((), {"minutes": -1})],
)
def test_advance_refuses_what_is_no_duration(batchmock: BatchMock, positional: Any, named: Any) -> None:
    with pytest.raises(MockUsageError):
        batchmock.advance(*positional, **named)
    assert batchmock.now == START


@manual
def test_nothing_moves_by_itself_or_by_asking(batchmock: BatchMock, client: Any) -> None:
    batchmock.defaults()
    job = submit()
    for _ in range(200):
        assert client.describe_jobs(jobs=[job])["jobs"][0]["status"] == "SUBMITTED"
    assert batchmock.now == START


@manual
def test_advance_plays_all_that_happens_in_between(batchmock: BatchMock) -> None:
    batchmock.defaults()
    submit()
    batchmock.advance("1h")
    (job,) = batchmock.jobs
    assert job.statuses == ["SUBMITTED", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"]
    assert batchmock.now == START + timedelta(hours=1)


@manual
def test_step_goes_to_the_next_instant_until_there_is_none(batchmock: BatchMock) -> None:
    batchmock.defaults()
    submit()
    seen = [batchmock.jobs.one().status]
    while batchmock.step():
        seen.append(batchmock.jobs.one().status)
    assert list(dict.fromkeys(seen)) == ["SUBMITTED", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"]
    assert not batchmock.step()


@manual
def test_run_until_stops_as_soon_as_the_condition_holds(batchmock: BatchMock) -> None:
    batchmock.defaults()
    submit()
    batchmock.run_until(lambda: batchmock.jobs.one().status == "RUNNING")
    job = batchmock.jobs.one()
    assert job.started_at == batchmock.now


@manual
@pytest.mark.parametrize("zone", [timezone.utc, None])
def test_run_until_goes_to_a_time_of_day(batchmock: BatchMock, zone: Any) -> None:
    batchmock.run_until(datetime(2026, 3, 1, 18, tzinfo=zone))
    assert batchmock.now == START + timedelta(hours=6)


@manual
def test_run_until_a_time_that_is_past_is_refused(batchmock: BatchMock) -> None:
    batchmock.advance("1h")
    with pytest.raises(MockUsageError, match="that was 1h ago"):
        batchmock.run_until(START)


@manual
def test_run_until_something_that_cannot_come_explains_the_jobs(batchmock: BatchMock) -> None:
    batchmock.defaults()
    batchmock.on("job").hangs()
    submit()
    with pytest.raises(MockUsageError, match=r"job \(.*\) is RUNNING since 12:00:43.*hangs"):
        batchmock.run_until(lambda: batchmock.jobs.one().is_terminal)


@manual
def test_run_until_idle_ends_with_a_job_that_hangs(batchmock: BatchMock) -> None:
    batchmock.defaults()
    batchmock.on("stuck").hangs()
    submit("stuck")
    submit("done")
    batchmock.run_until_idle()
    assert {job.name: job.status for job in batchmock.jobs} == {
        "stuck": "RUNNING",
        "done": "SUCCEEDED",
    }
    assert batchmock.now < START + timedelta(minutes=2)


@pytest.mark.batchmock(clock="manual", stall_after=2)
def test_a_program_that_polls_a_manual_clock_is_told_who_moves_it(
    batchmock: BatchMock, client: Any
) -> None:
    batchmock.defaults()
    job = submit()

    def poll() -> None:
        for _ in range(1000):
            client.describe_jobs(jobs=[job])

    with pytest.raises(StalledError, match="The clock is manual"):
        poll()


@manual
def test_a_fixed_start_is_the_time_of_the_first_job(batchmock: BatchMock) -> None:
    batchmock.defaults()
    submit()
    assert batchmock.jobs.one().created_at == START


def test_virtual_time_starts_now_by_default(batchmock: BatchMock, client: Any) -> None:
    assert abs(batchmock.now.timestamp() - time.time()) < 60
    batchmock.defaults()
    submit()
    hour_ago = str(int((time.time() - 3600) * 1000))
    recent = [{"name": "AFTER_CREATED_AT", "values": [hour_ago]}]
    assert len(client.list_jobs(jobQueue="default", filters=recent)["jobSummaryList"]) == 1


# advance(a); advance(b) is advance(a + b); same seed, same bytes


def _a_busy_world(**options: Any) -> BatchMock:
    """A mock with jobs of every fate, some of them waiting for room or for each other."""
    mock = BatchMock(clock="manual", start=START, **options)
    mock.defaults(spot=True, max_vcpus=3, retries=2)
    mock.on("reclaimed").attempts(reclaimed(after="40s"), succeeds())
    mock.on("failing").attempts(fails(exit_code=3))
    mock.on("stuck").attempts(hangs())
    base = {"jobQueue": "default", "jobDefinition": "default"}
    first = mock.call("SubmitJob", {"jobName": "reclaimed", **base})["jobId"]
    mock.call("SubmitJob", {"jobName": "failing", **base})
    mock.call(
        "SubmitJob",
        {"jobName": "stuck", "timeout": {"attemptDurationSeconds": 90}, **base},
    )
    mock.call("SubmitJob", {"jobName": "after", "dependsOn": [{"jobId": first}], **base})
    mock.call("SubmitJob", {"jobName": "waiting", **base})
    return mock


def _told(mock: BatchMock) -> str:
    """All that DescribeJobs tells of the jobs of a mock, and how they came there."""
    ids = [job.id for job in mock.jobs]
    answer = mock.call("DescribeJobs", {"jobs": ids})
    return json.dumps([answer, [job.statuses for job in mock.jobs], str(mock.now)])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 120_000), min_size=1, max_size=12))
def test_time_passed_in_pieces_is_time_passed_at_once(pieces_ms: list[int]) -> None:
    in_pieces, at_once = _a_busy_world(), _a_busy_world()
    for piece in pieces_ms:
        in_pieces.advance(timedelta(milliseconds=piece))
    at_once.advance(timedelta(milliseconds=sum(pieces_ms)))
    assert _told(in_pieces) == _told(at_once)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 400))
def test_stepping_up_to_a_moment_is_advancing_to_it(seconds: int) -> None:
    stepping, at_once = _a_busy_world(), _a_busy_world()
    goal = START + timedelta(seconds=seconds)
    at_once.run_until(goal)
    while stepping.now < goal:
        before = stepping.now
        if not stepping.step() or stepping.now > goal:
            break
        assert stepping.now > before
    if stepping.now <= goal:
        stepping.run_until(goal)
        assert _told(stepping) == _told(at_once)


def _every_answer(seed: int) -> bytes:
    """All answers of a program, metadata included, in a mock with that seed."""
    answers: list[Any] = []
    with mock_batch(seed=seed, start=START) as mock:
        mock.defaults(spot=True, retries=2)
        mock.on("job-*").attempts(reclaimed(after="4m"), succeeds())
        client = boto3.client("batch")
        ids = []
        for number in range(3):
            answers.append(
                client.submit_job(jobName=f"job-{number}", jobQueue="default", jobDefinition="default")
            )
            ids.append(answers[-1]["jobId"])
        while True:
            answers.append(client.describe_jobs(jobs=ids))
            if all(job["status"] == "SUCCEEDED" for job in answers[-1]["jobs"]):
                break
            time.sleep(7)
        answers.append(client.describe_compute_environments())
        answers.append(client.list_jobs(jobQueue="default", jobStatus="SUCCEEDED", maxResults=2))
    return json.dumps(answers).encode()


def test_the_same_seed_and_start_give_the_same_bytes() -> None:
    assert _every_answer(seed=7) == _every_answer(seed=7)


def test_another_seed_gives_other_ids() -> None:
    assert _every_answer(seed=7) != _every_answer(seed=8)


def test_one_more_job_does_not_change_the_ids_of_those_before() -> None:
    def ids(count: int) -> list[str]:
        with mock_batch(seed=1) as mock:
            mock.defaults()
            return [submit(f"job-{number}") for number in range(count)]

    assert ids(3) == ids(5)[:3]


# Real, with a rate


def _real(mock: BatchMock, rate: float) -> Hands:
    """Put the mock on a real clock whose hands the test turns."""
    hands = Hands()
    mock._world.clock = RealClock(round(mock.now.timestamp() * 1000), rate, hands)
    return hands


@pytest.mark.batchmock(clock="real", start=START)
@pytest.mark.parametrize("rate", [1, 60, 0.5])
def test_a_real_clock_goes_with_the_wall_clock_times_its_rate(batchmock: BatchMock, rate: float) -> None:
    hands = _real(batchmock, rate)
    began = batchmock.now
    hands.seconds += 10
    assert batchmock.now - began == timedelta(seconds=10 * rate)


@pytest.mark.batchmock(clock="real", start=START)
def test_jobs_move_on_with_a_real_clock_without_anybody_asking_twice(
    batchmock: BatchMock, client: Any
) -> None:
    batchmock.defaults()
    hands = _real(batchmock, rate=60)
    job = submit()
    for wall_seconds, status in [(0, "SUBMITTED"), (1, "RUNNING"), (1, "SUCCEEDED")]:
        hands.seconds += wall_seconds
        for _ in range(2):
            assert client.describe_jobs(jobs=[job])["jobs"][0]["status"] == status


@pytest.mark.batchmock(clock="real", start=START)
def test_a_real_clock_that_was_advanced_goes_on_from_there(batchmock: BatchMock) -> None:
    hands = _real(batchmock, rate=1)
    began = batchmock.now
    batchmock.advance("1h")
    hands.seconds += 5
    assert batchmock.now - began == timedelta(hours=1, seconds=5)


@pytest.mark.batchmock(clock="real", start=START)
def test_the_clock_of_the_option_is_the_wall_clock(batchmock: BatchMock) -> None:
    first = batchmock.now
    assert timedelta(0) <= first - START < timedelta(minutes=5)
    assert batchmock.now >= first


# Sleeps


def _nap(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Record the sleeps that would be real; to be called before a mock starts."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    return slept


def test_by_default_only_a_sleep_after_a_batch_call_is_virtual(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = _nap(monkeypatch)
    with mock_batch(start=START) as mock:
        client = boto3.client("batch")
        time.sleep(1)
        client.describe_job_queues()
        time.sleep(30)
        time.sleep(2)
        assert mock.now == START + timedelta(seconds=30)
    time.sleep(3)
    assert real == [1, 2, 3]


def test_all_makes_every_sleep_virtual(monkeypatch: pytest.MonkeyPatch) -> None:
    real = _nap(monkeypatch)
    with mock_batch(start=START, virtual_sleep="all") as mock:
        time.sleep(1)
        time.sleep(2)
        assert mock.now == START + timedelta(seconds=3)
    assert real == []


def test_off_leaves_every_sleep_real(monkeypatch: pytest.MonkeyPatch) -> None:
    real = _nap(monkeypatch)
    with mock_batch(start=START, virtual_sleep="off") as mock:
        boto3.client("batch").describe_job_queues()
        time.sleep(30)
        assert mock.now == START
    assert real == [30]


def test_a_sleep_moves_a_manual_clock_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    real = _nap(monkeypatch)
    with mock_batch(start=START, clock="manual") as mock:
        boto3.client("batch").describe_job_queues()
        time.sleep(30)
        assert mock.now == START + timedelta(seconds=30)
    assert real == []


@pytest.mark.asyncio
async def test_an_asyncio_sleep_after_a_batch_call_is_virtual() -> None:
    with mock_batch(start=START) as mock:
        boto3.client("batch").describe_job_queues()
        assert await asyncio.sleep(3600, "result") == "result"
        assert mock.now == START + timedelta(hours=1)


def test_a_sleep_makes_every_question_new(batchmock: BatchMock, client: Any) -> None:
    batchmock.defaults()
    job = submit()
    client.describe_jobs(jobs=[job])
    time.sleep(0.25)
    before = batchmock.now
    client.describe_jobs(jobs=[job])
    assert batchmock.now == before


def test_real_waits_between_polls_give_one_hint_that_names_the_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hands = Hands()
    monkeypatch.setattr(virtual_sleep, "_now", hands)
    mock = mock_batch().start()
    client = boto3.client("batch")
    for _ in range(4):
        client.describe_job_queues()  # here
        hands.seconds += 1  # a sleep whose name was bound before the mock started
    with open(__file__) as source:
        line = next(number for number, text in enumerate(source, 1) if text.endswith("# here\n"))
    with pytest.warns(SlowPollingWarning) as hints:
        mock.stop()
    (hint,) = hints
    assert f"{__file__}:{line}" in str(hint.message)
    assert "3.0 s" in str(hint.message)


def test_short_waits_give_no_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    hands = Hands()
    monkeypatch.setattr(virtual_sleep, "_now", hands)
    with mock_batch():
        client = boto3.client("batch")
        for _ in range(100):
            client.describe_job_queues()
            hands.seconds += 0.1


def test_what_the_test_itself_moves_time_with_is_no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    hands = Hands()

    def works_for_long(job: Any) -> None:
        hands.seconds += 9

    monkeypatch.setattr(virtual_sleep, "_now", hands)
    with mock_batch(clock="manual") as mock:
        mock.defaults()
        mock.on("job").runs(works_for_long)
        client = boto3.client("batch")
        for move in (lambda: mock.advance("1h"), mock.run_until_idle):
            submit()
            move()
            client.describe_job_queues()
    assert hands.seconds == 1018


# Resources that take their time


@pytest.mark.batchmock(clock="manual", start=START, resource_latency="30s")
def test_with_a_latency_resources_pass_through_their_stages(batchmock: BatchMock, client: Any) -> None:
    def environment() -> str:
        found = client.describe_compute_environments()["computeEnvironments"]
        return str(found[0]["status"]) if found else "gone"

    def seen_until(last: str) -> list[str]:
        seen = [environment()]
        while seen[-1] != last:
            batchmock.advance("15s")
            seen.append(environment())
        return list(dict.fromkeys(seen))

    client.create_compute_environment(
        computeEnvironmentName="slow",
        type="MANAGED",
        computeResources={
            "type": "FARGATE",
            "maxvCpus": 4,
            "subnets": ["subnet-0a1b2c3d"],
            "securityGroupIds": ["sg-0a1b2c3d"],
        },
    )
    assert seen_until("VALID") == ["CREATING", "VALID"]
    client.update_compute_environment(computeEnvironment="slow", state="DISABLED")
    assert seen_until("VALID") == ["UPDATING", "VALID"]
    client.delete_compute_environment(computeEnvironment="slow")
    assert seen_until("gone") == ["DELETING", "gone"]
    assert batchmock.now == START + timedelta(seconds=90)


@pytest.mark.batchmock(resource_latency="1m")
def test_with_a_latency_a_queue_waits_for_its_environment_as_in_reality(
    batchmock: BatchMock, client: Any
) -> None:
    resources = {"type": "FARGATE", "maxvCpus": 4, "subnets": ["subnet-1"], "securityGroupIds": ["sg-1"]}
    client.create_compute_environment(
        computeEnvironmentName="slow", type="MANAGED", computeResources=resources
    )
    queue = {
        "jobQueueName": "early",
        "priority": 1,
        "computeEnvironmentOrder": [{"order": 1, "computeEnvironment": "slow"}],
    }
    with pytest.raises(client.exceptions.ClientException, match="must be created and valid before"):
        client.create_job_queue(**queue)
    assert client.describe_compute_environments()["computeEnvironments"][0]["status"] == "CREATING"
    batchmock.advance("1m")
    client.create_job_queue(**queue)


def test_without_a_latency_resources_are_valid_at_once(batchmock: BatchMock, client: Any) -> None:
    batchmock.defaults()
    (environment,) = client.describe_compute_environments()["computeEnvironments"]
    (queue,) = client.describe_job_queues()["jobQueues"]
    assert (environment["status"], environment["statusReason"]) == (
        *("VALID", "ComputeEnvironment Healthy"),
    )
    assert (queue["status"], queue["statusReason"]) == ("VALID", "JobQueue Healthy")


@pytest.mark.parametrize("goal", ["5m", 300, None])
def test_a_duration_is_no_goal_to_run_until(batchmock, goal):
    with pytest.raises(MockUsageError, match=r"give a datetime or a condition.*advance\(\)"):
        batchmock.run_until(goal)
