"""The requests of the recorded refusals: jobs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from rules.builders import changed

from pytest_batchmock import BatchMock

from .entries import Probe, fill

_UNKNOWN: Final = "11111111-1111-4111-8111-111111111111"


def a_submit(**changes: Any) -> dict[str, Any]:
    """A SubmitJob for the resources of `BatchMock.defaults`."""
    return changed({"jobName": "etl", "jobQueue": "default", "jobDefinition": "default"}, changes)


def _submits(
    refused: dict[str, Any], accepted: dict[str, Any] | None = None, **defaults: Any
) -> Callable[[BatchMock], Probe]:
    def prepare(mock: BatchMock) -> Probe:
        mock.defaults(**defaults)
        return Probe("SubmitJob", refused, accepted or a_submit())

    return prepare


def _submits_fairly(refused: dict[str, Any]) -> Callable[[BatchMock], Probe]:
    """To a queue ``fair`` with a fair-share policy."""

    def prepare(mock: BatchMock) -> Probe:
        mock.defaults()
        fill(mock, ("CreateSchedulingPolicy", {"name": "fair", "fairsharePolicy": {}}))
        queue = {
            "jobQueueName": "fair",
            "priority": 1,
            "computeEnvironmentOrder": [{"order": 1, "computeEnvironment": "default"}],
            "schedulingPolicyArn": "arn:aws:batch:us-east-1:123456789012:scheduling-policy/fair",
        }
        fill(mock, ("CreateJobQueue", queue))
        legal = a_submit(jobQueue="fair", shareIdentifier="blue", schedulingPriorityOverride=1)
        return Probe("SubmitJob", refused, legal)

    return prepare


def _submits_for_ec2_to_fargate(mock: BatchMock) -> Probe:
    mock.defaults(fargate=True, vcpus=1, memory=2048)
    mock.defaults(name="ec2")
    return Probe("SubmitJob", a_submit(jobDefinition="ec2"), a_submit())


def _submits_with_dependencies(mock: BatchMock) -> Probe:
    mock.defaults()
    jobs = [mock.call("SubmitJob", a_submit())["jobId"] for _ in range(21)]
    many = [{"jobId": job} for job in jobs]
    return Probe("SubmitJob", a_submit(dependsOn=many), a_submit(dependsOn=many[:20]))


def _needs(vcpu: str, memory: str) -> dict[str, Any]:
    return {
        "resourceRequirements": [
            {"type": "VCPU", "value": vcpu},
            {"type": "MEMORY", "value": memory},
        ]
    }


def _describes_too_many(mock: BatchMock) -> Probe:
    ids = [f"{n:08x}{_UNKNOWN[8:]}" for n in range(101)]
    return Probe("DescribeJobs", {"jobs": ids}, {"jobs": ids[:100]})


def _lists_by_two_filters(mock: BatchMock) -> Probe:
    mock.defaults()
    name = {"name": "JOB_NAME", "values": ["xyz*"]}
    time = {"name": "AFTER_CREATED_AT", "values": ["1234"]}
    return Probe(
        "ListJobs",
        {"jobQueue": "default", "filters": [name, time]},
        {"jobQueue": "default", "filters": [time]},
    )


_FOREIGN: Final = "arn:aws:batch:us-east-2:193628433786:job-definition/HostedGpuJobDefinition"

REFUSALS: Final[dict[str, Callable[[BatchMock], Probe]]] = {
    "err-002": _submits(a_submit(jobQueue="x-job-queue")),
    "err-003": _submits(a_submit(jobDefinition="nextflow")),
    "err-004": _submits(a_submit(jobDefinition=_FOREIGN)),
    "err-007": _submits_for_ec2_to_fargate,
    "err-008": _submits(a_submit(shareIdentifier="blue")),
    "err-009": _submits_fairly(a_submit(jobQueue="fair", schedulingPriorityOverride=1)),
    "err-010": _submits_fairly(a_submit(jobQueue="fair", shareIdentifier="blue")),
    "err-012": _submits_with_dependencies,
    "err-013": _submits(
        a_submit(containerOverrides=_needs("1", "4000")),
        a_submit(containerOverrides=_needs("1", "4096")),
        fargate=True,
    ),
    "err-025": _describes_too_many,
    "err-032": _lists_by_two_filters,
    "err-189": _submits(a_submit(arrayProperties={"size": 1}), a_submit(arrayProperties={"size": 2})),
}
