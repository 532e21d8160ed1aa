"""Where a job can run: the environments of its queue in their order, and why not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pytest_batchmock.domain import instance_types
from pytest_batchmock.domain.compute_environment import MANAGED_INSTANCES, ComputeEnvironment
from pytest_batchmock.domain.consumption import can_be_taken
from pytest_batchmock.domain.instance_types import InstanceType
from pytest_batchmock.domain.job import Job
from pytest_batchmock.domain.job_class import JobClass
from pytest_batchmock.domain.status import ENABLED, INVALID, UPDATING, VALID
from pytest_batchmock.scheduler.allocation import fits
from pytest_batchmock.scheduler.view import Block, Decision, EnvironmentView, Place, Room

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
SERVICE_ROLE: Final = (
    "MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS \u2013 Batch service role has a permission issue."
)
INSTANCES_UNSUPPORTED: Final = (
    "MISCONFIGURATION:EC2_INSTANCE_CONFIGURATION_UNSUPPORTED - Your compute environment associated "
    "with this job queue has an unsupported instance type configuration."
)
_SHORT: Final = (
    "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - Service cannot fulfill the capacity requested for "
    "instance type [{}]"
)


def short_of(instance_type: str) -> str:
    """The text of a queue blocked because EC2 has no such instance."""
    return _SHORT.format(instance_type)


def place(
    job: Job, environments: Sequence[EnvironmentView], reserved: float, job_class: JobClass
) -> Decision:
    """Take the first environment that has room, or will have; else say why the job waits.

    An environment is passed over if it is not VALID (or UPDATING), is DISABLED, is of another
    platform, can never be large enough, is full, or gets no capacity (user guide,
    compute_environments). One that launches an instance for the job is waited for: the order is no
    load balancer. Where a consumable resource is short, the job waits (user guide,
    resource-aware-scheduling).

    Args:
        job: The head of its queue.
        environments: Of the queue, in their order.
        reserved: The part of each maximum that is kept for others.
        job_class: What it needs.
    """
    spec = job.spec
    if spec.consumables and not can_be_taken(spec):
        return Block(job, None)
    why: str | None = None
    is_full = False
    for view in environments:
        able = view.able.get(job_class)
        if able is None:
            able = view.able[job_class] = (
                _usable(view) and suits(job_class, view.environment) and _is_enough(job_class, view)
            )
        if not able:
            continue
        kept = int(reserved * view.environment.shared_mvcpus) if reserved else 0
        if view.room is None:
            decision = _place_by_count(job, view, kept)
        else:
            decision = _place_on_instances(job, job_class, view, view.room, kept)
        if decision is not None and not (isinstance(decision, Block) and decision.reason):
            return decision
        if decision is None:
            is_full = True
        else:
            why = why or decision.reason
            if job_class.nodes:
                break  # a gang waits for the first environment (user guide, job_stuck_in_runnable)
    if is_full:
        return Block(job, None)
    return Block(job, why or _why_never(job_class, environments))


def _place_by_count(job: Job, view: EnvironmentView, kept: int) -> Decision | None:
    """Where the vCPUs of jobs are counted; None if it is full."""
    if view.broken is not None:
        return Block(job, view.broken)
    if job.spec.mvcpus > view.free_mvcpus - kept:
        return None
    view.free_mvcpus -= job.spec.mvcpus
    return Place(job, view.environment)


def _place_on_instances(
    job: Job, job_class: JobClass, view: EnvironmentView, room: Room, kept: int
) -> Decision | None:
    """Where there are instances; None if it is full."""
    environment = view.environment
    if kept and room.used_mvcpus + job_class.total_mvcpus > environment.shared_mvcpus - kept:
        return None
    if job_class.nodes:
        gang = room.find_gang(job, job_class)
        if gang is not None:
            return Place(job, environment, gang)
    else:
        instance = room.find(job_class)
        if instance is not None:
            return Place(job, environment, (instance,))
    if room.grows_for(job, job_class):
        return Block(job, None, environment)
    why = view.broken or room.why_short(job_class)
    return None if why is None else Block(job, why)


def _is_enough(job_class: JobClass, view: EnvironmentView) -> bool:
    """Whether an environment is large enough, if nothing else were there."""
    if view.environment.type == "UNMANAGED":
        return True
    if job_class.total_mvcpus > view.environment.max_mvcpus:
        return False
    kinds = _allowed(view.environment)
    if kinds and not any(fits(job_class.need, kind) for kind in kinds):
        return False
    return view.broken is not None or view.room is None or view.room.is_large_enough(job_class)


def _usable(view: EnvironmentView) -> bool:
    environment = view.environment
    return environment.state == ENABLED and environment.status in (VALID, UPDATING)


def suits(job_class: JobClass, environment: ComputeEnvironment) -> bool:
    """Whether hosts of `environment` are of the kind that a job needs."""
    if job_class.nodes and not runs_multinode(environment):
        return False
    if (
        environment.platform not in job_class.platforms
        or environment.orchestration != job_class.orchestration
    ):
        return False
    if job_class.is_windows and environment.resource_type == "FARGATE_SPOT":
        return False  # it has no Windows (API model, RuntimePlatform)
    kinds = _allowed(environment)
    return not kinds or any(job_class.architecture in kind.architectures for kind in kinds)


def _allowed(environment: ComputeEnvironment) -> list[InstanceType]:
    """What managed instances may be of, if that is bounded: by types and families (API model)."""
    if environment.resource_type != MANAGED_INSTANCES:
        return []
    known = [entry for entry in environment.allowed_types if instance_types.is_known(entry)]
    return instance_types.resolve(known)


def runs_multinode(environment: ComputeEnvironment) -> bool:
    """Whether multi-node jobs can run there: managed On-Demand EC2 only, with ECS or EKS.

    Never on Spot, Fargate, managed instances or unmanaged (API model, ComputeResource.type; user
    guide, mnp-ce).
    """
    return environment.resource_type == "EC2"


def _why_never(job_class: JobClass, environments: Sequence[EnvironmentView]) -> str | None:
    if all(view.environment.status == INVALID for view in environments):
        return ENVIRONMENTS_INVALID
    usable = [view for view in environments if _usable(view)]
    if not usable:
        return None
    managed = [
        view
        for view in usable
        if suits(job_class, view.environment) and view.environment.type == "MANAGED"
    ]
    fitting = [it for it in managed if job_class.total_mvcpus <= it.environment.max_mvcpus]
    if any(it.room is not None and it.room.fits_a_type(job_class) for it in fitting):
        return MAX_RESOURCE  # whole instances, one for each node, are more than it allows
    if fitting:
        return JOB_REQUIREMENT
    if managed:
        return MAX_RESOURCE
    return JOB_REQUIREMENT if job_class.nodes else UNDETERMINED
