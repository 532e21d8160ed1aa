"""Compute environments on ECS managed instances, and what only they may have.

Not refused: instance types in ``allowedInstanceTypes`` that nobody knows. Amazon ECS chooses among them,
and what it takes for a type is not Batch's to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pytest_batchmock.rules import tags
from pytest_batchmock.rules.common import (
    given,
    is_managed_instances,
    is_unmanaged,
    sent_resources,
)
from pytest_batchmock.rules.registry import Request, rule

LONGEST_SCALE_IN_SECONDS: Final = 3600

_GUIDE: Final = "user guide, ecs-managed-instances-compute-environments; text inferred"
_OTHERS_MEMBERS: Final = (
    "allocationStrategy",
    "minvCpus",
    "desiredvCpus",
    "instanceTypes",
    "imageId",
    "subnets",
    "securityGroupIds",
    "instanceRole",
    "ec2KeyPair",
    "tags",
    "placementGroup",
    "bidPercentage",
    "spotIamFleetRole",
    "launchTemplate",
    "ec2Configuration",
    "scalingPolicy",
)


def _provider(request: Request) -> Mapping[str, Any]:
    return sent_resources(request).get("managedInstancesProvider") or {}


def _template(request: Request) -> Mapping[str, Any]:
    return _provider(request).get("instanceLaunchTemplate") or {}


def _one_of(members: Mapping[str, Any], name: str, *allowed: str) -> str | None:
    if given(members, name) and members[name] not in allowed:
        return f"{name} must be one of [{', '.join(allowed)}]."
    return None


@rule(
    "CreateComputeEnvironment",
    evidence="documented",
    source="API model, ComputeResource.managedInstancesProvider; text inferred",
    wrapped=True,
)
def managed_instances_need_a_provider(request: Request) -> str | None:
    if is_managed_instances(request) and not given(sent_resources(request), "managedInstancesProvider"):
        return "managedInstancesProvider is required for ECS_MANAGED_INSTANCES."
    return None


@rule(
    "CreateComputeEnvironment",
    "UpdateComputeEnvironment",
    evidence="documented",
    source="API model, ComputeResource.managedInstancesProvider; text inferred",
    wrapped=True,
)
def a_provider_is_only_for_managed_instances(request: Request) -> str | None:
    if is_managed_instances(request) or is_unmanaged(request):
        return None
    if given(sent_resources(request), "managedInstancesProvider"):
        return "managedInstancesProvider is only applicable for ECS_MANAGED_INSTANCES."
    return None


@rule(
    "CreateComputeEnvironment",
    "UpdateComputeEnvironment",
    evidence="documented",
    source="API model, ComputeResource.capacityTags; text inferred",
    wrapped=True,
)
def capacity_tags_are_only_for_managed_instances(request: Request) -> str | None:
    if is_managed_instances(request) or is_unmanaged(request):
        return None
    if given(sent_resources(request), "capacityTags"):
        return "capacityTags is only applicable for ECS_MANAGED_INSTANCES."
    return None


@rule(
    "CreateComputeEnvironment",
    "UpdateComputeEnvironment",
    evidence="documented",
    source=_GUIDE,
    wrapped=True,
)
def members_for_ec2_are_not_applicable_for_managed_instances(request: Request) -> str | None:
    if is_managed_instances(request):
        for member in _OTHERS_MEMBERS:
            if given(sent_resources(request), member):
                return f"{member} is not applicable for ECS_MANAGED_INSTANCES."
    return None


@rule(
    "CreateComputeEnvironment",
    "UpdateComputeEnvironment",
    evidence="documented",
    source="API model, ManagedInstancesNetworkConfiguration; text inferred",
    wrapped=True,
)
def managed_instances_have_subnets_and_security_groups(request: Request) -> str | None:
    network = _template(request).get("networkConfiguration")
    if network is None:
        return None
    for member in ("subnets", "securityGroups"):
        if not given(network, member):
            return f"networkConfiguration.{member} are required for ECS_MANAGED_INSTANCES."
    return None


@rule(
    "CreateComputeEnvironment",
    "UpdateComputeEnvironment",
    evidence="documented",
    source="API model, ManagedInstancesProvider and InstanceLaunchTemplate; text inferred",
    wrapped=True,
)
def choices_of_a_provider_are_known(request: Request) -> str | None:
    reservations = _template(request).get("capacityReservations") or {}
    return (
        _one_of(_provider(request), "propagateTags", "CAPACITY_PROVIDER", "NONE")
        or _one_of(_template(request), "capacityOptionType", "ON_DEMAND", "SPOT")
        or _one_of(_template(request), "monitoring", "BASIC", "DETAILED")
        or _one_of(
            reservations,
            "reservationPreference",
            "RESERVATIONS_ONLY",
            "RESERVATIONS_FIRST",
            "RESERVATIONS_EXCLUDED",
        )
    )


@rule(
    "CreateComputeEnvironment",
    "UpdateComputeEnvironment",
    evidence="documented",
    source="API model, InfrastructureOptimization.scaleInAfter; text inferred",
    wrapped=True,
)
def managed_instances_scale_in_after_0_to_3600_seconds_or_never(request: Request) -> str | None:
    after = (_provider(request).get("infrastructureOptimization") or {}).get("scaleInAfter")
    if after is not None and not -1 <= after <= LONGEST_SCALE_IN_SECONDS:
        return f"scaleInAfter must be -1 or between 0 and {LONGEST_SCALE_IN_SECONDS}."
    return None


@rule(
    "CreateComputeEnvironment",
    "UpdateComputeEnvironment",
    evidence="inferred",
    source="API model, ManagedInstancesStorageConfiguration; a size",
    wrapped=True,
)
def the_storage_of_managed_instances_has_a_size(request: Request) -> str | None:
    size = (_template(request).get("storageConfiguration") or {}).get("storageSizeGiB")
    return "storageSizeGiB must be at least 1." if size is not None and size < 1 else None


@rule(
    "CreateComputeEnvironment",
    "UpdateComputeEnvironment",
    evidence="documented",
    source="API model, TagrisTagsMap; texts as for tags",
    wrapped=True,
)
def capacity_tags_obey_the_rules_of_tags(request: Request) -> str | None:
    found = sent_resources(request).get("capacityTags") or {}
    return (
        tags.too_many(found, {})
        or tags.badly_sized(found)
        or tags.reserved(found)
        or tags.bad_characters(found)
    )
