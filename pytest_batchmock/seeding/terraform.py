"""Terraform states: a state file of version 4, and what `terraform show -json` prints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pytest_batchmock.api.arns import parse_arn
from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.seeding import members
from pytest_batchmock.seeding.plan import KINDS, Kind, Plan, Resource

_BY_TYPE: Final = {kind.terraform: kind for kind in KINDS}

# What the provider calls otherwise than the API does.
_RENAMED: Final = {
    "instance_type": "instance_types",
    "job_state_time_limit_action": "job_state_time_limit_actions",
}
# What the provider computes, or keeps for itself.
_OWN: Final = frozenset(
    {
        "id",
        "arn",
        "arn_prefix",
        "status",
        "status_reason",
        "ecs_cluster_arn",
        "tags",
        "tags_all",
        "timeouts",
        "revision",
        "deregister_on_new_revision",
        "name_prefix",
        "compute_environment_name_prefix",
        "region",
        "update_policy",
        "compute_environments",
    }
)


def is_state(document: Mapping[str, Any]) -> bool:
    """Whether a document is a state."""
    return "terraform_version" in document


def read(document: Mapping[str, Any], origin: str) -> Plan:
    """Take the Batch resources out of a state.

    Raises:
        MockUsageError: There are none, or one holds what AWS Batch does not know.
    """
    plan = Plan([], [])
    for kind, address, attributes in _entries(document, origin):
        where = f"{origin}: {address}"
        given = {
            _RENAMED.get(name, name): value for name, value in attributes.items() if name not in _OWN
        }
        if kind.title == "compute environment":
            given["compute_resources"] = _resources(given.get("compute_resources"))
        name = given.pop("name", None) or given.pop("compute_environment_name", None)
        if kind.title == "job queue" and not given.get("compute_environment_order"):
            given["compute_environment_order"] = [
                {"order": number, "compute_environment": entry}
                for number, entry in enumerate(_list(attributes, "compute_environments", where))
            ]
        params = members.request(kind, given, where, sparse=True)
        params[kind.name_member] = name
        tags = attributes.get("tags_all") or attributes.get("tags")
        if tags:
            params["tags"] = dict(_object(tags, f"{where}: tags"))
        parsed = parse_arn(str(attributes.get("arn")))
        state = {"revision": attributes["revision"]} if attributes.get("revision") else {}
        scope = None if parsed is None else (parsed.account, parsed.region)
        plan.resources.append(Resource(kind, params, where, scope, state))
    if not plan.resources:
        raise MockUsageError(f"{origin} is a Terraform state without any aws_batch_… resource.")
    return plan


def _resources(given: Any) -> Any:
    """Compute resources; a percentage of 0 is Terraform's way to say that none was given."""
    block = given[0] if isinstance(given, list) and given else given
    if not isinstance(block, Mapping):
        return None
    named = {_RENAMED.get(name, name): value for name, value in block.items()}
    if not named.get("bid_percentage"):
        named.pop("bid_percentage", None)
    named.pop("desired_vcpus", None)
    return named


def _entries(document: Mapping[str, Any], origin: str) -> Iterator[tuple[Kind, str, Mapping[str, Any]]]:
    values = document.get("values")
    if isinstance(values, Mapping):
        yield from _of_module(_object(values.get("root_module") or {}, f"{origin}: root_module"), origin)
        return
    for resource in _objects(document, "resources", origin):
        kind = _kind_of(resource)
        if kind is None:
            continue
        address = f"{resource['type']}.{resource.get('name')}"
        for instance in _objects(resource, "instances", f"{origin}: {address}"):
            where = f"{address}[{instance['index_key']!r}]" if "index_key" in instance else address
            yield kind, where, _object(instance.get("attributes"), f"{origin}: {where}: attributes")


def _of_module(module: Mapping[str, Any], origin: str) -> Iterator[tuple[Kind, str, Mapping[str, Any]]]:
    for resource in _objects(module, "resources", origin):
        kind = _kind_of(resource)
        if kind is not None:
            address = str(resource.get("address"))
            yield kind, address, _object(resource.get("values"), f"{origin}: {address}: values")
    for child in _objects(module, "child_modules", origin):
        yield from _of_module(child, origin)


def _kind_of(resource: Mapping[str, Any]) -> Kind | None:
    """What kind of Batch resource it is; None for others, and for what Terraform only reads."""
    return None if resource.get("mode") == "data" else _BY_TYPE.get(str(resource.get("type")))


def _objects(holder: Mapping[str, Any], name: str, origin: str) -> list[Mapping[str, Any]]:
    entries = _list(holder, name, origin)
    return [_object(entry, f"{origin}: {name}[{at}]") for at, entry in enumerate(entries)]


def _list(holder: Mapping[str, Any], name: str, origin: str) -> list[Any]:
    entries = holder.get(name) or []
    if not isinstance(entries, list):
        raise MockUsageError(f"{origin}: {name} is no list.")
    return entries


def _object(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise MockUsageError(f"{where} is no object.")
    return value
