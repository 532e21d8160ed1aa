"""What each compute environment can still take: its maximum less what its jobs hold."""

from __future__ import annotations

from pytest_batchmock.domain.compute_environment import ComputeEnvironment
from pytest_batchmock.domain.job import Job


class Capacity:
    """vCPUs in use, in thousandths, by the ARN of the environment."""

    def __init__(self) -> None:
        self._used: dict[str, int] = {}

    def used_mvcpus(self, environment: ComputeEnvironment) -> int:
        """What its jobs hold now."""
        return self._used.get(environment.arn, 0)

    def free_mvcpus(self, environment: ComputeEnvironment) -> int:
        """What it can still take; nothing where nobody launched instances (unmanaged)."""
        return environment.max_mvcpus - self.used_mvcpus(environment)

    def take(self, environment: ComputeEnvironment, job: Job) -> None:
        """Reserve room for `job`."""
        self._used[environment.arn] = self.used_mvcpus(environment) + job.spec.mvcpus

    def give_back(self, environment: ComputeEnvironment, job: Job) -> None:
        """Return what `job` held."""
        left = self._used[environment.arn] - job.spec.mvcpus
        if left < 0:
            raise AssertionError(f"Capacity of {environment.name} fell below zero with {job!r}.")
        self._used[environment.arn] = left
