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
from pytest_batchmock.domain.instance import Instance
from pytest_batchmock.engine.engine import Engine
from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.observe.timeline import svg, text
from pytest_batchmock.observe.timeline.model import MOST_BARS, HostFacts, Story, story

__all__ = [
    "MOST_BARS",
    "TITLE",
    "Timeline",
    "check_look",
    "facts_of",
    "form_of",
    "save",
    "story",
    "story_of",
]

TITLE = "AWS Batch, mocked"


def _as_html(told: Story, title: str, theme: str) -> str:
    return svg.as_html(told, title=title, theme=theme)


def _as_svg(told: Story, title: str, theme: str) -> str:
    return svg.as_svg(told, title=title, theme=theme)


def _as_text(told: Story, title: str, theme: str) -> str:
    return text.as_text(told, 100) + "\n"


_FORMS = {"html": _as_html, "svg": _as_svg, "text": _as_text}
_ENDINGS = {".html": "html", ".htm": "html", ".svg": "svg", ".txt": "text"}
"""The form in which a timeline is written, by how the name of the file ends."""


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

    def svg(self, *, title: str = TITLE, theme: str = "auto") -> str:
        """The timeline as an SVG document.

        Args:
            title: Its heading.
            theme: ``light``, ``dark``, or ``auto``: as the reader's system has it.

        Raises:
            MockUsageError: There is no such theme, or the title is no text.
        """
        check_look(title, theme)
        return svg.as_svg(self._tell(), title=title, theme=theme)

    def html(self, *, title: str = TITLE, theme: str = "auto") -> str:
        """The timeline as an HTML page, with the image and a table of the same.

        Args:
            title: Its heading.
            theme: ``light``, ``dark``, or ``auto``: as the reader's system has it.

        Raises:
            MockUsageError: There is no such theme, or the title is no text.
        """
        check_look(title, theme)
        return svg.as_html(self._tell(), title=title, theme=theme)

    def save(self, path: str | os.PathLike[str], *, title: str = TITLE, theme: str = "auto") -> Path:
        """Write a file that needs nothing else, and return its path.

        Args:
            path: A name that ends in ``.html``, ``.svg`` or ``.txt``.
            title: The heading of an image or page.
            theme: ``light``, ``dark``, or ``auto``: as the reader's system has it.

        Raises:
            MockUsageError: The name ends otherwise, or there is no such theme, or the title is no text.
            OSError: The file cannot be written.
        """
        form_of(path)
        return save(self._tell(), path, title=title, theme=theme)

    def _tell(self) -> Story:
        with self._gate() as engine:
            return story_of(engine)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<timeline of {self._tell().jobs} jobs>"


def form_of(path: str | os.PathLike[str]) -> str:
    """In which form a timeline is written to a file of that name: html, svg or text.

    Raises:
        MockUsageError: In none.
    """
    form = _ENDINGS.get(Path(path).suffix.lower())
    if form is None:
        raise MockUsageError(f"timeline.save({str(path)!r}): end the name in .html, .svg or .txt.")
    return form


def save(told: Story, path: str | os.PathLike[str], *, title: str = TITLE, theme: str = "auto") -> Path:
    """Write a story to a file.

    Raises:
        MockUsageError: The name tells no form, or there is no such theme, or the title is no text.
        OSError: The file cannot be written.
    """
    check_look(title, theme)
    target = Path(path)
    content = _FORMS[form_of(target)](told, title, theme)
    target.write_text(content, encoding="utf-8")
    return target


def facts_of(instance: Instance) -> HostFacts:
    """What the timeline shows of an instance besides its jobs."""
    return HostFacts(
        instance.id,
        f"{instance.type.name}, {instance.zone}, {instance.environment.name}",
        instance.launched_at_ms,
        instance.ended_at_ms,
    )


def story_of(engine: Engine, *, most_bars: int = MOST_BARS) -> Story:
    """What happened to all jobs that are kept; to be called within the gate."""
    jobs = [
        job
        for region in engine.regions.values()
        for store in (region.jobs, region.service_jobs)
        for job in store.values()
    ]
    jobs.sort(key=lambda job: job.key)
    facts = [facts_of(instance) for instance in engine.fleet.instances()]
    return story(jobs, engine.now_ms, facts, most_bars=most_bars)


def check_look(title: object = TITLE, theme: object = "auto") -> None:
    """Refuse a title that is no text, and a theme that there is not.

    Raises:
        MockUsageError: Either.
    """
    if not isinstance(title, str):
        raise MockUsageError(f"title={title!r}: give a text.")
    if theme not in ("auto", "light", "dark"):
        raise MockUsageError(f"theme={theme!r}: choose one of auto, light, dark.")
