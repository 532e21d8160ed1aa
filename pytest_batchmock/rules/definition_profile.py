"""What SubmitJob's rules need to know of a definition, worked out once a revision. No rules here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from pytest_batchmock.domain.job_definition import JobDefinition
from pytest_batchmock.domain.node_ranges import properties_of

Members = Mapping[str, Any]
PLACEHOLDER: Final = "Ref::"
_NOTHING: Final[Members] = {}
_KINDS: Final = ("containerProperties", "ecsProperties", "eksProperties", "nodeProperties")


class Profile(NamedTuple):
    """A definition, seen by SubmitJob.

    Attributes:
        kind: The member that describes it: containerProperties, ecsProperties, eksProperties or
            nodeProperties.
        platform: EC2, FARGATE or MANAGED_INSTANCES.
        orchestration: ECS or EKS.
        has_priority: Whether it has a schedulingPriority.
        unfilled: The placeholders of its own commands that its own parameters do not fill.
    """

    kind: str
    platform: str
    orchestration: str
    has_priority: bool
    unfilled: tuple[str, ...]


def profile_of(definition: JobDefinition) -> Profile:
    """Look at a revision, which never changes: once."""
    known: Profile | None = definition.profile
    if known is None:
        known = definition.profile = _profile(definition)
    return known


def _profile(definition: JobDefinition) -> Profile:
    request = definition.request
    defaults = request.get("parameters") or _NOTHING
    return Profile(
        kind=next(name for name in _KINDS if name in request),
        platform=definition.platform_capabilities[0],
        orchestration=definition.orchestration,
        has_priority=request.get("schedulingPriority") is not None,
        unfilled=tuple(name for name in placeholders(request, _NOTHING) if name not in defaults),
    )


def placeholders(definition_request: Members, submit_params: Members) -> Iterator[str]:
    """The names of the placeholders in the commands that a job will run, in order.

    A placeholder is a whole token, ``Ref::name`` (user guide, job_definition_parameters).
    """
    for command in _commands(definition_request, submit_params):
        for token in command:
            if token.startswith(PLACEHOLDER) and len(token) > len(PLACEHOLDER):
                yield token.removeprefix(PLACEHOLDER)


def _commands(request: Members, params: Members) -> Iterator[list[str]]:
    """The commands of the ECS containers of a job after its overrides."""
    if "containerProperties" in request:
        yield _command(request["containerProperties"], params.get("containerOverrides"))
    elif "ecsProperties" in request:
        yield from _task_commands(request["ecsProperties"], params.get("ecsPropertiesOverride"))
    elif "nodeProperties" in request:
        for node, override in _nodes(request["nodeProperties"], params.get("nodeOverrides") or _NOTHING):
            if "container" in node:
                yield _command(node["container"], override.get("containerOverrides"))
            elif "ecsProperties" in node:
                yield from _task_commands(node["ecsProperties"], override.get("ecsPropertiesOverride"))


def _nodes(properties: Members, override: Members) -> list[tuple[Members, Members]]:
    """The different pairs of a node range and its override that the nodes of a job follow."""
    count = override.get("numNodes") or properties["numNodes"]
    overrides = override.get("nodePropertyOverrides") or ()
    pairs = {}
    for index in range(count):
        node = properties_of(index, count, properties["nodeRangeProperties"]) or _NOTHING
        overriding = properties_of(index, count, overrides) or _NOTHING
        pairs[id(node), id(overriding)] = (node, overriding)
    return list(pairs.values())


def _task_commands(ecs_properties: Members, override: Members | None) -> Iterator[list[str]]:
    overrides = {
        entry.get("name"): entry
        for task in (override or _NOTHING).get("taskProperties") or ()
        for entry in task.get("containers") or ()
    }
    for task in ecs_properties["taskProperties"]:
        for container in task["containers"]:
            yield _command(container, overrides.get(container.get("name")))


def _command(container: Members, override: Members | None) -> list[str]:
    return (override or _NOTHING).get("command") or container.get("command") or []
