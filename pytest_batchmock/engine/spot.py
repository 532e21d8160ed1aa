"""Spot reclaims: what runs on a host that is taken away. What is allowed of Spot is in rules/spot.py.

A host is an EC2 instance with all jobs on it; on Fargate each task has a host of its own. With its
notice a container that really runs gets SIGTERM; when the notice is over the host is gone, and each
job on it is retried or fails. Who has ended by then has ended by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pytest_batchmock.domain.compute_environment import ComputeEnvironment
from pytest_batchmock.domain.ids import keyed_fraction
from pytest_batchmock.domain.job import Attempt, Job
from pytest_batchmock.domain.market import life_ms
from pytest_batchmock.engine import fleet, live
from pytest_batchmock.engine.event_queue import INTERRUPTION
from pytest_batchmock.engine.live import KILL_NOW, LiveStop, LiveWork
from pytest_batchmock.runners import outcomes
from pytest_batchmock.runners.outcomes import Ending, Place

if TYPE_CHECKING:
    from pytest_batchmock.engine.engine import Engine

NOTICE_MS: Final = 120_000
"""EC2 and Fargate Spot give notice of two minutes (EC2 and ECS user guides)."""


class Interruption:
    """A host will be taken away from an attempt. Void once that has ended.

    Attributes:
        job: Whose attempt it is.
        attempt: The attempt that runs there.
    """

    __slots__ = ("attempt", "job")

    def __init__(self, job: Job, attempt: Attempt) -> None:
        self.job = job
        self.attempt = attempt

    @property
    def epoch(self) -> int:
        """0 while the attempt lives."""
        return 0 if self.job.attempt is self.attempt else 1


def hosts(engine: Engine) -> dict[str, list[Job]]:
    """The jobs on Spot capacity by their host: an EC2 instance's id, on Fargate the job's own id.

    In the order in which the jobs were placed.
    """
    found: dict[str, list[Job]] = {}
    on_instances = [job for it in engine.fleet.instances() for job in it.jobs.values()]
    holders = [job for job in (*engine.capacity.holders(), *on_instances) if job.attempt is not None]
    holders.sort(key=lambda job: (job.attempt.starting_at_ms if job.attempt else 0, job.key))
    for job in holders:
        attempt = job.attempt
        if attempt is None or job.is_service:
            continue
        environment = attempt.environment
        if isinstance(environment, ComputeEnvironment) and environment.is_spot:
            found.setdefault(attempt.instance_id or job.id, []).append(job)
    return found


def drawn(engine: Engine, fraction: float) -> list[str]:
    """That part of the hosts on Spot, at least one if there is any, drawn by the seed and the moment."""
    known = list(hosts(engine))
    count = max(1, round(fraction * len(known))) if known else 0
    draw = {host: keyed_fraction(engine.seed, "reclaim", f"{host}/{engine.now_ms}") for host in known}
    return sorted(sorted(known, key=lambda host: (draw[host], host))[:count], key=known.index)


def reclaim(engine: Engine, host: str, notice_ms: int) -> None:
    """Take a host away once `notice_ms` has passed: all jobs that are on it now get notice."""
    jobs = hosts(engine)[host]
    instance = engine.fleet.find(host)
    if instance is not None:
        fleet.retire(engine, instance)  # who has notice gets no new jobs
    for job in jobs:
        _announce(engine, job, notice_ms)


def placed(engine: Engine, job: Job) -> None:
    """A job was placed on Spot: its host will be taken away, if the market has it so."""
    attempt = job.attempt
    if attempt is None:
        return
    host = attempt.instance_id or f"{job.id}/{attempt.number}"
    left_ms = life_ms(engine.seed, host, engine.market.general_rate)
    if left_ms is not None:
        _announce_later(engine, job, attempt, left_ms)


def _announce_later(engine: Engine, job: Job, attempt: Attempt, left_ms: int) -> None:
    """Give the notice so much before the end; a short life has a short one."""
    notice_ms = min(NOTICE_MS, left_ms)
    at_ms = engine.now_ms + left_ms - notice_ms
    engine.queue.push(at_ms, "spot_notices", Interruption(job, attempt), 0, notice_ms)


def notices(engine: Engine, interruption: Interruption, notice_ms: int) -> None:
    """The market wants the host of an attempt back."""
    _announce(engine, interruption.job, notice_ms)


def _announce(engine: Engine, job: Job, notice_ms: int) -> None:
    attempt = job.attempt
    if attempt is None:
        raise AssertionError(f"{job!r} is on no host.")
    if isinstance(attempt.work, LiveWork):
        live.interrupt(engine, job, attempt.work, notice_ms)
    engine.queue.push(
        engine.now_ms + notice_ms, "spot_takes", Interruption(job, attempt), 0, priority=INTERRUPTION
    )


def takes(engine: Engine, interruption: Interruption, data: Any) -> None:
    """The notice is over: the host is gone, and the attempt with it."""
    job, work = interruption.job, interruption.attempt.work
    if isinstance(work, LiveWork) and work.run is not None and work.run.number in engine.live:
        engine.outbox.append(LiveStop(work.run.number, KILL_NOW))  # its report ends the attempt
    else:
        engine.interrupted(job, _ending(interruption))


def _ending(interruption: Interruption) -> Ending:
    job, attempt = interruption.job, interruption.attempt
    environment = attempt.environment
    on_fargate = environment.platform == "FARGATE"
    where = Place(job.spec.name, "", environment.is_spot, on_fargate, attempt.instance_id)
    return outcomes.reclaimed().ending(where)
