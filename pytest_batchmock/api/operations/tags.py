"""The three tag operations."""

from __future__ import annotations

from typing import Any

from pytest_batchmock.api import arns, resolve
from pytest_batchmock.api.call import Call
from pytest_batchmock.domain.job import Job
from pytest_batchmock.errors import BatchError


def list_tags_for_resource(call: Call) -> dict[str, Any]:
    """The tags of a resource."""
    return {"tags": dict(_tagged(call).tags)}


def tag_resource(call: Call) -> dict[str, Any]:
    """Add tags; existing keys are overwritten."""
    _own_tags(_tagged(call)).update(call.params["tags"])
    return {}


def untag_resource(call: Call) -> dict[str, Any]:
    """Remove tags; unknown keys are ignored (inferred)."""
    tags = _own_tags(_tagged(call))
    for key in call.params["tagKeys"]:
        tags.pop(key, None)
    return {}


def _tagged(call: Call) -> Any:
    """The resource that an ARN names, if the rules have nothing against the request; it has ``tags``.

    Raises:
        BatchError: A rule refuses it; or the ARN is none, or names nothing that has tags (texts
            inferred).
    """
    given = call.params["resourceArn"]
    parsed = arns.parse_arn(given)
    if parsed is None or parsed.service != "batch":
        raise BatchError(f"Invalid resource ARN: {given}")
    found = _find(call, given, parsed)
    call.enforce(target={} if found is None else found.tags)
    if found is None:
        raise BatchError(f"Resource {given} not found.")
    return found


def _find(call: Call, given: str, parsed: arns.Arn) -> Any:
    if parsed.kind == "job":
        job = resolve.find_job(call, given)
        return None if job is None or job.parent is not None else job
    if parsed.kind == "job-definition":
        return resolve.find_definition(call, given)
    if parsed.kind == "service-job":
        found: Any = call.region.service_jobs.get(parsed.name)
    else:
        found = call.region.quota_shares.get(given)
        found = found or call.region.resources(parsed.kind).get(parsed.name)
    return None if found is None or found.arn != given else found


def _own_tags(resource: Any) -> dict[str, str]:
    """The tags of a resource, to be changed; a job has had those of all that were submitted like it."""
    if not isinstance(resource, Job):
        tags: dict[str, str] = resource.tags
        return tags
    if resource.own_tags is None:
        resource.own_tags = dict(resource.tags)
    return resource.own_tags
