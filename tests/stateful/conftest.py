"""The two sizes of the state machine: `ci` by default, `long` for .ci/long.

Choose with ``HYPOTHESIS_PROFILE=long``, or with ``--hypothesis-profile=long``.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, settings

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]

settings.register_profile(
    "ci",
    max_examples=50,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=_SLOW,
    print_blob=True,
)
settings.register_profile(
    "long",
    max_examples=3_000,
    stateful_step_count=60,
    deadline=None,
    suppress_health_check=_SLOW,
    phases=[Phase.reuse, Phase.generate, Phase.target, Phase.shrink],
    print_blob=True,
)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Give the machines of this folder their size; other tests keep hypothesis's own profile."""
    machine = getattr(item, "cls", None)
    if machine is not None and hasattr(machine, "settings"):
        chosen = item.config.getoption("hypothesis_profile", None) or os.environ.get(
            "HYPOTHESIS_PROFILE", "ci"
        )
        machine.settings = settings.get_profile(chosen)
