"""What SubmitJob refuses in the overrides of a definition.

Deprecated vcpus and memory that cannot override anything are ignored, not refused (recorded answer).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from pytest_batchmock.domain.requirements import of_submit, thousandths
from pytest_batchmock.rules.common import first_repeated
from pytest_batchmock.rules.definition_parts import EC2, FARGATE, is_number, is_whole, refusal_of_size
from pytest_batchmock.rules.definition_profile import profile_of
from pytest_batchmock.rules.registry import Request, rule
from pytest_batchmock.rules.submit_parts import (
    NOTHING,
    Members,
    amounts,
    bearers,
    containers,
    node_overrides,
    node_properties,
    pod_containers,
    pod_of,
    task_containers,
)

SUBMIT: Final = "SubmitJob"
MIN_MEMORY_MIB: Final = 4
_AS_MEASURED: Final = "as at RegisterJobDefinition, where it is measured"

_OVERRIDES: Final = {
    "containerOverrides": "containerProperties",
    "ecsPropertiesOverride": "ecsProperties",
    "eksPropertiesOverride": "eksProperties",
    "nodeOverrides": "nodeProperties",
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
    kind = profile_of(request.definition).kind
    for name, of_kind in _OVERRIDES.items():
        if request.params.get(name) and of_kind != kind:
            return f"{name} is only applicable for job definitions with {of_kind}."
    return None


@rule(SUBMIT, evidence="observed", source="public report", member=_COMMANDS)
def a_command_override_has_no_empty_string(request: Request) -> str | None:
    """Of one empty string among others, too."""
    if any("" in (override.get("command") or ()) for override in containers(request)):
        return "Command cannot be empty"
    return None


@rule(
    SUBMIT, evidence="documented", source="API model, ContainerOverrides.environment", member=_VARIABLES
)
def environment_overrides_do_not_start_with_aws_batch(request: Request) -> str | None:
    """The prefix belongs to the service; the words of the refusal are ours."""
    for override in (*containers(request), *pod_containers(request)):
        for entry in (*(override.get("environment") or ()), *(override.get("env") or ())):
            if (entry.get("name") or "").startswith("AWS_BATCH"):
                return f"Environment variable {entry['name']} cannot start with AWS_BATCH."
    return None


@rule(SUBMIT, evidence="inferred", source=_AS_MEASURED, member=_VARIABLES)
def environment_overrides_have_names(request: Request) -> str | None:
    """Every entry of ``environment``."""
    for override in containers(request):
        if any(not entry.get("name") for entry in override.get("environment") or ()):
            return "Environment variable name is required."
    return None


@rule(SUBMIT, evidence="inferred", source=_AS_MEASURED, member=_RESOURCES)
def a_resource_is_overridden_once_only(request: Request) -> str | None:
    """One entry of resourceRequirements a type."""
    for override in containers(request):
        kinds = [entry["type"] for entry in override.get("resourceRequirements") or ()]
        if len(set(kinds)) != len(kinds):
            return "Cannot provide duplicates in resourceRequirements."
    return None


@rule(SUBMIT, evidence="inferred", source=_AS_MEASURED, member=_RESOURCES)
def overridden_resources_are_numbers(request: Request) -> str | None:
    """Whole ones for GPU and MEMORY, and for VCPU on EC2."""
    platform = profile_of(request.definition).platform
    for kind, value in amounts(request):
        legible = is_number if kind == "VCPU" and platform != EC2 else is_whole
        if not legible(value):
            return (
                f"Value {value} for type {kind} in resourceRequirement is not valid. "
                "Please provide a numeric value."
            )
    return None


@rule(
    SUBMIT,
    evidence="inferred",
    source=_AS_MEASURED,
    member=_RESOURCES | {"containerOverrides.vcpus", "containerOverrides.memory"},
)
def overridden_resources_are_enough(request: Request) -> str | None:
    """At least 1 vCPU on EC2, 4 MiB and 1 GPU; Fargate has its table of sizes."""
    platform = profile_of(request.definition).platform
    if platform == FARGATE:
        return None
    for kind, value in amounts(request):
        if kind == "VCPU" and platform == EC2 and thousandths(value) < 1000:
            return f"vCPU must be at least 1, got {value}."
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
    if profile_of(request.definition).platform != FARGATE:
        return None
    for name in ("vcpus", "memory"):
        if (request.params.get("containerOverrides") or NOTHING).get(name) is not None:
            return f"{name} is not applicable for Fargate. Use resource requirements instead."
    return None


@rule(SUBMIT, evidence="inferred", source=_AS_MEASURED, member=_RESOURCES)
def gpu_overrides_are_not_for_fargate(request: Request) -> str | None:
    """No task of Fargate has one."""
    if profile_of(request.definition).platform != FARGATE:
        return None
    if any(kind == "GPU" for kind, _ in amounts(request)):
        return "GPU is not applicable for Fargate."
    return None


@rule(SUBMIT, evidence="observed", source="recorded answer", member=_RESOURCES)
def a_fargate_task_has_a_supported_size_after_overrides(request: Request) -> str | None:
    """The definition's own size was looked at when it was registered."""
    if profile_of(request.definition).platform != FARGATE:
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
    if (request.params.get("containerOverrides") or NOTHING).get("instanceType"):
        return "instanceType is only applicable for multi-node parallel jobs."
    return None


@rule(
    SUBMIT,
    evidence="documented",
    source="API model, EcsPropertiesOverride.taskProperties",
    member=("ecsPropertiesOverride", "nodeOverrides"),
)
def an_ecs_override_has_one_task(request: Request) -> str | None:
    """Of a node range, too; the words of the refusal are ours."""
    for bearer in bearers(request):
        if len((bearer.get("ecsPropertiesOverride") or NOTHING).get("taskProperties") or ()) > 1:
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
    for name, known in _overridden_names(request):
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
    for bearer in bearers(request):
        if _first_repeated_name(task_containers(bearer)) is not None:
            return "Container names must be unique"
        for kind in ("containers", "initContainers"):
            name = _first_repeated_name(pod_of(bearer).get(kind) or ())
            if name is not None:
                return f"The container name: {name} must be unique in multi-container job."
    return None


def _overridden_names(request: Request) -> Iterator[tuple[str | None, set[str | None]]]:
    """The name in each override, and the names that there are. Of nodes, another rule asks."""
    definition = request.definition.request
    if request.params.get("ecsPropertiesOverride"):
        tasks = definition["ecsProperties"]["taskProperties"]
        known = {container.get("name") for task in tasks for container in task["containers"]}
        for override in task_containers(request.params):
            yield override.get("name"), known
    for kind in ("containers", "initContainers"):
        for override in pod_of(request.params).get(kind) or ():
            pod = definition["eksProperties"]["podProperties"]
            known = {container.get("name") for container in pod.get(kind) or ()}
            # The name is needed with several containers only (documented).
            yield override.get("name"), known | {None} if len(known) == 1 else known


def _first_repeated_name(containers: Iterable[Members]) -> str | None:
    """The first name that two of the containers have; that without a name is called Default."""
    name: str | None = first_repeated(it.get("name") or "Default" for it in containers)
    return name


def _deprecated_amounts(request: Request) -> Iterator[tuple[str, int]]:
    """Each (type, amount) of the deprecated vcpus and memory that override something."""
    definition = request.definition.request
    single = definition.get("containerProperties") or NOTHING
    pairs: list[tuple[Members, Members]] = [
        (single, request.params.get("containerOverrides") or NOTHING)
    ]
    for entry in node_overrides(request):
        ranges = node_properties(request)["nodeRangeProperties"]
        overriding = entry.get("containerOverrides") or NOTHING
        pairs.extend((node.get("container") or NOTHING, overriding) for node in ranges)
    for container, override in pairs:
        required = (container.get("resourceRequirements"), override.get("resourceRequirements"))
        kinds = {str(entry["type"]) for entries in required for entry in entries or ()}
        for kind, member in (("VCPU", "vcpus"), ("MEMORY", "memory")):
            if kind not in kinds and override.get(member) is not None:
                yield kind, override[member]
