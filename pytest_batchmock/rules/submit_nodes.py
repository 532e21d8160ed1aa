"""What SubmitJob refuses of the nodes of a multi-node job as they are after its ``nodeOverrides``.

What all overrides of containers must obey is in submit_overrides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pytest_batchmock.domain.node_ranges import properties_of
from pytest_batchmock.rules.registry import Request, rule

Members = Mapping[str, Any]
SUBMIT: Final = "SubmitJob"
_NOTHING: Final[Members] = {}


@rule(
    SUBMIT,
    evidence="inferred",
    source="as at RegisterJobDefinition, where it is measured",
    member="nodeOverrides",
)
def overridden_instance_types_need_ecs_properties(request: Request) -> str | None:
    """``containerOverrides.instanceType`` is the member for the other form."""
    for node, override in _nodes(request):
        if override.get("instanceTypes") and "ecsProperties" not in node:
            return "Using instanceTypes with nodeRangeProperty is only allowed for ecsProperties jobs."
    return None


@rule(
    SUBMIT,
    evidence="inferred",
    source="as at RegisterJobDefinition, where it is documented",
    member="nodeOverrides",
)
def an_override_of_nodes_names_at_most_one_instance_type(request: Request) -> str | None:
    """The words are those of RegisterJobDefinition, which are ours."""
    if any(len(override.get("instanceTypes") or ()) > 1 for _, override in _nodes(request)):
        return "instanceTypes of a node range is limited to one element."
    return None


@rule(
    SUBMIT,
    evidence="documented",
    source="API model, ContainerProperties.instanceType",
    member="nodeOverrides",
)
def all_nodes_use_the_same_instance_type_after_overrides(request: Request) -> str | None:
    """Whichever member names it; the words are those of RegisterJobDefinition, which are ours."""
    named: set[str] = set()
    for node, override in _nodes(request):
        container = (override.get("containerOverrides") or _NOTHING).get("instanceType")
        container = container or (node.get("container") or _NOTHING).get("instanceType")
        named.update(override.get("instanceTypes") or node.get("instanceTypes") or ())
        named.update((container,) if container else ())
    if len(named) > 1:
        return "All node ranges must use the same instance type."
    return None


@rule(SUBMIT, evidence="documented", source="API model, EksMetadata.namespace", member="nodeOverrides")
def all_nodes_use_the_same_namespace_after_overrides(request: Request) -> str | None:
    """The words are those of RegisterJobDefinition, which are ours."""
    namespaces = set()
    for node, override in _nodes(request):
        if "eksProperties" in node:
            overriding = (override.get("eksPropertiesOverride") or _NOTHING).get("podProperties")
            namespaces.add(_namespace(overriding) or _namespace(node["eksProperties"]["podProperties"]))
    if len(namespaces) > 1:
        return "The same namespace must be provided across all node ranges."
    return None


@rule(
    SUBMIT,
    evidence="documented",
    source="API model, TaskContainerOverrides.name, EksContainerOverride.name",
    member="nodeOverrides",
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
    carriers = [*((bearer.get(tasks) or _NOTHING).get("taskProperties") or ())]
    carriers.append((bearer.get(pod) or _NOTHING).get("podProperties") or _NOTHING)
    return [
        container.get("name")
        for carrier in carriers
        for kind in ("containers", "initContainers")
        for container in carrier.get(kind) or ()
    ]


def _namespace(pod: Members | None) -> str | None:
    found: str | None = ((pod or _NOTHING).get("metadata") or _NOTHING).get("namespace")
    return found


def _nodes(request: Request) -> Iterator[tuple[Members, Members]]:
    """The node range and the override that each node follows."""
    overrides = (request.params.get("nodeOverrides") or _NOTHING).get("nodePropertyOverrides") or ()
    if not overrides:
        return
    properties = request.definition.request["nodeProperties"]
    count = request.params["nodeOverrides"].get("numNodes") or properties["numNodes"]
    for index in range(count):
        node = properties_of(index, count, properties["nodeRangeProperties"]) or _NOTHING
        yield node, properties_of(index, count, overrides) or _NOTHING
