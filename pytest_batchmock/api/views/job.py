"""How DescribeJobs and ListJobs show a job.

What never changes about a job is kept as bytes of JSON on its spec: parsing them is the cheapest
way to a fresh answer.
"""

from __future__ import annotations

import json
from typing import Any, Final

from pytest_batchmock.domain.containers import parts_of
from pytest_batchmock.domain.ids import arn, keyed_hex, keyed_uuid
from pytest_batchmock.domain.job import CANCELLED, TERMINATED, Attempt, Job
from pytest_batchmock.runners.environment import private_address

# Members of the submit that replace or add to those of the definition as they are.
_SUBMITTED: Final = (
    "retryStrategy",
    "timeout",
    "propagateTags",
    "shareIdentifier",
)
_DEFINED: Final = ("retryStrategy", "timeout", "propagateTags", "schedulingPriority")


def job_detail(job: Job, seed: int) -> dict[str, Any]:
    """Return the members of DescribeJobs that the real service returns at this moment."""
    spec = job.spec
    if job.is_node:
        detail: dict[str, Any] = json.loads(json.dumps(_static(job)))
    else:
        if spec.static is None:
            spec.static = json.dumps(_static(job), separators=(",", ":")).encode()
        detail = json.loads(spec.static)
    detail["jobArn"] = job.arn
    detail["jobId"] = job.id
    detail["status"] = job.status
    detail["createdAt"] = job.created_at_ms
    if job.attempts:
        detail["attempts"] = [_attempt_detail(job, attempt, seed) for attempt in job.attempts]
    if job.status_reason is not None:
        detail["statusReason"] = job.status_reason
    if job.started_at_ms is not None:
        detail["startedAt"] = job.started_at_ms
    if job.stopped_at_ms is not None:
        detail["stoppedAt"] = job.stopped_at_ms
    if job.flags & CANCELLED:
        detail["isCancelled"] = True
    if job.flags & TERMINATED:
        detail["isTerminated"] = True
    if job.spec.array_size:
        detail["arrayProperties"] = _array_properties(job)
    elif job.is_node:
        detail["nodeDetails"] = {
            "nodeIndex": job.index,
            "isMainNode": job.index == job.spec.main_node,
        }
    attempt = job.attempt or (job.attempts[-1] if job.attempts and job.is_terminal else None)
    if attempt is not None:
        detail["container"].update(_container_facts(job, attempt, seed))
    return detail


def _array_properties(job: Job) -> dict[str, Any]:
    if job.index is not None:
        return {"index": job.index}
    return {
        "size": job.spec.array_size,
        "statusSummary": dict(job.statistics or {}),
        "statusSummaryLastUpdatedAt": job.statistics_at_ms,
    }


def _attempt_detail(job: Job, attempt: Attempt, seed: int) -> dict[str, Any]:
    detail: dict[str, Any] = {"container": _container_facts(job, attempt, seed)}
    if attempt.started_at_ms is not None:
        detail["startedAt"] = attempt.started_at_ms
    detail["stoppedAt"] = attempt.stopped_at_ms
    detail["statusReason"] = attempt.status_reason
    return detail


def _container_facts(job: Job, attempt: Attempt, seed: int) -> dict[str, Any]:
    region = job.spec.region
    cluster = attempt.environment.ecs_cluster_arn.rpartition("/")[2]
    task = task_id(job, attempt.number, seed)
    facts: dict[str, Any] = {}
    if attempt.instance_id is not None:
        instance = keyed_hex(seed, "container-instance", attempt.instance_id)
        facts["containerInstanceArn"] = _ecs(job, f"container-instance/{cluster}/{instance}")
    facts["taskArn"] = _ecs(job, f"task/{cluster}/{task}")
    if attempt.exit_code is not None:
        facts["exitCode"] = attempt.exit_code
    if attempt.reason is not None:
        facts["reason"] = attempt.reason[:255]
    if attempt.started_at_ms is not None:
        stream = log_stream_name(job, attempt.number, seed)
        if stream is not None:
            facts["logStreamName"] = stream
    facts["networkInterfaces"] = []
    has_interface = attempt.instance_id is None or job.spec.num_nodes > 0
    if has_interface and attempt.started_at_ms is not None:
        facts["networkInterfaces"].append(
            {
                "attachmentId": keyed_uuid(seed, "attachment", f"{region.account}/{task}"),
                "privateIpv4Address": private_address(_owner(job)),
            }
        )
    return facts


def _owner(job: Job) -> str:
    """Whose task and network interface it is: a multi-node parent shows those of its main node."""
    if job.spec.num_nodes and not job.is_node:
        return f"{job.id}#{job.spec.main_node}"
    return job.id


def _ecs(job: Job, resource: str) -> str:
    region = job.spec.region
    return arn("ecs", region.name, region.account, resource)


def task_id(job: Job, number: int, seed: int) -> str:
    """The ECS task id of an attempt: 32 hexadecimal digits."""
    return keyed_hex(seed, "task", f"{_owner(job)}/{number}")


def log_stream_name(job: Job, number: int, seed: int) -> str | None:
    """``<definition name>/default/<task id>``, or with the prefix that the definition's awslogs
    options give; None for another log driver, whose logs Batch does not know."""
    logs = parts_of(job).container.get("logConfiguration", {})
    if logs.get("logDriver", "awslogs") != "awslogs":
        return None
    prefix = logs.get("options", {}).get("awslogs-stream-prefix", job.spec.definition.name[:200])
    return f"{prefix}/default/{task_id(job, number, seed)}"


def _static(job: Job) -> dict[str, Any]:
    spec = job.spec
    described = spec.definition.described
    submitted: dict[str, Any] = json.loads(spec.request)
    detail: dict[str, Any] = {
        "jobArn": "",
        "jobName": spec.name,
        "jobId": "",
        "jobQueue": spec.queue.arn,
        "status": "",
        "attempts": [],
        "createdAt": 0,
        "dependsOn": [dict(entry) for entry in spec.depends_on],
        "jobDefinition": spec.definition.arn,
        "parameters": {**described["parameters"], **submitted.get("parameters", {})},
        "container": _container(job),
        "tags": spec.tags,
        "platformCapabilities": described.get("platformCapabilities", []),
        "eksAttempts": [],
    }
    if spec.num_nodes:
        detail["nodeProperties"] = {**described["nodeProperties"], "numNodes": spec.num_nodes}
    for name in _DEFINED:
        if name in described:
            detail[name] = described[name]
    for name in _SUBMITTED:
        if name in submitted:
            detail[name] = submitted[name]
    if "schedulingPriorityOverride" in submitted:
        detail["schedulingPriority"] = submitted["schedulingPriorityOverride"]
    if "retryStrategy" in detail:
        detail["retryStrategy"] = {"evaluateOnExit": [], **detail["retryStrategy"]}
    return detail


def _container(job: Job) -> dict[str, Any]:
    """The container with its overrides; a multi-node parent has none of its own."""
    if job.spec.num_nodes and not job.is_node:
        return {"networkInterfaces": []}
    parts = parts_of(job, described=True)
    container: dict[str, Any] = json.loads(json.dumps(parts.container))
    container["networkInterfaces"] = []
    overrides = parts.container_override
    if overrides.get("command"):
        container["command"] = overrides["command"]
    container["command"] = list(container["command"])
    if overrides.get("environment"):
        container["environment"] = merged_environment(container["environment"], overrides["environment"])
    given = {entry["type"]: entry for entry in overrides.get("resourceRequirements", ())}
    if given:
        kept = [entry for entry in container["resourceRequirements"] if entry["type"] not in given]
        container["resourceRequirements"] = [*kept, *given.values()]
    for name in ("vcpus", "memory"):
        # The legacy members do not beat resource requirements of the definition (recorded).
        if name in overrides and name in container:
            container[name] = overrides[name]
    if "instanceType" in overrides:
        container["instanceType"] = overrides["instanceType"]
    return container


def merged_environment(
    defined: list[dict[str, str]], overriding: list[dict[str, str]]
) -> list[dict[str, str]]:
    """The definition's variables with those of the submit: the same name replaces, others are added."""
    merged = {entry.get("name", ""): entry for entry in defined}
    merged.update({entry.get("name", ""): entry for entry in overriding})
    return list(merged.values())


def job_summary(job: Job, *, filtered: bool) -> dict[str, Any]:
    """Return the members of ListJobs.

    Args:
        job: The job.
        filtered: Whether the listing uses `filters`: it comes from another index then, without
            ``startedAt`` (recorded) and with ``jobDefinition`` (inferred).
    """
    summary: dict[str, Any] = {
        "jobArn": job.arn,
        "jobId": job.id,
        "jobName": job.spec.name,
        "createdAt": job.created_at_ms,
        "status": job.status,
    }
    if job.status_reason is not None:
        summary["statusReason"] = job.status_reason
    if job.started_at_ms is not None and not filtered:
        summary["startedAt"] = job.started_at_ms
    if job.stopped_at_ms is not None:
        summary["stoppedAt"] = job.stopped_at_ms
    if job.attempts and job.is_terminal:
        last = job.attempts[-1]
        container: dict[str, Any] = {}
        if last.exit_code is not None:
            container["exitCode"] = last.exit_code
        if last.reason is not None:
            container["reason"] = last.reason
        summary["container"] = container
    if job.spec.array_size:
        summary["arrayProperties"] = _array_properties(job)
    if job.is_node:
        summary["nodeProperties"] = {
            "isMainNode": job.index == job.spec.main_node,
            "numNodes": job.spec.num_nodes,
            "nodeIndex": job.index,
        }
    elif job.spec.num_nodes:
        summary["nodeProperties"] = {"numNodes": job.spec.num_nodes}
    if filtered:
        summary["jobDefinition"] = job.spec.definition.arn
    if job.spec.share_identifier is not None:
        summary["shareIdentifier"] = job.spec.share_identifier
    if job.flags & CANCELLED:
        summary["isCancelled"] = True
    if job.flags & TERMINATED:
        summary["isTerminated"] = True
    return summary
