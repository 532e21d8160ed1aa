"""Compute environments: what a type needs, vCPUs, unmanaged environments, scaling.

What only one type cares for is in spot.py, fargate.py, managed_instances.py and
eks_environment.py; changes of an existing environment, and its end, in
compute_environment_update.py. Roles, subnets and security groups live elsewhere: they are not
looked up.
"""

from __future__ import annotations

from typing import Final

from pytest_batchmock.domain import status
from pytest_batchmock.rules.common import (
    MEASURED,
    given,
    is_ec2,
    is_eks,
    is_fargate,
    is_service_linked,
    is_unmanaged,
    resources,
    sent_resources,
)
from pytest_batchmock.rules.registry import Request, rule

SHORTEST_DELAY_MINUTES: Final = 20
LONGEST_DELAY_MINUTES: Final = 10080


@rule("CreateComputeEnvironment", evidence="measured", source=MEASURED, wrapped=True)
def a_compute_environment_is_created_enabled(request: Request) -> str | None:
    if request.params.get("state") == status.DISABLED:
        return "Compute Environment must be created in ENABLED state."
    return None


@rule("CreateComputeEnvironment", evidence="measured", source=MEASURED, wrapped=True)
def a_managed_environment_has_compute_resources(request: Request) -> str | None:
    if not is_unmanaged(request) and not given(request.params, "computeResources"):
        return "computeResources must be provided for a MANAGED compute environment"
    return None


@rule("CreateComputeEnvironment", evidence="measured", source=MEASURED, wrapped=True)
def an_unmanaged_environment_has_a_service_role(request: Request) -> str | None:
    """On ECS: of one on EKS none is asked for (user guide, create-compute-environment-unmanaged-eks)."""
    if is_unmanaged(request) and not is_eks(request) and not given(request.params, "serviceRole"):
        return "ServiceRole is required."
    return None


@rule("CreateComputeEnvironment", evidence="measured", source=MEASURED, wrapped=True)
def an_unmanaged_environment_does_not_use_the_service_linked_role(request: Request) -> str | None:
    """On ECS; one on EKS uses no other."""
    if is_eks(request) or not is_unmanaged(request):
        return None
    if is_service_linked(request.params["serviceRole"]):
        return "Service Linked Role cannot be used with UNMANAGED Compute Environment"
    return None


@rule(
    "CreateComputeEnvironment",
    evidence="inferred",
    source="public report that the service does not allow it; text as for updates",
    wrapped=True,
)
def an_unmanaged_environment_has_no_compute_resources(request: Request) -> str | None:
    """The user owns its instances. The resources of Fargate are refused before, in other words."""
    if is_unmanaged(request) and given(request.params, "computeResources"):
        return "computeResources is not applicable for unmanaged Compute Environments."
    return None


@rule(
    "CreateComputeEnvironment",
    "UpdateComputeEnvironment",
    evidence="measured",
    source=MEASURED,
    wrapped=True,
)
def unmanaged_vcpus_are_for_unmanaged_environments(request: Request) -> str | None:
    if not is_unmanaged(request) and request.params.get("unmanagedvCpus") is not None:
        return "unmanagedvCpus is not applicable for managed Compute Environments"
    return None


@rule(
    "CreateComputeEnvironment",
    "UpdateComputeEnvironment",
    evidence="inferred",
    source="a number of vCPUs is not negative; text as for minvCpus",
    wrapped=True,
)
def unmanaged_vcpus_are_not_negative(request: Request) -> str | None:
    if (request.params.get("unmanagedvCpus") or 0) < 0:
        return "unmanagedvCpus should be greater than or equal to 0."
    return None


@rule(
    "CreateComputeEnvironment",
    "UpdateComputeEnvironment",
    evidence="measured",
    source=MEASURED,
    wrapped=True,
)
def ec2_needs_an_instance_role(request: Request) -> str | None:
    if is_ec2(request) and not given(resources(request), "instanceRole"):
        return "Instance role is required."
    return None


@rule(
    "CreateComputeEnvironment",
    "UpdateComputeEnvironment",
    evidence="observed",
    source="answer of the service, quoted in a public report",
    wrapped=True,
)
def an_instance_role_is_an_instance_profile(request: Request) -> str | None:
    """By its name, or by its ARN; the ARN of an IAM role is refused."""
    role = str(sent_resources(request).get("instanceRole") or "")
    if is_ec2(request) and role.startswith("arn:") and ":instance-profile/" not in role:
        return "The ECS Instance Role should be an ECS Instance Profile ARN."
    return None


@rule("CreateComputeEnvironment", evidence="measured", source=MEASURED, wrapped=True)
def ec2_needs_minvcpus(request: Request) -> str | None:
    if is_ec2(request) and resources(request).get("minvCpus") is None:
        return "Resource minvCpus is required."
    return None


@rule(
    "CreateComputeEnvironment",
    "UpdateComputeEnvironment",
    evidence="measured",
    source=MEASURED,
    wrapped=True,
)
def ec2_needs_instance_types(request: Request) -> str | None:
    if is_ec2(request) and not given(resources(request), "instanceTypes"):
        return "Resource instanceTypes are required."
    return None


@rule(
    "CreateComputeEnvironment",
    evidence="documented",
    source="API model, ComputeResource.subnets; text inferred",
    wrapped=True,
)
def ec2_and_fargate_need_subnets(request: Request) -> str | None:
    needed = is_ec2(request) or is_fargate(request)
    return "Subnets are required." if needed and not given(resources(request), "subnets") else None


@rule("CreateComputeEnvironment", evidence="measured", source=MEASURED, wrapped=True)
def ec2_and_fargate_need_security_groups(request: Request) -> str | None:
    """On EC2 a launch template may bring them; what is in a template cannot be known here."""
    found = resources(request)
    if given(found, "securityGroupIds"):
        return None
    if is_fargate(request) or (is_ec2(request) and not given(found, "launchTemplate")):
        return "Security group ids are required."
    return None


@rule(
    "CreateComputeEnvironment",
    "UpdateComputeEnvironment",
    evidence="measured",
    source=MEASURED,
    wrapped=True,
)
def minvcpus_are_not_negative(request: Request) -> str | None:
    if is_ec2(request) and (resources(request).get("minvCpus") or 0) < 0:
        return "minvCpus should be greater than or equal to 0."
    return None


@rule(
    "CreateComputeEnvironment",
    "UpdateComputeEnvironment",
    evidence="measured",
    source=MEASURED,
    wrapped=True,
)
def maxvcpus_are_not_below_minvcpus(request: Request) -> str | None:
    found = resources(request)
    maximum = found.get("maxvCpus")
    if is_unmanaged(request) or maximum is None:
        return None
    if maximum < (found.get("minvCpus") or 0):
        return "maxvCpus should be greater than or equal to minvCpus."
    return None


@rule(
    "CreateComputeEnvironment",
    "UpdateComputeEnvironment",
    evidence="measured",
    source=MEASURED,
    wrapped=True,
)
def desiredvcpus_lie_between_minvcpus_and_maxvcpus(request: Request) -> str | None:
    """In an update only a desiredvCpus that was sent is looked at: Batch moves the present one."""
    desired = sent_resources(request).get("desiredvCpus")
    if desired is None or not is_ec2(request):
        return None
    found = resources(request)
    if not (found.get("minvCpus") or 0) <= desired <= found["maxvCpus"]:
        return "desiredvCpus should be between minvCpus and maxvCpus."
    return None


@rule(
    "CreateComputeEnvironment",
    "UpdateComputeEnvironment",
    evidence="documented",
    source="API model, ComputeScalingPolicy.minScaleDownDelayMinutes; text inferred",
    wrapped=True,
)
def the_scale_down_delay_is_0_or_20_to_10080_minutes(request: Request) -> str | None:
    delay = (sent_resources(request).get("scalingPolicy") or {}).get("minScaleDownDelayMinutes")
    if not delay or SHORTEST_DELAY_MINUTES <= delay <= LONGEST_DELAY_MINUTES:
        return None
    return (
        "minScaleDownDelayMinutes should be 0 or between "
        f"{SHORTEST_DELAY_MINUTES} and {LONGEST_DELAY_MINUTES}."
    )
