"""What a job queue is attached to: its compute environments, or its service environment.

Not refused: a negative ``order``. The API model says of it no more than that it ascends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from pytest_batchmock.domain import instance_types, status
from pytest_batchmock.domain.compute_environment import EC2_TYPES, FARGATE_TYPES, MANAGED_INSTANCES
from pytest_batchmock.rules.common import MEASURED, find, first_repeated, given, name_in
from pytest_batchmock.rules.registry import Request, rule

MOST_ENVIRONMENTS: Final = 3
SAGEMAKER: Final = "SAGEMAKER_TRAINING"


def queue_type(request: Request) -> str | None:
    """``jobQueueType`` as given now or, in an update, at creation."""
    if request.target is not None:
        return None if request.target.type is None else str(request.target.type)
    return request.params.get("jobQueueType")


def _order(request: Request) -> list[Mapping[str, Any]]:
    """``computeEnvironmentOrder`` in ascending order."""
    order = request.params.get("computeEnvironmentOrder") or []
    return sorted(order, key=lambda entry: int(entry["order"]))


def _services(request: Request) -> list[Mapping[str, Any]]:
    return request.params.get("serviceEnvironmentOrder") or []


def attached(request: Request) -> list[Any]:
    """The existing compute environments of the order, in ascending order."""
    found = (
        find(request, "compute-environment", entry["computeEnvironment"]) for entry in _order(request)
    )
    return [environment for environment in found if environment is not None]


def _kind(environment: Any) -> str:
    if environment.resource_type in FARGATE_TYPES:
        return "FARGATE"
    return MANAGED_INSTANCES if environment.resource_type == MANAGED_INSTANCES else "EC2"


def _is_arm(environment: Any) -> bool | None:
    """Whether the environment runs ARM images; None if its instance types are not ours to know."""
    if environment.resource_type not in EC2_TYPES:
        return None
    kinds = instance_types.resolve(environment.resources.get("instanceTypes") or ())
    return kinds[0].is_arm if kinds else None


def _capacity_option(environment: Any) -> str:
    template = environment.resources["managedInstancesProvider"]["instanceLaunchTemplate"]
    return str(template.get("capacityOptionType") or "ON_DEMAND")


_FITS: Final[dict[str, tuple[str, Callable[[Any], bool]]]] = {
    "EKS": ("EKS", lambda environment: environment.orchestration == "EKS"),
    "ECS": (
        "ECS",
        lambda environment: environment.orchestration == "ECS" and _kind(environment) == "EC2",
    ),
    "ECS_FARGATE": ("Fargate", lambda environment: _kind(environment) == "FARGATE"),
    "ECS_MANAGED_INSTANCES": (
        "ECS managed instances",
        lambda environment: _kind(environment) == MANAGED_INSTANCES,
    ),
}


@rule("CreateJobQueue", evidence="measured", source=MEASURED, wrapped=True)
def a_training_queue_has_a_service_environment(request: Request) -> str | None:
    if queue_type(request) == SAGEMAKER and not _services(request):
        return "Job queues of type SAGEMAKER_TRAINING must have serviceEnvironmentOrder."
    return None


@rule(
    "CreateJobQueue",
    evidence="documented",
    source="API model, CreateJobQueueRequest.serviceEnvironmentOrder; text inferred",
    wrapped=True,
)
def a_queue_has_compute_or_service_environments_not_both(request: Request) -> str | None:
    if _services(request) and _order(request):
        return "A job queue can't have both computeEnvironmentOrder and serviceEnvironmentOrder."
    return None


@rule("CreateJobQueue", evidence="measured", source=MEASURED, wrapped=True)
def service_environments_are_only_for_training_queues(request: Request) -> str | None:
    found = queue_type(request)
    if _services(request) and found not in (None, SAGEMAKER):
        return (
            "CreateJobQueue requires either setting computeEnvironmentOrder or setting "
            "serviceEnvironmentOrder along with a supported jobQueueType. "
            f"The jobQueueType provided is {found}, which is incompatible with the provided "
            "serviceEnvironmentOrder."
        )
    return None


@rule("CreateJobQueue", evidence="measured", source=MEASURED, wrapped=True)
def a_queue_has_an_environment(request: Request) -> str | None:
    if not _order(request) and not _services(request):
        return "computeEnvironmentOrder is required."
    return None


@rule("UpdateJobQueue", evidence="measured", source=f"{MEASURED} for CreateJobQueue")
def a_queue_keeps_an_environment(request: Request) -> str | None:
    if request.params.get("computeEnvironmentOrder") == [] and not _is_training(request):
        return "computeEnvironmentOrder is required."
    return None


@rule("UpdateJobQueue", evidence="inferred", source="as at CreateJobQueue, where it is measured")
def a_training_queue_keeps_a_service_environment(request: Request) -> str | None:
    if request.params.get("serviceEnvironmentOrder") == [] and _is_training(request):
        return "Job queues of type SAGEMAKER_TRAINING must have serviceEnvironmentOrder."
    return None


def _is_training(request: Request) -> bool:
    """Whether the queue that is updated runs service jobs."""
    queue = request.target
    return queue is not None and (
        queue.type == SAGEMAKER or given(queue.request, "serviceEnvironmentOrder")
    )


@rule(
    "UpdateJobQueue",
    evidence="documented",
    source="API model, CreateJobQueueRequest.serviceEnvironmentOrder; text inferred",
)
def the_kind_of_environments_does_not_change(request: Request) -> str | None:
    if request.target is None:
        return None
    if _is_training(request) and _order(request):
        return "A job queue can't have both computeEnvironmentOrder and serviceEnvironmentOrder."
    if not _is_training(request) and _services(request):
        return "serviceEnvironmentOrder is only applicable for SAGEMAKER_TRAINING job queues."
    return None


@rule("CreateJobQueue", "UpdateJobQueue", evidence="measured", source=MEASURED, wrapped=True)
def a_queue_has_at_most_3_compute_environments(request: Request) -> str | None:
    if len(_order(request)) > MOST_ENVIRONMENTS:
        return f"Only {MOST_ENVIRONMENTS} environments are allowed in job queue request."
    return None


@rule("CreateJobQueue", "UpdateJobQueue", evidence="measured", source=MEASURED, wrapped=True)
def a_queue_has_at_most_1_service_environment(request: Request) -> str | None:
    return "Job queue can only have 1 service environment." if len(_services(request)) > 1 else None


@rule("CreateJobQueue", "UpdateJobQueue", evidence="measured", source=MEASURED, wrapped=True)
def order_values_differ(request: Request) -> str | None:
    if first_repeated([entry["order"] for entry in _order(request)]) is not None:
        return "Duplicate ComputeEnvironment order values."
    return None


@rule("CreateJobQueue", "UpdateJobQueue", evidence="measured", source=MEASURED, wrapped=True)
def a_compute_environment_is_attached_once(request: Request) -> str | None:
    if first_repeated([name_in(entry["computeEnvironment"]) for entry in _order(request)]) is not None:
        return "Duplicate ComputeEnvironments within order list."
    return None


@rule("CreateJobQueue", "UpdateJobQueue", evidence="measured", source=MEASURED, wrapped=True)
def attached_compute_environments_exist_and_are_valid(request: Request) -> str | None:
    found = attached(request)
    if len(found) == len(_order(request)) and all(e.status == status.VALID for e in found):
        return None
    return "Compute Environments must be created and valid before attaching them to a job queue"


@rule("CreateJobQueue", "UpdateJobQueue", evidence="measured", source=MEASURED, wrapped=True)
def attached_service_environments_exist_and_are_valid(request: Request) -> str | None:
    for entry in _services(request):
        found = find(request, "service-environment", entry["serviceEnvironment"])
        if found is None or found.status != status.VALID:
            return "Service environments must be created and valid before attaching them to a job queue."
    return None


@rule("CreateJobQueue", "UpdateJobQueue", evidence="measured", source=MEASURED, wrapped=True)
def fargate_and_ec2_are_not_mixed(request: Request) -> str | None:
    if {"FARGATE", "EC2"} <= {_kind(environment) for environment in attached(request)}:
        return "Fargate and EC2 compute environments can not be mixed."
    return None


@rule(
    "CreateJobQueue",
    "UpdateJobQueue",
    evidence="documented",
    source="user guide, ecs-managed-instances-job-queues; text inferred",
    wrapped=True,
)
def managed_instances_are_not_mixed_with_others(request: Request) -> str | None:
    kinds = {_kind(environment) for environment in attached(request)}
    if MANAGED_INSTANCES in kinds and len(kinds) > 1:
        return "ECS managed instances and other compute environments can not be mixed."
    return None


@rule(
    "CreateJobQueue",
    "UpdateJobQueue",
    evidence="documented",
    source="user guide, job_queues; text inferred",
    wrapped=True,
)
def eks_and_ecs_are_not_mixed(request: Request) -> str | None:
    if len({environment.orchestration for environment in attached(request)}) > 1:
        return "EKS and ECS compute environments can not be mixed."
    return None


@rule(
    "CreateJobQueue",
    "UpdateJobQueue",
    evidence="documented",
    source="API model, ComputeEnvironmentOrder; text inferred",
    wrapped=True,
)
def compute_environments_of_a_queue_share_one_architecture(request: Request) -> str | None:
    if len({_is_arm(environment) for environment in attached(request)} - {None}) > 1:
        return "All compute environments of a job queue must share the same architecture."
    return None


@rule(
    "CreateJobQueue",
    "UpdateJobQueue",
    evidence="documented",
    source="user guide, ecs-managed-instances-job-queues; text inferred",
    wrapped=True,
)
def on_demand_managed_instances_come_before_spot(request: Request) -> str | None:
    found = attached(request)
    if not found or any(_kind(environment) != MANAGED_INSTANCES for environment in found):
        return None
    options = [_capacity_option(environment) for environment in found]
    if options != sorted(options):  # ON_DEMAND sorts before SPOT
        return "On-Demand ECS managed instances must come before Spot ones in computeEnvironmentOrder."
    return None


@rule(
    "CreateJobQueue",
    "UpdateJobQueue",
    evidence="measured",
    source=f"{MEASURED} for EKS; the others by the API model, CreateJobQueueRequest.jobQueueType",
    wrapped=True,
)
def compute_environments_fit_the_type_of_the_queue(request: Request) -> str | None:
    needed = _FITS.get(queue_type(request) or "")
    if needed is None or all(map(needed[1], attached(request))):
        return None
    return f"{queue_type(request)} job queue type must have {needed[0]} compute environment."
