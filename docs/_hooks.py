"""What mkdocs fills in at build time, so that no table of the documentation can go stale."""

from __future__ import annotations

from typing import Any

from pytest_batchmock.engine.lifecycle import JOB_TRANSITIONS, RESOURCE_TRANSITIONS, Transition


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Replace the placeholders of `docs/design.md` with tables made from the code."""
    return markdown.replace("<!-- job transitions -->", _table(JOB_TRANSITIONS)).replace(
        "<!-- resource transitions -->", _table(RESOURCE_TRANSITIONS)
    )


def _table(rows: tuple[Transition, ...]) -> str:
    lines = ["| from | trigger | to |", "|---|---|---|"]
    lines += [
        f"| {row.source or '(new)'} | {row.trigger.replace('_', ' ')} | {row.target} |" for row in rows
    ]
    return "\n".join(lines)
