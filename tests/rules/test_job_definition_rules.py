"""What the examples cannot show: legal definitions pass every rule, and variants of the texts."""

from __future__ import annotations

import pytest

from pytest_batchmock.errors import BatchError
from pytest_batchmock.rules import SUBJECTS
from pytest_batchmock.rules.registry import RULES, Request, enforce

from . import examples_job_containers, examples_job_definition
from .job_requests import (
    ROLE,
    a_container,
    a_pod,
    a_range,
    a_task,
    asks_pod_for,
    needs,
    on_ec2,
    on_fargate,
    registers,
    runs_nodes,
    runs_pod,
    runs_task,
)

LEGAL = examples_job_definition.EXAMPLES | examples_job_containers.EXAMPLES


def refusal(request: Request) -> str:
    with pytest.raises(BatchError) as refused:
        enforce(request)
    return refused.value.message


def test_rules_are_asked_in_the_order_of_the_subjects() -> None:
    """A module that imports the rules of another would register them too early."""
    order = [SUBJECTS.index(rule.subject) for rule in RULES]
    assert order == sorted(order)


@pytest.mark.parametrize("name", LEGAL)
def test_every_legal_example_passes_all_rules(name: str) -> None:
    enforce(LEGAL[name].accepted)


@pytest.mark.parametrize(
    "request_",
    [
        on_ec2(vcpus=1, memory=4, resourceRequirements=None),
        on_fargate(),
        runs_task(),
        runs_task(a_container()),
        runs_task(on="FARGATE", executionRoleArn=ROLE, platformVersion="1.4.0"),
        runs_task(a_container(resourceRequirements=needs("0.5")), on="MANAGED_INSTANCES"),
        runs_pod(),
        runs_nodes(a_range("0:1"), a_range("1"), a_range("2:")),
        runs_nodes(a_range(":", container=None, ecsProperties=a_task())),
        registers(retryStrategy={"attempts": 1, "evaluateOnExit": []}, timeout={}, parameters={}),
    ],
)
def test_a_legal_definition_of_every_kind_passes(request_: Request) -> None:
    enforce(request_)


def test_the_refusal_is_wrapped_as_the_service_does_it() -> None:
    with pytest.raises(BatchError) as refused:
        enforce(on_ec2(networkConfiguration={}))
    assert refused.value.text("r-1") == (
        "Error executing request, Exception : networkConfiguration not applicable for EC2., "
        "RequestId: r-1"
    )


@pytest.mark.parametrize(
    ("vcpu", "memory", "pair"),
    [("0.25", "4096", "0.25 vCPU, 4096 MiB"), ("2", "1024", "2.00 vCPU, 1024 MiB")],
)
def test_a_bad_fargate_pair_is_named_with_two_decimals(vcpu: str, memory: str, pair: str) -> None:
    request = on_fargate(resourceRequirements=needs(vcpu, memory))
    assert refusal(request) == f"Fargate resource requirements ({pair}) not valid."


def test_the_containers_of_a_fargate_task_are_sized_together() -> None:
    half = needs("0.5", "1536")
    fits = runs_task(
        a_container(name="a", resourceRequirements=half),
        a_container(name="b", resourceRequirements=half),
        on="FARGATE",
        executionRoleArn=ROLE,
    )
    enforce(fits)


@pytest.mark.parametrize("member", ["devices", "sharedMemorySize", "tmpfs", "maxSwap", "swappiness"])
def test_fargate_refuses_every_linux_parameter_by_name(member: str) -> None:
    value = {"devices": [{"hostPath": "/d"}], "tmpfs": [{"containerPath": "/t", "size": 1}]}.get(
        member, 1
    )
    request = on_fargate(linuxParameters={member: value})
    assert refusal(request) == f"linuxParameter.{member} is not allowed for Fargate."


def test_fargate_refuses_deprecated_memory_as_well() -> None:
    container = {"memory": 2048, "resourceRequirements": [{"type": "VCPU", "value": "1"}]}
    text = "memory is not applicable for Fargate. Use resource requirements instead."
    assert refusal(on_fargate(**container)) == text


@pytest.mark.parametrize(
    ("kinds", "text"),
    [
        ({"eksProperties": a_pod()}, "Cannot use both ECS containerProperties and eksProperties"),
        (
            {"containerProperties": None, "ecsProperties": a_task(), "eksProperties": a_pod()},
            "Cannot use both ecsProperties and eksProperties",
        ),
        (
            {
                "type": "multinode",
                "containerProperties": None,
                "eksProperties": a_pod(),
                "nodeProperties": runs_nodes().params["nodeProperties"],
            },
            "Cannot use both nodeProperties and eksProperties",
        ),
    ],
)
def test_two_kinds_of_properties_are_refused_by_their_names(kinds: dict[str, object], text: str) -> None:
    assert refusal(registers(**kinds)) == text


def test_deprecated_memory_excludes_the_memory_requirement() -> None:
    request = on_ec2(memory=4)
    text = "Cannot use both ECS containerProperties memory and resourceRequirement MEMORY."
    assert refusal(request) == text


@pytest.mark.parametrize("pattern", ["*Spot*", "Host (EC2)", "exit-1", "a/b", "a*b"])
@pytest.mark.parametrize("member", ["onReason", "onStatusReason"])
def test_a_pattern_outside_the_set_is_refused(member: str, pattern: str) -> None:
    rules = [{"action": "RETRY", member: pattern}]
    request = registers(retryStrategy={"attempts": 2, "evaluateOnExit": rules})
    assert refusal(request) == "Evaluate on exit condition contains restricted characters."


@pytest.mark.parametrize("code", ["abc", "-1", "1.5", "*1"])
def test_an_exit_code_pattern_has_digits_only(code: str) -> None:
    rules = [{"action": "RETRY", "onExitCode": code}]
    request = registers(retryStrategy={"attempts": 2, "evaluateOnExit": rules})
    assert refusal(request) == "Evaluate on exit condition contains restricted characters."


def test_retry_rules_without_attempts_are_refused() -> None:
    rules = [{"action": "RETRY", "onReason": "*"}]
    request = registers(retryStrategy={"evaluateOnExit": rules})
    assert refusal(request) == "RetryAttempts must be provided with retry strategy."


@pytest.mark.parametrize("attempts", [0, 11])
def test_attempts_outside_1_to_10_are_refused(attempts: int) -> None:
    request = registers(retryStrategy={"attempts": attempts})
    assert refusal(request) == "RetryAttempts must be between 1 and 10."


def test_containers_of_node_ranges_are_looked_at_too() -> None:
    request = runs_nodes(a_range("0"), a_range("1:", container={"image": "x", "vcpus": 1}))
    assert refusal(request) == "Memory is required."


def test_tasks_of_node_ranges_are_looked_at_too() -> None:
    task = a_task(a_container(name="a"), a_container(name="a"))
    request = runs_nodes(a_range("0:", container=None, ecsProperties=task))
    assert refusal(request) == "Container names must be unique"


def test_consumable_resources_of_node_ranges_are_looked_at_too() -> None:
    twice = {"consumableResourceList": [{"consumableResource": "a", "quantity": 1}] * 2}
    request = runs_nodes(a_range("0:", consumableResourceProperties=twice))
    assert refusal(request) == (
        "Cannot have duplicate consumableResource in consumableResourceProperties"
    )


@pytest.mark.parametrize("amounts", [{"vcpu": "9" * 500}, {"memory": "9" * 5000}, {"gpu": "9" * 5000}])
def test_a_requirement_of_more_digits_than_an_integer_has_is_no_number(amounts: dict[str, str]) -> None:
    request = on_ec2(resourceRequirements=needs(**amounts))
    assert "Please provide a numeric value." in refusal(request)


def test_target_nodes_of_more_digits_than_an_integer_has_are_refused() -> None:
    assert refusal(runs_nodes(a_range("0:" + "9" * 5000))) == "targetNodes should contain only digits."


@pytest.mark.parametrize("cpu", ["0", "-1", "0.3", "1Gi", "", "9" * 400])
def test_pod_cpu_is_a_positive_multiple_of_a_quarter(cpu: str) -> None:
    request = asks_pod_for({"cpu": cpu, "memory": "4Mi"})
    assert refusal(request).startswith(f"Value {cpu} for type cpu in resources is not valid.")


def test_the_prefix_of_an_annotation_may_have_capital_letters_as_in_kubernetes() -> None:
    enforce(runs_pod(metadata={"annotations": {"Example.com/Team": "x"}}))
    annotations = {"example_com/team": "x"}
    assert refusal(runs_pod(metadata={"annotations": annotations})) == (
        "The prefix example_com of the pod annotation key does not match a valid pattern."
    )
