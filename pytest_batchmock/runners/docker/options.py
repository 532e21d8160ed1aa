"""What a container of a Batch job asks of Docker: pure functions from the definition's members.

`wishes` reads the members into `Wishes`, which know nothing of Docker's SDK; `create_arguments` and
`host_arguments` put them as keywords of that SDK. What is dangerous is refused here unless it was
allowed by name, and what has no counterpart raises: nothing is read over.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

from pytest_batchmock.domain.requirements import Requirements
from pytest_batchmock.errors import MockUsageError, NotModelledError
from pytest_batchmock.options import DOCKER_ALLOW

Members = Mapping[str, Any]

MIB: Final = 1024 * 1024
LEAST_MEMORY: Final = 6 * MIB
"""Docker's own; Batch's is 4 MiB."""

CPU_SHARES_OF_A_VCPU: Final = 1024
_HOSTS_ONLY: Final = "host"
_PERMISSIONS: Final = {"READ": "r", "WRITE": "w", "MKNOD": "m"}
_NOT_MODELLED_OF_CONTAINER: Final = {
    "firelensConfiguration": "log routers are not started",
    "repositoryCredentials": "log in with 'docker login': the engine's client uses what that stored",
}
_NOT_MODELLED_OF_VOLUME: Final = {
    "efsVolumeConfiguration": "EFS",
    "s3filesVolumeConfiguration": "S3 Files",
}


class Mount(NamedTuple):
    """A volume in a container.

    Attributes:
        volume: The name of the job's volume.
        host_path: The path on the host, or None: a volume of the engine, which goes with the task.
        target: The path in the container.
        read_only: Whether it can only be read.
    """

    volume: str
    host_path: str | None
    target: str
    read_only: bool


class Device(NamedTuple):
    """A device of the host; `permissions` are letters of ``rwm``."""

    host_path: str
    target: str
    permissions: str


class Ulimit(NamedTuple):
    """A limit of the processes."""

    name: str
    soft: int
    hard: int


class LogDriver(NamedTuple):
    """A log driver of the engine's, with its options."""

    name: str
    options: dict[str, str]


class Wishes(NamedTuple):
    """What a container asks for, in Docker's terms but without its SDK.

    Attributes:
        cpu_shares: The weight when CPUs are scarce (EC2).
        nano_cpus: The hard limit of CPU time, in billionths (Fargate), or None.
        memory_bytes: The hard limit.
        swap_bytes: The hard limit of memory and swap together.
        swappiness: 0 to 100, or None.
        gpus: How many.
        user: As defined, or None.
        privileged: Whether it may do all.
        read_only: Whether its root file system is.
        init: Whether an init process reaps and forwards signals.
        shm_bytes: The size of /dev/shm, or None.
        tmpfs: Mount options by path.
        ulimits: Limits.
        devices: Devices.
        mounts: Volumes.
        log_driver: None: the job's log stream.
        platform: ``linux/arm64``, or None for the engine's own.
        host_network: Whether it is in the host's network.
        ipc: ``host``, ``task``, ``none``, or None.
        pid: ``host``, ``task``, or None.
    """

    cpu_shares: int
    nano_cpus: int | None
    memory_bytes: int | None
    swap_bytes: int | None
    swappiness: int | None
    gpus: int
    user: str | None
    privileged: bool
    read_only: bool
    init: bool
    shm_bytes: int | None
    tmpfs: dict[str, str]
    ulimits: tuple[Ulimit, ...]
    devices: tuple[Device, ...]
    mounts: tuple[Mount, ...]
    log_driver: LogDriver | None
    platform: str | None
    host_network: bool
    ipc: str | None
    pid: str | None


def wishes(
    container: Members,
    task: Members,
    needs: Requirements,
    *,
    on_fargate: bool,
    allow: Sequence[str] = (),
) -> Wishes:
    """Read what a container asks for.

    Args:
        container: Its members: ``containerProperties``, or one of ``ecsProperties``.
        task: The members of its task: the same for ``containerProperties``.
        needs: vCPUs, memory and GPUs after the overrides of the submit.
        on_fargate: Whether vCPUs are a hard limit, as on Fargate, or a share, as on EC2.
        allow: What else a job may have, of `DOCKER_ALLOW`, and host folders by their paths.

    Raises:
        MockUsageError: It asks for what is not allowed; the text says how to allow it.
        NotModelledError: It asks for what this runner cannot give.
    """
    for member, why in _NOT_MODELLED_OF_CONTAINER.items():
        if container.get(member):
            raise NotModelledError(f"{member}: the Docker runner does not have it; {why}.")
    linux: Members = container.get("linuxParameters") or {}
    memory = max(needs.memory_mib * MIB, LEAST_MEMORY) if needs.memory_mib else None
    wished = Wishes(
        cpu_shares=max(2, needs.mvcpus * CPU_SHARES_OF_A_VCPU // 1000),
        nano_cpus=needs.mvcpus * 1_000_000 if on_fargate else None,
        memory_bytes=memory,
        swap_bytes=_swap(memory, linux),
        swappiness=linux.get("swappiness") if "maxSwap" in linux else None,
        gpus=needs.gpus,
        user=container.get("user"),
        privileged=bool(container.get("privileged")),
        read_only=bool(container.get("readonlyRootFilesystem")),
        init=bool(linux.get("initProcessEnabled")),
        shm_bytes=linux["sharedMemorySize"] * MIB if linux.get("sharedMemorySize") else None,
        tmpfs=dict(_tmpfs(entry) for entry in linux.get("tmpfs") or ()),
        ulimits=tuple(
            Ulimit(entry["name"], entry["softLimit"], entry["hardLimit"])
            for entry in container.get("ulimits") or ()
        ),
        devices=tuple(_device(entry) for entry in linux.get("devices") or ()),
        mounts=_mounts(container, task),
        log_driver=_log_driver(container.get("logConfiguration") or {}),
        platform=_platform(task.get("runtimePlatform") or {}),
        host_network=task.get("networkMode") == _HOSTS_ONLY,
        ipc=task.get("ipcMode"),
        pid=task.get("pidMode"),
    )
    refuse_dangers(wished, allow)
    return wished


def create_arguments(wished: Wishes) -> dict[str, Any]:
    """The keywords of the SDK's ``create_container`` that the wishes decide."""
    given: dict[str, Any] = {"user": wished.user, "platform": wished.platform}
    anonymous = [mount.target for mount in wished.mounts]
    given["volumes"] = anonymous or None
    return {name: value for name, value in given.items() if value is not None}


def host_arguments(wished: Wishes, volume_names: Mapping[str, str], cpus: int) -> dict[str, Any]:
    """The keywords of the SDK's ``create_host_config`` that the wishes decide.

    Args:
        wished: The wishes.
        volume_names: The engine's names of the volumes that have no host path.
        cpus: How many CPUs the engine has: it refuses a limit above that.
    """
    given: dict[str, Any] = {
        "cpu_shares": wished.cpu_shares,
        "nano_cpus": _at_most(wished.nano_cpus, cpus * 1_000_000_000),
        "mem_limit": wished.memory_bytes,
        "memswap_limit": wished.swap_bytes,
        "mem_swappiness": wished.swappiness,
        "privileged": wished.privileged or None,
        "read_only": wished.read_only or None,
        "init": wished.init or None,
        "shm_size": wished.shm_bytes,
        "tmpfs": wished.tmpfs or None,
        "ulimits": [
            {"Name": limit.name, "Soft": limit.soft, "Hard": limit.hard} for limit in wished.ulimits
        ]
        or None,
        "devices": [
            {
                "PathOnHost": device.host_path,
                "PathInContainer": device.target,
                "CgroupPermissions": device.permissions,
            }
            for device in wished.devices
        ]
        or None,
        # Binds, not mounts: the engine makes a host folder that is not there.
        "binds": [
            f"{mount.host_path or volume_names[mount.volume]}:{mount.target}:"
            f"{'ro' if mount.read_only else 'rw'}"
            for mount in wished.mounts
        ]
        or None,
        "device_requests": [{"Driver": "", "Count": wished.gpus, "Capabilities": [["gpu"]]}]
        if wished.gpus
        else None,
    }
    return {name: value for name, value in given.items() if value is not None}


def _at_most(value: int | None, most: int) -> int | None:
    return None if value is None else min(value, most)


def _swap(memory: int | None, linux: Members) -> int | None:
    """Memory and swap together: without ``maxSwap`` no swap, as hosts of Batch have none."""
    return None if memory is None else memory + int(linux.get("maxSwap") or 0) * MIB


def _tmpfs(entry: Members) -> tuple[str, str]:
    return entry["containerPath"], ",".join([f"size={entry['size']}m", *entry.get("mountOptions", ())])


def _device(entry: Members) -> Device:
    permissions = entry.get("permissions") or ("READ", "WRITE", "MKNOD")
    letters = "".join(_PERMISSIONS[permission] for permission in permissions)
    return Device(entry["hostPath"], entry.get("containerPath") or entry["hostPath"], letters)


def _mounts(container: Members, task: Members) -> tuple[Mount, ...]:
    volumes = {volume.get("name", ""): volume for volume in task.get("volumes") or ()}
    mounts = []
    for entry in container.get("mountPoints") or ():
        name = entry.get("sourceVolume", "")
        volume = volumes.get(name)
        if volume is None:
            raise MockUsageError(
                f"mountPoints: {name!r} is no volume of the job; its volumes are: "
                f"{', '.join(volumes) or 'none'}."
            )
        for member, kind in _NOT_MODELLED_OF_VOLUME.items():
            if volume.get(member):
                raise NotModelledError(
                    f"Volume {name!r}: the Docker runner has no {kind}; give it host.sourcePath in the "
                    "definitions of your tests, or leave 'host' out: the volume then goes with the task."
                )
        path = (volume.get("host") or {}).get("sourcePath") or None
        mounts.append(Mount(name, path, entry["containerPath"], bool(entry.get("readOnly"))))
    return tuple(mounts)


def _log_driver(configuration: Members) -> LogDriver | None:
    name = configuration.get("logDriver", "awslogs")
    if name == "awslogs":
        return None
    if name == "awsfirelens":
        raise NotModelledError("logDriver awsfirelens: the Docker runner starts no log routers.")
    if configuration.get("secretOptions"):
        raise NotModelledError("secretOptions: the Docker runner passes no secrets to log drivers.")
    return LogDriver(name, dict(configuration.get("options") or {}))


def _platform(given: Members) -> str | None:
    family = given.get("operatingSystemFamily", "LINUX")
    if family != "LINUX":
        raise NotModelledError(f"operatingSystemFamily {family}: the Docker runner runs Linux only.")
    architecture: Literal["amd64", "arm64"] | None = None
    if given.get("cpuArchitecture"):
        architecture = "arm64" if given["cpuArchitecture"] == "ARM64" else "amd64"
    return f"linux/{architecture}" if architecture else None


def refuse_dangers(wished: Wishes, allow: Sequence[str]) -> None:
    """Refuse what reaches this machine and is not allowed by name.

    Raises:
        MockUsageError: There is such a thing, or a host path is none.
    """
    for mount in wished.mounts:
        if mount.host_path is not None and not mount.host_path.startswith("/"):
            raise MockUsageError(
                f"Volume {mount.volume!r}: the host path {mount.host_path!r} is not absolute. An engine "
                "takes that as the name of a volume of its own, which would stay there: give a path "
                "that begins with '/', or none: the volume then goes with the task."
            )
    folders = [os.path.realpath(entry) for entry in allow if entry.startswith("/")]
    outside = [
        mount.host_path
        for mount in wished.mounts
        if mount.host_path is not None and not _is_below(mount.host_path, folders)
    ]
    asked = {
        "privileged": ["privileged=true"] if wished.privileged else [],
        "host_paths": [f"the host path {path}" for path in outside],
        "devices": [f"the device {device.host_path}" for device in wished.devices],
        "host_network": ["networkMode=host"] if wished.host_network else [],
        "host_ipc": ["ipcMode=host"] if wished.ipc == _HOSTS_ONLY else [],
        "host_pid": ["pidMode=host"] if wished.pid == _HOSTS_ONLY else [],
    }
    for name in DOCKER_ALLOW:
        if asked[name] and name not in allow:
            text = f"The job asks for {', '.join(asked[name])}, which reaches this machine. "
            text += f"If that is wanted, allow it: docker_allow=[{name!r}]"
            if name == "host_paths":
                text += f", or that folder alone: docker_allow=[{outside[0]!r}]"
            raise MockUsageError(text + ".")


def _is_below(path: str, folders: Sequence[str]) -> bool:
    real = os.path.realpath(path)
    return any(os.path.commonpath([real, folder]) == folder for folder in folders)
