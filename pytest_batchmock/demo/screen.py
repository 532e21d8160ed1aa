"""What the demo shows: a live table on a terminal, plain lines elsewhere, the same ending on both."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from types import TracebackType
from typing import Final, NamedTuple, Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from pytest_batchmock.demo.observer import Change, last_reason, losses, tries
from pytest_batchmock.observe.jobs import JobView
from pytest_batchmock.observe.timeline import bars

_STATUS_STYLES: Final = {
    "SUBMITTED": "dim",
    "PENDING": "dim",
    "RUNNABLE": "yellow",
    "STARTING": "cyan",
    "RUNNING": "bold blue",
    "SUCCEEDED": "green",
    "FAILED": "bold red",
}
_CELLS: Final = {
    bars.WAITS: ("·", ".", "dim"),
    bars.QUEUES: ("░", "-", "yellow"),
    bars.STARTS: ("▒", "=", "cyan"),
    bars.RUNS: ("█", "#", "blue"),
    bars.DONE: ("█", "#", "green"),
    bars.LOST: ("▓", "%", "red"),
    bars.BLOW: ("✕", "x", "bold red"),
    bars.NOTHING: (" ", " ", ""),
}
_REASON_FROM_COLUMNS: Final = 130
_TIMELINE_FROM_COLUMNS: Final = 46
_REASON_WIDTH: Final = 52
_COLUMNS_BESIDE_TIMELINE: Final = 30
_MOST_EVENTS: Final = 5
_LINES_BESIDE_JOBS: Final = 6
_REPORT_LINES: Final = 5


class Ending(NamedTuple):
    """How it ended.

    Attributes:
        jobs: All jobs.
        now: Virtual time.
        wall_seconds: What it took in reality, pauses included.
        report: What the application published.
    """

    jobs: Sequence[JobView]
    now: datetime
    wall_seconds: float
    report: str


class Screen(Protocol):
    """Where the demo is shown; a context manager while it runs."""

    def __enter__(self) -> Screen:
        """Begin."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the terminal as it was."""

    def show(self, jobs: Sequence[JobView], now: datetime, changes: Sequence[Change]) -> None:
        """Show how it stands, and what has changed since the last time."""

    def end(self, ending: Ending) -> None:
        """Show how it ended."""


class PlainScreen:
    """A line for each change: for logs, pipes and dumb terminals."""

    def __init__(self, console: Console, title: str, usual_length: timedelta) -> None:
        self._console = console
        self._title = title
        self._usual_length = usual_length

    def __enter__(self) -> PlainScreen:
        self._console.print(self._title, soft_wrap=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def show(self, jobs: Sequence[JobView], now: datetime, changes: Sequence[Change]) -> None:
        """Print the changes."""
        for change in changes:
            self._console.print(_sentence(change), soft_wrap=True)

    def end(self, ending: Ending) -> None:
        """Print the table and the summary."""
        self._console.print()
        self._console.print(_closing(self._console, self._usual_length, ending))


class LiveScreen:
    """A table of the jobs with their timelines, repainted at each look."""

    def __init__(self, console: Console, title: str, usual_length: timedelta) -> None:
        self._console = console
        self._title = title
        self._usual_length = usual_length
        self._events: deque[Change] = deque(maxlen=_MOST_EVENTS)
        self._live = Live(console=console, auto_refresh=False, transient=True)

    def __enter__(self) -> LiveScreen:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def show(self, jobs: Sequence[JobView], now: datetime, changes: Sequence[Change]) -> None:
        """Repaint."""
        self._events.extend(change for change in changes if change.reason)
        self._live.update(self._picture(jobs, now), refresh=True)

    def end(self, ending: Ending) -> None:
        """Leave the last table on the terminal, with the summary."""
        self._console.print(_line(self._title, "bold"))
        self._console.print()
        self._console.print(_closing(self._console, self._usual_length, ending))

    def _picture(self, jobs: Sequence[JobView], now: datetime) -> RenderableType:
        room = self._console.height - 1 - _LINES_BESIDE_JOBS
        shown, hidden = _that_fit(jobs, room)
        events = min(_MOST_EVENTS, max(room - len(shown) - bool(hidden) - 1, 0))
        lines: list[RenderableType] = [
            _line(self._title, "bold"),
            _line(f"{now:%H:%M:%S}  {_counts(jobs)}", ""),
            Text(),
            job_table(self._console, shown, jobs[0].created_at, now, self._usual_length),
        ]
        if hidden:
            lines.append(_line(f"… and {hidden} more", "dim"))
        lines += _legend(self._console)
        if events and self._events:
            lines.append(Text())
            lines += [_event(change) for change in list(self._events)[-events:]]
        return Group(*lines)


def job_table(
    console: Console, jobs: Sequence[JobView], begin: datetime, now: datetime, at_least: timedelta
) -> Table:
    """The jobs with status, attempt, timeline and reason, as far as the terminal is wide enough."""
    with_reason = console.width >= _REASON_FROM_COLUMNS
    with_timeline = console.width >= _TIMELINE_FROM_COLUMNS
    width = console.width - _COLUMNS_BESIDE_TIMELINE - (_REASON_WIDTH + 2 if with_reason else 0)
    at_least_ms = int(at_least.total_seconds() * 1000)
    on = bars.scale(_ms(begin), _ms(now), max(width, 1), at_least_ms)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("job", no_wrap=True, overflow="ellipsis")
    table.add_column("status", no_wrap=True, min_width=9)
    table.add_column("try", justify="right", no_wrap=True)
    if with_timeline:
        table.add_column(bars.axis(on), no_wrap=True, width=on.width)
    if with_reason:
        table.add_column("last reason", no_wrap=True, overflow="ellipsis", max_width=_REASON_WIDTH)
    for job in jobs:
        row: list[RenderableType] = [
            _short(job.name),
            Text(job.status, style=_STATUS_STYLES[job.status]),
            str(tries(job) or ""),
        ]
        if with_timeline:
            row.append(_bar(_cells(job, _ms(now), on), console.options.ascii_only))
        if with_reason:
            row.append(Text(last_reason(job), style="dim"))
        table.add_row(*row)
    return table


def _cells(job: JobView, now_ms: int, on: bars.Scale) -> list[str]:
    """What the job did in each column; where an attempt was lost, that."""
    history = [(status, _ms(at)) for status, at in job.history]
    row = bars.cells(bars.segments(history, now_ms), now_ms, on)
    for blow in bars.blows(history):
        column = (blow - on.begin_ms) // on.step_ms
        if column < len(row):
            row[column] = bars.BLOW
    return row


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _bar(kinds: Sequence[str], ascii_only: bool) -> Text:
    bar = Text(no_wrap=True)
    for kind, same in groupby(kinds):
        nice, plain, style = _CELLS[kind]
        bar.append((plain if ascii_only else nice) * len(list(same)), style=style)
    return bar


def _legend(console: Console) -> list[RenderableType]:
    if console.width < _TIMELINE_FROM_COLUMNS:
        return []
    legend = Text(no_wrap=True, overflow="ellipsis")
    for kind, (nice, plain, style) in _CELLS.items():
        if kind:
            legend.append(plain if console.options.ascii_only else nice, style=style)
            legend.append(f" {kind}  ", style="dim")
    return [legend]


def _closing(console: Console, usual_length: timedelta, ending: Ending) -> RenderableType:
    jobs = ending.jobs
    begin = min(job.created_at for job in jobs)
    lost = [(job, reason) for job in jobs for reason in losses(job)]
    attempts = sum(len(job.attempts) for job in jobs)
    survived = sum(1 for job, _ in lost if job.status == "SUCCEEDED")
    took = ending.now - begin
    summary = [
        f"{len(jobs)} jobs: {_counts(jobs)}; {attempts} attempts, {survived} Spot reclaims survived.",
        f"{_span(took.total_seconds())} of virtual time in {ending.wall_seconds:.1f} s.",
    ]
    lines: list[RenderableType] = [
        job_table(console, jobs, begin, ending.now, usual_length),
        *_legend(console),
        Text(),
    ]
    if console.width < _REASON_FROM_COLUMNS:
        lines += [Text(f"{_short(job.name)}: {reason}", style="dim") for job, reason in lost]
        lines.append(Text())
    lines += [Text(line) for line in ending.report.splitlines()[:_REPORT_LINES] if line]
    return Group(*lines, Text(), *(Text(line, style="bold") for line in summary))


def _that_fit(jobs: Sequence[JobView], lines: int) -> tuple[Sequence[JobView], int]:
    """As many jobs as there are lines, those that have not ended first, in their order."""
    if len(jobs) <= lines:
        return jobs, 0
    most = max(lines - 1, 1)
    kept = {job.id for job in sorted(jobs, key=lambda job: job.is_terminal)[:most]}
    return [job for job in jobs if job.id in kept], len(jobs) - len(kept)


def _counts(jobs: Sequence[JobView]) -> str:
    counts = Counter(job.status for job in jobs)
    return ", ".join(f"{counts[status]} {status}" for status in _STATUS_STYLES if counts[status])


def _sentence(change: Change) -> Text:
    line = Text(f"{change.at:%H:%M:%S}  {_short(change.name)}  ", no_wrap=True, overflow="ellipsis")
    if change.before:
        line.append(f"{change.before} -> ", style="dim")
    line.append(change.after, style=_STATUS_STYLES[change.after])
    if change.reason:
        line.append(f"  {change.reason}", style="red")
    return line


def _event(change: Change) -> Text:
    """Why a job went back or failed, short enough for eighty columns."""
    line = _line(f"{change.at:%H:%M:%S}  {_short(change.name):<9}  ", "dim")
    return line.append(change.reason or "", style="red")


def _line(text: str, style: str) -> Text:
    return Text(text, style=style, no_wrap=True, overflow="ellipsis")


def _short(name: str) -> str:
    """The part of a job's name that tells the jobs of one night apart."""
    return name.split("-", 4)[-1]


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m {rest:02}s"
