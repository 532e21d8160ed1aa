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


PLAIN = [{"imageType": "ECS_AL2023"}]
ACCELERATED = [{"imageType": "ECS_AL2023_NVIDIA"}]
OWN = [{"imageType": "ECS_AL2023", "imageIdOverride": "ami-1"}]


@pytest.mark.parametrize(
    ("types", "configurations", "refused"),
    [
        (["a1"], None, None),
        (["a1"], PLAIN, "imageType ECS_AL2023 does not support instance type a1.medium."),
        (["a1"], ACCELERATED, None),
        (["a1"], OWN, None),
        (["m6g"], None, None),
        (["p3.2xlarge", "p3.8xlarge", "g4dn.xlarge"], None, None),
        (
            ["g3.4xlarge"],
            ACCELERATED,
            "imageType ECS_AL2023_NVIDIA does not support instance type g3.4xlarge.",
        ),
        (["g3.4xlarge"], PLAIN, None),
        (
            ["m5", "p3"],
            [*ACCELERATED, *OWN],
            "imageType ECS_AL2023_NVIDIA does not support instance type p3.2xlarge.",
        ),
        (["m5", "p4d"], [*ACCELERATED, *PLAIN], None),
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
    enforce(updating({"instanceTypes": ["p3", "m5"]}, present))
    with pytest.raises(BatchError, match="does not support instance type p3"):
        enforce(updating({"ec2Configuration": ACCELERATED, "updateToLatestImageVersion": True}, present))


def test_a_template_may_set_up_nodes_of_one_kind_and_its_overrides_those_of_another() -> None:
    mixed = ec2(
        allocationStrategy="BEST_FIT_PROGRESSIVE",
        instanceTypes=["c5.large", "c6a.large"],
        launchTemplate={
            "launchTemplateId": "lt-1",
            "userdataType": "EKS_BOOTSTRAP_SH",
            "overrides": [
                {
                    "launchTemplateId": "lt-2",
                    "targetInstanceTypes": ["c6a.large"],
                    "userdataType": "EKS_NODEADM",
                }
            ],
        },
        ec2Configuration=[
            {"imageType": "EKS_AL2", "imageIdOverride": "ami-1"},
            {"imageType": "EKS_AL2023", "imageIdOverride": "ami-2"},
        ],
    )
    enforce(a_request("CreateComputeEnvironment", an_eks_environment(computeResources=mixed)))


def test_what_means_nothing_on_ecs_is_no_mistake_there() -> None:
    template = {"launchTemplateId": "lt-1", "userdataType": "EKS_BOOTSTRAP_SH"}
    image = {"imageType": "ECS_AL2023", "imageKubernetesVersion": "1.31"}
    enforce(creating(ec2(launchTemplate=template, ec2Configuration=[image])))
