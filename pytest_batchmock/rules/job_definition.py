"""What RegisterJobDefinition and DeregisterJobDefinition refuse in the definition as a whole."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from pytest_batchmock.rules.definition_parts import (
    FARGATE,
    MANAGED_INSTANCES,
    bearers,
    is_eks,
    platform,
    tasks,
)
from pytest_batchmock.rules.registry import Request, rule

REGISTER: Final = "RegisterJobDefinition"
DEREGISTER: Final = "DeregisterJobDefinition"
MAX_DEFINITION_BYTES: Final = 24 * 1024
MAX_CONSUMABLE_RESOURCES: Final = 5

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)
_WITH_REVISION: Final = re.compile(
    r"(arn:[^:]+:batch:[^:]*:[^:]*:job-definition/)?[A-Za-z0-9_-]{1,128}:[0-9]+", re.ASCII
)
_PLATFORMS: Final = ("FARGATE", "EC2", "MANAGED_INSTANCES")
_PROPERTIES: Final = ("containerProperties", "ecsProperties", "eksProperties")
_MEMBERS_WITH_CONSUMABLES: Final = (
    "consumableResourceProperties",
    "consumableResourcePropertiesOverride",
    "nodeOverrides",
    "nodeProperties",
)


@rule(REGISTER, evidence="observed", source="recorded answer", wrapped=True)
def job_definition_name_matches_the_pattern(request: Request) -> str | None:
    """1 to 128 letters, digits, hyphens and underscores."""
    if _NAME.fullmatch(request.params["jobDefinitionName"]):
        return None
    return "Job definition name should match a valid pattern."


@rule(REGISTER, evidence="documented", source="user guide, service_limits", wrapped=True)
def job_definition_is_at_most_24_kib(request: Request) -> str | None:
    """The whole request counts; the words of the refusal are ours."""
    if len(json.dumps(request.params, separators=(",", ":")).encode()) > MAX_DEFINITION_BYTES:
        return "Job definition size cannot exceed 24 KiB."
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def exactly_one_platform_capability_is_named(request: Request) -> str | None:
    """The list has one element, if it is given at all."""
    if len(request.params.get("platformCapabilities") or ("EC2",)) != 1:
        return "Exactly 1 capability must be provided."
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def platform_capability_is_a_known_one(request: Request) -> str | None:
    """EC2, FARGATE or MANAGED_INSTANCES."""
    if platform(request.params) not in _PLATFORMS:
        return (
            f"Capability {platform(request.params)} is not valid. "
            f"Valid capabilities: [{', '.join(_PLATFORMS)}]"
        )
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def fargate_does_not_run_multinode_jobs(request: Request) -> str | None:
    """A multi-node definition cannot name FARGATE."""
    if _is_multinode(request) and platform(request.params) == FARGATE:
        return "Fargate does not support MNP jobs"
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def managed_instances_do_not_run_multinode_jobs(request: Request) -> str | None:
    """A multi-node definition cannot name MANAGED_INSTANCES."""
    if _is_multinode(request) and platform(request.params) == MANAGED_INSTANCES:
        return "MANAGED_INSTANCES does not support MNP jobs"
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def managed_instances_do_not_take_container_properties(request: Request) -> str | None:
    """They take ecsProperties only."""
    if platform(request.params) == MANAGED_INSTANCES and "containerProperties" in request.params:
        return "Cannot use ECS containerProperties for MANAGED_INSTANCES"
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def a_multinode_definition_has_node_properties(request: Request) -> str | None:
    """Type multinode needs nodeProperties."""
    if request.params["type"] == "multinode" and not request.params.get("nodeProperties"):
        return "Node properties of multinode job is required."
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def kinds_of_properties_exclude_each_other(request: Request) -> str | None:
    """At most one of containerProperties, ecsProperties, eksProperties and nodeProperties.

    The pairs with nodeProperties are measured for eksProperties only; the rest follow its words.
    """
    given = [name for name in _PROPERTIES if name in request.params]
    if "nodeProperties" in request.params and request.params["type"] == "multinode" and given:
        return f"Cannot use both nodeProperties and {_spoken(given[-1])}"
    if len(given) > 1:
        return f"Cannot use both {_spoken(given[0])} and {given[1]}"
    return None


@rule(REGISTER, evidence="observed", source="recorded answer", wrapped=True)
def a_container_definition_has_one_kind_of_properties(request: Request) -> str | None:
    """Type container needs containerProperties, ecsProperties or eksProperties."""
    if request.params["type"] == "container" and not any(name in request.params for name in _PROPERTIES):
        return (
            "ECS ContainerProperties, ecsProperties, or eksProperties is required "
            "when using type container."
        )
    return None


@rule(REGISTER, evidence="documented", source="API model, RegisterJobDefinition.type", wrapped=True)
def a_container_definition_has_no_node_properties(request: Request) -> str | None:
    """The words of the refusal are ours."""
    if request.params["type"] == "container" and "nodeProperties" in request.params:
        return "nodeProperties is only applicable for type multinode."
    return None


@rule(
    REGISTER,
    evidence="documented",
    source="API model, RegisterJobDefinition.platformCapabilities",
    wrapped=True,
)
def eks_definitions_name_no_platform_capability(request: Request) -> str | None:
    """The words of the refusal are ours."""
    if request.params.get("platformCapabilities") and is_eks(request.params):
        return "platformCapabilities is not applicable for Batch on EKS jobs."
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def eks_definitions_do_not_propagate_tags(request: Request) -> str | None:
    """The member is for ECS tasks only."""
    if request.params.get("propagateTags") and is_eks(request.params):
        return "Batch on EKS does not support tag propagation."
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def scheduling_priority_is_0_to_9999(request: Request) -> str | None:
    """The priority of a definition, for fair-share queues."""
    priority = request.params.get("schedulingPriority")
    if priority is not None and not 0 <= priority <= 9999:
        return "Scheduling priority must be between 0 and 9999."
    return None


@rule(REGISTER, evidence="documented", source="API model, EcsTaskProperties.networkMode", wrapped=True)
def network_mode_is_for_managed_instances_only(request: Request) -> str | None:
    """The words of the refusal are ours."""
    asked_for = platform(request.params)
    for task in tasks(request.params):
        if task.get("networkMode") is None:
            continue
        if asked_for != MANAGED_INSTANCES:
            return f"networkMode not applicable for {'Fargate' if asked_for == FARGATE else 'EC2'}."
        if task["networkMode"] != "host":
            return f"networkMode {task['networkMode']} is not valid. Valid values are: [host]"
    return None


@rule(
    REGISTER,
    "SubmitJob",
    evidence="measured",
    source="measured (cdk-preflight)",
    wrapped=True,
    member=_MEMBERS_WITH_CONSUMABLES,
)
def a_job_names_at_most_5_consumable_resources(request: Request) -> str | None:
    """In the definition, in each node range, and in the override of a submit."""
    for entries in _consumable_resources(request):
        if len(entries) > MAX_CONSUMABLE_RESOURCES:
            return "Each ConsumableResourceProperty can have at most 5 consumableResources"
    return None


@rule(
    REGISTER,
    "SubmitJob",
    evidence="measured",
    source="measured (cdk-preflight)",
    wrapped=True,
    member=_MEMBERS_WITH_CONSUMABLES,
)
def a_job_names_a_consumable_resource_once(request: Request) -> str | None:
    """A name and its ARN are the same resource (inferred)."""
    for entries in _consumable_resources(request):
        names = {str(entry.get("consumableResource")).rpartition("/")[2] for entry in entries}
        if len(names) != len(entries):
            return "Cannot have duplicate consumableResource in consumableResourceProperties"
    return None


@rule(
    REGISTER,
    "SubmitJob",
    evidence="inferred",
    source="API model, ConsumableResourceRequirement",
    wrapped=True,
    member=_MEMBERS_WITH_CONSUMABLES,
)
def a_needed_resource_has_a_name_and_a_quantity(request: Request) -> str | None:
    """A quantity may be 0, as in an override that needs none; the words of the refusal are ours."""
    for entries in _consumable_resources(request):
        for entry in entries:
            if not entry.get("consumableResource"):
                return "consumableResource must be specified in consumableResourceProperties."
            if entry.get("quantity") is None or entry["quantity"] < 0:
                name = entry["consumableResource"]
                return f"quantity of consumableResource {name} must be specified and not be negative."
    return None


@rule(DEREGISTER, evidence="observed", source="recorded answer", wrapped=True)
def the_definition_to_deregister_is_named(request: Request) -> str | None:
    """An empty string is refused."""
    return None if request.params["jobDefinition"] else "Job definition name is required."


@rule(
    DEREGISTER,
    evidence="documented",
    source="API model, DeregisterJobDefinition.jobDefinition",
    wrapped=True,
)
def the_definition_to_deregister_has_a_revision(request: Request) -> str | None:
    """``name:revision`` or the ARN with its revision; the words of the refusal are ours."""
    if _WITH_REVISION.fullmatch(request.params["jobDefinition"]):
        return None
    return f"Job definition {request.params['jobDefinition']} should be given as name:revision or ARN."


def _is_multinode(request: Request) -> bool:
    return request.params["type"] == "multinode" or "nodeProperties" in request.params


def _spoken(name: str) -> str:
    """How the service names a kind of properties in its messages."""
    return f"ECS {name}" if name == "containerProperties" else name


def _consumable_resources(request: Request) -> list[list[dict[str, Any]]]:
    """Each list of consumable resources in a request."""
    params = request.params
    if request.operation == "SubmitJob":
        if "consumableResourcePropertiesOverride" not in params and "nodeOverrides" not in params:
            return []
        overrides = params.get("nodeOverrides", {}).get("nodePropertyOverrides") or ()
        bodies = [entry.get("consumableResourcePropertiesOverride") for entry in (params, *overrides)]
    else:
        bodies = [params.get("consumableResourceProperties")]
        if params["type"] == "multinode":
            bodies += [bearer.get("consumableResourceProperties") for bearer in bearers(params)]
    return [
        body["consumableResourceList"] for body in bodies if body and body.get("consumableResourceList")
    ]
