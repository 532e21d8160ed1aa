"""Examples for the rules of queues, scheduling policies and service environments."""

from __future__ import annotations

from typing import Any

from pytest_batchmock.domain.region import RegionState
from pytest_batchmock.rules.registry import Request

from .builders import (
    a_limit,
    a_queue,
    a_quota_region,
    a_region,
    a_request,
    a_service_environment,
    a_time_limit_action,
    a_training_queue,
    an_existing_environment,
    an_existing_policy,
    an_existing_queue,
    an_existing_service_environment,
    an_order,
    changed,
    ec2,
    fargate,
    managed_instances,
    spot,
)
from .example import Example

ARN = "arn:aws:batch:us-east-1:123456789012:"
SPOT_PROVIDER = managed_instances({"capacityOptionType": "SPOT"})


def a_full_region() -> RegionState:
    """A region with an environment of every kind, two policies and two service environments."""
    region = a_quota_region()
    region.job_queues.clear()
    resources: dict[str, dict[str, Any]] = {
        "ce": ec2(),
        "spot": spot(),
        "c6i": ec2(instanceTypes=["c6i"]),
        "arm": ec2(instanceTypes=["c7g"]),
        "fargate": fargate(),
        "fargate-spot": fargate(type="FARGATE_SPOT"),
        "managed": managed_instances(),
        "managed-spot": SPOT_PROVIDER,
    }
    for name, members in resources.items():
        an_existing_environment(region, members, name=name)
    an_existing_environment(region, ec2(), name="creating", status="CREATING")
    an_existing_environment(region, ec2(), name="eks", eksConfiguration={"eksClusterArn": "arn"})
    an_existing_policy(region)
    an_existing_service_environment(region, a_limit(), name="instances")
    an_existing_service_environment(region, name="se-creating", status="CREATING")
    return region


def queue(*environments: str, **changes: Any) -> Request:
    order = {"computeEnvironmentOrder": an_order(*environments)} if environments else {}
    return a_request("CreateJobQueue", a_queue(**order | changes), a_full_region())


def training(*services: str, region: RegionState | None = None, **changes: Any) -> Request:
    order = [{"order": n, "serviceEnvironment": name} for n, name in enumerate(services or ("se",))]
    params = a_training_queue(**{"serviceEnvironmentOrder": order} | changes)
    return a_request("CreateJobQueue", params, region or a_full_region())


def updating(existing: dict[str, Any] | None = None, **changes: Any) -> Request:
    region = a_full_region()
    target = an_existing_queue(region, **existing or {})
    return a_request("UpdateJobQueue", {"jobQueue": "q"} | changes, region, target)


def deleting(**existing: Any) -> Request:
    region = a_region()
    target = an_existing_queue(region, **{"state": "DISABLED"} | existing)
    return a_request("DeleteJobQueue", {"jobQueue": "q"}, region, target)


def limited(*actions: dict[str, Any]) -> Request:
    return queue(jobStateTimeLimitActions=list(actions))


def a_shared_service_environment(policy: str | None) -> Request:
    region = a_full_region()
    an_existing_queue(region, name="other", service_environment="se", policy="quota")
    return training("se" if policy else "instances", region=region)


def policy(fair: dict[str, Any] | None = None, **members: Any) -> Request:
    found = changed({"name": "p", "fairsharePolicy": fair}, members)
    return a_request("CreateSchedulingPolicy", found)


def shares(*identifiers: str, **members: Any) -> Request:
    found = [{"shareIdentifier": identifier} | members for identifier in identifiers]
    return policy({"shareDistribution": found})


def updating_policy(*, quota: bool = False, missing: bool = False, **members: Any) -> Request:
    region = a_region()
    target = None if missing else an_existing_policy(region, quota=quota)
    params = {"arn": ARN + "scheduling-policy/fair"} | members
    return a_request("UpdateSchedulingPolicy", params, region, target)


def deleting_policy(used: str | None) -> Request:
    region = a_region()
    target = an_existing_policy(region)
    an_existing_queue(region, policy=used)
    return a_request("DeleteSchedulingPolicy", {"arn": target.arn}, region, target)


def service(*limits: dict[str, Any]) -> Request:
    params = a_service_environment(capacityLimits=list(limits))
    return a_request("CreateServiceEnvironment", params)


def of_service(operation: str, *, queue_of: str | None = None, **existing: Any) -> Request:
    region = a_region()
    target = an_existing_service_environment(region, **{"state": "DISABLED"} | existing)
    if queue_of is not None:
        an_existing_queue(region, service_environment=queue_of)
    return a_request(operation, {"serviceEnvironment": "se"}, region, target)


PLAIN, TRAINING = queue(), training()
QUOTA, FAIR = ARN + "scheduling-policy/quota", ARN + "scheduling-policy/fair"
NOT_VALID = "Compute Environments must be created and valid before attaching them to a job queue"
IN_USE = "Cannot delete, found existing JobQueue relationship"
BUSY = "Cannot delete, resource is being modified"
NOT_DISABLED = "Cannot delete, state must be DISABLED."
NOT_UPDATED = "Cannot update, resource is being modified."
NOT_BOTH = "A job queue can't have both computeEnvironmentOrder and serviceEnvironmentOrder."
TERMINATE = a_time_limit_action(action="TERMINATE")

EXAMPLES: dict[str, Example] = {
    # what a queue is attached to
    "a_training_queue_has_a_service_environment": Example(
        TRAINING,
        training(serviceEnvironmentOrder=None),
        "Job queues of type SAGEMAKER_TRAINING must have serviceEnvironmentOrder.",
    ),
    "a_queue_has_compute_or_service_environments_not_both": Example(
        TRAINING, training(computeEnvironmentOrder=an_order("ce")), NOT_BOTH
    ),
    "service_environments_are_only_for_training_queues": Example(
        TRAINING,
        training(jobQueueType="ECS"),
        "CreateJobQueue requires either setting computeEnvironmentOrder or setting "
        "serviceEnvironmentOrder along with a supported jobQueueType. The jobQueueType provided is "
        "ECS, which is incompatible with the provided serviceEnvironmentOrder.",
    ),
    "a_queue_has_an_environment": Example(
        PLAIN, queue(computeEnvironmentOrder=[]), "computeEnvironmentOrder is required."
    ),
    "a_queue_keeps_an_environment": Example(
        updating(), updating(computeEnvironmentOrder=[]), "computeEnvironmentOrder is required."
    ),
    "a_training_queue_keeps_a_service_environment": Example(
        updating(serviceEnvironmentOrder=[]),
        updating({"service_environment": "se"}, serviceEnvironmentOrder=[]),
        "Job queues of type SAGEMAKER_TRAINING must have serviceEnvironmentOrder.",
    ),
    "the_kind_of_environments_does_not_change": Example(
        updating(computeEnvironmentOrder=an_order("spot")),
        updating({"service_environment": "se"}, computeEnvironmentOrder=an_order("ce")),
        NOT_BOTH,
    ),
    "a_queue_has_at_most_3_compute_environments": Example(
        queue("ce", "spot", "c6i"),
        queue("ce", "spot", "c6i", "eks"),
        "Only 3 environments are allowed in job queue request.",
    ),
    "a_queue_has_at_most_1_service_environment": Example(
        TRAINING, training("se", "instances"), "Job queue can only have 1 service environment."
    ),
    "order_values_differ": Example(
        queue("ce", "spot"),
        queue(computeEnvironmentOrder=[*an_order("ce"), *an_order("spot")]),
        "Duplicate ComputeEnvironment order values.",
    ),
    "a_compute_environment_is_attached_once": Example(
        queue("ce", "spot"),
        queue("ce", ARN + "compute-environment/ce"),
        "Duplicate ComputeEnvironments within order list.",
    ),
    "attached_compute_environments_exist_and_are_valid": Example(
        queue(ARN + "compute-environment/ce"), queue("ce", "creating"), NOT_VALID
    ),
    "attached_service_environments_exist_and_are_valid": Example(
        TRAINING,
        training("se-creating"),
        "Service environments must be created and valid before attaching them to a job queue.",
    ),
    "fargate_and_ec2_are_not_mixed": Example(
        queue("fargate", "fargate-spot"),
        queue("fargate", "spot"),
        "Fargate and EC2 compute environments can not be mixed.",
    ),
    "managed_instances_are_not_mixed_with_others": Example(
        queue("managed", "managed-spot"),
        queue("managed", "ce"),
        "ECS managed instances and other compute environments can not be mixed.",
    ),
    "eks_and_ecs_are_not_mixed": Example(
        queue("eks"), queue("eks", "ce"), "EKS and ECS compute environments can not be mixed."
    ),
    "compute_environments_of_a_queue_share_one_architecture": Example(
        queue("ce", "c6i"),
        queue("ce", "arm"),
        "All compute environments of a job queue must share the same architecture.",
    ),
    "on_demand_managed_instances_come_before_spot": Example(
        queue("managed", "managed-spot"),
        queue("managed-spot", "managed"),
        "On-Demand ECS managed instances must come before Spot ones in computeEnvironmentOrder.",
    ),
    "compute_environments_fit_the_type_of_the_queue": Example(
        queue("eks", jobQueueType="EKS"),
        queue("ce", jobQueueType="EKS"),
        "EKS job queue type must have EKS compute environment.",
    ),
    # time limits and scheduling policy
    "the_priority_is_not_negative": Example(
        queue(priority=0), updating(priority=-1), "priority should be greater than or equal to 0."
    ),
    "container_jobs_are_cancelled_and_service_jobs_terminated": Example(
        training(jobStateTimeLimitActions=[TERMINATE]),
        limited(TERMINATE),
        "Invalid job action. Valid job actions: [CANCEL]",
    ),
    "a_reason_has_one_time_limit_action": Example(
        limited(a_time_limit_action()),
        limited(a_time_limit_action(), a_time_limit_action(maxTimeSeconds=900)),
        "Duplicate job state limit actions are not allowed.",
    ),
    "time_limits_are_600_to_86400_seconds": Example(
        limited(a_time_limit_action(maxTimeSeconds=86_400)),
        limited(a_time_limit_action(maxTimeSeconds=599)),
        "maxTimeSeconds of a job state limit action should be between 600 and 86400.",
    ),
    "time_limit_actions_have_a_reason_that_can_act": Example(
        limited(a_time_limit_action(reason="MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT")),
        limited(a_time_limit_action(reason="too slow")),
        "Invalid job state limit reason. Valid reasons: [CAPACITY:…",
    ),
    "a_scheduling_policy_is_named_by_its_arn": Example(
        queue(schedulingPolicyArn=FAIR),
        queue(schedulingPolicyArn="fair"),
        "Only scheduling policy Arn can be allowed.",
    ),
    "the_scheduling_policy_of_a_queue_exists": Example(
        queue(schedulingPolicyArn=FAIR),
        queue(schedulingPolicyArn=FAIR + "er"),
        f"SchedulingPolicy {FAIR}er not found.",
    ),
    "a_queue_created_without_a_scheduling_policy_never_gets_one": Example(
        updating({"policy": "other"}, schedulingPolicyArn=FAIR),
        updating(schedulingPolicyArn=FAIR),
        "A scheduling policy cannot be added to a job queue that was created without one.",
    ),
    "the_scheduling_policy_of_a_queue_is_not_removed": Example(
        updating(schedulingPolicyArn=""),
        updating({"policy": "fair"}, schedulingPolicyArn=""),
        "The scheduling policy of a job queue can be replaced but not removed.",
    ),
    "quota_management_is_for_training_queues": Example(
        training(schedulingPolicyArn=QUOTA),
        queue(schedulingPolicyArn=QUOTA),
        "Quota Management feature is only supported for SageMaker Training job queues.",
    ),
    "quota_management_counts_instance_types": Example(
        training("se", schedulingPolicyArn=QUOTA),
        training("instances", schedulingPolicyArn=QUOTA),
        "Quota Management requires a service environment with instance types as capacity units.",
    ),
    "a_service_environment_with_quota_management_has_one_queue": Example(
        a_shared_service_environment(None),
        a_shared_service_environment("quota"),
        "A service environment with Quota Management can be attached to one job queue only.",
    ),
    # updates and deletion of queues
    "the_queue_to_update_exists": Example(
        updating(),
        a_request("UpdateJobQueue", {"jobQueue": "q"}),
        f"{ARN}job-queue/q does not exist",
    ),
    "a_queue_that_is_being_modified_is_not_updated": Example(
        updating(), updating({"status": "CREATING"}), NOT_UPDATED
    ),
    "a_queue_that_is_being_modified_is_not_deleted": Example(
        deleting(), deleting(status="UPDATING"), f"{BUSY}."
    ),
    "a_queue_is_deleted_disabled": Example(deleting(), deleting(state="ENABLED"), NOT_DISABLED),
    # scheduling policies
    "the_scheduling_policy_to_update_exists": Example(
        updating_policy(), updating_policy(missing=True), f"SchedulingPolicy {FAIR} not found."
    ),
    "a_policy_is_for_fair_share_or_for_quota_shares": Example(
        policy({}),
        policy({}, quotaSharePolicy={"idleResourceAssignmentStrategy": "FIFO"}),
        "A scheduling policy can have either fairsharePolicy or quotaSharePolicy",
    ),
    "the_type_of_a_policy_does_not_change": Example(
        updating_policy(fairsharePolicy={"shareDecaySeconds": 60}),
        updating_policy(quota=True, fairsharePolicy={}),
        "A quotaSharePolicy cannot be changed to a fairsharePolicy.",
    ),
    "idle_resources_are_assigned_in_turn": Example(
        policy(quotaSharePolicy={"idleResourceAssignmentStrategy": "FIFO"}),
        policy(quotaSharePolicy={"idleResourceAssignmentStrategy": "LIFO"}),
        "Idle resource assignment strategy must be one of [FIFO].",
    ),
    "shares_decay_within_0_to_604800_seconds": Example(
        policy({"shareDecaySeconds": 604_800}),
        policy({"shareDecaySeconds": 604_801}),
        "shareDecaySeconds should be between 0 and 604800.",
    ),
    "the_compute_reservation_is_0_to_99_percent": Example(
        policy({"computeReservation": 99}),
        policy({"computeReservation": 100}),
        "computeReservation should be between 0 and 99.",
    ),
    "a_policy_has_at_most_500_shares": Example(
        shares(*map(str, range(500))),
        shares(*map(str, range(501))),
        "ShareDistribution size cannot be greater than 500.",
    ),
    "share_identifiers_are_well_formed": Example(
        shares("team_1-a*"), shares("te*am"), "ShareIdentifier name should match a valid pattern."
    ),
    "a_share_identifier_is_listed_once": Example(
        shares("a", "A"), shares("a", "a"), "Cannot have two or more identical shareIdentifiers."
    ),
    "share_identifiers_do_not_overlap": Example(
        shares("UserB1", "UserA*"),
        shares("UserA1", "UserA*"),
        "Share identifier UserA1 matches another share identifier UserA*.",
    ),
    "weight_factors_lie_between_0_0001_and_999_9999": Example(
        shares("a", weightFactor=0.0001),
        shares("a", weightFactor=1000.0),
        "Weight factor should be between 0.0001 and 999.9999.",
    ),
    "a_policy_that_queues_use_is_not_deleted": Example(
        deleting_policy("other"), deleting_policy("fair"), IN_USE
    ),
    # service environments
    "the_service_environment_to_update_exists": Example(
        of_service("UpdateServiceEnvironment"),
        a_request("UpdateServiceEnvironment", {"serviceEnvironment": "se"}),
        f"{ARN}service-environment/se does not exist",
    ),
    "a_service_environment_that_is_being_modified_is_not_updated": Example(
        of_service("UpdateServiceEnvironment"),
        of_service("UpdateServiceEnvironment", status="UPDATING"),
        NOT_UPDATED,
    ),
    "a_service_environment_has_capacity_limits": Example(
        service(a_limit()), service(), "Capacitylimits are required."
    ),
    "a_service_environment_has_at_most_5_capacity_limits": Example(
        service(*[a_limit("ml.m5.large")] * 5),
        service(*[a_limit("ml.m5.large")] * 6),
        "Number of capacity limits exceeds 5.",
    ),
    "a_service_environment_has_capacity": Example(
        service(a_limit(maximum=1)), service(a_limit(maximum=0)), "Max capacity must be more than 0."
    ),
    "capacity_units_are_known": Example(
        service(a_limit("ml.p5.48xlarge")),
        service(a_limit("VCPU")),
        "VCPU is unknown capacity unit in […",
    ),
    "capacity_units_are_instances_or_instance_types": Example(
        service(a_limit("ml.m5.large"), a_limit("ml.p5.48xlarge")),
        service(a_limit("ml.m5.large"), a_limit("NUM_INSTANCES")),
        "Capacity units must specify either number of instances OR instance type",
    ),
    "a_unit_of_a_service_environment_has_one_capacity_limit": Example(
        service(a_limit("ml.m5.large"), a_limit("ml.p5.48xlarge")),
        service(a_limit("ml.m5.large"), a_limit("ml.m5.large", 4)),
        "Duplicate capacity unit ml.m5.large.",
    ),
    "a_service_environment_that_is_being_modified_is_not_deleted": Example(
        of_service("DeleteServiceEnvironment"),
        of_service("DeleteServiceEnvironment", status="UPDATING"),
        BUSY,
    ),
    "a_service_environment_is_deleted_disabled": Example(
        of_service("DeleteServiceEnvironment"),
        of_service("DeleteServiceEnvironment", state="ENABLED"),
        NOT_DISABLED,
    ),
    "a_service_environment_that_queues_use_is_not_deleted": Example(
        of_service("DeleteServiceEnvironment", queue_of="another"),
        of_service("DeleteServiceEnvironment", queue_of="se"),
        IN_USE,
    ),
}
