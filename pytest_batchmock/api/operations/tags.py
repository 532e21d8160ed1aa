"""The three tag operations."""

from __future__ import annotations

from typing import Any

from pytest_batchmock.api import arns, resolve
from pytest_batchmock.api.call import Call
from pytest_batchmock.domain.job import Job
from pytest_batchmock.errors import BatchError


def list_tags_for_resource(call: Call) -> dict[str, Any]:
    """The tags of a resource."""
    return {"tags": dict(_tags(call))}


def tag_resource(call: Call) -> dict[str, Any]:
    """Add tags; existing keys are overwritten."""
    _tags(call).update(call.params["tags"])
    return {}


def untag_resource(call: Call) -> dict[str, Any]:
    """Remove tags; unknown keys are ignored (inferred)."""
    tags = _tags(call)
    for key in call.params["tagKeys"]:
        tags.pop(key, None)
    return {}


def _tags(call: Call) -> dict[str, str]:
    """The live tags of the resource that an ARN names, if the rules have nothing against the request.

    Raises:
        BatchError: A rule refuses it; or the ARN is none, or names nothing that has tags (texts
            inferred).
    """
    given = call.params["resourceArn"]
    parsed = arns.parse_arn(given)
    if parsed is None or parsed.service != "batch":
        raise BatchError(f"Invalid resource ARN: {given}")
    tags = _find(call, given, parsed)
    call.enforce(target=tags or {})
    if tags is None:
        raise BatchError(f"Resource {given} not found.")
    return tags


def _find(call: Call, given: str, parsed: arns.Arn) -> dict[str, str] | None:
    if parsed.kind == "job":
        job = resolve.find_job(call, given)
        if job is None or job.parent is not None:
            return None
        return _own(job)
    if parsed.kind == "job-definition":
        definition = resolve.find_definition(call, given)
        return None if definition is None else definition.tags
    if parsed.kind == "service-job":
        job = call.region.service_jobs.get(parsed.name)
        return None if job is None or job.arn != given else _own(job)
    resource = call.region.quota_shares.get(given)
    resource = resource or call.region.resources(parsed.kind).get(parsed.name)
    if resource is None or resource.arn != given:
        return None
    tags: dict[str, str] = resource.tags
    return tags


def _own(job: Job) -> dict[str, str]:
    """The tags of a job alone: until now it had those of all that were submitted like it."""
    if job.own_tags is None:
        job.own_tags = dict(job.tags)
    return job.own_tags
