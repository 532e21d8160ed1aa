"""Create, describe, update and delete compute environments."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from pytest_batchmock.api import pagination, resolve
from pytest_batchmock.api.call import Call
from pytest_batchmock.api.views.compute_environment import compute_environment_detail
from pytest_batchmock.domain.compute_environment import EC2_TYPES, ComputeEnvironment
from pytest_batchmock.domain.ids import arn, keyed_uuid
from pytest_batchmock.engine import fleet
from pytest_batchmock.engine import resources as life

_GPU_FAMILY: Final = re.compile(r"(?:p|g|gr)\d", re.ASCII)

_SCALING: Final = frozenset({"desiredvCpus", "maxvCpus", "minvCpus"})
"""A change of any other member makes an infrastructure update of it (user guide, scaling-updates)."""

# Members of an update's computeResources that an empty text removes (API model).
_REMOVABLE: Final = ("imageId", "ec2KeyPair", "placementGroup")

# Members of which an update may send a part; the rest of them stays (API model: none of the members of
# their shapes for updates is required, and some cannot be sent at all).
_MERGED: Final = (
    "managedInstancesProvider",
    "instanceLaunchTemplate",
    "eksConfiguration",
    "updatePolicy",
)


def create_compute_environment(call: Call) -> dict[str, Any]:
    """Create an environment: CREATING, then VALID."""
    call.enforce()
    given: dict[str, Any] = json.loads(json.dumps(call.params))
    region = call.region
    name = given.pop("computeEnvironmentName")
    seed, entity = call.engine.seed, f"{region.account}/{region.name}/{region.created}/{name}"
    service_linked = "role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch"
    default_role = arn("iam", region.name, region.account, service_linked).replace(region.name, "", 1)
    role = given.pop("serviceRole", None) or default_role
    cluster_uuid = keyed_uuid(seed, "cluster", entity, version=3)
    # Recorded: the name of the cluster tells whose role made it.
    cluster = f"AWSBatch-{name}-{cluster_uuid}"
    if not role.endswith("AWSServiceRoleForBatch"):
        cluster = f"{name}_Batch_{cluster_uuid}"
    resources = given.pop("computeResources", {})
    _fill(resources, eks="eksConfiguration" in given)
    _drop_what_only_the_service_says(given, resources)
    given.pop("state", None)
    environment = ComputeEnvironment(
        key=region.created,
        name=name,
        arn=region.arn(f"compute-environment/{name}"),
        type=given.pop("type"),
        resources=resources,
        tags=given.pop("tags", {}),
        request=given,
        service_role=role,
        ecs_cluster_arn=arn("ecs", region.name, region.account, f"cluster/{cluster}"),
        uuid=keyed_uuid(seed, "compute-environment", entity, version=3),
        created_at_ms=call.engine.now_ms,
    )
    life.create(call.engine, region, environment)
    return _named(environment)


def describe_compute_environments(call: Call) -> dict[str, Any]:
    """List environments, all or the named ones; unknown names are left out."""
    call.enforce()
    named = call.params.get("computeEnvironments")
    if named:
        found = [resolve.find_compute_environment(call, given) for given in named]
        chosen = [entry for entry in dict.fromkeys(found) if entry is not None]
        return {"computeEnvironments": [compute_environment_detail(entry) for entry in chosen]}
    chosen, token = pagination.page(
        list(call.region.compute_environments.values()),
        call.params,
        operation=call.operation,
        maximum=100,
        key=lambda entry: entry.key,
    )
    listed = [compute_environment_detail(entry) for entry in chosen]
    return pagination.answer("computeEnvironments", listed, token)


def update_compute_environment(call: Call) -> dict[str, Any]:
    """Apply what was sent, and nothing else: UPDATING, then VALID."""
    environment = resolve.compute_environment_to_change(call, call.params["computeEnvironment"])
    call.enforce(target=environment)
    given: dict[str, Any] = json.loads(json.dumps(call.params))
    del given["computeEnvironment"]
    environment.state = given.pop("state", environment.state)
    environment.service_role = given.pop("serviceRole", environment.service_role)
    resources = given.pop("computeResources", {})
    # A request to move to the newest image, not a property of the environment.
    replaces = bool(resources.pop("updateToLatestImageVersion", None))
    before = dict(environment.resources)
    on_fargate = environment.platform == "FARGATE"
    if on_fargate:
        given.pop("updatePolicy", None)  # documented: ignored there (API model, UpdatePolicy)
    _drop_what_only_the_service_says(given, resources)
    _merge(environment.resources, resources, on_fargate=on_fargate)
    if "ec2Configuration" in resources:
        _fill(environment.resources, eks=environment.orchestration == "EKS")
    if any(environment.resources.get(name) != before.get(name) for name in resources.keys() - _SCALING):
        replaces = True
    for name, value in given.items():
        environment.request[name] = _merged(name, environment.request.get(name), value)
    fleet.environment_updated(call.engine, environment, replaces=replaces)
    life.update(call.engine, call.region, environment)
    return _named(environment)


def delete_compute_environment(call: Call) -> dict[str, Any]:
    """Delete an environment; deleting an unknown one succeeds (inferred)."""
    environment = resolve.find_compute_environment(call, call.params["computeEnvironment"])
    if environment is not None:
        call.enforce(target=environment)
        life.delete(call.engine, call.region, environment)
    return {}


def _named(environment: ComputeEnvironment) -> dict[str, Any]:
    return {
        "computeEnvironmentName": environment.name,
        "computeEnvironmentArn": environment.arn,
    }


def _fill(resources: dict[str, Any], *, eks: bool) -> None:
    """Fill in the defaults that the service shows for EC2 and Spot (recorded answers)."""
    if resources.get("type") not in EC2_TYPES:
        return
    resources.setdefault("tags", {})
    resources.setdefault("desiredvCpus", resources.get("minvCpus", 0))
    if "launchTemplate" in resources:
        resources["launchTemplate"].setdefault("overrides", [])
    if not resources.get("ec2Configuration"):
        image_type = "EKS_AL2023" if eks else "ECS_AL2023"
        if any(_GPU_FAMILY.match(entry) for entry in resources.get("instanceTypes", ())):
            image_type += "_NVIDIA"
        resources["ec2Configuration"] = [{"imageType": image_type}]


def _merge(resources: dict[str, Any], given: dict[str, Any], *, on_fargate: bool) -> None:
    for name, value in given.items():
        if value == "" and name in _REMOVABLE:
            resources.pop(name, None)
        elif value == [] and name in ("subnets", "securityGroupIds") and on_fargate:
            continue  # no change (API model, ComputeResourceUpdate)
        elif name == "launchTemplate" and not any(
            value.get(member) for member in ("launchTemplateId", "launchTemplateName", "overrides")
        ):
            resources.pop(name, None)
        else:
            resources[name] = _merged(name, resources.get(name), value)
    if "launchTemplate" in given and "launchTemplate" in resources:
        resources["launchTemplate"].setdefault("overrides", [])


def _merged(name: str, present: Any, sent: Any) -> Any:
    """A member after an update: as sent, or what was there with the parts that were sent."""
    if name not in _MERGED or not present or not isinstance(sent, dict):
        return sent
    return {**present, **{part: _merged(part, present.get(part), it) for part, it in sent.items()}}


def _drop_what_only_the_service_says(given: dict[str, Any], resources: dict[str, Any]) -> None:
    """Take away the members that are read-only (API model): shown as sent, they would look observed."""
    for entry in resources.get("ec2Configuration") or ():
        entry.pop("batchImageStatus", None)
    ((given.get("eksConfiguration") or {}).get("accessEntry") or {}).pop("status", None)
