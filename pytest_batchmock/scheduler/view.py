"""What a scheduling policy may see: read-only pictures of queues and environments at one moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from pytest_batchmock.domain.compute_environment import ComputeEnvironment
from pytest_batchmock.domain.instance import Instance
from pytest_batchmock.domain.job import Job
from pytest_batchmock.domain.job_class import JobClass
from pytest_batchmock.domain.service_environment import ServiceEnvironment
from pytest_batchmock.scheduler.quota_view import QuotaView


class Room(Protocol):
    """The instances of an environment, as a policy may ask about them; asking changes nothing.

    The engine applies each decision before the next is asked for, so the answers are true then.
    """

    @property
    def used_mvcpus(self) -> int:
        """What jobs hold of the instances now."""

    def find(self, job_class: JobClass) -> Instance | None:
        """A running instance that takes a job of that class now."""

    def find_gang(self, job: Job, job_class: JobClass) -> tuple[Instance, ...] | None:
        """Running instances for all nodes of a multi-node job, in their order."""

    def is_large_enough(self, job_class: JobClass) -> bool:
        """Whether maxvCpus allows empty instances of a type that takes a job of that class."""

    def fits_a_type(self, job_class: JobClass) -> bool:
        """Whether a type takes the job, or each node of it, so that only maxvCpus can be too small."""

    def grows_for(self, job: Job, job_class: JobClass) -> bool:
        """Whether an instance for such a job is coming, or would be launched if asked for."""

    def why_short(self, job_class: JobClass) -> str | None:
        """The reason of a blocked queue why none is launched; None if nothing but room is wanting."""


@dataclass(slots=True)
class EnvironmentView:
    """A compute environment as the pass sees it.

    Attributes:
        free_mvcpus: What is left of ``maxvCpus`` where jobs are counted (Fargate, managed
            instances); the pass's own copy.
        room: Its instances, where it has instances.
        broken: The reason of a blocked queue that a broken environment gives, or None.
        able: Whether it could ever run jobs of a class, as far as the pass has asked.
    """

    environment: ComputeEnvironment
    free_mvcpus: int = 0
    room: Room | None = None
    broken: str | None = None
    able: dict[JobClass, bool] = field(default_factory=dict)


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
    """Run `job` in `environment` now: on an instance, or each node on one of its own."""

    job: Job
    environment: ComputeEnvironment | ServiceEnvironment
    instances: tuple[Instance, ...] = ()


class Block(NamedTuple):
    """`job` stands at the head of its queue and cannot be placed.

    Attributes:
        reason: What the service would say of it; None if it simply waits.
        awaits: The environment that gets, or has ordered, an instance for it.
    """

    job: Job
    reason: str | None
    awaits: ComputeEnvironment | None = None


class Preempt(NamedTuple):
    """Stop `job`, which holds capacity, for another: it goes back to its line."""

    job: Job
    reason: str


Decision = Place | Block | Preempt
