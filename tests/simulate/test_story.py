"""The timeline of a simulation, and the bar that shows how far it is."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from pytest_batchmock import mock_batch
from pytest_batchmock.cli import main
from pytest_batchmock.observe.timeline import model, story_of
from pytest_batchmock.simulate.command import _progress
from pytest_batchmock.simulate.play import play
from pytest_batchmock.simulate.workload import parsed

ONE = """
environments: {e: {type: EC2, max_vcpus: 4, instance_types: [c5.large]}}
queues: {q: {environments: [e]}}
jobs: [{name: a, queue: q, count: %d, array: %d, duration: 10m, memory: 1024}]
"""


def test_it_tells_of_every_job_and_instance() -> None:
    story = play(parsed(ONE % (2, 3)), tells_story=True).story
    assert story is not None
    assert (story.jobs, story.is_aggregated) == (2, False)
    labels = [row.label for row in story.rows]
    assert labels == ["a", "a :0", "a :1", "a :2"] * 2
    assert all(isinstance(row, model.Row) and row.status == "SUCCEEDED" for row in story.rows)
    assert sum(len(host.runs) for host in story.hosts) == 6
    assert all(host.what.startswith("c5.large, us-east-1") for host in story.hosts)


def test_it_is_the_same_as_the_mock_tells_of_the_same_jobs() -> None:
    story = play(parsed(ONE % (1, 2)), tells_story=True).story
    with mock_batch(clock="manual", start="2030-01-01", default_duration="10m") as batch:
        batch.defaults()
        request = {"jobName": "a", "jobQueue": "default", "jobDefinition": "default"}
        batch.call("SubmitJob", {**request, "arrayProperties": {"size": 2}})
        batch.run_until_idle()
        with batch._world.gate() as engine:
            theirs = story_of(engine)
    assert story is not None
    for ours, other in zip(story.rows, theirs.rows, strict=True):
        assert isinstance(ours, model.Row)
        assert isinstance(other, model.Row)
        assert ours.segments == other.segments


def test_above_two_thousand_bars_it_counts() -> None:
    story = play(parsed(ONE % (5, 200)), tells_story=True).story
    assert story is not None
    assert story.is_aggregated
    crowds = [row for row in story.rows if isinstance(row, model.Crowd)]
    children = [row for row in story.rows if isinstance(row, model.Row) and row.depth]
    assert sum(row.jobs for row in crowds) + len(children) == 1000
    assert sum(len(row.segments) for row in children) <= 2000


def test_without_being_asked_it_tells_nothing_and_keeps_no_job() -> None:
    assert play(parsed(ONE % (1, 2))).story is None


@pytest.mark.parametrize(
    ("ending", "begins"), [("html", "<!doctype html>"), ("svg", "<svg"), ("txt", "")]
)
def test_the_command_draws_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], ending: str, begins: str
) -> None:
    workload, drawn = tmp_path / "nightly.yaml", tmp_path / f"drawn.{ending}"
    workload.write_text(ONE % (1, 2))
    assert main(["simulate", str(workload), "--quiet", "--timeline", str(drawn)]) == 0
    content = drawn.read_text("utf-8")
    assert content.lower().startswith(begins)
    assert "a :1" in content or "a&nbsp;:1" in content
    assert "succeeded" in capsys.readouterr().out


def test_a_file_that_cannot_be_drawn_is_said_before_playing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workload = tmp_path / "w.yaml"
    workload.write_text(ONE % (1, 2))
    for name, text in (("t.png", "end the name in .html"), ("none/t.svg", "there is no folder")):
        assert main(["simulate", str(workload), "--timeline", str(tmp_path / name)]) == 2
        out, err = capsys.readouterr()
        assert text in err
        assert (out, "jobs have ended" in err) == ("", False)


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_a_bar_that_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = _Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    with _progress(4000, quiet=False) as progress:
        assert progress is not None
        play(parsed(ONE % (20, 200)), progress)
    shown = screen.getvalue()
    counted = [int(it.replace(",", "")) for it in re.findall(r"([\d,]+) of 4,000 jobs", shown)]
    assert counted[0] == 0
    assert counted[-1] == 4000
    assert counted == sorted(counted)
    assert "█" * 15 + "░" * 15 in shown
    assert shown.endswith("\r\x1b[K")
