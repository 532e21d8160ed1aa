"""What each environment can still take: its maximum less what its jobs hold."""

from __future__ import annotations

from pytest_batchmock.domain.compute_environment import ComputeEnvironment
from pytest_batchmock.domain.job import Job
from pytest_batchmock.domain.service_environment import NUM_INSTANCES, ServiceEnvironment
from pytest_batchmock.domain.service_job import ServiceJobSpec

MVCPUS = "mvcpus"


class Capacity:
    """What is in use, by the ARN of the environment and the unit it counts in.

    Compute environments count thousandths of a vCPU, service environments instances.
    """

    def __init__(self) -> None:
        self._used: dict[tuple[str, str], int] = {}
        # An update may change the unit that a service environment counts in, under its running jobs.
        self._held: dict[Job, tuple[str, str]] = {}

    def used_mvcpus(self, environment: ComputeEnvironment) -> int:
        """What its jobs hold now."""
        return self._used.get((environment.arn, MVCPUS), 0)

    def free_mvcpus(self, environment: ComputeEnvironment) -> int:
        """What it can still take; nothing where nobody launched instances (unmanaged)."""
        return environment.max_mvcpus - self.used_mvcpus(environment)

    def free_units(self, environment: ServiceEnvironment) -> dict[str, int]:
        """How many instances a service environment can still take, by capacity unit."""
        return {
            unit: most - self._used.get((environment.arn, unit), 0)
            for unit, most in environment.capacity.items()
        }

    def in_use(self) -> dict[tuple[str, str], int]:
        """What is in use, by the ARN of the environment and the unit, without zeros."""
        return {key: amount for key, amount in self._used.items() if amount}

    def holders(self) -> list[Job]:
        """The jobs that hold something, in the order in which they were placed."""
        return list(self._held)

    def take(self, environment: ComputeEnvironment | ServiceEnvironment, job: Job) -> None:
        """Reserve room for `job`."""
        unit, amount = _share_of(environment, job)
        key = (environment.arn, unit)
        self._used[key] = self._used.get(key, 0) + amount
        self._held[job] = key

    def give_back(self, environment: ComputeEnvironment | ServiceEnvironment, job: Job) -> None:
        """Return what `job` held."""
        _, amount = _share_of(environment, job)
        key = self._held.pop(job)
        left = self._used.get(key, 0) - amount
        if left < 0:
            raise AssertionError(f"Capacity of {environment.name} fell below zero with {job!r}.")
        self._used[key] = left


def _share_of(environment: ComputeEnvironment | ServiceEnvironment, job: Job) -> tuple[str, int]:
    spec = job.spec
    if isinstance(spec, ServiceJobSpec) and isinstance(environment, ServiceEnvironment):
        unit = NUM_INSTANCES if environment.counts_instances else spec.instance_type
        return unit, spec.instances
    return MVCPUS, spec.mvcpus
