"""A simulation against figures worked out by hand, and against the mock itself."""

from __future__ import annotations

import json
from array import array
from pathlib import Path
from typing import Any

import pytest

from pytest_batchmock import mock_batch
from pytest_batchmock.cli import main
from pytest_batchmock.simulate.figures import summed_up
from pytest_batchmock.simulate.play import play
from pytest_batchmock.simulate.report import as_data, as_text
from pytest_batchmock.simulate.workload import parsed

ONE = """
environments: {f: {type: FARGATE, max_vcpus: 2}}
queues: {q: {environments: [f]}}
jobs: [{name: a, queue: q, count: 4, duration: 10m}]
"""


def told(text: str) -> dict[str, Any]:
    return as_data(play(parsed(text)))


def test_waves_of_equal_jobs_take_as_long_as_the_stages_say() -> None:
    data = told(ONE)
    # Two waves on two vCPUs, each: a second to RUNNABLE or free room seen, 30 s to start, 10 min.
    assert data["jobs"] == {"submitted": 4, "succeeded": 4, "failed": 0}
    assert data["makespan"] == 1 + 1 + 630 + 1 + 630
    # Two wait for the scheduler's look only, two for the first wave as well.
    (entry,) = data["queues"]["q"]
    assert entry["wait"] == {"count": 4, "mean": 316.5, "p50": 1.0, "p95": 632.0, "max": 632.0}
    assert data["environments"]["f"]["vcpu_hours"] == pytest.approx(4 * 630 / 3600)
    assert data["vcpu_hours"] == data["environments"]["f"]["vcpu_hours"]
    assert data["unfinished"] == []


def test_percentiles_are_by_nearest_rank() -> None:
    waits = array("q", range(1000, 101_000, 1000))
    assert summed_up(waits) == {"count": 100, "mean": 50.5, "p50": 50.0, "p95": 95.0, "max": 100.0}
    assert summed_up(array("q", [7000])) == {"count": 1, "mean": 7, "p50": 7, "p95": 7, "max": 7}
    assert summed_up(array("q"))["mean"] is None


def test_a_cost_is_shown_for_fargate_at_the_prices_given_and_not_at_all_without() -> None:
    assert "cost" not in told(ONE)
    data = told(ONE + "prices: {FARGATE: {vcpu_hour: 0.04, gib_hour: 0.004}}\n")
    # 4 jobs of one vCPU and 2 GiB, 630 s each.
    assert data["cost"] == pytest.approx(4 * 630 / 3600 * (0.04 + 2 * 0.004))


def test_the_mock_says_the_same_of_the_same_jobs() -> None:
    data = told(ONE)
    with mock_batch(clock="manual", start="2030-01-01", default_duration="10m") as batch:
        batch.defaults(fargate=True, max_vcpus=2)
        for _ in range(4):
            request = {"jobName": "a", "jobQueue": "default", "jobDefinition": "default"}
            batch.call("SubmitJob", request)
        batch.run_until_idle()
        jobs = batch.jobs.all(status="SUCCEEDED")
        ends = max(job.stopped_at for job in jobs if job.stopped_at is not None)
        begins = min(job.created_at for job in jobs)
    assert data["makespan"] == (ends - begins).total_seconds()


def test_arrays_count_their_children() -> None:
    data = told(ONE.replace("count: 4", "count: 2, array: 3"))
    assert data["jobs"] == {"submitted": 6, "succeeded": 6, "failed": 0}
    assert data["queues"]["q"][0]["wait"]["count"] == 6


def test_failures_are_retried_and_interruptions_counted() -> None:
    text = """
    environments: {s: {type: FARGATE_SPOT, max_vcpus: 256}}
    queues: {q: {environments: [s]}}
    jobs: [{name: a, queue: q, count: 500, duration: 1h, fails: 0.2, retries: 2}]
    spot: {interruptions_per_hour: 0.1}
    """
    data = told(text)
    attempts = data["environments"]["s"]["attempts"]
    # An attempt is lost with probability 1 - e^(-0.1), about 0.095, or else fails with 0.2.
    assert attempts == pytest.approx(500 * (1 + 0.276), rel=0.05)
    assert data["interruptions"] == pytest.approx(attempts * 0.095, rel=0.4)
    assert data["jobs"]["failed"] == pytest.approx(500 * 0.276**2, rel=0.4)


def test_the_same_seed_gives_the_same_report() -> None:
    text = ONE.replace("10m", "{exponential: 10m}")
    assert told(text) == told(text)
    assert told(text) != told("seed: 5\n" + text)


def test_a_larger_share_waits_less() -> None:
    text = """
    environments: {f: {type: FARGATE, max_vcpus: 10}}
    queues: {q: {environments: [f], shares: {heavy: 0.125, light: 1}}}
    jobs:
      - {name: a, queue: q, share: heavy, count: 300, duration: 5m}
      - {name: b, queue: q, share: light, count: 300, duration: 5m}
    """
    wait = {entry["share"]: entry["wait"] for entry in told(text)["queues"]["q"]}
    assert wait["heavy"]["mean"] < wait["light"]["mean"]


def test_jobs_that_can_never_run_are_reported_with_their_reason() -> None:
    played = play(parsed(ONE.replace("count: 4", "count: 3, vcpus: 4, memory: 8192")))
    assert sum(played.unfinished.values()) == 3
    assert "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE" in as_text(played)


def test_no_ended_job_is_kept() -> None:
    seen = []
    text = ONE.replace("count: 4", "count: 3000, arrivals: {every: 1s}").replace("2}", "256}")
    played = play(parsed(text), lambda done, total: seen.append((done, total)))
    assert played.figures.ended == 3000
    assert seen[-1] == (3000, 3000)


def test_the_command_prints_text_or_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "w.yaml"
    file.write_text(ONE)
    assert main(["simulate", str(file)]) == 0
    out, err = capsys.readouterr()
    assert "4 succeeded" in out
    assert "makespan       21m 3s" in out
    assert main(["simulate", str(file), "--json", "--quiet"]) == 0
    out, err = capsys.readouterr()
    assert (json.loads(out)["makespan"], err) == (1263, "")


def test_the_command_says_by_its_exit_code_whether_all_jobs_have_ended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "w.yaml"
    file.write_text(ONE.replace("count: 4", "vcpus: 4, memory: 8192"))
    assert main(["simulate", str(file), "--quiet"]) == 1
    assert "1 job of q stays RUNNABLE: MISCONFIGURATION" in capsys.readouterr().out
    assert main(["simulate", str(tmp_path / "none.yaml"), "--quiet"]) == 2
    assert "none.yaml: the workload cannot be read" in capsys.readouterr().err


def test_progress_without_a_terminal_is_a_line_for_every_tenth(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "w.yaml"
    file.write_text(ONE.replace("count: 4", "count: 2000").replace("2}", "256}"))
    assert main(["simulate", str(file), "--json"]) == 0
    told_of = capsys.readouterr().err.splitlines()
    assert len(told_of) >= 2
    assert told_of[-1] == "2,000 of 2,000 jobs have ended"


INSTANCES = """
environments: {e: {type: %s, max_vcpus: 4, instance_types: [c5.large]}}
queues: {q: {environments: [e]}}
jobs: [{name: a, queue: q, count: 4, duration: 10m, memory: 1024}]
spot: {price_percent: 25}
"""


def test_instances_are_counted_and_cost_what_they_are_said_to_from_launch_to_end() -> None:
    data = told(INSTANCES % "EC2")
    found = data["environments"]["e"]
    assert found["instances"] == 2
    # Each boots (30 s), runs two jobs at once (10 s and 10 min) and is idle for ten minutes.
    lived = found["instance_vcpu_hours"] * 3600 / 2 / 2
    assert lived == pytest.approx(30 + 610 + 600, abs=5)
    assert "cost" not in data
    priced = told((INSTANCES % "EC2") + "prices: {instances: {c5.large: 0.1}}\n")
    assert priced["cost"] == pytest.approx(found["instance_vcpu_hours"] / 2 * 0.1)
    spot = told((INSTANCES % "SPOT") + "prices: {instances: {c5.large: 0.1}}\n")
    assert spot["cost"] == pytest.approx(priced["cost"] * 0.25, rel=0.01)


def test_types_without_a_price_are_named() -> None:
    played = play(parsed((INSTANCES % "EC2") + "prices: {instances: {m5.large: 0.1}}\n"))
    assert as_data(played)["unpriced"] == ["c5.large"]
    assert "without c5.large: no price was given" in as_text(played)
