"""Whether the installed botocore carries the newest service model that this project knows."""

from __future__ import annotations

import botocore
import pytest

NEWEST = (1, 44)
IS_NEWEST = tuple(int(part) for part in botocore.__version__.split(".")[:2]) >= NEWEST

needs_newest_model = pytest.mark.skipif(
    not IS_NEWEST,
    reason=f"the model of botocore {botocore.__version__} lacks operations and members of 1.44",
)
