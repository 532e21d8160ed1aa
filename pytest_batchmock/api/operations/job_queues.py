"""Create, describe, update and delete job queues."""

from __future__ import annotations

import json
from typing import Any

from pytest_batchmock.api import pagination, resolve
from pytest_batchmock.api.call import Call
from pytest_batchmock.api.views.job_queue import job_queue_detail
from pytest_batchmock.domain.job_queue import JobQueue
from pytest_batchmock.engine import resources as life


def create_job_queue(call: Call) -> dict[str, Any]:
    """Create a queue: CREATING, then VALID."""
    call.enforce()
    given: dict[str, Any] = json.loads(json.dumps(call.params))
    name = given.pop("jobQueueName")
    queue = JobQueue(
        key=call.region.created,
        name=name,
        arn=call.region.arn(f"job-queue/{name}"),
        priority=given.pop("priority"),
        state=given.pop("state", "ENABLED"),
        order=_order(call, given.pop("computeEnvironmentOrder", [])),
        type=given.pop("jobQueueType", None),
        scheduling_policy_arn=given.pop("schedulingPolicyArn", None),
        time_limit_actions=given.pop("jobStateTimeLimitActions", []),
        tags=given.pop("tags", {}),
        request=given,
        created_at_ms=call.engine.now_ms,
    )
    life.create(call.engine, call.region, queue)
    return _named(queue)


def describe_job_queues(call: Call) -> dict[str, Any]:
    """List queues, all or the named ones; unknown names are left out."""
    call.enforce()
    named = call.params.get("jobQueues")
    if named:
        found = [resolve.find_job_queue(call, given) for given in named]
        chosen = [queue for queue in dict.fromkeys(found) if queue is not None]
        return {"jobQueues": [job_queue_detail(queue) for queue in chosen]}
    chosen, token = pagination.page(
        list(call.region.job_queues.values()),
        call.params,
        operation=call.operation,
        maximum=100,
        key=lambda queue: queue.key,
    )
    return pagination.answer("jobQueues", [job_queue_detail(queue) for queue in chosen], token)


def update_job_queue(call: Call) -> dict[str, Any]:
    """Apply what was sent, and nothing else: UPDATING, then VALID."""
    queue = resolve.job_queue_to_change(call, call.params["jobQueue"])
    call.enforce(target=queue)
    given: dict[str, Any] = json.loads(json.dumps(call.params))
    del given["jobQueue"]
    queue.leaving = queue.attached
    queue.state = given.pop("state", queue.state)
    queue.priority = given.pop("priority", queue.priority)
    queue.scheduling_policy_arn = given.pop("schedulingPolicyArn", queue.scheduling_policy_arn)
    queue.time_limit_actions = given.pop("jobStateTimeLimitActions", queue.time_limit_actions)
    if "computeEnvironmentOrder" in given:
        queue.set_order(_order(call, given.pop("computeEnvironmentOrder")))
    queue.request.update(given)
    life.update(call.engine, call.region, queue)
    return _named(queue)


def delete_job_queue(call: Call) -> dict[str, Any]:
    """Delete a queue and end its jobs; deleting an unknown one succeeds (inferred)."""
    queue = resolve.find_job_queue(call, call.params["jobQueue"])
    if queue is not None:
        call.enforce(target=queue)
        life.delete(call.engine, call.region, queue)
    return {}


def _named(queue: JobQueue) -> dict[str, Any]:
    return {"jobQueueName": queue.name, "jobQueueArn": queue.arn}


def _order(call: Call, given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The order with ARNs: names are accepted, ARNs are what the service shows (recorded)."""
    order = []
    for entry in given:
        environment = resolve.find_compute_environment(call, entry["computeEnvironment"])
        if environment is None:
            raise AssertionError(f"The rules admitted an unknown environment: {entry}")
        order.append({"order": entry["order"], "computeEnvironment": environment.arn})
    return order
