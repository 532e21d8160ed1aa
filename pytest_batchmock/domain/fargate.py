"""The sizes a Fargate task can have, as data.

The refusal of other sizes is in rules/container_fargate.py.
"""

from __future__ import annotations

from typing import Final


def _steps(first: int, last: int, step: int) -> frozenset[int]:
    return frozenset(range(first, last + 1, step))


MEMORY_MIB_BY_MVCPUS: Final[dict[int, frozenset[int]]] = {
    250: frozenset({512, 1024, 2048}),
    500: _steps(1024, 4096, 1024),
    1000: _steps(2048, 8192, 1024),
    2000: _steps(4096, 16384, 1024),
    4000: _steps(8192, 30720, 1024),
    8000: _steps(16384, 61440, 4096),
    16000: _steps(32768, 122880, 8192),
    32000: frozenset({61440, 122880, 249856}),
}
"""The memory sizes (MiB) that go with a number of vCPUs (thousandths).

Source: API model, ResourceRequirement.value.
"""


def is_supported(mvcpus: int, memory_mib: int) -> bool:
    """Whether Fargate has tasks of this size."""
    return memory_mib in MEMORY_MIB_BY_MVCPUS.get(mvcpus, ())
