"""Register, describe and deregister job definitions."""

from __future__ import annotations

import json
from typing import Any

from pytest_batchmock.api import pagination, resolve
from pytest_batchmock.api.call import Call
from pytest_batchmock.api.views.job_definition import filled_in, job_definition_detail
from pytest_batchmock.domain import status
from pytest_batchmock.domain.job_definition import JobDefinition
from pytest_batchmock.engine.latency import INACTIVE_DEFINITION_RETENTION_MS


def register_job_definition(call: Call) -> dict[str, Any]:
    """Store the next revision of a name. Nothing is inherited from older revisions."""
    call.enforce()
    request: dict[str, Any] = json.loads(json.dumps(call.params))
    name = request.pop("jobDefinitionName")
    tags = request.pop("tags", {})
    revision = call.region.next_revision.get(name, 1)
    call.region.next_revision[name] = revision + 1
    definition = JobDefinition(
        name=name,
        revision=revision,
        arn=call.region.arn(f"job-definition/{name}:{revision}"),
        request=request,
        described=filled_in(request),
        tags=tags,
    )
    call.region.job_definitions.setdefault(name, []).append(definition)
    return {
        "jobDefinitionName": name,
        "jobDefinitionArn": definition.arn,
        "revision": revision,
    }


def deregister_job_definition(call: Call) -> dict[str, Any]:
    """Make a revision INACTIVE; of an inactive or unknown one nothing changes."""
    call.enforce()
    definition = resolve.find_definition(call, call.params["jobDefinition"])
    if definition is not None and definition.status == status.ACTIVE:
        definition.status = status.INACTIVE
        definition.deregistered_at_ms = call.engine.now_ms
    return {}


def describe_job_definitions(call: Call) -> dict[str, Any]:
    """List revisions: by name and status in pages, newest first within a name; or the named ones."""
    call.enforce()
    _forget_expired(call)
    named = call.params.get("jobDefinitions")
    if named:
        found = [resolve.find_definition(call, given) for given in named if ":" in given]
        chosen = [entry for entry in dict.fromkeys(found) if entry is not None]
        return {"jobDefinitions": [job_definition_detail(entry) for entry in chosen]}
    name, wanted = call.params.get("jobDefinitionName"), call.params.get("status")
    listed = [
        definition
        for revisions in call.region.job_definitions.values()
        for definition in revisions
        if name in (None, definition.name) and wanted in (None, definition.status)
    ]
    chosen, token = pagination.page(
        listed,
        call.params,
        operation=call.operation,
        maximum=100,
        key=lambda definition: (definition.name, -definition.revision),
    )
    return pagination.answer("jobDefinitions", [job_definition_detail(entry) for entry in chosen], token)


def _forget_expired(call: Call) -> None:
    """Leave out what was deregistered 180 days ago. Revision numbers go on (inferred)."""
    horizon = call.engine.now_ms - INACTIVE_DEFINITION_RETENTION_MS
    for name, revisions in call.region.job_definitions.items():
        call.region.job_definitions[name] = [
            entry
            for entry in revisions
            if entry.deregistered_at_ms is None or entry.deregistered_at_ms > horizon
        ]
