"""Examples for the rules of compute environments."""

from __future__ import annotations

from typing import Any

from pytest_batchmock.rules.registry import Request

from .builders import (
    CLUSTER,
    FLEET_ROLE,
    OWN_ROLE,
    SERVICE_LINKED_ROLE,
    a_compute_environment,
    a_region,
    a_request,
    an_eks_environment,
    an_existing_environment,
    an_existing_queue,
    an_unmanaged_environment,
    creating,
    ec2,
    fargate,
    managed_instances,
    spot,
    updating,
)
from .example import Example

LEGAL = creating()


def unmanaged(**changes: Any) -> Request:
    return a_request("CreateComputeEnvironment", an_unmanaged_environment(**changes))


def eks(
    configuration: dict[str, Any] | None = None, resources: dict[str, Any] | None = None, **changes: Any
) -> Request:
    params = an_eks_environment(configuration, resources, **changes)
    return a_request("CreateComputeEnvironment", params)


def templated(*overrides: dict[str, Any], types: tuple[str, ...] = ("m5",), **members: Any) -> Request:
    template: dict[str, Any] = {"launchTemplateId": "lt-1"} | members
    if overrides:
        template["overrides"] = list(overrides)
    return creating(ec2(launchTemplate=template, instanceTypes=list(types)))


def override(*targets: str, **members: Any) -> dict[str, Any]:
    return {"launchTemplateId": "lt-2", "targetInstanceTypes": list(targets)} | members


def deleting(*, queue: str | None = None, **existing: Any) -> Request:
    region = a_region()
    target = an_existing_environment(region, ec2(), **{"state": "DISABLED"} | existing)
    if queue is not None:
        an_existing_queue(region, environments=(queue,))
    return a_request("DeleteComputeEnvironment", {"computeEnvironment": "ce"}, region, target)


def updating_nothing() -> Request:
    return a_request("UpdateComputeEnvironment", {"computeEnvironment": "ce"})


def updating_unmanaged(**changes: Any) -> Request:
    region = a_region()
    target = an_existing_environment(region, role=OWN_ROLE)
    return a_request("UpdateComputeEnvironment", {"computeEnvironment": "ce"} | changes, region, target)


def updating_eks(**sent: Any) -> Request:
    configuration = {"eksClusterArn": CLUSTER, "kubernetesNamespace": "batch"}
    return updating(sent, existing={"eksConfiguration": configuration})


def with_own_image(userdata_type: str) -> Request:
    """An environment on EKS that sets up nodes with an image of the user's own."""
    return eks(
        resources={
            "launchTemplate": {"launchTemplateId": "lt-1", "userdataType": userdata_type},
            "ec2Configuration": [{"imageType": "EKS_AL2023", "imageIdOverride": "ami-1"}],
        }
    )


BEST_FIT = ec2(allocationStrategy="BEST_FIT")
MANY = {f"k{n}": "v" for n in range(51)}
FEWER = {f"k{n}": "v" for n in range(50)}

EXAMPLES: dict[str, Example] = {
    # what an environment needs
    "a_compute_environment_is_created_enabled": Example(
        creating(state="ENABLED"),
        creating(state="DISABLED"),
        "Compute Environment must be created in ENABLED state.",
    ),
    "a_managed_environment_has_compute_resources": Example(
        LEGAL,
        a_request("CreateComputeEnvironment", a_compute_environment(computeResources=None)),
        "computeResources must be provided for a MANAGED compute environment",
    ),
    "an_unmanaged_environment_has_a_service_role": Example(
        unmanaged(), unmanaged(serviceRole=None), "ServiceRole is required."
    ),
    "an_unmanaged_environment_does_not_use_the_service_linked_role": Example(
        unmanaged(),
        unmanaged(serviceRole=SERVICE_LINKED_ROLE),
        "Service Linked Role cannot be used with UNMANAGED Compute Environment",
    ),
    "an_unmanaged_environment_has_no_compute_resources": Example(
        unmanaged(),
        unmanaged(computeResources=ec2()),
        "computeResources is not applicable for unmanaged Compute Environments.",
    ),
    "unmanaged_vcpus_are_for_unmanaged_environments": Example(
        unmanaged(unmanagedvCpus=16),
        creating(unmanagedvCpus=16),
        "unmanagedvCpus is not applicable for managed Compute Environments",
    ),
    "unmanaged_vcpus_are_not_negative": Example(
        unmanaged(unmanagedvCpus=0),
        unmanaged(unmanagedvCpus=-1),
        "unmanagedvCpus should be greater than or equal to 0.",
    ),
    "ec2_needs_an_instance_role": Example(
        LEGAL, creating(ec2(instanceRole=None)), "Instance role is required."
    ),
    "an_instance_role_is_an_instance_profile": Example(
        creating(ec2(instanceRole="arn:aws:iam::123456789012:instance-profile/ecsInstanceRole")),
        creating(ec2(instanceRole="arn:aws:iam::123456789012:role/ecsInstanceRole")),
        "The ECS Instance Role should be an ECS Instance Profile ARN.",
    ),
    "ec2_needs_minvcpus": Example(LEGAL, creating(ec2(minvCpus=None)), "Resource minvCpus is required."),
    "ec2_needs_instance_types": Example(
        LEGAL, creating(ec2(instanceTypes=[])), "Resource instanceTypes are required."
    ),
    "ec2_and_fargate_need_subnets": Example(
        creating(managed_instances()), creating(fargate(subnets=[])), "Subnets are required."
    ),
    "ec2_and_fargate_need_security_groups": Example(
        creating(ec2(securityGroupIds=None, launchTemplate={"launchTemplateName": "lt"})),
        creating(ec2(securityGroupIds=[])),
        "Security group ids are required.",
    ),
    "minvcpus_are_not_negative": Example(
        creating(ec2(minvCpus=0)),
        creating(ec2(minvCpus=-1)),
        "minvCpus should be greater than or equal to 0.",
    ),
    "maxvcpus_are_not_below_minvcpus": Example(
        creating(ec2(minvCpus=16)),
        creating(ec2(minvCpus=17)),
        "maxvCpus should be greater than or equal to minvCpus.",
    ),
    "desiredvcpus_lie_between_minvcpus_and_maxvcpus": Example(
        creating(ec2(minvCpus=2, desiredvCpus=2)),
        creating(ec2(minvCpus=2, desiredvCpus=1)),
        "desiredvCpus should be between minvCpus and maxvCpus.",
    ),
    "the_scale_down_delay_is_0_or_20_to_10080_minutes": Example(
        creating(ec2(scalingPolicy={"minScaleDownDelayMinutes": 20})),
        creating(ec2(scalingPolicy={"minScaleDownDelayMinutes": 19})),
        "minScaleDownDelayMinutes should be 0 or between 20 and 10080.",
    ),
    # instance types and images
    "instance_types_are_known": Example(
        creating(ec2(instanceTypes=["m5.large", "c5", "optimal"])),
        creating(ec2(instanceTypes=["m5.enormous"])),
        "Instance type can only be one of [optimal, …",
    ),
    "instance_types_share_one_architecture": Example(
        creating(ec2(instanceTypes=["m6g.large", "default_arm64"])),
        creating(ec2(instanceTypes=["m6g.large", "m5"])),
        "arm-based instance type cannot be used with other instance types.",
    ),
    "the_ordered_strategy_takes_no_bundles": Example(
        creating(ec2(instanceTypes=["m5"], allocationStrategy="BEST_FIT_PROGRESSIVE_ORDERED")),
        creating(ec2(instanceTypes=["optimal"], allocationStrategy="BEST_FIT_PROGRESSIVE_ORDERED")),
        "Instance type bundles (e.g. optimal, default_x86_64) are not allowed for "
        "BEST_FIT_PROGRESSIVE_ORDERED allocation strategy. "
        "Specify instance families or types directly.",
    ),
    "one_or_two_ec2_configurations_are_given": Example(
        creating(ec2(ec2Configuration=[{"imageType": "ECS_AL2023"}] * 2)),
        creating(ec2(ec2Configuration=[{"imageType": "ECS_AL2023"}] * 3)),
        "ec2Configuration size cannot be greater than 2.",
    ),
    "image_types_fit_the_orchestration": Example(
        creating(ec2(ec2Configuration=[{"imageType": "ECS_AL2023_NVIDIA"}])),
        creating(ec2(ec2Configuration=[{"imageType": "EKS_AL2023"}])),
        "Invalid imageType in ComputeResources.ec2Configuration",
    ),
    "images_of_amazon_linux_2_are_the_users_own": Example(
        creating(ec2(ec2Configuration=[{"imageType": "ECS_AL2", "imageIdOverride": "ami-1"}])),
        creating(ec2(ec2Configuration=[{"imageType": "ECS_AL2"}])),
        "Amazon Linux 2 is end-of-life. …",
    ),
    "instance_types_are_supported_by_their_image": Example(
        creating(ec2(instanceTypes=["a1"])),
        creating(ec2(instanceTypes=["m6g", "a1.large"], ec2Configuration=[{"imageType": "ECS_AL2023"}])),
        "imageType ECS_AL2023 does not support instance type a1.large.",
    ),
    # Spot
    "spot_strategies_are_for_spot": Example(
        creating(spot()),
        creating(ec2(allocationStrategy="SPOT_CAPACITY_OPTIMIZED")),
        "Invalid compute resource allocation strategy SPOT_CAPACITY_OPTIMIZED for type EC2",
    ),
    "the_ordered_strategy_is_for_on_demand": Example(
        creating(ec2(instanceTypes=["m5"], allocationStrategy="BEST_FIT_PROGRESSIVE_ORDERED")),
        creating(spot(instanceTypes=["m5"], allocationStrategy="BEST_FIT_PROGRESSIVE_ORDERED")),
        "Allocation strategy BEST_FIT_PROGRESSIVE_ORDERED requires compute resource type EC2.",
    ),
    "spot_with_best_fit_needs_the_spot_fleet_role": Example(
        creating(spot(allocationStrategy=None, spotIamFleetRole=FLEET_ROLE)),
        creating(spot(allocationStrategy=None)),
        "compute resource spotIamFleetRole is required.",
    ),
    "the_spot_fleet_role_is_for_spot": Example(
        creating(spot(spotIamFleetRole=FLEET_ROLE)),
        creating(ec2(spotIamFleetRole=FLEET_ROLE)),
        "spotIamFleetRole is only applicable for SPOT compute environments.",
    ),
    "the_bid_percentage_is_for_spot": Example(
        creating(spot(bidPercentage=60)),
        creating(ec2(bidPercentage=60)),
        "bidPercentage is only applicable for SPOT compute environments.",
    ),
    "the_bid_percentage_is_0_to_100": Example(
        creating(spot(bidPercentage=100)),
        creating(spot(bidPercentage=101)),
        "Bid percentage must be between 0 to 100.",
    ),
    # Fargate
    "fargate_is_managed": Example(
        unmanaged(),
        unmanaged(computeResources=fargate()),
        "Cannot create an UNMANAGED Fargate Compute Environment.",
    ),
    "members_for_ec2_are_not_applicable_for_fargate": Example(
        creating(fargate()),
        creating(fargate(desiredvCpus=0)),
        "desiredvCpus is not applicable for Fargate.",
    ),
    "fargate_has_at_most_16_subnets": Example(
        creating(fargate(subnets=["subnet-1"] * 16)),
        creating(fargate(subnets=["subnet-1"] * 17)),
        "Fargate supports a maximum of 16 subnets.",
    ),
    "fargate_has_at_most_5_security_groups": Example(
        creating(fargate(securityGroupIds=["sg-1"] * 5)),
        creating(fargate(securityGroupIds=["sg-1"] * 6)),
        "Fargate supports a maximum of 5 security groups.",
    ),
    # ECS managed instances
    "managed_instances_need_a_provider": Example(
        creating(managed_instances()),
        creating(managed_instances(managedInstancesProvider=None)),
        "managedInstancesProvider is required for ECS_MANAGED_INSTANCES.",
    ),
    "a_provider_is_only_for_managed_instances": Example(
        creating(managed_instances()),
        creating(ec2(managedInstancesProvider={"infrastructureRoleArn": OWN_ROLE})),
        "managedInstancesProvider is only applicable for ECS_MANAGED_INSTANCES.",
    ),
    "capacity_tags_are_only_for_managed_instances": Example(
        creating(managed_instances(capacityTags={"a": "b"})),
        creating(ec2(capacityTags={"a": "b"})),
        "capacityTags is only applicable for ECS_MANAGED_INSTANCES.",
    ),
    "members_for_ec2_are_not_applicable_for_managed_instances": Example(
        creating(managed_instances()),
        creating(managed_instances(subnets=["subnet-1"])),
        "subnets is not applicable for ECS_MANAGED_INSTANCES.",
    ),
    "managed_instances_have_subnets_and_security_groups": Example(
        creating(managed_instances()),
        creating(
            managed_instances({"networkConfiguration": {"subnets": ["subnet-1"], "securityGroups": []}})
        ),
        "networkConfiguration.securityGroups are required for ECS_MANAGED_INSTANCES.",
    ),
    "choices_of_a_provider_are_known": Example(
        creating(managed_instances({"capacityOptionType": "SPOT", "monitoring": "DETAILED"})),
        creating(managed_instances({"capacityOptionType": "RESERVED"})),
        "capacityOptionType must be one of [ON_DEMAND, SPOT].",
    ),
    "managed_instances_scale_in_after_0_to_3600_seconds_or_never": Example(
        creating(managed_instances(provider={"infrastructureOptimization": {"scaleInAfter": -1}})),
        creating(managed_instances(provider={"infrastructureOptimization": {"scaleInAfter": 3601}})),
        "scaleInAfter must be -1 or between 0 and 3600.",
    ),
    "the_storage_of_managed_instances_has_a_size": Example(
        creating(managed_instances({"storageConfiguration": {"storageSizeGiB": 1}})),
        creating(managed_instances({"storageConfiguration": {"storageSizeGiB": 0}})),
        "storageSizeGiB must be at least 1.",
    ),
    "capacity_tags_obey_the_rules_of_tags": Example(
        creating(managed_instances(capacityTags=FEWER)),
        creating(managed_instances(capacityTags=MANY)),
        "Number of tags exceeds the limit of 50.",
    ),
    # EKS
    "eks_environments_are_of_type_ec2_or_spot": Example(
        eks(computeResources=spot()),
        eks(computeResources=fargate()),
        "Supported compute types for EKS compute environments are [EC2, SPOT]",
    ),
    "eks_environments_have_an_allocation_strategy": Example(
        eks(),
        eks(resources={"allocationStrategy": None}),
        "allocationStrategy is required for EKS Compute Environments.",
    ),
    "best_fit_is_not_for_eks": Example(
        eks(),
        eks(resources={"allocationStrategy": "BEST_FIT"}),
        "BEST_FIT allocationStrategy is not supported for EKS Compute Environments.",
    ),
    "eks_environments_use_the_service_linked_role": Example(
        eks(serviceRole=SERVICE_LINKED_ROLE),
        eks(serviceRole=OWN_ROLE),
        "Only the service-linked role can be used with EKS Compute Environments.",
    ),
    "the_eks_cluster_is_an_arn": Example(
        eks(), eks({"eksClusterArn": "batch"}), "eksClusterArn must be an EKS cluster ARN."
    ),
    "the_eks_cluster_is_in_the_same_region": Example(
        eks(),
        eks({"eksClusterArn": CLUSTER.replace("us-east-1", "eu-west-1")}),
        "eksClusterArn must be in the same AWS region as the compute environment.",
    ),
    "the_kubernetes_namespace_has_at_most_63_characters": Example(
        eks({"kubernetesNamespace": "n" * 63}),
        eks({"kubernetesNamespace": "n" * 64}),
        "kubernetesNamespace must less than or equal to 63 characters long.",
    ),
    "the_kubernetes_namespace_is_well_formed": Example(
        eks({"kubernetesNamespace": "team-1"}),
        eks({"kubernetesNamespace": "Team_1"}),
        "kubernetesNamespace must be a valid Kubernetes namespace.",
    ),
    "the_kubernetes_namespace_is_not_default": Example(
        eks(),
        eks({"kubernetesNamespace": "default"}),
        "kubernetesNamespace cannot be the default Kubernetes namespace.",
    ),
    "the_kubernetes_namespace_is_not_the_systems": Example(
        eks({"kubernetesNamespace": "kubernetes"}),
        eks({"kubernetesNamespace": "kube-system"}),
        "kubernetesNamespace cannot be a reserved Kubernetes system namespace.",
    ),
    "ecs_settings_are_not_for_eks": Example(
        creating(ecsSettings={"containerInsights": "ENHANCED"}),
        eks(ecsSettings={"containerInsights": "ENHANCED"}),
        "ecsSettings is not applicable for EKS Compute Environments.",
    ),
    "eks_configuration_is_only_for_eks": Example(
        updating_eks(),
        updating(eksConfiguration={"accessEntry": {"desiredState": "ENABLED"}}),
        "eksConfiguration is only applicable for EKS Compute Environments.",
    ),
    "own_images_of_amazon_linux_2023_are_set_up_by_nodeadm": Example(
        with_own_image("EKS_NODEADM"),
        with_own_image("EKS_BOOTSTRAP_SH"),
        "userdataType must be EKS_NODEADM for a custom AMI of imageType EKS_AL2023.",
    ),
    "desiredvcpus_of_eks_environments_are_not_updated": Example(
        updating({"desiredvCpus": 8}),
        updating_eks(desiredvCpus=8),
        "desiredvCpus cannot be updated for EKS Compute Environments.",
    ),
    # launch templates
    "a_launch_template_has_an_id_or_a_name": Example(
        creating(ec2(launchTemplate={"launchTemplateName": "lt"})),
        templated(launchTemplateName="lt"),
        "One of LaunchTemplateId and LaunchTemplateName or LaunchTemplate.overrides should be provided",
    ),
    "a_launch_template_version_is_a_number_or_default_or_latest": Example(
        templated(version="$Latest"),
        templated(version="newest"),
        "LaunchTemplateVersion must be either empty or a number or $Default or $Latest.",
    ),
    "a_launch_template_has_at_most_10_overrides": Example(
        templated(*[override("m5.large")] * 10),
        templated(*[override("m5.large")] * 11),
        "LaunchTemplate.overrides size cannot be greater than 10",
    ),
    "an_override_has_an_id_or_a_name": Example(
        templated(override("m5.large")),
        templated(override("m5.large", launchTemplateName="lt")),
        "LaunchTemplate.overrides should have either LaunchTemplateId or LaunchTemplateName",
    ),
    "an_override_targets_instance_types": Example(
        templated(override("m5.large")),
        templated(override()),
        "LaunchTemplate.overrides.targetInstanceTypes[] is required",
    ),
    "an_override_targets_no_bundles": Example(
        templated(override("m6i"), types=("optimal",)),
        templated(override("optimal"), types=("optimal",)),
        "LaunchTemplate.overrides.targetInstanceTypes cannot contain optimal.",
    ),
    "an_override_targets_what_the_environment_may_launch": Example(
        templated(override("m5.large", "c5"), types=("m5", "c5")),
        templated(override("m5"), types=("m5.large", "c5")),
        "LaunchTemplate.overrides have targetInstanceTypes that do not match",
    ),
    "overrides_do_not_overlap": Example(
        templated(override("m5.large"), override("m5.xlarge")),
        templated(override("m5.large"), override("m5")),
        "LaunchTemplate.overrides have duplicate targetInstanceTypes: [m5.large]",
    ),
    # updates and deletion
    "the_environment_to_update_exists": Example(
        updating(),
        updating_nothing(),
        "arn:aws:batch:us-east-1:123456789012:compute-environment/ce does not exist",
    ),
    "an_environment_that_is_being_modified_is_not_updated": Example(
        updating(existing={"status": "INVALID"}),
        updating(existing={"status": "UPDATING"}),
        "Cannot update, resource is being modified.",
    ),
    "an_update_of_compute_resources_changes_something": Example(
        updating({"maxvCpus": 32}),
        updating({}),
        "At least one compute-resources attribute must be specified",
    ),
    "an_unmanaged_environment_has_no_compute_resources_to_update": Example(
        updating_unmanaged(unmanagedvCpus=4),
        updating_unmanaged(computeResources={"maxvCpus": 4}),
        "computeResources is not applicable for unmanaged Compute Environments.",
    ),
    "the_service_role_does_not_switch_to_or_from_the_service_linked_one": Example(
        updating(serviceRole=SERVICE_LINKED_ROLE),
        updating(serviceRole=OWN_ROLE),
        "Service role cannot be changed between the service-linked role and a regular IAM role.",
    ),
    "an_update_of_an_environment_changes_something": Example(
        updating(updatePolicy={"terminateJobsOnUpdate": True}),
        updating(),
        "One of [state | compute-resources | service-role | unmanaged-vcpus] is required.",
    ),
    "what_is_for_ec2_is_not_updated_on_fargate": Example(
        updating({"maxvCpus": 32, "subnets": ["subnet-2"], "type": "FARGATE"}, fargate()),
        updating({"maxvCpus": 32, "updateToLatestImageVersion": True}, fargate()),
        "The following parameters can't be updated for Fargate compute environment: "
        "allocationStrategy, bidPercentage, ec2Configuration, ec2KeyPair, imageId, instanceRole, "
        "instanceTypes, launchTemplate, placementGroup, tags, type, updatePolicy, "
        "updateToLatestImageVersion.",
    ),
    "the_type_changes_only_between_on_demand_and_spot": Example(
        updating({"type": "SPOT"}),
        updating({"type": "ECS_MANAGED_INSTANCES"}),
        "Compute resource type cannot be changed from EC2 to ECS_MANAGED_INSTANCES.",
    ),
    "infrastructure_updates_need_a_strategy_other_than_best_fit": Example(
        updating({"maxvCpus": 32, "instanceTypes": ["optimal"]}, BEST_FIT),
        updating({"instanceTypes": ["m5"]}, BEST_FIT),
        "instanceTypes cannot be updated for Compute Environments with BEST_FIT allocationStrategy.",
    ),
    "infrastructure_updates_need_the_service_linked_role": Example(
        updating({"maxvCpus": 32}, existing={"role": OWN_ROLE}),
        updating({"instanceTypes": ["m5"]}, existing={"role": OWN_ROLE}),
        "Following fields [allocationStrategy, bidPercentage, ec2Configuration, ec2KeyPair, imageId, "
        "instanceRole, instanceTypes, launchTemplate, placementGroup, securityGroupIds, subnets, tags, "
        "type, updateToLatestImageVersion] can be updated only for Non-fargate Compute Environment "
        "having a Batch Service Linked Role.",
    ),
    "desiredvcpus_do_not_go_down": Example(
        updating({"desiredvCpus": 4}),
        updating({"desiredvCpus": 3}),
        "Manually scaling down compute environment is not supported. Disconnecting job queues "
        "from compute environment will cause it to scale-down to minvCpus.",
    ),
    "jobs_get_1_to_7200_minutes_in_an_update": Example(
        updating(updatePolicy={"jobExecutionTimeoutMinutes": 7200}),
        updating(updatePolicy={"jobExecutionTimeoutMinutes": 7201}),
        "jobExecutionTimeoutMinutes must be between 1 and 7200.",
    ),
    "an_environment_that_is_being_modified_is_not_deleted": Example(
        deleting(), deleting(status="UPDATING"), "Cannot delete, resource is being modified"
    ),
    "an_environment_is_deleted_disabled": Example(
        deleting(), deleting(state="ENABLED"), "Cannot delete, state must be DISABLED."
    ),
    "an_environment_that_queues_use_is_not_deleted": Example(
        deleting(queue="another"),
        deleting(queue="ce"),
        "Cannot delete, found existing JobQueue relationship",
    ),
}
