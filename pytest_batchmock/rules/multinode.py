"""What RegisterJobDefinition refuses in ``nodeProperties`` of a multi-node definition.

The containers inside its ranges are looked at by the rules of containers, tasks and pods. Which range
a node follows is domain/node_ranges.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pytest_batchmock.domain.node_ranges import bounds, uncovered
from pytest_batchmock.rules.definition_parts import pods
from pytest_batchmock.rules.registry import Request, rule

REGISTER: Final = "RegisterJobDefinition"
MAX_NODES: Final = 1000
MAX_RANGES: Final = 5
_PAYLOADS: Final = ("container", "ecsProperties", "eksProperties")


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def a_multinode_definition_has_1_to_1000_nodes(request: Request) -> str | None:
    """``numNodes``."""
    nodes = _nodes(request)
    if nodes and not 1 <= nodes["numNodes"] <= MAX_NODES:
        return "Number of nodes must be between 1 and 1000."
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def the_main_node_is_one_of_the_nodes(request: Request) -> str | None:
    """``mainNode`` is an index from 0."""
    nodes = _nodes(request)
    if nodes and not 0 <= nodes["mainNode"] < nodes["numNodes"]:
        return "Main node index is out of range, must be less than numNodes."
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def a_multinode_definition_has_at_most_5_ranges(request: Request) -> str | None:
    """Node groups of one job."""
    if len(_ranges(request)) > MAX_RANGES:
        return "Maximum allowed size of node range properties is 5"
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def target_nodes_are_an_index_or_a_range(request: Request) -> str | None:
    """Digits, with at most one colon."""
    for entry in _ranges(request):
        if bounds(entry["targetNodes"], 1) is None:
            return "targetNodes should contain only digits."
    return None


@rule(REGISTER, evidence="documented", source="API model, NodeRangeProperty.targetNodes", wrapped=True)
def target_nodes_are_nodes_of_the_job(request: Request) -> str | None:
    """Every index is below ``numNodes`` and a range does not run backwards; the words are ours."""
    nodes = _nodes(request)
    for entry in _ranges(request):
        limits = bounds(entry["targetNodes"], nodes["numNodes"])
        if limits is not None and not limits[0] <= limits[1] < nodes["numNodes"]:
            return f"targetNodes {entry['targetNodes']} is out of range, must be less than numNodes."
    return None


@rule(REGISTER, evidence="observed", source="recorded answer", wrapped=True)
def the_ranges_cover_all_nodes(request: Request) -> str | None:
    """Together they hold every index from 0 to numNodes - 1."""
    nodes = _nodes(request)
    if nodes and uncovered(nodes["numNodes"], _ranges(request)) is not None:
        return "Node Range Properties target nodes have missing ranges"
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def a_node_range_has_a_container(request: Request) -> str | None:
    """One of container, ecsProperties and eksProperties."""
    for entry in _ranges(request):
        if not any(name in entry for name in _PAYLOADS):
            return f"Must specify container for node range {entry['targetNodes']}"
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def a_node_range_has_one_kind_of_container(request: Request) -> str | None:
    """Measured for container with ecsProperties; other pairs follow its words."""
    for entry in _ranges(request):
        given = [name for name in _PAYLOADS if name in entry]
        if len(given) > 1:
            return f"NodeRangeProperties can not use both {given[1]} and {given[0]} fields"
    return None


@rule(
    REGISTER,
    evidence="documented",
    source="API model, RegisterJobDefinition.eksProperties",
    wrapped=True,
)
def node_ranges_are_all_ecs_or_all_eks(request: Request) -> str | None:
    """One job runs on one orchestrator; the words of the refusal are ours."""
    kinds = {"eksProperties" in entry for entry in _ranges(request)}
    if len(kinds) > 1:
        return "All node ranges must use eksProperties, or none of them."
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def instance_types_of_a_range_need_ecs_properties(request: Request) -> str | None:
    """``container.instanceType`` is the member for the other form."""
    for entry in _ranges(request):
        if entry.get("instanceTypes") and "ecsProperties" not in entry:
            return "Using instanceTypes with nodeRangeProperty is only allowed for ecsProperties jobs."
    return None


@rule(REGISTER, evidence="documented", source="API model, NodeRangeProperty.instanceTypes", wrapped=True)
def a_range_names_at_most_one_instance_type(request: Request) -> str | None:
    """The words of the refusal are ours."""
    if any(len(entry.get("instanceTypes") or ()) > 1 for entry in _ranges(request)):
        return "instanceTypes of a node range is limited to one element."
    return None


@rule(
    REGISTER, evidence="documented", source="API model, ContainerProperties.instanceType", wrapped=True
)
def all_node_ranges_use_the_same_instance_type(request: Request) -> str | None:
    """Whichever member names it; the words of the refusal are ours."""
    named: set[str] = set()
    for entry in _ranges(request):
        named.update(entry.get("instanceTypes") or ())
        if (entry.get("container") or {}).get("instanceType"):
            named.add(entry["container"]["instanceType"])
    if len(named) > 1:
        return "All node ranges must use the same instance type."
    return None


@rule(REGISTER, evidence="documented", source="API model, EksMetadata.namespace", wrapped=True)
def all_node_ranges_use_the_same_namespace(request: Request) -> str | None:
    """The words of the refusal are ours."""
    if not _ranges(request):
        return None
    namespaces = {(pod.get("metadata") or {}).get("namespace") for pod in pods(request.params)}
    if len(namespaces) > 1:
        return "The same namespace must be provided across all node ranges."
    return None


def _nodes(request: Request) -> Mapping[str, Any]:
    if request.params["type"] != "multinode":
        return {}
    nodes: Mapping[str, Any] = request.params["nodeProperties"]
    return nodes


def _ranges(request: Request) -> list[Mapping[str, Any]]:
    return list(_nodes(request).get("nodeRangeProperties") or ())
