"""Job classes: jobs that are alike to the scheduler, because they need the same of the same hosts.

The fleet counts who waits by class, not job by job, so that an array of 10,000 children costs no
more to think about than one job.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pytest_batchmock.domain.job import JobSpec
from pytest_batchmock.domain.node_ranges import properties_of
from pytest_batchmock.domain.requirements import Requirements, of_node

_ARM = "ARM64"


class JobClass:
    """What a job asks of its host. Compared by identity: `Classes.of` gives equal ones once.

    Attributes:
        need: What it needs of one instance; of a multi-node job, what its largest nodes need.
        platforms: ``platformCapabilities`` of its definition.
        orchestration: ``ECS`` or ``EKS``.
        arm: Whether it asks for ARM (True) or for x86 (False) hosts; None if it does not say.
        windows: Whether it asks for Windows.
        instance_type: The only instance type for its nodes, or None.
        nodes: What each node needs; empty for a job that is none.
        total_mvcpus: What all of it needs together.
    """

    __slots__ = (
        "arm",
        "instance_type",
        "need",
        "nodes",
        "orchestration",
        "platforms",
        "total_mvcpus",
        "windows",
    )

    def __init__(self, spec: JobSpec, platform: Mapping[str, Any]) -> None:
        definition = spec.definition
        self.platforms = definition.platform_capabilities
        self.orchestration = definition.orchestration
        architecture = platform.get("cpuArchitecture")
        self.arm = None if architecture is None else architecture == _ARM
        self.windows = str(platform.get("operatingSystemFamily", "")).startswith("WINDOWS")
        self.need = Requirements(spec.mvcpus, spec.memory_mib, spec.gpus)
        self.total_mvcpus = spec.mvcpus
        self.instance_type: str | None = None
        self.nodes: tuple[Requirements, ...] = ()
        if spec.num_nodes:
            self._be_a_gang(spec)

    def _be_a_gang(self, spec: JobSpec) -> None:
        request, submitted = spec.definition.request, json.loads(spec.request)
        self.nodes = tuple(of_node(request, index, submitted) for index in range(spec.num_nodes))
        largest = self.nodes[0]
        for need in self.nodes:
            largest = largest.at_least(need)
        self.need = largest
        ranges = request["nodeProperties"]["nodeRangeProperties"]
        main = properties_of(spec.main_node, spec.num_nodes, ranges) or {}
        overrides = (submitted.get("nodeOverrides") or {}).get("nodePropertyOverrides") or ()
        override = properties_of(spec.main_node, spec.num_nodes, overrides) or {}
        given = override.get("instanceTypes") or main.get("instanceTypes")
        overridden = override.get("containerOverrides", {}).get("instanceType")
        older = overridden or main.get("container", {}).get("instanceType")
        self.instance_type = given[0] if given else older

    def __repr__(self) -> str:
        return f"<JobClass {self.need}>"


class Classes:
    """The job classes of one mock."""

    def __init__(self) -> None:
        self._known: dict[tuple[Any, ...], JobClass] = {}

    def of(self, spec: JobSpec) -> JobClass:
        """The class of the jobs of `spec`; worked out once for each."""
        found: JobClass | None = spec.job_class
        if found is None:
            found = spec.job_class = self._find(spec)
        return found

    def _find(self, spec: JobSpec) -> JobClass:
        platform = _runtime_platform(spec.definition.request)
        if spec.num_nodes:
            return JobClass(spec, platform)
        definition = spec.definition
        key = (
            spec.mvcpus,
            spec.memory_mib,
            spec.gpus,
            definition.platform_capabilities,
            definition.orchestration,
            platform.get("cpuArchitecture"),
            platform.get("operatingSystemFamily"),
        )
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = JobClass(spec, platform)
        return found


def _runtime_platform(request: Mapping[str, Any]) -> Mapping[str, Any]:
    """``runtimePlatform`` of a definition, empty if it gives none."""
    if "containerProperties" in request:
        return request["containerProperties"].get("runtimePlatform") or {}
    for task in (request.get("ecsProperties") or {}).get("taskProperties") or ():
        return task.get("runtimePlatform") or {}
    return {}
