"""The parts of the overrides of a SubmitJob that rules look at, wherever they are nested.

They may stand in the request, or in what overrides a node range of a multi-node job. No rules live here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pytest_batchmock.rules.registry import Request

Members = Mapping[str, Any]
NOTHING: Final[Members] = {}


def node_properties(request: Request) -> Members:
    """``nodeProperties`` of the definition of a multi-node job."""
    found: Members = request.definition.request["nodeProperties"]
    return found


def overridden_nodes(request: Request) -> int | None:
    """``numNodes`` of the overrides, or None."""
    count: int | None = (request.params.get("nodeOverrides") or NOTHING).get("numNodes")
    return count


def nodes_of_the_job(request: Request) -> int:
    """How many nodes a multi-node job will have."""
    return int(overridden_nodes(request) or node_properties(request)["numNodes"])


def node_overrides(request: Request) -> Sequence[Members]:
    """``nodePropertyOverrides``: the overrides of node ranges."""
    return (request.params.get("nodeOverrides") or NOTHING).get("nodePropertyOverrides") or ()


def bearers(request: Request) -> Iterator[Members]:
    """What carries the overrides of containers, tasks and pods: the request, and each node override."""
    yield request.params
    yield from node_overrides(request)


def pod_of(bearer: Members) -> Members:
    """The overrides of a pod."""
    return (bearer.get("eksPropertiesOverride") or NOTHING).get("podProperties") or NOTHING


def task_containers(bearer: Members) -> Iterator[Members]:
    """The overrides of the containers of ECS tasks."""
    for task in (bearer.get("ecsPropertiesOverride") or NOTHING).get("taskProperties") or ():
        yield from task.get("containers") or ()


def containers(request: Request) -> Iterator[Members]:
    """All overrides of ECS containers."""
    for bearer in bearers(request):
        if bearer.get("containerOverrides"):
            yield bearer["containerOverrides"]
        yield from task_containers(bearer)


def pod_containers(request: Request) -> Iterator[Members]:
    """All overrides of the containers of pods."""
    for pod in map(pod_of, bearers(request)):
        yield from pod.get("containers") or ()
        yield from pod.get("initContainers") or ()


def amounts(request: Request) -> Iterator[tuple[str, str]]:
    """Each (type, amount) of the overridden resourceRequirements of ECS containers."""
    for override in containers(request):
        for entry in override.get("resourceRequirements") or ():
            yield str(entry["type"]), str(entry["value"])
