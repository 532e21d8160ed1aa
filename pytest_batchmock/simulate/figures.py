"""What is kept of the jobs that have ended: figures, not jobs. A wait takes eight bytes."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import Any, Final

from pytest_batchmock.domain.compute_environment import ComputeEnvironment
from pytest_batchmock.domain.instance import Instance
from pytest_batchmock.domain.job import Job
from pytest_batchmock.domain.status import STARTING, SUCCEEDED
from pytest_batchmock.runners.outcomes import FARGATE_SPOT_INTERRUPTED

HOUR_MS: Final = 3_600_000
_HOST_LOST: Final = "Host EC2"


@dataclass(slots=True)
class OfEnvironment:
    """What ran in one environment.

    Attributes:
        mvcpu_ms: What attempts held of vCPUs, from STARTING on, in thousandths times milliseconds.
        mib_ms: Likewise of memory.
        instances: How many instances were launched.
        instance_mvcpu_ms: The vCPUs of the instances, from launch to end.
        instance_ms: How long instances lived, by instance type.
    """

    type: str
    attempts: int = 0
    interruptions: int = 0
    mvcpu_ms: int = 0
    mib_ms: int = 0
    instances: int = 0
    instance_mvcpu_ms: int = 0
    instance_ms: dict[str, int] = field(default_factory=dict)

    @property
    def instance_vcpu_hours(self) -> float:
        """How many vCPUs its instances had for how many hours."""
        return self.instance_mvcpu_ms / 1000 / HOUR_MS

    @property
    def vcpu_hours(self) -> float:
        """How many vCPUs its jobs had for how many hours."""
        return self.mvcpu_ms / 1000 / HOUR_MS

    @property
    def gib_hours(self) -> float:
        """How much memory its jobs had for how many hours."""
        return self.mib_ms / 1024 / HOUR_MS


@dataclass(slots=True)
class Figures:
    """The figures of one simulation.

    Attributes:
        waits: By queue and share identifier (empty without shares): how long each attempt stood in
            line, in milliseconds.
        environments: By name.
    """

    succeeded: int = 0
    failed: int = 0
    first_ms: int | None = None
    last_ms: int = 0
    waits: dict[tuple[str, str], array[int]] = field(default_factory=dict)
    environments: dict[str, OfEnvironment] = field(default_factory=dict)

    @property
    def ended(self) -> int:
        """How many jobs have ended, children included, parents not."""
        return self.succeeded + self.failed

    def take_in(self, job: Job) -> None:
        """Account for a job that has ended, with its children."""
        if self.first_ms is None or job.created_at_ms < self.first_ms:
            self.first_ms = job.created_at_ms
        ended_ms = job.stopped_at_ms
        if ended_ms is not None and ended_ms > self.last_ms:
            self.last_ms = ended_ms
        spec = job.spec
        key = (spec.queue.name, spec.share_identifier or "")
        waits = self.waits.get(key)
        if waits is None:
            waits = self.waits[key] = array("q")
        if job.is_array_parent:
            for child in job.children or ():
                self._one(child, waits)
        else:
            self._one(job, waits)

    def take_in_instance(self, instance: Instance, now_ms: int) -> None:
        """Account for an instance that has ended, or lives until now."""
        found = self._environment(instance.environment)
        ended_ms = now_ms if instance.ended_at_ms is None else instance.ended_at_ms
        lived_ms = ended_ms - instance.launched_at_ms
        found.instances += 1
        found.instance_mvcpu_ms += instance.mvcpus * lived_ms
        name = instance.type.name
        found.instance_ms[name] = found.instance_ms.get(name, 0) + lived_ms

    def _environment(self, environment: ComputeEnvironment) -> OfEnvironment:
        found = self.environments.get(environment.name)
        if found is None:
            found = self.environments[environment.name] = OfEnvironment(environment.resource_type)
        return found

    def _one(self, job: Job, waits: array[int]) -> None:
        if job.status == SUCCEEDED:
            self.succeeded += 1
        else:
            self.failed += 1
        history, spec, at = job.history, job.spec, 0
        for attempt in job.attempts:
            at = history.index(STARTING, at + 1)  # an attempt begins so, and only after RUNNABLE
            waits.append(history[at + 1] - history[at - 1])
            found = self._environment(attempt.environment)
            found.attempts += 1
            began_ms = attempt.starting_at_ms
            took_ms = (attempt.stopped_at_ms or began_ms) - began_ms
            found.mvcpu_ms += spec.mvcpus * took_ms
            found.mib_ms += spec.memory_mib * took_ms
            reason = attempt.status_reason or ""
            if reason.startswith(_HOST_LOST) or reason == FARGATE_SPOT_INTERRUPTED:
                found.interruptions += 1


def summed_up(waits: array[int]) -> dict[str, Any]:
    """Mean, median, 95th percentile and maximum, in seconds. Percentiles are by nearest rank."""
    ordered = sorted(waits)
    count = len(ordered)
    if not count:
        return {"count": 0, "mean": None, "p50": None, "p95": None, "max": None}

    def rank(percent: int) -> float:
        return ordered[max(-(-count * percent // 100), 1) - 1] / 1000

    return {
        "count": count,
        "mean": sum(ordered) / count / 1000,
        "p50": rank(50),
        "p95": rank(95),
        "max": ordered[-1] / 1000,
    }
