"""Submit, describe, list, cancel and terminate jobs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from pytest_batchmock.api import again, pagination, resolve
from pytest_batchmock.api.call import Call
from pytest_batchmock.api.submission import a_spec
from pytest_batchmock.api.views.job import job_summary
from pytest_batchmock.domain.job import Job
from pytest_batchmock.engine import stopping
from pytest_batchmock.engine.engine import Engine


def submit_job(call: Call) -> dict[str, Any]:
    """Take in a job."""
    queue = resolve.job_queue(call, call.params["jobQueue"])
    definition = resolve.active_definition(call, call.params["jobDefinition"])
    call.enforce(queue=queue, definition=definition)
    spec = a_spec(call, queue, definition)
    call.accepted.keep(call, spec)
    job = call.engine.admit(spec, call.params["jobName"])
    return {"jobArn": job.arn, "jobName": job.name, "jobId": job.id}


def describe_jobs(call: Call) -> dict[str, Any]:
    """Describe jobs by id or ARN; unknown and expired ones are left out."""
    call.enforce()
    ids = tuple(dict.fromkeys(call.params["jobs"]))
    return {"jobs": again.details(call.engine, (call.region, ids))}


def list_jobs(call: Call) -> dict[str, Any]:
    """List the jobs of a queue: by status (RUNNING if none is given), or by one filter.

    A training queue has none: its jobs are listed by ListServiceJobs (inferred: the other operations on
    jobs do not know them).
    """
    call.enforce()
    params = call.params
    if "arrayJobId" in params or "multiNodeJobId" in params:
        return _list_children(call)
    queue = resolve.job_queue(call, params["jobQueue"])
    filters = params.get("filters") or []
    if filters:
        jobs = [job for by_key in queue.by_status.values() for job in by_key.values()]
        if filters[0]["name"] == "SHARE_IDENTIFIER" and "jobStatus" in params:
            jobs = list(queue.by_status[params["jobStatus"]].values())
        chosen = [job for job in jobs if _passes(job, filters[0])]
    else:
        chosen = list(queue.by_status[params.get("jobStatus") or "RUNNING"].values())
    page, token = pagination.page(
        [] if queue.type == "SAGEMAKER_TRAINING" else chosen,
        params,
        operation=call.operation,
        maximum=100 if filters else 1000,
        key=(lambda job: (-job.created_at_ms, -job.key)) if filters else (lambda job: job.key),
    )
    summaries = [job_summary(job, filtered=bool(filters)) for job in page]
    return pagination.answer("jobSummaryList", summaries, token)


def _list_children(call: Call) -> dict[str, Any]:
    """The children of a parent, by status; filters do not apply to them (API model)."""
    params = call.params
    parent = resolve.find_job(call, params.get("arrayJobId") or params["multiNodeJobId"])
    wanted = params.get("jobStatus") or "RUNNING"
    children: list[Job] = []
    if parent is not None and parent.is_array_parent == ("arrayJobId" in params):
        children = parent.children or []
    page, token = pagination.page(
        [child for child in children if child.status == wanted],
        params,
        operation=call.operation,
        maximum=1000,
        key=lambda child: child.index,
    )
    return pagination.answer(
        "jobSummaryList", [job_summary(child, filtered=False) for child in page], token
    )


def cancel_job(call: Call) -> dict[str, Any]:
    """Cancel a job that has not started; of others and unknown ones nothing changes."""
    call.enforce()
    job = resolve.find_job(call, call.params["jobId"])
    if job is not None:
        stopping.cancel(call.engine, job, call.params["reason"])
    return {}


def terminate_job(call: Call) -> dict[str, Any]:
    """End a job whatever its status; of ended and unknown ones nothing changes."""
    call.enforce()
    job = resolve.find_job(call, call.params["jobId"])
    if job is not None:
        stopping.terminate(call.engine, job, call.params["reason"])
    return {}


def cancel_jobs(call: Call) -> dict[str, Any]:
    """Cancel up to 50 jobs: each is a success, or has an error of its own."""
    return _each(call, stopping.cancel)


def terminate_jobs(call: Call) -> dict[str, Any]:
    """Terminate up to 50 jobs: each is a success, or has an error of its own."""
    return _each(call, stopping.terminate)


def _each(call: Call, stop: Callable[[Engine, Job, str], None]) -> dict[str, Any]:
    call.enforce()

    def stop_one(given: str) -> None:
        job = resolve.find_job(call, given)
        if job is not None:
            stop(call.engine, job, call.params["reason"])

    return resolve.each_job(call, stop_one)


def _passes(job: Job, wanted: dict[str, Any]) -> bool:
    """Whether a job passes a filter: any of its values matches (API model, ListJobs.filters)."""
    return any(_PASSES[wanted["name"]](job, str(value)) for value in wanted["values"])


def _by_definition(job: Job, value: str) -> bool:
    definition = job.spec.definition
    if value.startswith("arn:"):
        return definition.arn == value
    return definition.name.startswith(value[:-1]) if value.endswith("*") else definition.name == value


_PASSES: Final[dict[str, Callable[[Job, str], bool]]] = {
    "JOB_NAME": lambda job, value: resolve.matches_name(job.name, [value]),
    "JOB_DEFINITION": _by_definition,
    "BEFORE_CREATED_AT": lambda job, value: job.created_at_ms < int(value),
    "AFTER_CREATED_AT": lambda job, value: job.created_at_ms > int(value),
    "SHARE_IDENTIFIER": lambda job, value: job.spec.share_identifier == value,
}
