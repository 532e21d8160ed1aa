"""What a job asks of a host: vCPUs, memory and GPUs, from the definition and the overrides of SubmitJob.

Called once a submit. Nothing is checked here (rules/ did that); a value that is missing counts as 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from pytest_batchmock.domain.job_definition import JobDefinition
from pytest_batchmock.domain.node_ranges import properties_of

Members = Mapping[str, Any]
_NOTHING: Final[Members] = {}
_OVERRIDES: Final = frozenset({"containerOverrides", "ecsPropertiesOverride", "eksPropertiesOverride"})
_LEGACY: Final = {"VCPU": "vcpus", "MEMORY": "memory"}


class Requirements(NamedTuple):
    """What one job, child or node needs.

    Attributes:
        mvcpus: Thousandths of a vCPU.
        memory_mib: MiB.
        gpus: Whole GPUs.
    """

    mvcpus: int
    memory_mib: int
    gpus: int

    def plus(self, other: Requirements) -> Requirements:
        """Add up what two containers of one task need."""
        return Requirements(
            self.mvcpus + other.mvcpus, self.memory_mib + other.memory_mib, self.gpus + other.gpus
        )

    def at_least(self, other: Requirements) -> Requirements:
        """The larger of each, for containers that do not run at the same time."""
        return Requirements(
            max(self.mvcpus, other.mvcpus),
            max(self.memory_mib, other.memory_mib),
            max(self.gpus, other.gpus),
        )


NONE: Final = Requirements(0, 0, 0)


def of_container(container: Members, override: Members = _NOTHING) -> Requirements:
    """What a container of ``containerProperties`` or of an ECS task needs.

    ``resourceRequirements`` of the override replace those of the definition type by type. The
    deprecated ``vcpus`` and ``memory`` of the override replace only the deprecated members of the
    definition: where that uses ``resourceRequirements`` they change nothing (recorded answer).
    """
    given = container.get("resourceRequirements") or ()
    amounts = {str(entry["type"]): entry["value"] for entry in given}
    for kind, legacy in _LEGACY.items():
        if kind not in amounts:
            amount = override.get(legacy, container.get(legacy))
            if amount is not None:
                amounts[kind] = amount
    for entry in override.get("resourceRequirements") or ():
        amounts[str(entry["type"])] = entry["value"]
    return Requirements(
        thousandths(amounts.get("VCPU", 0)), int(amounts.get("MEMORY", 0)), int(amounts.get("GPU", 0))
    )


def override_of(container: Members, overrides: Iterable[Members], *, alone: bool = False) -> Members:
    """What a submit overrides of a container of a task or a pod, which it names.

    Args:
        container: The definition's container.
        overrides: The submit's entries.
        alone: Whether it is the only one of its kind: then the entry needs no name (documented
            for pods).
    """
    for entry in overrides:
        if entry.get("name") == container.get("name") or (alone and not entry.get("name")):
            return entry
    return _NOTHING


def of_ecs(ecs_properties: Members, override: Members = _NOTHING) -> Requirements:
    """What an ECS task with one or more containers needs: the sum; overrides are found by name."""
    overrides = [
        entry for task in override.get("taskProperties") or () for entry in task.get("containers") or ()
    ]
    total = NONE
    for task in ecs_properties.get("taskProperties") or ():
        for container in task.get("containers") or ():
            total = total.plus(of_container(container, override_of(container, overrides)))
    return total


def of_eks(eks_properties: Members, override: Members = _NOTHING) -> Requirements:
    """What a pod needs: the sum of its containers, or more if one of its init containers needs more.

    (That init containers run before the others, one by one, is the rule of Kubernetes.)
    """
    pod = eks_properties.get("podProperties") or _NOTHING
    overriding = override.get("podProperties") or _NOTHING
    total = NONE
    for needed in _of_pod_containers(pod.get("containers"), overriding.get("containers")):
        total = total.plus(needed)
    for needed in _of_pod_containers(pod.get("initContainers"), overriding.get("initContainers")):
        total = total.at_least(needed)
    return total


def effective(definition_request: Members, submit_params: Members) -> Requirements:
    """What a single job, or each child of an array, needs after the overrides of its submit.

    Args:
        definition_request: The members of RegisterJobDefinition.
        submit_params: The members of SubmitJob.
    """
    if "containerProperties" in definition_request:
        override = submit_params.get("containerOverrides", _NOTHING)
        return of_container(definition_request["containerProperties"], override)
    if "ecsProperties" in definition_request:
        override = submit_params.get("ecsPropertiesOverride", _NOTHING)
        return of_ecs(definition_request["ecsProperties"], override)
    if "eksProperties" in definition_request:
        override = submit_params.get("eksPropertiesOverride", _NOTHING)
        return of_eks(definition_request["eksProperties"], override)
    return NONE


def of_definition(definition: JobDefinition) -> Requirements:
    """What a single job of this definition needs without overrides (remembered: submits are many)."""
    known = definition.requirements
    if known is None:
        known = definition.requirements = effective(definition.request, _NOTHING)
    return known


def of_submit(definition: JobDefinition, submit_params: Members) -> Requirements:
    """The same as `effective`, without the work where the submit overrides nothing."""
    if _OVERRIDES.isdisjoint(submit_params):
        return of_definition(definition)
    return effective(definition.request, submit_params)


def num_nodes(definition_request: Members, submit_params: Members = _NOTHING) -> int:
    """How many nodes a multi-node job has after the overrides of its submit."""
    override = submit_params.get("nodeOverrides") or _NOTHING
    return int(override.get("numNodes") or definition_request["nodeProperties"]["numNodes"])


def of_node(
    definition_request: Members, node_index: int, submit_params: Members = _NOTHING
) -> Requirements:
    """What one node of a multi-node job needs after the overrides of its submit.

    Args:
        definition_request: The members of RegisterJobDefinition; with ``nodeProperties``.
        node_index: The index of the node, from 0.
        submit_params: The members of SubmitJob.
    """
    count = num_nodes(definition_request, submit_params)
    ranges = definition_request["nodeProperties"]["nodeRangeProperties"]
    overrides = (submit_params.get("nodeOverrides") or _NOTHING).get("nodePropertyOverrides") or ()
    node = properties_of(node_index, count, ranges) or _NOTHING
    override = properties_of(node_index, count, overrides) or _NOTHING
    if "container" in node:
        return of_container(node["container"], override.get("containerOverrides", _NOTHING))
    if "ecsProperties" in node:
        return of_ecs(node["ecsProperties"], override.get("ecsPropertiesOverride", _NOTHING))
    if "eksProperties" in node:
        return of_eks(node["eksProperties"], override.get("eksPropertiesOverride", _NOTHING))
    return NONE


def thousandths(amount: str | int | float) -> int:
    """A number of vCPUs, as text or number, in thousandths."""
    return round(float(amount) * 1000)


def eks_amounts(resources: Members) -> dict[str, str]:
    """What a Kubernetes container asks for by resource name: its requests, else its limits."""
    return {**(resources.get("limits") or {}), **(resources.get("requests") or {})}


def _of_pod_containers(
    containers: Sequence[Members] | None, overrides: Sequence[Members] | None
) -> Iterable[Requirements]:
    for container in containers or ():
        override = override_of(container, overrides or (), alone=len(containers or ()) == 1)
        yield of_pod_container(container, override)


def of_pod_container(container: Members, override: Members = _NOTHING) -> Requirements:
    """What one container of a pod needs."""
    amounts = eks_amounts(container.get("resources") or _NOTHING)
    amounts.update(eks_amounts(override.get("resources") or _NOTHING))
    return Requirements(
        thousandths(amounts.get("cpu", 0)),
        int(amounts.get("memory", "0").removesuffix("Mi")),
        int(amounts.get("nvidia.com/gpu", 0)),
    )
