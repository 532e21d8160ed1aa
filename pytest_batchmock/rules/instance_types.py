"""Instance types and machine images of EC2 and Spot environments.

Not refused: an image type that none of the instance types uses, and a plain one for GPU families, which
then have no driver. The documentation says what each is used for, not that others are refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, Final

from pytest_batchmock.domain import instance_types
from pytest_batchmock.domain.instance_types import InstanceType
from pytest_batchmock.rules.common import (
    MEASURED,
    RECORDED,
    given,
    is_ec2,
    is_eks,
    resources,
    sent_ec2_configurations,
    sent_resources,
)
from pytest_batchmock.rules.registry import Request, rule

_IMAGE_TYPES: Final = {
    "ECS": frozenset({"ECS_AL2", "ECS_AL2_NVIDIA", "ECS_AL2023", "ECS_AL2023_NVIDIA"}),
    "EKS": frozenset({"EKS_AL2", "EKS_AL2_NVIDIA", "EKS_AL2023", "EKS_AL2023_NVIDIA"}),
}
_UNSUPPORTED_FAMILIES: Final = {
    "ECS_AL2023": frozenset({"a1"}),
    "ECS_AL2023_NVIDIA": frozenset({"p3", "g3"}),
    "EKS_AL2023": frozenset({"a1"}),
}
_ENDED_IMAGE_TYPES: Final = frozenset({"ECS_AL2", "ECS_AL2_NVIDIA", "EKS_AL2", "EKS_AL2_NVIDIA"})
_MOST_CONFIGURATIONS: Final = 2
_NVIDIA: Final = "_NVIDIA"


@cache
def _one_of() -> str:
    known = (*instance_types.BUNDLES, *instance_types.families(), *instance_types.names())
    return f"Instance type can only be one of [{', '.join(known)}]"


def _sent_types(request: Request) -> list[str]:
    return sent_resources(request).get("instanceTypes") or []


@rule(
    "CreateComputeEnvironment",
    "UpdateComputeEnvironment",
    evidence="observed",
    source=RECORDED,
    wrapped=True,
)
def instance_types_are_known(request: Request) -> str | None:
    if is_ec2(request) and not all(map(instance_types.is_known, _sent_types(request))):
        return _one_of()
    return None


@rule(
    "CreateComputeEnvironment",
    "UpdateComputeEnvironment",
    evidence="measured",
    source=MEASURED,
    wrapped=True,
)
def instance_types_share_one_architecture(request: Request) -> str | None:
    """A bundle counts as what it stands for: ``optimal`` is x86."""
    if (
        is_ec2(request)
        and len({kind.is_arm for kind in instance_types.resolve(_sent_types(request))}) > 1
    ):
        return "arm-based instance type cannot be used with other instance types."
    return None


@rule(
    "CreateComputeEnvironment",
    "UpdateComputeEnvironment",
    evidence="measured",
    source=MEASURED,
    wrapped=True,
)
def the_ordered_strategy_takes_no_bundles(request: Request) -> str | None:
    found = resources(request)
    if found.get("allocationStrategy") != "BEST_FIT_PROGRESSIVE_ORDERED" or not is_ec2(request):
        return None
    if any(entry in instance_types.BUNDLES for entry in found.get("instanceTypes") or ()):
        return (
            "Instance type bundles (e.g. optimal, default_x86_64) are not allowed for "
            "BEST_FIT_PROGRESSIVE_ORDERED allocation strategy. "
            "Specify instance families or types directly."
        )
    return None


@rule(
    "CreateComputeEnvironment",
    "UpdateComputeEnvironment",
    evidence="documented",
    source="API model, ComputeResource.ec2Configuration; text inferred",
    wrapped=True,
)
def one_or_two_ec2_configurations_are_given(request: Request) -> str | None:
    if is_ec2(request) and len(list(sent_ec2_configurations(request))) > _MOST_CONFIGURATIONS:
        return f"ec2Configuration size cannot be greater than {_MOST_CONFIGURATIONS}."
    return None


@rule(
    "CreateComputeEnvironment",
    "UpdateComputeEnvironment",
    evidence="measured",
    source=MEASURED,
    wrapped=True,
)
def image_types_fit_the_orchestration(request: Request) -> str | None:
    fitting = _IMAGE_TYPES["EKS" if is_eks(request) else "ECS"]
    if is_ec2(request) and any(
        entry["imageType"] not in fitting for entry in sent_ec2_configurations(request)
    ):
        return "Invalid imageType in ComputeResources.ec2Configuration"
    return None


@rule("CreateComputeEnvironment", evidence="measured", source=MEASURED, wrapped=True)
def images_of_amazon_linux_2_are_the_users_own(request: Request) -> str | None:
    """Images that Batch brings are refused; an image of the user's own is not.

    A launch template may name one too. What is in a template cannot be known here, so with a
    template nothing is refused.
    """
    found = sent_resources(request)
    if not is_ec2(request) or given(found, "imageId") or given(found, "launchTemplate"):
        return None
    for entry in sent_ec2_configurations(request):
        if entry["imageType"] in _ENDED_IMAGE_TYPES and not given(entry, "imageIdOverride"):
            return (
                "Amazon Linux 2 is end-of-life. Please see "
                "https://docs.aws.amazon.com/batch/latest/userguide/compute_resource_AMIs.html."
            )
    return None


@rule(
    "CreateComputeEnvironment",
    "UpdateComputeEnvironment",
    evidence="documented",
    source="API model, Ec2Configuration.imageType; text inferred",
    wrapped=True,
)
def instance_types_are_supported_by_their_image(request: Request) -> str | None:
    """By the image that was chosen in the request, of those that Batch brings.

    An image of the user's own, and a launch template, which may name one, are not looked into. Nothing
    is refused where none is chosen: programs name a1, g3 and p3 that are older than today's default.
    """
    found = resources(request)
    if not is_ec2(request) or not sent_ec2_configurations(request):
        return None
    if given(found, "imageId") or given(found, "launchTemplate"):
        return None
    named = filter(instance_types.is_known, found.get("instanceTypes") or ())
    for kind in instance_types.resolve(named):
        image = _image_of(kind, sent_ec2_configurations(request))
        if image is not None and kind.family in _UNSUPPORTED_FAMILIES.get(image, ()):
            return f"imageType {image} does not support instance type {kind.name}."
    return None


def _image_of(kind: InstanceType, configurations: Iterable[Any]) -> str | None:
    """The type of the image that was chosen for an instance type, if Batch brings it.

    Types with GPUs use the entry for NVIDIA, or else the plain one; the others of x86 the plain one, or
    else that for NVIDIA; those of ARM only the plain one.
    """
    found = {str(entry["imageType"]): entry for entry in configurations}
    plain = next((name for name in found if not name.endswith(_NVIDIA)), None)
    nvidia = next((name for name in found if name.endswith(_NVIDIA)), None)
    fitting = (nvidia, plain) if kind.gpus else (plain,) if kind.is_arm else (plain, nvidia)
    chosen = next(filter(None, fitting), None)
    return None if chosen is None or given(found[chosen], "imageIdOverride") else chosen
