"""Job classes: jobs that are alike to the scheduler, because they need the same of the same hosts.

The fleet counts who waits by class, not job by job, so that an array of 10,000 children costs no
more to think about than one job. Jobs on EC2 cannot ask for an architecture
(``runtimePlatform is not applicable for EC2.``), and Fargate has both; managed instances may have one.
"""

from __future__ import annotations

import json
from typing import Any

from pytest_batchmock.domain.job import JobSpec
from pytest_batchmock.domain.node_ranges import properties_of
from pytest_batchmock.domain.requirements import Requirements, of_node


class JobClass:
    """What a job asks of its host. Compared by identity: `Classes.of` gives equal ones once.

    Attributes:
        need: What it needs of one instance; of a multi-node job, what its largest nodes need.
        platforms: ``platformCapabilities`` of its definition.
        is_windows: Whether its containers are of Windows.
        architecture: As EC2 names it: ``x86_64`` or ``arm64``.
        orchestration: ``ECS`` or ``EKS``.
        instance_type: The only instance type for its nodes, or None.
        nodes: What each node needs; empty for a job that is none.
        total_mvcpus: What all of it needs together.
    """

    __slots__ = (
        "architecture",
        "instance_type",
        "is_windows",
        "need",
        "nodes",
        "orchestration",
        "platforms",
        "total_mvcpus",
    )

    def __init__(self, spec: JobSpec) -> None:
        definition = spec.definition
        self.platforms = definition.platform_capabilities
        self.orchestration = definition.orchestration
        self.is_windows = definition.runs_windows
        self.architecture = definition.architecture
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
        if spec.num_nodes:
            return JobClass(spec)
        definition = spec.definition
        key = (
            spec.mvcpus,
            spec.memory_mib,
            spec.gpus,
            definition.platform_capabilities,
            definition.orchestration,
            definition.runs_windows,
            definition.architecture,
        )
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = JobClass(spec)
        return found
