"""Resources for tests that need some, and do not care which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pytest_batchmock.errors import BatchError, MockUsageError

Call = Callable[[str, dict[str, Any]], dict[str, Any]]

_TAKEN = "Object already exists"
_ROLE = "arn:aws:iam::123456789012:role/"


@dataclass(frozen=True, slots=True)
class Defaults:
    """The names of what `defaults` made.

    Attributes:
        compute_environment: The name of the environment.
        job_queue: The name of the queue.
        job_definition: The name of the definition.
    """

    compute_environment: str
    job_queue: str
    job_definition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedDefaults:
    """What `BatchMockLike.defaults` was asked for; the attributes are documented there."""

    name: str
    spot: bool
    fargate: bool
    max_vcpus: int
    vcpus: float
    memory: int
    image: str
    command: list[str] | None
    retries: int | None
    timeout_seconds: int | None


def make_defaults(
    wanted: WantedDefaults,
    call: Call,
    settle: Callable[[], None],
) -> Defaults:
    """Create an environment, a queue and a definition through the API, all of one name.

    `settle` lets a resource become VALID: no queue takes an environment that is not.

    Raises:
        MockUsageError: A value is of a wrong type, or the name is taken.
        BatchError: The service would refuse the values.
    """
    name, spot, fargate, max_vcpus = wanted.name, wanted.spot, wanted.fargate, wanted.max_vcpus
    vcpus, memory = wanted.vcpus, wanted.memory
    for word, value in (("max_vcpus", max_vcpus), ("vcpus", vcpus), ("memory", memory)):
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise MockUsageError(f"{word}={value!r}: give a number.")
    for word, flag in (("spot", spot), ("fargate", fargate)):
        if not isinstance(flag, bool):
            raise MockUsageError(f"{word}={flag!r}: give True or False.")
    if max_vcpus < 1:
        raise MockUsageError(f"max_vcpus={max_vcpus!r}: it must be at least 1.")
    _create(
        call,
        "CreateComputeEnvironment",
        {
            "computeEnvironmentName": name,
            "type": "MANAGED",
            "computeResources": _resources(spot=spot, fargate=fargate, max_vcpus=max_vcpus),
        },
    )
    settle()
    _create(
        call,
        "CreateJobQueue",
        {
            "jobQueueName": name,
            "priority": 1,
            "computeEnvironmentOrder": [{"order": 1, "computeEnvironment": name}],
        },
    )
    settle()
    container: dict[str, Any] = {
        "image": wanted.image,
        "command": ["true"] if wanted.command is None else wanted.command,
        "resourceRequirements": [
            {"type": "VCPU", "value": f"{vcpus:g}"},
            {"type": "MEMORY", "value": str(memory)},
        ],
    }
    definition: dict[str, Any] = {
        "jobDefinitionName": name,
        "type": "container",
        "containerProperties": container,
    }
    if fargate:
        container["executionRoleArn"] = _ROLE + "ecsTaskExecutionRole"
        definition["platformCapabilities"] = ["FARGATE"]
    if wanted.retries is not None:
        definition["retryStrategy"] = {"attempts": wanted.retries}
    if wanted.timeout_seconds is not None:
        definition["timeout"] = {"attemptDurationSeconds": wanted.timeout_seconds}
    call("RegisterJobDefinition", definition)
    return Defaults(name, name, name)


def _create(call: Call, operation: str, params: dict[str, Any]) -> None:
    """Create a resource; that its name is taken is told as what a test has to change."""
    try:
        call(operation, params)
    except BatchError as error:
        if error.message != _TAKEN:
            raise
        name = next(iter(params.values()))
        what = "a queue" if operation == "CreateJobQueue" else "an environment"
        raise MockUsageError(
            f"defaults(name={name!r}): {what} of that name is there already. Call defaults() once, or "
            "give another name=."
        ) from error


def _resources(*, spot: bool, fargate: bool, max_vcpus: int) -> dict[str, Any]:
    resources: dict[str, Any] = {
        "type": ("FARGATE_SPOT" if spot else "FARGATE") if fargate else ("SPOT" if spot else "EC2"),
        "maxvCpus": max_vcpus,
        "subnets": ["subnet-0a1b2c3d", "subnet-4b2c3d4e"],
        "securityGroupIds": ["sg-0a1b2c3d"],
    }
    if not fargate:
        strategy = "SPOT_CAPACITY_OPTIMIZED" if spot else "BEST_FIT_PROGRESSIVE"
        resources.update(
            minvCpus=0,
            instanceTypes=["m7a"],
            instanceRole="arn:aws:iam::123456789012:instance-profile/ecsInstanceRole",
            allocationStrategy=strategy,
        )
    return resources
