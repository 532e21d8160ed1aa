"""How DescribeJobs shows the containers of a task (``ecsProperties``) or a pod (``eksProperties``).

What never changes is in `properties`; what an attempt adds is filled in by `show_attempt` and listed
by `task_attempt` and `pod_attempt`. Called by api/views/job.py.
"""

from __future__ import annotations

import json
from typing import Any

from pytest_batchmock.api.views.names import (
    container_log_stream,
    network_interfaces,
    node_name,
    pod_name,
    task_arns,
)
from pytest_batchmock.domain.containers import Container, Parts, parts_of
from pytest_batchmock.domain.ids import keyed_hex
from pytest_batchmock.domain.job import Attempt, Job
from pytest_batchmock.engine.families.containers import courses_of
from pytest_batchmock.runners.containers import Course

# What never changes


def properties(parts: Parts) -> dict[str, Any]:
    """``ecsProperties`` or ``eksProperties`` with the overrides of the submit, by container name.

    Args:
        parts: The described parts of the job or node.
    """
    if parts.is_pod:
        return {"eksProperties": {"podProperties": _pod(parts)}}
    task = _copy(parts.defined["ecsProperties"]["taskProperties"][0])
    task["containers"] = [_task_container(entry) for entry in parts.containers]
    return {"ecsProperties": {"taskProperties": [task]}}


def _task_container(container: Container) -> dict[str, Any]:
    shown: dict[str, Any] = _copy(container.defined)
    override = container.overriding
    if override.get("command"):
        shown["command"] = list(override["command"])
    if override.get("environment"):
        shown["environment"] = merged_by_name(shown["environment"], override["environment"])
    if override.get("resourceRequirements"):
        shown["resourceRequirements"] = merged_requirements(
            shown["resourceRequirements"], override["resourceRequirements"]
        )
    shown["networkInterfaces"] = []
    return shown


def _pod(parts: Parts) -> dict[str, Any]:
    pod: dict[str, Any] = _copy(parts.pod)
    for member in ("initContainers", "containers"):
        if member in pod:
            pod[member] = [
                _pod_container(entry)
                for entry in parts.containers
                if entry.is_init == (member == "initContainers")
            ]
    given = parts.pod_override.get("metadata") or {}
    if given:
        metadata = pod.setdefault("metadata", {})
        for name, value in given.items():
            # Labels and annotations are added to, the namespace is replaced (inferred).
            merges = isinstance(value, dict)
            metadata[name] = {**metadata.get(name, {}), **value} if merges else value
    return pod


def _pod_container(container: Container) -> dict[str, Any]:
    shown: dict[str, Any] = _copy(container.defined)
    override = container.overriding
    for name in ("image", "command", "args"):
        if override.get(name):
            shown[name] = _copy(override[name])
    if override.get("env"):
        shown["env"] = merged_by_name(shown["env"], override["env"])
    for kind, amounts in (override.get("resources") or {}).items():
        resources = shown.setdefault("resources", {})
        resources[kind] = {**resources.get(kind, {}), **amounts}
    return shown


def merged_by_name(
    defined: list[dict[str, str]], overriding: list[dict[str, str]]
) -> list[dict[str, str]]:
    """The definition's variables with those of the submit: the same name replaces, others are added."""
    merged = {entry.get("name", ""): entry for entry in defined}
    merged.update({entry.get("name", ""): entry for entry in overriding})
    return list(merged.values())


def merged_requirements(
    defined: list[dict[str, Any]], overriding: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The definition's requirements with those of the submit, which replace type by type."""
    given = {entry["type"]: entry for entry in overriding}
    return [*(entry for entry in defined if entry["type"] not in given), *given.values()]


# What an attempt adds


def show_attempt(detail: dict[str, Any], job: Job, attempt: Attempt, seed: int) -> None:
    """Fill the present or last attempt of `job` into its ``ecsProperties`` or ``eksProperties``."""
    parts = parts_of(job)
    courses = courses_of(attempt)
    if "eksProperties" in detail:
        pod = detail["eksProperties"]["podProperties"]
        pod["podName"], pod["nodeName"] = pod_name(job, attempt, seed), node_name(job, attempt)
        shown = [*pod.get("initContainers", ()), *pod["containers"]]
        for container, course in zip(shown, courses, strict=True):
            container.update(_results(course))
    elif "ecsProperties" in detail:
        task = detail["ecsProperties"]["taskProperties"][0]
        task.update(task_arns(job, attempt, seed))
        for container, described, course in zip(
            parts.containers, task["containers"], courses, strict=True
        ):
            described.update(_task_results(job, attempt, container, course, seed))


def task_attempt(job: Job, attempt: Attempt, seed: int) -> dict[str, Any]:
    """An attempt of an ECS task as ``attempts`` lists it; its ``container`` is empty (inferred)."""
    containers = []
    for container, course in zip(parts_of(job).containers, courses_of(attempt), strict=True):
        shown: dict[str, Any] = {}
        if "name" in container.defined:
            shown["name"] = container.name
        containers.append({**shown, **_task_results(job, attempt, container, course, seed)})
    task = {**task_arns(job, attempt, seed), "containers": containers}
    return {"container": {}, **_times(attempt), "taskProperties": [task]}


def pod_attempt(job: Job, attempt: Attempt, seed: int) -> dict[str, Any]:
    """An attempt of a pod as ``eksAttempts`` lists it."""
    parts = parts_of(job)
    shown: dict[str, list[dict[str, Any]]] = {"containers": [], "initContainers": []}
    for container, course in zip(parts.containers, courses_of(attempt), strict=True):
        results: dict[str, Any] = {}
        if "name" in container.defined:
            results["name"] = container.name
        if course.started_ms is not None:
            key = f"{pod_name(job, attempt, seed)}/{container.name}"
            results["containerID"] = "containerd://" + keyed_hex(seed, "container", key, 64)
        member = "initContainers" if container.is_init else "containers"
        shown[member].append({**results, **_results(course)})
    configuration = attempt.environment.request["eksConfiguration"]
    metadata = {**parts.pod.get("metadata", {}), **parts.pod_override.get("metadata", {})}
    return {
        "containers": shown["containers"],
        "initContainers": shown["initContainers"],
        "eksClusterArn": configuration["eksClusterArn"],
        "podName": pod_name(job, attempt, seed),
        "podNamespace": metadata.get("namespace", configuration["kubernetesNamespace"]),
        "nodeName": node_name(job, attempt),
        **_times(attempt),
    }


def _times(attempt: Attempt) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    if attempt.started_at_ms is not None:
        shown["startedAt"] = attempt.started_at_ms
    shown["stoppedAt"] = attempt.stopped_at_ms
    if attempt.status_reason:
        shown["statusReason"] = attempt.status_reason
    return shown


def _results(course: Course) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    if course.exit_code is not None:
        shown["exitCode"] = course.exit_code
    if course.reason is not None:
        shown["reason"] = course.reason[:255]
    return shown


def _task_results(
    job: Job, attempt: Attempt, container: Container, course: Course, seed: int
) -> dict[str, Any]:
    shown = _results(course)
    started = course.started_ms is not None
    stream = container_log_stream(job, attempt.number, seed, container) if started else None
    if stream is not None:
        shown["logStreamName"] = stream
    shown["networkInterfaces"] = network_interfaces(job, attempt, seed) if started else []
    return shown


def _copy(value: Any) -> Any:
    return json.loads(json.dumps(value))
