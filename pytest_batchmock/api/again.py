"""Calls like one that was answered before: they pass without being looked at as a whole again.

Only where botocore has written and checked the request, so that the same bytes mean the same request.
What depends on the moment (does the job exist, how is it now) is always asked anew.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from pytest_batchmock.api import resolve
from pytest_batchmock.api.call import Call


def submit_job(call: Call) -> dict[str, Any] | None:
    """Take in a job like an earlier one; None if all of the submit has to be looked at."""
    spec = call.kept.submits.again(call)
    if spec is None:
        return None
    job = call.engine.admit(spec)
    return {"jobArn": job.arn, "jobName": spec.name, "jobId": job.id}


def describe_jobs(call: Call) -> dict[str, Any] | None:
    """Describe the jobs of a request that passed before; None if it has to be looked at."""
    ids = call.kept.described.get(call.body or b"")
    if ids is None:
        return None
    return {"jobs": details(call, ids)}


def details(call: Call, ids: tuple[str, ...]) -> list[dict[str, Any]]:
    """The details of those jobs that there are."""
    seed, detail = call.engine.seed, call.kept.details.detail
    known = call.region.jobs
    found = []
    for given in ids:
        job = known.get(given) or resolve.find_job(call, given)
        if job is not None:
            found.append(detail(job, seed))
    return found


AGAIN: Final[dict[str, Callable[[Call], dict[str, Any] | None]]] = {
    "SubmitJob": submit_job,
    "DescribeJobs": describe_jobs,
}
