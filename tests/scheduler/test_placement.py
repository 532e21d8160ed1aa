"""Where a job goes, decided on hand-made views: no clock, no engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from pytest_batchmock.domain.compute_environment import ComputeEnvironment
from pytest_batchmock.domain.instance import Instance
from pytest_batchmock.domain.job import Job, JobSpec
from pytest_batchmock.domain.job_class import Classes, JobClass
from pytest_batchmock.domain.job_definition import JobDefinition
from pytest_batchmock.domain.region import RegionState
from pytest_batchmock.domain.status import DISABLED, INVALID, VALID
from pytest_batchmock.scheduler.placement import (
    ENVIRONMENTS_INVALID,
    JOB_REQUIREMENT,
    MAX_RESOURCE,
    UNDETERMINED,
    place,
    short_of,
)
from pytest_batchmock.scheduler.view import Block, EnvironmentView, Place


@dataclass
class ARoom:
    """Instances as a test says they are."""

    found: Any = None
    large_enough: bool = True
    fits_type: bool = False
    grows: bool = False
    short: str | None = None
    used_mvcpus: int = 0
    asked: list[str] = field(default_factory=list)

    def find(self, job_class: JobClass) -> Any:
        return self.found

    def find_gang(self, job: Job, job_class: JobClass) -> tuple[Instance, ...] | None:
        return None

    def is_large_enough(self, job_class: JobClass) -> bool:
        return self.large_enough

    def fits_a_type(self, job_class: JobClass) -> bool:
        return self.fits_type

    def grows_for(self, job: Job, job_class: JobClass) -> bool:
        return self.grows

    def why_short(self, job_class: JobClass) -> str | None:
        return self.short


def an_environment(kind: str = "EC2", *, most: int = 16) -> ComputeEnvironment:
    environment = ComputeEnvironment(
        key=0,
        name=kind.lower(),
        arn=f"arn:aws:batch:us-east-1:123456789012:compute-environment/{kind.lower()}",
        type="UNMANAGED" if kind == "UNMANAGED" else "MANAGED",
        resources={} if kind == "UNMANAGED" else {"type": kind, "maxvCpus": most},
        request={},
        service_role="",
        ecs_cluster_arn="",
        uuid="",
        tags={},
        created_at_ms=0,
    )
    environment.status = VALID
    return environment


def a_view(room: ARoom | None, kind: str = "EC2", *, most: int = 16, free: int = 0) -> EnvironmentView:
    return EnvironmentView(an_environment(kind, most=most), free, room)


def a_job(vcpus: int = 1, **request: Any) -> tuple[Job, JobClass]:
    definition = JobDefinition(
        name="d",
        revision=1,
        arn="",
        request={"type": "container", "containerProperties": {}, **request},
        described={},
        tags={},
    )
    queue: Any = None
    spec = JobSpec(
        region=RegionState("123456789012", "us-east-1"),
        queue=queue,
        definition=definition,
        request=b"{}",
        attempts=1,
        evaluate_on_exit=(),
        timeout_ms=None,
        depends_on=(),
        mvcpus=vcpus * 1000,
        memory_mib=1024,
        gpus=0,
        tags={},
    )
    return Job(0, "id", "job", spec, 0), Classes().of(spec)


def decided(*views: EnvironmentView, vcpus: int = 1, reserved: float = 0.0, **request: Any) -> Any:
    job, job_class = a_job(vcpus, **request)
    return place(job, views, reserved, job_class)


def test_the_first_environment_with_room_is_taken():
    first, second = a_view(ARoom(found="one")), a_view(ARoom(found="two"))
    decision = decided(first, second)
    assert isinstance(decision, Place)
    assert (decision.environment, decision.instances) == (first.environment, ("one",))


def test_one_that_grows_is_waited_for_though_the_next_has_room():
    first, second = a_view(ARoom(grows=True)), a_view(ARoom(found="two"))
    assert decided(first, second)[1:] == (None, first.environment)


@pytest.mark.parametrize("room", [ARoom(), ARoom(short=short_of("c5.large")), ARoom(large_enough=False)])
def test_one_that_is_full_or_short_or_too_small_is_passed_over(room: ARoom):
    second = a_view(ARoom(found="two"))
    assert decided(a_view(room), second).environment is second.environment


@pytest.mark.parametrize(("name", "value"), [("status", INVALID), ("state", DISABLED)])
def test_one_that_is_invalid_or_disabled_is_passed_over(name: str, value: str):
    first, second = a_view(ARoom(found="one")), a_view(ARoom(found="two"))
    setattr(first.environment, name, value)
    assert decided(first, second).environment is second.environment


def test_a_shortage_is_said_only_if_no_environment_is_merely_full():
    short = ARoom(short=short_of("c5.large"))
    assert decided(a_view(short)).reason == short_of("c5.large")
    assert decided(a_view(short), a_view(ARoom())).reason is None


def test_why_a_job_can_never_be_placed():
    assert decided(a_view(ARoom()), vcpus=64).reason == MAX_RESOURCE
    assert decided(a_view(ARoom(large_enough=False))).reason == JOB_REQUIREMENT
    assert decided(a_view(ARoom(large_enough=False, fits_type=True))).reason == MAX_RESOURCE
    invalid = a_view(ARoom())
    invalid.environment.status = INVALID
    assert decided(invalid).reason == ENVIRONMENTS_INVALID
    other_kind = a_view(None, "FARGATE", free=16000)
    assert decided(other_kind).reason == UNDETERMINED


@pytest.mark.parametrize(
    ("kind", "capability"),
    [
        ("FARGATE", "FARGATE"),
        ("FARGATE_SPOT", "FARGATE"),
        ("ECS_MANAGED_INSTANCES", "MANAGED_INSTANCES"),
    ],
)
def test_fargate_and_managed_instances_count_the_vcpus_of_jobs(kind: str, capability: str):
    view = a_view(None, kind, free=2000)
    wanted = {"platformCapabilities": [capability]}
    assert isinstance(decided(view, vcpus=2, **wanted), Place)
    assert view.free_mvcpus == 0
    assert isinstance(decided(view, vcpus=1, **wanted), Block)


def test_what_is_reserved_for_other_shares_is_not_given():
    half_used = ARoom(found="one", used_mvcpus=8000)
    assert isinstance(decided(a_view(half_used), reserved=0.5), Block)
    assert isinstance(decided(a_view(half_used), reserved=0.25), Place)


@pytest.mark.parametrize(("kind", "is_placed"), [("FARGATE", True), ("FARGATE_SPOT", False)])
@pytest.mark.parametrize("members", ["container", "task"])
def test_windows_is_had_on_fargate_and_blocks_the_queue_on_fargate_spot(
    kind: str, is_placed: bool, members: str
) -> None:
    platform = {"runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}}
    request: dict[str, Any] = {"containerProperties": platform}
    if members == "task":
        request = {"containerProperties": None, "ecsProperties": {"taskProperties": [platform]}}
    view = a_view(None, kind, free=4000)
    decision = decided(view, platformCapabilities=["FARGATE"], **request)
    assert isinstance(decision, Place if is_placed else Block)
    if not is_placed:
        assert decision.reason
