"""The command and the environment a job's container sees, built once for all runners.

Of a job of several containers a name says which is meant; without one it is the main container.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from pytest_batchmock.domain.containers import Container, Parts, main_container, node_index, parts_of
from pytest_batchmock.domain.ids import keyed_hex, keyed_uuid
from pytest_batchmock.domain.job import Attempt, Job

Members = Mapping[str, Any]
REF: Final = "Ref::"


def effective_command(job: Job, container: str | None = None) -> tuple[list[str], dict[str, str]]:
    """The command with its ``Ref::name`` placeholders replaced, and the merged parameters.

    Of a pod it is ``command`` and ``args`` together, in which nothing is replaced: the service
    documents placeholders for ECS containers only.
    """
    submitted: dict[str, Any] = json.loads(job.spec.request)
    defined = job.spec.definition.request.get("parameters", {})
    parameters = {**defined, **submitted.get("parameters", {})}
    parts = parts_of(job)
    if parts.is_pod:
        given = _chosen(parts, container)
        members = ("command", "args")
        return [
            word
            for name in members
            for word in given.overriding.get(name) or given.defined.get(name) or ()
        ], parameters
    defining, overriding = _of(parts, container)
    command = overriding.get("command") or defining.get("command", [])
    replaced = [
        parameters[word[len(REF) :]] if word.startswith(REF) and word[len(REF) :] in parameters else word
        for word in command
    ]
    return replaced, parameters


def effective_environment(
    job: Job, attempt: Attempt | None, container: str | None = None
) -> dict[str, str]:
    """The definition's variables, the submit's over them, and what Batch and ECS add to `attempt`."""
    parts = parts_of(job)
    environment: dict[str, str] = {}
    for source in _of(parts, container):
        for entry in source.get("environment") or source.get("env") or ():
            environment[entry["name"]] = entry.get("value", "")
    if attempt is not None:
        environment.update(batch_variables(job, attempt))
    return environment


def _of(parts: Parts, container: str | None) -> tuple[Members, Members]:
    """The members of a container: of the definition, and of the submit."""
    if parts.is_single:
        return parts.container, parts.container_override
    chosen = _chosen(parts, container)
    return chosen.defined, chosen.overriding


def _chosen(parts: Parts, name: str | None) -> Container:
    containers = parts.containers
    if name is None:
        return main_container(containers)
    return next(entry for entry in containers if entry.name == name)


def batch_variables(job: Job, attempt: Attempt) -> dict[str, str]:
    """What Batch adds to every job and to each of its containers (user guide, job_env_vars), and
    ECS on its platform."""
    where = attempt.environment
    on_fargate = where.platform == "FARGATE"
    region = job.spec.region.name
    variables = {
        "AWS_BATCH_CE_NAME": where.name,
        "AWS_BATCH_JQ_NAME": job.spec.queue.name,
        "AWS_BATCH_JOB_ID": job.id,
        "AWS_BATCH_JOB_ATTEMPT": str(attempt.number),
    }
    if where.orchestration == "EKS":
        node = f"{where.arn}/{attempt.instance_id}"
        variables["AWS_BATCH_JOB_KUBERNETES_NODE_UID"] = keyed_uuid(0, "kubernetes-node", node)
    else:
        variables["AWS_EXECUTION_ENV"] = "AWS_ECS_FARGATE" if on_fargate else "AWS_ECS_EC2"
        variables["AWS_DEFAULT_REGION"] = variables["AWS_REGION"] = region
    if job.spec.num_nodes:
        variables.update(_node_variables(job))
    elif job.index is not None:
        variables["AWS_BATCH_JOB_ARRAY_INDEX"] = str(job.index)
        variables["AWS_BATCH_JOB_ARRAY_SIZE"] = str(job.spec.array_size)
    return variables


def _node_variables(job: Job) -> dict[str, str]:
    """What the nodes of a multi-node job get besides (user guide, mnp-env-vars)."""
    spec, index = job.spec, node_index(job)
    parent_id = job.id if job.parent is None else job.parent.id
    variables = {
        "AWS_BATCH_JOB_ID": f"{parent_id}#{index}",
        "AWS_BATCH_JOB_NODE_INDEX": str(index),
        "AWS_BATCH_JOB_NUM_NODES": str(spec.num_nodes),
        "AWS_BATCH_JOB_MAIN_NODE_INDEX": str(spec.main_node),
    }
    if index != spec.main_node:
        main = f"{parent_id}#{spec.main_node}"
        variables["AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS"] = private_address(main)
    return variables


def private_address(job_id: str) -> str:
    """The made-up, stable address of a job that has a network interface of its own.

    Those of the nodes of one job follow each other, so that no two are the same.
    """
    head, _, node = job_id.partition("#")
    host = (int(keyed_hex(0, "address", head, 4), 16) + int(node or 0)) % 2**16
    return f"10.0.{host >> 8}.{host & 255}"
