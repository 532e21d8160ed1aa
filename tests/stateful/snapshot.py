"""The whole state of a mock as plain values, so that two states can be compared.

Read from the records themselves, without a call: a call might change what it looks at. What is
only a cache of answers, and events whose job has moved on, are left out; so are the lines of the
scheduler, which show themselves in what happens next.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from pytest_batchmock import BatchMock
from pytest_batchmock.domain.job import Attempt, Job, JobSpec
from pytest_batchmock.domain.region import RegionState

CACHES = {"static", "requirements", "profile"}


def snapshot(batch: BatchMock) -> dict[str, Any]:
    """The state of `batch`."""
    engine = batch._world.engine
    return {
        "now_ms": engine.now_ms,
        "alive": engine.alive,
        "changes": engine.changes,
        "regions": {key: _region(region) for key, region in engine.regions.items()},
        "events": [_plain(event) for event in engine.queue.events()],
        "in_use": engine.capacity.in_use(),
        "rules": _plain(batch._rules._entries),
    }


def every_job(batch: BatchMock) -> list[Job]:
    """All jobs with their children and nodes, service jobs too."""
    regions = batch._world.engine.regions.values()
    tops = [job for it in regions for job in (*it.jobs.values(), *it.service_jobs.values())]
    return [job for top in tops for job in (top, *(top.children or ()))]


def _region(region: RegionState) -> dict[str, Any]:
    found = {}
    for name in region.__slots__:
        value = getattr(region, name)
        if isinstance(value, dict):
            value = {key: _whole(entry) for key, entry in value.items()}
        found[name] = value
    return found


def _whole(value: Any) -> Any:
    """A record with all its fields, and the children of a job with theirs."""
    if isinstance(value, list):
        return [_whole(entry) for entry in value]
    if not hasattr(type(value), "__slots__") or dataclasses.is_dataclass(value):
        return _plain(value)
    fields = {name: _plain(getattr(value, name)) for name in _slots(value) if name not in CACHES}
    if isinstance(value, Job):
        fields["children"] = None if value.children is None else [_whole(c) for c in value.children]
        fields["spec"] = _whole(value.spec)
        fields["attempts"] = [_whole(attempt) for attempt in value.attempts]
        fields["attempt"] = None if value.attempt is None else _whole(value.attempt)
    return fields


def _slots(value: Any) -> list[str]:
    return [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]


def _plain(value: Any) -> Any:
    """A value that can be compared; a record inside of another is only named."""
    if value is None or isinstance(value, (str, int, float, bytes)):
        return value
    if isinstance(value, dict):
        return [(_plain(key), _plain(entry)) for key, entry in value.items()]
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if isinstance(value, Job):
        return f"job {value.id}"
    if isinstance(value, RegionState):
        return f"region {value.account}/{value.name}"
    if isinstance(value, (JobSpec, Attempt)):
        return f"{type(value).__name__} of {getattr(value, 'name', value)}"
    if hasattr(value, "arn"):
        return value.arn
    if dataclasses.is_dataclass(value):
        return [_plain(getattr(value, field.name)) for field in dataclasses.fields(value)]
    if callable(value):
        return value.__qualname__
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if _slots(value):
        return [(name, _plain(getattr(value, name))) for name in _slots(value)]
    raise AssertionError(f"{value!r} of {type(value)}: say how it is compared")
