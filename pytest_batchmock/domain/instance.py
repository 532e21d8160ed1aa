"""The record of an EC2 instance: what it offers, what is taken of it, and which jobs are on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pytest_batchmock.domain.requirements import Requirements

if TYPE_CHECKING:
    from pytest_batchmock.domain.compute_environment import ComputeEnvironment
    from pytest_batchmock.domain.instance_types import InstanceType
    from pytest_batchmock.domain.job import Job

BOOTING: Final = "booting"
RUNNING: Final = "running"
IDLE: Final = "idle"
ENDED: Final = "ended"


class Instance:
    """One EC2 instance of a compute environment. Lean: a large simulation has many of them.

    Attributes:
        id: ``i-`` and 17 hexadecimal digits.
        zone: Its availability zone.
        used_mvcpus: What the jobs on it hold, in thousandths of a vCPU.
        used_memory_mib: Likewise; `InstanceType.job_memory_mib` is there for jobs.
        jobs: The jobs and nodes on it, by their key.
        status: ``booting``, then ``running`` or ``idle``, then ``ended``.
        launched_at_ms: When Batch (or the user) asked for it.
        idle_since_ms: Since when it has no job.
        ended_because: Why it has ended; None while it lives.
        gang: The key of the multi-node job that it is kept for.
        leaves_because: Why it takes no new jobs and ends with its last one; None if it stays.
        expected: How many jobs of which class it was launched for; only while it boots.
        level: Where the index of free room has it; kept by engine/room.py.
        version: Grows with every change of its free room.
        timed: Whether an event waits that ends it when it has been idle for long.
    """

    __slots__ = (
        "ended_at_ms",
        "ended_because",
        "environment",
        "expected",
        "gang",
        "id",
        "idle_since_ms",
        "jobs",
        "launched_at_ms",
        "leaves_because",
        "level",
        "status",
        "timed",
        "type",
        "used_gpus",
        "used_memory_mib",
        "used_mvcpus",
        "version",
        "zone",
    )

    def __init__(
        self,
        id: str,
        type: InstanceType,
        zone: str,
        environment: ComputeEnvironment,
        launched_at_ms: int,
    ) -> None:
        self.id = id
        self.type = type
        self.zone = zone
        self.environment = environment
        self.launched_at_ms = launched_at_ms
        self.idle_since_ms = launched_at_ms
        self.used_mvcpus = 0
        self.used_memory_mib = 0
        self.used_gpus = 0
        self.jobs: dict[int, Job] = {}
        self.status = BOOTING
        self.ended_at_ms: int | None = None
        self.ended_because: str | None = None
        self.gang: int | None = None
        self.leaves_because: str | None = None
        self.expected: dict[Any, int] | None = None
        self.level: tuple[int, int] | None = None
        self.version = 0
        self.timed = False

    @property
    def mvcpus(self) -> int:
        """Its size in thousandths of a vCPU."""
        return self.type.vcpus * 1000

    @property
    def free(self) -> Requirements:
        """What is left of it for jobs."""
        kind = self.type
        return Requirements(
            kind.vcpus * 1000 - self.used_mvcpus,
            kind.job_memory_mib - self.used_memory_mib,
            kind.gpus - self.used_gpus,
        )

    @property
    def is_seen(self) -> bool:
        """Whether it is of the fleet; the hosts of managed instances are not."""
        return bool(self.zone)

    @property
    def retired(self) -> bool:
        """Whether it takes no new jobs and ends with its last one."""
        return self.leaves_because is not None

    @property
    def is_idle(self) -> bool:
        """Whether it runs and has no job."""
        return self.status == IDLE

    def take(self, need: Requirements) -> None:
        """Take `need` of it.

        Raises:
            AssertionError: There is not that much of it left.
        """
        mvcpus, memory_mib, gpus = need
        self.used_mvcpus += mvcpus
        self.used_memory_mib += memory_mib
        self.used_gpus += gpus
        kind = self.type
        if (
            self.used_mvcpus > kind.vcpus * 1000
            or self.used_memory_mib > kind.job_memory_mib
            or self.used_gpus > kind.gpus
        ):
            raise AssertionError(f"{self!r}: {self.free} is free after {need} was taken.")

    def give_back(self, need: Requirements) -> None:
        """Give `need` of it back.

        Raises:
            AssertionError: Not that much of it was taken.
        """
        mvcpus, memory_mib, gpus = need
        self.used_mvcpus -= mvcpus
        self.used_memory_mib -= memory_mib
        self.used_gpus -= gpus
        if self.used_mvcpus < 0 or self.used_memory_mib < 0 or self.used_gpus < 0:
            raise AssertionError(f"{self!r}: {self.free} is free after {need} was given back.")

    def __repr__(self) -> str:
        return f"<Instance {self.id} {self.type.name} {self.zone} {self.status}>"
