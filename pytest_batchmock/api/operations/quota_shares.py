"""Create, describe, list, update and delete quota shares; only creating and listing name the queue."""

from __future__ import annotations

import json
from typing import Any

from pytest_batchmock.api import pagination, resolve
from pytest_batchmock.api.call import Call
from pytest_batchmock.domain.quota_share import QuotaShare
from pytest_batchmock.engine import resources as life


def create_quota_share(call: Call) -> dict[str, Any]:
    """Create a quota share of a queue: CREATING, then VALID."""
    queue = resolve.job_queue(call, call.params["jobQueue"])
    call.enforce(queue=queue)
    given: dict[str, Any] = json.loads(json.dumps(call.params))
    name = given["quotaShareName"]
    share = QuotaShare(
        key=call.region.created,
        name=name,
        arn=f"{queue.arn}/quota-share/{name}",
        job_queue_arn=queue.arn,
        state=given.get("state", "ENABLED"),
        capacity_limits=given["capacityLimits"],
        resource_sharing=given["resourceSharingConfiguration"],
        preemption=given["preemptionConfiguration"],
        tags=given.get("tags", {}),
        created_at_ms=call.engine.now_ms,
    )
    life.create(call.engine, call.region, share)
    return _named(share)


def describe_quota_share(call: Call) -> dict[str, Any]:
    """Describe one quota share by its ARN."""
    call.enforce()
    share = resolve.quota_share(call, call.params["quotaShareArn"])
    return {**_detail(share), "tags": dict(share.tags)}


def list_quota_shares(call: Call) -> dict[str, Any]:
    """List the quota shares of a queue."""
    call.enforce()
    queue = resolve.job_queue(call, call.params["jobQueue"])
    chosen, token = pagination.page(
        [share for share in call.region.quota_shares.values() if share.job_queue_arn == queue.arn],
        call.params,
        operation=call.operation,
        maximum=100,
        key=lambda share: share.key,
    )
    return pagination.answer("quotaShares", [_detail(share) for share in chosen], token)


def update_quota_share(call: Call) -> dict[str, Any]:
    """Apply what was sent, and nothing else: UPDATING, then VALID."""
    share = resolve.quota_share(call, call.params["quotaShareArn"])
    call.enforce(target=share)
    given: dict[str, Any] = json.loads(json.dumps(call.params))
    share.capacity_limits = given.get("capacityLimits", share.capacity_limits)
    share.resource_sharing = given.get("resourceSharingConfiguration", share.resource_sharing)
    share.preemption = given.get("preemptionConfiguration", share.preemption)
    share.state = given.get("state", share.state)
    life.update(call.engine, call.region, share)
    return _named(share)


def delete_quota_share(call: Call) -> dict[str, Any]:
    """Delete a quota share and end its jobs; deleting an unknown one succeeds (inferred)."""
    share = call.region.quota_shares.get(call.params["quotaShareArn"])
    if share is not None:
        call.enforce(target=share)
        life.delete(call.engine, call.region, share)
    return {}


def _named(share: QuotaShare) -> dict[str, Any]:
    return {"quotaShareName": share.name, "quotaShareArn": share.arn}


def _detail(share: QuotaShare) -> dict[str, Any]:
    return {
        **_named(share),
        "jobQueueArn": share.job_queue_arn,
        "capacityLimits": json.loads(json.dumps(share.capacity_limits)),
        "resourceSharingConfiguration": dict(share.resource_sharing),
        "preemptionConfiguration": dict(share.preemption),
        "state": share.state,
        "status": share.status,
    }
