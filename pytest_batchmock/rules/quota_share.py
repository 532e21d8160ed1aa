"""Quota shares: their queue, capacity and borrowing. They are referred to by ARN only.

Not refused: capacity limits that add up to more than the service environment has.
Deleting a quota share that does not exist succeeds silently; there is no rule against it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pytest_batchmock.domain import status
from pytest_batchmock.rules.common import (
    BUSY,
    does_not_exist,
    find,
    first_repeated,
    name_in,
    queue_service_environments,
)
from pytest_batchmock.rules.registry import Request, rule
from pytest_batchmock.rules.service_environment import TRAINING_INSTANCE_TYPE

MOST_CAPACITY_LIMITS: Final = 5
UNLIMITED: Final = -1


def _queue(request: Request) -> Any:
    reference = request.params.get("jobQueue")
    if reference is None:
        share = request.target or request.region.quota_shares[request.params["quotaShareArn"]]
        reference = share.job_queue_arn
    return find(request, "job-queue", reference)


def _limits(request: Request) -> list[Mapping[str, Any]]:
    return request.params.get("capacityLimits") or []


@rule("CreateQuotaShare", evidence="inferred", source="as for other references to a job queue")
def the_queue_of_a_quota_share_exists(request: Request) -> str | None:
    return does_not_exist(request, "job-queue", request.params["jobQueue"])


@rule(
    "CreateQuotaShare",
    evidence="documented",
    source="API model, CreateQuotaShareRequest.jobQueue; text inferred",
)
def the_queue_of_a_quota_share_is_valid(request: Request) -> str | None:
    if _queue(request).status != status.VALID:
        return "Job queue must be valid before attaching a quota share."
    return None


@rule(
    "CreateQuotaShare",
    evidence="documented",
    source="user guide, create-quota-management-resources; text inferred",
)
def the_queue_of_a_quota_share_manages_quotas(request: Request) -> str | None:
    arn = _queue(request).scheduling_policy_arn or ""
    policy = request.region.scheduling_policies.get(name_in(arn))
    if policy is None or policy.quota_share is None:
        return "Quota shares need a job queue whose scheduling policy has a quotaSharePolicy."
    return None


@rule("UpdateQuotaShare", evidence="inferred", source="as for other resources")
def the_quota_share_to_update_exists(request: Request) -> str | None:
    arn = request.params["quotaShareArn"]
    if request.target is None and arn not in request.region.quota_shares:
        return f"{arn} does not exist"
    return None


@rule("UpdateQuotaShare", evidence="inferred", source="as for compute environments")
def a_quota_share_that_is_being_modified_is_not_updated(request: Request) -> str | None:
    if request.target is not None and request.target.status in BUSY:
        return "Cannot update, resource is being modified."
    return None


@rule(
    "CreateQuotaShare",
    "UpdateQuotaShare",
    evidence="documented",
    source="user guide, quota-shares; text as for service environments",
)
def a_quota_share_has_1_to_5_capacity_limits(request: Request) -> str | None:
    if request.params.get("capacityLimits") == []:
        return "Capacitylimits are required."
    if len(_limits(request)) > MOST_CAPACITY_LIMITS:
        return f"Number of capacity limits exceeds {MOST_CAPACITY_LIMITS}."
    return None


@rule(
    "CreateQuotaShare",
    "UpdateQuotaShare",
    evidence="inferred",
    source="a capacity is not negative",
)
def the_capacity_of_a_quota_share_is_not_negative(request: Request) -> str | None:
    if any(limit["maxCapacity"] < 0 for limit in _limits(request)):
        return "Max capacity must not be negative."
    return None


@rule(
    "CreateQuotaShare",
    "UpdateQuotaShare",
    evidence="documented",
    source="API model, QuotaShareCapacityLimit.capacityUnit; text as for service environments",
)
def the_capacity_of_a_quota_share_is_in_instance_types(request: Request) -> str | None:
    for limit in _limits(request):
        if not TRAINING_INSTANCE_TYPE.fullmatch(limit["capacityUnit"]):
            return f"{limit['capacityUnit']} is unknown capacity unit in [ml.<family>.<size>]"
    return None


@rule(
    "CreateQuotaShare",
    "UpdateQuotaShare",
    evidence="inferred",
    source="a unit has one limit",
)
def a_unit_has_one_capacity_limit(request: Request) -> str | None:
    repeated = first_repeated([limit["capacityUnit"] for limit in _limits(request)])
    return None if repeated is None else f"Duplicate capacity unit {repeated}."


@rule(
    "CreateQuotaShare",
    "UpdateQuotaShare",
    evidence="inferred",
    source="a share is a part of what its service environment has",
)
def the_capacity_of_a_quota_share_is_in_units_of_its_service_environment(
    request: Request,
) -> str | None:
    queue = _queue(request) if _limits(request) else None
    if queue is None:
        return None
    units: set[str] = set()
    for name in queue_service_environments(queue):
        environment = request.region.service_environments.get(name)
        if environment is not None:
            units |= environment.capacity.keys()
    for limit in _limits(request):
        if limit["capacityUnit"] not in units:
            return (
                f"Capacity unit {limit['capacityUnit']} is not one of the service environment: "
                f"[{', '.join(sorted(units))}]."
            )
    return None


@rule(
    "CreateQuotaShare",
    "UpdateQuotaShare",
    evidence="documented",
    source="API model, QuotaShareResourceSharingConfiguration.borrowLimit; text inferred",
)
def only_borrowers_have_a_borrow_limit(request: Request) -> str | None:
    sharing = request.params.get("resourceSharingConfiguration") or {}
    if sharing.get("borrowLimit") is not None and sharing["strategy"] != "LEND_AND_BORROW":
        return "borrowLimit is only applicable for the LEND_AND_BORROW strategy."
    return None


@rule(
    "CreateQuotaShare",
    "UpdateQuotaShare",
    evidence="documented",
    source="API model, QuotaShareResourceSharingConfiguration.borrowLimit; text inferred",
)
def a_borrow_limit_is_a_percentage_or_unlimited(request: Request) -> str | None:
    limit = (request.params.get("resourceSharingConfiguration") or {}).get("borrowLimit")
    if limit is not None and limit < UNLIMITED:
        return f"borrowLimit must be {UNLIMITED} (unlimited) or a percentage of 0 or more."
    return None


@rule("DeleteQuotaShare", evidence="inferred", source="as for compute environments")
def a_quota_share_that_is_being_modified_is_not_deleted(request: Request) -> str | None:
    if request.target is not None and request.target.status in BUSY:
        return "Cannot delete, resource is being modified"
    return None


@rule("DeleteQuotaShare", evidence="documented", source="API model, DeleteQuotaShare; text inferred")
def a_quota_share_is_deleted_disabled(request: Request) -> str | None:
    if request.target is not None and request.target.state != status.DISABLED:
        return "Cannot delete, state must be DISABLED."
    return None
