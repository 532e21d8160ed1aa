"""The table of Fargate sizes: vCPUs and the memory that goes with them."""

from __future__ import annotations

import pytest

from pytest_batchmock.domain.fargate import MEMORY_MIB_BY_MVCPUS, is_supported


@pytest.mark.parametrize(
    ("mvcpus", "smallest", "largest", "sizes"),
    [
        (250, 512, 2048, 3),
        (500, 1024, 4096, 4),
        (1000, 2048, 8192, 7),
        (2000, 4096, 16384, 13),
        (4000, 8192, 30720, 23),
        (8000, 16384, 61440, 12),
        (16000, 32768, 122880, 12),
        (32000, 61440, 249856, 3),
    ],
)
def test_each_number_of_vcpus_has_its_range_of_memory(
    mvcpus: int, smallest: int, largest: int, sizes: int
) -> None:
    memory = MEMORY_MIB_BY_MVCPUS[mvcpus]
    assert (min(memory), max(memory), len(memory)) == (smallest, largest, sizes)


@pytest.mark.parametrize(("mvcpus", "memory_mib"), [(250, 512), (1000, 3072), (8000, 20480)])
def test_a_pair_of_the_table_is_supported(mvcpus: int, memory_mib: int) -> None:
    assert is_supported(mvcpus, memory_mib)


@pytest.mark.parametrize(
    ("mvcpus", "memory_mib"), [(250, 4096), (1000, 4000), (2000, 1024), (3000, 8192), (8000, 17408)]
)
def test_a_pair_outside_the_table_is_not(mvcpus: int, memory_mib: int) -> None:
    assert not is_supported(mvcpus, memory_mib)
