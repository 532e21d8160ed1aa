"""Legal requests pass all the rules of their operation, for every kind of resource."""

from __future__ import annotations

import re
from typing import Any

import pytest

from pytest_batchmock.domain.region import RegionState
from pytest_batchmock.errors import BatchError
from pytest_batchmock.rules.registry import Request, enforce

from .builders import (
    CLUSTER,
    FLEET_ROLE,
    OWN_ROLE,
    a_compute_environment,
    a_queue,
    a_quota_region,
    a_quota_share,
    a_region,
    a_request,
    a_service_environment,
    a_time_limit_action,
    a_training_queue,
    an_eks_environment,
    an_existing_environment,
    an_existing_policy,
    an_existing_queue,
    an_unmanaged_environment,
    creating,
    ec2,
    fargate,
    managed_instances,
    spot,
    updating,
)

ENVIRONMENTS = {
    "EC2": creating(ec2(tags={"Name": "x"}, imageId="ami-1", ec2KeyPair="k", placementGroup="pg")),
    "EC2 for families and sizes": creating(ec2(instanceTypes=["p4d", "g4dn.xlarge", "m5"])),
    "EC2 for a family of old with an image of one's own": creating(
        ec2(
            instanceTypes=["p3", "m5"],
            ec2Configuration=[{"imageType": "ECS_AL2_NVIDIA", "imageIdOverride": "ami-1"}],
        )
    ),
    "EC2 with BEST_FIT": creating(ec2(allocationStrategy="BEST_FIT", desiredvCpus=0)),
    "EC2 for ARM": creating(ec2(instanceTypes=["default_arm64"])),
    "EC2 with a role of one's own": creating(serviceRole=OWN_ROLE),
    "EC2 with a template for some types": creating(
        ec2(
            instanceTypes=["m5", "g5"],
            launchTemplate={
                "overrides": [{"launchTemplateName": "gpu", "targetInstanceTypes": ["g5", "m5.large"]}]
            },
        )
    ),
    "SPOT with a bid": creating(spot(bidPercentage=60)),
    "SPOT with BEST_FIT": creating(spot(allocationStrategy=None, spotIamFleetRole=FLEET_ROLE)),
    "SPOT with BEST_FIT_PROGRESSIVE": creating(spot(allocationStrategy="BEST_FIT_PROGRESSIVE")),
    "FARGATE": creating(fargate()),
    "FARGATE_SPOT": creating(fargate(type="FARGATE_SPOT")),
    "ECS_MANAGED_INSTANCES": creating(managed_instances(capacityTags={"team": "a"})),
    "EKS": a_request("CreateComputeEnvironment", an_eks_environment()),
    "EKS on Spot": a_request("CreateComputeEnvironment", an_eks_environment(computeResources=spot())),
    "UNMANAGED on EKS": a_request(
        "CreateComputeEnvironment", an_eks_environment(type="UNMANAGED", computeResources=None)
    ),
    "UNMANAGED on EKS, with a role of one's own": a_request(
        "CreateComputeEnvironment",
        an_eks_environment(type="UNMANAGED", computeResources=None, serviceRole=OWN_ROLE),
    ),
    "UNMANAGED": a_request(
        "CreateComputeEnvironment", an_unmanaged_environment(unmanagedvCpus=4, state="ENABLED")
    ),
}

UPDATES = {
    "state": updating(state="DISABLED"),
    "scaling": updating({"minvCpus": 2, "maxvCpus": 64, "desiredvCpus": 8}),
    "scaling with BEST_FIT and a role of one's own": updating(
        {"maxvCpus": 64}, ec2(), existing={"role": OWN_ROLE}
    ),
    "On-Demand to Spot": updating(
        {"type": "SPOT", "allocationStrategy": "SPOT_CAPACITY_OPTIMIZED", "bidPercentage": 50}
    ),
    "the same template again": updating(
        {"launchTemplate": {"launchTemplateId": "lt-1"}},
        ec2(launchTemplate={"launchTemplateId": "lt-1", "overrides": []}),
    ),
    "no template any more": updating(
        {"launchTemplate": {"launchTemplateId": ""}},
        ec2(launchTemplate={"launchTemplateId": "lt-1"}, allocationStrategy="BEST_FIT_PROGRESSIVE"),
    ),
    "no security groups any more": updating({"securityGroupIds": []}),
    "Fargate, with lists that mean no change": updating(
        {"maxvCpus": 8, "subnets": [], "securityGroupIds": []}, fargate()
    ),
    "Fargate subnets, with a role of one's own": updating(
        {"subnets": ["subnet-2"]}, fargate(), existing={"role": OWN_ROLE}
    ),
    "managed instances": updating(
        {"maxvCpus": 8, "managedInstancesProvider": {"propagateTags": "NONE"}}, managed_instances()
    ),
    "an EKS access entry": updating(
        existing={"eksConfiguration": {"eksClusterArn": CLUSTER, "kubernetesNamespace": "a"}},
        eksConfiguration={"accessEntry": {"desiredState": "ENABLED"}},
    ),
}


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_environments_of_every_type_are_created(name: str) -> None:
    enforce(ENVIRONMENTS[name])


@pytest.mark.parametrize("name", UPDATES)
def test_environments_are_updated(name: str) -> None:
    enforce(UPDATES[name])


def test_the_other_resources_are_created() -> None:
    region = a_quota_region()
    region.job_queues.clear()
    an_existing_environment(region, spot(), name="spot")
    an_existing_environment(region, ec2())
    fair = an_existing_policy(region)
    quota = region.scheduling_policies["quota"].arn
    order = [
        {"order": 1, "computeEnvironment": "spot"},
        {"order": 2, "computeEnvironment": region.arn("compute-environment/ce")},
    ]
    plain = a_queue(
        computeEnvironmentOrder=order,
        schedulingPolicyArn=fair.arn,
        jobQueueType="ECS",
        jobStateTimeLimitActions=[a_time_limit_action()],
        tags={"team": "a"},
    )
    enforce(a_request("CreateJobQueue", plain, region))
    enforce(a_request("CreateJobQueue", a_queue(jobStateTimeLimitActions=[]), region))
    enforce(a_request("CreateJobQueue", a_training_queue(schedulingPolicyArn=quota), region))
    enforce(a_request("CreateServiceEnvironment", a_service_environment()))
    enforce(a_request("CreateQuotaShare", a_quota_share(), a_quota_region()))
    enforce(a_request("CreateSchedulingPolicy", {"name": "p"}))
    enforce(a_request("CreateConsumableResource", {"consumableResourceName": "r"}))


def test_an_arn_of_another_region_finds_nothing() -> None:
    region = a_region()
    environment = an_existing_environment(region, ec2())
    elsewhere = environment.arn.replace("us-east-1", "eu-west-1")
    order = [{"order": 1, "computeEnvironment": elsewhere}]
    with pytest.raises(BatchError, match="must be created and valid"):
        enforce(a_request("CreateJobQueue", a_queue(computeEnvironmentOrder=order), region))


def test_quotas_are_not_enforced_unless_asked_for() -> None:
    region = a_region()
    for n in range(50):
        an_existing_environment(region, ec2(), name=f"ce-{n}")
    enforce(a_request("CreateComputeEnvironment", a_compute_environment(), region))


@pytest.mark.parametrize(
    ("present", "sent", "words"),
    [
        (ec2(allocationStrategy="BEST_FIT_PROGRESSIVE"), {"maxvCpus": -1}, "maxvCpus should be"),
        (
            ec2(allocationStrategy="BEST_FIT_PROGRESSIVE"),
            {"instanceTypes": ["x9"]},
            "can only be one of",
        ),
        (
            ec2(allocationStrategy="BEST_FIT_PROGRESSIVE"),
            {"imageId": "ami-2", "type": "FARGATE"},
            "EC2 to",
        ),
        (ec2(), {"imageId": "ami-2"}, "imageId cannot be updated .* BEST_FIT"),
        (fargate(), {"minvCpus": 0}, "minvCpus is not applicable for Fargate."),
        (managed_instances(), {"securityGroupIds": ["sg-2"]}, "not applicable for ECS_MANAGED"),
    ],
)
def test_what_a_creation_must_obey_an_update_must_too(
    present: dict[str, Any], sent: dict[str, Any], words: str
) -> None:
    with pytest.raises(BatchError, match=words):
        enforce(updating(sent, present))


def test_an_update_is_judged_by_what_it_leads_to() -> None:
    present = ec2(allocationStrategy="BEST_FIT_PROGRESSIVE", minvCpus=8)
    with pytest.raises(BatchError, match="maxvCpus should be greater than or equal to minvCpus"):
        enforce(updating({"maxvCpus": 4}, present))
    enforce(updating({"maxvCpus": 4, "minvCpus": 0}, present))


def tagging(params: dict[str, Any], target: Any) -> Request:
    return a_request("TagResource", params, target=target)


def test_tags_that_exist_count_when_more_are_added() -> None:
    present = {f"old-{n}": "" for n in range(50)}
    params = {"resourceArn": "arn:aws:batch:us-east-1:123456789012:job-queue/q"}
    enforce(tagging({**params, "tags": {"old-1": "new"}}, present))
    with pytest.raises(BatchError, match="limit of 50"):
        enforce(tagging({**params, "tags": {"new": ""}}, present))


def test_a_queue_that_shares_its_environment_keeps_its_right_to_update() -> None:
    region = a_quota_region()
    queue = region.job_queues["q"]
    enforce(a_request("UpdateJobQueue", {"jobQueue": "q", "state": "DISABLED"}, region, queue))
    plain = an_existing_queue(region, name="plain")
    enforce(a_request("UpdateJobQueue", {"jobQueue": "plain", "priority": 2}, region, plain))


@pytest.mark.parametrize(
    "member",
    [
        {"allocationStrategy": "BEST_FIT"},
        {"tags": {"Name": "x"}},
        {"instanceTypes": ["m5"]},
        {"launchTemplate": {"launchTemplateId": "lt-1"}},
        {"scalingPolicy": {"minScaleDownDelayMinutes": 20}},
    ],
    ids=lambda member: next(iter(member)),
)
def test_fargate_takes_no_member_for_ec2(member: dict[str, Any]) -> None:
    name = next(iter(member))
    with pytest.raises(BatchError) as refusal:
        enforce(creating(fargate(**member)))
    assert refusal.value.text("id") == (
        f"Error executing request, Exception : {name} is not applicable for Fargate., RequestId: id"
    )


def test_service_jobs_are_terminated_not_cancelled() -> None:
    cancel = a_training_queue(jobStateTimeLimitActions=[a_time_limit_action()])
    with pytest.raises(BatchError, match=r"Valid job actions: \[TERMINATE\]"):
        enforce(a_request("CreateJobQueue", cancel, a_quota_region_without_queues()))


def a_quota_region_without_queues() -> RegionState:
    region = a_quota_region()
    region.job_queues.clear()
    return region


def test_the_refusal_of_an_unknown_instance_type_lists_the_known_ones() -> None:
    with pytest.raises(BatchError) as refusal:
        enforce(creating(ec2(instanceTypes=["m5.enormous"])))
    assert refusal.value.wrapped
    assert {"optimal", "m5", "p5.48xlarge"} <= set(re.findall(r"[\w.-]+", refusal.value.message))
