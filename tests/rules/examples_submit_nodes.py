"""Examples of the rules of SubmitJob about the nodes of a multi-node job after its overrides."""

from __future__ import annotations

from typing import Any

from pytest_batchmock.rules.registry import Request

from .example import Example
from .job_requests import a_container, a_pod, a_range, a_task, a_world, runs_nodes, submits


def _overriding(*ranges: dict[str, Any], **override: Any) -> Request:
    """A submit of four nodes that overrides something of the first range."""
    overrides = [{"targetNodes": ranges[0]["targetNodes"] if ranges else "0:", **override}]
    on_eks = any("eksProperties" in entry for entry in ranges)
    cluster = {"eksClusterArn": "c", "kubernetesNamespace": "batch"}
    region = a_world(eksConfiguration=cluster) if on_eks else a_world()
    return submits(runs_nodes(*ranges), region, nodeOverrides={"nodePropertyOverrides": overrides})


def _tasks() -> dict[str, Any]:
    return a_range("0:", container=None, ecsProperties=a_task())


def _pods(nodes: str, namespace: str) -> dict[str, Any]:
    return a_range(nodes, container=None, eksProperties=a_pod(metadata={"namespace": namespace}))


def _moved_to(namespace: str) -> dict[str, Any]:
    return {"podProperties": {"metadata": {"namespace": namespace}}}


EXAMPLES: dict[str, Example] = {
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
