"""Legal RegisterJobDefinition, SubmitJob and SubmitServiceJob requests, changed where a test says so.

A change to None takes the member away.
"""

from __future__ import annotations

from typing import Any

from pytest_batchmock.domain.job import Job, JobSpec
from pytest_batchmock.domain.job_definition import JobDefinition
from pytest_batchmock.domain.region import RegionState
from pytest_batchmock.options import Options
from pytest_batchmock.rules.registry import Request

from .builders import (
    a_region,
    a_request,
    an_existing_environment,
    an_existing_policy,
    an_existing_queue,
    an_existing_quota_share,
    an_existing_service_environment,
    changed,
    ec2,
    fargate,
)

ROLE = "arn:aws:iam::123456789012:role/job"


# --- definitions ----------------------------------------------------------------------------------


def needs(vcpu: str = "1", memory: str = "2048", gpu: str | None = None) -> list[dict[str, str]]:
    """``resourceRequirements``."""
    entries = [{"type": "VCPU", "value": vcpu}, {"type": "MEMORY", "value": memory}]
    return entries if gpu is None else [*entries, {"type": "GPU", "value": gpu}]


def a_container(**changes: Any) -> dict[str, Any]:
    return changed({"image": "busybox", "resourceRequirements": needs()}, changes)


def registers(**changes: Any) -> Request:
    """A RegisterJobDefinition of one container on EC2."""
    params = {"jobDefinitionName": "d", "type": "container", "containerProperties": a_container()}
    return a_request("RegisterJobDefinition", changed(params, changes))


def on_ec2(**container: Any) -> Request:
    """The same, with a changed container."""
    return registers(containerProperties=a_container(**container))


def on_fargate(**container: Any) -> Request:
    """A container on Fargate."""
    properties = a_container(**{"executionRoleArn": ROLE} | container)
    return registers(platformCapabilities=["FARGATE"], containerProperties=properties)


def a_task(*containers: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """``ecsProperties`` of one task."""
    given = list(containers) or [a_container(name="main"), a_container(name="side")]
    return {"taskProperties": [changed({"containers": given}, changes)]}


def runs_task(*containers: dict[str, Any], on: str | None = None, **changes: Any) -> Request:
    """A multi-container definition."""
    return registers(
        containerProperties=None,
        ecsProperties=a_task(*containers, **changes),
        platformCapabilities=None if on is None else [on],
    )


def a_pod_container(**changes: Any) -> dict[str, Any]:
    resources = {"limits": {"cpu": "1", "memory": "1024Mi"}}
    return changed({"image": "busybox", "resources": resources}, changes)


def a_pod(container: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """``eksProperties``."""
    return {"podProperties": changed({"containers": [container or a_pod_container()]}, changes)}


def runs_pod(container: dict[str, Any] | None = None, **changes: Any) -> Request:
    """A definition for EKS."""
    return registers(containerProperties=None, eksProperties=a_pod(container, **changes))


def asks_pod_for(limits: dict[str, str], requests: dict[str, str] | None = None) -> Request:
    """A pod whose container has these resources."""
    resources = {"limits": limits} | ({} if requests is None else {"requests": requests})
    return runs_pod(a_pod_container(resources=resources))


def a_range(nodes: str, **changes: Any) -> dict[str, Any]:
    return changed({"targetNodes": nodes, "container": a_container()}, changes)


def nodes_of(*ranges: dict[str, Any], num_nodes: int = 4, main_node: int = 0) -> dict[str, Any]:
    """``nodeProperties``."""
    given = list(ranges) or [a_range("0:")]
    return {"numNodes": num_nodes, "mainNode": main_node, "nodeRangeProperties": given}


def runs_nodes(*ranges: dict[str, Any], **counts: int) -> Request:
    """A multi-node definition."""
    properties = nodes_of(*ranges, **counts)
    return registers(type="multinode", containerProperties=None, nodeProperties=properties)


# --- submits --------------------------------------------------------------------------------------


def a_world(*, on: dict[str, Any] | None = None, fair: bool = False, **environment: Any) -> RegionState:
    """A region with the queue ``q`` on one environment: EC2, or one with these resources."""
    region = a_region()
    an_existing_environment(region, on or ec2(), **environment)
    if fair:
        an_existing_policy(region)
    an_existing_queue(region, policy="fair" if fair else None)
    return region


def submits(
    registration: Request | None = None,
    region: RegionState | None = None,
    options: Options | None = None,
    **changes: Any,
) -> Request:
    """A SubmitJob to the queue ``q`` of a definition that was registered so."""
    params = dict((registration or registers()).params)
    name = params.pop("jobDefinitionName")
    region = region or a_world(
        on=fargate() if params.get("platformCapabilities") == ["FARGATE"] else None
    )
    definition = JobDefinition(
        name=name,
        revision=1,
        arn=region.arn(f"job-definition/{name}:1"),
        request=params,
        described={},
        tags={},
    )
    return Request(
        "SubmitJob",
        changed({"jobName": "etl", "jobQueue": "q", "jobDefinition": name}, changes),
        region,
        options or Options(),
        queue=region.job_queues["q"],
        definition=definition,
    )


def submits_pod(container: dict[str, Any] | None = None, **changes: Any) -> Request:
    """A SubmitJob of a pod to a queue on EKS."""
    region = a_world(eksConfiguration={"eksClusterArn": "c", "kubernetesNamespace": "batch"})
    return submits(runs_pod(container), region, **changes)


def overrides(registration: Request | None = None, /, **members: Any) -> Request:
    """A SubmitJob with ``containerOverrides``."""
    return submits(registration, containerOverrides=members)


def overrides_nodes(nodes: str = "0:", **members: Any) -> Request:
    """A SubmitJob that overrides the properties of some nodes."""
    entry = {"targetNodes": nodes} | (members or {"containerOverrides": {"command": ["x"]}})
    return submits(runs_nodes(), nodeOverrides={"nodePropertyOverrides": [entry]})


def an_upstream(region: RegionState, *, array_size: int = 0) -> str:
    """A job in the queue ``q``; returns its id."""
    spec = JobSpec(
        region=region,
        queue=region.job_queues["q"],
        definition=submits().definition,
        request=b"{}",
        attempts=1,
        evaluate_on_exit=(),
        timeout_ms=None,
        depends_on=(),
        mvcpus=1000,
        memory_mib=2048,
        gpus=0,
        tags={},
    )
    spec.array_size = array_size
    job = Job(0, "11111111-1111-4111-8111-111111111111", "upstream", spec, 0)
    region.jobs[job.id] = job
    return job.id


def depends_on_array(size: int, upstream_size: int) -> Request:
    """An array of `size` that waits N_TO_N for a job of `upstream_size` (0: no array)."""
    region = a_world()
    upstream = an_upstream(region, array_size=upstream_size)
    return submits(
        region=region,
        arrayProperties={"size": size},
        dependsOn=[{"jobId": upstream, "type": "N_TO_N"}],
    )


def submits_service_job(
    policy: str | None = None, share_state: str = "ENABLED", **changes: Any
) -> Request:
    """A SubmitServiceJob to the training queue ``q``; `policy` is None, ``fair`` or ``quota``.

    With the policy ``quota`` the queue has one quota share, ``s``.
    """
    region = a_region()
    an_existing_service_environment(region)
    if policy is not None:
        an_existing_policy(region, name=policy, quota=policy == "quota")
    if policy == "quota":
        an_existing_quota_share(region, name="s", state=share_state)
    queue = an_existing_queue(region, service_environment="se", policy=policy)
    params = {
        "jobName": "train",
        "jobQueue": "q",
        "serviceRequestPayload": '{"TrainingJobName": "t"}',
        "serviceJobType": "SAGEMAKER_TRAINING",
    }
    return Request("SubmitServiceJob", changed(params, changes), region, Options(), queue=queue)
