"""Where a service job can run: the service environment of its queue, by instances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pytest_batchmock.domain.job import Job
from pytest_batchmock.domain.service_environment import NUM_INSTANCES, ServiceEnvironment
from pytest_batchmock.domain.service_job import ServiceJobSpec
from pytest_batchmock.domain.status import ENABLED, UPDATING, VALID
from pytest_batchmock.scheduler.view import Block, Decision, Place, ServiceEnvironmentView

MAX_RESOURCE: Final = (
    "MISCONFIGURATION:SERVICE_ENVIRONMENT_MAX_RESOURCE - Service environment(s) associated with the "
    "job queue cannot meet the capacity requirement of the job."
)
"""Of a queue blocked by its head (user guide, sm_job_stuck_in_runnable)."""

NO_CAPACITY: Final = (
    "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - Unable to provision requested compute resources"
)
"""The recorded reason of a head for which SageMaker has no instances."""


def place_service(job: Job, environments: Sequence[ServiceEnvironmentView]) -> Decision:
    """Take the environment if its free instances suffice; else say why the job waits."""
    spec = job.spec
    if not isinstance(spec, ServiceJobSpec):
        raise AssertionError(f"{job!r} is no service job.")
    large_enough = not environments
    wait: str | None = None
    for view in environments:
        unit = unit_of(view.environment, spec)
        if spec.instances > view.environment.capacity.get(unit, 0):
            continue
        large_enough = True
        if view.environment.lacks_capacity:
            wait = NO_CAPACITY
            continue
        usable = view.environment.state == ENABLED and view.environment.status in (VALID, UPDATING)
        if usable and spec.instances <= view.free.get(unit, 0):
            view.free[unit] -= spec.instances
            return Place(job, view.environment)
    return Block(job, wait if large_enough else MAX_RESOURCE)


def unit_of(environment: ServiceEnvironment, spec: ServiceJobSpec) -> str:
    """The unit in which `environment` counts what `spec` takes."""
    return NUM_INSTANCES if environment.counts_instances else spec.instance_type
