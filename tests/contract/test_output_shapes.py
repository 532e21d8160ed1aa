"""Every answer passes botocore's own validator for the output shape of its operation.

The exceptions are required members that the real service leaves out, each with its fact. No member
that the model does not know may appear, and no value that its enum does not list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.validate import ParamValidator

from pytest_batchmock.api import model

from . import scenario
from .newest import needs_newest_model

pytestmark = needs_newest_model

OPERATIONS = sorted(model.operation_names())

ABSENT_IN_REALITY = {
    ("DescribeJobs", "jobs[]", "startedAt"): (
        "A job that has not started has none, although the model requires it (recorded answer)."
    ),
    ("DescribeServiceJob", "input", "startedAt"): (
        "Nor has a service job: the member is the time of a start (inferred from DescribeJobs)."
    ),
}
"""By operation, path and member: why the real service leaves out a required member."""

STATUSES = {"SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED", "FAILED"}

_MISSING = re.compile(r'Missing required parameter in (?P<path>\S+): "(?P<member>\w+)"')


def problems(operation: str, answer: dict[str, Any]) -> Iterator[str]:
    """What botocore's validator has against an answer, less what reality leaves out too."""
    shape = model.operation(operation).output_shape
    report = ParamValidator().validate(answer, shape).generate_report()
    for line in report.splitlines():
        found = _MISSING.fullmatch(line)
        if found is not None:
            path = re.sub(r"\[\d+\]", "[]", found["path"])
            if (operation, path, found["member"]) in ABSENT_IN_REALITY:
                continue
        yield line


def foreign_values(value: Any, shape: Any, path: str = "") -> Iterator[str]:
    """The texts that the enum of their shape does not list; botocore does not look at those."""
    if shape.type_name == "structure":
        for name, member in value.items():
            yield from foreign_values(member, shape.members[name], f"{path}.{name}")
    elif shape.type_name == "list":
        for item in value:
            yield from foreign_values(item, shape.member, f"{path}[]")
    elif shape.type_name == "map":
        for item in value.values():
            yield from foreign_values(item, shape.value, f"{path}{{}}")
    elif shape.type_name == "string" and shape.enum and value not in shape.enum:
        yield f"{path}={value!r}"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_answer_of_the_operation_has_the_shape_of_the_model(told, operation):
    assert told[operation], "the story never calls it with success"
    assert {line for answer in told[operation] for line in problems(operation, answer)} == set()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_value_of_an_enum_is_one_of_the_model(told, operation):
    shape = model.operation(operation).output_shape
    found = {line for answer in told[operation] for line in foreign_values(answer, shape)}
    assert found == set()


def test_every_listed_absence_is_met(told):
    """An exception that nothing needs any more has to go."""
    met = set()
    for operation, answers in told.items():
        shape = model.operation(operation).output_shape
        for answer in answers:
            report = ParamValidator().validate(answer, shape).generate_report()
            for found in _MISSING.finditer(report):
                path = re.sub(r"\[\d+\]", "[]", found["path"])
                met.add((operation, path, found["member"]))
    assert met == set(ABSENT_IN_REALITY)


def test_the_story_shows_single_jobs_arrays_children_and_nodes_in_every_status(told):
    jobs = [job for answer in told["DescribeJobs"] for job in answer["jobs"]]
    assert {job["status"] for job in jobs} == STATUSES
    kinds = {
        "parent": {job["status"] for job in jobs if "size" in job.get("arrayProperties", ())},
        "child": {job["status"] for job in jobs if "index" in job.get("arrayProperties", ())},
        "gang": {job["status"] for job in jobs if "nodeProperties" in job},
        "node": {job["status"] for job in jobs if "nodeDetails" in job},
    }
    assert kinds["parent"] == {"SUBMITTED", "PENDING", "SUCCEEDED", "FAILED"}
    assert kinds["child"] == STATUSES - {"SUBMITTED"}
    assert kinds["gang"] >= {"SUBMITTED", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"}
    assert kinds["node"] >= {"SUBMITTED", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"}
    assert {summary["status"] for a in told["ListJobs"] for summary in a["jobSummaryList"]} == STATUSES


def test_the_story_shows_attempts_of_containers_tasks_and_pods(told):
    jobs = [job for answer in told["DescribeJobs"] for job in answer["jobs"] if job.get("stoppedAt")]
    assert any(job["attempts"] and "containerInstanceArn" in job["container"] for job in jobs)
    assert any(attempt.get("taskProperties") for job in jobs for attempt in job["attempts"])
    assert {job["status"] for job in jobs if job["eksAttempts"]} == {"SUCCEEDED", "FAILED"}


def test_the_story_shows_service_jobs_in_every_status(told):
    shown = {answer["status"] for answer in told["DescribeServiceJob"]}
    assert shown == {*STATUSES, "SCHEDULED"} - {"PENDING"}


def test_the_story_shows_environments_of_every_type_and_status(told):
    shown = [
        environment
        for answer in told["DescribeComputeEnvironments"]
        for environment in answer["computeEnvironments"]
    ]
    types = {entry.get("computeResources", {}).get("type", entry["type"]) for entry in shown}
    assert types == {*model.service_model().shape_for("CRType").enum, "UNMANAGED"}
    assert {entry["containerOrchestrationType"] for entry in shown} == {"ECS", "EKS"}
    assert {entry["status"] for entry in shown} == {"CREATING", "VALID", "UPDATING", "DELETING"}


def test_the_story_shows_queues_in_every_status(told):
    shown = {queue["status"] for answer in told["DescribeJobQueues"] for queue in answer["jobQueues"]}
    assert shown == {"CREATING", "VALID", "UPDATING", "DELETING"}


def test_only_the_last_part_of_the_story_is_refused(told):
    expected = sum(1 for _ in _refused())
    assert len(told.refusals) == expected, told.refusals


def _refused() -> Iterator[Any]:
    story = scenario.refusals()
    step = next(story)
    while True:
        yield step
        try:
            step = story.send({"Error": ""})
        except StopIteration:
            return
