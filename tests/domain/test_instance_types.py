"""Instance types: what an entry of instanceTypes stands for."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pytest_batchmock.domain import instance_types


def names(*entries: str) -> list[str]:
    return [kind.name for kind in instance_types.resolve(entries)]


def test_a_type_has_its_figures() -> None:
    kind = instance_types.get("g4dn.xlarge")
    assert kind is not None
    assert (kind.vcpus, kind.memory_mib, kind.gpus, kind.gpu_name) == (4, 16384, 1, "T4")
    assert (kind.family, kind.is_arm, kind.bare_metal) == ("g4dn", False, False)
    assert instance_types.get("g4dn") is None


def test_a_family_gives_its_sizes_from_the_smallest_without_metal() -> None:
    found = names("m5")
    assert found[:3] == ["m5.large", "m5.xlarge", "m5.2xlarge"]
    assert "m5.metal" not in found
    assert "m5.metal" in [kind.name for kind in instance_types.family("m5")]


def test_a_listed_type_keeps_its_place_and_leaves_its_family() -> None:
    found = names("m5.4xlarge", "m5", "c5.large")
    assert found[0] == "m5.4xlarge"
    assert found[-1] == "c5.large"
    assert found.count("m5.4xlarge") == 1
    assert names("m5", "m5.4xlarge")[-1] == "m5.4xlarge"


def test_metal_is_there_when_it_is_named() -> None:
    assert names("m5.metal") == ["m5.metal"]


@pytest.mark.parametrize(
    ("bundle", "families"),
    [
        ("optimal", {"m6i", "c6i", "r6i", "c7i"}),
        ("default_x86_64", {"m6i", "c6i", "r6i", "c7i"}),
        ("default_arm64", {"m6g", "c6g", "r6g", "c7g"}),
    ],
)
def test_a_bundle_gives_four_families(bundle: str, families: set[str]) -> None:
    assert {kind.family for kind in instance_types.resolve([bundle])} == families
    arms = {kind.is_arm for kind in instance_types.resolve([bundle])}
    assert arms == {bundle == "default_arm64"}


def test_an_unknown_entry_is_an_error() -> None:
    assert not instance_types.is_known("m5.enormous")
    with pytest.raises(KeyError, match=r"m5\.enormous"):
        instance_types.resolve(["m5.enormous"])


def test_every_type_belongs_to_a_family() -> None:
    members = [kind.name for name in instance_types.families() for kind in instance_types.family(name)]
    assert sorted(members) == list(instance_types.names())


def test_the_table_is_not_read_at_import() -> None:
    code = (
        "import pytest_batchmock.rules.registry\n"
        "from pytest_batchmock.domain import instance_types\n"
        "print(instance_types._table.cache_info().currsize)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0"
