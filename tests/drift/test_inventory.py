"""The installed model against the inventory of what was looked through: drift is named."""

from __future__ import annotations

import botocore
import pytest

from . import inventory

RECORDED = inventory.recorded()
INSTALLED = inventory.of_installed_model()

AGAIN = "python tests/drift/inventory.py"


def test_what_a_newer_model_adds_is_named():
    """Not a failure: a new release of botocore must not break a build. The reason names what is new."""
    new = inventory.differences(INSTALLED, RECORDED["members"])
    if new:
        assert botocore.__version__ != RECORDED["botocore"], f"the inventory is wrong: {new}; {AGAIN}"
        pytest.skip(
            f"botocore {botocore.__version__} has what {RECORDED['botocore']} had not, new and "
            f"unhandled: {', '.join(new)}. Look through it, then: {AGAIN}"
        )


def test_what_an_older_model_lacks_is_named():
    lacking = inventory.differences(RECORDED["members"], INSTALLED)
    if lacking:
        assert botocore.__version__ != RECORDED["botocore"], (
            f"the inventory is wrong: {lacking}; {AGAIN}"
        )
        pytest.skip(f"botocore {botocore.__version__} has not yet: {', '.join(lacking)}")


def test_every_member_is_named_in_the_sources_or_listed_as_passed_through():
    unnamed = inventory.not_named(RECORDED["members"])
    assert [name for name in unnamed if name not in RECORDED["passed_through"]] == []


def test_every_member_of_an_operation_itself_is_named_in_the_sources():
    """Only what lies deeper, in definitions and environments that are kept as sent, may pass through."""
    operations = {owner for owner, _, _ in map(split, RECORDED["passed_through"])}
    assert operations & set(operations_of(RECORDED["members"])) == set()


def test_differences_name_new_operations_and_new_members():
    older = {"SubmitJob": ["jobName"], "Gone": []}
    newer = {"SubmitJob": ["jobName", "urgency"], "ResubmitJob": ["jobId"]}
    assert inventory.differences(newer, older) == ["SubmitJob.urgency", "ResubmitJob"]
    assert inventory.differences(older, newer) == ["Gone"]


def split(name: str) -> tuple[str, str, str]:
    return name.partition(".")


def operations_of(members: dict[str, list[str]]) -> list[str]:
    from pytest_batchmock.control.faults import _names

    return [owner for owner in members if owner in _names()]
