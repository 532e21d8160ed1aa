"""How DescribeComputeEnvironments shows an environment."""

from __future__ import annotations

import json
from typing import Any

from pytest_batchmock.domain.compute_environment import FARGATE_TYPES, ComputeEnvironment


def compute_environment_detail(environment: ComputeEnvironment) -> dict[str, Any]:
    """Return the members that the real service returns, in its order (recorded answers)."""
    detail: dict[str, Any] = {
        "computeEnvironmentName": environment.name,
        "computeEnvironmentArn": environment.arn,
        "ecsClusterArn": environment.ecs_cluster_arn,
        "tags": dict(environment.tags),
        "type": environment.type,
        "state": environment.state,
        "status": environment.status,
        "statusReason": environment.status_reason,
        "serviceRole": environment.service_role,
        "containerOrchestrationType": environment.orchestration,
        "uuid": environment.uuid,
    }
    detail.update(json.loads(json.dumps(environment.request)))
    if not environment.status_reason:
        del detail["statusReason"]
    if environment.type == "MANAGED":
        resources = json.loads(json.dumps(environment.resources))
        if environment.resource_type not in FARGATE_TYPES and "maxvCpus" in resources:
            resources["desiredvCpus"] = environment.desired_vcpus
        detail["computeResources"] = resources
    return detail
