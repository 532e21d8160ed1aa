"""What RegisterJobDefinition refuses because of the platform: Fargate, EC2, managed instances, Windows.

The sizes of Fargate tasks are data in domain/fargate.py; after overrides they are looked at again in
rules/submit_overrides.py. Not refused: pidMode on Fargate, and swap on managed instances, of which the
API model says nothing definite.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_batchmock.domain import requirements
from pytest_batchmock.domain.requirements import thousandths
from pytest_batchmock.rules.definition_parts import (
    EC2,
    FARGATE,
    MANAGED_INSTANCES,
    Container,
    Members,
    amount_of,
    containers,
    is_eks,
    is_windows,
    operating_system,
    platform,
    refusal_of_size,
    surroundings,
    tasks,
)
from pytest_batchmock.rules.registry import Request, rule

REGISTER: Final = "RegisterJobDefinition"

_FARGATE_LOG_DRIVERS: Final = ("awslogs", "splunk", "awsfirelens")
_FARGATE_LINUX: Final = ("devices", "sharedMemorySize", "tmpfs", "maxSwap", "swappiness")
_OPERATING_SYSTEMS: Final = (
    "WINDOWS_SERVER_2019_CORE",
    "WINDOWS_SERVER_2019_FULL",
    "WINDOWS_SERVER_2022_CORE",
    "WINDOWS_SERVER_2022_FULL",
    "LINUX",
)
_ARCHITECTURES: Final = ("X86_64", "ARM64")
_NOT_ON_WINDOWS: Final = ("linuxParameters", "privileged", "user", "ulimits", "readonlyRootFilesystem")


@rule(REGISTER, evidence="observed", source="recorded answer", wrapped=True)
def network_configuration_is_for_fargate_only(request: Request) -> str | None:
    """Recorded for EC2; for managed instances documented, in the same words."""
    asked_for = platform(request.params)
    if asked_for != FARGATE and any("networkConfiguration" in it for it in surroundings(request.params)):
        return f"networkConfiguration not applicable for {asked_for}."
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def fargate_platform_configuration_is_for_fargate_only(request: Request) -> str | None:
    """The platform version of containerProperties."""
    asked_for = platform(request.params)
    if asked_for != FARGATE and any(
        "fargatePlatformConfiguration" in it for it in surroundings(request.params)
    ):
        return f"fargatePlatformConfiguration not applicable for {asked_for}."
    return None


@rule(
    REGISTER, evidence="documented", source="API model, EcsTaskProperties.platformVersion", wrapped=True
)
def platform_version_of_a_task_is_for_fargate_only(request: Request) -> str | None:
    """The words follow those for containerProperties."""
    asked_for = platform(request.params)
    if asked_for != FARGATE and any(task.get("platformVersion") for task in tasks(request.params)):
        return f"platformVersion not applicable for {asked_for}."
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def runtime_platform_is_not_for_ec2(request: Request) -> str | None:
    """EC2 hosts decide it themselves."""
    if platform(request.params) == EC2 and any(
        "runtimePlatform" in it for it in surroundings(request.params)
    ):
        return "runtimePlatform is not applicable for EC2."
    return None


@rule(
    REGISTER,
    evidence="inferred",
    source="API model, EphemeralStorage: for tasks hosted on Fargate",
    wrapped=True,
)
def ephemeral_storage_is_for_fargate_only(request: Request) -> str | None:
    """The words follow those for runtimePlatform."""
    asked_for = platform(request.params)
    if asked_for != FARGATE and any("ephemeralStorage" in it for it in surroundings(request.params)):
        return f"ephemeralStorage is not applicable for {asked_for}."
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def managed_instances_run_linux(request: Request) -> str | None:
    """No Windows on managed instances."""
    if platform(request.params) != MANAGED_INSTANCES:
        return None
    if any(operating_system(it) != "LINUX" for it in surroundings(request.params)):
        return "runtimePlatform for MANAGED_INSTANCES only supports LINUX operating system family."
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def the_operating_system_is_a_known_one(request: Request) -> str | None:
    """Linux, or one of four families of Windows Server."""
    for surrounding in surroundings(request.params):
        if operating_system(surrounding) not in _OPERATING_SYSTEMS:
            return (
                f"RuntimePlatform supports only one from [{', '.join(_OPERATING_SYSTEMS)}] "
                f"operating systems, provided {operating_system(surrounding)}"
            )
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def windows_runs_on_x86_64_only(request: Request) -> str | None:
    """X86_64 is the default."""
    for surrounding in surroundings(request.params):
        if is_windows(surrounding) and _architecture(surrounding) != "X86_64":
            return "Windows supported only by X86_64 cpuArchitecture"
    return None


@rule(REGISTER, evidence="documented", source="API model, RuntimePlatform.cpuArchitecture", wrapped=True)
def the_architecture_is_x86_64_or_arm64(request: Request) -> str | None:
    """The words follow those for the operating system."""
    for surrounding in surroundings(request.params):
        if _architecture(surrounding) not in _ARCHITECTURES:
            return (
                f"RuntimePlatform supports only one from [{', '.join(_ARCHITECTURES)}] "
                f"cpuArchitecture, provided {_architecture(surrounding)}"
            )
    return None


@rule(
    REGISTER,
    evidence="documented",
    source="API model, RuntimePlatform.operatingSystemFamily",
    wrapped=True,
)
def windows_containers_have_no_linux_members(request: Request) -> str | None:
    """Nor EFS volumes; the words of the refusal are ours."""
    for members, task in containers(request.params):
        if not is_windows(task):
            continue
        given = [name for name in _NOT_ON_WINDOWS if members.get(name)]
        if any("efsVolumeConfiguration" in volume for volume in task.get("volumes") or ()):
            given.append("efsVolumeConfiguration")
        if given:
            return f"{given[0]} is not applicable for Windows containers."
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def windows_has_at_least_1_vcpu(request: Request) -> str | None:
    """Fargate's fractions are for Linux."""
    for members, task in containers(request.params):
        vcpus = amount_of(members, "VCPU", "vcpus")
        if vcpus is not None and is_windows(task) and thousandths(vcpus) < 1000:
            return f"vCPU must be at least 1 for Windows Job definition, got {vcpus}."
    return None


@rule(REGISTER, evidence="observed", source="public transcript", wrapped=True)
def fargate_takes_no_deprecated_vcpus_and_memory(request: Request) -> str | None:
    """Seen for vcpus; memory follows its words."""
    for members, _ in _fargate_containers(request):
        for legacy in ("vcpus", "memory"):
            if members.get(legacy) is not None:
                return f"{legacy} is not applicable for Fargate. Use resource requirements instead."
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def fargate_has_no_gpus(request: Request) -> str | None:
    """No task of Fargate has one."""
    if any(amount_of(members, "GPU") is not None for members, _ in _fargate_containers(request)):
        return "GPU is not applicable for Fargate."
    return None


@rule(REGISTER, evidence="observed", source="recorded answer", wrapped=True)
def a_fargate_task_has_a_supported_size(request: Request) -> str | None:
    """The containers of a multi-container task count together (inferred)."""
    if platform(request.params) != FARGATE or is_eks(request.params):
        return None
    return refusal_of_size(requirements.effective(request.params, {}))


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def fargate_needs_an_execution_role(request: Request) -> str | None:
    """It pulls the image and writes the logs."""
    if any(not task.get("executionRoleArn") for _, task in _fargate_containers(request)):
        return "executionRoleArn is required for Fargate jobs."
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def fargate_containers_are_not_privileged(request: Request) -> str | None:
    """The typographic quotes are the service's own."""
    if any(members.get("privileged") for members, _ in _fargate_containers(request)):
        return "Fargate requires that the ‘privileged’ setting be ‘false’ at the container level."
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def fargate_containers_have_no_ulimits(request: Request) -> str | None:
    """In containerProperties; the model lets the tasks of ecsProperties set them."""
    if any(it.is_plain and it.members.get("ulimits") for it in _fargate_containers(request)):
        return "ulimits is not applicable for Fargate."
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def fargate_containers_have_few_linux_parameters(request: Request) -> str | None:
    """``initProcessEnabled`` is what remains."""
    for members, _ in _fargate_containers(request):
        linux = members.get("linuxParameters") or {}
        for name in _FARGATE_LINUX:
            if linux.get(name) is not None and linux[name] != []:
                return f"linuxParameter.{name} is not allowed for Fargate."
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def fargate_volumes_have_no_host_path(request: Request) -> str | None:
    """There is no host to speak of."""
    for task in _fargate_surroundings(request):
        if any((volume.get("host") or {}).get("sourcePath") for volume in task.get("volumes") or ()):
            return "host.sourcePath should not be set for volumes in Fargate."
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def fargate_logs_through_three_drivers(request: Request) -> str | None:
    """awslogs, splunk and (newer than the guide) awsfirelens."""
    for members, _ in _fargate_containers(request):
        driver = (members.get("logConfiguration") or {}).get("logDriver")
        if driver is not None and driver not in _FARGATE_LOG_DRIVERS:
            return f"Log driver for Fargate is not valid: {driver}"
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def efs_needs_fargate_platform_1_4(request: Request) -> str | None:
    """LATEST, the default, is newer."""
    for task in _fargate_surroundings(request):
        if not any("efsVolumeConfiguration" in volume for volume in task.get("volumes") or ()):
            continue
        configuration = task.get("fargatePlatformConfiguration") or {}
        version = task.get("platformVersion") or configuration.get("platformVersion") or "LATEST"
        if version != "LATEST" and _version(version) < (1, 4):
            return f"EFS is supported for Fargate platform versions 1.4.0 or later, provided {version}"
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def fargate_ephemeral_storage_is_21_to_200_gib(request: Request) -> str | None:
    """``sizeInGiB``."""
    for task in _fargate_surroundings(request):
        storage = task.get("ephemeralStorage")
        if storage and not 21 <= storage["sizeInGiB"] <= 200:
            return "Ephemeral storage for Fargate tasks can be only between range 21 GiB to 200 GiB"
    return None


@rule(REGISTER, evidence="documented", source="API model, EcsTaskProperties.ipcMode", wrapped=True)
def fargate_has_no_ipc_mode(request: Request) -> str | None:
    """The words follow those for GPUs."""
    if any(task.get("ipcMode") for task in _fargate_surroundings(request)):
        return "ipcMode is not applicable for Fargate."
    return None


@rule(
    REGISTER,
    evidence="documented",
    source="API model, TaskContainerProperties.stopTimeout",
    wrapped=True,
)
def fargate_container_timeouts_are_at_most_120_seconds(request: Request) -> str | None:
    """startTimeout and stopTimeout; the words of the refusal are ours."""
    for members, _ in _fargate_containers(request):
        for name in ("startTimeout", "stopTimeout"):
            if (members.get(name) or 0) > 120:
                return f"{name} must be at most 120 for Fargate, got {members[name]}."
    return None


def _fargate_containers(request: Request) -> Iterator[Container]:
    if platform(request.params) == FARGATE:
        yield from containers(request.params)


def _fargate_surroundings(request: Request) -> Iterator[Members]:
    if platform(request.params) == FARGATE:
        yield from surroundings(request.params)


def _architecture(surrounding: Members) -> str:
    return str((surrounding.get("runtimePlatform") or {}).get("cpuArchitecture") or "X86_64")


def _version(text: str) -> tuple[int, ...]:
    """1.4.0 as (1, 4, 0); what is no number counts as newest."""
    return tuple(int(part) if part.isdecimal() else 999 for part in text.split("."))
