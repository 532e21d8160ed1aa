"""Examples of the rules of RegisterJobDefinition and DeregisterJobDefinition, ECS containers apart."""

from __future__ import annotations

from typing import Any

from pytest_batchmock.rules.registry import Request

from .builders import a_request
from .example import Example
from .job_requests import (
    a_container,
    a_pod,
    a_pod_container,
    a_range,
    a_task,
    asks_pod_for,
    nodes_of,
    on_ec2,
    registers,
    runs_nodes,
    runs_pod,
    runs_task,
)


def _consumes(*names: str, quantity: int = 1) -> Request:
    entries = [{"consumableResource": name, "quantity": quantity} for name in names]
    return registers(consumableResourceProperties={"consumableResourceList": entries})


def _deregisters(reference: str) -> Request:
    return a_request("DeregisterJobDefinition", {"jobDefinition": reference})


def _retries(**strategy: Any) -> Request:
    return registers(retryStrategy=strategy)


def _evaluates(*entries: dict[str, str]) -> Request:
    return _retries(attempts=3, evaluateOnExit=list(entries))


_RETRY_ALL = {"action": "RETRY", "onReason": "*"}

_WHOLE: dict[str, Example] = {
    "job_definition_name_matches_the_pattern": Example(
        registers(jobDefinitionName="my-Definition_1"),
        registers(jobDefinitionName="my definition"),
        "Job definition name should match a valid pattern.",
    ),
    "job_definition_is_at_most_24_kib": Example(
        on_ec2(command=["x" * 20_000]),
        on_ec2(command=["x" * 24 * 1024]),
        "Job definition size cannot exceed 24 KiB.",
    ),
    "exactly_one_platform_capability_is_named": Example(
        registers(platformCapabilities=["EC2"]),
        registers(platformCapabilities=["EC2", "FARGATE"]),
        "Exactly 1 capability must be provided.",
    ),
    "platform_capability_is_a_known_one": Example(
        registers(platformCapabilities=["EC2"]),
        registers(platformCapabilities=["LAMBDA"]),
        "Capability LAMBDA is not valid. Valid capabilities: [FARGATE, EC2, MANAGED_INSTANCES]",
    ),
    "fargate_does_not_run_multinode_jobs": Example(
        runs_nodes(),
        registers(
            type="multinode",
            containerProperties=None,
            nodeProperties=nodes_of(),
            platformCapabilities=["FARGATE"],
        ),
        "Fargate does not support MNP jobs",
    ),
    "managed_instances_do_not_run_multinode_jobs": Example(
        runs_nodes(),
        registers(
            type="multinode",
            containerProperties=None,
            nodeProperties=nodes_of(),
            platformCapabilities=["MANAGED_INSTANCES"],
        ),
        "MANAGED_INSTANCES does not support MNP jobs",
    ),
    "managed_instances_do_not_take_container_properties": Example(
        runs_task(on="MANAGED_INSTANCES"),
        registers(platformCapabilities=["MANAGED_INSTANCES"]),
        "Cannot use ECS containerProperties for MANAGED_INSTANCES",
    ),
    "a_multinode_definition_has_node_properties": Example(
        runs_nodes(),
        registers(type="multinode"),
        "Node properties of multinode job is required.",
    ),
    "kinds_of_properties_exclude_each_other": Example(
        registers(),
        registers(ecsProperties=a_task()),
        "Cannot use both ECS containerProperties and ecsProperties",
    ),
    "a_container_definition_has_one_kind_of_properties": Example(
        registers(),
        registers(containerProperties=None, nodeProperties=nodes_of()),
        "ECS ContainerProperties, ecsProperties, or eksProperties is required "
        "when using type container.",
    ),
    "a_container_definition_has_no_node_properties": Example(
        registers(),
        registers(nodeProperties=nodes_of()),
        "nodeProperties is only applicable for type multinode.",
    ),
    "eks_definitions_name_no_platform_capability": Example(
        runs_pod(),
        registers(containerProperties=None, eksProperties=a_pod(), platformCapabilities=["EC2"]),
        "platformCapabilities is not applicable for Batch on EKS jobs.",
    ),
    "eks_definitions_do_not_propagate_tags": Example(
        registers(propagateTags=True),
        registers(containerProperties=None, eksProperties=a_pod(), propagateTags=True),
        "Batch on EKS does not support tag propagation.",
    ),
    "scheduling_priority_is_0_to_9999": Example(
        registers(schedulingPriority=9999),
        registers(schedulingPriority=10000),
        "Scheduling priority must be between 0 and 9999.",
    ),
    "network_mode_is_for_managed_instances_only": Example(
        runs_task(on="MANAGED_INSTANCES", networkMode="host"),
        runs_task(networkMode="host"),
        "networkMode not applicable for EC2.",
    ),
    "a_job_names_at_most_5_consumable_resources": Example(
        _consumes(*"abcde"),
        _consumes(*"abcdef"),
        "Each ConsumableResourceProperty can have at most 5 consumableResources",
    ),
    "a_job_names_a_consumable_resource_once": Example(
        _consumes("a", "b"),
        _consumes("a", "arn:aws:batch:us-east-1:123456789012:consumable-resource/a"),
        "Cannot have duplicate consumableResource in consumableResourceProperties",
    ),
    "a_needed_resource_has_a_name_and_a_quantity": Example(
        _consumes("a", quantity=0),
        _consumes("a", quantity=-1),
        "quantity of consumableResource a must be specified and not be negative.",
    ),
    "the_definition_to_deregister_is_named": Example(
        _deregisters("d:1"), _deregisters(""), "Job definition name is required."
    ),
    "the_definition_to_deregister_has_a_revision": Example(
        _deregisters("arn:aws:batch:us-east-1:123456789012:job-definition/d:1"),
        _deregisters("d"),
        "Job definition d should be given as name:revision or ARN.",
    ),
}

_RETRY_AND_TIMEOUT: dict[str, Example] = {
    "a_retry_strategy_has_attempts": Example(
        _retries(attempts=1), _retries(), "RetryAttempts must be provided with retry strategy."
    ),
    "retry_attempts_are_1_to_10": Example(
        _retries(attempts=10), _retries(attempts=11), "RetryAttempts must be between 1 and 10."
    ),
    "evaluate_on_exit_has_at_most_5_entries": Example(
        _evaluates(*[_RETRY_ALL] * 5),
        _evaluates(*[_RETRY_ALL] * 6),
        "EvaluateOnExit cannot have more than 5 entries.",
    ),
    "evaluate_on_exit_action_is_retry_or_exit": Example(
        _evaluates({"action": "exit", "onReason": "*"}),
        _evaluates({"action": "STOP", "onReason": "*"}),
        "EvaluateOnExit action STOP is not valid. Valid values are: [RETRY, EXIT]",
    ),
    "evaluate_on_exit_entry_has_a_condition": Example(
        _evaluates(_RETRY_ALL),
        _evaluates({"action": "RETRY"}),
        "EvaluateOnExit should contain at least one of onExitCode, onReason or onStatusReason",
    ),
    "evaluate_on_exit_condition_has_at_most_512_characters": Example(
        _evaluates({"action": "RETRY", "onReason": "x" * 512}),
        _evaluates({"action": "RETRY", "onReason": "x" * 513}),
        "Evaluate on exit condition cannot exceed 512 characters.",
    ),
    "evaluate_on_exit_condition_has_plain_characters": Example(
        _evaluates({"action": "RETRY", "onStatusReason": "Your Spot Task was interrupted."}),
        _evaluates({"action": "RETRY", "onStatusReason": "*Spot*"}),
        "Evaluate on exit condition contains restricted characters.",
    ),
    "timeout_is_at_least_60_seconds": Example(
        registers(timeout={"attemptDurationSeconds": 60}),
        registers(timeout={"attemptDurationSeconds": 59}),
        "AttemptDurationSeconds in Timeout must be at least 60 seconds.",
    ),
}

_MULTINODE: dict[str, Example] = {
    "a_multinode_definition_has_1_to_1000_nodes": Example(
        runs_nodes(num_nodes=1000),
        runs_nodes(num_nodes=1001),
        "Number of nodes must be between 1 and 1000.",
    ),
    "the_main_node_is_one_of_the_nodes": Example(
        runs_nodes(main_node=3),
        runs_nodes(main_node=4),
        "Main node index is out of range, must be less than numNodes.",
    ),
    "a_multinode_definition_has_at_most_5_ranges": Example(
        runs_nodes(*[a_range(":")] * 5),
        runs_nodes(*[a_range(":")] * 6),
        "Maximum allowed size of node range properties is 5",
    ),
    "target_nodes_are_an_index_or_a_range": Example(
        runs_nodes(a_range("0"), a_range("1:")),
        runs_nodes(a_range("0-3")),
        "targetNodes should contain only digits.",
    ),
    "target_nodes_are_nodes_of_the_job": Example(
        runs_nodes(a_range("0:3")),
        runs_nodes(a_range("0:4")),
        "targetNodes 0:4 is out of range, must be less than numNodes.",
    ),
    "the_ranges_cover_all_nodes": Example(
        runs_nodes(a_range("0:1"), a_range("2:")),
        runs_nodes(a_range("0:1"), a_range("3:")),
        "Node Range Properties target nodes have missing ranges",
    ),
    "a_node_range_has_a_container": Example(
        runs_nodes(),
        runs_nodes(a_range("0:3", container=None)),
        "Must specify container for node range 0:3",
    ),
    "a_node_range_has_one_kind_of_container": Example(
        runs_nodes(a_range("0:", container=None, ecsProperties=a_task())),
        runs_nodes(a_range("0:", ecsProperties=a_task())),
        "NodeRangeProperties can not use both ecsProperties and container fields",
    ),
    "node_ranges_are_all_ecs_or_all_eks": Example(
        runs_nodes(a_range("0:", container=None, eksProperties=a_pod())),
        runs_nodes(a_range("0"), a_range("1:", container=None, eksProperties=a_pod())),
        "All node ranges must use eksProperties, or none of them.",
    ),
    "instance_types_of_a_range_need_ecs_properties": Example(
        runs_nodes(a_range("0:", container=None, ecsProperties=a_task(), instanceTypes=["c5.large"])),
        runs_nodes(a_range("0:", instanceTypes=["c5.large"])),
        "Using instanceTypes with nodeRangeProperty is only allowed for ecsProperties jobs.",
    ),
    "a_range_names_at_most_one_instance_type": Example(
        runs_nodes(a_range("0:", container=None, ecsProperties=a_task(), instanceTypes=["c5.large"])),
        runs_nodes(
            a_range("0:", container=None, ecsProperties=a_task(), instanceTypes=["c5.large", "m5"])
        ),
        "instanceTypes of a node range is limited to one element.",
    ),
    "all_node_ranges_use_the_same_instance_type": Example(
        runs_nodes(a_range("0:", container=a_container(instanceType="c5.large"))),
        runs_nodes(
            a_range("0", container=a_container(instanceType="c5.large")),
            a_range("1:", container=a_container(instanceType="m5.large")),
        ),
        "All node ranges must use the same instance type.",
    ),
    "all_node_ranges_use_the_same_namespace": Example(
        runs_nodes(a_range("0:", container=None, eksProperties=a_pod(metadata={"namespace": "batch"}))),
        runs_nodes(
            a_range("0", container=None, eksProperties=a_pod(metadata={"namespace": "batch"})),
            a_range("1:", container=None, eksProperties=a_pod(metadata={"namespace": "other"})),
        ),
        "The same namespace must be provided across all node ranges.",
    ),
}


def _waits(condition: str, target: str = "side", essential: bool = False) -> Request:
    """A task whose main container waits for another."""
    dependency = {"containerName": target, "condition": condition}
    return runs_task(
        a_container(name="main", dependsOn=[dependency]),
        a_container(name="side", essential=essential),
    )


def _fire(driver: str | None, user: str | None = None) -> Request:
    log = None if driver is None else {"logDriver": driver}
    return runs_task(
        a_container(name="router", firelensConfiguration={"type": "fluentbit"}, user=user),
        a_container(name="main", logConfiguration=log, user=None if user is None else "nobody"),
    )


_ECS: dict[str, Example] = {
    "ecs_properties_have_one_task": Example(
        runs_task(),
        registers(
            containerProperties=None,
            ecsProperties={"taskProperties": a_task()["taskProperties"] * 2},
        ),
        "taskProperties should contain exactly one element.",
    ),
    "a_task_has_1_to_10_containers": Example(
        runs_task(*[a_container(name=str(n)) for n in range(10)]),
        runs_task(*[a_container(name=str(n)) for n in range(11)]),
        "Number of containers must be between 1 and 10",
    ),
    "container_names_are_unique": Example(
        runs_task(),
        runs_task(a_container(name="main"), a_container(name="main")),
        "Container names must be unique",
    ),
    "a_task_has_an_essential_container": Example(
        runs_task(a_container(name="main"), a_container(name="side", essential=False)),
        runs_task(a_container(name="main", essential=False)),
        "At least one container must be set as essential",
    ),
    "a_single_container_depends_on_nothing": Example(
        _waits("START"),
        runs_task(a_container(dependsOn=[{"containerName": "side", "condition": "START"}])),
        "Container dependency can not be used in a single-container job.",
    ),
    "a_container_depends_on_a_defined_container": Example(
        _waits("START"),
        _waits("START", target="ghost"),
        "containerName ghost must reference a defined container.",
    ),
    "a_container_dependency_has_a_known_condition": Example(
        _waits("SUCCESS"),
        _waits("HEALTHY"),
        "TaskContainer dependency HEALTHY is not valid. Valid values are: [START, COMPLETE, SUCCESS]",
    ),
    "nobody_waits_for_an_essential_container_to_end": Example(
        _waits("COMPLETE"),
        _waits("COMPLETE", essential=True),
        "The container target of a dependency can not have condition COMPLETE "
        "if the target is essential",
    ),
    "container_dependencies_have_no_cycle": Example(
        _waits("START"),
        runs_task(
            a_container(name="a", dependsOn=[{"containerName": "b", "condition": "START"}]),
            a_container(name="b", dependsOn=[{"containerName": "a", "condition": "START"}]),
        ),
        "Container dependencies must not form a cycle.",
    ),
    "ipc_mode_is_a_known_one": Example(
        runs_task(ipcMode="task"),
        runs_task(ipcMode="shared"),
        "ipcMode shared is not valid. Valid values are: [host, task, none]",
    ),
    "pid_mode_is_a_known_one": Example(
        runs_task(pidMode="host"),
        runs_task(pidMode="x"),
        "Capability x is not valid. Valid capabilities: [host, task]",
    ),
    "firelens_needs_a_container_that_logs_through_it": Example(
        _fire("awsfirelens"),
        _fire(None),
        "When a firelensConfiguration object is specified, at least one container has to be "
        "configured with the awsfirelens log driver",
    ),
    "firelens_needs_a_container_that_runs_as_root": Example(
        _fire("awsfirelens", user="0"),
        _fire("awsfirelens", user="nobody"),
        "When a firelensConfiguration object is specified, at least one container has to run as root",
    ),
    "container_timeouts_are_at_least_2_seconds": Example(
        runs_task(a_container(stopTimeout=2)),
        runs_task(a_container(stopTimeout=1)),
        "stopTimeout must be at least 2, got 1.",
    ),
}


def _labelled(**metadata: Any) -> Request:
    return runs_pod(metadata=metadata)


def _secured(**context: Any) -> Request:
    return runs_pod(a_pod_container(securityContext=context))


def _empty_dir(**members: str) -> Request:
    return runs_pod(volumes=[{"name": "scratch", "emptyDir": members}])


_EKS: dict[str, Example] = {
    "a_pod_has_containers": Example(
        runs_pod(), runs_pod(containers=[]), "Containers must be provided for Batch on EKS jobs."
    ),
    "a_pod_has_at_most_10_containers": Example(
        runs_pod(containers=[a_pod_container(name=str(n)) for n in range(10)]),
        runs_pod(containers=[a_pod_container(name=str(n)) for n in range(11)]),
        "Number of containers must be at most 10",
    ),
    "pod_container_names_are_unique": Example(
        runs_pod(containers=[a_pod_container(), a_pod_container(name="side")]),
        runs_pod(containers=[a_pod_container(), a_pod_container(name="Default")]),
        "The container name: Default must be unique in multi-container job.",
    ),
    "an_image_pull_policy_is_a_known_one": Example(
        runs_pod(a_pod_container(imagePullPolicy="Never")),
        runs_pod(a_pod_container(imagePullPolicy="Sometimes")),
        "Unsupported image pull policy value.",
    ),
    "pod_environment_names_do_not_start_with_aws_batch": Example(
        runs_pod(a_pod_container(env=[{"name": "AWS_REGION", "value": "x"}])),
        runs_pod(a_pod_container(env=[{"name": "AWS_BATCH_JOB_ID", "value": "x"}])),
        "Environment variable AWS_BATCH_JOB_ID cannot start with AWS_BATCH.",
    ),
    "pod_resources_are_cpu_memory_and_gpu": Example(
        asks_pod_for({"cpu": "1", "memory": "4Mi", "nvidia.com/gpu": "1"}),
        asks_pod_for({"cpu": "1", "memory": "4Mi", "amd.com/gpu": "1"}),
        "amd.com/gpu is not a supported type for resources.",
    ),
    "pod_memory_is_whole_mebibytes": Example(
        asks_pod_for({"cpu": "1", "memory": "2048Mi"}),
        asks_pod_for({"cpu": "1", "memory": "2G"}),
        "Value 2G for type memory is not valid.",
    ),
    "pod_memory_is_at_least_4_mebibytes": Example(
        asks_pod_for({"cpu": "1", "memory": "4Mi"}),
        asks_pod_for({"cpu": "1", "memory": "3Mi"}),
        "Memory must be at least 4 Mib, got 3 Mib.",
    ),
    "pod_cpu_is_a_multiple_of_a_quarter": Example(
        asks_pod_for({"cpu": "0.25", "memory": "4Mi"}),
        asks_pod_for({"cpu": "100m", "memory": "4Mi"}),
        "Value 100m for type cpu in resources is not valid. Provide a valid number and unit.",
    ),
    "pod_gpus_are_whole": Example(
        asks_pod_for({"cpu": "1", "memory": "4Mi", "nvidia.com/gpu": "2"}),
        asks_pod_for({"cpu": "1", "memory": "4Mi", "nvidia.com/gpu": "1.5"}),
        "Value 1.5 for type nvidia.com/gpu in resources is not valid.",
    ),
    "pod_cpu_request_is_within_the_limit": Example(
        asks_pod_for({"cpu": "2", "memory": "4Mi"}, {"cpu": "1"}),
        asks_pod_for({"cpu": "1", "memory": "4Mi"}, {"cpu": "2"}),
        "cpu request must be <= to cpu limit if both are provided.",
    ),
    "pod_memory_request_equals_the_limit": Example(
        asks_pod_for({"cpu": "2", "memory": "8Mi"}, {"memory": "8Mi"}),
        asks_pod_for({"cpu": "2", "memory": "8Mi"}, {"memory": "4Mi"}),
        "memory request must be equal to memory limit if both are provided.",
    ),
    "pod_gpu_request_equals_the_limit": Example(
        asks_pod_for({"cpu": "2", "memory": "8Mi", "nvidia.com/gpu": "2"}, {"nvidia.com/gpu": "2"}),
        asks_pod_for({"cpu": "2", "memory": "8Mi", "nvidia.com/gpu": "2"}, {"nvidia.com/gpu": "1"}),
        "gpu request must be equal to gpu limit if both are provided.",
    ),
    "pod_containers_ask_for_cpu_and_memory": Example(
        asks_pod_for({"cpu": "1"}, {"memory": "4Mi"}),
        asks_pod_for({"cpu": "1"}),
        "cpu and memory resources must be provided.",
    ),
    "a_dns_policy_is_a_known_one": Example(
        runs_pod(dnsPolicy="ClusterFirst"), runs_pod(dnsPolicy="None"), "Unsupported DNS policy value."
    ),
    "a_pod_does_not_run_in_the_default_namespace": Example(
        _labelled(namespace="batch"),
        _labelled(namespace="default"),
        "kubernetesNamespace cannot be the default Kubernetes namespace.",
    ),
    "a_pod_does_not_run_in_a_system_namespace": Example(
        _labelled(namespace="batch"),
        _labelled(namespace="kube-system"),
        "kubernetesNamespace cannot be a reserved Kubernetes system namespace.",
    ),
    "a_namespace_matches_the_pattern": Example(
        _labelled(namespace="my-batch1"),
        _labelled(namespace="My_Batch"),
        "kubernetesNamespace should match a valid pattern.",
    ),
    "a_pod_label_key_matches_the_pattern": Example(
        _labelled(labels={"example.com/team": "x"}),
        _labelled(labels={"-x": "x"}),
        "The name -x of the pod label key does not match a valid pattern.",
    ),
    "a_pod_annotation_key_matches_the_pattern": Example(
        _labelled(annotations={"example.com/team.name": "x"}),
        _labelled(annotations={"team-": "x"}),
        "The name team- of the pod annotation key does not match a valid pattern.",
    ),
    "a_pod_label_or_annotation_has_no_reserved_prefix": Example(
        _labelled(labels={"example.com/team": "x"}),
        _labelled(annotations={"app.kubernetes.io/name": "x"}),
        "The prefix app.kubernetes.io of the pod annotation key cannot contain terms "
        "from the following [kubernetes.io, k8s.io, batch.amazonaws.com].",
    ),
    "pod_label_and_annotation_values_are_short": Example(
        _labelled(labels={"team": "x" * 63}, annotations={"note": "x" * 255}),
        _labelled(labels={"team": "x" * 64}),
        f"The pod label value {'x' * 64} does not match a valid pattern.",
    ),
    "a_pod_volume_has_one_kind": Example(
        _empty_dir(),
        runs_pod(volumes=[{"name": "v", "emptyDir": {}, "hostPath": {"path": "/"}}]),
        "Volume v should have only one volume type.",
    ),
    "names_of_pod_volumes_and_secrets_are_dns_subdomains": Example(
        runs_pod(volumes=[{"name": "my-v.1", "secret": {"secretName": "s"}}]),
        runs_pod(volumes=[{"name": "v", "secret": {"secretName": "My_Secret"}}]),
        "The name My_Secret of a pod volume must be a valid DNS subdomain name.",
    ),
    "an_empty_dir_is_on_disk_or_in_memory": Example(
        _empty_dir(medium="Memory"),
        _empty_dir(medium="Disk"),
        "Invalid Volume mount. Allowed values - Memory or null.",
    ),
    "an_empty_dir_has_a_size_in_mebibytes": Example(
        _empty_dir(sizeLimit="100Mi"), _empty_dir(sizeLimit="1Gi"), "Invalid empty dir size limit."
    ),
    "a_volume_mount_names_a_volume_of_the_pod": Example(
        runs_pod(
            a_pod_container(volumeMounts=[{"name": "v", "mountPath": "/v"}]),
            volumes=[{"name": "v", "emptyDir": {}}],
        ),
        runs_pod(a_pod_container(volumeMounts=[{"name": "v", "mountPath": "/v"}])),
        "The volumeMounts name is required for eksProperties.",
    ),
    "image_pull_secrets_have_names_of_secrets": Example(
        runs_pod(imagePullSecrets=[{"name": "registry.1"}]),
        runs_pod(imagePullSecrets=[{"name": "Registry"}]),
        "The name Registry of an image pull secret does not match a valid pattern.",
    ),
    "linux_capabilities_are_named_without_their_prefix": Example(
        _secured(capabilities={"add": ["NET_ADMIN"], "drop": ["ALL"]}),
        _secured(capabilities={"drop": ["CAP_CHOWN"]}),
        "Linux capability CAP_CHOWN must be named without the CAP_ prefix.",
    ),
    "ids_in_a_security_context_fit_31_bits": Example(
        _secured(runAsUser=2**31 - 1),
        _secured(runAsUser=2**31),
        "runAsUser must be between 0 and 2147483647, got 2147483648.",
    ),
    "a_localhost_profile_goes_with_its_type": Example(
        _secured(seccompProfile={"type": "Localhost", "localhostProfile": "p.json"}),
        _secured(seccompProfile={"type": "RuntimeDefault", "localhostProfile": "p.json"}),
        "localhostProfile must be specified for seccompProfile type Localhost only.",
    ),
}

EXAMPLES: dict[str, Example] = _WHOLE | _RETRY_AND_TIMEOUT | _MULTINODE | _ECS | _EKS
