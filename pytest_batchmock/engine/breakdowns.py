"""What a test breaks of an environment, and what the queue shows of it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

from pytest_batchmock.domain.compute_environment import ComputeEnvironment
from pytest_batchmock.domain.service_environment import ServiceEnvironment
from pytest_batchmock.domain.status import INVALID, UPDATING, VALID
from pytest_batchmock.engine import fleet
from pytest_batchmock.engine.fleet import Group
from pytest_batchmock.scheduler.placement import (
    INSTANCES_UNSUPPORTED,
    SERVICE_ROLE,
    UNDETERMINED,
    short_of,
)

if TYPE_CHECKING:
    from pytest_batchmock.engine.engine import Engine

Breakdown = Literal["capacity", "service_role", "instance_configuration", "unknown", "invalid"]

REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "service_role": SERVICE_ROLE,
        "instance_configuration": INSTANCES_UNSUPPORTED,
        "unknown": UNDETERMINED,
    }
)

NOT_AUTHORIZED: Final = (
    "CLIENT_ERROR - Not authorized to perform sts:AssumeRole (Service: AWSSecurityTokenService; Status "
    "Code: 403; Error Code: AccessDenied; Request ID: 00000000-0000-0000-0000-000000000000)"
)
"""Of an environment whose role cannot be used (user guide, troubleshooting)."""


def reason(engine: Engine, group: Group) -> str | None:
    """The reason that a blocked queue shows for a broken environment, or None."""
    if group.breakdown is None:
        return None
    if group.breakdown != "capacity":
        return REASONS.get(group.breakdown)
    kinds = fleet.kinds_of(engine, group)
    return short_of(kinds[0].name if kinds else group.environment.resource_type)


def break_(engine: Engine, environment: ComputeEnvironment, what: Breakdown, reason: str | None) -> None:
    """Break an environment; what runs there goes on."""
    if what == "invalid":
        if environment.status in (VALID, UPDATING):
            engine.move_resource(environment, "spoil", reason or NOT_AUTHORIZED)
    else:
        engine.fleet.group(environment).breakdown = what
    engine.look_everywhere()


def mend(engine: Engine, environment: ComputeEnvironment) -> None:
    """All is well again."""
    engine.fleet.group(environment).breakdown = None
    if environment.status == INVALID:
        engine.move_resource(environment, "update")
        engine.move_resource(environment, "settle", "ComputeEnvironment Healthy")
    engine.look_everywhere()


def take_capacity(engine: Engine, environment: ServiceEnvironment, *, away: bool) -> None:
    """The service has no instances for a service environment any more, or has some again."""
    environment.lacks_capacity = away
    engine.look_everywhere()
