"""Creating what documents hold: calls of the API, and the state that no call can say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pytest_batchmock.domain.region import RegionState
from pytest_batchmock.domain.status import DISABLED, INACTIVE, INVALID
from pytest_batchmock.engine.engine import Engine
from pytest_batchmock.errors import BatchError, MockUsageError
from pytest_batchmock.seeding import documents
from pytest_batchmock.seeding.documents import Document
from pytest_batchmock.seeding.plan import KINDS, Members, Plan, Resource, Scope
from pytest_batchmock.transports.active import CallContext
from pytest_batchmock.world import World


@dataclass(frozen=True, slots=True)
class Seeded:
    """What was created.

    Attributes:
        created: The names by the kind's list in a describe call (``jobQueues``), in the order of
            creation; of job definitions ``name:revision``.
        left_out: What was not created, each with the reason.
    """

    created: dict[str, list[str]] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return sum(map(len, self.created.values()))


def seed(
    world: World,
    found: Iterable[tuple[str, Iterable[Document]]],
    *,
    parameters: Mapping[str, str] | None = None,
    keep_arns: bool = False,
) -> Seeded:
    """Create what documents hold.

    The account and region of the documents become those of the mock, in all ARNs of Batch; those of
    roles, images and the like stay. With `keep_arns` all stay, and the resources are where they say.

    Raises:
        MockUsageError: A document cannot be read, or the service refuses what it says: what comes
            before that is there already.
    """
    own = (world.options.account_id, world.options.region)
    plan = documents.plan(found, dict(parameters or {}), own)
    for resource in plan.resources:
        _check_state(resource)
    seeded = Seeded(left_out=plan.left_out)
    with _at_once(world):
        for resource in _in_order(plan):
            scope = resource.scope or own
            target = scope if keep_arns else own
            if not keep_arns and scope != own:
                resource = _moved(resource, scope, own)
            name = _create(world, resource, target)
            seeded.created.setdefault(resource.kind.listed_as, []).append(name)
    return seeded


def _check_state(resource: Resource) -> None:
    """What no request says is checked by no operation either."""
    for member, value in resource.state.items():
        if member == "revision":
            whole = value if isinstance(value, str) else json.dumps(value)
            is_right = whole.isascii() and whole.isdigit() and int(whole) > 0
            wanted = "a number from 1"
        elif member in ("tags", "updatePolicy"):
            is_right, wanted = isinstance(value, Mapping), "an object"
        elif member == "ec2Configuration":
            is_right, wanted = isinstance(value, list), "a list"
        else:
            is_right, wanted = isinstance(value, str), "a text"
        if not is_right:
            raise MockUsageError(f"seed: {resource.origin}: {member} is {value!r}, and not {wanted}.")


@contextmanager
def _at_once(world: World) -> Iterator[None]:
    """What is seeded has been there for long: it passes through no CREATING."""
    with world.gate() as engine:
        latency, engine.resource_latency_ms = engine.resource_latency_ms, None
    try:
        yield
    finally:
        with world.gate() as engine:
            engine.resource_latency_ms = latency


def _in_order(plan: Plan) -> list[Resource]:
    def rank(resource: Resource) -> tuple[int, str, int]:
        revision = resource.state.get("revision")
        if revision is None:
            return KINDS.index(resource.kind), "", 0
        return KINDS.index(resource.kind), resource.name, int(revision)

    return sorted(plan.resources, key=rank)


def _moved(resource: Resource, scope: Scope, own: Scope) -> Resource:
    """The resource with the ARNs of its own account and region as those of the mock."""
    account, region = map(re.escape, scope)
    ours = re.compile(rf"(arn:[a-z-]+:(?:batch|ecs)):{region}:{account}:")

    def move(members: Members) -> Members:
        moved: Members = json.loads(ours.sub(rf"\1:{own[1]}:{own[0]}:", json.dumps(members)))
        return moved

    return Resource(resource.kind, move(resource.params), resource.origin, own, move(resource.state))


def _create(world: World, resource: Resource, target: Scope) -> str:
    """Create one resource; returns its name, with the revision if it has one."""
    params, state, name = json.loads(json.dumps(resource.params)), resource.state, resource.name
    context = CallContext(*target, validated=False)
    disabled = params.get("state") == DISABLED and resource.kind.title == "compute environment"
    if disabled:
        del params["state"]  # an environment must be created in ENABLED
    try:
        if resource.kind.title == "job definition":
            _number(world, context, resource)
            answer = world.call(context, resource.kind.operation, params)[1]
            revision = f"{name}:{answer['revision']}"
            if "tags" in state:
                with world.gate() as engine:
                    region = engine.region(context.account, context.region)
                    region.job_definitions[name][-1].tags = dict(state["tags"])
            if state.get("status") == INACTIVE:
                world.call(context, "DeregisterJobDefinition", {"jobDefinition": revision})
            return revision
        world.call(context, resource.kind.operation, params)
    except BatchError as error:
        lacks = "not found" in error.message or "does not exist" in error.message
        raise MockUsageError(
            f"seed: {resource.origin}: AWS Batch refuses the {resource.kind.title} {name!r}: "
            f"{error.message}" + (" Seed that too, in any order." if lacks else "")
        ) from None
    with world.gate() as engine:
        region = engine.region(context.account, context.region)
        _restore(engine, region, resource, disabled=disabled)
    return name


def _number(world: World, context: CallContext, resource: Resource) -> None:
    """Let the next registration get the revision that the definition has."""
    revision = resource.state.get("revision")
    if revision is None:
        return
    with world.gate() as engine:
        region = engine.region(context.account, context.region)
        if int(revision) < region.next_revision.get(resource.name, 1):
            last = region.next_revision[resource.name] - 1
            raise MockUsageError(
                f"seed: {resource.origin}: {resource.name}:{revision} cannot be registered, for there "
                f"are revisions up to {last} already; seed before registering, or reset first."
            )
        region.next_revision[resource.name] = int(revision)


def _restore(engine: Engine, region: RegionState, resource: Resource, *, disabled: bool) -> None:
    """Give a resource the state it had, which no request can say."""
    state = resource.state
    record: Any = region.resources(resource.kind.arn_kind).get(resource.name)
    if record is None:
        return  # a quota share has no more state than its request
    if disabled:
        record.state = DISABLED
    if "tags" in state:
        record.tags = dict(state["tags"])
    if resource.kind.title == "compute environment":
        record.uuid = state.get("uuid", record.uuid)
        record.ecs_cluster_arn = state.get("ecsClusterArn", record.ecs_cluster_arn)
        if "ec2Configuration" in state:
            record.resources["ec2Configuration"] = json.loads(json.dumps(state["ec2Configuration"]))
        if "updatePolicy" in state:
            record.request["updatePolicy"] = json.loads(json.dumps(state["updatePolicy"]))
    if state.get("status") == INVALID:
        engine.move_resource(record, "spoil", state.get("statusReason"))
    elif "statusReason" in state and hasattr(record, "status_reason"):
        record.status_reason = state["statusReason"]
