"""What SubmitJob refuses in the overrides of a definition.

Deprecated vcpus and memory that cannot override anything are ignored, not refused (recorded answer).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from pytest_batchmock.domain.node_ranges import bounds, has_open_end
from pytest_batchmock.domain.requirements import of_submit, thousandths
from pytest_batchmock.rules.common import first_repeated
from pytest_batchmock.rules.definition_parts import EC2, FARGATE, is_number, is_whole, refusal_of_size
from pytest_batchmock.rules.definition_profile import profile_of
from pytest_batchmock.rules.registry import Request, rule

Members = Mapping[str, Any]
SUBMIT: Final = "SubmitJob"
MAX_NODES: Final = 1000
MIN_MEMORY_MIB: Final = 4

_OVERRIDES: Final = {
    "containerOverrides": "containerProperties",
    "ecsPropertiesOverride": "ecsProperties",
    "eksPropertiesOverride": "eksProperties",
    "nodeOverrides": "nodeProperties",
}
_NODE_OVERRIDES: Final = {
    "containerOverrides": "container",
    "ecsPropertiesOverride": "ecsProperties",
    "eksPropertiesOverride": "eksProperties",
}
_NAMES: Final = frozenset(_OVERRIDES)
_IN_TASKS_PODS_NODES: Final = _NAMES - {"containerOverrides"}
_COMMANDS: Final = _IN_TASKS_PODS_NODES | {"containerOverrides.command"}
_VARIABLES: Final = _IN_TASKS_PODS_NODES | {"containerOverrides.environment"}
_RESOURCES: Final = _IN_TASKS_PODS_NODES | {"containerOverrides.resourceRequirements"}


@rule(SUBMIT, evidence="observed", source="public transcript", member="nodeOverrides")
def container_and_node_overrides_exclude_each_other(request: Request) -> str | None:
    """One job is single or multi-node."""
    if "nodeOverrides" in request.params and "containerOverrides" in request.params:
        return "Container overrides and node overrides are mutually exclusive, only one can be set."
    return None


@rule(
    SUBMIT,
    evidence="observed",
    source="public report",
    member=frozenset({"containerOverrides", "nodeOverrides"}),
)
def pods_have_neither_container_nor_node_overrides(request: Request) -> str | None:
    """They have eksPropertiesOverride."""
    params = request.params
    if (params.get("containerOverrides") or params.get("nodeOverrides")) and (
        profile_of(request.definition).kind == "eksProperties"
    ):
        return "Container overrides or node overrides should not be set for Batch on EKS jobs."
    return None


@rule(SUBMIT, evidence="observed", source="public source code", member="containerOverrides")
def tasks_have_no_container_overrides(request: Request) -> str | None:
    """They have ecsPropertiesOverride, which names the container."""
    if request.params.get("containerOverrides") and (
        profile_of(request.definition).kind == "ecsProperties"
    ):
        return "Container overrides should not be set for ecsProperties jobs."
    return None


@rule(SUBMIT, evidence="documented", source="API model, SubmitJob", member=_NAMES)
def overrides_are_of_the_kind_of_the_definition(request: Request) -> str | None:
    """containerOverrides for containerProperties, and so on; the words of the refusal are ours."""
    params = request.params
    if _NAMES.isdisjoint(params):
        return None
    kind = profile_of(request.definition).kind
    for name, of_kind in _OVERRIDES.items():
        if params.get(name) and of_kind != kind:
            return f"{name} is only applicable for job definitions with {of_kind}."
    return None


@rule(SUBMIT, evidence="observed", source="public report", member=_COMMANDS)
def a_command_override_has_no_empty_string(request: Request) -> str | None:
    """Of one empty string among others, too."""
    if _NAMES.isdisjoint(request.params):
        return None
    if any("" in (override.get("command") or ()) for override in _containers(request)):
        return "Command cannot be empty"
    return None


@rule(
    SUBMIT, evidence="documented", source="API model, ContainerOverrides.environment", member=_VARIABLES
)
def environment_overrides_do_not_start_with_aws_batch(request: Request) -> str | None:
    """The prefix belongs to the service; the words of the refusal are ours."""
    if _NAMES.isdisjoint(request.params):
        return None
    for override in (*_containers(request), *_pod_containers(request)):
        for entry in (*(override.get("environment") or ()), *(override.get("env") or ())):
            if (entry.get("name") or "").startswith("AWS_BATCH"):
                return f"Environment variable {entry['name']} cannot start with AWS_BATCH."
    return None


@rule(
    SUBMIT,
    evidence="inferred",
    source="as at RegisterJobDefinition, where it is measured",
    member=_VARIABLES,
)
def environment_overrides_have_names(request: Request) -> str | None:
    """Every entry of ``environment``."""
    if _NAMES.isdisjoint(request.params):
        return None
    for override in _containers(request):
        if any(not entry.get("name") for entry in override.get("environment") or ()):
            return "Environment variable name is required."
    return None


@rule(
    SUBMIT,
    evidence="inferred",
    source="as at RegisterJobDefinition, where it is measured",
    member=_RESOURCES,
)
def a_resource_is_overridden_once_only(request: Request) -> str | None:
    """One entry of resourceRequirements a type."""
    if _NAMES.isdisjoint(request.params):
        return None
    for override in _containers(request):
        kinds = [entry["type"] for entry in override.get("resourceRequirements") or ()]
        if len(set(kinds)) != len(kinds):
            return "Cannot provide duplicates in resourceRequirements."
    return None


@rule(
    SUBMIT,
    evidence="inferred",
    source="as at RegisterJobDefinition, where it is measured",
    member=_RESOURCES,
)
def overridden_resources_are_numbers(request: Request) -> str | None:
    """Whole ones for GPU and MEMORY."""
    if _NAMES.isdisjoint(request.params):
        return None
    for kind, value in _amounts(request):
        legible = is_number if kind == "VCPU" else is_whole
        if not legible(value):
            return (
                f"Value {value} for type {kind} in resourceRequirement is not valid. "
                "Please provide a numeric value."
            )
    return None


@rule(
    SUBMIT,
    evidence="inferred",
    source="as at RegisterJobDefinition, where it is measured",
    member=_RESOURCES | {"containerOverrides.vcpus", "containerOverrides.memory"},
)
def overridden_resources_are_enough(request: Request) -> str | None:
    """At least 1 vCPU on EC2 (and whole ones), 4 MiB and 1 GPU; Fargate has its table of sizes."""
    if _NAMES.isdisjoint(request.params):
        return None
    platform = profile_of(request.definition).platform
    if platform == FARGATE:
        return None
    for kind, value in _amounts(request):
        if kind == "VCPU" and platform == EC2 and thousandths(value) < 1000:
            return f"vCPU must be at least 1, got {value}."
        if kind == "VCPU" and platform == EC2 and thousandths(value) % 1000:
            return (
                f"Value {value} for type VCPU in resourceRequirement is not valid. "
                "Please provide a numeric value."
            )
        if kind == "MEMORY" and int(value) < MIN_MEMORY_MIB:
            return f"Memory must be at least 4 Mib, got {value} Mib."
        if kind == "GPU" and int(value) < 1:
            return f"GPU must be at least 1, got {value}."
    for kind, amount in _deprecated_amounts(request):
        if kind == "VCPU" and amount < 1:
            return f"vCPU must be at least 1, got {amount}."
        if kind == "MEMORY" and amount < MIN_MEMORY_MIB:
            return f"Memory must be at least 4 Mib, got {amount} Mib."
    return None


@rule(
    SUBMIT,
    evidence="documented",
    source="user guide, override-resource-requirements",
    member=("containerOverrides.vcpus", "containerOverrides.memory"),
)
def deprecated_overrides_are_not_for_fargate(request: Request) -> str | None:
    """vcpus and memory; the words are those of RegisterJobDefinition."""
    if "containerOverrides" not in request.params:
        return None
    if profile_of(request.definition).platform != FARGATE:
        return None
    for name in ("vcpus", "memory"):
        if request.params["containerOverrides"].get(name) is not None:
            return f"{name} is not applicable for Fargate. Use resource requirements instead."
    return None


@rule(
    SUBMIT,
    evidence="inferred",
    source="as at RegisterJobDefinition, where it is measured",
    member=_RESOURCES,
)
def gpu_overrides_are_not_for_fargate(request: Request) -> str | None:
    """No task of Fargate has one."""
    if _NAMES.isdisjoint(request.params) or profile_of(request.definition).platform != FARGATE:
        return None
    if any(kind == "GPU" for kind, _ in _amounts(request)):
        return "GPU is not applicable for Fargate."
    return None


@rule(SUBMIT, evidence="observed", source="recorded answer", member=_RESOURCES)
def a_fargate_task_has_a_supported_size_after_overrides(request: Request) -> str | None:
    """The definition's own size was looked at when it was registered."""
    if _NAMES.isdisjoint(request.params) or profile_of(request.definition).platform != FARGATE:
        return None
    return refusal_of_size(of_submit(request.definition, request.params))


@rule(
    SUBMIT,
    evidence="documented",
    source="API model, ContainerOverrides.instanceType",
    member="containerOverrides.instanceType",
)
def an_instance_type_override_is_for_multinode_jobs_only(request: Request) -> str | None:
    """The words of the refusal are ours."""
    if "containerOverrides" not in request.params:
        return None
    if request.params["containerOverrides"].get("instanceType"):
        return "instanceType is only applicable for multi-node parallel jobs."
    return None


@rule(
    SUBMIT,
    evidence="documented",
    source="API model, EcsPropertiesOverride.taskProperties",
    member="ecsPropertiesOverride",
)
def an_ecs_override_has_one_task(request: Request) -> str | None:
    """The words of the refusal are ours."""
    if "ecsPropertiesOverride" not in request.params:
        return None
    if len(request.params["ecsPropertiesOverride"].get("taskProperties") or ()) > 1:
        return "taskProperties of ecsPropertiesOverride is limited to one element."
    return None


@rule(
    SUBMIT,
    evidence="documented",
    source="API model, TaskContainerOverrides.name, EksContainerOverride.name",
    member=("ecsPropertiesOverride", "eksPropertiesOverride"),
)
def an_overridden_container_exists(request: Request) -> str | None:
    """Containers of tasks and pods are found by name; the words of the refusal are ours."""
    if request.params.get("ecsPropertiesOverride"):
        tasks = request.definition.request["ecsProperties"]["taskProperties"]
        known = {it.get("name") for task in tasks for it in task["containers"]}
        named = [it.get("name") for it in _task_containers(request.params["ecsPropertiesOverride"])]
    elif request.params.get("eksPropertiesOverride"):
        pod = request.definition.request["eksProperties"]["podProperties"]
        override = request.params["eksPropertiesOverride"].get("podProperties") or {}
        for kind in ("containers", "initContainers"):
            known = {it.get("name") for it in pod.get(kind) or ()}
            if len(known) == 1:  # documented: the name is needed with several containers only
                known.add(None)
            for entry in override.get(kind) or ():
                if entry.get("name") not in known:
                    return f"Container {entry.get('name')} is not defined in the job definition."
        return None
    else:
        return None
    for name in named:
        if name not in known:
            return f"Container {name} is not defined in the job definition."
    return None


@rule(
    SUBMIT,
    evidence="inferred",
    source="API model, TaskContainerOverrides.name, EksContainerOverride.name: a pointer to one",
    member=_IN_TASKS_PODS_NODES,
)
def a_container_is_overridden_once(request: Request) -> str | None:
    """By one override; the words are those of RegisterJobDefinition."""
    for entry in (request.params, *_node_overrides(request)):
        containers = _task_containers(entry.get("ecsPropertiesOverride") or {})
        if _first_repeated_name(containers) is not None:
            return "Container names must be unique"
        pod = (entry.get("eksPropertiesOverride") or {}).get("podProperties") or {}
        for kind in ("containers", "initContainers"):
            name = _first_repeated_name(pod.get(kind) or ())
            if name is not None:
                return f"The container name: {name} must be unique in multi-container job."
    return None


@rule(
    SUBMIT,
    evidence="inferred",
    source="as at RegisterJobDefinition, where it is measured",
    member="nodeOverrides",
)
def an_overridden_number_of_nodes_is_1_to_1000(request: Request) -> str | None:
    """``numNodes``."""
    count = _overridden_nodes(request)
    if count is not None and not 1 <= count <= MAX_NODES:
        return "Number of nodes must be between 1 and 1000."
    return None


@rule(SUBMIT, evidence="documented", source="API model, NodeOverrides.numNodes", member="nodeOverrides")
def a_number_of_nodes_needs_a_range_with_an_open_end(request: Request) -> str | None:
    """``n:`` or ``:``, which begins below the new number; the words of the refusal are ours."""
    count = _overridden_nodes(request)
    if count is None:
        return None
    ranges = request.definition.request["nodeProperties"]["nodeRangeProperties"]
    targets = [entry["targetNodes"] for entry in ranges if has_open_end(entry["targetNodes"])]
    if not targets:
        return "numNodes can only be overridden if a node range has an open upper boundary."
    for target in targets:
        limits = bounds(target, count)
        if limits is not None and limits[0] >= count:
            return f"The lower boundary of node range {target} must be less than numNodes {count}."
    return None


@rule(SUBMIT, evidence="documented", source="API model, NodeOverrides.numNodes", member="nodeOverrides")
def a_number_of_nodes_holds_the_main_node(request: Request) -> str | None:
    """The words are those of RegisterJobDefinition."""
    count = _overridden_nodes(request)
    if count is not None and request.definition.request["nodeProperties"]["mainNode"] >= count:
        return "Main node index is out of range, must be less than numNodes."
    return None


@rule(
    SUBMIT,
    evidence="inferred",
    source="as at RegisterJobDefinition, where it is measured",
    member="nodeOverrides",
)
def overridden_target_nodes_are_an_index_or_a_range(request: Request) -> str | None:
    """Digits, with at most one colon."""
    for entry in _node_overrides(request):
        if bounds(entry["targetNodes"], 1) is None:
            return "targetNodes should contain only digits."
    return None


@rule(SUBMIT, evidence="inferred", source="as at RegisterJobDefinition", member="nodeOverrides")
def overridden_target_nodes_are_nodes_of_the_job(request: Request) -> str | None:
    """The words are those of RegisterJobDefinition, which are ours."""
    for entry in _node_overrides(request):
        count = _nodes_of_the_job(request)
        limits = bounds(entry["targetNodes"], count)
        if limits is not None and not limits[0] <= limits[1] < count:
            return f"targetNodes {entry['targetNodes']} is out of range, must be less than numNodes."
    return None


@rule(SUBMIT, evidence="observed", source="public reports", member="nodeOverrides")
def overridden_target_nodes_are_a_range_of_the_definition(request: Request) -> str | None:
    """Parts of a range are refused. That another spelling of the same nodes passes is inferred."""
    overridden = list(_node_overrides(request))
    if not overridden:
        return None
    count = _nodes_of_the_job(request)
    properties = request.definition.request["nodeProperties"]
    ranges = {bounds(entry["targetNodes"], count) for entry in properties["nodeRangeProperties"]}
    targets = [entry["targetNodes"] for entry in overridden]
    strange = [target for target in targets if bounds(target, count) not in ranges]
    if strange:
        return (
            "NodeOverride targets should match job definition. "
            f"Non matching targets - {', '.join(strange)}"
        )
    return None


@rule(
    SUBMIT,
    evidence="inferred",
    source="of two overrides of the same nodes one would have no effect",
    member="nodeOverrides",
)
def a_node_range_is_overridden_once(request: Request) -> str | None:
    """In whatever spelling; ranges within each other may both be. The words of the refusal are ours."""
    seen = set()
    for entry in _node_overrides(request):
        limits = bounds(entry["targetNodes"], _nodes_of_the_job(request))
        if limits in seen:
            return f"NodeOverride targets must be unique, but {entry['targetNodes']} is not."
        seen.add(limits)
    return None


@rule(SUBMIT, evidence="documented", source="API model, NodePropertyOverride", member="nodeOverrides")
def node_overrides_are_of_the_kind_of_the_ranges(request: Request) -> str | None:
    """containerOverrides for container, and so on; the words of the refusal are ours."""
    for entry in _node_overrides(request):
        ranges = request.definition.request["nodeProperties"]["nodeRangeProperties"]
        for name, of_kind in _NODE_OVERRIDES.items():
            if entry.get(name) and not any(of_kind in it for it in ranges):
                return f"{name} is only applicable for node ranges with {of_kind}."
    return None


def _overridden_nodes(request: Request) -> int | None:
    if "nodeOverrides" not in request.params:
        return None
    count: int | None = request.params["nodeOverrides"].get("numNodes")
    return count


def _nodes_of_the_job(request: Request) -> int:
    """How many nodes it will have."""
    count: int = _overridden_nodes(request) or request.definition.request["nodeProperties"]["numNodes"]
    return count


def _first_repeated_name(containers: Iterable[Members]) -> str | None:
    """The first name that two of the containers have; that without a name is called Default."""
    name: str | None = first_repeated(it.get("name") or "Default" for it in containers)
    return name


def _node_overrides(request: Request) -> Any:
    if "nodeOverrides" not in request.params:
        return ()
    return request.params["nodeOverrides"].get("nodePropertyOverrides") or ()


def _containers(request: Request) -> Iterator[Members]:
    """All overrides of ECS containers."""
    for entry in (request.params, *_node_overrides(request)):
        if entry.get("containerOverrides"):
            yield entry["containerOverrides"]
        yield from _task_containers(entry.get("ecsPropertiesOverride") or {})


def _task_containers(override: Members) -> Iterator[Members]:
    for task in override.get("taskProperties") or ():
        yield from task.get("containers") or ()


def _pod_containers(request: Request) -> Iterator[Members]:
    """All overrides of the containers of pods."""
    for entry in (request.params, *_node_overrides(request)):
        yield from _all_of_pod((entry.get("eksPropertiesOverride") or {}).get("podProperties") or {})


def _all_of_pod(pod: Members) -> Iterator[Members]:
    yield from pod.get("containers") or ()
    yield from pod.get("initContainers") or ()


def _amounts(request: Request) -> Iterator[tuple[str, str]]:
    """Each (type, amount) of the overridden resourceRequirements."""
    for override in _containers(request):
        for entry in override.get("resourceRequirements") or ():
            yield str(entry["type"]), str(entry["value"])


def _deprecated_amounts(request: Request) -> Iterator[tuple[str, int]]:
    """Each (type, amount) of the deprecated vcpus and memory that override something."""
    definition = request.definition.request
    single = definition.get("containerProperties") or {}
    pairs = [(single, request.params.get("containerOverrides") or {})]
    for entry in _node_overrides(request):
        ranges = definition["nodeProperties"]["nodeRangeProperties"]
        overriding = entry.get("containerOverrides") or {}
        pairs.extend((node.get("container") or {}, overriding) for node in ranges)
    for container, override in pairs:
        required = (container.get("resourceRequirements"), override.get("resourceRequirements"))
        kinds = {str(entry["type"]) for entries in required for entry in entries or ()}
        for kind, member in (("VCPU", "vcpus"), ("MEMORY", "memory")):
            if kind not in kinds and override.get(member) is not None:
                yield kind, override[member]
