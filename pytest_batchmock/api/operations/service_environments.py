"""Create, describe, update and delete service environments."""

from __future__ import annotations

import json
from typing import Any

from pytest_batchmock.api import pagination, resolve
from pytest_batchmock.api.call import Call
from pytest_batchmock.domain.service_environment import ServiceEnvironment
from pytest_batchmock.engine import resources as life


def create_service_environment(call: Call) -> dict[str, Any]:
    """Create a service environment: CREATING, then VALID."""
    call.enforce()
    given: dict[str, Any] = json.loads(json.dumps(call.params))
    name = given["serviceEnvironmentName"]
    environment = ServiceEnvironment(
        key=call.region.created,
        name=name,
        arn=call.region.arn(f"service-environment/{name}"),
        type=given["serviceEnvironmentType"],
        state=given.get("state", "ENABLED"),
        capacity_limits=given["capacityLimits"],
        tags=given.get("tags", {}),
        created_at_ms=call.engine.now_ms,
    )
    life.create(call.engine, call.region, environment)
    return _named(environment)


def describe_service_environments(call: Call) -> dict[str, Any]:
    """List service environments, all or the named ones; unknown names are left out."""
    call.enforce()
    named = call.params.get("serviceEnvironments")
    if named:
        found = [resolve.find_service_environment(call, given) for given in named]
        chosen = [entry for entry in dict.fromkeys(found) if entry is not None]
        return {"serviceEnvironments": [_detail(entry) for entry in chosen]}
    chosen, token = pagination.page(
        call.region.service_environments.values(),
        call.params,
        operation=call.operation,
        maximum=100,
        key=lambda entry: entry.key,
    )
    return pagination.answer("serviceEnvironments", [_detail(entry) for entry in chosen], token)


def update_service_environment(call: Call) -> dict[str, Any]:
    """Apply what was sent, and nothing else: UPDATING, then VALID."""
    environment = resolve.service_environment_to_change(call, call.params["serviceEnvironment"])
    call.enforce(target=environment)
    given: dict[str, Any] = json.loads(json.dumps(call.params))
    environment.state = given.get("state", environment.state)
    environment.capacity_limits = given.get("capacityLimits", environment.capacity_limits)
    life.update(call.engine, call.region, environment)
    return _named(environment)


def delete_service_environment(call: Call) -> dict[str, Any]:
    """Delete a service environment; deleting an unknown one succeeds (inferred)."""
    environment = resolve.find_service_environment(call, call.params["serviceEnvironment"])
    if environment is not None:
        call.enforce(target=environment)
        life.delete(call.engine, call.region, environment)
    return {}


def _named(environment: ServiceEnvironment) -> dict[str, Any]:
    return {
        "serviceEnvironmentName": environment.name,
        "serviceEnvironmentArn": environment.arn,
    }


def _detail(environment: ServiceEnvironment) -> dict[str, Any]:
    return {
        **_named(environment),
        "serviceEnvironmentType": environment.type,
        "state": environment.state,
        "status": environment.status,
        "capacityLimits": json.loads(json.dumps(environment.capacity_limits)),
        "tags": dict(environment.tags),
    }
