"""What a scheduling policy may see: read-only pictures of queues and environments at one moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from pytest_batchmock.domain.compute_environment import ComputeEnvironment
from pytest_batchmock.domain.job import Job
from pytest_batchmock.domain.service_environment import ServiceEnvironment
from pytest_batchmock.scheduler.quota_view import QuotaView


@dataclass(slots=True)
class EnvironmentView:
    """A compute environment as the pass sees it; `free_mvcpus` is the pass's own copy."""

    environment: ComputeEnvironment
    free_mvcpus: int


@dataclass(slots=True)
class ServiceEnvironmentView:
    """A service environment as the pass sees it; `free` is the pass's own copy, by capacity unit."""

    environment: ServiceEnvironment
    free: dict[str, int]


@dataclass(slots=True)
class QueueView:
    """A job queue: its waiting jobs in the order of its policy, its environments in their order.

    `reserved` is the part of each environment's maximum that must stay free for shares that are
    not active. With `quota`, the jobs wait in its quota shares instead.
    """

    priority: int
    key: int
    waiting: Iterator[Job]
    environments: tuple[EnvironmentView, ...]
    service_environments: tuple[ServiceEnvironmentView, ...] = ()
    reserved: float = 0.0
    quota: QuotaView | None = None


class Place(NamedTuple):
    """Run `job` in `environment` now."""

    job: Job
    environment: ComputeEnvironment | ServiceEnvironment


class Block(NamedTuple):
    """`job` stands at the head of its queue and cannot be placed; `reason` if it never can."""

    job: Job
    reason: str | None


class Preempt(NamedTuple):
    """Stop `job`, which holds capacity, for another: it goes back to its line."""

    job: Job
    reason: str


Decision = Place | Block | Preempt
