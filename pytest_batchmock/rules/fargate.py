"""Compute environments on Fargate. Fargate job definitions are not here."""

from __future__ import annotations

from typing import Final

from pytest_batchmock.domain.compute_environment import FARGATE_TYPES
from pytest_batchmock.rules.common import (
    MEASURED,
    RECORDED,
    given,
    is_fargate,
    is_unmanaged,
    resources,
    sent_resources,
)
from pytest_batchmock.rules.registry import Request, rule

MOST_SUBNETS: Final = 16
MOST_SECURITY_GROUPS: Final = 5

_EC2_MEMBERS: Final = (
    "allocationStrategy",
    "minvCpus",
    "desiredvCpus",
    "instanceTypes",
    "imageId",
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


@rule("CreateComputeEnvironment", evidence="measured", source=MEASURED, wrapped=True)
def fargate_is_managed(request: Request) -> str | None:
    if is_unmanaged(request) and sent_resources(request).get("type") in FARGATE_TYPES:
        return "Cannot create an UNMANAGED Fargate Compute Environment."
    return None


@rule(
    "CreateComputeEnvironment",
    "UpdateComputeEnvironment",
    evidence="observed",
    source=f"{RECORDED} for desiredvCpus, tags and allocationStrategy; the others by the API model",
    wrapped=True,
)
def members_for_ec2_are_not_applicable_for_fargate(request: Request) -> str | None:
    if is_fargate(request):
        for member in _EC2_MEMBERS:
            if given(sent_resources(request), member):
                return f"{member} is not applicable for Fargate."
    return None


@rule(
    "CreateComputeEnvironment",
    "UpdateComputeEnvironment",
    evidence="measured",
    source=MEASURED,
    wrapped=True,
)
def fargate_has_at_most_16_subnets(request: Request) -> str | None:
    if is_fargate(request) and len(resources(request).get("subnets") or ()) > MOST_SUBNETS:
        return f"Fargate supports a maximum of {MOST_SUBNETS} subnets."
    return None


@rule(
    "CreateComputeEnvironment",
    "UpdateComputeEnvironment",
    evidence="measured",
    source=MEASURED,
    wrapped=True,
)
def fargate_has_at_most_5_security_groups(request: Request) -> str | None:
    groups = resources(request).get("securityGroupIds") or ()
    if is_fargate(request) and len(groups) > MOST_SECURITY_GROUPS:
        return f"Fargate supports a maximum of {MOST_SECURITY_GROUPS} security groups."
    return None
