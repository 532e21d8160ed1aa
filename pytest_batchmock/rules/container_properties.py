"""What RegisterJobDefinition refuses in an ECS container, wherever it stands and whatever it runs on.

Fargate and EC2 have their own: rules/container_fargate.py. Linux parameters and volumes, too.
"""

from __future__ import annotations

import re
from typing import Final

from pytest_batchmock.domain.requirements import thousandths
from pytest_batchmock.rules.definition_parts import (
    EC2,
    FARGATE,
    amount_of,
    containers,
    is_number,
    is_whole,
    platform,
)
from pytest_batchmock.rules.registry import Request, rule

REGISTER: Final = "RegisterJobDefinition"
MIN_MEMORY_MIB: Final = 4

_IMAGE: Final = re.compile(r"[A-Za-z0-9_:./#@-]{1,255}", re.ASCII)
_USER: Final = re.compile(r"[a-z0-9_][a-z0-9_-]{0,30}(:[a-z0-9_][a-z0-9_-]{0,30})?", re.ASCII)
_SECRET_ARN: Final = re.compile(r"arn:[^:]+:(secretsmanager|ssm):.+", re.ASCII)
_AWSLOGS_OPTIONS: Final = frozenset(
    {
        "awslogs-create-group",
        "awslogs-datetime-format",
        "awslogs-group",
        "awslogs-multiline-pattern",
        "awslogs-region",
        "awslogs-stream-prefix",
    }
)
_ULIMITS: Final = (
    "core",
    "cpu",
    "data",
    "fsize",
    "locks",
    "memlock",
    "msgqueue",
    "nice",
    "nofile",
    "nproc",
    "rss",
    "rtprio",
    "rttime",
    "sigpending",
    "stack",
)


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def a_container_has_an_image(request: Request) -> str | None:
    """Measured with empty containerProperties."""
    if any(not container.members.get("image") for container in containers(request.params)):
        return "ECS Container Image must be provided."
    return None


@rule(REGISTER, evidence="documented", source="API model, ContainerProperties.image", wrapped=True)
def an_image_has_plain_characters(request: Request) -> str | None:
    """1 to 255 letters, digits and ``-_:./#@``; the words of the refusal are ours."""
    for container in containers(request.params):
        if not _IMAGE.fullmatch(container.members["image"]):
            return "Container image should match a valid pattern."
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def a_resource_is_required_once_only(request: Request) -> str | None:
    """One entry of resourceRequirements a type."""
    for container in containers(request.params):
        kinds = [entry["type"] for entry in container.members.get("resourceRequirements") or ()]
        if len(set(kinds)) != len(kinds):
            return "Cannot provide duplicates in resourceRequirements."
    return None


@rule(REGISTER, evidence="observed", source="recorded answer", wrapped=True)
def deprecated_members_exclude_resource_requirements(request: Request) -> str | None:
    """vcpus with VCPU, memory with MEMORY."""
    for container in containers(request.params):
        for legacy, kind in (("vcpus", "VCPU"), ("memory", "MEMORY")):
            if container.members.get(legacy) is not None and amount_of(container.members, kind):
                return (
                    f"Cannot use both ECS containerProperties {legacy} and resourceRequirement {kind}."
                )
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def resource_requirements_are_numbers(request: Request) -> str | None:
    """Whole ones for GPU (measured) and MEMORY (follows it); VCPU may be a decimal."""
    for container in containers(request.params):
        for entry in container.members.get("resourceRequirements") or ():
            legible = is_number if entry["type"] == "VCPU" else is_whole
            if not legible(entry["value"]):
                return (
                    f"Value {entry['value']} for type {entry['type']} in resourceRequirement "
                    "is not valid. Please provide a numeric value."
                )
    return None


@rule(
    REGISTER,
    evidence="observed",
    source="answer of the service, quoted in a public report",
    wrapped=True,
)
def vcpus_on_ec2_are_whole(request: Request) -> str | None:
    """Only Fargate has fractions. Seen for 1.0: the text counts, not the number."""
    if platform(request.params) != EC2:
        return None
    for container in containers(request.params):
        vcpus = amount_of(container.members, "VCPU")
        if vcpus is not None and not is_whole(vcpus):
            return (
                f"Value {vcpus} for type VCPU in resourceRequirement is not valid. "
                "Please provide a numeric value."
            )
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def a_container_has_vcpus(request: Request) -> str | None:
    """By resourceRequirements, or by the deprecated member."""
    for container in containers(request.params):
        if amount_of(container.members, "VCPU", "vcpus") is None:
            return "vCPU is required."
    return None


@rule(REGISTER, evidence="documented", source="API model, ResourceRequirement.value", wrapped=True)
def a_container_has_memory(request: Request) -> str | None:
    """By resourceRequirements, or by the deprecated member; the words follow those for vCPUs."""
    for container in containers(request.params):
        if amount_of(container.members, "MEMORY", "memory") is None:
            return "Memory is required."
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def a_container_on_ec2_has_at_least_1_vcpu(request: Request) -> str | None:
    """Fargate has its own table of sizes, and managed instances have none."""
    if platform(request.params) != EC2:
        return None
    for container in containers(request.params):
        vcpus = amount_of(container.members, "VCPU", "vcpus")
        if vcpus is not None and thousandths(vcpus) < 1000:
            return f"vCPU must be at least 1, got {vcpus}."
    return None


@rule(REGISTER, evidence="observed", source="recorded answer", wrapped=True)
def a_container_has_at_least_4_mib(request: Request) -> str | None:
    """Fargate is refused by its table of sizes instead (recorded answer)."""
    if platform(request.params) == FARGATE:
        return None
    for container in containers(request.params):
        memory = amount_of(container.members, "MEMORY", "memory")
        if memory is not None and int(memory) < MIN_MEMORY_MIB:
            return f"Memory must be at least 4 Mib, got {memory} Mib."
    return None


@rule(REGISTER, evidence="documented", source="API model, ResourceRequirement.value", wrapped=True)
def a_container_asks_for_at_least_1_gpu(request: Request) -> str | None:
    """If it asks for GPUs at all; the words of the refusal are ours."""
    for container in containers(request.params):
        gpus = amount_of(container.members, "GPU")
        if gpus is not None and int(gpus) < 1:
            return f"GPU must be at least 1, got {gpus}."
    return None


@rule(
    REGISTER, evidence="documented", source="API model, ContainerProperties.instanceType", wrapped=True
)
def an_instance_type_is_for_multinode_jobs_only(request: Request) -> str | None:
    """Single-node definitions leave the choice to the environment; the words of the refusal are ours."""
    if request.params["type"] == "multinode":
        return None
    if (request.params.get("containerProperties") or {}).get("instanceType"):
        return "instanceType is only applicable for multi-node parallel jobs."
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def environment_variables_have_names(request: Request) -> str | None:
    """Every entry of ``environment``."""
    for container in containers(request.params):
        if any(not entry.get("name") for entry in container.members.get("environment") or ()):
            return "Environment variable name is required."
    return None


@rule(REGISTER, evidence="documented", source="API model, ContainerProperties.environment", wrapped=True)
def environment_names_do_not_start_with_aws_batch(request: Request) -> str | None:
    """The prefix belongs to the service; the words of the refusal are ours."""
    for container in containers(request.params):
        for entry in container.members.get("environment") or ():
            if entry["name"].startswith("AWS_BATCH"):
                return f"Environment variable {entry['name']} cannot start with AWS_BATCH."
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def secrets_need_an_execution_role(request: Request) -> str | None:
    """Secrets of the container and of its log configuration."""
    for members, task in containers(request.params):
        log_secrets = (members.get("logConfiguration") or {}).get("secretOptions")
        if (members.get("secrets") or log_secrets) and not task.get("executionRoleArn"):
            return "executionRoleArn cannot be empty when using secrets or secretOptions"
    return None


@rule(REGISTER, evidence="documented", source="API model, Secret.valueFrom", wrapped=True)
def a_secret_comes_from_secrets_manager_or_parameter_store(request: Request) -> str | None:
    """An ARN of one of the two, or the name of a parameter; the words of the refusal are ours."""
    for container in containers(request.params):
        log_secrets = (container.members.get("logConfiguration") or {}).get("secretOptions") or ()
        for secret in (*(container.members.get("secrets") or ()), *log_secrets):
            origin = secret["valueFrom"]
            if not origin or (origin.startswith("arn:") and not _SECRET_ARN.fullmatch(origin)):
                return f"Secret {secret['name']} has an invalid valueFrom: {origin}"
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def awslogs_has_known_options(request: Request) -> str | None:
    """The six options that the user guide lists."""
    for container in containers(request.params):
        log = container.members.get("logConfiguration") or {}
        if log.get("logDriver") != "awslogs":
            continue
        unknown = [name for name in log.get("options") or () if name not in _AWSLOGS_OPTIONS]
        if unknown:
            return f"Log driver awslogs disallows options: {', '.join(unknown)}"
    return None


@rule(REGISTER, evidence="observed", source="recorded answer", wrapped=True)
def a_user_matches_the_regex(request: Request) -> str | None:
    """A user or a uid, and perhaps a group."""
    for container in containers(request.params):
        user = container.members.get("user")
        if user and not _USER.fullmatch(user):
            return f"User '{user}' does not match regex"
    return None


@rule(REGISTER, evidence="documented", source="API model, Ulimit.name", wrapped=True)
def an_ulimit_is_a_known_one(request: Request) -> str | None:
    """The words of the refusal are ours."""
    for container in containers(request.params):
        for ulimit in container.members.get("ulimits") or ():
            if ulimit["name"] not in _ULIMITS:
                return f"ulimit {ulimit['name']} is not valid. Valid values are: [{', '.join(_ULIMITS)}]"
    return None
