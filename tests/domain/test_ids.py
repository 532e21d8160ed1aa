"""Ids depend on the seed and on whose they are, and on nothing else."""

from __future__ import annotations

from uuid import UUID

import pytest

from pytest_batchmock.domain.ids import NumberedUuids, keyed_uuid


@pytest.mark.parametrize("seed", [0, 1, 2**63])
def test_a_counted_entity_has_a_uuid_of_version_4_that_no_other_has(seed: int) -> None:
    of_number = NumberedUuids(seed, "job")
    made = [of_number(number) for number in range(20_000)]
    assert len(set(made)) == len({text[:8] for text in made}) == len(made)
    for text in made[:100]:
        assert (str(UUID(text)), UUID(text).version) == (text, 4)
    assert NumberedUuids(seed, "job")(7) == made[7]


def test_other_seeds_and_purposes_have_other_uuids() -> None:
    made = {NumberedUuids(seed, purpose)(0) for seed in range(50) for purpose in ("job", "request")}
    assert len(made) == 100


@pytest.mark.parametrize("version", [3, 4])
def test_a_keyed_uuid_is_of_the_version_that_is_asked_for(version: int) -> None:
    assert UUID(keyed_uuid(0, "pod", "one", version)).version == version
