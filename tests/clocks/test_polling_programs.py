"""Ordinary programs that wait for Batch: each ends, and each sees what it would see in reality."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import boto3
import botocore.waiter
import pytest

from pytest_batchmock import BatchMock, StalledError, mock_batch

LIVE = ["SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING"]
ENDED = ["SUCCEEDED", "FAILED"]


@pytest.fixture
def batch(batchmock: BatchMock) -> BatchMock:
    """The mock, with an environment, queue and definition called "default"."""
    batchmock.defaults()
    return batchmock


def submit(client: Any, name: str = "job", **members: Any) -> str:
    """Submit a job and return its id."""
    request = {"jobQueue": "default", "jobDefinition": "default", **members}
    job_id: str = client.submit_job(jobName=name, **request)["jobId"]
    return job_id


def status_of(client: Any, job_id: str) -> str:
    """One poll of one job."""
    (job,) = client.describe_jobs(jobs=[job_id])["jobs"]
    return str(job["status"])


def wait_for(client: Any, job_id: str) -> str:
    """Poll one job until it has ended."""
    while (status := status_of(client, job_id)) not in ENDED:
        pass
    return status


def chunks(job_ids: list[str], size: int) -> list[list[str]]:
    """The ids in chunks, as DescribeJobs takes them."""
    return [job_ids[at : at + size] for at in range(0, len(job_ids), size)]


def test_describe_and_sleep_until_the_job_has_ended(batch: BatchMock, client: Any) -> None:
    batch.on("job").succeeds(after="10m")
    job_id = submit(client)
    polls = 0
    while True:
        (job,) = client.describe_jobs(jobs=[job_id])["jobs"]
        polls += 1
        if job["status"] in ENDED:
            break
        time.sleep(30)
    assert job["status"] == "SUCCEEDED"
    assert job["stoppedAt"] - job["startedAt"] == 600_000
    assert polls == 23  # 643 virtual seconds in steps of 30, and the first look


def test_describe_without_a_sleep_sees_every_status(batch: BatchMock, client: Any) -> None:
    job_id = submit(client)
    seen = []
    while not seen or seen[-1] not in ENDED:
        seen.append(status_of(client, job_id))
    assert seen == ["SUBMITTED", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"]


def test_a_finished_job_is_polled_beside_one_that_hangs(batch: BatchMock, client: Any) -> None:
    batch.on("stuck").hangs()
    done = submit(client, "done")
    stuck = submit(client, "stuck", timeout={"attemptDurationSeconds": 86_400})
    while True:
        jobs = {job["jobId"]: job for job in client.describe_jobs(jobs=[done, stuck])["jobs"]}
        assert jobs.keys() == {done, stuck}
        if all(job["status"] in ENDED for job in jobs.values()):
            break
        time.sleep(60)
    assert jobs[done]["status"] == "SUCCEEDED"
    assert jobs[stuck]["statusReason"] == "Job attempt duration exceeded timeout"


def test_a_finished_job_alone_may_be_polled_for_ever_and_does_not_expire(
    batch: BatchMock, client: Any
) -> None:
    batch.on("stuck").hangs()
    submit(client, "stuck")
    done = submit(client, "done")
    wait_for(client, done)
    before = batch.now
    for _ in range(500):
        assert status_of(client, done) == "SUCCEEDED"
    assert batch.now - before < timedelta(hours=1)  # only an idle instance has left


def test_a_loop_over_the_statuses_ends_when_all_are_empty(batch: BatchMock, client: Any) -> None:
    jobs = [submit(client, f"job-{number}") for number in range(5)]
    submit(client, "last", dependsOn=[{"jobId": job} for job in jobs])
    rounds = []
    while True:
        found = {
            status: len(client.list_jobs(jobQueue="default", jobStatus=status)["jobSummaryList"])
            for status in [*LIVE, *ENDED]
        }
        rounds.append(found)
        if not any(found[status] for status in LIVE):
            break
    assert all(sum(found.values()) == 6 for found in rounds), "a round saw two moments"
    assert rounds[-1]["SUCCEEDED"] == 6
    assert any(found["RUNNING"] == 5 and found["PENDING"] == 1 for found in rounds)


def test_a_listing_in_pages_of_two_is_of_one_moment(batch: BatchMock, client: Any) -> None:
    jobs = {submit(client, f"job-{number}") for number in range(9)}
    paginator = client.get_paginator("list_jobs")
    for status in ("SUBMITTED", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"):
        batch.run_until(lambda status=status: all(job.status == status for job in batch.jobs))
        before = batch.now
        pages = paginator.paginate(
            jobQueue="default", jobStatus=status, PaginationConfig={"PageSize": 2}
        )
        found = [summary["jobId"] for page in pages for summary in page["jobSummaryList"]]
        assert sorted(found) == sorted(jobs)
        assert batch.now == before


def test_a_paged_listing_that_is_repeated_goes_on_in_time(batch: BatchMock, client: Any) -> None:
    for number in range(5):
        submit(client, f"job-{number}")
    paginator = client.get_paginator("list_jobs")
    while True:
        pages = paginator.paginate(
            jobQueue="default", jobStatus="SUCCEEDED", PaginationConfig={"PageSize": 2}
        )
        if sum(len(page["jobSummaryList"]) for page in pages) == 5:
            break
    assert {job.status for job in batch.jobs} == {"SUCCEEDED"}


def test_twenty_jobs_polled_round_robin_all_end(batch: BatchMock, client: Any) -> None:
    waiting = [submit(client, f"job-{number}") for number in range(20)]
    seen: dict[str, list[str]] = {job: [] for job in waiting}
    while waiting:
        for job in list(waiting):
            status = status_of(client, job)
            seen[job].append(status)
            if status in ENDED:
                waiting.remove(job)
    expected = ["SUBMITTED", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"]
    assert all(statuses == expected for statuses in seen.values())


def test_chunks_of_100_ids_see_one_moment_in_each_round(batch: BatchMock, client: Any) -> None:
    jobs = [submit(client, f"job-{number}") for number in range(250)]
    while True:
        statuses = []
        began = None
        for chunk in chunks(jobs, 100):
            statuses += [job["status"] for job in client.describe_jobs(jobs=chunk)["jobs"]]
            began = began or batch.now
            assert batch.now == began
        assert len(statuses) == 250
        if all(status in ENDED for status in statuses):
            break
    assert set(statuses) == {"SUCCEEDED"}


def test_a_stuck_job_breaks_through_except_exception_and_is_explained(
    batchmock: BatchMock, client: Any
) -> None:
    batchmock.defaults(max_vcpus=4, vcpus=8)
    job_id = submit(client, "too-large")

    def wait_for_ever() -> None:
        while True:
            try:
                if status_of(client, job_id) in ENDED:
                    return
            except Exception:
                continue
            time.sleep(10)

    with pytest.raises(StalledError) as stall:
        wait_for_ever()
    text = str(stall.value)
    assert f"too-large ({job_id}) is RUNNABLE since" in text
    assert "needs 8 vCPU" in text
    assert "max 4 vCPU" in text
    assert "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE" in text
    assert "DescribeJobs" in text


@pytest.mark.parametrize("how", ["hangs", "waits for one that hangs"])
def test_polling_a_job_that_hangs_stalls_with_the_cause(batch: BatchMock, client: Any, how: str) -> None:
    batch.on("stuck").hangs()
    job_id = submit(client, "stuck")
    if how != "hangs":
        job_id = submit(client, "waiting", dependsOn=[{"jobId": job_id}])
    with pytest.raises(StalledError) as stall:
        wait_for(client, job_id)
    assert "its outcome rule says that it hangs, and it has no timeout" in str(stall.value)
    if how != "hangs":
        assert re.search(r"waiting \(\S+\) is PENDING since \S+: waits for stuck", str(stall.value))


def test_a_stall_tells_of_the_job_that_was_asked_for_first(batch: BatchMock, client: Any) -> None:
    batch.defaults(name="small", max_vcpus=1)
    batch.on("others").hangs()
    for _ in range(20):
        submit(client, "others", jobQueue="small")
    job_id = submit(client, "mine", jobQueue="small")
    with pytest.raises(StalledError) as stall:
        wait_for(client, job_id)
    lines = str(stall.value).splitlines()
    assert lines[2].startswith(f"  mine ({job_id}) is RUNNABLE since")
    assert "… and 11 more" in lines[12]


def give_up_after_an_hour(client: Any) -> None:
    job_id = submit(client, "stuck")
    limit = time.time() + 3600
    while status_of(client, job_id) not in ENDED:
        if time.time() > limit:
            client.terminate_job(jobId=job_id, reason="took too long")
        time.sleep(60)


def test_a_time_limit_in_wall_time_is_mentioned_by_the_stall(batch: BatchMock, client: Any) -> None:
    batch.on("stuck").hangs()
    with pytest.raises(StalledError, match="a time limit of its own: time"):
        give_up_after_an_hour(client)


def test_a_time_limit_of_the_program_is_kept_if_its_clock_shows_virtual_time(
    batch: BatchMock, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch.on("stuck").hangs()
    monkeypatch.setattr(time, "time", lambda: batch.now.timestamp())
    give_up_after_an_hour(client)
    assert batch.jobs.one().status_reason == "took too long"


@pytest.mark.batchmock(stall_after=5)
def test_waiting_for_the_success_of_a_job_that_failed_stalls_in_the_end(
    batch: BatchMock, client: Any
) -> None:
    batch.on("job").fails(exit_code=3)
    job_id = submit(client)

    def wait_for_success() -> None:
        while status_of(client, job_id) != "SUCCEEDED":
            time.sleep(10)

    with pytest.raises(StalledError) as stall:
        wait_for_success()
    assert "What it asks for has ended or is missing." in str(stall.value)
    assert f"job ({job_id}) is FAILED since" in str(stall.value)


@pytest.mark.batchmock(stall_after=5)
def test_waiting_for_a_resource_that_is_not_there_stalls_in_the_end(client: Any) -> None:
    def wait_for_queue() -> None:
        while not client.describe_job_queues(jobQueues=["nothing"])["jobQueues"]:
            time.sleep(10)

    with pytest.raises(StalledError, match="the same DescribeJobQueues was asked 501 times"):
        wait_for_queue()


@pytest.mark.batchmock(stall_after=5)
def test_stall_after_says_how_often_the_same_may_be_asked(batch: BatchMock, client: Any) -> None:
    batch.on("job").hangs()
    job_id = submit(client)
    batch.run_until_idle()
    for _ in range(5):
        assert status_of(client, job_id) == "RUNNING"
    with pytest.raises(StalledError, match="was asked 6 times"):
        status_of(client, job_id)


@pytest.mark.batchmock(stall_after=5)
def test_a_program_that_does_something_between_its_polls_is_not_stalled(
    batch: BatchMock, client: Any
) -> None:
    batch.on("stuck").hangs()
    stuck = submit(client, "stuck")
    for number in range(30):
        assert status_of(client, stuck) in LIVE
        submit(client, f"other-{number}")


def test_a_watchdog_on_the_wall_clock_does_not_fire_and_the_program_ends(
    batch: BatchMock, client: Any
) -> None:
    batch.on("job").succeeds(after="50m")
    job_id = submit(client)
    while True:
        (job,) = client.describe_jobs(jobs=[job_id])["jobs"]
        assert abs(time.time() - job["createdAt"] / 1000) < 3600, "the watchdog fired"
        if job["status"] in ENDED:
            break
        time.sleep(60)
    assert job["status"] == "SUCCEEDED"


def test_a_watchdog_on_a_stuck_job_ends_in_a_stall_not_in_an_endless_loop(
    batch: BatchMock, client: Any
) -> None:
    batch.on("job").hangs()
    job_id = submit(client)

    def watch() -> str:
        while True:
            (job,) = client.describe_jobs(jobs=[job_id])["jobs"]
            if time.time() - job["createdAt"] / 1000 > 86_400:
                return "given up"
            time.sleep(60)

    with pytest.raises(StalledError):
        watch()


def test_two_threads_poll_two_jobs(batch: BatchMock, client: Any) -> None:
    batch.on("slow").succeeds(after="2h")
    jobs = {"slow": submit(client, "slow"), "quick": submit(client, "quick")}
    ended: dict[str, str] = {}

    def poll(name: str) -> None:
        mine = boto3.session.Session().client("batch")
        while (status := status_of(mine, jobs[name])) not in ENDED:
            time.sleep(15)
        ended[name] = status

    threads = [threading.Thread(target=poll, args=(name,), daemon=True) for name in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert ended == {"slow": "SUCCEEDED", "quick": "SUCCEEDED"}


def test_two_threads_that_poll_the_same_job_both_see_its_end(batch: BatchMock, client: Any) -> None:
    job_id = submit(client)
    ended = []

    def poll() -> None:
        ended.append(wait_for(client, job_id))

    threads = [threading.Thread(target=poll, daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert ended == ["SUCCEEDED", "SUCCEEDED"]


async def _one_of_two(name: str, after: str) -> tuple[list[str], str]:
    with mock_batch() as mock:
        mock.defaults()
        mock.on(name).succeeds(after=after)
        client = boto3.client("batch")
        job_id = submit(client, name)
        while (status := status_of(client, job_id)) not in ENDED:
            await asyncio.sleep(30)
        return [job.name for job in mock.jobs], status


@pytest.mark.asyncio
async def test_two_mocks_in_one_gather_do_not_mix() -> None:
    results = await asyncio.gather(_one_of_two("left", "10m"), _one_of_two("right", "3h"))
    assert results == [(["left"], "SUCCEEDED"), (["right"], "SUCCEEDED")]


def test_a_waiter_made_with_botocore_ends(batch: BatchMock, client: Any) -> None:
    batch.on("job").succeeds(after="2h")
    states = [("SUCCEEDED", "pathAll", "success"), ("FAILED", "pathAny", "failure")]
    model = botocore.waiter.WaiterModel(
        {
            "version": 2,
            "waiters": {
                "JobComplete": {
                    "operation": "DescribeJobs",
                    "delay": 30,
                    "maxAttempts": 1000,
                    "acceptors": [
                        {
                            "argument": "jobs[].status",
                            "expected": status,
                            "matcher": matcher,
                            "state": state,
                        }
                        for status, matcher, state in states
                    ],
                }
            },
        }
    )
    job_id = submit(client)
    botocore.waiter.create_waiter_with_client("JobComplete", model, client).wait(jobs=[job_id])
    assert batch.jobs.get(job_id).status == "SUCCEEDED"


def test_a_pool_of_workers_with_growing_pauses_ends(batch: BatchMock, client: Any) -> None:
    jobs = [submit(client, f"job-{number}") for number in range(8)]

    def wait(job_id: str) -> str:
        pause = 1
        while (status := status_of(client, job_id)) not in ENDED:
            time.sleep(pause)
            pause = min(2 * pause, 60)
        return status

    with ThreadPoolExecutor(max_workers=4) as pool:
        assert list(pool.map(wait, jobs)) == ["SUCCEEDED"] * 8


def test_a_first_look_does_not_move_time_and_a_second_does(batch: BatchMock, client: Any) -> None:
    job_id = submit(client)
    began = batch.now
    status_of(client, job_id)
    client.list_jobs(jobQueue="default")
    client.describe_job_queues()
    assert batch.now == began
    status_of(client, job_id)
    assert batch.now > began


def test_a_submit_between_two_looks_does_not_keep_time_from_going_on(
    batch: BatchMock, client: Any
) -> None:
    first = submit(client)
    began = batch.now
    for number in range(3):
        status_of(client, first)
        submit(client, f"other-{number}")
    assert batch.now > began


def test_one_jump_passes_several_ends_of_a_crowd(client: Any, batchmock: BatchMock) -> None:
    assert _polls_of_a_crowd(client, batchmock) < 200


@pytest.mark.batchmock(autojump_batching=False)
def test_without_batching_every_end_is_seen_by_itself(client: Any, batchmock: BatchMock) -> None:
    assert _polls_of_a_crowd(client, batchmock) > 300


def _polls_of_a_crowd(client: Any, mock: BatchMock) -> int:
    """How many polls 300 jobs that end one by one take."""
    mock.defaults(max_vcpus=300)
    for number in range(300):
        mock.on(f"job-{number}").succeeds(after=60 + number)
        submit(client, f"job-{number}")
    polls = 0
    while client.list_jobs(jobQueue="default", jobStatus="RUNNING")["jobSummaryList"] or polls < 10:
        polls += 1
    assert {job.status for job in mock.jobs} == {"SUCCEEDED"}
    return polls
