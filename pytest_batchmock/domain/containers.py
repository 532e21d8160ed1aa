"""Which container properties and overrides a job, a child or a node has.

The one place that knows where a definition keeps them: ``containerProperties``, or the narrowest
node range that holds the node, and the matching overrides of the submit. A job of one container has
``containerProperties``; the others, tasks and pods, have `Container`s that are found by name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from pytest_batchmock.domain.job import Job, JobSpec
from pytest_batchmock.domain.node_ranges import properties_of
from pytest_batchmock.domain.requirements import override_of

Members = Mapping[str, Any]
_NOTHING: Final[Members] = {}

UNNAMED_OF_TASK: Final = "default"
UNNAMED_OF_POD: Final = "Default"
"""The name of a pod's container that has none (API model, EksContainer.name)."""


class Container(NamedTuple):
    """One container of a task (``ecsProperties``) or a pod (``eksProperties``).

    Attributes:
        name: Its name, or that of containers without one.
        is_init: Whether it runs before the others of its pod.
        essential: Whether the task ends with it; all containers of a pod count.
        waits_for: Of a task: the (container name, condition) it depends on.
        start_timeout_ms: Of a task: how long those who wait for it do so at most.
        defined: The members of the definition.
        overriding: The members of the submit.
        stop_timeout_ms: Of a task: the time between SIGTERM and SIGKILL, if the definition says it.
    """

    name: str
    is_init: bool
    essential: bool
    waits_for: tuple[tuple[str, str], ...]
    start_timeout_ms: int | None
    defined: Members
    overriding: Members
    stop_timeout_ms: int | None = None

    @property
    def image(self) -> str:
        """The image, which a submit can override in a pod."""
        return str(self.overriding.get("image") or self.defined.get("image", ""))


class Parts(NamedTuple):
    """What carries the containers of a job, and what the submit overrides of it.

    Attributes:
        defined: The definition's members, or those of the node's range: ``containerProperties``
            (also for a node), ``ecsProperties`` or ``eksProperties``.
        overriding: ``containerOverrides``, ``ecsPropertiesOverride``, ``eksPropertiesOverride``.
    """

    defined: Members
    overriding: Members

    @property
    def container(self) -> Members:
        """The only container, or nothing for a job of several."""
        found: Members = self.defined.get("containerProperties", _NOTHING)
        return found

    @property
    def container_override(self) -> Members:
        """What the submit overrides of it."""
        found: Members = self.overriding.get("containerOverrides", _NOTHING)
        return found

    @property
    def is_pod(self) -> bool:
        """Whether the containers are those of a Kubernetes pod."""
        return "eksProperties" in self.defined

    @property
    def is_single(self) -> bool:
        """Whether it is one container, of ``containerProperties``."""
        return "containerProperties" in self.defined

    @property
    def pod(self) -> Members:
        """The pod's properties as defined."""
        found: Members = self.defined["eksProperties"]["podProperties"]
        return found

    @property
    def pod_override(self) -> Members:
        """What the submit overrides of the pod."""
        given: Members = self.overriding.get("eksPropertiesOverride") or _NOTHING
        return given.get("podProperties") or _NOTHING

    @property
    def containers(self) -> tuple[Container, ...]:
        """The containers of a task or a pod, init containers first; none of a single container."""
        if self.is_pod:
            return _of_pod(self.pod, self.pod_override)
        if "ecsProperties" in self.defined:
            return _of_task(self)
        return ()


def parts_of(job: Job, *, described: bool = False) -> Parts:
    """Return the parts of `job`; of a multi-node parent those of its main node.

    Args:
        job: The job, child or node.
        described: Whether the members are wanted as the service shows them (defaults filled in).
    """
    definition = job.spec.definition
    members = definition.described if described else definition.request
    submitted = _submitted(job.spec.request)
    if not job.spec.num_nodes:
        return Parts(members, submitted)
    return _of_node(job.spec, members, submitted, node_index(job))


@lru_cache(maxsize=64)
def _submitted(request: bytes) -> Members:
    """The members of a submit, to read only: the children of an array ask for the same ones."""
    members: Members = json.loads(request)
    return members


def node_index(job: Job) -> int:
    """The index of a node; of the parent, that of its main node."""
    return job.spec.main_node if job.index is None else job.index


def _of_node(spec: JobSpec, members: Members, submitted: Members, index: int) -> Parts:
    ranges = members["nodeProperties"]["nodeRangeProperties"]
    node = properties_of(index, spec.num_nodes, ranges) or _NOTHING
    overrides = submitted.get("nodeOverrides", _NOTHING).get("nodePropertyOverrides", ())
    override = properties_of(index, spec.num_nodes, overrides) or _NOTHING
    if "container" in node:
        return Parts({**node, "containerProperties": node["container"]}, override)
    return Parts(node, override)


def main_container(containers: tuple[Container, ...]) -> Container:
    """The one that stands for the job: the first that is essential and no init container."""
    return next(entry for entry in containers if entry.essential and not entry.is_init)


def _of_task(parts: Parts) -> tuple[Container, ...]:
    override: Members = parts.overriding.get("ecsPropertiesOverride") or _NOTHING
    overrides = [
        entry for task in override.get("taskProperties") or () for entry in task.get("containers") or ()
    ]
    return tuple(
        Container(
            name=entry.get("name") or UNNAMED_OF_TASK,
            is_init=False,
            essential=entry.get("essential", True),
            waits_for=tuple(
                (it["containerName"], it["condition"]) for it in entry.get("dependsOn") or ()
            ),
            start_timeout_ms=1000 * entry["startTimeout"] if entry.get("startTimeout") else None,
            defined=entry,
            overriding=override_of(entry, overrides),
            stop_timeout_ms=1000 * entry["stopTimeout"] if entry.get("stopTimeout") else None,
        )
        for entry in parts.defined["ecsProperties"]["taskProperties"][0]["containers"]
    )


def _of_pod(pod: Members, override: Members) -> tuple[Container, ...]:
    return tuple(
        Container(
            name=entry.get("name") or UNNAMED_OF_POD,
            is_init=member == "initContainers",
            essential=True,
            waits_for=(),
            start_timeout_ms=None,
            defined=entry,
            overriding=override_of(
                entry, override.get(member) or (), alone=len(pod.get(member) or ()) == 1
            ),
        )
        for member in ("initContainers", "containers")
        for entry in pod.get(member) or ()
    )
