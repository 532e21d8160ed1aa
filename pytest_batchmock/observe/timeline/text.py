"""A timeline as text, as wide as it may be."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Final

from pytest_batchmock.domain.status import SERVICE_JOB_STATUSES
from pytest_batchmock.durations import to_text
from pytest_batchmock.observe.timeline import bars, model
from pytest_batchmock.observe.timeline.bars import Scale
from pytest_batchmock.observe.timeline.model import Crowd, Host, Row, Story

LEAST_WIDTH: Final = 40
_MOST_HOSTS: Final = 40
_HEAD_PARTS: Final = 3

GLYPHS: Final = {
    bars.WAITS: "·",
    bars.QUEUES: "░",
    bars.STARTS: "▒",
    bars.RUNS: "█",
    bars.DONE: "█",
    bars.LOST: "▓",
    bars.NOTHING: " ",
}
MARKS: Final = {
    model.RECLAIMED: "✕",
    model.TIMED_OUT: "T",
    model.FAILED: "!",
    model.PREEMPTED: "P",
    model.TERMINATED_MARK: "K",
    model.CANCELLED_MARK: "C",
}
_LEGEND: Final = {
    "·": "depends",
    "░": "queued",
    "▒": "starting",
    "█": "running",
    "▓": "lost work",
} | {glyph: kind for kind, glyph in MARKS.items()}
_LEVELS: Final = " ▁▂▃▄▅▆▇█"


def as_text(story: Story, width: int) -> str:
    """The timeline in lines of at most `width` columns."""
    if not story.jobs:
        return f"No job was submitted. Virtual time: {_clock(story.now_ms)}."
    width = max(width, LEAST_WIDTH)
    labels = [_label(row) for row in story.rows] + [host.name for host in story.hosts]
    label_width = min(max(map(len, labels)), width // _HEAD_PARTS)
    on = bars.scale(story.begin_ms, story.end_ms, width - label_width - 12)
    lines = [_title(story), "", " " * (label_width + 12) + bars.axis(on)]
    used: set[str] = set()
    for row in story.rows:
        if isinstance(row, Crowd):
            lines += _crowd_lines(row, on, label_width)
        else:
            lines.append(_row_line(row, story.now_ms, on, label_width, used))
    lines += _host_lines(story, on, label_width)
    legend = [f"{glyph} {text}" for glyph, text in _LEGEND.items() if glyph in used]
    if legend:
        lines += ["", "  ".join(legend)]
    return "\n".join(line.rstrip() if len(line) <= width else line[: width - 1] + "…" for line in lines)


def _title(story: Story) -> str:
    span = to_text(story.end_ms - story.begin_ms)
    jobs = "1 job" if story.jobs == 1 else f"{story.jobs} jobs"
    return f"{jobs}, {_clock(story.begin_ms)} to {_clock(story.end_ms)} ({span})"


def _label(row: Row | Crowd) -> str:
    note = f" ({row.note})" if isinstance(row, Row) and row.note else ""
    return "  " * row.depth + row.label + note


def _row_line(row: Row, now_ms: int, on: Scale, label_width: int, used: set[str]) -> str:
    cells = [GLYPHS[kind] for kind in bars.cells(row.segments, now_ms, on)]
    for mark in row.marks:
        column = min((mark.at_ms - on.begin_ms) // on.step_ms, on.width - 1)
        cells += " " * (column + 1 - len(cells))
        cells[column] = MARKS[mark.kind]
    used.update(cells)
    return f"{_cut(_label(row), label_width)}  {row.status:<9} {''.join(cells)}"


def _crowd_lines(crowd: Crowd, on: Scale, label_width: int) -> Iterable[str]:
    """A line for each status: how many of the crowd were in it, as the height of a block."""
    befell = "".join(f", {count} {kind}" for kind, count in crowd.marks.items())
    yield f"{'  ' * crowd.depth}{crowd.label}, {crowd.jobs} in all{befell}"
    for status in SERVICE_JOB_STATUSES:
        if status not in crowd.counts:
            continue
        most = max(crowd.counts[status])
        shown = ""
        for column in range(on.width):
            if on.start_of(column) > crowd.moments[-1]:
                break
            # The last instant of the column, so that its end is what the next begins with.
            count = model.count_at(crowd, status, on.start_of(column + 1) - 1)
            shown += _LEVELS[-(-count * (len(_LEVELS) - 1) // crowd.jobs)]
        head = f"{'  ' * (crowd.depth + 1)}{status.lower()}"
        yield f"{_cut(head, label_width)}  {f'max {most}':<9} {shown}"


def _host_lines(story: Story, on: Scale, label_width: int) -> Iterable[str]:
    if not story.hosts:
        return
    yield ""
    yield "Instances"
    for host in story.hosts[:_MOST_HOSTS]:
        runs = "1 run" if len(host.runs) == 1 else f"{len(host.runs)} runs"
        yield f"{_cut(host.name, label_width)}  {runs:<9} {_host_cells(host, on)}"
    hidden = len(story.hosts[_MOST_HOSTS:]) + story.more_hosts
    if hidden:
        yield f"… and {hidden} more"


def _host_cells(host: Host, on: Scale) -> str:
    row = ""
    for column in range(on.width):
        middle = on.start_of(column) + on.step_ms / 2
        busy = any(run.begin_ms <= middle < run.end_ms for run in host.runs)
        row += "█" if busy else "·" if host.begin_ms <= middle < host.end_ms else " "
    return row.rstrip()


def _cut(text: str, width: int) -> str:
    return text.ljust(width) if len(text) <= width else text[: width - 1] + "…"


def _clock(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, timezone.utc).strftime("%H:%M:%S")
