"""Examples of the rules of SubmitJob, SubmitServiceJob, and of the calls on jobs that exist."""

from __future__ import annotations

from typing import Any

from pytest_batchmock.options import Options
from pytest_batchmock.rules.registry import Request

from .builders import a_request, an_existing_queue, ec2, fargate, spot
from .example import Example
from .job_requests import (
    a_world,
    an_upstream,
    depends_on_array,
    on_ec2,
    on_fargate,
    overrides,
    overrides_nodes,
    registers,
    runs_nodes,
    runs_pod,
    runs_task,
    submits,
    submits_pod,
    submits_service_job,
)

_REFUSING = Options(multinode_refused_at="submit")


def _to_queue(**changes: Any) -> Request:
    """A SubmitJob to a queue that was changed."""
    request = submits()
    for name, value in changes.items():
        setattr(request.queue, name, value)
    return request


def _fairly(registration: Request | None = None, **changes: Any) -> Request:
    """A SubmitJob to a fair-share queue."""
    return submits(registration, a_world(fair=True), **changes)


def _among_shares(count: int, **changes: Any) -> Request:
    """A SubmitJob to a fair-share queue with jobs of so many shares."""
    request = _fairly(schedulingPriorityOverride=1, **changes)
    for number in range(count):
        request.queue.count_share(f"s{number}", 1)
    return request


def _depends(count: int) -> Request:
    region = a_world()
    upstream = an_upstream(region)
    return submits(region=region, dependsOn=[{"jobId": upstream}] * count)


_JOB: dict[str, Example] = {
    "job_name_matches_the_pattern": Example(
        submits(jobName="a" * 128), submits(jobName="!!"), "Job name should match valid pattern"
    ),
    "a_disabled_queue_takes_no_jobs": Example(
        submits(),
        _to_queue(state="DISABLED"),
        "JobQueue q is DISABLED and does not accept new jobs.",
    ),
    "a_service_queue_takes_no_container_jobs": Example(
        submits(),
        _to_queue(type="SAGEMAKER_TRAINING", environments=()),
        "JobQueue q has the type SAGEMAKER_TRAINING. Use SubmitServiceJob for its jobs.",
    ),
    "the_queue_can_run_the_capability_of_the_definition": Example(
        submits(),
        submits(region=a_world(on=fargate())),
        "Job Queue is attached to Compute Environment that can not run Jobs with capability EC2",
    ),
    "the_queue_has_the_orchestrator_of_the_definition": Example(
        submits_pod(),
        submits(runs_pod()),
        "Job Queue is attached to Compute Environment that can not run Jobs with capability EKS",
    ),
    "the_queue_can_run_multinode_jobs": Example(
        submits(runs_nodes(), a_world(on=ec2()), _REFUSING),
        submits(runs_nodes(), a_world(on=spot()), _REFUSING),
        "Job Queue is attached to Compute Environment that can not run multi-node parallel Jobs. …",
    ),
    "jobs_on_eks_do_not_propagate_tags": Example(
        submits(propagateTags=True),
        submits_pod(propagateTags=True),
        "Batch on EKS does not support tag propagation.",
    ),
    "shares_and_priorities_need_a_fair_share_queue": Example(
        _fairly(shareIdentifier="a", schedulingPriorityOverride=1),
        submits(shareIdentifier="a"),
        "Job with shareIdentifier or schedulingPriority can onlybe submitted to job queue "
        "with fair share scheduling policy.",
    ),
    "a_fair_share_queue_needs_a_share_identifier": Example(
        _fairly(shareIdentifier="a", schedulingPriorityOverride=1),
        _fairly(schedulingPriorityOverride=1),
        "shareIdentifier must be specified.",
    ),
    "a_fair_share_queue_needs_a_priority": Example(
        _fairly(registers(schedulingPriority=5), shareIdentifier="a"),
        _fairly(shareIdentifier="a"),
        "Either schedulingPriority in job definition or schedulingPriorityOverride should be specified.",
    ),
    "share_identifier_matches_the_pattern": Example(
        _fairly(shareIdentifier="teamA*", schedulingPriorityOverride=1),
        _fairly(shareIdentifier="team A", schedulingPriorityOverride=1),
        "ShareIdentifier name should match a valid pattern.",
    ),
    "a_queue_has_at_most_500_active_shares": Example(
        _among_shares(500, shareIdentifier="s7"),
        _among_shares(500, shareIdentifier="new"),
        "JobQueue cannot have more than 500 active share identifiers.",
    ),
    "scheduling_priority_override_is_0_to_9999": Example(
        _fairly(shareIdentifier="a", schedulingPriorityOverride=9999),
        _fairly(shareIdentifier="a", schedulingPriorityOverride=-1),
        "Scheduling priority must be between 0 and 9999.",
    ),
    "array_size_is_2_to_10000": Example(
        submits(arrayProperties={"size": 10000}),
        submits(arrayProperties={"size": 1}),
        "Array size must be between 2 and 10000, got 1.",
    ),
    "an_array_of_multinode_jobs_is_refused": Example(
        submits(arrayProperties={"size": 2}),
        submits(runs_nodes(), arrayProperties={"size": 2}),
        "Multinode Array Job not supported.",
    ),
    "a_job_has_at_most_20_dependencies": Example(
        _depends(20), _depends(21), "Job cannot have more than 20 dependencies"
    ),
    "a_dependency_names_a_job_or_is_sequential": Example(
        submits(arrayProperties={"size": 2}, dependsOn=[{"type": "SEQUENTIAL"}]),
        submits(arrayProperties={"size": 2}, dependsOn=[{"type": "N_TO_N"}]),
        "Job dependency must specify a jobId, unless its type is SEQUENTIAL.",
    ),
    "dependencies_between_children_need_an_array": Example(
        submits(arrayProperties={"size": 2}, dependsOn=[{"type": "SEQUENTIAL"}]),
        submits(dependsOn=[{"type": "SEQUENTIAL"}]),
        "Dependency of type SEQUENTIAL is only applicable for array jobs.",
    ),
    "a_dependency_is_not_on_a_node": Example(
        submits(dependsOn=[{"jobId": "11111111-1111-4111-8111-111111111111:1"}]),
        submits(dependsOn=[{"jobId": "11111111-1111-4111-8111-111111111111#1"}]),
        "Job dependency 11111111-1111-4111-8111-111111111111#1 is a node of a multi-node parallel job. "
        "Specify the jobId of the job.",
    ),
    "n_to_n_depends_on_an_array_of_the_same_size": Example(
        depends_on_array(3, 3),
        depends_on_array(3, 2),
        "N_TO_N dependency 11111111-1111-4111-8111-111111111111 must be an array job of the size 3, "
        "but it is an array of the size 2.",
    ),
    "a_submit_is_at_most_30_kib": Example(
        overrides(command=["x" * 8000]),
        overrides(command=["x" * 48_128]),
        "Job size must be less than 30 KiB, got 47 KiB",
    ),
    "every_placeholder_has_a_value": Example(
        submits(on_ec2(command=["run", "Ref::job_id"]), parameters={"job_id": "7"}),
        submits(on_ec2(command=["run", "Ref::job_id"])),
        "Unable to substitute value. No parameter found for reference job_id",
    ),
}


def _resources(*entries: tuple[str, str], registration: Request | None = None) -> Request:
    given = [{"type": kind, "value": value} for kind, value in entries]
    return overrides(registration, resourceRequirements=given)


def _task_override(*names: str) -> Request:
    containers = [{"name": name, "command": ["x"]} for name in names]
    return submits(runs_task(), ecsPropertiesOverride={"taskProperties": [{"containers": containers}]})


_OVERRIDES: dict[str, Example] = {
    "container_and_node_overrides_exclude_each_other": Example(
        overrides(command=["x"]),
        submits(containerOverrides={"command": ["x"]}, nodeOverrides={"numNodes": 2}),
        "Container overrides and node overrides are mutually exclusive, only one can be set.",
    ),
    "pods_have_neither_container_nor_node_overrides": Example(
        overrides(command=["x"]),
        submits_pod(containerOverrides={"command": ["x"]}),
        "Container overrides or node overrides should not be set for Batch on EKS jobs.",
    ),
    "tasks_have_no_container_overrides": Example(
        overrides(command=["x"]),
        submits(runs_task(), containerOverrides={"command": ["x"]}),
        "Container overrides should not be set for ecsProperties jobs.",
    ),
    "overrides_are_of_the_kind_of_the_definition": Example(
        overrides(command=["x"]),
        submits(runs_nodes(), containerOverrides={"command": ["x"]}),
        "containerOverrides is only applicable for job definitions with containerProperties.",
    ),
    "a_command_override_has_no_empty_string": Example(
        overrides(command=["echo", " "]),
        overrides(command=["echo", ""]),
        "Command cannot be empty",
    ),
    "environment_overrides_do_not_start_with_aws_batch": Example(
        overrides(environment=[{"name": "AWS_REGION", "value": "x"}]),
        overrides(environment=[{"name": "AWS_BATCH_X", "value": "x"}]),
        "Environment variable AWS_BATCH_X cannot start with AWS_BATCH.",
    ),
    "environment_overrides_have_names": Example(
        overrides(environment=[{"name": "A", "value": "x"}]),
        overrides(environment=[{"value": "x"}]),
        "Environment variable name is required.",
    ),
    "a_resource_is_overridden_once_only": Example(
        _resources(("VCPU", "2"), ("MEMORY", "4")),
        _resources(("VCPU", "2"), ("VCPU", "4")),
        "Cannot provide duplicates in resourceRequirements.",
    ),
    "overridden_resources_are_numbers": Example(
        _resources(("MEMORY", "4096")),
        _resources(("MEMORY", "4 GiB")),
        "Value 4 GiB for type MEMORY in resourceRequirement is not valid. "
        "Please provide a numeric value.",
    ),
    "overridden_resources_are_enough": Example(
        _resources(("VCPU", "1"), ("MEMORY", "4")),
        _resources(("MEMORY", "3")),
        "Memory must be at least 4 Mib, got 3 Mib.",
    ),
    "deprecated_overrides_are_not_for_fargate": Example(
        overrides(vcpus=2, memory=8),
        overrides(on_fargate(), vcpus=2),
        "vcpus is not applicable for Fargate. Use resource requirements instead.",
    ),
    "gpu_overrides_are_not_for_fargate": Example(
        _resources(("GPU", "1")),
        _resources(("GPU", "1"), registration=on_fargate()),
        "GPU is not applicable for Fargate.",
    ),
    "a_fargate_task_has_a_supported_size_after_overrides": Example(
        _resources(("VCPU", "2"), ("MEMORY", "4096"), registration=on_fargate()),
        _resources(("VCPU", "1"), ("MEMORY", "4000"), registration=on_fargate()),
        "Fargate resource requirements (1.00 vCPU, 4000 MiB) not valid.",
    ),
    "an_instance_type_override_is_for_multinode_jobs_only": Example(
        overrides_nodes(containerOverrides={"instanceType": "c5.large"}),
        overrides(instanceType="c5.large"),
        "instanceType is only applicable for multi-node parallel jobs.",
    ),
    "an_ecs_override_has_one_task": Example(
        _task_override("main"),
        submits(runs_task(), ecsPropertiesOverride={"taskProperties": [{}, {}]}),
        "taskProperties of ecsPropertiesOverride is limited to one element.",
    ),
    "an_overridden_container_exists": Example(
        _task_override("side"),
        _task_override("ghost"),
        "Container ghost is not defined in the job definition.",
    ),
    "a_container_is_overridden_once": Example(
        _task_override("main", "side"),
        _task_override("side", "main", "side"),
        "Container names must be unique",
    ),
}


def _trains(*entries: dict[str, str]) -> Request:
    return submits_service_job(retryStrategy={"attempts": 2, "evaluateOnExit": list(entries)})


def _on_a_container_queue() -> Request:
    request = submits_service_job()
    request.queue = an_existing_queue(request.region, name="containers")
    return request


_SERVICE: dict[str, Example] = {
    "service_job_name_matches_the_pattern": Example(
        submits_service_job(jobName="_" * 128),
        submits_service_job(jobName="_" * 129),
        "Job name should match valid pattern",
    ),
    "a_service_job_needs_a_service_queue": Example(
        submits_service_job(),
        _on_a_container_queue(),
        "JobQueue q does not have the type SAGEMAKER_TRAINING.",
    ),
    "a_service_payload_is_at_most_10_kib": Example(
        submits_service_job(serviceRequestPayload="x" * 10 * 1024),
        submits_service_job(serviceRequestPayload="x" * (10 * 1024 + 1)),
        "serviceRequestPayload size cannot exceed 10 KiB.",
    ),
    "a_service_submit_is_at_most_30_kib": Example(
        submits_service_job(tags={str(n): "x" * 256 for n in range(50)}),
        submits_service_job(tags={str(n): "\u00e9" * 256 for n in range(50)}),
        "SubmitServiceJob request size cannot exceed 30 KiB.",
    ),
    "service_shares_need_a_fair_share_queue": Example(
        submits_service_job("fair", shareIdentifier="a"),
        submits_service_job(shareIdentifier="a"),
        "Job with shareIdentifier or schedulingPriority can onlybe submitted to job queue "
        "with fair share scheduling policy.",
    ),
    "a_fair_share_queue_needs_a_share_identifier_of_a_service_job": Example(
        submits_service_job("fair", shareIdentifier="a"),
        submits_service_job("fair"),
        "shareIdentifier must be specified.",
    ),
    "a_quota_share_needs_a_queue_with_quota_shares": Example(
        submits_service_job("quota", quotaShareName="s"),
        submits_service_job(quotaShareName="s"),
        "Job with quotaShareName can only be submitted to job queue with quota share scheduling policy.",
    ),
    "a_queue_with_quota_shares_needs_one": Example(
        submits_service_job("quota", quotaShareName="s"),
        submits_service_job("quota"),
        "quotaShareName must be specified.",
    ),
    "the_quota_share_of_a_service_job_exists": Example(
        submits_service_job("quota", quotaShareName="s"),
        submits_service_job("quota", quotaShareName="none"),
        "Quota share none does not exist in job queue q.",
    ),
    "the_quota_share_of_a_service_job_is_enabled": Example(
        submits_service_job("quota", quotaShareName="s"),
        submits_service_job("quota", share_state="DISABLED", quotaShareName="s"),
        "Quota share s is DISABLED and does not accept new jobs.",
    ),
    "service_scheduling_priority_is_0_to_9999": Example(
        submits_service_job(schedulingPriority=0),
        a_request("UpdateServiceJob", {"jobId": "j", "schedulingPriority": 10000}),
        "Scheduling priority must be between 0 and 9999.",
    ),
    "service_retry_attempts_are_1_to_10": Example(
        submits_service_job(retryStrategy={"attempts": 10}),
        submits_service_job(retryStrategy={"attempts": 0}),
        "RetryAttempts must be between 1 and 10.",
    ),
    "service_evaluate_on_exit_has_at_most_5_entries": Example(
        _trains(*[{"action": "RETRY", "onStatusReason": "*"}] * 5),
        _trains(*[{"action": "RETRY", "onStatusReason": "*"}] * 6),
        "EvaluateOnExit cannot have more than 5 entries.",
    ),
    "service_evaluate_on_exit_action_is_retry_or_exit": Example(
        _trains({"action": "EXIT", "onStatusReason": "*"}),
        _trains({"action": "STOP", "onStatusReason": "*"}),
        "EvaluateOnExit action STOP is not valid. Valid values are: [RETRY, EXIT]",
    ),
    "a_service_condition_has_at_most_512_characters": Example(
        _trains({"action": "EXIT", "onStatusReason": "x" * 512}),
        _trains({"action": "EXIT", "onStatusReason": "x" * 513}),
        "Evaluate on exit condition cannot exceed 512 characters.",
    ),
    "a_service_condition_is_printable": Example(
        _trains({"action": "EXIT", "onStatusReason": "*CapacityError (now)*"}),
        _trains({"action": "EXIT", "onStatusReason": "a\nb"}),
        "Evaluate on exit condition contains restricted characters.",
    ),
    "preemption_retries_are_not_negative": Example(
        submits_service_job(preemptionConfiguration={"preemptionRetriesBeforeTermination": 0}),
        submits_service_job(preemptionConfiguration={"preemptionRetriesBeforeTermination": -1}),
        "preemptionRetriesBeforeTermination must be at least 0, got -1.",
    ),
    "a_service_timeout_is_positive": Example(
        submits_service_job(timeoutConfig={"attemptDurationSeconds": 1}),
        submits_service_job(timeoutConfig={"attemptDurationSeconds": 0}),
        "timeoutConfig attemptDurationSeconds must be at least 1, got 0.",
    ),
}


def _ends(operation: str, job: str = "j", reason: str = "r") -> Request:
    return a_request(operation, {"jobId": job, "reason": reason})


def _cancels(count: int) -> Request:
    return a_request("CancelJobs", {"jobs": ["j"] * count, "reason": "r"})


def _lists(operation: str = "ListJobs", **params: Any) -> Request:
    return a_request(operation, {"jobQueue": "q"} | params)


def _filters(*filters: tuple[str, list[str]]) -> Request:
    return _lists(filters=[{"name": name, "values": values} for name, values in filters])


def _users_with(status: str) -> Request:
    """A listing of the jobs that need a consumable resource."""
    filters = [{"name": "JOB_STATUS", "values": [status]}]
    return a_request(
        "ListJobsByConsumableResource", {"consumableResource": "licence", "filters": filters}
    )


_EXISTING: dict[str, Example] = {
    "at_most_100_jobs_are_described_at_once": Example(
        a_request("DescribeJobs", {"jobs": ["j"] * 100}),
        a_request("DescribeJobs", {"jobs": ["j"] * 101}),
        "Maximum number of jobs supported is  100 .",
    ),
    "the_job_is_named": Example(
        _ends("TerminateJob", "Whatever-string"), _ends("CancelJob", ""), "Job id is required."
    ),
    "a_bulk_call_names_1_to_50_jobs": Example(
        _cancels(50), _cancels(51), "Number of jobs must be between 1 and 50, got 51."
    ),
    "a_reason_has_at_most_1024_characters": Example(
        _ends("CancelJob", reason="x" * 1024),
        _ends("CancelJob", reason="x" * 1025),
        "Reason cannot exceed 1024 characters.",
    ),
    "jobs_are_listed_of_one_queue_or_parent": Example(
        _lists(),
        _lists(arrayJobId="j"),
        "Exactly one of jobQueue, arrayJobId, multiNodeJobId must be specified, "
        "got jobQueue and arrayJobId.",
    ),
    "service_jobs_are_listed_of_a_queue": Example(
        _lists("ListServiceJobs"), a_request("ListServiceJobs", {}), "jobQueue must be specified."
    ),
    "one_filter_at_a_time": Example(
        _filters(("JOB_NAME", ["xyz*"])),
        _filters(("JOB_NAME", ["xyz*"]), ("AFTER_CREATED_AT", ["1234"])),
        "Only one filter key-value pair can be specified.",
    ),
    "a_filter_has_a_known_name": Example(
        _filters(("JOB_DEFINITION", ["d"])),
        _filters(("job_name", ["d"])),
        "Filter name job_name is not valid. Valid names are: [JOB_NAME, JOB_DEFINITION, "
        "BEFORE_CREATED_AT, AFTER_CREATED_AT, SHARE_IDENTIFIER]",
    ),
    "a_filter_has_values": Example(
        _filters(("JOB_NAME", ["d"])), _filters(("JOB_NAME", [])), "Filter JOB_NAME must have a value."
    ),
    "a_time_filter_is_in_milliseconds": Example(
        _filters(("AFTER_CREATED_AT", ["1700000000000"])),
        _filters(("AFTER_CREATED_AT", ["2024-01-01"])),
        "Value 2024-01-01 of filter AFTER_CREATED_AT must be a number of milliseconds.",
    ),
    "a_status_filter_has_known_statuses": Example(
        _users_with("RUNNABLE"),
        _users_with("WAITING"),
        "Value WAITING of filter JOB_STATUS is not valid. Valid values are: [SUBMITTED, PENDING, "
        "RUNNABLE, STARTING, RUNNING, SUCCEEDED, FAILED]",
    ),
    "a_job_definition_filter_by_arn_has_no_asterisk": Example(
        _filters(("JOB_DEFINITION", ["d*"])),
        _filters(("JOB_DEFINITION", ["arn:aws:batch:us-east-1:123456789012:job-definition/d*"])),
        "Asterisk (*) isn't supported when the ARN of a job definition is used.",
    ),
    "a_page_of_jobs_has_1_to_1000": Example(
        _lists(maxResults=1000),
        _lists(maxResults=0),
        "maxResults must be between 1 and 1000, got 0.",
    ),
    "a_page_has_1_to_100": Example(
        _lists("ListServiceJobs", maxResults=100),
        _lists("ListServiceJobs", maxResults=101),
        "maxResults must be between 1 and 100, got 101.",
    ),
    "at_most_100_resources_are_described_at_once": Example(
        a_request("DescribeJobQueues", {"jobQueues": ["q"] * 100}),
        a_request("DescribeJobQueues", {"jobQueues": ["q"] * 101}),
        "Maximum number of jobQueues supported is 100.",
    ),
    "names_and_a_page_size_exclude_each_other": Example(
        a_request("DescribeComputeEnvironments", {"computeEnvironments": ["ce"]}),
        a_request("DescribeComputeEnvironments", {"computeEnvironments": ["ce"], "maxResults": 1}),
        "ComputeEnvironments and MaxResults cannot both be set",
    ),
    "named_job_definitions_are_not_filtered": Example(
        a_request("DescribeJobDefinitions", {"jobDefinitionName": "d", "status": "ACTIVE"}),
        a_request("DescribeJobDefinitions", {"jobDefinitions": ["d:1"], "status": "ACTIVE"}),
        "JobDefinitions and Status cannot both be set",
    ),
}

EXAMPLES: dict[str, Example] = _JOB | _OVERRIDES | _SERVICE | _EXISTING
