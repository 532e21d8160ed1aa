"""What an availability zone can be called."""

from __future__ import annotations

import pytest

from pytest_batchmock import mock_batch
from pytest_batchmock.domain import zones


@pytest.mark.parametrize("name", ["us-east-1a", "us-gov-west-1b", "ap-southeast-2c", "us-west-2-lax-1a"])
def test_zones_and_local_zones_have_the_name_of_their_region(name: str) -> None:
    assert zones.is_name(name)


@pytest.mark.parametrize("name", ["", "us-east-1", "a", "us-east-1A", "us-east-1ab", "us_east_1a"])
def test_what_is_called_otherwise_is_no_zone(name: str) -> None:
    assert not zones.is_name(name)


def test_a_name_that_the_users_own_subnets_have_is_one() -> None:
    with mock_batch(subnet_zones={"subnet-1": "here"}) as mock:
        mock.zone("here").fail()
