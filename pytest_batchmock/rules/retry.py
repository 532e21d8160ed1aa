"""What is refused in ``retryStrategy``, at RegisterJobDefinition and at SubmitJob."""

from __future__ import annotations

import re
from typing import Any, Final

from pytest_batchmock.rules.registry import Request, rule

MAX_RULES: Final = 5
MAX_CONDITION: Final = 512
_CONDITIONS: Final = ("onStatusReason", "onReason", "onExitCode")
_TEXT: Final = re.compile(r"[A-Za-z0-9.:\s]*\*?")
_EXIT_CODE: Final = re.compile(r"[0-9]*\*?", re.ASCII)


@rule(
    "RegisterJobDefinition",
    "SubmitJob",
    evidence="observed",
    source="recorded answer",
    wrapped=True,
    member="retryStrategy",
)
def a_retry_strategy_has_attempts(request: Request) -> str | None:
    """An empty strategy, or one with evaluateOnExit alone, is refused."""
    if "retryStrategy" in request.params and request.params["retryStrategy"].get("attempts") is None:
        return "RetryAttempts must be provided with retry strategy."
    return None


@rule(
    "RegisterJobDefinition",
    "SubmitJob",
    evidence="measured",
    source="measured (cdk-preflight)",
    wrapped=True,
    member="retryStrategy",
)
def retry_attempts_are_1_to_10(request: Request) -> str | None:
    """The first try counts."""
    if "retryStrategy" in request.params and not 1 <= request.params["retryStrategy"]["attempts"] <= 10:
        return "RetryAttempts must be between 1 and 10."
    return None


@rule(
    "RegisterJobDefinition",
    "SubmitJob",
    evidence="documented",
    source="API model, RetryStrategy.evaluateOnExit",
    wrapped=True,
    member="retryStrategy.evaluateOnExit",
)
def evaluate_on_exit_has_at_most_5_entries(request: Request) -> str | None:
    """The words of the refusal are ours."""
    if len(_evaluate_on_exit(request)) > MAX_RULES:
        return "EvaluateOnExit cannot have more than 5 entries."
    return None


@rule(
    "RegisterJobDefinition",
    "SubmitJob",
    evidence="documented",
    source="API model, EvaluateOnExit.action",
    wrapped=True,
    member="retryStrategy.evaluateOnExit",
)
def evaluate_on_exit_action_is_retry_or_exit(request: Request) -> str | None:
    """In any case of letters; the words of the refusal are ours."""
    for entry in _evaluate_on_exit(request):
        if str(entry["action"]).upper() not in ("RETRY", "EXIT"):
            return (
                f"EvaluateOnExit action {entry['action']} is not valid. Valid values are: [RETRY, EXIT]"
            )
    return None


@rule(
    "RegisterJobDefinition",
    "SubmitJob",
    evidence="measured",
    source="measured (cdk-preflight)",
    wrapped=True,
    member="retryStrategy.evaluateOnExit",
)
def evaluate_on_exit_entry_has_a_condition(request: Request) -> str | None:
    """An entry with an action alone is refused."""
    for entry in _evaluate_on_exit(request):
        if not any(entry.get(name) is not None for name in _CONDITIONS):
            return "EvaluateOnExit should contain at least one of onExitCode, onReason or onStatusReason"
    return None


@rule(
    "RegisterJobDefinition",
    "SubmitJob",
    evidence="measured",
    source="measured (cdk-preflight)",
    wrapped=True,
    member="retryStrategy.evaluateOnExit",
)
def evaluate_on_exit_condition_has_at_most_512_characters(request: Request) -> str | None:
    """Each of the three patterns."""
    for entry in _evaluate_on_exit(request):
        if any(len(entry.get(name) or "") > MAX_CONDITION for name in _CONDITIONS):
            return "Evaluate on exit condition cannot exceed 512 characters."
    return None


@rule(
    "RegisterJobDefinition",
    "SubmitJob",
    evidence="measured",
    source="measured (cdk-preflight)",
    wrapped=True,
    member="retryStrategy.evaluateOnExit",
)
def evaluate_on_exit_condition_has_plain_characters(request: Request) -> str | None:
    """Letters, digits, full stop, colon, white space; digits for an exit code; a final asterisk."""
    for entry in _evaluate_on_exit(request):
        for name in _CONDITIONS:
            allowed = _EXIT_CODE if name == "onExitCode" else _TEXT
            if not allowed.fullmatch(entry.get(name) or ""):
                return "Evaluate on exit condition contains restricted characters."
    return None


def _evaluate_on_exit(request: Request) -> Any:
    if "retryStrategy" not in request.params:
        return ()
    return request.params["retryStrategy"].get("evaluateOnExit") or ()
