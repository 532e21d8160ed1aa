"""Submit, describe, list, update and terminate service jobs."""

from __future__ import annotations

import json
from typing import Any

from pytest_batchmock.api import arns, pagination, resolve
from pytest_batchmock.api.call import Call
from pytest_batchmock.api.views.service_job import service_job_detail, service_job_summary
from pytest_batchmock.domain.job import Job
from pytest_batchmock.domain.service_job import ServiceJobSpec
from pytest_batchmock.engine import stopping
from pytest_batchmock.errors import BatchError


def submit_service_job(call: Call) -> dict[str, Any]:
    """Take in a service job.

    The same request with the same client token is the same job, as long as that is kept (API model,
    SubmitServiceJob.clientToken; that the answer is the first one's is inferred).
    """
    params = call.params
    queue = resolve.job_queue(call, params["jobQueue"])
    call.enforce(queue=queue)
    token = params.get("clientToken")
    known = None if token is None else call.region.service_tokens.get(token)
    request = json.dumps(params, separators=(",", ":"), sort_keys=True).encode()
    if known is not None and known.spec.request == request and known.id in call.region.service_jobs:
        return _named(known)
    retry = params.get("retryStrategy", {})
    seconds = params.get("timeoutConfig", {}).get("attemptDurationSeconds")
    spec = ServiceJobSpec(
        region=call.region,
        queue=queue,
        request=request,
        attempts=retry.get("attempts", 1),
        evaluate_on_exit=tuple(retry.get("evaluateOnExit", ())),
        timeout_ms=None if seconds is None else seconds * 1000,
        tags=dict(params.get("tags", {})),
        payload=params["serviceRequestPayload"],
        service_type=params["serviceJobType"],
        quota_share=params.get("quotaShareName"),
        preemption_retries=params.get("preemptionConfiguration", {}).get(
            "preemptionRetriesBeforeTermination"
        ),
    )
    spec.share_identifier = params.get("shareIdentifier")
    spec.scheduling_priority = params.get("schedulingPriority")
    job = call.engine.admit(spec, params["jobName"])
    if token is not None:
        _remember(call, token, job)
    return _named(job)


def _remember(call: Call, token: str, job: Job) -> None:
    """Keep the token of a job, and from time to time forget those of jobs that are no longer kept."""
    tokens, kept = call.region.service_tokens, call.region.service_jobs
    if len(tokens) > 2 * len(kept):
        for old in [old for old, its in tokens.items() if its.id not in kept]:
            del tokens[old]
    tokens[token] = job


def describe_service_job(call: Call) -> dict[str, Any]:
    """Describe one service job."""
    call.enforce()
    return service_job_detail(_job(call), call.engine.seed)


def list_service_jobs(call: Call) -> dict[str, Any]:
    """List the service jobs of a queue: by status (RUNNING if none is given), or by filter."""
    call.enforce()
    params = call.params
    jobs = list(call.region.service_jobs.values())
    if "jobQueue" in params:
        queue = resolve.job_queue(call, params["jobQueue"])
        jobs = [job for job in jobs if job.spec.queue is queue]
    filters = params.get("filters") or []
    wanted = params.get("jobStatus")
    combinable = all(entry["name"] in ("SHARE_IDENTIFIER", "QUOTA_SHARE_NAME") for entry in filters)
    if not filters or (wanted is not None and combinable):
        jobs = [job for job in jobs if job.status == (wanted or "RUNNING")]
    chosen, token = pagination.page(
        [job for job in jobs if all(_passes(job, entry) for entry in filters)],
        params,
        operation=call.operation,
        maximum=100,
        key=lambda job: (-job.created_at_ms, -job.key) if filters else job.key,
    )
    summaries = [service_job_summary(job, call.engine.seed) for job in chosen]
    return pagination.answer("jobSummaryList", summaries, token)


def update_service_job(call: Call) -> dict[str, Any]:
    """Change the scheduling priority of a service job."""
    call.enforce()
    job = _job(call)
    job.spec.scheduling_priority = call.params["schedulingPriority"]
    call.engine.lines.reorder(job)
    call.engine.request_pass(call.region)
    return _named(job)


def terminate_service_job(call: Call) -> dict[str, Any]:
    """End a service job whatever its status; of ended and unknown ones nothing changes."""
    call.enforce()
    job = call.region.service_jobs.get(arns.job_id(call.params["jobId"]))
    if job is not None:
        stopping.terminate(call.engine, job, call.params["reason"])
    return {}


def terminate_service_jobs(call: Call) -> dict[str, Any]:
    """Terminate up to 50 service jobs: each is a success, or has an error of its own."""
    call.enforce()

    def terminate(given: str) -> None:
        job = call.region.service_jobs.get(arns.job_id(given))
        if job is not None:
            stopping.terminate(call.engine, job, call.params["reason"])

    return resolve.each_job(call, terminate)


def _job(call: Call) -> Job:
    """The service job that a request names.

    Raises:
        BatchError: It does not exist: the answer has required members, so it cannot be empty
            (text inferred).
    """
    given = call.params["jobId"]
    job = call.region.service_jobs.get(arns.job_id(given))
    if job is None:
        raise BatchError(f"ServiceJob {given} not found.")
    return job


def _named(job: Job) -> dict[str, Any]:
    return {"jobArn": job.arn, "jobName": job.name, "jobId": job.id}


def _passes(job: Job, wanted: dict[str, Any]) -> bool:
    name, values = wanted["name"], wanted["values"]
    if name == "JOB_NAME":
        return resolve.matches_name(job.name, values)
    if name == "BEFORE_CREATED_AT":
        return any(job.created_at_ms < int(value) for value in values)
    if name == "AFTER_CREATED_AT":
        return any(job.created_at_ms > int(value) for value in values)
    if name == "SHARE_IDENTIFIER":
        return job.spec.share_identifier in values
    return isinstance(job.spec, ServiceJobSpec) and job.spec.quota_share in values
