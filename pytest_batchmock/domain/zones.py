"""Availability zones: in which one a subnet lies.

Which it really is only the user's account knows. A mapping of the user's own is followed; other
subnets get a zone that depends on the subnet's id and the region alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from pytest_batchmock.domain.ids import keyed_hex

LETTERS: Final = "abc"
"""Every region has at least three zones; more are not made up (inferred)."""


_NAME: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-\d+(-[a-z]+-\d+)?[a-z]")


def is_name(text: str) -> bool:
    """Whether a zone, or a local zone, could be called so: ``us-east-1a``, ``us-west-2-lax-1a``."""
    return _NAME.fullmatch(text) is not None


def of_subnet(subnet: str, region: str, known: Mapping[str, str]) -> str:
    """The zone of one subnet, e.g. ``us-east-1a``."""
    given = known.get(subnet)
    if given is not None:
        return given
    return region + LETTERS[int(keyed_hex(0, "zone", f"{region}/{subnet}", 8), 16) % len(LETTERS)]


def of_subnets(subnets: Iterable[str], region: str, known: Mapping[str, str]) -> tuple[str, ...]:
    """The zones of subnets, each once, in their order."""
    return tuple(dict.fromkeys(of_subnet(subnet, region, known) for subnet in subnets))
