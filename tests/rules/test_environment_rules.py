"""Rules of compute environments that come together."""

from __future__ import annotations

import pytest

from pytest_batchmock.errors import BatchError
from pytest_batchmock.rules.instance_types import instance_types_are_supported_by_their_image
from pytest_batchmock.rules.registry import enforce

from .builders import a_request, an_eks_environment, creating, ec2, updating


def test_an_eks_environment_without_compute_resources_is_refused_for_that() -> None:
    params = an_eks_environment()
    del params["computeResources"]
    with pytest.raises(BatchError, match="computeResources"):
        enforce(a_request("CreateComputeEnvironment", params))


ON_X86 = [{"imageType": "ECS_AL2023"}]
ACCELERATED = [{"imageType": "ECS_AL2023_NVIDIA"}]
OWN = [{"imageType": "ECS_AL2023", "imageIdOverride": "ami-1"}]


@pytest.mark.parametrize(
    ("types", "configurations", "refused"),
    [
        (["a1"], None, "imageType ECS_AL2023 does not support instance type a1.medium."),
        (["a1"], ACCELERATED, "imageType ECS_AL2023 does not support instance type a1.medium."),
        (["a1"], OWN, None),
        (["m6g"], None, None),
        (["m5", "p3"], None, "imageType ECS_AL2023_NVIDIA does not support instance type p3.2xlarge."),
        (
            ["g3.4xlarge"],
            ACCELERATED,
            "imageType ECS_AL2023_NVIDIA does not support instance type g3.4xlarge.",
        ),
        (["g3.4xlarge"], ON_X86, None),
        (
            ["m5", "p3"],
            [*ACCELERATED, *OWN],
            "imageType ECS_AL2023_NVIDIA does not support instance type p3.2xlarge.",
        ),
        (["m5", "p4d"], [*ACCELERATED, *ON_X86], None),
    ],
)
def test_the_image_of_batch_must_support_each_instance_type(
    types: list[str], configurations: list[dict[str, str]] | None, refused: str | None
) -> None:
    request = creating(ec2(instanceTypes=types, ec2Configuration=configurations))
    assert instance_types_are_supported_by_their_image(request) == refused


def test_an_environment_of_before_is_updated_in_what_leaves_its_image_alone() -> None:
    present = ec2(
        instanceTypes=["p3"], ec2Configuration=ACCELERATED, allocationStrategy="BEST_FIT_PROGRESSIVE"
    )
    enforce(updating({"maxvCpus": 32}, present))
    with pytest.raises(BatchError, match="does not support instance type p3"):
        enforce(updating({"instanceTypes": ["p3", "m5"]}, present))
    enforce(updating({"instanceTypes": ["m5"]}, present))
