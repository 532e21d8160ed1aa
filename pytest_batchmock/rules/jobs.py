"""What the calls on existing jobs refuse: DescribeJobs, Cancel and Terminate, one job or many.

An unknown id is no error: Terminate of one is answered with 200 (recorded answer).
"""

from __future__ import annotations

from typing import Final

from pytest_batchmock.rules.registry import Request, rule

MAX_DESCRIBED: Final = 100
MAX_BULK: Final = 50
MAX_REASON: Final = 1024
_SINGLE: Final = ("CancelJob", "TerminateJob", "TerminateServiceJob")
_BULK: Final = ("CancelJobs", "TerminateJobs", "TerminateServiceJobs")


@rule("DescribeJobs", evidence="observed", source="recorded answer", wrapped=True)
def at_most_100_jobs_are_described_at_once(request: Request) -> str | None:
    """The blanks are the service's own."""
    if len(request.params["jobs"]) > MAX_DESCRIBED:
        return f"Maximum number of jobs supported is  {MAX_DESCRIBED} ."
    return None


@rule(
    *_SINGLE,
    "DescribeServiceJob",
    "UpdateServiceJob",
    evidence="inferred",
    source="inferred",
    wrapped=True,
)
def the_job_is_named(request: Request) -> str | None:
    """An empty id is refused; the words of the refusal are ours."""
    return None if request.params["jobId"] else "Job id is required."


@rule(*_BULK, evidence="documented", source="API model, CancelJobs.jobs", wrapped=True)
def a_bulk_call_names_1_to_50_jobs(request: Request) -> str | None:
    """The words of the refusal are ours."""
    if not 1 <= len(request.params["jobs"]) <= MAX_BULK:
        return f"Number of jobs must be between 1 and {MAX_BULK}, got {len(request.params['jobs'])}."
    return None


@rule(
    "CancelJob",
    "TerminateJob",
    "CancelJobs",
    "TerminateJobs",
    evidence="documented",
    source="API model, CancelJob.reason",
    wrapped=True,
)
def a_reason_has_at_most_1024_characters(request: Request) -> str | None:
    """The words of the refusal are ours."""
    if len(request.params["reason"]) > MAX_REASON:
        return f"Reason cannot exceed {MAX_REASON} characters."
    return None
