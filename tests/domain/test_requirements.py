"""What a job needs of a host, from its definition and the overrides of its submit."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_batchmock.domain.job_definition import JobDefinition
from pytest_batchmock.domain.requirements import (
    Requirements,
    effective,
    num_nodes,
    of_container,
    of_node,
    of_submit,
)

LEGACY = {"image": "x", "vcpus": 2, "memory": 512}
MODERN = {
    "image": "x",
    "resourceRequirements": [
        {"type": "VCPU", "value": "0.25"},
        {"type": "MEMORY", "value": "512"},
        {"type": "GPU", "value": "1"},
    ],
}


def asks(**amounts: str) -> dict[str, Any]:
    return {"resourceRequirements": [{"type": k, "value": v} for k, v in amounts.items()]}


def test_the_deprecated_members_are_read() -> None:
    assert of_container(LEGACY) == Requirements(2000, 512, 0)


def test_resource_requirements_are_read_in_thousandths_and_mebibytes() -> None:
    assert of_container(MODERN) == Requirements(250, 512, 1)


def test_a_requirement_is_overridden_type_by_type() -> None:
    assert of_container(MODERN, asks(VCPU="4")) == Requirements(4000, 512, 1)


def test_a_requirement_of_the_override_replaces_a_deprecated_member() -> None:
    assert of_container(LEGACY, asks(MEMORY="1024")) == Requirements(2000, 1024, 0)


def test_deprecated_overrides_replace_deprecated_members() -> None:
    assert of_container(LEGACY, {"vcpus": 8, "memory": 64}) == Requirements(8000, 64, 0)


def test_deprecated_overrides_are_ignored_beside_resource_requirements() -> None:
    """Recorded: they are not refused, and change nothing."""
    assert of_container(MODERN, {"vcpus": 8, "memory": 64}) == Requirements(250, 512, 1)


def test_a_task_needs_the_sum_of_its_containers() -> None:
    containers = [{"name": "a", **MODERN}, {"name": "b", **asks(VCPU="1", MEMORY="256")}]
    definition = {"ecsProperties": {"taskProperties": [{"containers": containers}]}}
    assert effective(definition, {}) == Requirements(1250, 768, 1)


def test_an_override_reaches_the_container_it_names() -> None:
    containers = [{"name": "a", **MODERN}, {"name": "b", **asks(VCPU="1", MEMORY="256")}]
    definition = {"ecsProperties": {"taskProperties": [{"containers": containers}]}}
    override = {"taskProperties": [{"containers": [{"name": "b", **asks(VCPU="3")}]}]}
    assert effective(definition, {"ecsPropertiesOverride": override}) == Requirements(3250, 768, 1)


def pod(*containers: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"eksProperties": {"podProperties": {"containers": list(containers)} | members}}


def uses(cpu: str, memory: str, where: str = "limits", name: str = "a", **more: str) -> dict[str, Any]:
    return {"name": name, "resources": {where: {"cpu": cpu, "memory": memory} | more}}


def test_a_pod_needs_the_sum_of_its_containers() -> None:
    definition = pod(
        uses("0.5", "128Mi"), uses("1", "256Mi", "requests", "b", **{"nvidia.com/gpu": "2"})
    )
    assert effective(definition, {}) == Requirements(1500, 384, 2)


def test_a_pod_is_placed_by_its_requests_where_limits_differ() -> None:
    resources = {"limits": {"cpu": "4", "memory": "8Mi"}, "requests": {"cpu": "1"}}
    assert effective(pod({"resources": resources}), {}) == Requirements(1000, 8, 0)


def test_a_large_init_container_decides_what_a_pod_needs() -> None:
    definition = pod(uses("1", "8Mi"), initContainers=[uses("2", "4Mi", name="init")])
    assert effective(definition, {}) == Requirements(2000, 8, 0)


def test_an_override_reaches_the_only_container_of_a_pod_without_a_name() -> None:
    definition = pod({"resources": {"limits": {"cpu": "1", "memory": "8Mi"}}})
    override = {"podProperties": {"containers": [{"resources": {"limits": {"cpu": "2"}}}]}}
    assert effective(definition, {"eksPropertiesOverride": override}) == Requirements(2000, 8, 0)


NODES = {
    "nodeProperties": {
        "numNodes": 4,
        "mainNode": 0,
        "nodeRangeProperties": [
            {"targetNodes": "0:", "container": LEGACY},
            {"targetNodes": "1", "container": MODERN},
        ],
    }
}


@pytest.mark.parametrize(("node", "mvcpus"), [(0, 2000), (1, 250), (3, 2000)])
def test_a_node_follows_its_narrowest_range(node: int, mvcpus: int) -> None:
    assert of_node(NODES, node).mvcpus == mvcpus


def test_the_number_of_nodes_can_be_overridden() -> None:
    submit = {"nodeOverrides": {"numNodes": 9}}
    assert (num_nodes(NODES), num_nodes(NODES, submit)) == (4, 9)
    assert of_node(NODES, 8, submit) == Requirements(2000, 512, 0)


def test_a_node_override_reaches_the_nodes_it_targets() -> None:
    entry = {"targetNodes": "2:", "containerOverrides": asks(VCPU="16")}
    submit = {"nodeOverrides": {"nodePropertyOverrides": [entry]}}
    assert [of_node(NODES, node, submit).mvcpus for node in range(4)] == [2000, 250, 16000, 16000]


def test_a_submit_without_overrides_needs_what_the_definition_says() -> None:
    definition = JobDefinition(
        name="d", revision=1, arn="", request={"containerProperties": LEGACY}, described={}, tags={}
    )
    plain = {"jobName": "etl", "retryStrategy": {"attempts": 2}}
    assert of_submit(definition, plain) == Requirements(2000, 512, 0)
    assert of_submit(definition, plain | {"containerOverrides": asks(VCPU="3")}).mvcpus == 3000
