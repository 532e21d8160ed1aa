"""Examples of the rules of SubmitJob about what it overrides of the nodes of a multi-node job."""

from __future__ import annotations

from typing import Any

from pytest_batchmock.rules.registry import Request

from .example import Example
from .job_requests import (
    a_container,
    a_pod,
    a_range,
    a_task,
    a_world,
    overrides_nodes,
    runs_nodes,
    submits,
)


def _overriding(*ranges: dict[str, Any], **override: Any) -> Request:
    """A submit of four nodes that overrides something of the first range."""
    overrides = [{"targetNodes": ranges[0]["targetNodes"] if ranges else "0:", **override}]
    on_eks = any("eksProperties" in entry for entry in ranges)
    cluster = {"eksClusterArn": "c", "kubernetesNamespace": "batch"}
    region = a_world(eksConfiguration=cluster) if on_eks else a_world()
    return submits(runs_nodes(*ranges), region, nodeOverrides={"nodePropertyOverrides": overrides})


def _node_overrides_of(*targets: str) -> Request:
    """A SubmitJob that overrides the command of some nodes of a job with two ranges."""
    entries = [{"targetNodes": it, "containerOverrides": {"command": ["x"]}} for it in targets]
    definition = runs_nodes(a_range("0:3"), a_range("1:2"))
    return submits(definition, nodeOverrides={"nodePropertyOverrides": entries})


def _num_nodes(count: int, *ranges: dict[str, Any], main_node: int = 0) -> Request:
    return submits(runs_nodes(*ranges, main_node=main_node), nodeOverrides={"numNodes": count})


def _tasks() -> dict[str, Any]:
    return a_range("0:", container=None, ecsProperties=a_task())


def _pods(nodes: str, namespace: str) -> dict[str, Any]:
    return a_range(nodes, container=None, eksProperties=a_pod(metadata={"namespace": namespace}))


def _moved_to(namespace: str) -> dict[str, Any]:
    return {"podProperties": {"metadata": {"namespace": namespace}}}


EXAMPLES: dict[str, Example] = {
    "an_overridden_number_of_nodes_is_1_to_1000": Example(
        _num_nodes(1000), _num_nodes(0), "Number of nodes must be between 1 and 1000."
    ),
    "a_number_of_nodes_needs_a_range_with_an_open_end": Example(
        _num_nodes(8, a_range("0:1"), a_range("2:")),
        _num_nodes(8, a_range("0:3")),
        "numNodes can only be overridden if a node range has an open upper boundary.",
    ),
    "a_number_of_nodes_holds_the_main_node": Example(
        _num_nodes(4, main_node=3),
        _num_nodes(3, main_node=3),
        "Main node index is out of range, must be less than numNodes.",
    ),
    "overridden_target_nodes_are_an_index_or_a_range": Example(
        overrides_nodes(":"), overrides_nodes("a:b"), "targetNodes should contain only digits."
    ),
    "overridden_target_nodes_are_nodes_of_the_job": Example(
        overrides_nodes("0:3"),
        overrides_nodes("0:4"),
        "targetNodes 0:4 is out of range, must be less than numNodes.",
    ),
    "overridden_target_nodes_are_a_range_of_the_definition": Example(
        overrides_nodes("0:3"),
        overrides_nodes("0:0"),
        "NodeOverride targets should match job definition. Non matching targets - 0:0",
    ),
    "a_node_range_is_overridden_once": Example(
        _node_overrides_of("0:3", "1:2"),
        _node_overrides_of("0:3", "1:2", "0:"),
        "NodeOverride targets must be unique, but 0: is not.",
    ),
    "node_overrides_are_of_the_kind_of_the_ranges": Example(
        overrides_nodes(),
        overrides_nodes(ecsPropertiesOverride={"taskProperties": [{}]}),
        "ecsPropertiesOverride is only applicable for node ranges with ecsProperties.",
    ),
    "overridden_instance_types_need_ecs_properties": Example(
        _overriding(_tasks(), instanceTypes=["c5.large"]),
        _overriding(instanceTypes=["c5.large"]),
        "Using instanceTypes with nodeRangeProperty is only allowed for ecsProperties jobs.",
    ),
    "an_override_of_nodes_names_at_most_one_instance_type": Example(
        _overriding(_tasks(), instanceTypes=["c5.large"]),
        _overriding(_tasks(), instanceTypes=["c5.large", "m5.large"]),
        "instanceTypes of a node range is limited to one element.",
    ),
    "all_nodes_use_the_same_instance_type_after_overrides": Example(
        _overriding(
            a_range("0:1", container=a_container(instanceType="m5.large")),
            a_range("2:3"),
            containerOverrides={"instanceType": "c5.large"},
        ),
        _overriding(
            a_range("0:1", container=a_container(instanceType="m5.large")),
            a_range("2:3", container=a_container(instanceType="m5.large")),
            containerOverrides={"instanceType": "c5.large"},
        ),
        "All node ranges must use the same instance type.",
    ),
    "all_nodes_use_the_same_namespace_after_overrides": Example(
        _overriding(_pods("0:1", "etl"), _pods("2:3", "etl"), eksPropertiesOverride=_moved_to("etl")),
        _overriding(_pods("0:1", "etl"), _pods("2:3", "etl"), eksPropertiesOverride=_moved_to("other")),
        "The same namespace must be provided across all node ranges.",
    ),
    "an_overridden_container_of_a_node_exists": Example(
        _overriding(
            _tasks(), ecsPropertiesOverride={"taskProperties": [{"containers": [{"name": "side"}]}]}
        ),
        _overriding(
            _tasks(), ecsPropertiesOverride={"taskProperties": [{"containers": [{"name": "ghost"}]}]}
        ),
        "Container ghost is not defined in the job definition.",
    ),
}
