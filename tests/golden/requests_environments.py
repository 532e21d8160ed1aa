"""The requests of the recorded refusals: compute environments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from rules.builders import (
    FLEET_ROLE,
    SERVICE_LINKED_ROLE,
    a_compute_environment,
    a_queue,
    an_eks_environment,
    an_unmanaged_environment,
    ec2,
    fargate,
    spot,
)

from pytest_batchmock import BatchMock

from .entries import Probe, fill

_CREATE: Final = "CreateComputeEnvironment"


def _creates(refused: dict[str, Any], accepted: dict[str, Any]) -> Callable[[BatchMock], Probe]:
    return lambda mock: Probe(_CREATE, refused, accepted)


def _resources(refused: dict[str, Any], accepted: dict[str, Any]) -> Callable[[BatchMock], Probe]:
    return _creates(
        a_compute_environment(computeResources=refused),
        a_compute_environment(computeResources=accepted),
    )


def _templates(refused: dict[str, Any], accepted: dict[str, Any]) -> Callable[[BatchMock], Probe]:
    types = ["m5.large", "c5.large"]
    return _resources(
        ec2(instanceTypes=types, launchTemplate=refused),
        ec2(instanceTypes=types, launchTemplate=accepted),
    )


def _override(*targets: str, **changes: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"launchTemplateName": "small"} | changes
    if targets:
        entry["targetInstanceTypes"] = list(targets)
    return {"launchTemplateName": "base", "overrides": [entry]}


def _deletes_while_updating(mock: BatchMock) -> Probe:
    fill(
        mock,
        (_CREATE, a_compute_environment()),
        (_CREATE, a_compute_environment(computeEnvironmentName="settled")),
    )
    mock.advance("1m")
    disable: dict[str, Any] = {"computeEnvironment": "settled", "state": "DISABLED"}
    fill(mock, ("UpdateComputeEnvironment", disable))
    mock.advance("1m")
    fill(mock, ("UpdateComputeEnvironment", {"computeEnvironment": "ce", "state": "DISABLED"}))
    operation = "DeleteComputeEnvironment"
    return Probe(operation, {"computeEnvironment": "ce"}, {"computeEnvironment": "settled"})


def _scales_down(mock: BatchMock) -> Probe:
    resources = ec2(allocationStrategy="BEST_FIT_PROGRESSIVE", desiredvCpus=8)
    fill(mock, (_CREATE, a_compute_environment(computeResources=resources)))

    def wants(vcpus: int) -> dict[str, Any]:
        return {"computeEnvironment": "ce", "computeResources": {"desiredvCpus": vcpus}}

    return Probe("UpdateComputeEnvironment", wants(4), wants(9))


def _describes_names_in_pages(mock: BatchMock) -> Probe:
    both = {"computeEnvironments": ["ce"], "maxResults": 1}
    return Probe("DescribeComputeEnvironments", both, {"maxResults": 1})


def _updates_a_deleted_queue(mock: BatchMock) -> Probe:
    fill(
        mock,
        (_CREATE, a_compute_environment()),
        ("CreateJobQueue", a_queue()),
        ("CreateJobQueue", a_queue(jobQueueName="kept")),
        ("UpdateJobQueue", {"jobQueue": "q", "state": "DISABLED"}),
        ("DeleteJobQueue", {"jobQueue": "q"}),
    )
    return Probe(
        "UpdateJobQueue",
        {"jobQueue": "q", "state": "DISABLED"},
        {"jobQueue": "kept", "state": "DISABLED"},
    )


REFUSALS: Final[dict[str, Callable[[BatchMock], Probe]]] = {
    "err-022": _resources(fargate(desiredvCpus=4), fargate()),
    "err-023": _resources(fargate(tags={"team": "a"}), fargate()),
    "err-024": _resources(ec2(instanceTypes=["m5.tiny"]), ec2(instanceTypes=["m5.large"])),
    "err-026": _describes_names_in_pages,
    "err-028": _deletes_while_updating,
    "err-029": _updates_a_deleted_queue,
    "err-035": _resources(ec2(desiredvCpus=17), ec2(desiredvCpus=16)),
    "err-036": _resources(ec2(minvCpus=-1), ec2(minvCpus=0)),
    "err-037": _resources(spot(bidPercentage=101), spot(bidPercentage=100)),
    "err-039": _resources(ec2(instanceTypes=[]), ec2()),
    "err-044": _resources(fargate(allocationStrategy="BEST_FIT_PROGRESSIVE"), fargate()),
    "err-045": _resources(
        spot(allocationStrategy="BEST_FIT_PROGRESSIVE_ORDERED", instanceTypes=["m5.large"]),
        ec2(allocationStrategy="BEST_FIT_PROGRESSIVE_ORDERED", instanceTypes=["m5.large"]),
    ),
    "err-046": _resources(
        ec2(allocationStrategy="BEST_FIT_PROGRESSIVE_ORDERED", instanceTypes=["optimal"]),
        ec2(allocationStrategy="BEST_FIT_PROGRESSIVE_ORDERED", instanceTypes=["m5"]),
    ),
    "err-047": _creates(a_compute_environment(state="DISABLED"), a_compute_environment(state="ENABLED")),
    "err-048": _resources(
        spot(allocationStrategy=None), spot(allocationStrategy=None, spotIamFleetRole=FLEET_ROLE)
    ),
    "err-049": _creates(an_unmanaged_environment(serviceRole=None), an_unmanaged_environment()),
    "err-050": _creates(
        an_unmanaged_environment(serviceRole=SERVICE_LINKED_ROLE), an_unmanaged_environment()
    ),
    "err-051": _creates(
        a_compute_environment(unmanagedvCpus=4), an_unmanaged_environment(unmanagedvCpus=4)
    ),
    "err-053": _resources(
        ec2(ec2Configuration=[{"imageType": "EKS_AL2023"}]),
        ec2(ec2Configuration=[{"imageType": "ECS_AL2023"}]),
    ),
    "err-054": _templates(
        {"launchTemplateId": "lt-1", "launchTemplateName": "base"}, {"launchTemplateName": "base"}
    ),
    "err-057": _templates(_override(), _override("m5.large")),
    "err-059": _templates(_override("r5.large"), _override("c5.large")),
    "err-060": _templates(
        _override("m5.large", launchTemplateId="lt-1"), _override("m5.large", version="2")
    ),
    "err-063": _creates(
        an_eks_environment(resources={"allocationStrategy": None}),
        an_eks_environment(resources={"allocationStrategy": "BEST_FIT_PROGRESSIVE"}),
    ),
    "err-064": _creates(an_eks_environment(computeResources=fargate()), an_eks_environment()),
    "err-068": _creates(
        an_eks_environment({"kubernetesNamespace": "kube-jobs"}),
        an_eks_environment({"kubernetesNamespace": "cube-jobs"}),
    ),
    "err-185": _scales_down,
}
