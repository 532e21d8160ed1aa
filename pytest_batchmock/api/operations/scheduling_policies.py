"""Create, describe, list, update and delete scheduling policies. They are named by ARN only."""

from __future__ import annotations

import json
from typing import Any

from pytest_batchmock.api import pagination, resolve
from pytest_batchmock.api.call import Call
from pytest_batchmock.domain.scheduling_policy import SchedulingPolicy


def create_scheduling_policy(call: Call) -> dict[str, Any]:
    """Create a policy: fair-share, quota-share, or neither."""
    call.enforce()
    given: dict[str, Any] = json.loads(json.dumps(call.params))
    name = given["name"]
    policy = SchedulingPolicy(
        key=call.region.created,
        name=name,
        arn=call.region.arn(f"scheduling-policy/{name}"),
        fairshare=given.get("fairsharePolicy"),
        quota_share=given.get("quotaSharePolicy"),
        tags=given.get("tags", {}),
        created_at_ms=call.engine.now_ms,
    )
    call.region.created += 1
    call.region.scheduling_policies[name] = policy
    return {"name": name, "arn": policy.arn}


def describe_scheduling_policies(call: Call) -> dict[str, Any]:
    """Describe policies by ARN; unknown ones are left out."""
    call.enforce()
    found = [resolve.find_scheduling_policy(call, arn) for arn in dict.fromkeys(call.params["arns"])]
    return {"schedulingPolicies": [_detail(policy) for policy in found if policy is not None]}


def list_scheduling_policies(call: Call) -> dict[str, Any]:
    """List the ARNs of all policies."""
    call.enforce()
    chosen, token = pagination.page(
        call.region.scheduling_policies.values(),
        call.params,
        operation=call.operation,
        maximum=100,
        key=lambda policy: policy.key,
    )
    return pagination.answer("schedulingPolicies", [{"arn": policy.arn} for policy in chosen], token)


def update_scheduling_policy(call: Call) -> dict[str, Any]:
    """Replace the parameters of a policy."""
    policy = resolve.scheduling_policy(call, call.params["arn"])
    call.enforce(target=policy)
    given: dict[str, Any] = json.loads(json.dumps(call.params))
    policy.fairshare = given.get("fairsharePolicy", policy.fairshare)
    policy.quota_share = given.get("quotaSharePolicy", policy.quota_share)
    call.engine.request_pass(call.region)
    return {}


def delete_scheduling_policy(call: Call) -> dict[str, Any]:
    """Delete a policy that no queue uses; deleting an unknown one succeeds (inferred)."""
    policy = resolve.find_scheduling_policy(call, call.params["arn"])
    if policy is not None:
        call.enforce(target=policy)
        del call.region.scheduling_policies[policy.name]
    return {}


def _detail(policy: SchedulingPolicy) -> dict[str, Any]:
    detail: dict[str, Any] = {"name": policy.name, "arn": policy.arn, "tags": dict(policy.tags)}
    if policy.fairshare is not None:
        detail["fairsharePolicy"] = json.loads(json.dumps(policy.fairshare))
    if policy.quota_share is not None:
        detail["quotaSharePolicy"] = json.loads(json.dumps(policy.quota_share))
    return detail
