"""What is refused in ``timeout``, at RegisterJobDefinition and at SubmitJob."""

from __future__ import annotations

from typing import Final

from pytest_batchmock.rules.registry import Request, rule

MIN_ATTEMPT_SECONDS: Final = 60


@rule(
    "RegisterJobDefinition",
    "SubmitJob",
    evidence="documented",
    source="API model, JobTimeout.attemptDurationSeconds",
    wrapped=True,
    member="timeout",
)
def timeout_is_at_least_60_seconds(request: Request) -> str | None:
    """The words of the refusal are ours."""
    if "timeout" not in request.params:
        return None
    seconds = request.params["timeout"].get("attemptDurationSeconds")
    if seconds is not None and seconds < MIN_ATTEMPT_SECONDS:
        return f"Timeout attemptDurationSeconds must be at least 60, got {seconds}."
    return None
