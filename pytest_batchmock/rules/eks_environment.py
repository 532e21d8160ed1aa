"""Compute environments on an EKS cluster, and what only they may have.

The cluster itself is not looked up. So one refusal is missing on purpose: an access entry that is
DISABLED where the cluster authenticates by nothing else (API model, EksAccessEntry.desiredState).
imageKubernetesVersion and userdataType are not refused on ECS, where they mean nothing.
"""

from __future__ import annotations

import re
from typing import Any, Final

from pytest_batchmock.domain.compute_environment import EC2_TYPES
from pytest_batchmock.rules.common import (
    MEASURED,
    given,
    is_eks,
    is_service_linked,
    is_unmanaged,
    resources,
    sent_launch_templates,
    sent_resources,
)
from pytest_batchmock.rules.registry import Request, rule

LONGEST_NAMESPACE: Final = 63
_CLUSTER_ARN: Final = re.compile(r"arn:[a-z0-9-]+:eks:([a-z0-9-]+):[0-9]{12}:cluster/.+")
_NAMESPACE: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")


def _configuration(request: Request) -> dict[str, Any]:
    return request.params.get("eksConfiguration") or {}


def _cluster(request: Request) -> re.Match[str] | None:
    return _CLUSTER_ARN.fullmatch(_configuration(request)["eksClusterArn"])


def _namespace(request: Request) -> str:
    return str(_configuration(request)["kubernetesNamespace"])


def _launches_nodes(request: Request) -> bool:
    """Whether it is a managed one with computeResources; that it needs them, another rule says."""
    return is_eks(request) and not is_unmanaged(request) and bool(resources(request))


@rule("CreateComputeEnvironment", evidence="measured", source=MEASURED, wrapped=True)
def eks_environments_are_of_type_ec2_or_spot(request: Request) -> str | None:
    if _launches_nodes(request) and resources(request)["type"] not in EC2_TYPES:
        return "Supported compute types for EKS compute environments are [EC2, SPOT]"
    return None


@rule("CreateComputeEnvironment", evidence="measured", source=MEASURED, wrapped=True)
def eks_environments_have_an_allocation_strategy(request: Request) -> str | None:
    if _launches_nodes(request) and not given(resources(request), "allocationStrategy"):
        return "allocationStrategy is required for EKS Compute Environments."
    return None


@rule(
    "CreateComputeEnvironment",
    evidence="documented",
    source="user guide, eks-allocation-strategies; text inferred",
    wrapped=True,
)
def best_fit_is_not_for_eks(request: Request) -> str | None:
    if is_eks(request) and resources(request).get("allocationStrategy") == "BEST_FIT":
        return "BEST_FIT allocationStrategy is not supported for EKS Compute Environments."
    return None


@rule(
    "CreateComputeEnvironment",
    evidence="documented",
    source="user guide, create-compute-environment-eks; text inferred",
    wrapped=True,
)
def eks_environments_use_the_service_linked_role(request: Request) -> str | None:
    """Managed ones; of unmanaged ones the documentation says both."""
    role = request.params.get("serviceRole")
    if is_eks(request) and not is_unmanaged(request) and role and not is_service_linked(role):
        return "Only the service-linked role can be used with EKS Compute Environments."
    return None


@rule("CreateComputeEnvironment", evidence="measured", source=MEASURED, wrapped=True)
def the_eks_cluster_is_an_arn(request: Request) -> str | None:
    if is_eks(request) and _cluster(request) is None:
        return "eksClusterArn must be an EKS cluster ARN."
    return None


@rule("CreateComputeEnvironment", evidence="measured", source=MEASURED, wrapped=True)
def the_eks_cluster_is_in_the_same_region(request: Request) -> str | None:
    cluster = _cluster(request) if is_eks(request) else None
    if cluster is not None and cluster[1] != request.region.name:
        return "eksClusterArn must be in the same AWS region as the compute environment."
    return None


@rule("CreateComputeEnvironment", evidence="measured", source=MEASURED, wrapped=True)
def the_kubernetes_namespace_has_at_most_63_characters(request: Request) -> str | None:
    if is_eks(request) and len(_namespace(request)) > LONGEST_NAMESPACE:
        return f"kubernetesNamespace must less than or equal to {LONGEST_NAMESPACE} characters long."
    return None


@rule("CreateComputeEnvironment", evidence="measured", source=MEASURED, wrapped=True)
def the_kubernetes_namespace_is_well_formed(request: Request) -> str | None:
    if is_eks(request) and not _NAMESPACE.fullmatch(_namespace(request)):
        return "kubernetesNamespace must be a valid Kubernetes namespace."
    return None


@rule("CreateComputeEnvironment", evidence="measured", source=MEASURED, wrapped=True)
def the_kubernetes_namespace_is_not_default(request: Request) -> str | None:
    if is_eks(request) and _namespace(request) == "default":
        return "kubernetesNamespace cannot be the default Kubernetes namespace."
    return None


@rule("CreateComputeEnvironment", evidence="measured", source=MEASURED, wrapped=True)
def the_kubernetes_namespace_is_not_the_systems(request: Request) -> str | None:
    if is_eks(request) and _namespace(request).startswith("kube-"):
        return "kubernetesNamespace cannot be a reserved Kubernetes system namespace."
    return None


@rule(
    "CreateComputeEnvironment",
    "UpdateComputeEnvironment",
    evidence="inferred",
    source="API model, EcsSettings: the settings are those of Amazon ECS",
)
def ecs_settings_are_not_for_eks(request: Request) -> str | None:
    if is_eks(request) and given(request.params, "ecsSettings"):
        return "ecsSettings is not applicable for EKS Compute Environments."
    return None


@rule(
    "UpdateComputeEnvironment",
    evidence="documented",
    source="API model, UpdateComputeEnvironmentRequest.eksConfiguration; text inferred",
)
def eks_configuration_is_only_for_eks(request: Request) -> str | None:
    if not is_eks(request) and given(request.params, "eksConfiguration"):
        return "eksConfiguration is only applicable for EKS Compute Environments."
    return None


@rule(
    "CreateComputeEnvironment",
    "UpdateComputeEnvironment",
    evidence="documented",
    source="API model, LaunchTemplateSpecification.userdataType; text inferred",
    wrapped=True,
)
def own_images_of_amazon_linux_2023_are_set_up_by_nodeadm(request: Request) -> str | None:
    """Refused is the other choice, not none: what a template says of images cannot be known here.

    Nor is it known which template is for which image where there are templates of both kinds.
    """
    if {it.get("userdataType") for it in sent_launch_templates(request)} != {"EKS_BOOTSTRAP_SH"}:
        return None
    found = resources(request)
    for entry in found.get("ec2Configuration") or ():
        own = given(entry, "imageIdOverride") or given(found, "imageId")
        if own and entry["imageType"] in ("EKS_AL2023", "EKS_AL2023_NVIDIA"):
            return (
                f"userdataType must be EKS_NODEADM for a custom AMI of imageType {entry['imageType']}."
            )
    return None


@rule(
    "UpdateComputeEnvironment",
    evidence="documented",
    source="API model, ComputeResourceUpdate.desiredvCpus; text inferred",
)
def desiredvcpus_of_eks_environments_are_not_updated(request: Request) -> str | None:
    if is_eks(request) and sent_resources(request).get("desiredvCpus") is not None:
        return "desiredvCpus cannot be updated for EKS Compute Environments."
    return None
