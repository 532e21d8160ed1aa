"""How DescribeJobDefinitions shows a revision, and the defaults the service fills in."""

from __future__ import annotations

import json
from typing import Any, Final

from pytest_batchmock.domain.job_definition import JobDefinition

# Lists and maps that the service returns empty where they were not given. Those of a single container
# are recorded; terraform's AWS provider allows for the others when it compares with what it was told.
_CONTAINER_LISTS: Final = (
    "command",
    "volumes",
    "environment",
    "mountPoints",
    "ulimits",
    "resourceRequirements",
    "secrets",
)
_TASK_CONTAINER_LISTS: Final = (
    "command",
    "dependsOn",
    "environment",
    "mountPoints",
    "ulimits",
    "resourceRequirements",
    "secrets",
)
_POD_CONTAINER_LISTS: Final = ("command", "args", "env", "volumeMounts")

Members = dict[str, Any]


def filled_in(request: Members) -> Members:
    """Return a copy of the registered members with the defaults that the service shows."""
    described: Members = json.loads(json.dumps(request))
    described.setdefault("parameters", {})
    if "retryStrategy" in described:
        described["retryStrategy"].setdefault("evaluateOnExit", [])
    on_fargate = "FARGATE" in (described.get("platformCapabilities") or ())
    for holder in _holders(described):
        if "containerProperties" in holder:
            _fill_container(holder["containerProperties"], on_fargate=on_fargate)
        elif "container" in holder:
            _fill_container(holder["container"], on_fargate=on_fargate)
        elif "ecsProperties" in holder:
            for task in holder["ecsProperties"]["taskProperties"]:
                _fill_task(task)
        elif "eksProperties" in holder:
            _fill_pod(holder["eksProperties"].get("podProperties") or {})
    return described


def _holders(described: Members) -> list[Members]:
    """What holds containers: the definition itself, or each node range of a multi-node one."""
    if "nodeProperties" in described:
        found: list[Members] = described["nodeProperties"]["nodeRangeProperties"]
        return found
    return [described]


def _fill_container(container: Members, *, on_fargate: bool) -> None:
    _fill_lists(container, _CONTAINER_LISTS)
    _fill_parts(container)
    if on_fargate:
        container.setdefault("fargatePlatformConfiguration", {"platformVersion": "LATEST"})


def _fill_task(task: Members) -> None:
    _fill_lists(task, ("volumes",))
    for container in task["containers"]:
        _fill_lists(container, _TASK_CONTAINER_LISTS)
        _fill_parts(container)
        container.setdefault("essential", True)


def _fill_pod(pod: Members) -> None:
    _fill_lists(pod, ("volumes",))
    for member in ("containers", "initContainers"):
        for container in pod.get(member) or ():
            _fill_lists(container, _POD_CONTAINER_LISTS)


def _fill_parts(container: Members) -> None:
    """What a container may have, and what that holds then."""
    if "logConfiguration" in container:
        container["logConfiguration"].setdefault("options", {})
        container["logConfiguration"].setdefault("secretOptions", [])
    linux = container.get("linuxParameters")
    if linux is not None:
        _fill_lists(linux, ("devices", "tmpfs"))
        for device in linux["devices"]:
            _fill_lists(device, ("permissions",))
        for tmpfs in linux["tmpfs"]:
            _fill_lists(tmpfs, ("mountOptions",))


def _fill_lists(members: Members, names: tuple[str, ...]) -> None:
    for name in names:
        members.setdefault(name, [])


def job_definition_detail(definition: JobDefinition) -> Members:
    """Return the members that the real service returns (recorded answers)."""
    return {
        "jobDefinitionName": definition.name,
        "jobDefinitionArn": definition.arn,
        "revision": definition.revision,
        "status": definition.status,
        **json.loads(json.dumps(definition.described)),
        "tags": dict(definition.tags),
        "containerOrchestrationType": definition.orchestration,
    }
