"""Whole runs: plain boto3 against the mock, the workers' code really run."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import boto3
import pytest
from nightly import batch, pipeline, report, storage
from nightly.cli import main

from pytest_batchmock import out_of_memory, reclaimed, runs

SPOT_HOST_LOST = "Host EC2 (instance i-"


def short(job) -> str:
    """The part of a job's name that tells the jobs of one day apart."""
    return job.name.removeprefix("nightly-2026-11-23-")


def many_stations(count: int) -> str:
    """Readings of one hour of that many stations."""
    rows = [f"W{n:03},Station {n},2026-11-23T00:00Z,{n / 10},0.1" for n in range(count)]
    return "\n".join(["station,name,time,temperature_c,rain_mm", *rows]) + "\n"


def test_a_quiet_night_ends_in_the_report_of_all_readings(batchmock, settings, container):
    batchmock.defaults(spot=True)
    batchmock.on("nightly-*").runs(container)

    text = pipeline.run(settings)

    everything = report.summarise(storage.read_text(settings.bucket, settings.readings_key))
    assert len(everything["stations"]) == 24
    assert text == report.render(settings.date, everything)
    assert storage.read_text(settings.bucket, "reports/2026-11-23/report.txt") == text
    assert storage.read_json(settings.bucket, "reports/2026-11-23/report.json") == everything
    assert [job.status for job in batchmock.jobs] == ["SUCCEEDED"] * 13


def test_the_command_line_prints_the_report(batchmock, container, capsys):
    batchmock.defaults(name="nightly", spot=True)
    batchmock.on("nightly-*").runs(container)

    exit_code = main(["run", "--date", "2026-11-23", "--bucket", "weather", "--queue", "nightly"])

    printed = capsys.readouterr()
    assert exit_code == 0
    assert printed.out.startswith("Weather of 2026-11-23: 24 stations")
    assert printed.err.splitlines()[0] == "nightly: 13 SUBMITTED"
    assert printed.err.splitlines()[-1] == "nightly: 13 SUCCEEDED"


def test_a_spot_reclaim_costs_one_attempt_and_no_numbers(batchmock, settings, container):
    batchmock.defaults(spot=True)
    batchmock.on("nightly-*").runs(container)
    batchmock.on("*-shard-003").attempts(reclaimed(after="4m"), runs(container))

    text = pipeline.run(settings)

    job = batchmock.jobs.one(name="*-shard-003")
    assert job.status == "SUCCEEDED"
    assert job.statuses.count("RUNNING") == 2
    assert [attempt.exit_code for attempt in job.attempts] == [None, 0]
    assert job.attempts[0].status_reason.startswith(SPOT_HOST_LOST)
    assert "24 stations" in text


def test_three_reclaims_of_one_worker_are_one_too_many(batchmock, settings, container):
    batchmock.defaults(spot=True)
    batchmock.on("nightly-*").runs(container)
    batchmock.on("*-shard-003").reclaimed(after="4m")

    with pytest.raises(pipeline.RunFailed, match=r"shard-003 \(Host EC2 \(instance i-\w+\) terminated"):
        pipeline.run(settings)

    assert len(batchmock.jobs.one(name="*-shard-003").attempts) == 3


def test_a_worker_out_of_memory_fails_the_run_and_ends_the_rest(batchmock, settings):
    batchmock.defaults(spot=True)
    batchmock.on("nightly-*").succeeds(after="2h")
    batchmock.on("*-shard-005").out_of_memory(after="3m")

    with pytest.raises(pipeline.RunFailed, match=r"shard-005.*OutOfMemoryError.*exit code 137"):
        pipeline.run(settings)

    assert {job.status for job in batchmock.jobs} == {"FAILED"}
    assert len(batchmock.jobs.one(name="*-shard-005").attempts) == 1  # not worth another try
    others = [job for job in batchmock.jobs.all(name="*-shard-*") if not job.name.endswith("005")]
    assert {job.status_reason.split(":")[0] for job in others} == {"the run failed"}
    assert batchmock.jobs.one(name="*-merge").status_reason == "Dependent Job failed"


def test_a_reclaim_before_the_memory_runs_out_does_not_hide_the_reason(batchmock, settings):
    batchmock.defaults(spot=True)
    batchmock.on("*-shard-000").attempts(reclaimed(after="1m"), out_of_memory())

    with pytest.raises(pipeline.RunFailed, match=r"shard-000.*OutOfMemoryError"):
        pipeline.run(settings)


def test_a_worker_that_crashes_is_not_tried_again(batchmock, settings, container):
    batchmock.defaults(spot=True)
    batchmock.on("nightly-*").runs(container)
    broken = "station,name,time,temperature_c,rain_mm\nW1,Ash Common,2026-11-23T00:00Z,warm,0.0\n"
    storage.write_text(settings.bucket, settings.readings_key, broken)

    with pytest.raises(pipeline.RunFailed, match="could not convert string to float: 'warm'"):
        pipeline.run(settings)

    assert len(batchmock.jobs.one(name="*-shard-000").attempts) == 1


def test_the_merge_waits_for_the_slowest_worker(batchmock, settings, container):
    batchmock.defaults(spot=True)
    batchmock.on("nightly-*").runs(container)
    batchmock.on("*-shard-011").attempts(reclaimed(after="50m"), runs(container))

    pipeline.run(replace(settings, attempt_seconds=7200))

    merge = batchmock.jobs.one(name="*-merge")
    assert merge.statuses == ["SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"]
    assert merge.started_at > batchmock.jobs.one(name="*-shard-011").stopped_at
    assert (merge.started_at - merge.created_at).total_seconds() > 50 * 60


def test_a_worker_that_hangs_runs_into_its_time_limit(batchmock, settings, container):
    batchmock.defaults(spot=True)
    batchmock.on("nightly-*").runs(container)
    batchmock.on("*-shard-007").hangs()

    with pytest.raises(pipeline.RunFailed, match=r"shard-007.*Job attempt duration exceeded timeout"):
        pipeline.run(replace(settings, attempt_seconds=600))

    [attempt] = batchmock.jobs.one(name="*-shard-007").attempts
    assert (attempt.stopped_at - attempt.started_at).total_seconds() == 600


def test_a_run_that_no_host_can_take_gives_up(batchmock, settings):
    batchmock.defaults(spot=True, vcpus=8, max_vcpus=4)
    began = batchmock.now

    with pytest.raises(pipeline.RunFailed, match="13 jobs have been waiting for 30 minutes"):
        pipeline.run(settings)

    assert 1800 <= (batchmock.now - began).total_seconds() < 2400
    assert all(job.statuses[-1] == "FAILED" and not job.attempts for job in batchmock.jobs)


def test_a_queue_with_little_room_is_no_reason_to_give_up(batchmock, settings, container):
    batchmock.defaults(spot=True, max_vcpus=1)
    batchmock.on("nightly-*").runs(container)
    batchmock.on("*-shard-000").attempts(reclaimed(after="20m"), reclaimed(after="20m"), runs(container))

    assert "24 stations" in pipeline.run(settings)


def test_more_than_a_hundred_jobs_are_described_in_chunks(batchmock, settings, container):
    storage.write_text(settings.bucket, settings.readings_key, many_stations(120))
    batchmock.defaults(spot=True)
    batchmock.on("nightly-*").runs(container)

    text = pipeline.run(replace(settings, stations_per_shard=1))

    assert "120 stations" in text
    assert "warmest  Station 119, 11.9 °C" in text
    asked = [len(call.params["jobs"]) for call in batchmock.calls if call.operation == "DescribeJobs"]
    assert set(asked) == {100, 27}  # 120 workers, 6 merges and the merge of merges


def test_no_job_depends_on_more_than_twenty(batchmock, settings, container):
    storage.write_text(settings.bucket, settings.readings_key, many_stations(45))
    batchmock.defaults(spot=True)
    batchmock.on("nightly-*").runs(container)

    pipeline.run(replace(settings, stations_per_shard=1))

    merges = {short(job): len(job.depends_on) for job in batchmock.jobs.all(name="*-merge*")}
    assert merges == {"merge-1-00": 20, "merge-1-01": 20, "merge-1-02": 5, "merge": 3}


def test_the_second_run_does_only_what_the_first_left_undone(batchmock, settings, container):
    batchmock.defaults(spot=True)
    batchmock.on("nightly-*").runs(container)
    batchmock.on("*-shard-004").out_of_memory(after="5m")
    with pytest.raises(pipeline.RunFailed, match="shard-004"):
        pipeline.run(settings)
    batchmock.on("*-shard-004").runs(container)
    first = len(batchmock.jobs)

    text = pipeline.run(settings)

    assert [short(job) for job in batchmock.jobs][first:] == ["shard-004", "merge"]
    assert "24 stations" in text


def test_corrected_readings_are_worked_on_again(batchmock, settings, container):
    batchmock.defaults(spot=True)
    batchmock.on("nightly-*").runs(container)
    pipeline.run(settings)
    readings = storage.read_text(settings.bucket, settings.readings_key)
    corrected = readings.replace(
        ",Ash Common,2026-11-23T00:00Z,-0.9,", ",Ash Common,2026-11-23T00:00Z,-31.5,"
    )
    assert corrected != readings
    storage.write_text(settings.bucket, settings.readings_key, corrected)

    text = pipeline.run(settings)

    assert "coldest  Ash Common, -31.5 °C" in text
    assert Counter(short(job) for job in batchmock.jobs)["shard-000"] == 2
    assert Counter(short(job) for job in batchmock.jobs)["shard-001"] == 1


def test_what_a_crashed_run_left_behind_is_ended_first(batchmock, settings, container):
    batchmock.defaults(spot=True)
    batchmock.on("nightly-*").hangs()
    pipeline.submit(settings)  # the machine that would have watched them is gone
    batchmock.advance("2m")
    orphans = batchmock.jobs.all()
    assert {job.status for job in orphans if "shard" in job.name} == {"RUNNING"}

    batchmock.on("nightly-*").runs(container)
    pipeline.run(settings)

    reasons = {job.status_reason for job in orphans}
    assert reasons == {"superseded by a new run of the same day"}
    assert [job.status for job in batchmock.jobs][len(orphans) :] == ["SUCCEEDED"] * 13


def test_another_day_in_the_same_queue_is_left_alone(batchmock, settings):
    batchmock.defaults(spot=True)
    batchmock.on("nightly-*").succeeds(after="2h")
    batchmock.on("nightly-2026-11-23-shard-000").out_of_memory()
    other = batch.submit(replace(settings, date="2026-11-22"), "shard-000", ["summarise", "a", "b"])

    with pytest.raises(pipeline.RunFailed):
        pipeline.run(settings)

    assert batchmock.jobs.get(other).status == "RUNNING"


def test_an_interrupted_run_ends_its_jobs(batchmock, settings):
    batchmock.defaults(spot=True)
    batchmock.on("nightly-*").succeeds(after="2h")

    def press_control_c(jobs) -> None:
        if any(job["status"] == "RUNNING" for job in jobs):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pipeline.run(settings, press_control_c)

    assert {job.status for job in batchmock.jobs} == {"FAILED"}
    assert batchmock.jobs.one(name="*-shard-000").status_reason == "the run failed: KeyboardInterrupt"


def test_a_wrong_queue_is_told_in_one_line(batchmock, capsys):
    batchmock.defaults()

    exit_code = main(["run", "--date", "2026-11-23", "--bucket", "weather", "--queue", "nowhere"])

    assert exit_code == 1
    assert "nightly: no report of 2026-11-23: " in capsys.readouterr().err
    assert len(batchmock.jobs) == 0


@pytest.mark.batchmock(start="2026-11-24T02:00:00Z")
def test_jobs_can_be_found_by_their_tags(batchmock, settings, container):
    batchmock.defaults(spot=True)
    batchmock.on("nightly-*").runs(container)

    pipeline.run(settings)

    first = batchmock.jobs.all()[0]
    client = boto3.client("batch", region_name="us-east-1")
    assert client.list_tags_for_resource(resourceArn=first.arn)["tags"] == {
        "pipeline": "nightly",
        "date": "2026-11-23",
    }
    assert first.created_at.isoformat() == "2026-11-24T02:00:00+00:00"
