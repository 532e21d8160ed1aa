"""Where a job can run: the environments of its queue in their order, and why not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pytest_batchmock.domain.compute_environment import ComputeEnvironment
from pytest_batchmock.domain.consumption import can_be_taken
from pytest_batchmock.domain.job import Job
from pytest_batchmock.domain.status import ENABLED, INVALID, UPDATING, VALID
from pytest_batchmock.scheduler.view import Block, Decision, EnvironmentView, Place

# The texts of a blocked queue (user guide, job_stuck_in_runnable).
MAX_RESOURCE: Final = (
    "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE - "
    "CE(s) associated with the job queue cannot meet the CPU requirement of the job."
)
ENVIRONMENTS_INVALID: Final = "ACTION_REQUIRED - CE(s) associated with the job queue are invalid."
JOB_REQUIREMENT: Final = (
    "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - The job resource requirement (vCPU/memory/GPU) is "
    "higher than that can be met by the CE(s) attached to the job queue."
)
UNDETERMINED: Final = "UNDETERMINED - Batch job is blocked, root cause is undetermined."


def place(job: Job, environments: Sequence[EnvironmentView], reserved: float = 0.0) -> Decision:
    """Take the first environment that has room; else say why the job waits.

    An environment is passed over if it is not VALID (or UPDATING), is DISABLED, is of another
    platform, or can never be large enough (user guide, compute_environments). Where a consumable
    resource is short, the job waits (user guide, resource-aware-scheduling).
    """
    spec = job.spec
    if spec.consumables and not can_be_taken(spec):
        return Block(job, None)
    large_enough = False
    for view in environments:
        if not _usable(view) or not _suits(job, view) or spec.mvcpus > view.environment.max_mvcpus:
            continue
        large_enough = True
        if spec.mvcpus <= view.free_mvcpus - int(reserved * view.environment.max_mvcpus):
            view.free_mvcpus -= spec.mvcpus
            return Place(job, view.environment)
    return Block(job, None if large_enough else _why_never(job, environments))


def _usable(view: EnvironmentView) -> bool:
    environment = view.environment
    return environment.state == ENABLED and environment.status in (VALID, UPDATING)


def _suits(job: Job, view: EnvironmentView) -> bool:
    environment = view.environment
    definition = job.spec.definition
    if job.spec.num_nodes and not runs_multinode(environment):
        return False
    return (
        environment.platform in definition.platform_capabilities
        and environment.orchestration == definition.orchestration
    )


def runs_multinode(environment: ComputeEnvironment) -> bool:
    """Whether multi-node jobs can run there: managed On-Demand EC2 only, with ECS or EKS.

    Never on Spot, Fargate, managed instances or unmanaged (API model, ComputeResource.type; user
    guide, mnp-ce).
    """
    return environment.resource_type == "EC2"


def _why_never(job: Job, environments: Sequence[EnvironmentView]) -> str | None:
    if all(view.environment.status == INVALID for view in environments):
        return ENVIRONMENTS_INVALID
    usable = [view for view in environments if _usable(view)]
    if not usable:
        return None
    if any(_suits(job, view) and view.environment.type == "MANAGED" for view in usable):
        return MAX_RESOURCE
    if job.spec.num_nodes:
        return JOB_REQUIREMENT
    return UNDETERMINED
