"""What the mock answers in the situations of the recorded answers, by the id of the entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from rules.builders import (
    OWN_ROLE,
    a_compute_environment,
    a_queue,
    an_order,
    an_unmanaged_environment,
)

from pytest_batchmock import BatchMock

from . import situations as the
from .entries import fill
from .requests_jobs import a_submit

Situation = Callable[[BatchMock], dict[str, Any]]


def _first(situation: Situation, members: str) -> Situation:
    """The first entry of what a describe answers."""
    return lambda mock: situation(mock)[members][0]


def _created(operation: str, params: dict[str, Any]) -> Situation:
    def call(mock: BatchMock) -> dict[str, Any]:
        if operation == "CreateJobQueue":
            fill(mock, ("CreateComputeEnvironment", a_compute_environment()))
        return mock.call(operation, params)

    return call


def _updated_environment(mock: BatchMock) -> dict[str, Any]:
    the.an_environment(mock, computeEnvironmentName="P2OnDemand")
    update = {"computeEnvironment": "P2OnDemand", "state": "DISABLED"}
    return mock.call("UpdateComputeEnvironment", update)


def _updated_queue(mock: BatchMock) -> dict[str, Any]:
    the.an_environment(mock)
    fill(mock, ("CreateJobQueue", a_queue(jobQueueName="GPGPU")))
    return mock.call("UpdateJobQueue", {"jobQueue": "GPGPU", "state": "DISABLED"})


def _submitted(mock: BatchMock) -> dict[str, Any]:
    mock.defaults()
    return mock.call("SubmitJob", a_submit(jobName="example2"))


def _with_logs(mock: BatchMock) -> dict[str, Any]:
    container = {"resourceRequirements": the.needs("1", "64"), "logConfiguration": the.logs()}
    found: dict[str, Any] = the.register(mock, "logs", container)["containerProperties"]
    return found


def _with_requirements(mock: BatchMock) -> dict[str, Any]:
    return the.register(mock, "d", {"resourceRequirements": the.needs("4", "16000", "1")})


def _own_role(mock: BatchMock) -> dict[str, Any]:
    return the.an_environment(mock, serviceRole=OWN_ROLE)


def _host_lost(mock: BatchMock) -> dict[str, Any]:
    mock.defaults()
    mock.on("etl").host_lost()
    return the.an_ended_job(mock)


def _too_many_vcpus(mock: BatchMock) -> dict[str, Any]:
    found: dict[str, Any] = the.a_blocked_job(mock)["jobs"][0]
    return found


def _unsupported_instances(mock: BatchMock) -> dict[str, Any]:
    mock.defaults()
    mock.environment("default").breaks("instance_configuration")
    return the.an_ended_job(mock)


def _cancelled_for_want_of_capacity(mock: BatchMock) -> dict[str, Any]:
    mock.defaults()
    code = "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY"
    action = {"reason": code, "state": "RUNNABLE", "maxTimeSeconds": 600, "action": "CANCEL"}
    mock.call("UpdateJobQueue", {"jobQueue": "default", "jobStateTimeLimitActions": [action]})
    mock.environment("default").breaks("capacity")
    return the.an_ended_job(mock)


def _blocked_for_unknown_reasons(mock: BatchMock) -> dict[str, Any]:
    """An unmanaged environment where no instance has registered."""
    mock.defaults()
    unmanaged = an_unmanaged_environment()
    queue = a_queue(computeEnvironmentOrder=an_order("ce"))
    fill(mock, ("CreateComputeEnvironment", unmanaged), ("CreateJobQueue", queue))
    return the.an_ended_job(mock, jobQueue="q")


def _no_instances_for_training(mock: BatchMock) -> dict[str, Any]:
    return the.a_training_without_instances(mock)


def _training_ended_for_want_of_instances(mock: BatchMock) -> dict[str, Any]:
    return the.a_training_without_instances(mock, the.a_limit_for_capacity("TERMINATE"))


def _timed_out(mock: BatchMock) -> dict[str, Any]:
    mock.defaults(timeout_seconds=60)
    mock.on("etl").hangs()
    return the.an_ended_job(mock)


def _overrides_too_long(mock: BatchMock) -> dict[str, Any]:
    mock.defaults()
    environment = [{"name": "DATA", "value": "x" * 8192}]
    return the.an_ended_job(mock, containerOverrides={"environment": environment})


def _array_with_a_failed_child(mock: BatchMock) -> dict[str, Any]:
    mock.defaults()
    mock.on("etl", index=1).fails()
    return the.an_ended_job(mock, arrayProperties={"size": 2})


def _queue_deleted(mock: BatchMock) -> dict[str, Any]:
    job_id = the.a_waiting_job(mock)["jobId"]
    fill(
        mock,
        ("UpdateJobQueue", {"jobQueue": "default", "state": "DISABLED"}),
        ("DeleteJobQueue", {"jobQueue": "default"}),
    )
    mock.run_until_idle()
    return the.job(mock, job_id)


def _image_missing(mock: BatchMock) -> dict[str, Any]:
    mock.defaults()
    mock.on("etl").cannot_pull()
    return the.an_ended_job(mock)


def _registry_unreachable(mock: BatchMock) -> dict[str, Any]:
    mock.defaults()
    mock.on("etl").cannot_pull(
        reason="CannotPullContainerError: Get https://registry/v2/: dial tcp 10.0.0.1:443: i/o timeout"
    )
    return the.an_ended_job(mock)


def _exits_non_zero(mock: BatchMock) -> dict[str, Any]:
    mock.defaults()
    mock.on("etl").fails(exit_code=3)
    return the.an_ended_job(mock)


def _a_registered(mock: BatchMock) -> dict[str, Any]:
    return mock.call(
        "RegisterJobDefinition",
        {
            "jobDefinitionName": "sleep10",
            "type": "container",
            "containerProperties": {"image": "busybox", "resourceRequirements": the.needs("1", "128")},
        },
    )


ANSWERS: Final[dict[str, Situation]] = {
    "beh-013": _with_logs,
    "beh-015": _host_lost,
    "resp-001": _first(the.an_environment_with_a_key_pair, "computeEnvironments"),
    "resp-002": _first(the.an_environment_that_is_being_deleted, "computeEnvironments"),
    "resp-003": _first(the.a_definition_of_2018, "jobDefinitions"),
    "resp-004": _own_role,
    "resp-005": the.a_queue_by_name,
    "resp-006": the.a_submitted_job,
    "resp-007": _a_registered,
    "resp-009": _created(
        "CreateComputeEnvironment", a_compute_environment(computeEnvironmentName="C4OnDemand")
    ),
    "resp-010": _created("CreateJobQueue", a_queue(jobQueueName="LowPriority")),
    "resp-011": _updated_environment,
    "resp-012": _updated_queue,
    "resp-013": the.a_waiting_job,
    "resp-014": _too_many_vcpus,
    "resp-015": _first(the.a_blocked_listing, "jobSummaryList"),
    "resp-016": the.a_listed_job,
    "resp-017": _first(the.queues_of_2025, "jobQueues"),
    "resp-019": _with_requirements,
    "resp-021": the.a_failed_fargate_job,
    "resp-022": the.a_succeeded_ec2_job,
    "resp-023": the.an_array_parent,
    "resp-024": _submitted,
    "resp-025": _first(the.a_queue_for_training, "jobQueues"),
    "sr-003": _blocked_for_unknown_reasons,
    "sr-005": _timed_out,
    "sr-006": _array_with_a_failed_child,
    "sr-008": _queue_deleted,
    "sr-010": _overrides_too_long,
    "sr-011": _image_missing,
    "sr-012": _exits_non_zero,
    "sr-013": _no_instances_for_training,
    "sr-014": _training_ended_for_want_of_instances,
    "sr-016": _too_many_vcpus,
    "sr-020": _unsupported_instances,
    "sr-024": _cancelled_for_want_of_capacity,
    "sr-028": the.a_job_that_could_not_be_inspected,
    "sr-030": the.a_reclaimed_attempt,
    "sr-031": _registry_unreachable,
}
