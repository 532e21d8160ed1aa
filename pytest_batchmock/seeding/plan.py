"""What is to be created: one record a resource, in the members of the API."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

Members = dict[str, Any]
Scope = tuple[str, str]
"""An account and a region."""


class Kind(NamedTuple):
    """A kind of resource.

    Attributes:
        title: As people write it, in the singular.
        operation: The operation that creates one.
        name_member: The member that names it.
        arn_member: The member of a description that holds its ARN.
        listed_as: The member of a describe call's answer that lists descriptions.
        cloudformation: Its type in a template.
        terraform: Its type in a state.
        arn_kind: What stands before the name in its ARN.
    """

    title: str
    operation: str
    name_member: str
    arn_member: str
    listed_as: str
    cloudformation: str
    terraform: str
    arn_kind: str


def _kind(
    title: str, name: str, arn: str, plural: str, *, named: str, operation: str | None = None
) -> Kind:
    camel = title.title().replace(" ", "")
    return Kind(
        title,
        operation or f"Create{camel}",
        name,
        arn,
        plural,
        f"AWS::Batch::{named}",
        f"aws_batch_{title.replace(' ', '_')}",
        title.replace(" ", "-"),
    )


KINDS: Final = (
    _kind("scheduling policy", "name", "arn", "schedulingPolicies", named="SchedulingPolicy"),
    _kind(
        "consumable resource",
        "consumableResourceName",
        "consumableResourceArn",
        "consumableResources",
        named="ConsumableResource",
    ),
    _kind(
        "service environment",
        "serviceEnvironmentName",
        "serviceEnvironmentArn",
        "serviceEnvironments",
        named="ServiceEnvironment",
    ),
    _kind(
        "compute environment",
        "computeEnvironmentName",
        "computeEnvironmentArn",
        "computeEnvironments",
        named="ComputeEnvironment",
    ),
    _kind("job queue", "jobQueueName", "jobQueueArn", "jobQueues", named="JobQueue"),
    _kind("quota share", "quotaShareName", "quotaShareArn", "quotaShares", named="QuotaShare"),
    _kind(
        "job definition",
        "jobDefinitionName",
        "jobDefinitionArn",
        "jobDefinitions",
        named="JobDefinition",
        operation="RegisterJobDefinition",
    ),
)
"""In the order of creation: what a kind refers to comes before it."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource that is to be created.

    Attributes:
        kind: What it is.
        params: The request that creates it.
        origin: Where it comes from, for messages: a file, and its name in there.
        scope: The account and region of its ARN; None if it had none.
        state: Of its description, what no request can say: by the name of the member.
    """

    kind: Kind
    params: Members
    origin: str
    scope: Scope | None = None
    state: Members = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.params[self.kind.name_member])


@dataclass(frozen=True, slots=True)
class Plan:
    """What documents hold.

    Attributes:
        resources: What is to be created.
        left_out: What is not, each with the reason.
    """

    resources: list[Resource]
    left_out: list[str]
