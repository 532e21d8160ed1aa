"""Examples for the rules of quota shares and consumable resources."""

from __future__ import annotations

from typing import Any

from pytest_batchmock.domain.region import RegionState
from pytest_batchmock.rules.registry import Request

from .builders import (
    a_limit,
    a_quota_region,
    a_quota_share,
    a_region,
    a_request,
    an_existing_consumable,
    an_existing_queue,
    an_existing_quota_share,
    changed,
)
from .example import Example

ARN = "arn:aws:batch:us-east-1:123456789012:"


def share(**changes: Any) -> Request:
    return a_request("CreateQuotaShare", a_quota_share(**changes), a_quota_region())


def share_of(region: RegionState) -> Request:
    return a_request("CreateQuotaShare", a_quota_share(), region)


def a_region_with_a_plain_queue() -> RegionState:
    region = a_region()
    an_existing_queue(region)
    return region


def borrowing(strategy: str, limit: int) -> Request:
    return share(resourceSharingConfiguration={"strategy": strategy, "borrowLimit": limit})


def of_share(operation: str, **existing: Any) -> Request:
    region = a_quota_region()
    target = an_existing_quota_share(region, **{"state": "DISABLED"} | existing)
    return a_request(operation, {"quotaShareArn": target.arn}, region, target)


def updating_no_share() -> Request:
    return a_request("UpdateQuotaShare", {"quotaShareArn": ARN + "job-queue/q/quota-share/x"})


def consumable(**members: Any) -> Request:
    return a_request("CreateConsumableResource", {"consumableResourceName": "licence"} | members)


def of_consumable(operation: str | None, quantity: int | None, *, missing: bool = False) -> Request:
    region = a_region()
    target = None if missing else an_existing_consumable(region, total=10)
    sent = {"consumableResource": "licence", "operation": operation, "quantity": quantity}
    return a_request("UpdateConsumableResource", changed(sent, {}), region, target)


SHARE = share()
UPDATE, DELETE = "UpdateQuotaShare", "DeleteQuotaShare"
NOT_DISABLED = "Cannot delete, state must be DISABLED."

EXAMPLES: dict[str, Example] = {
    "the_queue_of_a_quota_share_exists": Example(
        SHARE, share_of(a_region()), f"{ARN}job-queue/q does not exist"
    ),
    "the_queue_of_a_quota_share_is_valid": Example(
        SHARE,
        share_of(a_quota_region(status="CREATING")),
        "Job queue must be valid before attaching a quota share.",
    ),
    "the_queue_of_a_quota_share_manages_quotas": Example(
        SHARE,
        share_of(a_region_with_a_plain_queue()),
        "Quota shares need a job queue whose scheduling policy has a quotaSharePolicy.",
    ),
    "the_quota_share_to_update_exists": Example(
        of_share(UPDATE), updating_no_share(), f"{ARN}job-queue/q/quota-share/x does not exist"
    ),
    "a_quota_share_that_is_being_modified_is_not_updated": Example(
        of_share(UPDATE),
        of_share(UPDATE, status="UPDATING"),
        "Cannot update, resource is being modified.",
    ),
    "a_quota_share_has_1_to_5_capacity_limits": Example(
        SHARE,
        share(capacityLimits=[a_limit("ml.m6i.xlarge")] * 6),
        "Number of capacity limits exceeds 5.",
    ),
    "the_capacity_of_a_quota_share_is_not_negative": Example(
        share(capacityLimits=[a_limit("ml.m6i.xlarge", 0)]),
        share(capacityLimits=[a_limit("ml.m6i.xlarge", -1)]),
        "Max capacity must not be negative.",
    ),
    "the_capacity_of_a_quota_share_is_in_instance_types": Example(
        SHARE,
        share(capacityLimits=[a_limit("NUM_INSTANCES")]),
        "NUM_INSTANCES is unknown capacity unit in […",
    ),
    "a_unit_has_one_capacity_limit": Example(
        share(capacityLimits=[a_limit("ml.m6i.xlarge"), a_limit("ml.p5.48xlarge")]),
        share(capacityLimits=[a_limit("ml.m6i.xlarge")] * 2),
        "Duplicate capacity unit ml.m6i.xlarge.",
    ),
    "the_capacity_of_a_quota_share_is_in_units_of_its_service_environment": Example(
        SHARE,
        share(capacityLimits=[a_limit("ml.m5.large")]),
        "Capacity unit ml.m5.large is not one of the service environment: "
        "[ml.m6i.xlarge, ml.p5.48xlarge].",
    ),
    "only_borrowers_have_a_borrow_limit": Example(
        borrowing("LEND_AND_BORROW", 50),
        borrowing("LEND", 50),
        "borrowLimit is only applicable for the LEND_AND_BORROW strategy.",
    ),
    "a_borrow_limit_is_a_percentage_or_unlimited": Example(
        borrowing("LEND_AND_BORROW", -1),
        borrowing("LEND_AND_BORROW", -2),
        "borrowLimit must be -1 (unlimited) or a percentage of 0 or more.",
    ),
    "a_quota_share_that_is_being_modified_is_not_deleted": Example(
        of_share(DELETE),
        of_share(DELETE, status="UPDATING"),
        "Cannot delete, resource is being modified",
    ),
    "a_quota_share_is_deleted_disabled": Example(
        of_share(DELETE), of_share(DELETE, state="ENABLED"), NOT_DISABLED
    ),
    "the_total_quantity_is_not_negative": Example(
        consumable(totalQuantity=0),
        consumable(totalQuantity=-1),
        "totalQuantity cannot be a negative number.",
    ),
    "a_resource_is_replenishable_or_not": Example(
        consumable(resourceType="NON_REPLENISHABLE"),
        consumable(resourceType="RENEWABLE"),
        "resourceType must be one of [REPLENISHABLE, NON_REPLENISHABLE].",
    ),
    "the_consumable_resource_exists": Example(
        of_consumable("SET", 1),
        of_consumable("SET", 1, missing=True),
        f"{ARN}consumable-resource/licence does not exist",
    ),
    "a_quantity_is_set_added_or_removed": Example(
        of_consumable("ADD", 1),
        of_consumable("DOUBLE", 1),
        "operation must be one of [SET, ADD, REMOVE].",
    ),
    "the_quantity_of_an_update_is_not_negative": Example(
        of_consumable("SET", 0), of_consumable("SET", -1), "quantity cannot be a negative number."
    ),
    "no_more_is_removed_than_there_is": Example(
        of_consumable("REMOVE", 10),
        of_consumable("REMOVE", 11),
        "totalQuantity cannot be a negative number.",
    ),
}
