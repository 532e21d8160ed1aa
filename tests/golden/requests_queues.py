"""The requests of the recorded refusals: queues, scheduling policies and service environments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from rules.builders import (
    a_compute_environment,
    a_limit,
    a_queue,
    a_service_environment,
    a_time_limit_action,
    a_training_queue,
    an_order,
)

from pytest_batchmock import BatchMock

from .entries import Probe, fill


def _queues(
    refused: dict[str, Any], accepted: dict[str, Any], *before: tuple[str, dict[str, Any]]
) -> Callable[[BatchMock], Probe]:
    """Two CreateJobQueue where four environments and two service environments exist."""

    def prepare(mock: BatchMock) -> Probe:
        for number in ("", "2", "3", "4"):
            environment = a_compute_environment(computeEnvironmentName=f"ce{number}")
            fill(mock, ("CreateComputeEnvironment", environment))
        for number in ("", "2"):
            service_environment = a_service_environment(serviceEnvironmentName=f"se{number}")
            fill(mock, ("CreateServiceEnvironment", service_environment))
        fill(mock, *before)
        return Probe("CreateJobQueue", refused, accepted)

    return prepare


def _acts(**changes: Any) -> list[dict[str, Any]]:
    return [a_time_limit_action(**changes)]


def _trains_on(*names: str) -> list[dict[str, Any]]:
    return [{"order": n, "serviceEnvironment": name} for n, name in enumerate(names, start=1)]


def _policies(
    refused: list[dict[str, Any]], accepted: list[dict[str, Any]]
) -> Callable[[BatchMock], Probe]:
    def params(shares: list[dict[str, Any]]) -> dict[str, Any]:
        return {"name": "fair", "fairsharePolicy": {"shareDistribution": shares}}

    return lambda mock: Probe("CreateSchedulingPolicy", params(refused), params(accepted))


def _shares(*identifiers: str) -> list[dict[str, Any]]:
    return [{"shareIdentifier": name} for name in identifiers]


def _service_environments(
    refused: list[dict[str, Any]], accepted: list[dict[str, Any]]
) -> Callable[[BatchMock], Probe]:
    return lambda mock: Probe(
        "CreateServiceEnvironment",
        a_service_environment(capacityLimits=refused),
        a_service_environment(capacityLimits=accepted),
    )


_FAIR: Final = ("CreateSchedulingPolicy", {"name": "fair", "fairsharePolicy": {}})
_QUOTA: Final = (
    "CreateSchedulingPolicy",
    {"name": "quota", "quotaSharePolicy": {"idleResourceAssignmentStrategy": "FIFO"}},
)
_POLICY: Final = "arn:aws:batch:us-east-1:123456789012:scheduling-policy/"
_TYPES: Final = [a_limit(f"ml.m6i.{size}xlarge") for size in ("", "2", "4", "8", "12", "16")]

REFUSALS: Final[dict[str, Callable[[BatchMock], Probe]]] = {
    "err-072": _queues(a_queue(computeEnvironmentOrder=[]), a_queue()),
    "err-073": _queues(
        a_queue(computeEnvironmentOrder=an_order("ce", "ce2", "ce3", "ce4")),
        a_queue(computeEnvironmentOrder=an_order("ce", "ce2", "ce3")),
    ),
    "err-074": _queues(
        a_queue(
            computeEnvironmentOrder=[
                {"order": 1, "computeEnvironment": "ce"},
                {"order": 1, "computeEnvironment": "ce2"},
            ]
        ),
        a_queue(computeEnvironmentOrder=an_order("ce", "ce2")),
    ),
    "err-077": _queues(a_queue(computeEnvironmentOrder=an_order("missing")), a_queue()),
    "err-078": _queues(
        a_queue(schedulingPolicyArn=_POLICY + "missing"),
        a_queue(schedulingPolicyArn=_POLICY + "fair"),
        _FAIR,
    ),
    "err-080": _queues(
        a_queue(jobStateTimeLimitActions=_acts(action="TERMINATE")),
        a_queue(jobStateTimeLimitActions=_acts(action="CANCEL")),
    ),
    "err-083": _queues(
        a_training_queue(jobStateTimeLimitActions=_acts(action="CANCEL")),
        a_training_queue(jobStateTimeLimitActions=_acts(action="TERMINATE")),
    ),
    "err-085": _queues(a_training_queue(jobQueueType="ECS"), a_training_queue()),
    "err-086": _queues(
        a_training_queue(serviceEnvironmentOrder=_trains_on("se", "se2")),
        a_training_queue(serviceEnvironmentOrder=_trains_on("se2")),
    ),
    "err-087": _queues(
        a_training_queue(serviceEnvironmentOrder=_trains_on("missing")), a_training_queue()
    ),
    "err-088": _queues(
        a_queue(schedulingPolicyArn=_POLICY + "quota"),
        a_queue(schedulingPolicyArn=_POLICY + "fair"),
        _FAIR,
        _QUOTA,
    ),
    "err-089": lambda mock: Probe(
        "CreateSchedulingPolicy", {"name": "my policy"}, {"name": "my_policy"}
    ),
    "err-090": _policies(_shares("blue", "blue"), _shares("blue", "green")),
    "err-092": _policies(_shares("bl*e"), _shares("blue*")),
    "err-093": _policies(
        [{"shareIdentifier": "blue", "weightFactor": 1000}],
        [{"shareIdentifier": "blue", "weightFactor": 999.5}],
    ),
    "err-094": _policies(
        _shares(*(f"share{n:03}" for n in range(501))), _shares(*(f"share{n:03}" for n in range(500)))
    ),
    "err-099": _service_environments(_TYPES, _TYPES[:5]),
    "err-100": _service_environments([a_limit(maximum=0)], [a_limit(maximum=1)]),
    "err-101": _service_environments([a_limit(), a_limit("ml.m6i.xlarge")], [a_limit("ml.m6i.xlarge")]),
}
