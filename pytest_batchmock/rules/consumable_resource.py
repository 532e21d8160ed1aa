"""Consumable resources: quantities and types.

Not refused: a total below what jobs hold at the moment, and the deletion of a resource that jobs
name; what the service does then is not known.
"""

from __future__ import annotations

from typing import Final

from pytest_batchmock.domain.consumable_resource import NON_REPLENISHABLE, REPLENISHABLE
from pytest_batchmock.rules.common import MEASURED, does_not_exist, find, given
from pytest_batchmock.rules.registry import Request, rule

_TYPES: Final = (REPLENISHABLE, NON_REPLENISHABLE)
_UPDATES: Final = ("SET", "ADD", "REMOVE")


@rule("CreateConsumableResource", evidence="measured", source=MEASURED, wrapped=True)
def the_total_quantity_is_not_negative(request: Request) -> str | None:
    if (request.params.get("totalQuantity") or 0) < 0:
        return "totalQuantity cannot be a negative number."
    return None


@rule(
    "CreateConsumableResource",
    evidence="documented",
    source="API model, CreateConsumableResourceRequest.resourceType; text inferred",
    wrapped=True,
)
def a_resource_is_replenishable_or_not(request: Request) -> str | None:
    if given(request.params, "resourceType") and request.params["resourceType"] not in _TYPES:
        return f"resourceType must be one of [{', '.join(_TYPES)}]."
    return None


@rule(
    "UpdateConsumableResource",
    "DeleteConsumableResource",
    "DescribeConsumableResource",
    evidence="inferred",
    source="as for other resources",
)
def the_consumable_resource_exists(request: Request) -> str | None:
    if request.target is not None:
        return None
    return does_not_exist(request, "consumable-resource", request.params["consumableResource"])


@rule(
    "UpdateConsumableResource",
    evidence="documented",
    source="API model, UpdateConsumableResourceRequest.operation; text inferred",
)
def a_quantity_is_set_added_or_removed(request: Request) -> str | None:
    if request.params.get("operation") not in _UPDATES:
        return f"operation must be one of [{', '.join(_UPDATES)}]."
    return None


@rule(
    "UpdateConsumableResource",
    evidence="documented",
    source="API model, UpdateConsumableResourceRequest.quantity; text inferred",
)
def the_quantity_of_an_update_is_not_negative(request: Request) -> str | None:
    quantity = request.params.get("quantity")
    if quantity is None:
        return "quantity is required."
    return "quantity cannot be a negative number." if quantity < 0 else None


@rule(
    "UpdateConsumableResource",
    evidence="inferred",
    source="API model: a total quantity is never negative",
)
def no_more_is_removed_than_there_is(request: Request) -> str | None:
    reference = request.params["consumableResource"]
    target = request.target or find(request, "consumable-resource", reference)
    if target is None or request.params.get("operation") != "REMOVE":
        return None
    if request.params["quantity"] > target.total:
        return "totalQuantity cannot be a negative number."
    return None
