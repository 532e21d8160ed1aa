"""How many examples each operation gets: `ci` by default, `long` for .ci/long.

Choose with ``HYPOTHESIS_PROFILE=long``, or with ``--hypothesis-profile=long``.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.errors import InvalidArgument

_SLOW = [
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
    HealthCheck.filter_too_much,
    HealthCheck.large_base_example,
]
_SIZES = {
    "ci": settings(
        max_examples=50,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=_SLOW,
        print_blob=True,
    ),
    "long": settings(
        max_examples=2_000,
        deadline=None,
        suppress_health_check=_SLOW,
        phases=[Phase.reuse, Phase.generate, Phase.shrink],
        print_blob=True,
    ),
}

# --hypothesis-profile knows the names even if this folder runs alone; other folders have theirs.
for _name, _chosen in _SIZES.items():
    try:
        settings.get_profile(_name)
    except InvalidArgument:
        settings.register_profile(_name, _chosen)


def size(config: pytest.Config) -> settings:
    """The settings that were chosen for this folder."""
    chosen = config.getoption("hypothesis_profile", None) or os.environ.get("HYPOTHESIS_PROFILE", "ci")
    return _SIZES.get(chosen, _SIZES["ci"])
