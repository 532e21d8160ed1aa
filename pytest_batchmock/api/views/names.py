"""The names of what an attempt runs on and leaves behind: tasks, pods, interfaces, log streams.

Each is a pure function of the seed, the job and the attempt, so that none has to be stored.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from pytest_batchmock.domain.containers import Container, main_container, parts_of
from pytest_batchmock.domain.ids import keyed_hex, keyed_uuid
from pytest_batchmock.domain.job import Attempt, Job
from pytest_batchmock.runners.environment import private_address

AWSLOGS: Final = "awslogs"

_hex: Final = lru_cache(maxsize=1024)(keyed_hex)  # one answer has most of these names several times


def owner(job: Job) -> str:
    """Whose task and network interface it is: a multi-node parent shows those of its main node."""
    if job.spec.num_nodes and not job.is_node:
        return f"{job.id}#{job.spec.main_node}"
    return job.id


def task_id(job: Job, number: int, seed: int) -> str:
    """The ECS task id of an attempt: 32 hexadecimal digits."""
    return _hex(seed, "task", f"{owner(job)}/{number}")


def task_arns(job: Job, attempt: Attempt, seed: int) -> dict[str, str]:
    """``containerInstanceArn`` (not on Fargate) and ``taskArn`` of an attempt."""
    cluster_arn = attempt.environment.ecs_cluster_arn
    shown = {}
    if attempt.instance_id is not None:
        instance = _hex(seed, "container-instance", attempt.instance_id)
        shown["containerInstanceArn"] = f"{_in_cluster('container-instance', cluster_arn)}/{instance}"
    shown["taskArn"] = f"{_in_cluster('task', cluster_arn)}/{task_id(job, attempt.number, seed)}"
    return shown


def network_interfaces(job: Job, attempt: Attempt, seed: int) -> list[dict[str, str]]:
    """The interface of its own that a job on Fargate, and a node, has once it runs."""
    if attempt.instance_id is not None and not job.spec.num_nodes:
        return []
    task = f"{job.spec.region.account}/{task_id(job, attempt.number, seed)}"
    return [
        {
            "attachmentId": keyed_uuid(seed, "attachment", task),
            "privateIpv4Address": private_address(owner(job)),
        }
    ]


def log_stream_name(job: Job, number: int, seed: int) -> str | None:
    """The log stream of the only container, or of the main one of a task; none of a pod.

    ``<definition name>/default/<task id>``; ``default`` is the container's name.
    """
    parts = parts_of(job)
    if parts.is_single:
        return _stream(job, number, seed, parts.container, "default")
    if parts.is_pod:
        return None
    main = main_container(parts.containers)
    return container_log_stream(job, number, seed, main)


def container_log_stream(job: Job, number: int, seed: int, container: Container) -> str | None:
    """The log stream of one container of a task: its name is the middle part."""
    return _stream(job, number, seed, container.defined, container.name)


def _stream(job: Job, number: int, seed: int, container: Any, name: str) -> str | None:
    """With the prefix of the definition's awslogs options, if any; None for another log driver,
    whose logs Batch does not know."""
    logs = container.get("logConfiguration", {})
    if logs.get("logDriver", AWSLOGS) != AWSLOGS:
        return None
    prefix = logs.get("options", {}).get("awslogs-stream-prefix", job.spec.definition.name[:200])
    return f"{prefix}/{name}/{task_id(job, number, seed)}"


def _in_cluster(kind: str, cluster_arn: str) -> str:
    """How the ARNs of one kind of resource of a cluster begin."""
    return cluster_arn.replace(":cluster/", f":{kind}/", 1)


def pod_name(job: Job, attempt: Attempt, seed: int) -> str:
    """``aws-batch.<uuid>``; the uuid is not the job's id, and is of version 3 (public transcript)."""
    pod = f"{owner(job)}/{attempt.number}"
    return "aws-batch." + keyed_uuid(seed, "pod", pod, version=3)


def node_name(job: Job, attempt: Attempt) -> str:
    """The private DNS name of the node (public transcript)."""
    address = private_address(str(attempt.instance_id)).replace(".", "-")
    region = job.spec.region.name
    return f"ip-{address}." + ("ec2.internal" if region == "us-east-1" else f"{region}.compute.internal")
