"""What SubmitJob refuses in ``nodeOverrides``: what they target, and the nodes after them.

What all overrides of containers must obey is in submit_overrides.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from pytest_batchmock.domain.node_ranges import bounds, has_open_end, properties_of
from pytest_batchmock.rules.registry import Request, rule
from pytest_batchmock.rules.submit_parts import (
    NOTHING,
    Members,
    node_overrides,
    node_properties,
    nodes_of_the_job,
    overridden_nodes,
    pod_of,
)

SUBMIT: Final = "SubmitJob"
MAX_NODES: Final = 1000
_AS_MEASURED: Final = "as at RegisterJobDefinition, where it is measured"
_NODE_OVERRIDES: Final = {
    "containerOverrides": "container",
    "ecsPropertiesOverride": "ecsProperties",
    "eksPropertiesOverride": "eksProperties",
}

_of_nodes: Final = partial(rule, SUBMIT, member="nodeOverrides")
"""A rule of what a submit overrides of nodes."""


@_of_nodes(evidence="inferred", source=_AS_MEASURED)
def an_overridden_number_of_nodes_is_1_to_1000(request: Request) -> str | None:
    """``numNodes``."""
    count = overridden_nodes(request)
    if count is not None and not 1 <= count <= MAX_NODES:
        return "Number of nodes must be between 1 and 1000."
    return None


@_of_nodes(evidence="documented", source="API model, NodeOverrides.numNodes")
def a_number_of_nodes_needs_a_range_with_an_open_end(request: Request) -> str | None:
    """``n:`` or ``:``, which begins below the new number; the words of the refusal are ours."""
    count = overridden_nodes(request)
    if count is None:
        return None
    ranges = node_properties(request)["nodeRangeProperties"]
    targets = [entry["targetNodes"] for entry in ranges if has_open_end(entry["targetNodes"])]
    if not targets:
        return "numNodes can only be overridden if a node range has an open upper boundary."
    for target in targets:
        limits = bounds(target, count)
        if limits is not None and limits[0] >= count:
            return f"The lower boundary of node range {target} must be less than numNodes {count}."
    return None


@_of_nodes(evidence="documented", source="API model, NodeOverrides.numNodes")
def a_number_of_nodes_holds_the_main_node(request: Request) -> str | None:
    """The words are those of RegisterJobDefinition."""
    count = overridden_nodes(request)
    if count is not None and node_properties(request)["mainNode"] >= count:
        return "Main node index is out of range, must be less than numNodes."
    return None


@_of_nodes(evidence="inferred", source=_AS_MEASURED)
def overridden_target_nodes_are_an_index_or_a_range(request: Request) -> str | None:
    """Digits, with at most one colon."""
    for entry in node_overrides(request):
        if bounds(entry["targetNodes"], 1) is None:
            return "targetNodes should contain only digits."
    return None


@_of_nodes(evidence="inferred", source="as at RegisterJobDefinition")
def overridden_target_nodes_are_nodes_of_the_job(request: Request) -> str | None:
    """The words are those of RegisterJobDefinition, which are ours."""
    for entry in node_overrides(request):
        count = nodes_of_the_job(request)
        limits = bounds(entry["targetNodes"], count)
        if limits is not None and not limits[0] <= limits[1] < count:
            return f"targetNodes {entry['targetNodes']} is out of range, must be less than numNodes."
    return None


@_of_nodes(evidence="observed", source="public reports")
def overridden_target_nodes_are_a_range_of_the_definition(request: Request) -> str | None:
    """Parts of a range are refused. That another spelling of the same nodes passes is inferred."""
    targets = [entry["targetNodes"] for entry in node_overrides(request)]
    if not targets:
        return None
    count = nodes_of_the_job(request)
    ranges = {
        bounds(entry["targetNodes"], count) for entry in node_properties(request)["nodeRangeProperties"]
    }
    strange = [target for target in targets if bounds(target, count) not in ranges]
    if strange:
        return (
            "NodeOverride targets should match job definition. "
            f"Non matching targets - {', '.join(strange)}"
        )
    return None


@_of_nodes(evidence="inferred", source="of two overrides of the same nodes one would have no effect")
def a_node_range_is_overridden_once(request: Request) -> str | None:
    """In whatever spelling; ranges within each other may both be. The words of the refusal are ours."""
    seen = set()
    for entry in node_overrides(request):
        limits = bounds(entry["targetNodes"], nodes_of_the_job(request))
        if limits in seen:
            return f"NodeOverride targets must be unique, but {entry['targetNodes']} is not."
        seen.add(limits)
    return None


@_of_nodes(evidence="documented", source="API model, NodePropertyOverride")
def node_overrides_are_of_the_kind_of_the_ranges(request: Request) -> str | None:
    """containerOverrides for container, and so on; the words of the refusal are ours."""
    for entry in node_overrides(request):
        ranges = node_properties(request)["nodeRangeProperties"]
        for name, of_kind in _NODE_OVERRIDES.items():
            if entry.get(name) and not any(of_kind in it for it in ranges):
                return f"{name} is only applicable for node ranges with {of_kind}."
    return None


@_of_nodes(evidence="inferred", source=_AS_MEASURED)
def overridden_instance_types_need_ecs_properties(request: Request) -> str | None:
    """``containerOverrides.instanceType`` is the member for the other form."""
    for node, override in _nodes(request):
        if override.get("instanceTypes") and "ecsProperties" not in node:
            return "Using instanceTypes with nodeRangeProperty is only allowed for ecsProperties jobs."
    return None


@_of_nodes(evidence="inferred", source="as at RegisterJobDefinition, where it is documented")
def an_override_of_nodes_names_at_most_one_instance_type(request: Request) -> str | None:
    """The words are those of RegisterJobDefinition, which are ours."""
    if any(len(override.get("instanceTypes") or ()) > 1 for _, override in _nodes(request)):
        return "instanceTypes of a node range is limited to one element."
    return None


@_of_nodes(evidence="documented", source="API model, ContainerProperties.instanceType")
def all_nodes_use_the_same_instance_type_after_overrides(request: Request) -> str | None:
    """Whichever member names it; the words are those of RegisterJobDefinition, which are ours."""
    named: set[str] = set()
    for node, override in _nodes(request):
        container = (override.get("containerOverrides") or NOTHING).get("instanceType")
        container = container or (node.get("container") or NOTHING).get("instanceType")
        named.update(override.get("instanceTypes") or node.get("instanceTypes") or ())
        named.update((container,) if container else ())
    if len(named) > 1:
        return "All node ranges must use the same instance type."
    return None


@_of_nodes(evidence="documented", source="API model, EksMetadata.namespace")
def all_nodes_use_the_same_namespace_after_overrides(request: Request) -> str | None:
    """The words are those of RegisterJobDefinition, which are ours."""
    namespaces = set()
    for node, override in _nodes(request):
        if "eksProperties" in node:
            defined = _namespace(node["eksProperties"]["podProperties"])
            namespaces.add(_namespace(pod_of(override)) or defined)
    if len(namespaces) > 1:
        return "The same namespace must be provided across all node ranges."
    return None


@_of_nodes(
    evidence="documented", source="API model, TaskContainerOverrides.name, EksContainerOverride.name"
)
def an_overridden_container_of_a_node_exists(request: Request) -> str | None:
    """In one of the node ranges that follow the override; the words of the refusal are ours."""
    known: dict[int, set[Any]] = {}
    overrides: dict[int, Members] = {}
    for node, override in _nodes(request):
        overrides[id(override)] = override
        known.setdefault(id(override), set()).update(_names(node, "ecsProperties", "eksProperties"))
    for key, override in overrides.items():
        for name in _names(override, "ecsPropertiesOverride", "eksPropertiesOverride"):
            if name is not None and name not in known[key]:
                return f"Container {name} is not defined in the job definition."
    return None


def _names(bearer: Members, tasks: str, pod: str) -> list[str | None]:
    """The names of the containers of a node range or of an override."""
    carriers = [*((bearer.get(tasks) or NOTHING).get("taskProperties") or ())]
    carriers.append((bearer.get(pod) or NOTHING).get("podProperties") or NOTHING)
    return [
        container.get("name")
        for carrier in carriers
        for kind in ("containers", "initContainers")
        for container in carrier.get(kind) or ()
    ]


def _namespace(pod: Members) -> str | None:
    found: str | None = (pod.get("metadata") or NOTHING).get("namespace")
    return found


def _nodes(request: Request) -> Iterator[tuple[Members, Members]]:
    """The node range and the override that each node follows."""
    overrides = node_overrides(request)
    if not overrides:
        return
    count, ranges = nodes_of_the_job(request), node_properties(request)["nodeRangeProperties"]
    for index in range(count):
        node = properties_of(index, count, ranges) or NOTHING
        yield node, properties_of(index, count, overrides) or NOTHING
