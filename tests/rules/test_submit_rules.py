"""What the examples cannot show of SubmitJob: legal submits, the order of checks, overrides."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_batchmock.errors import BatchError
from pytest_batchmock.rules.registry import Request, enforce

from . import examples_submit, examples_submit_nodes
from .builders import fargate
from .job_requests import (
    a_container,
    a_range,
    a_task,
    a_world,
    an_upstream,
    depends_on_array,
    needs,
    on_ec2,
    on_fargate,
    overrides,
    registers,
    runs_nodes,
    runs_task,
    submits,
    submits_pod,
    submits_service_job,
)

LEGAL = examples_submit.EXAMPLES | examples_submit_nodes.EXAMPLES


def refused(request: Request) -> BatchError:
    with pytest.raises(BatchError) as error:
        enforce(request)
    return error.value


def refusal(request: Request) -> str:
    return refused(request).message


@pytest.mark.parametrize("name", LEGAL)
def test_every_legal_example_passes_all_rules(name: str) -> None:
    enforce(LEGAL[name].accepted)


def test_a_plain_job_passes() -> None:
    enforce(submits(retryStrategy={"attempts": 2}))


@pytest.mark.parametrize("name", ["", "-a", "a b", "a" * 129, "é"])
def test_a_bad_job_name_is_refused_and_wrapped(name: str) -> None:
    error = refused(submits(jobName=name))
    assert (error.message, error.wrapped) == ("Job name should match valid pattern", True)


def test_the_name_is_looked_at_before_the_queue() -> None:
    request = submits(jobName="!!", timeout={"attemptDurationSeconds": 1})
    request.queue.state = "DISABLED"
    assert refusal(request) == "Job name should match valid pattern"


def test_the_queue_is_looked_at_before_the_platform_and_the_rest() -> None:
    request = submits(region=a_world(on=fargate()), timeout={"attemptDurationSeconds": 1})
    request.queue.state = "DISABLED"
    assert "DISABLED" in refusal(request)
    request.queue.state = "ENABLED"
    assert "capability EC2" in refusal(request)


def test_a_fargate_definition_needs_a_fargate_queue() -> None:
    request = submits(on_fargate(), a_world())
    assert refusal(request) == (
        "Job Queue is attached to Compute Environment that can not run Jobs with capability FARGATE"
    )


def test_a_multinode_job_for_spot_is_not_refused_by_default() -> None:
    enforce(submits(runs_nodes(), a_world(on={"type": "SPOT", "maxvCpus": 4})))


@pytest.mark.parametrize("member", [{"shareIdentifier": "a"}, {"schedulingPriorityOverride": 5}])
def test_shares_and_priorities_are_refused_on_a_fifo_queue(member: dict[str, Any]) -> None:
    assert "can onlybe submitted" in refusal(submits(**member))


@pytest.mark.parametrize("identifier", ["", "a" * 256, "a*b", "*"])
def test_a_bad_share_identifier_is_refused(identifier: str) -> None:
    request = submits(
        region=a_world(fair=True), shareIdentifier=identifier, schedulingPriorityOverride=1
    )
    assert refusal(request) in (
        "ShareIdentifier name should match a valid pattern.",
        "shareIdentifier must be specified.",
    )


@pytest.mark.parametrize("size", [0, 1, 10001])
def test_an_array_outside_2_to_10000_is_refused(size: int) -> None:
    assert refusal(submits(arrayProperties={"size": size})).startswith("Array size must be between")


def test_n_to_n_on_a_single_job_is_refused() -> None:
    assert refusal(depends_on_array(3, 0)).endswith("but it is no array job.")


def test_n_to_n_of_a_single_job_is_refused() -> None:
    region = a_world()
    upstream = an_upstream(region, array_size=3)
    request = submits(region=region, dependsOn=[{"jobId": upstream, "type": "N_TO_N"}])
    assert refusal(request) == "Dependency of type N_TO_N is only applicable for array jobs."


def test_sequential_with_a_job_id_is_a_plain_dependency() -> None:
    region = a_world()
    upstream = an_upstream(region)
    enforce(submits(region=region, dependsOn=[{"jobId": upstream, "type": "SEQUENTIAL"}]))


def test_twenty_one_dependencies_are_refused_and_wrapped() -> None:
    region = a_world()
    error = refused(submits(region=region, dependsOn=[{"jobId": an_upstream(region)}] * 21))
    assert error.text("r") == (
        "Error executing request, Exception : Job cannot have more than 20 dependencies, RequestId: r"
    )


def test_deprecated_overrides_beside_resource_requirements_are_ignored() -> None:
    """Recorded: they are not refused."""
    enforce(overrides(vcpus=0, memory=1))


def test_the_fargate_size_after_overrides_is_refused_bare() -> None:
    error = refused(overrides(on_fargate(), resourceRequirements=needs("1", "4000")))
    assert error.text("r") == "Fargate resource requirements (1.00 vCPU, 4000 MiB) not valid."


def test_one_overridden_type_is_sized_with_the_other_of_the_definition() -> None:
    request = overrides(on_fargate(), resourceRequirements=[{"type": "VCPU", "value": "4"}])
    assert refusal(request) == "Fargate resource requirements (4.00 vCPU, 2048 MiB) not valid."


# --- placeholders ---------------------------------------------------------------------------------

COMMAND = ["run", "Ref::input", "--x=Ref::partial", "Ref::"]


def test_a_placeholder_is_a_whole_token() -> None:
    enforce(submits(on_ec2(command=COMMAND), parameters={"input": "a"}))


def test_a_default_of_the_definition_fills_a_placeholder() -> None:
    container = a_container(command=COMMAND)
    enforce(submits(registers(containerProperties=container, parameters={"input": "a"})))


def test_the_command_after_the_override_counts() -> None:
    enforce(submits(on_ec2(command=COMMAND), containerOverrides={"command": ["true"]}))
    request = submits(containerOverrides={"command": ["Ref::late"]})
    assert refusal(request) == ("Unable to substitute value. No parameter found for reference late")


def test_placeholders_of_every_container_of_a_task_count() -> None:
    task = runs_task(a_container(name="a"), a_container(name="b", command=["Ref::b"]))
    assert refusal(submits(task)).endswith("reference b")
    override = {"taskProperties": [{"containers": [{"name": "b", "command": ["x"]}]}]}
    enforce(submits(task, ecsPropertiesOverride=override))


def test_placeholders_of_every_node_range_count() -> None:
    asks = a_container(command=["Ref::n"])
    nodes = runs_nodes(a_range("0"), a_range("1:", container=asks), a_range("1:2", container=asks))
    assert refusal(submits(nodes)).endswith("reference n")
    some = {"targetNodes": "1:2", "containerOverrides": {"command": ["x"]}}
    assert refusal(submits(nodes, nodeOverrides={"nodePropertyOverrides": [some]})).endswith(
        "reference n"
    )
    each = {"targetNodes": "1:", "containerOverrides": {"command": ["x"]}}
    enforce(submits(nodes, nodeOverrides={"nodePropertyOverrides": [each]}))


# --- overrides ------------------------------------------------------------------------------------


def test_an_override_of_another_kind_is_refused() -> None:
    override = {"taskProperties": [{"containers": []}]}
    refused = refusal(submits_pod(ecsPropertiesOverride=override))
    assert refused.startswith("ecsPropertiesOverride is only applicable")


@pytest.mark.parametrize(
    "overrides", [{"containerOverrides": {"command": ["x"]}}, {"nodeOverrides": {"numNodes": 2}}]
)
def test_a_pod_has_neither_container_nor_node_overrides(overrides: dict[str, Any]) -> None:
    text = "Container overrides or node overrides should not be set for Batch on EKS jobs."
    assert refusal(submits_pod(**overrides)) == text


def test_an_empty_override_of_another_kind_is_harmless() -> None:
    enforce(submits_pod(containerOverrides={}))


def test_the_overrides_of_nodes_are_looked_at_as_well() -> None:
    entry = {"targetNodes": "0:", "containerOverrides": {"command": [""]}}
    request = submits(runs_nodes(), nodeOverrides={"nodePropertyOverrides": [entry]})
    assert refusal(request) == "Command cannot be empty"


def test_the_task_override_of_a_node_range_is_one_as_well() -> None:
    nodes = runs_nodes(a_range("0:", container=None, ecsProperties=a_task()))
    tasks = [{"containers": [{"name": name}]} for name in ("main", "side")]
    override = {"targetNodes": "0:", "ecsPropertiesOverride": {"taskProperties": tasks}}
    request = submits(nodes, nodeOverrides={"nodePropertyOverrides": [override]})
    assert refusal(request) == "taskProperties of ecsPropertiesOverride is limited to one element."


def test_environment_overrides_of_pods_are_looked_at_as_well() -> None:
    entry = {"env": [{"name": "AWS_BATCH_X", "value": "1"}]}
    request = submits_pod(eksPropertiesOverride={"podProperties": {"containers": [entry]}})
    assert refusal(request) == "Environment variable AWS_BATCH_X cannot start with AWS_BATCH."


@pytest.mark.parametrize(
    ("override", "text"),
    [
        ({"containers": [{"resources": {"limits": {"cpu": "0.3"}}}]}, "Value 0.3 for type cpu"),
        (
            {"containers": [{"resources": {"limits": {"memory": "3Mi"}}}]},
            "Memory must be at least 4 Mib",
        ),
        ({"containers": [{"resources": {"requests": {"disk": "1"}}}]}, "disk is not a supported type"),
        ({"metadata": {"namespace": "default"}}, "kubernetesNamespace cannot be the default"),
        ({"metadata": {"namespace": "kube-x"}}, "kubernetesNamespace cannot be a reserved"),
        ({"metadata": {"labels": {"k8s.io/x": "y"}}}, "The prefix k8s.io of the pod label key"),
        ({"initContainers": [{"name": "ghost"}]}, "Container ghost is not defined"),
    ],
)
def test_resources_and_metadata_of_an_overridden_pod_follow_the_rules_of_definitions(
    override: dict[str, Any], text: str
) -> None:
    overrides_pod = {"podProperties": override}
    assert refusal(submits_pod(eksPropertiesOverride=overrides_pod)).startswith(text)


def test_a_lower_number_of_nodes_keeps_the_open_range() -> None:
    nodes = runs_nodes(a_range("0:2"), a_range("3:"))
    enforce(submits(nodes, nodeOverrides={"numNodes": 4}))
    assert refusal(submits(nodes, nodeOverrides={"numNodes": 3})) == (
        "The lower boundary of node range 3: must be less than numNodes 3."
    )


def test_consumable_overrides_are_looked_at_as_well() -> None:
    entries = [{"consumableResource": name, "quantity": 1} for name in "abcdef"]
    override = {"consumableResourceList": entries}
    assert "at most 5" in refusal(submits(consumableResourcePropertiesOverride=override))


@pytest.mark.parametrize(
    ("member", "text"),
    [
        ({"vcpus": 0}, "vCPU must be at least 1, got 0."),
        ({"vcpus": -5}, "vCPU must be at least 1, got -5."),
        ({"memory": 3}, "Memory must be at least 4 Mib, got 3 Mib."),
    ],
)
def test_deprecated_overrides_are_enough_too(member: dict[str, int], text: str) -> None:
    legacy = on_ec2(resourceRequirements=None, vcpus=1, memory=128)
    assert refusal(overrides(legacy, **member)) == text
    nodes = [{"targetNodes": "0:", "containerOverrides": member}]
    ranges = runs_nodes(a_range("0:", container={"image": "busybox", "vcpus": 1, "memory": 128}))
    assert refusal(submits(ranges, nodeOverrides={"nodePropertyOverrides": nodes})) == text


def test_a_consumable_override_names_its_resource() -> None:
    override = {"consumableResourceList": [{"quantity": 1}]}
    assert refusal(submits(consumableResourcePropertiesOverride=override)) == (
        "consumableResource must be specified in consumableResourceProperties."
    )


@pytest.mark.parametrize("kind", ["VCPU", "MEMORY", "GPU"])
def test_an_override_of_more_digits_than_an_integer_has_is_no_number(kind: str) -> None:
    many = "9" * 5000
    request = overrides(resourceRequirements=[{"type": kind, "value": many}])
    assert refusal(request).startswith(f"Value {many} for type {kind} in resourceRequirement")


def test_a_retry_strategy_of_a_submit_follows_the_rules_of_definitions() -> None:
    assert refusal(submits(retryStrategy={})) == "RetryAttempts must be provided with retry strategy."


def test_a_priority_alone_is_allowed_for_a_service_job_with_quota_shares() -> None:
    enforce(submits_service_job("quota", quotaShareName="s", schedulingPriority=3))
