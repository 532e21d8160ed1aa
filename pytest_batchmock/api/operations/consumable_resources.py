"""Create, describe, list, update and delete consumable resources, and the jobs that use one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from pytest_batchmock.api import pagination, resolve
from pytest_batchmock.api.call import Call
from pytest_batchmock.domain.consumable_resource import ConsumableResource
from pytest_batchmock.domain.consumption import needed_quantity
from pytest_batchmock.domain.job import Job

_CHANGES: Final[dict[str, Callable[[int, int], int]]] = {
    "SET": lambda total, quantity: quantity,
    "ADD": lambda total, quantity: total + quantity,
    "REMOVE": lambda total, quantity: total - quantity,
}
_TOKEN_LIFE_MS: Final = 8 * 3_600_000  # API model, UpdateConsumableResource.clientToken


def create_consumable_resource(call: Call) -> dict[str, Any]:
    """Create a consumable resource."""
    call.enforce()
    given = call.params
    name = given["consumableResourceName"]
    resource = ConsumableResource(
        key=call.region.created,
        name=name,
        arn=call.region.arn(f"consumable-resource/{name}"),
        total=given.get("totalQuantity", 0),
        type=given.get("resourceType", "REPLENISHABLE"),
        tags=dict(given.get("tags", {})),
        created_at_ms=call.engine.now_ms,
    )
    call.region.created += 1
    call.region.consumable_resources[name] = resource
    call.engine.request_pass(call.region)
    return _named(resource)


def describe_consumable_resource(call: Call) -> dict[str, Any]:
    """Describe one consumable resource with its quantities."""
    call.enforce()
    resource = resolve.consumable_resource(call, call.params["consumableResource"])
    return {
        **_named(resource),
        "totalQuantity": resource.total,
        "inUseQuantity": resource.in_use,
        "availableQuantity": resource.available,
        "resourceType": resource.type,
        "createdAt": resource.created_at_ms,
        "tags": dict(resource.tags),
    }


def list_consumable_resources(call: Call) -> dict[str, Any]:
    """List consumable resources; a filter compares names without case, with a trailing ``*``."""
    call.enforce()
    filters = call.params.get("filters") or []
    chosen, token = pagination.page(
        [
            resource
            for resource in call.region.consumable_resources.values()
            if all(resolve.matches_name(resource.name, entry["values"]) for entry in filters)
        ],
        call.params,
        operation=call.operation,
        maximum=100,
        key=lambda resource: resource.key,
    )
    listed = [
        {
            "consumableResourceArn": resource.arn,
            "consumableResourceName": resource.name,
            "totalQuantity": resource.total,
            "inUseQuantity": resource.in_use,
            "resourceType": resource.type,
        }
        for resource in chosen
    ]
    return pagination.answer("consumableResources", listed, token)


def update_consumable_resource(call: Call) -> dict[str, Any]:
    """SET, ADD or REMOVE a quantity; a repeated client token is answered, but applied once."""
    resource = resolve.consumable_resource(call, call.params["consumableResource"])
    call.enforce(target=resource)
    token = call.params.get("clientToken")
    now_ms = call.engine.now_ms
    used_at_ms = None if token is None else resource.client_tokens.get(token)
    if used_at_ms is None or now_ms - used_at_ms > _TOKEN_LIFE_MS:
        if token is not None:
            resource.client_tokens[token] = now_ms
        change = _CHANGES[call.params.get("operation", "SET")]
        resource.total = change(resource.total, call.params.get("quantity", 0))
        call.engine.request_pass(call.region)
    return {**_named(resource), "totalQuantity": resource.total}


def delete_consumable_resource(call: Call) -> dict[str, Any]:
    """Delete a consumable resource.

    Raises:
        BatchError: It does not exist.
    """
    resource = resolve.consumable_resource(call, call.params["consumableResource"])
    call.enforce(target=resource)
    del call.region.consumable_resources[resource.name]
    call.engine.request_pass(call.region)
    return {}


def list_jobs_by_consumable_resource(call: Call) -> dict[str, Any]:
    """List the jobs that need a consumable resource, by status and name."""
    call.enforce()
    resource = resolve.consumable_resource(call, call.params["consumableResource"])
    filters = call.params.get("filters") or []
    chosen, token = pagination.page(
        [
            job
            for job in call.region.jobs.values()
            if needed_quantity(job.spec, resource) and all(_passes(job, entry) for entry in filters)
        ],
        call.params,
        operation=call.operation,
        maximum=100,
        key=lambda job: job.key,
    )
    return pagination.answer("jobs", [_usage(job, resource) for job in chosen], token)


def _passes(job: Job, wanted: dict[str, Any]) -> bool:
    if wanted["name"] == "JOB_STATUS":
        return job.status in wanted["values"]
    return resolve.matches_name(job.name, wanted["values"])


def _named(resource: ConsumableResource) -> dict[str, Any]:
    return {
        "consumableResourceName": resource.name,
        "consumableResourceArn": resource.arn,
    }


def _usage(job: Job, resource: ConsumableResource) -> dict[str, Any]:
    spec = job.spec
    usage: dict[str, Any] = {
        "jobArn": job.arn,
        "jobQueueArn": spec.queue.arn,
        "jobName": job.name,
        "jobDefinitionArn": spec.definition.arn,
        "jobStatus": job.status,
        "quantity": needed_quantity(spec, resource),
        "createdAt": job.created_at_ms,
        "consumableResourceProperties": {
            "consumableResourceList": json.loads(json.dumps(spec.consumables))
        },
    }
    if spec.share_identifier is not None:
        usage["shareIdentifier"] = spec.share_identifier
    if job.status_reason is not None:
        usage["statusReason"] = job.status_reason
    if job.started_at_ms is not None:
        usage["startedAt"] = job.started_at_ms
    return usage
