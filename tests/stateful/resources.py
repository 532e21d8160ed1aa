"""The resources that every run begins with: for each kind of job, places where it can and cannot run."""

from __future__ import annotations

import json
from typing import Any, Final

Params = dict[str, Any]

_ROLE: Final = "arn:aws:iam::123456789012:role/execution"
_CLUSTER: Final = "arn:aws:eks:us-east-1:123456789012:cluster/lab"
_CANNOT_EVER: Final = (
    "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE",
    "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT",
)

ENVIRONMENTS: Final = (
    ("small", "EC2", 3),
    ("spot", "SPOT", 2),
    ("spare", "EC2", 2),
    ("cluster", "EKS", 3),
    ("serverless", "FARGATE", 3),
    ("roomy", "SPOT", 8),
    ("shared", "EC2", 6),
)
"""Name, kind and vCPUs; EKS is On-Demand instances of a cluster. Large ones have instances of four
vCPUs, so that several jobs share one."""

ZONES: Final = {"subnet-a": "us-east-1a", "subnet-b": "us-east-1b"}

QUEUES: Final = (
    ("on-demand", ["small"], 1),
    ("spot", ["spot"], 1),
    ("both", ["small", "spare"], 2),
    ("pods", ["cluster"], 1),
    ("serverless", ["serverless"], 1),
    ("fair", ["spare"], 3),
    ("impatient", ["spot", "spare"], 1),
    ("roomy", ["roomy", "shared"], 2),
    ("fair-too", ["shared"], 1),
)
"""Name, environments, priority. fair and fair-too share fairly; impatient ends a head that can never be
placed."""

FAIR: Final = ("fair", "fair-too")

RIGHT_QUEUE: Final = {"pod": "pods", "gang-of-pods": "pods", "serverless": "serverless"}
"""The queue of the definitions that run in one only."""

LICENCES: Final = {"licence": ("REPLENISHABLE", 2), "token": ("NON_REPLENISHABLE", 12)}
TRAININGS: Final = "trainings"
QUOTAS: Final = "quotas"
UNIT: Final = "ml.m5.large"
SHARES: Final = {
    "reserves": (1, {"strategy": "RESERVE"}, "ENABLED"),
    "lends": (2, {"strategy": "LEND"}, "DISABLED"),
    "borrows": (1, {"strategy": "LEND_AND_BORROW", "borrowLimit": 200}, "ENABLED"),
}
"""The quota shares of the queue `QUOTAS`: capacity, what they do with it, preemption within."""


LARGE: Final = 6


def environment(kind: str, vcpus: int) -> Params:
    """The members of CreateComputeEnvironment besides the name."""
    resources: Params = {
        "type": "EC2" if kind == "EKS" else kind,
        "maxvCpus": vcpus,
        "subnets": [*ZONES],
        "securityGroupIds": ["sg-0a1b2c3d"],
    }
    if kind != "FARGATE":
        resources |= {
            "allocationStrategy": (
                "SPOT_CAPACITY_OPTIMIZED" if kind == "SPOT" else "BEST_FIT_PROGRESSIVE"
            ),
            "minvCpus": 0,
            "instanceTypes": ["optimal"] if vcpus < LARGE else ["m6i.xlarge"],
            "instanceRole": "arn:aws:iam::123456789012:instance-profile/ecsInstanceRole",
        }
    cluster = {"eksClusterArn": _CLUSTER, "kubernetesNamespace": "batch"}
    return {
        "type": "MANAGED",
        "computeResources": resources,
        **({"eksConfiguration": cluster} if kind == "EKS" else {}),
    }


def queue_extras(name: str) -> Params:
    """The members of CreateJobQueue that only some of them have."""
    if name in FAIR:
        return {"schedulingPolicyArn": "arn:aws:batch:us-east-1:123456789012:scheduling-policy/fair"}
    if name == "impatient":
        action = {"state": "RUNNABLE", "maxTimeSeconds": 600, "action": "CANCEL"}
        actions = [{**action, "reason": reason} for reason in _CANNOT_EVER]
        return {"jobStateTimeLimitActions": actions}
    return {}


_FIFO: Final = {"idleResourceAssignmentStrategy": "FIFO"}


def _limits(most: int) -> Params:
    return {"capacityLimits": [{"maxCapacity": most, "capacityUnit": UNIT}]}


def others() -> list[tuple[str, Params]]:
    """Calls that make the rest, but for queues: the policy, licences, and a place for trainings."""
    fair = {
        "shareDecaySeconds": 600,
        "shareDistribution": [{"shareIdentifier": "a", "weightFactor": 0.5}],
    }
    service = {
        "serviceEnvironmentName": TRAININGS,
        "serviceEnvironmentType": "SAGEMAKER_TRAINING",
        "capacityLimits": [{"maxCapacity": 3, "capacityUnit": "NUM_INSTANCES"}],
    }
    return [
        ("CreateSchedulingPolicy", {"name": "fair", "fairsharePolicy": fair}),
        ("CreateServiceEnvironment", service),
        ("CreateSchedulingPolicy", {"name": "quota", "quotaSharePolicy": _FIFO}),
        ("CreateServiceEnvironment", {**service, "serviceEnvironmentName": QUOTAS, **_limits(4)}),
        *(("CreateConsumableResource", licence(name)) for name in LICENCES),
        *(
            ("RegisterJobDefinition", {"jobDefinitionName": name, **members})
            for name, members in definitions().items()
        ),
    ]


def licence(name: str) -> Params:
    """The members of CreateConsumableResource."""
    kind, total = LICENCES[name]
    return {"consumableResourceName": name, "resourceType": kind, "totalQuantity": total}


def training_queues() -> list[Params]:
    """The members of CreateJobQueue for service jobs: by numbers of instances, and by quota shares."""
    policy = "arn:aws:batch:us-east-1:123456789012:scheduling-policy/quota"
    return [
        {
            "jobQueueName": name,
            "jobQueueType": "SAGEMAKER_TRAINING",
            "priority": 1,
            "serviceEnvironmentOrder": [{"order": 1, "serviceEnvironment": name}],
            **more,
        }
        for name, more in ((TRAININGS, {}), (QUOTAS, {"schedulingPolicyArn": policy}))
    ]


def quota_share(name: str) -> Params:
    """The members of CreateQuotaShare."""
    most, sharing, preempts = SHARES[name]
    return {
        "quotaShareName": name,
        "jobQueue": QUOTAS,
        "resourceSharingConfiguration": sharing,
        "preemptionConfiguration": {"inSharePreemption": preempts},
        **_limits(most),
    }


def quota_share_update(name: str, most: int) -> Params:
    """The members of UpdateQuotaShare."""
    arn = f"arn:aws:batch:us-east-1:123456789012:job-queue/{QUOTAS}/quota-share/{name}"
    return {"quotaShareArn": arn, **_limits(most)}


def training(instances: int) -> str:
    """``serviceRequestPayload``."""
    return json.dumps({"ResourceConfig": {"InstanceType": UNIT, "InstanceCount": instances}})


def definitions() -> dict[str, Params]:
    """The members of RegisterJobDefinition besides the name, by name."""
    first = {"name": "first", "essential": False, **_container(1)}
    main = {"name": "main", "dependsOn": [{"containerName": "first", "condition": "SUCCESS"}]}
    task = {"taskProperties": [{"containers": [first, {**_container(1), **main}]}]}
    pod = {
        "podProperties": {
            "initContainers": [_in_pod("init")],
            "containers": [_in_pod("main"), _in_pod("sidecar", "0.5")],
        }
    }
    single = {"type": "container", "containerProperties": _container(1)}
    return {
        "plain": single,
        "large": {"type": "container", "containerProperties": _container(2)},
        "patient": {
            **single,
            "retryStrategy": {"attempts": 3},
            "timeout": {"attemptDurationSeconds": 120},
        },
        "licensed": {**single, "consumableResourceProperties": _consumes("licence")},
        "spends": {**single, "consumableResourceProperties": _consumes("token", "licence")},
        "task": {"type": "container", "ecsProperties": task},
        "pod": {"type": "container", "eksProperties": pod},
        "serverless": {
            "type": "container",
            "platformCapabilities": ["FARGATE"],
            "containerProperties": {**_container(1), "executionRoleArn": _ROLE},
        },
        "nodes": _nodes({"0:": {"container": _container(1)}}),
        "licensed-nodes": _nodes(
            {
                "0:": {
                    "container": _container(1),
                    "consumableResourceProperties": _consumes("licence", "token"),
                }
            }
        ),
        "nodes-of-tasks": _nodes({"0": {"container": _container(1)}, "1:": {"ecsProperties": _task()}}),
        "gang-of-pods": _nodes(
            {"0:": {"eksProperties": {"podProperties": {"containers": [_in_pod()]}}}}
        ),
    }


def _task() -> Params:
    return {"taskProperties": [{"containers": [{"name": "main", **_container(1)}]}]}


def _container(vcpus: int) -> Params:
    needs = [{"type": "VCPU", "value": str(vcpus)}, {"type": "MEMORY", "value": "2048"}]
    return {"image": "busybox", "command": ["true"], "resourceRequirements": needs}


def _in_pod(name: str = "main", cpu: str = "1") -> Params:
    limits = {"cpu": cpu, "memory": "512Mi"}
    return {"name": name, "image": "busybox", "resources": {"limits": limits, "requests": limits}}


def _consumes(*names: str) -> Params:
    return {"consumableResourceList": [{"consumableResource": name, "quantity": 1} for name in names]}


def _nodes(ranges: dict[str, Params]) -> Params:
    listed = [{"targetNodes": target, **kind} for target, kind in ranges.items()]
    properties = {"numNodes": 2, "mainNode": 0, "nodeRangeProperties": listed}
    return {"type": "multinode", "nodeProperties": properties}
