"""What RegisterJobDefinition refuses in ``linuxParameters``.

What Fargate forbids of them is in rules/container_fargate.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_batchmock.rules.definition_parts import Members, containers
from pytest_batchmock.rules.registry import Request, rule

REGISTER: Final = "RegisterJobDefinition"
_PERMISSIONS: Final = ("READ", "WRITE", "MKNOD")
_TMPFS_OPTIONS: Final = frozenset(
    """
    defaults ro rw suid nosuid dev nodev exec noexec sync async dirsync remount mand nomand atime
    noatime diratime nodiratime bind rbind unbindable runbindable private rprivate shared rshared
    slave rslave relatime norelatime strictatime nostrictatime mode uid gid nr_inodes nr_blocks
    mpol
    """.split()  # noqa: SIM905 (forty lines of words say no more)
)


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def max_swap_is_not_negative(request: Request) -> str | None:
    """0 means no swap."""
    for linux in _linux_parameters(request):
        if (linux.get("maxSwap") or 0) < 0:
            return f"Invalid swap memory size: {linux['maxSwap']}, must be non-negative."
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def max_swap_needs_swappiness(request: Request) -> str | None:
    """Although the model describes a default."""
    for linux in _linux_parameters(request):
        if linux.get("maxSwap") is not None and linux.get("swappiness") is None:
            return "When container specified swap memory, swappiness value is required."
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def swappiness_is_0_to_100(request: Request) -> str | None:
    """Whole numbers."""
    for linux in _linux_parameters(request):
        if not 0 <= (linux.get("swappiness") or 0) <= 100:
            return f"Invalid swappiness: {linux['swappiness']}, must be between 0 and 100."
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def a_tmpfs_has_a_positive_size(request: Request) -> str | None:
    """In MiB."""
    for linux in _linux_parameters(request):
        if any(tmpfs["size"] < 1 for tmpfs in linux.get("tmpfs") or ()):
            return "Size of a tmpfs is invalid. The size is required and must be a positive integer."
    return None


@rule(REGISTER, evidence="documented", source="API model, Tmpfs.mountOptions", wrapped=True)
def tmpfs_mount_options_are_known(request: Request) -> str | None:
    """The part before an equals sign counts; the words of the refusal are ours."""
    for linux in _linux_parameters(request):
        for tmpfs in linux.get("tmpfs") or ():
            for option in tmpfs.get("mountOptions") or ():
                if option.partition("=")[0] not in _TMPFS_OPTIONS:
                    return f"Invalid mount option for tmpfs: {option}"
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def device_permissions_are_read_write_or_mknod(request: Request) -> str | None:
    """Explicit permissions of a device."""
    for linux in _linux_parameters(request):
        for device in linux.get("devices") or ():
            for permission in device.get("permissions") or ():
                if permission not in _PERMISSIONS:
                    return f"Invalid permission: {permission} for device {device['hostPath']}"
    return None


def _linux_parameters(request: Request) -> Iterator[Members]:
    for container in containers(request.params):
        linux = container.members.get("linuxParameters")
        if linux:
            yield linux
