"""What is refused in ``timeout``, at RegisterJobDefinition and at SubmitJob."""

from __future__ import annotations

from typing import Final

from pytest_batchmock.rules.registry import Request, rule

MIN_ATTEMPT_SECONDS: Final = 60


@rule(
    "RegisterJobDefinition",
    "SubmitJob",
    evidence="measured",
    source="measured (cdk-preflight)",
    wrapped=True,
    member="timeout",
)
def timeout_is_at_least_60_seconds(request: Request) -> str | None:
    """That of an attempt; there is no longest one (API model, JobTimeout)."""
    if "timeout" not in request.params:
        return None
    seconds = request.params["timeout"].get("attemptDurationSeconds")
    if seconds is not None and seconds < MIN_ATTEMPT_SECONDS:
        return f"AttemptDurationSeconds in Timeout must be at least {MIN_ATTEMPT_SECONDS} seconds."
    return None
