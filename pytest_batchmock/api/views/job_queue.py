"""How DescribeJobQueues shows a queue."""

from __future__ import annotations

import json
from typing import Any

from pytest_batchmock.domain.job_queue import JobQueue


def job_queue_detail(queue: JobQueue) -> dict[str, Any]:
    """Return the members that the real service returns (recorded answers)."""
    detail: dict[str, Any] = {
        "jobQueueName": queue.name,
        "jobQueueArn": queue.arn,
        "state": queue.state,
        "status": queue.status,
        "priority": queue.priority,
        "computeEnvironmentOrder": json.loads(json.dumps(queue.order)),
        "tags": dict(queue.tags),
        "jobStateTimeLimitActions": json.loads(json.dumps(queue.time_limit_actions)),
    }
    if queue.status_reason:
        detail["statusReason"] = queue.status_reason
    if queue.scheduling_policy_arn is not None:
        detail["schedulingPolicyArn"] = queue.scheduling_policy_arn
    if queue.type is not None:
        detail["jobQueueType"] = queue.type
    detail.update(json.loads(json.dumps(queue.request)))
    return detail
