"""`batchmock.timeline`: what happened, drawn.

`model` says what there is to show, from the jobs alone; `bars` are the parts of it that have to do with
time; `text`, `svg` and `style` draw.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from pytest_batchmock.arguments import check_whole
from pytest_batchmock.engine.engine import Engine
from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.observe.timeline import svg, text
from pytest_batchmock.observe.timeline.model import MOST_BARS, HostFacts, Story, story

__all__ = ["MOST_BARS", "Timeline", "story_of"]

_TITLE = "AWS Batch, mocked"


class Timeline:
    """The jobs as bars by what they did, the instances with what ran on them, as of now.

    ``str(batchmock.timeline)`` is as wide as the terminal; ``save("timeline.html")`` writes one file
    that needs nothing else. Above 2,000 bars, arrays (and if need be whole queues) are told by how many
    of their jobs were in each status over time.
    """

    def __init__(self, gate: Callable[[], AbstractContextManager[Engine]]) -> None:
        self._gate = gate

    def text(self, width: int | None = None) -> str:
        """The timeline as text.

        Args:
            width: The most columns; by default those of the terminal (or of ``COLUMNS``).

        Raises:
            MockUsageError: The width is no number of columns.
        """
        if width is not None:
            check_whole("width", width, 1)
        if width is None:
            width = shutil.get_terminal_size((100, 24)).columns
        return text.as_text(self._tell(), width)

    def svg(self, *, title: str = _TITLE, theme: str = "auto") -> str:
        """The timeline as an SVG document.

        Args:
            title: Its heading.
            theme: ``light``, ``dark``, or ``auto``: as the reader's system has it.

        Raises:
            MockUsageError: There is no such theme, or the title is no text.
        """
        _check_title(title)
        return svg.as_svg(self._tell(), title=title, theme=_known(theme))

    def html(self, *, title: str = _TITLE, theme: str = "auto") -> str:
        """The timeline as an HTML page, with the image and a table of the same.

        Args:
            title: Its heading.
            theme: ``light``, ``dark``, or ``auto``: as the reader's system has it.

        Raises:
            MockUsageError: There is no such theme, or the title is no text.
        """
        _check_title(title)
        return svg.as_html(self._tell(), title=title, theme=_known(theme))

    def save(self, path: str | os.PathLike[str], *, title: str = _TITLE, theme: str = "auto") -> Path:
        """Write a file that needs nothing else, and return its path.

        Args:
            path: A name that ends in ``.html``, ``.svg`` or ``.txt``.
            title: The heading of an image or page.
            theme: ``light``, ``dark``, or ``auto``: as the reader's system has it.

        Raises:
            MockUsageError: The name ends otherwise, or there is no such theme.
            OSError: The file cannot be written.
        """
        target = Path(path)
        ending = target.suffix.lower()
        if ending in (".html", ".htm"):
            content = self.html(title=title, theme=theme)
        elif ending == ".svg":
            content = self.svg(title=title, theme=theme)
        elif ending == ".txt":
            content = self.text(100) + "\n"
        else:
            raise MockUsageError(f"timeline.save({str(path)!r}): end the name in .html, .svg or .txt.")
        target.write_text(content, encoding="utf-8")
        return target

    def _tell(self) -> Story:
        with self._gate() as engine:
            return story_of(engine)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<timeline of {self._tell().jobs} jobs>"


def story_of(engine: Engine, *, most_bars: int = MOST_BARS) -> Story:
    """What happened to all jobs that are kept; to be called within the gate."""
    jobs = [
        job
        for region in engine.regions.values()
        for store in (region.jobs, region.service_jobs)
        for job in store.values()
    ]
    jobs.sort(key=lambda job: job.key)
    facts = [
        HostFacts(
            it.id,
            f"{it.type.name}, {it.zone}, {it.environment.name}",
            it.launched_at_ms,
            it.ended_at_ms,
        )
        for it in engine.fleet.instances()
    ]
    return story(jobs, engine.now_ms, facts, most_bars=most_bars)


def _known(theme: str) -> str:
    if theme not in ("auto", "light", "dark"):
        raise MockUsageError(f"theme={theme!r}: choose one of auto, light, dark.")
    return theme


def _check_title(title: object) -> None:
    if not isinstance(title, str):
        raise MockUsageError(f"title={title!r}: give a text.")
