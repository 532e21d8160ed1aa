"""What suits a person at a terminal, where the defaults of a test do not."""

from __future__ import annotations

from typing import Any, Final

DEFAULTS: Final[dict[str, Any]] = {
    "clock": "real",
    "latency_scale": 0.02,
    "default_duration": 1,
}
"""A job without an outcome rule has passed through all states after some two seconds."""

SNAPSHOT_EVERY: Final = 2000
"""How many inputs of an account come before its next snapshot."""
