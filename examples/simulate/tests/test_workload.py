"""The promises that the plan of the night has to keep, whatever the luck."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_batchmock.cli import main

WORKLOAD = Path(__file__).parent.parent / "workload.yaml"


def simulated(seed: int, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert main(["simulate", str(WORKLOAD), "--seed", str(seed), "--json", "--quiet"]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


@pytest.mark.parametrize("seed", range(3))
def test_the_night_is_over_by_the_morning(seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    told = simulated(seed, capsys)
    assert told["jobs"]["submitted"] == 480
    assert told["makespan"] < 8 * 3600


@pytest.mark.parametrize("seed", range(3))
def test_reports_wait_far_less_than_alignments(seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    queue = simulated(seed, capsys)["queues"]["night"]
    wait = {entry["share"]: entry["wait"] for entry in queue}
    assert wait["clinic"]["p95"] < wait["research"]["p50"]
    assert wait["clinic"]["max"] < 30 * 60


def test_spot_interruptions_are_part_of_the_plan(capsys: pytest.CaptureFixture[str]) -> None:
    assert simulated(0, capsys)["interruptions"] > 0
