"""Answers of describe calls, as `aws batch describe-… > FILE` and boto3 give them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pytest_batchmock.api import model
from pytest_batchmock.api.arns import parse_arn
from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.seeding.plan import KINDS, Kind, Members, Plan, Resource, Scope

_BY_LIST: Final = {kind.listed_as: kind for kind in KINDS}
_NOT_RESOURCES: Final = frozenset({"nextToken", "NextToken", "ResponseMetadata"})

# Members of a description that no request sets; `loading` sees to those that are kept as `state`.
_STATE: Final = ("status", "statusReason", "revision", "uuid", "ecsClusterArn", "updatePolicy")
_OF_THE_MOMENT: Final = frozenset(
    {"containerOrchestrationType", "availableQuantity", "inUseQuantity", "createdAt"}
)
_GONE: Final = frozenset({"DELETING", "DELETED"})


def is_dump(document: Mapping[str, Any]) -> bool:
    """Whether a document is the answer of a describe call, or several of them put together."""
    return any(name in _BY_LIST for name in document) or _single(document) is not None


def read(document: Mapping[str, Any], origin: str) -> Plan:
    """Take the resources out of an answer.

    Raises:
        MockUsageError: It holds something else too; or an entry is no description.
    """
    plan = Plan([], [])
    single = _single(document)
    if single is not None:
        _add(plan, single, document, origin)
        return plan
    unknown = [name for name in document if name not in _BY_LIST and name not in _NOT_RESOURCES]
    if unknown:
        raise MockUsageError(
            f"{origin}: {', '.join(unknown)} is nothing that can be seeded; a dump holds "
            f"{', '.join(_BY_LIST)}."
        )
    for listed_as, entries in document.items():
        if listed_as in _NOT_RESOURCES:
            continue
        if not isinstance(entries, list):
            raise MockUsageError(f"{origin}: {listed_as} is no list.")
        for number, entry in enumerate(entries):
            if not isinstance(entry, Mapping):
                raise MockUsageError(f"{origin}: {listed_as}[{number}] is no object.")
            _add(plan, _BY_LIST[listed_as], entry, f"{origin}: {listed_as}[{number}]")
    return plan


def _single(document: Mapping[str, Any]) -> Kind | None:
    """The kind of an answer that describes one resource, without a list around it."""
    for kind in KINDS:
        if kind.name_member != "name" and kind.name_member in document and kind.arn_member in document:
            return kind
    return None


def _add(plan: Plan, kind: Kind, entry: Mapping[str, Any], origin: str) -> None:
    name = entry.get(kind.name_member)
    if not isinstance(name, str):
        text = f"{origin} has no {kind.name_member}: it is no description of a {kind.title}."
        if "arn" in entry:
            text += " A list of ARNs is not enough: dump describe-scheduling-policies --arns …"
        raise MockUsageError(text)
    if entry.get("status") in _GONE:
        plan.left_out.append(f"{kind.title} {name}: it is {entry['status']}.")
        return
    accepted = model.operation(kind.operation).input_shape
    params: Members = {}
    state: Members = {}
    for member, value in entry.items():
        if member in _NOT_RESOURCES:
            continue
        if member in _STATE:
            state[member] = value
        elif member == "jobQueueArn" and kind.title == "quota share":
            params["jobQueue"] = value
        elif member == kind.arn_member or (
            (member in _OF_THE_MOMENT or value in ([], {}))  # an older model has no place for emptiness
            and accepted is not None
            and member not in accepted.members
        ):
            continue
        else:
            params[member] = value
    _forget_the_moment(kind, params)
    _set_aside(kind, params, state)
    plan.resources.append(Resource(kind, params, origin, _scope(entry.get(kind.arn_member)), state))


def _forget_the_moment(kind: Kind, params: Members) -> None:
    """Leave out what jobs of the account have made of it."""
    resources = params.get("computeResources")
    if kind.title == "compute environment" and isinstance(resources, Mapping):
        resources = dict(resources)
        resources.pop("desiredvCpus", None)
        params["computeResources"] = resources


def _set_aside(kind: Kind, params: Members, state: Members) -> None:
    """Keep as state what stands there, but could not be requested today."""
    tags = params.get("tags") or {}
    if isinstance(tags, Mapping) and any(
        name.lower().startswith("aws:") for name in tags
    ):  # CloudFormation's own
        state["tags"] = tags
        params["tags"] = {
            name: value for name, value in tags.items() if not name.lower().startswith("aws:")
        }
    resources = params.get("computeResources")
    if kind.title == "compute environment" and isinstance(resources, Mapping):
        resources = dict(resources)
        if "ec2Configuration" in resources:  # images of Amazon Linux 2 are refused by now
            state["ec2Configuration"] = resources.pop("ec2Configuration")
        params["computeResources"] = resources


def _scope(arn: object) -> Scope | None:
    parsed = parse_arn(arn) if isinstance(arn, str) else None
    return None if parsed is None else (parsed.account, parsed.region)
