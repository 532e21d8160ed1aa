"""Service environments: their capacity limits, updates and deletion.

Deleting a service environment that does not exist succeeds silently; there is no rule against it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from pytest_batchmock.domain import status
from pytest_batchmock.domain.service_environment import NUM_INSTANCES
from pytest_batchmock.rules.common import BUSY, MEASURED, does_not_exist, first_repeated
from pytest_batchmock.rules.registry import Request, rule

MOST_CAPACITY_LIMITS: Final = 5
TRAINING_INSTANCE_TYPE: Final = re.compile(r"ml\.[a-z0-9-]+\.[a-z0-9-]+")
"""How SageMaker's instance types look; which of them exist is not modelled."""


def _limits(request: Request) -> list[Mapping[str, Any]]:
    return request.params.get("capacityLimits") or []


@rule("UpdateServiceEnvironment", evidence="inferred", source="as for compute environments")
def the_service_environment_to_update_exists(request: Request) -> str | None:
    if request.target is not None:
        return None
    return does_not_exist(request, "service-environment", request.params["serviceEnvironment"])


@rule("UpdateServiceEnvironment", evidence="inferred", source="as for compute environments")
def a_service_environment_that_is_being_modified_is_not_updated(request: Request) -> str | None:
    if request.target is not None and request.target.status in BUSY:
        return "Cannot update, resource is being modified."
    return None


@rule(
    "CreateServiceEnvironment",
    "UpdateServiceEnvironment",
    evidence="measured",
    source=MEASURED,
    wrapped=True,
)
def a_service_environment_has_capacity_limits(request: Request) -> str | None:
    return "Capacitylimits are required." if request.params.get("capacityLimits") == [] else None


@rule(
    "CreateServiceEnvironment",
    "UpdateServiceEnvironment",
    evidence="measured",
    source=MEASURED,
    wrapped=True,
)
def a_service_environment_has_at_most_5_capacity_limits(request: Request) -> str | None:
    if len(_limits(request)) > MOST_CAPACITY_LIMITS:
        return f"Number of capacity limits exceeds {MOST_CAPACITY_LIMITS}."
    return None


@rule(
    "CreateServiceEnvironment",
    "UpdateServiceEnvironment",
    evidence="measured",
    source=MEASURED,
    wrapped=True,
)
def a_service_environment_has_capacity(request: Request) -> str | None:
    if any((limit.get("maxCapacity") or 0) < 1 for limit in _limits(request)):
        return "Max capacity must be more than 0."
    return None


@rule(
    "CreateServiceEnvironment",
    "UpdateServiceEnvironment",
    evidence="measured",
    source=f"{MEASURED}; the service lists all of SageMaker's types here",
    wrapped=True,
)
def capacity_units_are_known(request: Request) -> str | None:
    for limit in _limits(request):
        unit = limit.get("capacityUnit") or "null"
        if unit != NUM_INSTANCES and not TRAINING_INSTANCE_TYPE.fullmatch(unit):
            return f"{unit} is unknown capacity unit in [{NUM_INSTANCES}, ml.<family>.<size>]"
    return None


@rule(
    "CreateServiceEnvironment",
    "UpdateServiceEnvironment",
    evidence="measured",
    source=MEASURED,
    wrapped=True,
)
def capacity_units_are_instances_or_instance_types(request: Request) -> str | None:
    units = {limit["capacityUnit"] for limit in _limits(request)}
    if NUM_INSTANCES in units and len(units) > 1:
        return "Capacity units must specify either number of instances OR instance type"
    return None


@rule(
    "CreateServiceEnvironment",
    "UpdateServiceEnvironment",
    evidence="inferred",
    source="a unit has one limit",
    wrapped=True,
)
def a_unit_of_a_service_environment_has_one_capacity_limit(request: Request) -> str | None:
    repeated = first_repeated([limit["capacityUnit"] for limit in _limits(request)])
    return None if repeated is None else f"Duplicate capacity unit {repeated}."


@rule("DeleteServiceEnvironment", evidence="inferred", source="as for compute environments")
def a_service_environment_that_is_being_modified_is_not_deleted(request: Request) -> str | None:
    if request.target is not None and request.target.status in BUSY:
        return "Cannot delete, resource is being modified"
    return None


@rule(
    "DeleteServiceEnvironment",
    evidence="documented",
    source="API model, DeleteServiceEnvironment; text inferred",
)
def a_service_environment_is_deleted_disabled(request: Request) -> str | None:
    if request.target is not None and request.target.state != status.DISABLED:
        return "Cannot delete, state must be DISABLED."
    return None


@rule(
    "DeleteServiceEnvironment",
    evidence="documented",
    source="API model, DeleteServiceEnvironment; text as for compute environments",
)
def a_service_environment_that_queues_use_is_not_deleted(request: Request) -> str | None:
    if request.target is None:
        return None
    for queue in request.region.job_queues.values():
        if queue.status != status.DELETED and request.target.name in queue.attached:
            return "Cannot delete, found existing JobQueue relationship"
    return None
