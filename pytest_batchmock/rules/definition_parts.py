"""The parts of a RegisterJobDefinition request that rules look at, wherever they are nested.

A container may stand in ``containerProperties``, in an ECS task, or in a node range of a multi-node
definition. No rules live here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from pytest_batchmock.domain.fargate import is_supported
from pytest_batchmock.domain.requirements import Requirements

Members = Mapping[str, Any]
EC2: Final = "EC2"
FARGATE: Final = "FARGATE"
MANAGED_INSTANCES: Final = "MANAGED_INSTANCES"
WINDOWS_PREFIX: Final = "WINDOWS"
LONGEST_SUBDOMAIN: Final = 253

# No quantity has more than 18 digits: more would not fit the integers of any service.
_NUMBER: Final = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?", re.ASCII)
_WHOLE: Final = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_SUBDOMAIN: Final = re.compile(
    r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*", re.ASCII
)


class Container(NamedTuple):
    """An ECS container with the members that surround it.

    Attributes:
        members: The container as given.
        task: What carries volumes, roles, network and platform: the ECS task, or the container
            itself where it comes from ``containerProperties``.
    """

    members: Members
    task: Members

    @property
    def is_plain(self) -> bool:
        """Whether it is ``containerProperties`` (or ``container`` of a node range)."""
        return self.members is self.task


def bearers(params: Members) -> Iterator[Members]:
    """The objects that carry a container, a task or a pod: the request, or each node range."""
    node_properties = params.get("nodeProperties")
    if params.get("type") == "multinode" and node_properties:
        yield from node_properties.get("nodeRangeProperties") or ()
    else:
        yield params


def tasks(params: Members) -> Iterator[Members]:
    """The ECS tasks of ``ecsProperties``, in the request and its node ranges."""
    for bearer in bearers(params):
        yield from (bearer.get("ecsProperties") or {}).get("taskProperties") or ()


def containers(params: Members) -> Iterator[Container]:
    """All ECS containers of a request."""
    for bearer in bearers(params):
        plain = bearer.get("containerProperties", bearer.get("container"))
        if plain is not None:
            yield Container(plain, plain)
    for task in tasks(params):
        for members in task.get("containers") or ():
            yield Container(members, task)


def surroundings(params: Members) -> Iterator[Members]:
    """What carries volumes, roles, network and platform: each ``containerProperties`` and ECS task."""
    for bearer in bearers(params):
        plain = bearer.get("containerProperties", bearer.get("container"))
        if plain is not None:
            yield plain
    yield from tasks(params)


def pods(params: Members) -> Iterator[Members]:
    """The pods of ``eksProperties``, in the request and its node ranges."""
    for bearer in bearers(params):
        pod = (bearer.get("eksProperties") or {}).get("podProperties")
        if pod is not None:
            yield pod


def pod_containers(params: Members) -> Iterator[Members]:
    """All containers and init containers of the pods."""
    for pod in pods(params):
        yield from pod.get("containers") or ()
        yield from pod.get("initContainers") or ()


def is_eks(params: Members) -> bool:
    """Whether any part of the request is a pod."""
    return any("eksProperties" in bearer for bearer in bearers(params))


def platform(params: Members) -> str:
    """The platform capability; EC2 where none is named (documented default)."""
    capabilities = params.get("platformCapabilities")
    return str(capabilities[0]) if capabilities else EC2


def operating_system(surrounding: Members) -> str:
    """The operating system family of a task or of ``containerProperties``."""
    return str((surrounding.get("runtimePlatform") or {}).get("operatingSystemFamily") or "LINUX")


def is_windows(surrounding: Members) -> bool:
    """Whether it asks for Windows."""
    return operating_system(surrounding).startswith(WINDOWS_PREFIX)


def job_role(surrounding: Members) -> Any:
    """The role of the job: ``jobRoleArn``, or ``taskRoleArn`` of an ECS task."""
    return surrounding.get("jobRoleArn") or surrounding.get("taskRoleArn")


def is_number(text: str) -> bool:
    """Whether a quantity is a decimal number."""
    return _NUMBER.fullmatch(text) is not None


def is_whole(text: str) -> bool:
    """Whether a quantity is a whole number."""
    return _WHOLE.fullmatch(text) is not None


def is_subdomain(name: str) -> bool:
    """Whether a name is allowed as a DNS subdomain name, as Kubernetes wants many."""
    return len(name) <= LONGEST_SUBDOMAIN and _SUBDOMAIN.fullmatch(name) is not None


def amount_of(container: Members, kind: str, legacy: str | None = None) -> str | None:
    """What a container asks for of a resource, as text, or None if it names none.

    Args:
        container: The members of the container.
        kind: VCPU, MEMORY or GPU.
        legacy: The deprecated member that means the same.
    """
    for entry in container.get("resourceRequirements") or ():
        if entry["type"] == kind:
            return str(entry["value"])
    if legacy is not None and container.get(legacy) is not None:
        return str(container[legacy])
    return None


def refusal_of_size(needed: Requirements) -> str | None:
    """The refusal of a size that Fargate does not have."""
    if is_supported(needed.mvcpus, needed.memory_mib):
        return None
    return (
        f"Fargate resource requirements ({needed.mvcpus / 1000:.2f} vCPU, "
        f"{needed.memory_mib} MiB) not valid."
    )
