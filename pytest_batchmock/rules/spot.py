"""Spot compute environments: bids, the Spot Fleet role, allocation strategies.

What a reclaim does is in engine/spot.py.
"""

from __future__ import annotations

from typing import Final

from pytest_batchmock.rules.common import (
    MEASURED,
    given,
    is_ec2,
    resource_type,
    resources,
    sent_resources,
)
from pytest_batchmock.rules.registry import Request, rule

_SPOT_STRATEGIES: Final = frozenset(
    {
        "SPOT_CAPACITY_OPTIMIZED",
        "SPOT_PRICE_CAPACITY_OPTIMIZED",
        "SPOT_CAPACITY_OPTIMIZED_PRIORITIZED",
    }
)


@rule(
    "CreateComputeEnvironment",
    "UpdateComputeEnvironment",
    evidence="observed",
    source="answer of the service, quoted in a public report",
    wrapped=True,
)
def spot_strategies_are_for_spot(request: Request) -> str | None:
    strategy = resources(request).get("allocationStrategy")
    if strategy in _SPOT_STRATEGIES and resource_type(request) == "EC2":
        return f"Invalid compute resource allocation strategy {strategy} for type EC2"
    return None


@rule(
    "CreateComputeEnvironment",
    "UpdateComputeEnvironment",
    evidence="measured",
    source=MEASURED,
    wrapped=True,
)
def the_ordered_strategy_is_for_on_demand(request: Request) -> str | None:
    strategy = resources(request).get("allocationStrategy")
    if strategy == "BEST_FIT_PROGRESSIVE_ORDERED" and resource_type(request) == "SPOT":
        return f"Allocation strategy {strategy} requires compute resource type EC2."
    return None


@rule("CreateComputeEnvironment", evidence="measured", source=MEASURED, wrapped=True)
def spot_with_best_fit_needs_the_spot_fleet_role(request: Request) -> str | None:
    found = resources(request)
    if resource_type(request) != "SPOT" or given(found, "spotIamFleetRole"):
        return None
    if found.get("allocationStrategy") in (None, "BEST_FIT"):
        return "compute resource spotIamFleetRole is required."
    return None


@rule(
    "CreateComputeEnvironment",
    evidence="inferred",
    source="API model, ComputeResource.spotIamFleetRole: it is applied to SPOT environments",
    wrapped=True,
)
def the_spot_fleet_role_is_for_spot(request: Request) -> str | None:
    if resource_type(request) == "EC2" and given(sent_resources(request), "spotIamFleetRole"):
        return "spotIamFleetRole is only applicable for SPOT compute environments."
    return None


@rule(
    "CreateComputeEnvironment",
    "UpdateComputeEnvironment",
    evidence="inferred",
    source="API model, ComputeResource.bidPercentage: it bounds the price of Spot Instances",
    wrapped=True,
)
def the_bid_percentage_is_for_spot(request: Request) -> str | None:
    if resource_type(request) == "EC2" and given(sent_resources(request), "bidPercentage"):
        return "bidPercentage is only applicable for SPOT compute environments."
    return None


@rule(
    "CreateComputeEnvironment",
    "UpdateComputeEnvironment",
    evidence="measured",
    source=MEASURED,
    wrapped=True,
)
def the_bid_percentage_is_0_to_100(request: Request) -> str | None:
    bid = sent_resources(request).get("bidPercentage")
    if is_ec2(request) and bid is not None and not 0 <= bid <= 100:
        return "Bid percentage must be between 0 to 100."
    return None
