"""The record of one revision of a job definition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_batchmock.domain import status

if TYPE_CHECKING:
    from pytest_batchmock.domain.requirements import Requirements


class JobDefinition:
    """One revision of a job definition.

    Attributes:
        request: The members of RegisterJobDefinition as given, without name and tags.
        described: The members that DescribeJobDefinitions shows for them (defaults filled in).
        deregistered_at_ms: When it became INACTIVE; it vanishes 180 days later.
        requirements: What a job of it needs without overrides, once `requirements.of_definition`
            was asked. Kept here, not in a cache of the process, which would outlive the mock.
        profile: The same for the rules, filled by `definition_profile.profile_of`.
    """

    __slots__ = (
        "arn",
        "deregistered_at_ms",
        "described",
        "name",
        "profile",
        "request",
        "requirements",
        "revision",
        "status",
        "tags",
    )

    def __init__(
        self,
        *,
        name: str,
        revision: int,
        arn: str,
        request: dict[str, Any],
        described: dict[str, Any],
        tags: dict[str, str],
    ) -> None:
        self.name = name
        self.revision = revision
        self.arn = arn
        self.request = request
        self.described = described
        self.tags = tags
        self.status = status.ACTIVE
        self.deregistered_at_ms: int | None = None
        self.requirements: Requirements | None = None
        self.profile: Any = None

    @property
    def type(self) -> str:
        """``container`` or ``multinode``."""
        return str(self.request["type"])

    @property
    def platform_capabilities(self) -> tuple[str, ...]:
        """What it asks for; EC2 where it names none (documented default)."""
        return tuple(self.request.get("platformCapabilities") or ("EC2",))

    @property
    def orchestration(self) -> str:
        """``ECS`` or ``EKS``."""
        if "eksProperties" in self.request:
            return "EKS"
        ranges = self.request.get("nodeProperties", {}).get("nodeRangeProperties", ())
        return "EKS" if any("eksProperties" in entry for entry in ranges) else "ECS"

    @property
    def runs_windows(self) -> bool:
        """Whether its containers are of Windows; only Fargate can be asked for a system."""
        return str(self._runtime_platform.get("operatingSystemFamily", "")).startswith("WINDOWS")

    @property
    def architecture(self) -> str:
        """As EC2 names it: ``x86_64`` (documented default) or ``arm64``."""
        return str(self._runtime_platform.get("cpuArchitecture") or "X86_64").lower()

    @property
    def _runtime_platform(self) -> dict[str, Any]:
        task = (self.request.get("ecsProperties") or {}).get("taskProperties") or [{}]
        holder = self.request.get("containerProperties") or task[0]
        return holder.get("runtimePlatform") or {}
