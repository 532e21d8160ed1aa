"""What is said to a program that polls for a change that can never come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def waits_for_something(operation: str, answer: dict[str, Any]) -> bool:
    """Whether an answer shows work that is not done: polling an ended job is no stall."""
    if operation != "DescribeJobs":
        return True
    return any(job["status"] not in ("SUCCEEDED", "FAILED") for job in answer["jobs"])


def stall_text(
    operation: str, count: int, clock: str, waits: bool, jobs: str, mistakes: Sequence[Exception]
) -> str:
    """Explain the stall.

    Args:
        operation: What is asked.
        count: How many times.
        clock: The name of the clock.
        waits: Whether the answer shows work that is not done.
        jobs: Where the jobs stand.
        mistakes: Of the test, so far.
    """
    advice = "Nothing is left that could happen by itself."
    if clock == "manual":
        advice = "The clock is manual: only advance() and its kin move it."
    advice += " Jobs that have not ended:" if waits else " What it asks for has ended or is missing."
    text = (
        f"The program polls without end: the same {operation} was asked {count} times, and its "
        f"answer cannot change any more.\n{advice}\n{jobs}"
    )
    if waits and clock == "autojump":
        text += (
            "\nIf the program has a time limit of its own: time.time() and its kin show wall time. "
            "Patch them to show batchmock.now, and let stall_after exceed the polls until then."
        )
    if mistakes:
        text += f"\nAn earlier mistake of the test: {mistakes[-1]}"
    return text
