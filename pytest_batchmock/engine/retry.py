"""Whether an attempt that failed is followed by another: the retry strategy, as a pure function."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pytest_batchmock.runners.outcomes import Ending

# Which fact of the attempt each condition is compared with (API model, EvaluateOnExit).
_CONDITIONS = ("onStatusReason", "onReason", "onExitCode")


def retries(
    ending: Ending, *, number: int, attempts: int, evaluate_on_exit: Iterable[Mapping[str, str]]
) -> bool:
    """Tell whether attempt `number` of at most `attempts`, which failed with `ending`, is retried.

    Entries are tried in order and the first that matches decides; an entry matches if all the
    conditions it names do; if none matches, the job is retried (API model, RetryStrategy).
    """
    if number >= attempts:
        return False
    for entry in evaluate_on_exit:
        if _matches(entry, ending):
            return entry["action"].upper() == "RETRY"
    return True


def _matches(entry: Mapping[str, str], ending: Ending) -> bool:
    # An absent reason counts as empty text, so that the documented catch-all `onReason: "*"`
    # works; an absent exit code matches `*` only (inferred).
    facts = (
        ending.status_reason or "",
        ending.reason or "",
        "" if ending.exit_code is None else str(ending.exit_code),
    )
    return all(
        pattern_matches(entry[name], fact)
        for name, fact in zip(_CONDITIONS, facts, strict=True)
        if name in entry
    )


def pattern_matches(pattern: str, text: str) -> bool:
    """Match the whole text, or a prefix where the pattern ends in ``*``; case matters (inferred)."""
    if pattern.endswith("*"):
        return text.startswith(pattern[:-1])
    return pattern == text
