"""A timeline as one SVG image, or as one page of HTML around it. Neither loads anything."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from pytest_batchmock.domain.status import SERVICE_JOB_STATUSES
from pytest_batchmock.durations import to_text
from pytest_batchmock.observe.timeline import bars, model, style
from pytest_batchmock.observe.timeline.bars import Scale, Segment
from pytest_batchmock.observe.timeline.model import Crowd, Host, Mark, Row, Story

_WIDTH: Final = 1200
_LABELS: Final = 300
_RIGHT: Final = 24
_ROW: Final = 24
_CROWD: Final = 132
_HEAD: Final = 92
_CHARACTER: Final = 7.3
"""About how wide a letter of the labels is."""

_LEAST_NUMBER: Final = 16
_SIGNS: Final = {
    model.RECLAIMED: "✕",
    model.TIMED_OUT: "◷",
    model.FAILED: "!",
    model.PREEMPTED: "⇤",
    model.TERMINATED_MARK: "■",
    model.CANCELLED_MARK: "□",
}
_CLASSES: Final = {
    bars.WAITS: "waits",
    bars.QUEUES: "queues",
    bars.STARTS: "starts",
    bars.RUNS: "runs",
    bars.DONE: "done",
    bars.LOST: "lost",
}
_HEIGHTS: Final = {
    bars.WAITS: 4,
    bars.QUEUES: 8,
    bars.STARTS: 12,
    bars.RUNS: 16,
    bars.DONE: 16,
    bars.LOST: 16,
}
"""What a bar is can be told without its colour."""

_UNPRINTABLE: Final = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_svg(story: Story, *, title: str, theme: str = "auto") -> str:
    """The timeline as an SVG document.

    Args:
        story: What to draw.
        title: Its heading.
        theme: ``light``, ``dark``, or ``auto``: as the reader's system has it.
    """
    return _Drawing(story).document(title, theme)


def as_html(story: Story, *, title: str, theme: str = "auto") -> str:
    """The timeline as an HTML page: the image, and the same in a table for those who read it."""
    rows = "\n".join(_table_row(row) for row in story.rows)
    more = f"<p>… and {story.more_hosts} more instances.</p>" if story.more_hosts else ""
    return (
        f'<!DOCTYPE html>\n<html lang="en" class={quoteattr(theme)}>\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_text(title)}</title>\n<style>{style.PAGE}</style>\n</head>\n<body>\n<main>\n"
        f"<figure>\n{_Drawing(story).document(title, theme)}\n</figure>\n{more}"
        "<details>\n<summary>The same as a table</summary>\n<table>\n<thead><tr><th>Job</th>"
        "<th>Id</th><th>Status</th><th>What happened</th></tr></thead>\n"
        f"<tbody>\n{rows}\n</tbody>\n</table>\n</details>\n</main>\n</body>\n</html>\n"
    )


class _Drawing:
    """Draws from top to bottom."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.parts: list[str] = []
        self.y = _HEAD
        width = _WIDTH - _LABELS - _RIGHT
        self.on: Scale = bars.scale(story.begin_ms, story.end_ms, width)
        self.pixels = width / max(story.end_ms - story.begin_ms, 1)

    def x(self, at_ms: float) -> float:
        at_ms = min(max(at_ms, self.story.begin_ms), self.story.end_ms)
        return _LABELS + (at_ms - self.story.begin_ms) * self.pixels

    def document(self, title: str, theme: str) -> str:
        for row in self.story.rows:
            if isinstance(row, Crowd):
                self._crowd(row)
            else:
                self._row(row)
        if self.story.hosts:
            self._heading("Instances")
            for host in self.story.hosts:
                self._host(host)
        height = self.y + 16
        head = self._head(title, height)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class={quoteattr(theme)} '
            f'viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" role="group" '
            f"aria-label={quoteattr(_clean(title))}>\n<style>{style.IMAGE}</style>\n{_HATCH}"
            f'<rect class="ground" width="{_WIDTH}" height="{height}"/>\n'
            f"{head}\n" + "\n".join(self.parts) + "\n</svg>"
        )

    def _head(self, title: str, height: int) -> str:
        story = self.story
        span = to_text(story.end_ms - story.begin_ms)
        jobs = "1 job" if story.jobs == 1 else f"{story.jobs:,} jobs"
        about = f"{jobs}, {_moment(story.begin_ms)} UTC, {span}"
        lines = [
            f'<text class="title" x="16" y="30">{_text(title)}</text>',
            f'<text class="about" x="16" y="50">{_text(about)}</text>',
            *self._legend(),
        ]
        last = 0.0
        for at, label in bars.ticks(self.on, 110):
            x = self.x(story.begin_ms + at)
            if at > story.end_ms - story.begin_ms or (last and x - last < 40):
                continue
            last = x
            lines.append(
                f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{_HEAD - 6}" y2="{height}"/>'
            )
            lines.append(f'<text class="tick" x="{x:.1f}" y="{_HEAD - 12}">{_text(label)}</text>')
        return "\n".join(lines)

    def _legend(self) -> Iterable[str]:
        x = _LABELS
        for kind, name in _CLASSES.items():
            height = _HEIGHTS[kind]
            box = f'x="{x}" y="{26 - height / 2}" width="18" height="{height}"'
            yield f'<rect class="{name}" {box} rx="2"/>'
            yield f'<text class="key" x="{x + 24}" y="30">{kind}</text>'
            x += 38 + round(len(kind) * _CHARACTER)
        used = {mark.kind for row in self.story.rows if isinstance(row, Row) for mark in row.marks}
        for kind, sign in _SIGNS.items():
            if kind in used:
                yield f'<text class="mark" x="{x + 6}" y="31">{sign}</text>'
                yield f'<text class="key" x="{x + 18}" y="30">{kind}</text>'
                x += 32 + round(len(kind) * _CHARACTER)

    def _heading(self, text: str) -> None:
        self.parts.append(f'<text class="heading" x="16" y="{self.y + 30}">{_text(text)}</text>')
        self.y += 40

    def _label(self, label: str, depth: int, note: str, status: str, about: str) -> str:
        room = int((_LABELS - 110 - depth * 16) / _CHARACTER)
        whole = f"{label} ({note})" if note else label
        shown = whole if len(whole) <= room else whole[: room - 1] + "…"
        return (
            f'<text class="label" x="{16 + depth * 16}" y="{self.y + 16}">{_text(shown)}'
            f"<title>{_text(about)}</title></text>"
            f'<text class="status {status.lower()}" x="{_LABELS - 12}" y="{self.y + 16}">'
            f"{_text(status)}</text>"
        )

    def _row(self, row: Row) -> None:
        parts = [self._label(row.label, row.depth, row.note, row.status, f"{row.label} {row.job_id}")]
        parts += [self._bar(part) for part in row.segments]
        parts += [self._mark(mark) for mark in row.marks]
        self.parts.append(f"<g>{''.join(parts)}</g>")
        self.y += _ROW

    def _bar(self, part: Segment) -> str:
        x, height = self.x(part.begin_ms), _HEIGHTS[part.kind]
        width = max(self.x(part.end_ms) - x, 0.75)
        about = f"{part.kind}, {_moment(part.begin_ms)}, {to_text(part.end_ms - part.begin_ms)}"
        number = ""
        if part.attempt:
            about = f"attempt {part.attempt}: {about}"
            if (
                part.kind not in (bars.STARTS, bars.QUEUES)
                and part.attempt > 1
                and width > _LEAST_NUMBER
            ):
                number = f'<text class="number" x="{x + 5:.1f}" y="{self.y + 16}">{part.attempt}</text>'
        top = self.y + 12 - height / 2
        return (
            f'<rect class="{_CLASSES[part.kind]}" x="{x:.1f}" y="{top:g}" width="{width:.1f}" '
            f'height="{height}" rx="2"><title>{_text(about)}</title></rect>{number}'
        )

    def _mark(self, mark: Mark) -> str:
        x = self.x(mark.at_ms)
        return (
            f'<g><circle class="halo" cx="{x:.1f}" cy="{self.y + 12}" r="8"/>'
            f'<text class="mark" x="{x:.1f}" y="{self.y + 16.5}">{_SIGNS[mark.kind]}</text>'
            f"<title>{_text(f'{mark.kind}, {_moment(mark.at_ms)}: {mark.text}')}</title></g>"
        )

    def _crowd(self, crowd: Crowd) -> None:
        """Counts by status, one area on the other."""
        befell = ", ".join(f"{count:,} {kind}" for kind, count in crowd.marks.items())
        about = f"{crowd.jobs:,} jobs" + (f": {befell}" if befell else "")
        self.parts.append(
            f'<text class="label" x="{16 + crowd.depth * 16}" y="{self.y + 20}">'
            f"{_text(crowd.label[:34])}</text>"
            f'<text class="about" x="{16 + crowd.depth * 16}" y="{self.y + 38}">'
            f"{_text(about[:40])}</text>"
        )
        scale, ground = (_CROWD - 16) / max(crowd.jobs, 1), self.y + _CROWD - 8
        floor = [0] * len(crowd.moments)
        key = self.y + 56
        for status in reversed(SERVICE_JOB_STATUSES):
            if status not in crowd.counts:
                continue
            top = [low + count for low, count in zip(floor, crowd.counts[status], strict=True)]
            there = [
                f"{self.x(at):.1f},{ground - n * scale:.1f}"
                for at, n in zip(crowd.moments, top, strict=True)
            ]
            back = [
                f"{self.x(at):.1f},{ground - n * scale:.1f}"
                for at, n in zip(crowd.moments, floor, strict=True)
            ]
            most = max(crowd.counts[status])
            told = f"{status}: {most:,} at most, {crowd.counts[status][-1]:,} at the end"
            self.parts.append(
                f'<polygon class="area {status.lower()}" points="{" ".join(there + back[::-1])}">'
                f"<title>{_text(told)}</title></polygon>"
            )
            self.parts.append(
                f'<rect class="area {status.lower()}" x="{16 + crowd.depth * 16}" y="{key - 9}" '
                f'width="10" height="10"/><text class="key" x="{32 + crowd.depth * 16}" y="{key}">'
                f"{_text(f'{status} {crowd.counts[status][-1]:,} (max {most:,})')}</text>"
            )
            key += 15
            floor = top
        self.y += max(_CROWD, key - self.y)

    def _host(self, host: Host) -> None:
        parts = [self._label(host.name, 0, host.what, "", f"{host.name} {host.what}")]
        begin, end = self.x(host.begin_ms), self.x(host.end_ms)
        life = f"{host.name} from {_moment(host.begin_ms)}, {to_text(host.end_ms - host.begin_ms)}"
        parts.append(
            f'<rect class="host" x="{begin:.1f}" y="{self.y + 2}" width="{max(end - begin, 1):.1f}" '
            f'height="20" rx="3"><title>{_text(life)}</title></rect>'
        )
        lanes: list[float] = []
        placed = []
        for run in host.runs:  # jobs that ran at once lie below each other
            lane = next((n for n, free in enumerate(lanes) if free <= run.begin_ms), len(lanes))
            lanes[lane : lane + 1] = [run.end_ms]
            placed.append((lane, run))
        high = 16 / max(len(lanes), 1)
        for lane, run in placed:
            x = self.x(run.begin_ms)
            told = f"{run.label}, attempt {run.attempt}, {to_text(run.end_ms - run.begin_ms)}"
            parts.append(
                f'<rect class="{"lost" if run.lost else "done"}" x="{x:.1f}" '
                f'y="{self.y + 4 + lane * high:.2f}" width="{max(self.x(run.end_ms) - x, 0.75):.1f}" '
                f'height="{max(high - 0.75, 0.5):.2f}"><title>{_text(told)}</title></rect>'
            )
        self.parts.append(f"<g>{''.join(parts)}</g>")
        self.y += _ROW


_HATCH: Final = (
    '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect class="lost-ground" width="6" height="6"/>'
    '<rect class="lost-stripe" width="2.5" height="6"/></pattern></defs>\n'
)


def _table_row(row: Row | Crowd) -> str:
    if isinstance(row, Crowd):
        told = ", ".join(f"{row.counts[s][-1]:,} {s}" for s in SERVICE_JOB_STATUSES if s in row.counts)
        befell = "".join(f", {count:,} {kind}" for kind, count in row.marks.items())
        return f"<tr><td>{_text(row.label)}</td><td></td><td></td><td>{_text(told + befell)}</td></tr>"
    told = "; ".join(
        [
            *(f"{part.kind} {to_text(part.end_ms - part.begin_ms)}" for part in row.segments),
            *(f"{mark.kind} at {_moment(mark.at_ms)}: {mark.text}" for mark in row.marks),
        ]
    )
    name = f"{row.label} ({row.note})" if row.note else row.label
    cells = (name, row.job_id, row.status, told)
    return f"<tr>{''.join(f'<td>{_text(cell)}</td>' for cell in cells)}</tr>"


def _moment(at_ms: int) -> str:
    moment = datetime.fromtimestamp(at_ms / 1000, timezone.utc)
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def _clean(text: str) -> str:
    return _UNPRINTABLE.sub("�", text)


def _text(text: str) -> str:
    return escape(_clean(text))
