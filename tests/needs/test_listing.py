"""Pages, and what is not there."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from behaviour.conftest import Driver

from .conftest import HEAD

pytestmark = pytest.mark.batchmock(clock="manual", start="2026-03-01T12:00:00+00:00")


@pytest.mark.parametrize(
    ("call", "member"),
    [
        ("describe_job_definitions", "jobDefinitions"),
        ("describe_job_queues", "jobQueues"),
        ("describe_compute_environments", "computeEnvironments"),
    ],
)
def test_max_results_really_pages_and_the_token_is_opaque(batch: Driver, call: str, member: str) -> None:
    for number in range(5):
        batch.mock.defaults(name=f"name-{number}")
    ask = getattr(batch.client, call)
    sizes, names, token = [], [], ""
    while True:
        page = ask(maxResults=2, nextToken=token)
        sizes.append(len(page[member]))
        names += [entry[f"{member[:-1]}Name"] for entry in page[member]]
        if "nextToken" not in page:
            break
        token = page["nextToken"]
        assert not token.isdigit()
        assert b"name-0" not in base64.urlsafe_b64decode(token)[:9]
    assert sizes == [2, 2, 1]
    assert sorted(names) == [f"name-{number}" for number in range(5)]


def test_the_newest_active_revision_of_a_name_is_the_first_found(batch: Driver) -> None:
    for _ in range(3):
        batch.register()
    batch.client.deregister_job_definition(jobDefinition="work:3")
    page = batch.client.describe_job_definitions(jobDefinitionName="work", status="ACTIVE", maxResults=1)
    assert [entry["revision"] for entry in page["jobDefinitions"]] == [2]


def test_unknown_names_are_left_out_without_an_error(ec2: Driver) -> None:
    client = ec2.client
    assert client.describe_jobs(jobs=["00000000-0000-4000-8000-000000000000"])["jobs"] == []
    assert client.describe_job_queues(jobQueues=["nothing"])["jobQueues"] == []
    assert client.describe_job_definitions(jobDefinitionName="nothing")["jobDefinitions"] == []
    found = client.describe_compute_environments(computeEnvironments=["nothing", "default"])
    assert len(found["computeEnvironments"]) == 1


@pytest.mark.parametrize("by", ["queue", "parent"])
def test_jobs_of_a_queue_and_children_of_a_parent_come_in_pages(ec2: Driver, by: str) -> None:
    if by == "queue":
        wanted = [ec2.submit() for _ in range(5)]
        asked: dict[str, Any] = {"jobQueue": "default"}
    else:
        parent = ec2.submit(arrayProperties={"size": 5})
        wanted = [f"{parent}:{at}" for at in range(5)]
        asked = {"arrayJobId": parent}
    ec2.mock.run_until_idle()
    pages = ec2.client.get_paginator("list_jobs").paginate(
        jobStatus="SUCCEEDED", PaginationConfig={"PageSize": 2}, **asked
    )
    found = [[summary["jobId"] for summary in page["jobSummaryList"]] for page in pages]
    assert [len(page) for page in found] == [2, 2, 1]
    assert sorted(job for page in found for job in page) == sorted(wanted)


def test_known_jobs_are_described_though_others_beside_them_are_unknown(ec2: Driver) -> None:
    job = ec2.submit()
    strange = [f"{job}:0", f"{job}#1", "no id at all", f"{HEAD}job/00000000-0000-4000-8000-000000000000"]
    found = ec2.client.describe_jobs(jobs=[*strange, job, job])["jobs"]
    assert [entry["jobId"] for entry in found] == [job]
