"""How DescribeJobDefinitions shows a revision, and the defaults the service fills in."""

from __future__ import annotations

import json
from typing import Any, Final

from pytest_batchmock.domain.job_definition import JobDefinition

# Lists that the service returns empty where they were not given (recorded answers).
_CONTAINER_LISTS: Final = (
    "command",
    "volumes",
    "environment",
    "mountPoints",
    "ulimits",
    "resourceRequirements",
    "secrets",
)


def filled_in(request: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of the registered members with the defaults that the service shows."""
    described: dict[str, Any] = json.loads(json.dumps(request))
    described.setdefault("parameters", {})
    if "retryStrategy" in described:
        described["retryStrategy"].setdefault("evaluateOnExit", [])
    on_fargate = "FARGATE" in (described.get("platformCapabilities") or ())
    for container in _containers(described):
        _fill_container(container, on_fargate=on_fargate)
    return described


def _containers(described: dict[str, Any]) -> list[dict[str, Any]]:
    found = [described["containerProperties"]] if "containerProperties" in described else []
    ranges = described.get("nodeProperties", {}).get("nodeRangeProperties", ())
    found.extend(entry["container"] for entry in ranges if "container" in entry)
    return found


def _fill_container(container: dict[str, Any], *, on_fargate: bool) -> None:
    for name in _CONTAINER_LISTS:
        container.setdefault(name, [])
    if "logConfiguration" in container:
        container["logConfiguration"].setdefault("secretOptions", [])
    if on_fargate:
        container.setdefault("fargatePlatformConfiguration", {"platformVersion": "LATEST"})


def job_definition_detail(definition: JobDefinition) -> dict[str, Any]:
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
