"""What several subjects ask of a request. No rule lives here.

The service takes names and ARNs alike for most resources; `find` takes both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from pytest_batchmock.domain import status
from pytest_batchmock.domain.compute_environment import EC2_TYPES, FARGATE_TYPES, MANAGED_INSTANCES
from pytest_batchmock.rules.registry import Request

MEASURED: Final = "measured (cdk-preflight)"
RECORDED: Final = "recorded answer"

SERVICE_LINKED_ROLE: Final = "AWSServiceRoleForBatch"
BUSY: Final = frozenset({status.CREATING, status.UPDATING, status.DELETING})

_REMOVED_BY_EMPTY_TEXT: Final = frozenset({"imageId", "ec2KeyPair"})
_NO_CHANGE_IF_EMPTY_ON_FARGATE: Final = frozenset({"subnets", "securityGroupIds"})


def given(members: Mapping[str, Any], name: str) -> bool:
    """Whether a member is there and not empty. Zero and False are values; "", [] and {} are not."""
    return members.get(name) not in (None, "", [], {})


def name_in(reference: str) -> str:
    """The name in a reference to a resource: the reference itself, or the last part of an ARN."""
    return reference.rpartition("/")[2] if reference.startswith("arn:") else reference


def find(request: Request, kind: str, reference: str) -> Any:
    """The resource of an ARN kind that a name or ARN refers to, or None.

    An ARN of another account or Region refers to nothing here.
    """
    name = name_in(reference)
    if reference.startswith("arn:") and reference != request.region.arn(f"{kind}/{name}"):
        return None
    return request.region.resources(kind).get(name)


def arn_of(request: Request, kind: str, reference: str) -> str:
    """The ARN that a reference means, whether the resource exists or not."""
    return reference if reference.startswith("arn:") else str(request.region.arn(f"{kind}/{reference}"))


def does_not_exist(request: Request, kind: str, reference: str) -> str | None:
    """The refusal of a reference to nothing, in the words of a recorded answer."""
    if find(request, kind, reference) is None:
        return f"{arn_of(request, kind, reference)} does not exist"
    return None


def is_unmanaged(request: Request) -> bool:
    """Whether the compute environment at hand is UNMANAGED."""
    if request.target is not None:
        return bool(request.target.type == "UNMANAGED")
    return bool(request.params.get("type") == "UNMANAGED")


def is_eks(request: Request) -> bool:
    """Whether the compute environment at hand runs on an EKS cluster."""
    if request.target is not None:
        return bool(request.target.orchestration == "EKS")
    return given(request.params, "eksConfiguration")


def sent_resources(request: Request) -> Mapping[str, Any]:
    """``computeResources`` as the request holds it."""
    return request.params.get("computeResources") or {}


def sent_ec2_configurations(request: Request) -> Iterable[Mapping[str, Any]]:
    """The entries of ``ec2Configuration`` in the request."""
    return sent_resources(request).get("ec2Configuration") or ()


def sent_launch_templates(request: Request) -> Iterator[Mapping[str, Any]]:
    """The launch template in the request, and those that override it for some instance types."""
    template = sent_resources(request).get("launchTemplate")
    if template is not None:
        yield template
        yield from template.get("overrides") or ()


def resources(request: Request) -> Mapping[str, Any]:
    """``computeResources`` as it will be: as sent, or, in an update, merged into the present one."""
    sent = sent_resources(request)
    if request.target is None:
        return sent
    merged = dict(request.target.resources)
    on_fargate = sent.get("type", merged.get("type")) in FARGATE_TYPES
    for name, value in sent.items():
        if _removes(name, value):
            merged.pop(name, None)
        elif not (on_fargate and value == [] and name in _NO_CHANGE_IF_EMPTY_ON_FARGATE):
            merged[name] = value
    return merged


def _removes(name: str, value: Any) -> bool:
    """Whether a member of an update takes the present value away."""
    if name == "launchTemplate":
        return removes_launch_template(value)
    return value == "" and name in _REMOVED_BY_EMPTY_TEXT


def removes_launch_template(template: Mapping[str, Any]) -> bool:
    """Whether a ``launchTemplate`` of an update removes the present one: its id or name is ""."""
    named = [template[name] for name in ("launchTemplateId", "launchTemplateName") if name in template]
    return bool(named) and not any(named)


def resource_type(request: Request) -> str | None:
    """The type the environment's resources will have; None if it is UNMANAGED or has none."""
    if is_unmanaged(request):
        return None
    found = resources(request).get("type")
    return None if found is None else str(found)


def is_ec2(request: Request) -> bool:
    """Whether the environment launches EC2 instances itself: EC2 or SPOT."""
    return resource_type(request) in EC2_TYPES


def is_fargate(request: Request) -> bool:
    """Whether the environment runs on Fargate."""
    return resource_type(request) in FARGATE_TYPES


def is_managed_instances(request: Request) -> bool:
    """Whether the environment runs on ECS managed instances."""
    return resource_type(request) == MANAGED_INSTANCES


def is_service_linked(role: str) -> bool:
    """Whether a role, by name or ARN, is the service-linked role of Batch."""
    return role.rpartition("/")[2] == SERVICE_LINKED_ROLE


def first_repeated(values: Iterable[Any]) -> Any:
    """The first value that comes a second time, or None."""
    seen = set()
    for value in values:
        if value in seen:
            return value
        seen.add(value)
    return None


def queue_service_environments(queue: Any) -> list[str]:
    """The names of the service environments of a job queue."""
    order = queue.request.get("serviceEnvironmentOrder") or ()
    return [name_in(str(entry["serviceEnvironment"])) for entry in order]
