"""How DescribeJobs and ListJobs show a job.

What stays as it is when a job moves is made once, for all jobs that were submitted alike: their spec
keeps it. What moves is put into a copy of it.
"""

from __future__ import annotations

import json
from typing import Any, Final

from pytest_batchmock.api.views.containers import (
    merged_by_name,
    merged_requirements,
    pod_attempt,
    properties,
    show_attempt,
    task_attempt,
)
from pytest_batchmock.api.views.names import log_stream_name, network_interfaces, task_arns
from pytest_batchmock.domain.containers import Parts, parts_of
from pytest_batchmock.domain.job import CANCELLED, TERMINATED, Attempt, Job
from pytest_batchmock.domain.prototype import Prototype

# Members of the submit that replace or add to those of the definition as they are.
_SUBMITTED: Final = (
    "retryStrategy",
    "timeout",
    "propagateTags",
    "shareIdentifier",
)
_DEFINED: Final = ("retryStrategy", "timeout", "propagateTags", "schedulingPriority")
# Members that jobs submitted alike have each its own of.
_OWN: Final = ("jobArn", "jobName", "jobId", "status", "createdAt")


def job_detail(job: Job, seed: int) -> dict[str, Any]:
    """Return the members of DescribeJobs that the real service returns at this moment."""
    spec = job.spec
    parent = job.parent
    static = spec.static
    if static is None or (parent is not None and spec.num_nodes):
        static = Prototype.of(_static(job), _OWN)
        if not job.is_node:  # each has its own
            spec.static = static
    copy = static.compiled or static.copy
    detail = copy(
        f"{spec.region.arn_prefix}job/{job.id}", job.name, job.id, job.status, job.created_at_ms
    )
    if parent is not None:
        detail["tags"] = {}  # they do not propagate to children and nodes (user guide, using-tags)
    elif job.own_tags is not None:
        detail["tags"] = job.own_tags.copy()
    if job.status_reason is not None:
        detail["statusReason"] = job.status_reason
    if job.started_at_ms is not None:
        detail["startedAt"] = job.started_at_ms
    if job.stopped_at_ms is not None:
        detail["stoppedAt"] = job.stopped_at_ms
    if job.flags:
        if job.flags & CANCELLED:
            detail["isCancelled"] = True
        if job.flags & TERMINATED:
            detail["isTerminated"] = True
    if spec.array_size:
        detail["arrayProperties"] = _array_properties(job)
    elif spec.num_nodes and parent is not None:
        detail["nodeDetails"] = {"nodeIndex": job.index, "isMainNode": job.index == spec.main_node}
    attempts = job.attempts
    if attempts:
        _list_attempts(detail, job, seed)
    attempt = job.attempt
    if attempt is None:
        if not attempts or not job.is_terminal:
            return detail
        attempt = attempts[-1]
    if not detail.get("container"):
        show_attempt(detail, job, attempt, seed)
    elif attempt is job.attempt:
        detail["container"].update(_container_facts(job, attempt, seed))
    else:
        facts = detail["attempts"][-1]["container"]  # as they are listed there
        interfaces = [entry.copy() for entry in facts["networkInterfaces"]]
        detail["container"].update(facts, networkInterfaces=interfaces)
    return detail


def _list_attempts(detail: dict[str, Any], job: Job, seed: int) -> None:
    """List the attempts that have ended: those of pods have a list of their own."""
    if job.attempts[-1].work is None:
        detail["attempts"] = [_attempt_detail(job, attempt, seed) for attempt in job.attempts]
    elif parts_of(job).is_pod:
        detail["eksAttempts"] = [pod_attempt(job, attempt, seed) for attempt in job.attempts]
    else:
        detail["attempts"] = [task_attempt(job, attempt, seed) for attempt in job.attempts]


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
    facts: dict[str, Any] = task_arns(job, attempt, seed)
    if attempt.exit_code is not None:
        facts["exitCode"] = attempt.exit_code
    if attempt.reason is not None:
        facts["reason"] = attempt.reason[:255]
    facts["networkInterfaces"] = []
    if attempt.started_at_ms is not None:
        stream = log_stream_name(job, attempt.number, seed)
        if stream is not None:
            facts["logStreamName"] = stream
        facts["networkInterfaces"] = network_interfaces(job, attempt, seed)
    return facts


def _static(job: Job) -> dict[str, Any]:
    spec = job.spec
    described = spec.definition.described
    submitted: dict[str, Any] = json.loads(spec.request)
    detail: dict[str, Any] = {
        "jobArn": None,
        "jobName": None,
        "jobId": None,
        "jobQueue": spec.queue.arn,
        "status": None,
        "attempts": [],
        "createdAt": None,
        "dependsOn": [dict(entry) for entry in spec.depends_on],
        "jobDefinition": spec.definition.arn,
        "parameters": {**described["parameters"], **submitted.get("parameters", {})},
        **_containers(job),
        "tags": spec.tags,
        "platformCapabilities": described.get("platformCapabilities", []),
        "eksAttempts": [],
    }
    consumables = _consumables(job, described, submitted)
    if consumables:
        detail["consumableResourceProperties"] = consumables
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


def _consumables(job: Job, described: dict[str, Any], submitted: dict[str, Any]) -> Any:
    """What the job, or the node, needs of consumable resources: the override, or what is defined."""
    parts = parts_of(job, described=True) if job.is_node else Parts(described, submitted)
    overriding = parts.overriding.get("consumableResourcePropertiesOverride")
    return overriding or parts.defined.get("consumableResourceProperties")


def _containers(job: Job) -> dict[str, Any]:
    """The members that show the containers; a multi-node parent has none of its own.

    Of a job of several containers ``container`` is empty (API model, JobDetail.container), and a
    pod has none (public transcript).
    """
    parts = parts_of(job, described=True)
    is_parent = job.spec.num_nodes > 0 and not job.is_node
    if parts.is_single:
        return {"container": {"networkInterfaces": []} if is_parent else _container(parts)}
    empty: dict[str, Any] = {} if parts.is_pod else {"container": {}}
    return empty if is_parent else {**empty, **properties(parts)}


def _container(parts: Parts) -> dict[str, Any]:
    """The only container, with its overrides."""
    container = dict(parts.container)  # nothing below it is changed, only replaced
    container["networkInterfaces"] = []
    overrides = parts.container_override
    if overrides.get("command"):
        container["command"] = overrides["command"]
    container["command"] = list(container["command"])
    if overrides.get("environment"):
        container["environment"] = merged_by_name(container["environment"], overrides["environment"])
    if overrides.get("resourceRequirements"):
        container["resourceRequirements"] = merged_requirements(
            container["resourceRequirements"], overrides["resourceRequirements"]
        )
    for name in ("vcpus", "memory"):
        # The legacy members do not beat resource requirements of the definition (recorded).
        if name in overrides and name in container:
            container[name] = overrides[name]
    if "instanceType" in overrides:
        container["instanceType"] = overrides["instanceType"]
    return container


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
        "jobName": job.name,
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
        container: dict[str, Any] = {}  # the main container's, or the failing one's, of several
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
