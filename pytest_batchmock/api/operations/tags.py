"""The three tag operations."""

from __future__ import annotations

from typing import Any

from pytest_batchmock.api import arns, resolve
from pytest_batchmock.api.call import Call
from pytest_batchmock.errors import BatchError


def list_tags_for_resource(call: Call) -> dict[str, Any]:
    """The tags of a resource."""
    call.enforce()
    return {"tags": dict(_tags(call))}


def tag_resource(call: Call) -> dict[str, Any]:
    """Add tags; existing keys are overwritten."""
    tags = _tags(call)
    call.enforce(target=tags)
    tags.update(call.params["tags"])
    return {}


def untag_resource(call: Call) -> dict[str, Any]:
    """Remove tags; unknown keys are ignored (inferred)."""
    tags = _tags(call)
    call.enforce(target=tags)
    for key in call.params["tagKeys"]:
        tags.pop(key, None)
    return {}


def _tags(call: Call) -> dict[str, str]:
    """The live tags of the resource that an ARN names.

    Raises:
        BatchError: The ARN is none, or names nothing that has tags (texts inferred).
    """
    given = call.params["resourceArn"]
    parsed = arns.parse_arn(given)
    if parsed is None or parsed.service != "batch":
        raise BatchError(f"Invalid resource ARN: {given}")
    if parsed.kind == "job":
        job = resolve.find_job(call, given)
        if job is not None and job.parent is None:
            # The described tags are part of what is kept as bytes.
            job.spec.static = None
            return job.spec.tags
    elif parsed.kind == "job-definition":
        definition = resolve.find_definition(call, given)
        if definition is not None:
            return definition.tags
    else:
        resource = call.region.resources(parsed.kind).get(parsed.name)
        if resource is not None and resource.arn == given:
            tags: dict[str, str] = resource.tags
            return tags
    raise BatchError(f"Resource {given} not found.")
