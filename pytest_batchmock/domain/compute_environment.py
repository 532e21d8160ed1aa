"""The record of a compute environment. What it can run at a moment is the engine's business."""

from __future__ import annotations

from typing import Any, Final

from pytest_batchmock.domain import status

FARGATE_TYPES: Final = frozenset({"FARGATE", "FARGATE_SPOT"})
EC2_TYPES: Final = frozenset({"EC2", "SPOT"})
SPOT_TYPES: Final = frozenset({"SPOT", "FARGATE_SPOT"})
MANAGED_INSTANCES: Final = "ECS_MANAGED_INSTANCES"


class ComputeEnvironment:
    """One compute environment, managed or unmanaged.

    Attributes:
        request: Members of CreateComputeEnvironment as given (updates are merged in), without
            the ones that have an attribute of their own here.
        resources: ``computeResources`` as given and updated; empty for UNMANAGED.
        key: The order of creation within its region, from 0.
        launched_mvcpus: The size of its instances now, in thousandths of a vCPU; kept by the fleet.
    """

    __slots__ = (
        "arn",
        "created_at_ms",
        "ecs_cluster_arn",
        "history",
        "key",
        "launched_mvcpus",
        "name",
        "request",
        "resources",
        "service_role",
        "state",
        "status",
        "status_reason",
        "tags",
        "type",
        "uuid",
    )

    def __init__(
        self,
        *,
        key: int,
        name: str,
        arn: str,
        type: str,
        resources: dict[str, Any],
        request: dict[str, Any],
        service_role: str,
        ecs_cluster_arn: str,
        uuid: str,
        tags: dict[str, str],
        created_at_ms: int,
    ) -> None:
        self.key = key
        self.name = name
        self.arn = arn
        self.type = type
        self.resources = resources
        self.request = request
        self.service_role = service_role
        self.ecs_cluster_arn = ecs_cluster_arn
        self.uuid = uuid
        self.tags = tags
        self.created_at_ms = created_at_ms
        self.state = status.ENABLED
        self.status = ""
        self.status_reason = ""
        self.history: tuple[Any, ...] = ()
        self.launched_mvcpus = 0

    @property
    def resource_type(self) -> str:
        """``computeResources.type`` of a managed environment, ``UNMANAGED`` of the others."""
        if self.type == "UNMANAGED":
            return "UNMANAGED"
        return str(self.resources["type"])

    @property
    def orchestration(self) -> str:
        """``ECS`` or ``EKS``."""
        return "EKS" if "eksConfiguration" in self.request else "ECS"

    @property
    def is_spot(self) -> bool:
        """Whether its capacity can be reclaimed."""
        kind = self.resources.get("type")
        return kind in SPOT_TYPES or (
            kind == MANAGED_INSTANCES and self.launch_template.get("capacityOptionType") == "SPOT"
        )

    @property
    def launch_template(self) -> dict[str, Any]:
        """``instanceLaunchTemplate`` of managed instances; empty where there are none."""
        provider = self.resources.get("managedInstancesProvider") or {}
        return dict(provider.get("instanceLaunchTemplate") or {})

    @property
    def allowed_types(self) -> list[str]:
        """``allowedInstanceTypes`` of managed instances: types and families; empty is all of them."""
        requirements = self.launch_template.get("instanceRequirements") or {}
        return list(requirements.get("allowedInstanceTypes") or ())

    @property
    def platform(self) -> str:
        """The capability a job definition needs to run here: EC2, FARGATE or MANAGED_INSTANCES."""
        if self.resource_type in FARGATE_TYPES:
            return "FARGATE"
        if self.resource_type == MANAGED_INSTANCES:
            return "MANAGED_INSTANCES"
        return "EC2"

    @property
    def max_mvcpus(self) -> int:
        """``maxvCpus`` in thousandths of a vCPU."""
        return int(self.resources.get("maxvCpus", 0)) * 1000

    @property
    def min_mvcpus(self) -> int:
        """``minvCpus`` in thousandths of a vCPU."""
        return int(self.resources.get("minvCpus", 0)) * 1000

    @property
    def asked_mvcpus(self) -> int:
        """``desiredvCpus`` as the user gave it, in thousandths of a vCPU."""
        return int(self.resources.get("desiredvCpus", 0)) * 1000

    @property
    def desired_vcpus(self) -> int:
        """``desiredvCpus`` as the service shows it: what is launched, and no less than the minimum."""
        return max(self.launched_mvcpus // 1000, int(self.resources.get("minvCpus", 0)))

    @property
    def shared_mvcpus(self) -> int:
        """Of what a fair-share policy reserves a part: ``maxvCpus``, or ``unmanagedvCpus``.

        Nothing is reserved of an unmanaged environment without it (API model,
        CreateComputeEnvironmentRequest.unmanagedvCpus).
        """
        if self.type == "UNMANAGED":
            return int(self.request.get("unmanagedvCpus", 0)) * 1000
        return self.max_mvcpus

    @property
    def epoch(self) -> int:
        """Grows with every change of status; an event made in another epoch is stale."""
        return len(self.history)
