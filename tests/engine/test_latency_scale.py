"""The option `latency_scale`: how long the stages take that nobody scripts, and nothing else."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from pytest_batchmock import BatchMock


def durations(scale: float, *, stopped: bool = False, **defaults: Any) -> dict[str, float]:
    """How many seconds a job spent in each status."""
    batch = BatchMock(clock="manual", latency_scale=scale, default_duration=60)
    batch.defaults(**defaults)
    if stopped:
        batch.on("*").hangs()
    request = {"jobName": "a", "jobQueue": "default", "jobDefinition": "default"}
    job_id = batch.call("SubmitJob", request)["jobId"]
    if stopped:
        batch.run_until(lambda: batch.jobs.one().status == "RUNNING")
        batch.call("TerminateJob", {"jobId": job_id, "reason": "enough"})
    batch.run_until_idle()
    history = batch.jobs.one().history
    return {status: (after - since).total_seconds() for (status, since), (_, after) in pairwise(history)}


def test_every_stage_that_nobody_scripts_is_scaled_and_the_run_is_not():
    full, tenth = durations(1), durations(0.1)
    assert full["RUNNING"] == tenth["RUNNING"] == 60
    for status in ("SUBMITTED", "RUNNABLE", "STARTING"):
        assert tenth[status] == pytest.approx(full[status] / 10)


def test_the_start_on_fargate_is_scaled():
    assert durations(0.1, fargate=True)["STARTING"] == pytest.approx(
        durations(1, fargate=True)["STARTING"] / 10
    )


def test_the_stop_of_a_container_is_scaled():
    assert durations(0.1, stopped=True)["RUNNING"] == pytest.approx(
        durations(1, stopped=True)["RUNNING"] / 10
    )


def test_a_stage_never_takes_no_time_at_all():
    # RUNNABLE is three stages: a look, the boot of an instance, and another look.
    assert set(durations(1e-9).values()) == {0.001, 0.003, 60}
