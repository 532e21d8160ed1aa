"""What the timeline tells, in text and as files."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import boto3
import pytest

from pytest_batchmock import BatchMock, reclaimed, succeeds
from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.observe.timeline import bars, model, story_of

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def mock() -> Any:
    with BatchMock(clock="manual", start="2026-11-24T02:00:00Z", region="us-east-1") as mock:
        mock.defaults(spot=True, max_vcpus=8, timeout_seconds=120)
        yield mock


def submit(name: str, **members: Any) -> str:
    request = {"jobQueue": "default", "jobDefinition": "default", "retryStrategy": {"attempts": 3}}
    client = boto3.client("batch", region_name="us-east-1")
    job_id: str = client.submit_job(jobName=name, **request | members)["jobId"]
    return job_id


def the_story(mock: BatchMock, **how: Any) -> model.Story:
    with mock._world.gate() as engine:
        return story_of(engine, **how)


def row_of(mock: BatchMock, label: str) -> model.Row:
    (row,) = [row for row in the_story(mock).rows if isinstance(row, model.Row) and row.label == label]
    return row


def test_a_reclaimed_attempt_is_lost_work_then_a_mark_then_the_next_attempt(mock: BatchMock) -> None:
    mock.on("etl").attempts(reclaimed(after="1m"), succeeds(after="30s"))
    submit("etl")
    mock.run_until_idle()
    row = row_of(mock, "etl")
    worked = [(part.kind, part.attempt) for part in row.segments if part.attempt]
    assert worked == [(bars.STARTS, 1), (bars.LOST, 1), (bars.STARTS, 2), (bars.DONE, 2)]
    (mark,) = row.marks
    lost = next(part for part in row.segments if part.kind == bars.LOST)
    assert (mark.kind, mark.at_ms) == (model.RECLAIMED, lost.end_ms)
    assert mark.text.startswith("Host EC2 (instance i-")
    assert lost.end_ms - lost.begin_ms == 60_000


def test_a_bar_ends_where_the_next_begins(mock: BatchMock) -> None:
    mock.on("etl").attempts(reclaimed(after="1m"), succeeds(after="30s"))
    submit("etl")
    mock.run_until_idle()
    parts = row_of(mock, "etl").segments
    assert all(before.end_ms == after.begin_ms for before, after in pairwise(parts))


def test_time_outs_failures_terminations_and_cancellations_are_told_apart(mock: BatchMock) -> None:
    mock.on("slow").hangs()
    mock.on("bad").fails(exit_code=3)
    mock.on("stopped").hangs()
    client = boto3.client("batch", region_name="us-east-1")
    submit("slow", retryStrategy={"attempts": 1})
    submit("bad", retryStrategy={"attempts": 1})
    stopped = submit("stopped")
    waits = submit("waits", dependsOn=[{"jobId": stopped}])
    mock.advance("60s")
    client.cancel_job(jobId=waits, reason="not wanted")
    client.terminate_job(jobId=stopped, reason="enough")
    mock.run_until_idle()
    kinds = {
        name: [mark.kind for mark in row_of(mock, name).marks]
        for name in ("slow", "bad", "stopped", "waits")
    }
    assert kinds == {
        "slow": [model.TIMED_OUT],
        "bad": [model.FAILED],
        "stopped": [model.TERMINATED_MARK],
        "waits": [model.CANCELLED_MARK],
    }
    assert row_of(mock, "bad").marks[0].text.startswith("exit code 3")


def test_children_stand_below_their_array_which_has_no_bar_of_its_own(mock: BatchMock) -> None:
    submit("many", arrayProperties={"size": 3})
    mock.run_until_idle()
    rows = [row for row in the_story(mock).rows if isinstance(row, model.Row)]
    assert [(row.label, row.depth, row.note) for row in rows] == [
        ("many", 0, "3 children"),
        ("many :0", 1, ""),
        ("many :1", 1, ""),
        ("many :2", 1, ""),
    ]
    assert rows[0].segments == ()
    assert all(row.segments[-1].kind == bars.DONE for row in rows[1:])


def test_above_the_most_bars_the_largest_array_is_told_by_counts(mock: BatchMock) -> None:
    submit("small", arrayProperties={"size": 2})
    submit("large", arrayProperties={"size": 100})
    mock.run_until_idle()
    story = the_story(mock, most_bars=60)
    crowds = [row for row in story.rows if isinstance(row, model.Crowd)]
    assert [crowd.label for crowd in crowds] == ["large: 100 children"]
    assert [row.label for row in story.rows if isinstance(row, model.Row)] == [
        "small",
        "small :0",
        "small :1",
        "large",
    ]


def test_2001_bars_become_crowds_and_2000_do_not(mock: BatchMock) -> None:
    submit("array", arrayProperties={"size": 399})
    mock.run_until_idle()
    bars_now = sum(len(row.segments) for row in the_story(mock, most_bars=10**6).rows)  # type: ignore[union-attr]
    assert bars_now < 2000
    assert not the_story(mock).is_aggregated
    submit("another", arrayProperties={"size": 200})
    mock.run_until_idle()
    assert the_story(mock).is_aggregated


@pytest.mark.parametrize("most_bars", [1, 60])
def test_the_counts_of_a_crowd_add_up_to_those_that_were_submitted(
    mock: BatchMock, most_bars: int
) -> None:
    mock.on("large", index=7).fails(exit_code=1)
    submit("large", arrayProperties={"size": 100}, retryStrategy={"attempts": 1})
    mock.run_until_idle()
    (crowd,) = [r for r in the_story(mock, most_bars=most_bars).rows if isinstance(r, model.Crowd)]
    assert crowd.counts["SUCCEEDED"][-1] == 99
    assert crowd.counts["FAILED"][-1] == 1
    assert crowd.marks == {model.FAILED: 1}
    totals = [sum(counts) for counts in zip(*crowd.counts.values(), strict=True)]
    assert totals == sorted(totals)
    assert set(totals) <= {0, 100}
    # Never more run at once than there is room for.
    assert max(crowd.counts["RUNNING"]) <= 8


def test_an_instance_shows_what_ran_on_it(mock: BatchMock) -> None:
    submit("one")
    mock.run_until_idle()
    (host,) = the_story(mock).hosts
    (run,) = host.runs
    (attempt,) = mock.jobs.one().attempts
    assert host.name == attempt.instance_id
    assert (run.label, run.attempt, run.lost) == ("one", 1, False)


@pytest.mark.parametrize("width", [40, 72, 100, 200])
def test_no_line_of_the_text_is_wider_than_asked(mock: BatchMock, width: int) -> None:
    submit("a-job-with-a-name-that-is-much-longer-than-any-label-may-be-on-a-narrow-terminal")
    submit("many", arrayProperties={"size": 3})
    mock.run_until_idle()
    assert max(map(len, mock.timeline.text(width).splitlines())) <= width


def test_the_text_is_as_wide_as_the_terminal(mock: BatchMock, monkeypatch: pytest.MonkeyPatch) -> None:
    submit("one")
    mock.run_until_idle()
    monkeypatch.setenv("COLUMNS", "64")
    assert str(mock.timeline) == mock.timeline.text(64)
    assert str(mock.timeline) != mock.timeline.text(120)


def test_the_text_draws_queueing_running_and_the_reclaim_where_they_were(mock: BatchMock) -> None:
    mock.on("etl").attempts(reclaimed(after="1m"), succeeds(after="1m"))
    submit("etl")
    mock.run_until_idle()
    (line,) = [line for line in mock.timeline.text(100).splitlines() if line.startswith("etl")]
    assert re.fullmatch(r"etl +SUCCEEDED [·░▒]+▓+✕[░▒]*█+", line)


def test_nothing_submitted_is_said_so(mock: BatchMock) -> None:
    assert str(mock.timeline) == "No job was submitted. Virtual time: 02:00:00."
    assert ElementTree.fromstring(mock.timeline.svg()).tag == f"{SVG}svg"


def test_the_svg_is_well_formed_and_has_a_bar_for_each_stretch(mock: BatchMock) -> None:
    mock.on("etl").attempts(reclaimed(after="1m"), succeeds(after="30s"))
    submit("etl")
    mock.run_until_idle()
    tree = ElementTree.fromstring(mock.timeline.svg())
    titles = [title.text or "" for title in tree.iter(f"{SVG}title")]
    assert sum("attempt 1: lost" in text for text in titles) == 1
    assert sum("attempt 2: done" in text for text in titles) == 1
    assert any(text.startswith("reclaimed") and "Host EC2" in text for text in titles)


@pytest.mark.parametrize("ending", ["html", "svg"])
def test_a_file_loads_nothing_and_runs_nothing(mock: BatchMock, tmp_path: Path, ending: str) -> None:
    mock.on("bad").fails(exit_code=1, reason="<script>alert(1)</script> & \x1b[31m")
    submit("bad", retryStrategy={"attempts": 1})
    mock.run_until_idle()
    path = mock.timeline.save(tmp_path / f"it.{ending}", title="<b>a & b</b>")
    text = path.read_text(encoding="utf-8")
    assert "<script" not in text
    assert "<b>" not in text
    assert "\x1b" not in text
    assert "&lt;b&gt;a &amp; b&lt;/b&gt;" in text
    without_namespace = text.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search(r"https?://|@import|src=|href=", without_namespace)
    ElementTree.fromstring(text[text.index("<svg") : text.index("</svg>") + 6])


def test_a_file_of_another_kind_is_refused_with_the_kinds_there_are(
    mock: BatchMock, tmp_path: Path
) -> None:
    with pytest.raises(MockUsageError, match=r"\.html, \.svg or \.txt"):
        mock.timeline.save(tmp_path / "it.png")
    with pytest.raises(MockUsageError, match="auto, light, dark"):
        mock.timeline.svg(theme="pink")


def test_looking_changes_nothing(mock: BatchMock) -> None:
    submit("one")
    mock.advance("20s")
    before = (mock.now, mock.jobs.one().history)
    assert mock.timeline.html() == mock.timeline.html()
    assert (mock.now, mock.jobs.one().history) == before


def test_a_scale_fits_what_it_has_to_show() -> None:
    for span in (1, 7, 999, 61_000, 3_600_001, 10**10):
        for width in (1, 10, 80):
            on = bars.scale(0, span, width)
            assert on.start_of(width) >= span


def test_the_report_of_a_failing_test_has_the_timeline_on_request(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import boto3, pytest

        def fail(batchmock):
            batchmock.defaults()
            client = boto3.client("batch", region_name="us-east-1")
            client.submit_job(jobName="etl", jobQueue="default", jobDefinition="default")
            batchmock.run_until_idle()
            raise AssertionError

        def test_plain(batchmock):
            fail(batchmock)

        @pytest.mark.batchmock(report_timeline=True)
        def test_drawn(batchmock):
            fail(batchmock)
        """
    )
    run = partial(pytester.runpytest_inprocess, "-p", "no:cacheprovider", "-p", "no:asyncio")
    plain = run("-k", "plain")
    plain.stdout.no_fnmatch_line("*batchmock timeline*")
    drawn = run("-k", "drawn")
    drawn.stdout.fnmatch_lines(["*batchmock timeline*", "1 job, *", "etl *SUCCEEDED *"])
    asked = run("-k", "plain", "-o", "batchmock_report_timeline=true")
    asked.stdout.fnmatch_lines(["*batchmock timeline*"])


@pytest.mark.parametrize(
    ("seconds", "labels"),
    [
        (0.5, "0 100ms 200ms 300ms 400ms 500ms"),
        (10, "0 2s 4s"),
        (80, "0 10s 20s 30s 40s 50s 60s 70s 80s 90s"),
        (100, "0 0m20 0m40 1m00 1m20"),
        (240, "0 1m 2m 3m"),
        (6000, "0 0h20 0h40 1h00 1h20"),
        (14_400, "0 1h 2h"),
        (72_000, "0 4h 8h 12h 16h 20h 24h"),
        (345_600, "0 1d 2d"),
    ],
)
def test_the_labels_of_an_axis_are_all_in_the_same_units(seconds: float, labels: str) -> None:
    on = bars.scale(0, int(seconds * 1000), 90)
    told = [label for _, label in bars.ticks(on)]
    assert told[: len(labels.split())] == labels.split()
