"""Requests and resources as tests of rules need them: legal ones, changed where a test says so.

A change to None takes the member away.
"""

from __future__ import annotations

from typing import Any

from pytest_batchmock.domain.compute_environment import ComputeEnvironment
from pytest_batchmock.domain.consumable_resource import ConsumableResource
from pytest_batchmock.domain.job_queue import JobQueue
from pytest_batchmock.domain.quota_share import QuotaShare
from pytest_batchmock.domain.region import RegionState
from pytest_batchmock.domain.scheduling_policy import SchedulingPolicy
from pytest_batchmock.domain.service_environment import ServiceEnvironment
from pytest_batchmock.options import Options
from pytest_batchmock.rules.registry import Request

SERVICE_LINKED_ROLE = (
    "arn:aws:iam::123456789012:role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch"
)
OWN_ROLE = "arn:aws:iam::123456789012:role/batch"
FLEET_ROLE = "arn:aws:iam::123456789012:role/fleet"
CLUSTER = "arn:aws:eks:us-east-1:123456789012:cluster/batch"


def a_region() -> RegionState:
    return RegionState("123456789012", "us-east-1")


def a_request(
    operation: str,
    params: dict[str, Any],
    region: RegionState | None = None,
    target: Any = None,
    **options: Any,
) -> Request:
    return Request(operation, params, region or a_region(), Options(**options), target=target)


def changed(members: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**members, **changes}.items() if value is not None}


# --- compute environments -------------------------------------------------------------------------


def a_compute_environment(**changes: Any) -> dict[str, Any]:
    """CreateComputeEnvironment for On-Demand EC2."""
    return changed(
        {"computeEnvironmentName": "ce", "type": "MANAGED", "computeResources": ec2()}, changes
    )


def an_unmanaged_environment(**changes: Any) -> dict[str, Any]:
    return changed(
        {"computeEnvironmentName": "ce", "type": "UNMANAGED", "serviceRole": OWN_ROLE}, changes
    )


def an_eks_environment(
    configuration: dict[str, Any] | None = None, resources: dict[str, Any] | None = None, **changes: Any
) -> dict[str, Any]:
    cluster = {"eksClusterArn": CLUSTER, "kubernetesNamespace": "batch"} | (configuration or {})
    found = {"allocationStrategy": "BEST_FIT_PROGRESSIVE"} | (resources or {})
    return changed(
        {
            "computeEnvironmentName": "ce",
            "type": "MANAGED",
            "computeResources": ec2(**found),
            "eksConfiguration": cluster,
        },
        changes,
    )


def ec2(**changes: Any) -> dict[str, Any]:
    return changed(
        {
            "type": "EC2",
            "minvCpus": 0,
            "maxvCpus": 16,
            "instanceTypes": ["optimal"],
            "instanceRole": "ecsInstanceRole",
            "subnets": ["subnet-1"],
            "securityGroupIds": ["sg-1"],
        },
        changes,
    )


def spot(**changes: Any) -> dict[str, Any]:
    return ec2(**{"type": "SPOT", "allocationStrategy": "SPOT_CAPACITY_OPTIMIZED"} | changes)


def fargate(**changes: Any) -> dict[str, Any]:
    return changed(
        {
            "type": "FARGATE",
            "maxvCpus": 16,
            "subnets": ["subnet-1"],
            "securityGroupIds": ["sg-1"],
        },
        changes,
    )


def managed_instances(
    template: dict[str, Any] | None = None, provider: dict[str, Any] | None = None, **changes: Any
) -> dict[str, Any]:
    launch = {
        "ec2InstanceProfileArn": "arn:aws:iam::123456789012:instance-profile/ecs",
        "networkConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"]},
    } | (template or {})
    return changed(
        {
            "type": "ECS_MANAGED_INSTANCES",
            "maxvCpus": 16,
            "managedInstancesProvider": {
                "infrastructureRoleArn": OWN_ROLE,
                "instanceLaunchTemplate": launch,
            }
            | (provider or {}),
        },
        changes,
    )


def creating(resources: dict[str, Any] | None = None, **changes: Any) -> Request:
    """A CreateComputeEnvironment with these resources."""
    params = a_compute_environment(computeResources=resources or ec2(), **changes)
    return a_request("CreateComputeEnvironment", params)


def an_existing_environment(
    region: RegionState,
    resources: dict[str, Any] | None = None,
    *,
    name: str = "ce",
    status: str = "VALID",
    state: str = "ENABLED",
    role: str = SERVICE_LINKED_ROLE,
    **request: Any,
) -> ComputeEnvironment:
    """A compute environment in the region; without resources it is UNMANAGED."""
    environment = ComputeEnvironment(
        key=len(region.compute_environments),
        name=name,
        arn=region.arn(f"compute-environment/{name}"),
        type="UNMANAGED" if resources is None else "MANAGED",
        resources=resources or {},
        request=request,
        service_role=role,
        ecs_cluster_arn="",
        uuid="",
        tags={},
        created_at_ms=0,
    )
    environment.status = status
    environment.state = state
    environment.launched_mvcpus = 1000 * int(environment.resources.get("desiredvCpus", 0))
    region.compute_environments[name] = environment
    return environment


def updating(
    sent: dict[str, Any] | None = None,
    present: dict[str, Any] | None = None,
    *,
    existing: dict[str, Any] | None = None,
    **changes: Any,
) -> Request:
    """An UpdateComputeEnvironment that sends these resources to an environment with others."""
    region = a_region()
    found = present or ec2(allocationStrategy="BEST_FIT_PROGRESSIVE", desiredvCpus=4)
    target = an_existing_environment(region, found, **existing or {})
    params = changed({"computeEnvironment": "ce", "computeResources": sent}, changes)
    return a_request("UpdateComputeEnvironment", params, region, target)


# --- queues ---------------------------------------------------------------------------------------


def an_order(*environments: str) -> list[dict[str, Any]]:
    return [
        {"order": order, "computeEnvironment": name} for order, name in enumerate(environments, start=1)
    ]


def a_queue(**changes: Any) -> dict[str, Any]:
    """CreateJobQueue on the environment ``ce``."""
    order = an_order("ce")
    return changed({"jobQueueName": "q", "priority": 1, "computeEnvironmentOrder": order}, changes)


def a_training_queue(**changes: Any) -> dict[str, Any]:
    """CreateJobQueue on the service environment ``se``."""
    return changed(
        {
            "jobQueueName": "q",
            "priority": 1,
            "jobQueueType": "SAGEMAKER_TRAINING",
            "serviceEnvironmentOrder": [{"order": 1, "serviceEnvironment": "se"}],
        },
        changes,
    )


def a_time_limit_action(**changes: Any) -> dict[str, Any]:
    return {
        "reason": "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
        "state": "RUNNABLE",
        "maxTimeSeconds": 600,
        "action": "CANCEL",
    } | changes


def an_existing_queue(
    region: RegionState,
    *,
    name: str = "q",
    status: str = "VALID",
    state: str = "ENABLED",
    environments: tuple[str, ...] = ("ce",),
    service_environment: str | None = None,
    policy: str | None = None,
) -> JobQueue:
    order = an_order(*(region.arn(f"compute-environment/{each}") for each in environments))
    request = {}
    if service_environment is not None:
        order = []
        arn = region.arn(f"service-environment/{service_environment}")
        request["serviceEnvironmentOrder"] = [{"order": 1, "serviceEnvironment": arn}]
    queue = JobQueue(
        key=len(region.job_queues),
        name=name,
        arn=region.arn(f"job-queue/{name}"),
        priority=1,
        state=state,
        order=order,
        request=request,
        type="SAGEMAKER_TRAINING" if service_environment else None,
        scheduling_policy_arn=region.arn(f"scheduling-policy/{policy}") if policy else None,
        time_limit_actions=[],
        tags={},
        created_at_ms=0,
    )
    queue.status = status
    region.job_queues[name] = queue
    return queue


# --- the rest -------------------------------------------------------------------------------------


def an_existing_policy(
    region: RegionState, *, name: str = "fair", quota: bool = False
) -> SchedulingPolicy:
    policy = SchedulingPolicy(
        key=len(region.scheduling_policies),
        name=name,
        arn=region.arn(f"scheduling-policy/{name}"),
        fairshare=None if quota else {},
        quota_share={"idleResourceAssignmentStrategy": "FIFO"} if quota else None,
        tags={},
        created_at_ms=0,
    )
    region.scheduling_policies[name] = policy
    return policy


def a_limit(unit: str = "NUM_INSTANCES", maximum: int = 10) -> dict[str, Any]:
    return {"maxCapacity": maximum, "capacityUnit": unit}


def a_service_environment(**changes: Any) -> dict[str, Any]:
    return changed(
        {
            "serviceEnvironmentName": "se",
            "serviceEnvironmentType": "SAGEMAKER_TRAINING",
            "capacityLimits": [a_limit()],
        },
        changes,
    )


def an_existing_service_environment(
    region: RegionState,
    *limits: dict[str, Any],
    name: str = "se",
    status: str = "VALID",
    state: str = "ENABLED",
) -> ServiceEnvironment:
    environment = ServiceEnvironment(
        key=len(region.service_environments),
        name=name,
        arn=region.arn(f"service-environment/{name}"),
        type="SAGEMAKER_TRAINING",
        state=state,
        capacity_limits=list(limits) or [a_limit()],
        tags={},
        created_at_ms=0,
    )
    environment.status = status
    region.service_environments[name] = environment
    return environment


def a_quota_share(**changes: Any) -> dict[str, Any]:
    return changed(
        {
            "quotaShareName": "share",
            "jobQueue": "q",
            "capacityLimits": [a_limit("ml.m6i.xlarge")],
            "resourceSharingConfiguration": {"strategy": "LEND_AND_BORROW", "borrowLimit": 200},
            "preemptionConfiguration": {"inSharePreemption": "ENABLED"},
        },
        changes,
    )


def a_quota_region(status: str = "VALID") -> RegionState:
    """A region with what quota shares need: a policy, a service environment, and the queue ``q``."""
    region = a_region()
    an_existing_policy(region, name="quota", quota=True)
    an_existing_service_environment(region, a_limit("ml.m6i.xlarge"), a_limit("ml.p5.48xlarge"))
    an_existing_queue(region, service_environment="se", policy="quota", status=status)
    return region


def an_existing_quota_share(
    region: RegionState, *, name: str = "share", status: str = "VALID", state: str = "ENABLED"
) -> QuotaShare:
    share = QuotaShare(
        key=len(region.quota_shares),
        name=name,
        arn=region.arn(f"job-queue/q/quota-share/{name}"),
        job_queue_arn=region.arn("job-queue/q"),
        state=state,
        capacity_limits=[a_limit("ml.m6i.xlarge")],
        resource_sharing={"strategy": "RESERVE"},
        preemption={"inSharePreemption": "DISABLED"},
        tags={},
        created_at_ms=0,
    )
    share.status = status
    region.quota_shares[share.arn] = share
    return share


def an_existing_consumable(
    region: RegionState, *, name: str = "licence", total: int = 10
) -> ConsumableResource:
    resource = ConsumableResource(
        key=len(region.consumable_resources),
        name=name,
        arn=region.arn(f"consumable-resource/{name}"),
        total=total,
        type="REPLENISHABLE",
        tags={},
        created_at_ms=0,
    )
    region.consumable_resources[name] = resource
    return resource
