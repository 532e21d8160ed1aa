"""The requests of the recorded refusals: job definitions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from rules.job_requests import (
    ROLE,
    a_container,
    a_pod,
    a_pod_container,
    a_range,
    a_task,
    asks_pod_for,
    needs,
    nodes_of,
    on_ec2,
    on_fargate,
    registers,
    runs_nodes,
    runs_pod,
    runs_task,
)

from pytest_batchmock import BatchMock
from pytest_batchmock.rules.registry import Request

from .entries import Probe, fill


def _registers(refused: Request, accepted: Request | None = None) -> Callable[[BatchMock], Probe]:
    legal = accepted or registers()
    return lambda mock: Probe("RegisterJobDefinition", dict(refused.params), dict(legal.params))


def _ec2(refused: dict[str, Any], accepted: dict[str, Any]) -> Callable[[BatchMock], Probe]:
    return _registers(on_ec2(**refused), on_ec2(**accepted))


def _fargate(refused: dict[str, Any], accepted: dict[str, Any]) -> Callable[[BatchMock], Probe]:
    return _registers(on_fargate(**refused), on_fargate(**accepted))


def _retries(refused: dict[str, Any], accepted: dict[str, Any]) -> Callable[[BatchMock], Probe]:
    return _registers(registers(retryStrategy=refused), registers(retryStrategy=accepted))


def _evaluates(refused: dict[str, str], accepted: dict[str, str]) -> Callable[[BatchMock], Probe]:
    return _retries(
        {"attempts": 2, "evaluateOnExit": [refused]}, {"attempts": 2, "evaluateOnExit": [accepted]}
    )


def _needs_gpu(count: str) -> dict[str, Any]:
    return {"resourceRequirements": needs(gpu=count)}


def _needs(vcpu: str, memory: str) -> dict[str, Any]:
    return {"resourceRequirements": needs(vcpu, memory)}


def _linux(**members: Any) -> dict[str, Any]:
    return {"linuxParameters": members}


def _efs(**members: Any) -> dict[str, Any]:
    return _volume(efsVolumeConfiguration={"fileSystemId": "fs-1"} | members)


def _volume(**members: Any) -> dict[str, Any]:
    return {
        "volumes": [{"name": "data"} | members],
        "mountPoints": [{"sourceVolume": "data", "containerPath": "/data"}],
    }


def _windows(vcpu: str, memory: str) -> dict[str, Any]:
    platform = {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE", "cpuArchitecture": "X86_64"}
    return _needs(vcpu, memory) | {"runtimePlatform": platform}


def _platform(version: str) -> dict[str, Any]:
    return {"fargatePlatformConfiguration": {"platformVersion": version}}


def _named(name: str, **changes: Any) -> dict[str, Any]:
    return a_container(name=name, **changes)


def _waits(condition: str) -> Request:
    waiting = _named("main", dependsOn=[{"containerName": "side", "condition": condition}])
    return runs_task(waiting, _named("side", essential=False))


def _on_managed_instances(**changes: Any) -> Request:
    return runs_task(_named("main"), on="MANAGED_INSTANCES", **changes)


def _pod_volume(**members: Any) -> Request:
    return runs_pod(volumes=[{"name": "data"} | members])


def _deregisters_nothing(mock: BatchMock) -> Probe:
    fill(mock, ("RegisterJobDefinition", dict(registers().params)))
    return Probe("DeregisterJobDefinition", {"jobDefinition": ""}, {"jobDefinition": "d:1"})


REFUSALS: Final[dict[str, Callable[[BatchMock], Probe]]] = {
    "err-016": _ec2({"networkConfiguration": {"assignPublicIp": "ENABLED"}}, {}),
    "err-017": _ec2(_needs("1", "1"), _needs("1", "4")),
    "err-018": _fargate(_needs("0.5", "1"), _needs("0.5", "1024")),
    "err-019": _fargate(_needs("2", "1024"), _needs("2", "4096")),
    "err-021": _retries({}, {"attempts": 1}),
    "err-031": _deregisters_nothing,
    "err-102": _registers(registers(jobDefinitionName="my definition")),
    "err-105": _ec2(
        {"resourceRequirements": [*needs(), {"type": "MEMORY", "value": "4096"}]},
        {"resourceRequirements": needs()},
    ),
    "err-106": _ec2(_needs_gpu("1.5"), _needs_gpu("1")),
    "err-107": _fargate(_needs_gpu("1"), _needs("1", "2048")),
    "err-109": _ec2({"vcpus": 1}, {}),
    "err-110": _retries({"attempts": 11}, {"attempts": 10}),
    "err-111": _evaluates({"action": "RETRY"}, {"action": "RETRY", "onReason": "*"}),
    "err-113": _evaluates(
        {"action": "RETRY", "onReason": "x" * 513}, {"action": "RETRY", "onReason": "x" * 512}
    ),
    "err-116": _registers(registers(containerProperties=None)),
    "err-117": _registers(registers(type="multinode", containerProperties=None), runs_nodes()),
    "err-121": _fargate(_needs("0.25", "4096"), _needs("0.25", "2048")),
    "err-122": _registers(
        registers(
            type="multinode",
            containerProperties=None,
            nodeProperties=nodes_of(),
            platformCapabilities=["FARGATE"],
        ),
        runs_nodes(),
    ),
    "err-123": _fargate({"privileged": True}, {"privileged": False}),
    "err-125": _fargate(
        {"logConfiguration": {"logDriver": "json-file"}}, {"logConfiguration": {"logDriver": "awslogs"}}
    ),
    "err-127": _fargate(_linux(sharedMemorySize=64), _linux(initProcessEnabled=True)),
    "err-131": _fargate(_volume(host={"sourcePath": "/mnt"}), _volume()),
    "err-132": _fargate(
        {"ephemeralStorage": {"sizeInGiB": 20}}, {"ephemeralStorage": {"sizeInGiB": 21}}
    ),
    "err-133": _fargate(_efs() | _platform("1.3.0"), _efs() | _platform("1.4.0")),
    "err-134": _registers(on_ec2(**_platform("LATEST")), on_fargate(**_platform("LATEST"))),
    "err-136": _fargate(
        {"runtimePlatform": {"operatingSystemFamily": "SOLARIS"}},
        {"runtimePlatform": {"operatingSystemFamily": "LINUX"}},
    ),
    "err-138": _fargate(_windows("0.5", "1024"), _windows("1", "2048")),
    "err-140": _ec2(
        _volume(s3filesVolumeConfiguration={"fileSystemArn": "arn:aws:s3files:::fs-1"}),
        _volume(s3filesVolumeConfiguration={"fileSystemArn": "arn:aws:s3files:::fs-1"})
        | {"jobRoleArn": ROLE},
    ),
    "err-141": _ec2(
        {"logConfiguration": {"logDriver": "awslogs", "options": {"foo": "1"}}},
        {"logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/g"}}},
    ),
    "err-143": _ec2(_linux(maxSwap=-1, swappiness=60), _linux(maxSwap=0, swappiness=60)),
    "err-144": _ec2(_linux(maxSwap=1), _linux(maxSwap=1, swappiness=60)),
    "err-145": _ec2(
        _linux(tmpfs=[{"containerPath": "/t", "size": 0}]),
        _linux(tmpfs=[{"containerPath": "/t", "size": 1}]),
    ),
    "err-148": _ec2(
        _efs(authorizationConfig={"iam": "ENABLED"}) | {"jobRoleArn": ROLE},
        _efs(authorizationConfig={"iam": "ENABLED"}, transitEncryption="ENABLED") | {"jobRoleArn": ROLE},
    ),
    "err-149": _ec2(
        _efs(
            authorizationConfig={"accessPointId": "fsap-1"},
            transitEncryption="ENABLED",
            rootDirectory="/x",
        ),
        _efs(
            authorizationConfig={"accessPointId": "fsap-1"},
            transitEncryption="ENABLED",
            rootDirectory="/",
        ),
    ),
    "err-152": _registers(registers(ecsProperties=a_task()), runs_task()),
    "err-155": _registers(runs_nodes(num_nodes=1001), runs_nodes(num_nodes=1000)),
    "err-157": _registers(
        runs_nodes(a_range("0:1", container=None), num_nodes=2), runs_nodes(a_range("0:1"), num_nodes=2)
    ),
    "err-161": _registers(
        runs_nodes(a_range("0:1"), a_range("3:")), runs_nodes(a_range("0:1"), a_range("2:"))
    ),
    "err-162": _registers(
        runs_nodes(a_range("0:", instanceTypes=["m5.large"])),
        runs_nodes(a_range("0:", container=None, ecsProperties=a_task(), instanceTypes=["m5.large"])),
    ),
    "err-163": _registers(
        runs_task(*(_named(f"c{n}") for n in range(11))),
        runs_task(*(_named(f"c{n}") for n in range(10))),
    ),
    "err-164": _registers(
        runs_task(_named("main", essential=False), _named("side", essential=False)),
        runs_task(_named("main", essential=True), _named("side", essential=False)),
    ),
    "err-166": _registers(_waits("HEALTHY"), _waits("SUCCESS")),
    "err-167": _registers(
        runs_task(_named("main", dependsOn=[{"containerName": "side", "condition": "START"}])),
        runs_task(_named("main")),
    ),
    "err-170": _registers(runs_task(pidMode="x"), runs_task(pidMode="task")),
    "err-172": _registers(
        registers(platformCapabilities=["MANAGED_INSTANCES"]), _on_managed_instances()
    ),
    "err-174": _registers(
        _on_managed_instances(runtimePlatform={"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}),
        _on_managed_instances(runtimePlatform={"operatingSystemFamily": "LINUX"}),
    ),
    "err-175": _registers(
        registers(containerProperties=None, eksProperties=a_pod(containers=[])), runs_pod()
    ),
    "err-176": _registers(
        asks_pod_for({"cpu": "1", "memory": "2G"}), asks_pod_for({"cpu": "1", "memory": "2048Mi"})
    ),
    "err-177": _registers(
        asks_pod_for({"cpu": "100m", "memory": "64Mi"}), asks_pod_for({"cpu": "0.25", "memory": "64Mi"})
    ),
    "err-178": _registers(
        asks_pod_for({"cpu": "1", "memory": "64Mi", "nvidia.com/gpu": "1.5"}),
        asks_pod_for({"cpu": "1", "memory": "64Mi", "nvidia.com/gpu": "1"}),
    ),
    "err-179": _registers(
        asks_pod_for({"cpu": "1", "memory": "64Mi"}, {"cpu": "2"}),
        asks_pod_for({"cpu": "2", "memory": "64Mi"}, {"cpu": "1"}),
    ),
    "err-180": _registers(runs_pod(dnsPolicy="None"), runs_pod(dnsPolicy="ClusterFirst")),
    "err-183": _registers(
        _pod_volume(emptyDir={"medium": "Disk", "sizeLimit": "100Mi"}),
        _pod_volume(emptyDir={"medium": "Memory", "sizeLimit": "100Mi"}),
    ),
    "err-184": _registers(
        runs_pod(a_pod_container(), metadata={"labels": {"-x": "1"}}),
        runs_pod(a_pod_container(), metadata={"labels": {"x": "1"}}),
    ),
    "err-191": _ec2({"user": "$(id"}, {"user": "id"}),
}
