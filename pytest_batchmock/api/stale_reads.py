"""Reads that lag behind, on request: lists, descriptions of resources and figures as they were.

Jobs need nothing stored: their history says how they were. Of resources, which have no history of
what was changed, copies are kept for as long as the lag is. What a read shows is made anew for
each; nothing of the engine's is touched.

Not stale, as in reality: DescribeJobs of a job (only the counts of an array's children are), job
definitions, scheduling policies, and whether a name exists that a request gives.
"""

from __future__ import annotations

import json
from copy import copy
from typing import Any, Final

from pytest_batchmock.api.call import Call
from pytest_batchmock.api.views.as_of import as_of
from pytest_batchmock.domain.job import Job
from pytest_batchmock.domain.region import RegionState
from pytest_batchmock.domain.status import RUNNABLE, SERVICE_JOB_STATUSES
from pytest_batchmock.engine.engine import Engine
from pytest_batchmock.engine.lines import FRESH, RETRIED, Lines

_DESCRIBED: Final = {
    "DescribeComputeEnvironments": "compute_environments",
    "DescribeJobQueues": "job_queues",
    "DescribeServiceEnvironments": "service_environments",
    "DescribeQuotaShare": "quota_shares",
    "ListQuotaShares": "quota_shares",
}
_LISTS: Final = frozenset({"ListJobs", "ListServiceJobs", "ListJobsByConsumableResource"})
_FIGURES: Final = frozenset({"DescribeConsumableResource", "ListConsumableResources"})
_SNAPSHOT: Final = "GetJobQueueSnapshot"
_STORES: Final = (*dict.fromkeys(_DESCRIBED.values()), "consumable_resources")
_COPIED: Final = ("tags", "request", "resources", "order", "capacity_limits", "time_limit_actions")

STALE: Final = frozenset({*_DESCRIBED, *_LISTS, *_FIGURES, _SNAPSHOT, "DescribeJobs"})
"""The operations that lag behind, in all or in part of what they show."""

_Stores = dict[tuple[str, str], dict[str, dict[str, Any]]]


class StaleReads:
    """What is needed to show how things were `lag_ms` ago."""

    def __init__(self, lag_ms: int) -> None:
        self._lag_ms = lag_ms
        self._moments: list[tuple[int, _Stores]] = []
        self._seen: tuple[int, int] = (0, 0)

    def note(self, engine: Engine) -> None:
        """Something may have changed: keep how the resources are from now on."""
        seen = (engine.changes, sum(region.version for region in engine.regions.values()))
        if seen == self._seen:
            return
        self._seen = seen
        now: _Stores = {
            key: {
                name: {at: _copied(it) for at, it in getattr(region, name).items()} for name in _STORES
            }
            for key, region in engine.regions.items()
        }
        if self._moments and self._moments[-1][0] == engine.now_ms:
            self._moments.pop()
        self._moments.append((engine.now_ms, now))
        then_ms = engine.now_ms - self._lag_ms
        while len(self._moments) > 1 and self._moments[1][0] <= then_ms:
            del self._moments[0]

    def state(self) -> tuple[tuple[int, int], list[tuple[int, _Stores]]]:
        """What was seen last, and how things were."""
        return self._seen, self._moments

    def restore(self, state: tuple[tuple[int, int], list[tuple[int, _Stores]]]) -> None:
        """Show what was shown where the `state` is from."""
        self._seen, self._moments = state

    def shows_more_at(self, engine: Engine) -> int | None:
        """When a read next shows something that it does not show now; None if all is shown."""
        then_ms = engine.now_ms - self._lag_ms
        return next((at_ms + self._lag_ms for at_ms, _ in self._moments if at_ms > then_ms), None)

    def lagging(self, call: Call) -> Call:
        """The call, asking about how things were."""
        operation, region, engine = call.operation, call.region, call.engine
        if operation == "DescribeJobs":
            return call
        then_ms = engine.now_ms - self._lag_ms
        was = copy(region)
        if operation in _DESCRIBED:
            store = _DESCRIBED[operation]
            setattr(was, store, self._then(then_ms, region).get(store, {}))
        elif operation in _FIGURES:
            then = self._then(then_ms, region).get("consumable_resources", {})
            present = region.consumable_resources
            was.consumable_resources = {name: then.get(name, it) for name, it in present.items()}
        else:
            was.jobs = _jobs_then(region.jobs, then_ms)
            was.service_jobs = _jobs_then(region.service_jobs, then_ms)
            if operation == _SNAPSHOT:
                engine = call.engine = copy(engine)
                engine.now_ms = max(then_ms, 0)
                engine.lines = _lines(was)
            elif operation != "ListJobsByConsumableResource":
                was.job_queues = _queues(was)
        call.region = was
        return call

    def count_children(self, call: Call, answer: dict[str, Any]) -> None:
        """Let the arrays in an answer of DescribeJobs show the counts of then."""
        then_ms = call.engine.now_ms - self._lag_ms
        for detail in answer["jobs"]:
            job = call.region.find_job(detail["jobId"])
            if job is not None and job.is_array_parent:
                was = copy(job)
                _count(was, then_ms)
                detail["arrayProperties"]["statusSummary"] = was.statistics
                detail["arrayProperties"]["statusSummaryLastUpdatedAt"] = was.statistics_at_ms

    def _then(self, then_ms: int, region: RegionState) -> dict[str, dict[str, Any]]:
        for at_ms, stores in reversed(self._moments):
            if at_ms <= then_ms:
                return stores.get((region.account, region.name), {})
        return {}


def _copied(resource: Any) -> Any:
    was = copy(resource)
    for name in _COPIED:
        value = getattr(was, name, None)
        if isinstance(value, dict | list):
            setattr(was, name, json.loads(json.dumps(value)))
    return was


def _move_at(job: Job, then_ms: int) -> int:
    """The index of the last move that `job` had made then; -1 before its first."""
    times = job.history[1::2]
    return next((at for at in range(len(times) - 1, -1, -1) if times[at] <= then_ms), -1)


def _then(job: Job, then_ms: int) -> Job | None:
    """`job` as it was then, with its children; None if there was none yet."""
    index = _move_at(job, then_ms)
    if index < 0:
        return None
    was = as_of(job, index, job.flags)
    if index == len(job.history) // 2 - 1:
        was.status_reason = job.status_reason
    if job.children is not None:
        found = [_then(child, then_ms) for child in job.children]
        was.children = [child for child in found if child is not None] or None
    if job.is_array_parent:
        was.statistics = dict(job.statistics or {})
        _count(was, then_ms)
    return was


def _count(parent: Job, then_ms: int) -> None:
    """Recount the children of an array as they were then."""
    counts = dict.fromkeys(parent.statistics or (), 0)
    last_ms = parent.created_at_ms
    for child in parent.children or ():
        index = _move_at(child, then_ms)
        if index >= 0:
            counts[child.history[2 * index]] += 1
            last_ms = max(last_ms, int(child.history[2 * index + 1]))
    parent.statistics, parent.statistics_at_ms = counts, last_ms


def _jobs_then(jobs: dict[str, Job], then_ms: int) -> dict[str, Job]:
    found = ((job_id, _then(job, then_ms)) for job_id, job in jobs.items())
    return {job_id: was for job_id, was in found if was is not None}


def _queues(was: RegionState) -> dict[str, Any]:
    """The queues there are, with the jobs that were in them."""
    queues = {name: copy(queue) for name, queue in was.job_queues.items()}
    for queue in queues.values():
        queue.by_status = {status: {} for status in SERVICE_JOB_STATUSES}
    for job in (*was.jobs.values(), *was.service_jobs.values()):
        found = queues.get(job.spec.queue.name)
        if found is not None:
            found.by_status[job.status][job.key] = job
    return queues


def _lines(was: RegionState) -> Lines:
    """Who waited then, in their order."""
    lines = Lines()
    for parent in (*was.jobs.values(), *was.service_jobs.values()):
        for job in (parent, *(parent.children or ())):
            if job.status == RUNNABLE and not job.is_node:
                lines.add(job, RETRIED if job.attempts else FRESH)
    return lines
