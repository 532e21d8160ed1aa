"""The verbs that tell of what has happened: events, calls, the timeline."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Final

from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.server.asked import Asked, Members, Route, Routes, as_text, moment, newest, number


def _events(asked: Asked) -> Members:
    """The newest events, oldest first."""
    query, events = asked.query, asked.mock.events
    found = events.matching(query["pattern"]) if "pattern" in query else list(events)
    if "since" in query:
        since = moment("since", query["since"])
        found = [event for event in found if datetime.fromisoformat(event["time"]) >= since]
    return {"total": len(found), "events": newest(asked, found)}


def _calls(asked: Asked) -> Members:
    wanted = asked.query.get("operation")
    found = [call for call in asked.mock.calls if wanted in (None, call.operation)]
    told = [
        {
            "at": as_text(datetime.fromtimestamp(call.at_ms / 1000, timezone.utc)),
            "operation": call.operation,
            "params": call.params,
            "error": call.error,
            "fault": call.fault,
        }
        for call in newest(asked, found)
    ]
    return {"total": len(found), "calls": told}


def _timeline(asked: Asked) -> Members:
    form = asked.query.get("form", "text")
    timeline = asked.mock.timeline
    drawn: dict[str, Callable[..., str]] = {"svg": timeline.svg, "html": timeline.html}
    if form == "text":
        return {"form": form, "timeline": timeline.text(number(asked.query, "width", 100))}
    if form not in drawn:
        raise MockUsageError(f"form={form!r}: choose one of text, {', '.join(drawn)}.")
    how = {name: asked.query[name] for name in ("title", "theme") if name in asked.query}
    return {"form": form, "timeline": drawn[form](**how)}


ROUTES: Final[Routes] = {
    ("GET", "events"): Route(
        _events,
        ("pattern", "since", "limit"),
        "what EventBridge would be told, oldest first: by a pattern of EventBridge's, from a time on",
    ),
    ("GET", "calls"): Route(
        _calls, ("operation", "limit"), "the API calls that were answered, oldest first"
    ),
    ("GET", "timeline"): Route(
        _timeline,
        ("form", "width", "title", "theme"),
        "what happened, as text (width columns), svg or html (theme: light, dark or auto)",
    ),
}
