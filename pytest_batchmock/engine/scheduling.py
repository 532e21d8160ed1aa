"""The scheduler's place in the engine: the lines of waiting jobs, the views, and what a pass decides."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush, nsmallest
from typing import TYPE_CHECKING, Any

from pytest_batchmock.domain import consumption
from pytest_batchmock.domain.job import Job
from pytest_batchmock.domain.job_queue import JobQueue
from pytest_batchmock.domain.region import RegionState
from pytest_batchmock.domain.service_environment import ServiceEnvironment
from pytest_batchmock.domain.status import RUNNABLE
from pytest_batchmock.engine import attempts, latency
from pytest_batchmock.engine.event_queue import PASS
from pytest_batchmock.engine.families import service
from pytest_batchmock.scheduler.schedule_pass import schedule_pass
from pytest_batchmock.scheduler.view import (
    Block,
    EnvironmentView,
    QueueView,
    ServiceEnvironmentView,
)

if TYPE_CHECKING:
    from pytest_batchmock.engine.engine import Engine

_RETRIED, _FRESH = 0, 1


class Lines:
    """The RUNNABLE jobs of each queue: retried ones first, then by the order of submission."""

    def __init__(self) -> None:
        self._lines: dict[JobQueue, list[tuple[int, int, int, int, Job]]] = {}

    def add(self, job: Job, rank: int) -> None:
        """Put `job` into the line of its queue."""
        first, then = (job.key, 0) if job.parent is None else (job.parent.key, (job.index or 0) + 1)
        entry = (rank, first, then, job.epoch, job)
        heappush(self._lines.setdefault(job.spec.queue, []), entry)

    def of(self, region: RegionState) -> Iterator[JobQueue]:
        """The queues of a region in which somebody waits."""
        for queue in region.job_queues.values():
            if self._lines.get(queue):
                yield queue

    def front(self, queue: JobQueue, at_most: int) -> list[Job]:
        """The jobs at the front, in their order, without moving anybody."""
        waiting = [
            entry
            for entry in self._lines.get(queue, ())
            if entry[4].epoch == entry[3] and entry[4].status == RUNNABLE
        ]
        return [entry[4] for entry in nsmallest(at_most, waiting)]

    def leave_in_order(self, queue: JobQueue) -> Iterator[tuple[int, Job]]:
        """Take the jobs out one by one with their rank; those who have moved on are dropped."""
        line = self._lines[queue]
        while line:
            rank, _, _, epoch, job = heappop(line)
            if job.epoch == epoch and job.status == RUNNABLE:
                yield rank, job


def line_up(engine: Engine, job: Job) -> None:
    """The job became RUNNABLE."""
    engine.lines.add(job, _FRESH)
    engine.request_pass(job.spec.region)


def line_up_first(engine: Engine, job: Job) -> None:
    """The job became RUNNABLE again: it goes to the front (user guide, best-practices)."""
    engine.lines.add(job, _RETRIED)
    engine.request_pass(job.spec.region)


def free_capacity(engine: Engine, job: Job) -> None:
    """An attempt ended: its environment has room again, perhaps for somebody who waits."""
    engine.capacity.give_back(job.attempts[-1].environment, job)
    consumption.give_back(job.spec)
    engine.request_pass(job.spec.region)


def plan_pass(engine: Engine, region: RegionState) -> None:
    """Put the requested pass on the event queue."""
    engine.queue.push(
        engine.now_ms + latency.SCHEDULE_PASS_MS, "schedule_pass", region, None, priority=PASS
    )


def run_pass(engine: Engine, region: RegionState, data: Any) -> None:
    """Look at the region and do what the policy decides."""
    engine.pass_begins(region)
    environments: dict[str, EnvironmentView] = {}
    for environment in region.compute_environments.values():
        free = engine.capacity.free_mvcpus(environment)
        environments[environment.arn] = EnvironmentView(environment, free)
    ranks: dict[int, int] = {}
    views = [_view(engine, region, queue, environments, ranks) for queue in engine.lines.of(region)]
    for decision in schedule_pass(views):
        job = decision.job
        rank = ranks.pop(job.key)
        if isinstance(decision, Block):
            engine.lines.add(job, rank)
            job.status_reason = decision.reason
        elif isinstance(decision.environment, ServiceEnvironment):
            service.place(engine, job, decision.environment)
        else:
            attempts.place(engine, job, decision.environment)


def _service_views(
    engine: Engine, region: RegionState, queue: JobQueue
) -> tuple[ServiceEnvironmentView, ...]:
    views = []
    for entry in queue.request.get("serviceEnvironmentOrder", ()):
        environment = region.service_environments.get(entry["serviceEnvironment"].rpartition("/")[2])
        if environment is not None:
            free = engine.capacity.free_units(environment)
            views.append(ServiceEnvironmentView(environment, free))
    return tuple(views)


def _view(
    engine: Engine,
    region: RegionState,
    queue: JobQueue,
    environments: dict[str, EnvironmentView],
    ranks: dict[int, int],
) -> QueueView:
    def waiting() -> Iterator[Job]:
        for rank, job in engine.lines.leave_in_order(queue):
            if job.history[-1] == engine.now_ms:
                # Every stage takes time, or a polling program would not see it: this job became
                # RUNNABLE in this instant, so it (and who stands behind it) is for the next pass.
                engine.lines.add(job, rank)
                engine.request_pass(region)
                return
            ranks[job.key] = rank
            yield job

    attached = tuple(environments[arn] for arn in queue.environments if arn in environments)
    services = _service_views(engine, region, queue)
    return QueueView(queue.priority, queue.key, waiting(), attached, services)
