"""The EC2 instance types a compute environment may name, read from ``data/instance-types.csv``.

The table is read at the first question, not at import. It holds the types that EC2 offers today,
and the retired GPU families (p2, p3, g3, g4ad) that older programs still name. Which Region offers
which type is not modelled: every type exists everywhere.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

_X86: Final = ("m6i", "c6i", "r6i", "c7i")
BUNDLES: Final = MappingProxyType(
    {
        "optimal": _X86,
        "default_x86_64": _X86,
        "default_arm64": ("m6g", "c6g", "r6g", "c7g"),
    }
)
"""The names that stand for several families (API model, ComputeResource.instanceTypes)."""

AGENT_MIB: Final = 32
"""What the container agent keeps of an instance's memory (user guide, memory-management)."""

SYSTEM_FRACTION: Final = 0.04
"""The part of the memory that the kernel and the system keep. Inferred: a job of 16,000 MiB was judged
unplaceable on a g4dn.xlarge of 16,384 MiB (recorded)."""


@dataclass(frozen=True, slots=True)
class InstanceType:
    """One EC2 instance type.

    Attributes:
        memory_mib: The nominal memory.
        job_memory_mib: What an instance offers jobs of it.
        gpu_name: The model of its GPUs, or "".
        architectures: As EC2 names them: ``x86_64``, ``arm64``, ``i386``, …
        usage_classes: ``on-demand``, ``spot``, ``capacity-block``.
    """

    name: str
    vcpus: int
    memory_mib: int
    job_memory_mib: int
    gpus: int
    gpu_name: str
    architectures: tuple[str, ...]
    usage_classes: tuple[str, ...]
    bare_metal: bool
    current_generation: bool

    @property
    def family(self) -> str:
        """The part of the name before the dot."""
        return self.name.partition(".")[0]

    @property
    def is_arm(self) -> bool:
        """Whether it runs ARM images only."""
        return "x86_64" not in self.architectures


@cache
def _table() -> dict[str, InstanceType]:
    path = files("pytest_batchmock").joinpath("data", "instance-types.csv")
    with path.open(encoding="utf-8") as lines:
        return {row["instance_type"]: _parsed(row) for row in csv.DictReader(lines)}


def _parsed(row: dict[str, str]) -> InstanceType:
    memory_mib = int(row["memory_mib"])
    return InstanceType(
        name=row["instance_type"],
        vcpus=int(row["vcpus"]),
        memory_mib=memory_mib,
        job_memory_mib=int(memory_mib * (1 - SYSTEM_FRACTION)) - AGENT_MIB,
        gpus=int(row["gpus"]),
        gpu_name=row["gpu_name"],
        architectures=tuple(row["architectures"].split("|")),
        usage_classes=tuple(row["usage_classes"].split("|")),
        bare_metal=row["bare_metal"] == "1",
        current_generation=row["current_generation"] == "1",
    )


@cache
def _families() -> dict[str, tuple[InstanceType, ...]]:
    families: dict[str, list[InstanceType]] = {}
    for instance_type in _table().values():
        families.setdefault(instance_type.family, []).append(instance_type)
    return {
        name: tuple(sorted(members, key=lambda member: (member.vcpus, member.memory_mib, member.name)))
        for name, members in sorted(families.items())
    }


def get(name: str) -> InstanceType | None:
    """The instance type of that name, or None."""
    return _table().get(name)


def names() -> tuple[str, ...]:
    """The names of all instance types, in alphabetical order."""
    return tuple(sorted(_table()))


def families() -> tuple[str, ...]:
    """The names of all families, in alphabetical order."""
    return tuple(_families())


def family(name: str) -> tuple[InstanceType, ...]:
    """The types of a family, smallest first, bare metal included; empty if it is unknown."""
    return _families().get(name, ())


def is_known(entry: str) -> bool:
    """Whether `entry` is a type, a family or a bundle."""
    return entry in _table() or entry in _families() or entry in BUNDLES


def near(entry: str) -> str:
    """What was probably meant by a type or family that there is not, as a sentence; else empty."""
    meant = get_close_matches(entry, [*names(), *families()], n=3)
    return f" Did you mean {' or '.join(meant)}?" if meant else ""


def resolve(entries: Iterable[str]) -> list[InstanceType]:
    """The instance types that `entries` (types, families, bundles) stand for.

    The order is that of the entries. A family or bundle gives its sizes from the smallest, without
    bare metal. A type that is listed itself keeps its own place and is left out of its family.

    Raises:
        KeyError: An entry is no type, family or bundle; `is_known` tells beforehand.
    """
    entries = list(entries)
    listed = {entry for entry in entries if entry in _table()}
    found: dict[str, InstanceType] = {}
    for entry in entries:
        if entry in listed:
            found.setdefault(entry, _table()[entry])
            continue
        for name in BUNDLES.get(entry, (entry,)):
            for member in _families()[name]:
                if not member.bare_metal and member.name not in listed:
                    found.setdefault(member.name, member)
    return list(found.values())
