"""What is to become of a failed job: a function of the event, without AWS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MAX_MEMORY = 16_384
"""MiB; a job that needs more is to be looked at by somebody."""

MAX_RESUBMITS = 3
RESUBMITS = "failed-jobs:resubmits"
"""The tag that counts."""

LOST_HOST = ("Host EC2 (instance ", "Your Spot Task was interrupted.")


@dataclass(frozen=True)
class Decision:
    """What to do.

    Attributes:
        because: Why, in words.
        memory: MiB with which the job is submitted again; None: it is not.
    """

    because: str
    memory: int | None = None


def decide(job: Mapping[str, Any]) -> Decision:
    """Decide about a failed job, as the event shows it."""
    memory = memory_of(job)
    if memory is None or "arrayProperties" in job:
        return Decision(f"{why(job)}; jobs of this kind are not submitted again")
    if resubmits(job) >= MAX_RESUBMITS:
        return Decision(f"{why(job)}; submitted again {MAX_RESUBMITS} times already")
    if out_of_memory(job):
        if memory >= MAX_MEMORY:
            return Decision(f"{why(job)}; it has {memory} MiB already")
        return Decision("out of memory", min(2 * memory, MAX_MEMORY))
    if str(job.get("statusReason", "")).startswith(LOST_HOST):
        return Decision("the host was lost", memory)
    return Decision(why(job))


def out_of_memory(job: Mapping[str, Any]) -> bool:
    """Whether the container was killed for its memory; 137 alone may also be a time limit."""
    return str(job["container"].get("reason", "")).startswith("OutOfMemoryError")


def memory_of(job: Mapping[str, Any]) -> int | None:
    """The memory of the job's container; None if it has several, or several nodes."""
    needs = job.get("container", {}).get("resourceRequirements", ())
    return next((int(need["value"]) for need in needs if need["type"] == "MEMORY"), None)


def resubmits(job: Mapping[str, Any]) -> int:
    """How often the job has been submitted again."""
    return int(job.get("tags", {}).get(RESUBMITS, 0))


def why(job: Mapping[str, Any]) -> str:
    """Why the job failed, in one line."""
    container = job.get("container", {})
    told = [job.get("statusReason"), container.get("reason")]
    if "exitCode" in container:
        told.append(f"exit code {container['exitCode']}")
    return "; ".join(text for text in told if text) or "no reason given"
