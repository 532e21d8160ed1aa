"""Consumable resources: taken at STARTING, waited for in RUNNABLE, given back or used up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from installed_model import skip_if_lacking

from pytest_batchmock import BatchError, BatchMock

Submit = Callable[..., str]


@pytest.fixture
def mock() -> BatchMock:
    """A mock with a queue, whose jobs run for an hour."""
    skip_if_lacking("CreateConsumableResource", {"consumableResourceName": "licence"})
    made = BatchMock(clock="manual")
    made.defaults()
    made.on("*").succeeds(after="1h")
    return made


@pytest.fixture
def submit(mock) -> Submit:
    """Submits a job that needs some of each resource, by name, on that many nodes."""

    def one(needs: dict[str, int], nodes: int = 0, **members: Any) -> str:
        listed = [{"consumableResource": name, "quantity": much} for name, much in needs.items()]
        consumed = {"consumableResourceProperties": {"consumableResourceList": listed}}
        sizes = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "512"}]
        container = {"image": "busybox", "resourceRequirements": sizes}
        definition: dict[str, Any] = {"type": "container", "containerProperties": container, **consumed}
        if nodes:
            ranges = [{"targetNodes": "0:", "container": container, **consumed}]
            properties = {"numNodes": nodes, "mainNode": 0, "nodeRangeProperties": ranges}
            definition = {"type": "multinode", "nodeProperties": properties}
        mock.call("RegisterJobDefinition", {"jobDefinitionName": "needy", **definition})
        given = {"jobName": "needy", "jobQueue": "default", "jobDefinition": "needy", **members}
        return mock.call("SubmitJob", given)["jobId"]

    return one


def make(mock: BatchMock, name: str, total: int, kind: str = "REPLENISHABLE") -> None:
    mock.call(
        "CreateConsumableResource",
        {"consumableResourceName": name, "totalQuantity": total, "resourceType": kind},
    )


def quantities(mock: BatchMock, name: str) -> tuple[int, int, int]:
    """Total, in use, available."""
    found = mock.call("DescribeConsumableResource", {"consumableResource": name})
    return found["totalQuantity"], found["inUseQuantity"], found["availableQuantity"]


def statuses(mock: BatchMock) -> list[str]:
    return [job.status for job in mock.jobs]


def test_a_job_waits_in_runnable_for_what_another_has_taken(mock, submit):
    make(mock, "licence", 3)
    submit({"licence": 2})
    submit({"licence": 2})
    mock.advance("10m")
    assert statuses(mock) == ["RUNNING", "RUNNABLE"]
    assert quantities(mock, "licence") == (3, 2, 1)
    mock.advance("1h")
    assert statuses(mock) == ["SUCCEEDED", "RUNNING"]


def test_what_is_replenishable_is_given_back_and_the_rest_is_used_up(mock, submit):
    make(mock, "licence", 3)
    make(mock, "token", 3, "NON_REPLENISHABLE")
    submit({"licence": 1, "token": 2})
    mock.run_until_idle()
    assert quantities(mock, "licence") == (3, 0, 3)
    assert quantities(mock, "token") == (1, 0, 1)


def test_a_job_takes_all_or_nothing(mock, submit):
    make(mock, "licence", 1)
    make(mock, "token", 1)
    submit({"licence": 1, "token": 2})
    mock.advance("10m")
    assert statuses(mock) == ["RUNNABLE"]
    assert quantities(mock, "licence") == (1, 0, 1)


def test_each_node_of_a_job_needs_its_own(mock, submit):
    make(mock, "licence", 5)
    submit({"licence": 2}, nodes=3)
    mock.advance("10m")
    assert statuses(mock) == ["RUNNABLE"]
    mock.call(
        "UpdateConsumableResource",
        {"consumableResource": "licence", "operation": "ADD", "quantity": 1},
    )
    mock.advance("10m")
    assert statuses(mock) == ["RUNNING"]
    assert quantities(mock, "licence") == (6, 6, 0)
    mock.run_until_idle()
    assert quantities(mock, "licence") == (6, 0, 6)


def test_what_a_multi_node_job_as_a_whole_needs_it_takes_once_besides(mock, submit):
    make(mock, "licence", 9)
    make(mock, "seat", 4)
    seats = {"consumableResourceList": [{"consumableResource": "seat", "quantity": 3}]}
    submit({"licence": 2}, nodes=3, consumableResourcePropertiesOverride=seats)
    mock.advance("10m")
    assert (quantities(mock, "licence"), quantities(mock, "seat")) == ((9, 6, 3), (4, 3, 1))
    mock.run_until_idle()
    assert (quantities(mock, "licence"), quantities(mock, "seat")) == ((9, 0, 9), (4, 0, 4))


def test_a_job_that_fails_while_starting_gives_back_too(mock, submit):
    make(mock, "licence", 1)
    mock.on("needy").cannot_pull()
    submit({"licence": 1})
    mock.run_until_idle()
    assert statuses(mock) == ["FAILED"]
    assert quantities(mock, "licence") == (1, 0, 1)


def test_each_attempt_takes_what_is_used_up_anew(mock, submit):
    make(mock, "token", 5, "NON_REPLENISHABLE")
    mock.on("needy").fails()
    submit({"token": 2}, retryStrategy={"attempts": 2})
    mock.run_until_idle()
    assert len(mock.jobs.one().attempts) == 2
    assert quantities(mock, "token") == (1, 0, 1)


def test_a_job_that_is_cancelled_while_it_waits_takes_nothing(mock, submit):
    make(mock, "token", 1, "NON_REPLENISHABLE")
    job = submit({"token": 2})
    mock.advance("10m")
    mock.call("CancelJob", {"jobId": job, "reason": "too dear"})
    mock.run_until_idle()
    assert statuses(mock) == ["FAILED"]
    assert quantities(mock, "token") == (1, 0, 1)


def test_a_resource_made_anew_gets_nothing_back_that_was_taken_of_the_old_one(mock, submit):
    make(mock, "licence", 1)
    submit({"licence": 1})
    mock.advance("10m")
    mock.call("DeleteConsumableResource", {"consumableResource": "licence"})
    make(mock, "licence", 1)
    submit({"licence": 1})
    mock.advance("50m")
    mock.advance("5m")
    assert statuses(mock) == ["SUCCEEDED", "RUNNING"]
    assert quantities(mock, "licence") == (1, 1, 0)


def test_a_job_that_waits_is_looked_at_again_when_the_resource_is_made_anew(mock, submit):
    make(mock, "licence", 0)
    submit({"licence": 1})
    mock.advance("10m")
    assert statuses(mock) == ["RUNNABLE"]
    mock.call("DeleteConsumableResource", {"consumableResource": "licence"})
    make(mock, "licence", 1)
    mock.run_until_idle()
    assert statuses(mock) == ["SUCCEEDED"]


@pytest.mark.parametrize("ends", ["succeeds", "fails"])
def test_what_is_replenishable_is_back_and_the_rest_gone_however_the_job_ends(mock, submit, ends):
    getattr(mock.on("needy"), ends)()
    make(mock, "licence", 3)
    make(mock, "token", 3, "NON_REPLENISHABLE")
    submit({"licence": 2, "token": 2})
    mock.advance("40s")
    assert (quantities(mock, "licence"), statuses(mock)) == ((3, 2, 1), ["STARTING"])
    mock.run_until_idle()
    assert quantities(mock, "licence") == (3, 0, 3)
    assert quantities(mock, "token") == (1, 0, 1)


def test_each_child_of_an_array_needs_its_own(mock, submit):
    make(mock, "licence", 5)
    parent = submit({"licence": 2}, arrayProperties={"size": 4})
    mock.advance("10m")
    children = [mock.jobs.get(f"{parent}:{index}").status for index in range(4)]
    assert children == ["RUNNING", "RUNNING", "RUNNABLE", "RUNNABLE"]
    assert quantities(mock, "licence") == (5, 4, 1)
    mock.run_until_idle()
    assert mock.jobs.get(parent).status == "SUCCEEDED"
    assert quantities(mock, "licence") == (5, 0, 5)


@pytest.mark.parametrize("place", ["fair-share", "fargate"])
def test_a_job_waits_for_resources_on_every_platform_and_in_every_queue(mock, submit, place):
    make(mock, "licence", 1)
    members = {"jobQueue": "place"}
    if place == "fargate":
        mock.defaults(name="place", fargate=True)
        needs = {"consumableResourceList": [{"consumableResource": "licence", "quantity": 1}]}
        members |= {"jobDefinition": "place", "consumableResourcePropertiesOverride": needs}
    else:
        policy = mock.call("CreateSchedulingPolicy", {"name": "fair", "fairsharePolicy": {}})["arn"]
        order = [{"order": 1, "computeEnvironment": "default"}]
        queue = {"jobQueueName": "place", "priority": 1, "computeEnvironmentOrder": order}
        mock.call("CreateJobQueue", {**queue, "schedulingPolicyArn": policy})
        members |= {"shareIdentifier": "a", "schedulingPriorityOverride": 1}
    for _ in range(2):
        submit({"licence": 1}, **members)
    mock.advance("10m")
    assert statuses(mock) == ["RUNNING", "RUNNABLE"]
    mock.run_until_idle()
    assert statuses(mock) == ["SUCCEEDED", "SUCCEEDED"]


def test_an_override_takes_the_place_of_the_whole_list_of_the_definition(mock, submit):
    make(mock, "licence", 5)
    make(mock, "token", 5)
    override = {"consumableResourceList": [{"consumableResource": "token", "quantity": 3}]}
    submit({"licence": 1}, consumableResourcePropertiesOverride=override)
    mock.advance("10m")
    assert quantities(mock, "licence") == (5, 0, 5)
    assert quantities(mock, "token") == (5, 3, 2)


def update(mock: BatchMock, operation: str, quantity: int, **members: Any) -> int:
    """The total that an update answers with."""
    params = {"consumableResource": "licence", "operation": operation, "quantity": quantity, **members}
    return mock.call("UpdateConsumableResource", params)["totalQuantity"]


def test_a_quantity_is_set_added_and_removed(mock):
    make(mock, "licence", 5)
    assert [update(mock, *change) for change in (("SET", 8), ("ADD", 3), ("REMOVE", 4))] == [8, 11, 7]
    assert quantities(mock, "licence") == (7, 0, 7)


def test_an_update_repeated_with_its_client_token_is_applied_once_within_eight_hours(mock):
    make(mock, "licence", 5)
    assert update(mock, "ADD", 1, clientToken="t") == 6
    assert update(mock, "ADD", 1, clientToken="t") == 6
    mock.advance("8h")
    assert update(mock, "ADD", 1, clientToken="t") == 6
    mock.advance("1m")
    assert update(mock, "ADD", 1, clientToken="t") == 7
    assert update(mock, "ADD", 1, clientToken="another") == 8


def test_the_name_and_the_arn_of_a_resource_mean_the_same(mock, submit):
    arn = mock.call(
        "CreateConsumableResource", {"consumableResourceName": "licence", "totalQuantity": 4}
    )["consumableResourceArn"]
    jobs = []
    for name in ("licence", arn):
        jobs.append(submit({name: 1}))
        mock.call(
            "UpdateConsumableResource",
            {"consumableResource": name, "operation": "ADD", "quantity": 1},
        )
        found = mock.call("DescribeConsumableResource", {"consumableResource": name})
        assert found["consumableResourceArn"] == arn
    mock.advance("10m")
    assert quantities(mock, arn) == (6, 2, 4)
    for name in ("licence", arn):
        answer = mock.call("ListJobsByConsumableResource", {"consumableResource": name})
        assert {job["jobArn"].rpartition("/")[2] for job in answer["jobs"]} == set(jobs)
    mock.call("DeleteConsumableResource", {"consumableResource": arn})
    assert mock.call("ListConsumableResources", {})["consumableResources"] == []


def test_a_total_may_be_set_below_what_is_in_use_and_then_nothing_is_available(mock, submit):
    make(mock, "licence", 3)
    submit({"licence": 3})
    mock.advance("10m")
    assert update(mock, "SET", 1) == 1
    assert quantities(mock, "licence") == (1, 3, 0)
    mock.run_until_idle()
    assert quantities(mock, "licence") == (1, 0, 1)


@pytest.mark.parametrize(
    ("value", "found"),
    [("licence-a", 1), ("LICENCE-A", 1), ("licence*", 2), ("Lic*", 2), ("cence*", 0), ("licence", 0)],
)
def test_resources_are_listed_by_a_name_without_case_and_with_a_trailing_asterisk(mock, value, found):
    for name in ("licence-a", "licence-b", "token"):
        make(mock, name, 1)
    filters = [{"name": "CONSUMABLE_RESOURCE_NAME", "values": [value]}]
    listed = mock.call("ListConsumableResources", {"filters": filters})["consumableResources"]
    assert len(listed) == found


def test_a_listed_resource_has_exactly_these_members(mock):
    make(mock, "licence", 2)
    (listed,) = mock.call("ListConsumableResources", {})["consumableResources"]
    assert listed == {
        "consumableResourceArn": "arn:aws:batch:us-east-1:123456789012:consumable-resource/licence",
        "consumableResourceName": "licence",
        "totalQuantity": 2,
        "inUseQuantity": 0,
        "resourceType": "REPLENISHABLE",
    }


def test_jobs_are_listed_by_the_resource_they_use_their_status_and_their_name(mock, submit):
    make(mock, "licence", 3)
    first, second = submit({"licence": 2}), submit({"licence": 2}, jobName="needy-too")
    mock.call("SubmitJob", {"jobName": "other", "jobQueue": "default", "jobDefinition": "default"})
    mock.advance("10m")

    def listed(*filters: tuple[str, str]) -> list[dict[str, Any]]:
        given = [{"name": name, "values": [value]} for name, value in filters]
        params = {"consumableResource": "licence", "filters": given}
        return mock.call("ListJobsByConsumableResource", params)["jobs"]

    arns = {job["jobName"]: job["jobArn"].rpartition("/")[2] for job in listed()}
    assert arns == {"needy": first, "needy-too": second}
    (running,) = listed(("JOB_STATUS", "RUNNING"))
    head = "arn:aws:batch:us-east-1:123456789012:"
    (described,) = mock.call("DescribeJobs", {"jobs": [first]})["jobs"]
    assert running == {
        "jobArn": f"{head}job/{first}",
        "jobQueueArn": f"{head}job-queue/default",
        "jobName": "needy",
        "jobDefinitionArn": f"{head}job-definition/needy:1",
        "jobStatus": "RUNNING",
        "quantity": 2,
        "createdAt": described["createdAt"],
        "startedAt": described["startedAt"],
        "consumableResourceProperties": {
            "consumableResourceList": [{"consumableResource": "licence", "quantity": 2}]
        },
    }
    assert [job["jobName"] for job in listed(("JOB_NAME", "NEEDY-*"))] == ["needy-too"]
    assert listed(("JOB_NAME", "needy"), ("JOB_STATUS", "RUNNABLE")) == []


@pytest.mark.parametrize(
    ("operation", "more"),
    [
        ("DescribeConsumableResource", {}),
        ("DeleteConsumableResource", {}),
        ("UpdateConsumableResource", {"operation": "ADD", "quantity": 1}),
        ("ListJobsByConsumableResource", {}),
    ],
)
def test_an_unknown_resource_is_refused(mock, operation, more):
    with pytest.raises(BatchError, match="nothing") as refusal:
        mock.call(operation, {"consumableResource": "nothing", **more})
    assert refusal.value.code == "ClientException"


def test_a_submit_that_needs_an_unknown_resource_is_refused_and_makes_no_job(mock, submit):
    with pytest.raises(BatchError, match="nothing"):
        submit({"nothing": 1})
    assert len(mock.jobs) == 0


def test_a_job_shows_what_it_needs_with_the_override_of_its_submit(mock, submit):
    make(mock, "licence", 5)
    listed = [{"consumableResource": "licence", "quantity": 3}]
    override = {"consumableResourceList": listed}
    ids = [submit({"licence": 1}), submit({"licence": 1}, consumableResourcePropertiesOverride=override)]
    mock.advance("5m")
    shown = mock.call("DescribeJobs", {"jobs": ids})["jobs"]
    needs = [job["consumableResourceProperties"]["consumableResourceList"] for job in shown]
    assert needs == [[{"consumableResource": "licence", "quantity": 1}], listed]
    assert quantities(mock, "licence") == (5, 4, 1)


def test_a_node_shows_what_it_needs_itself(mock, submit):
    make(mock, "licence", 5)
    job = submit({"licence": 2}, nodes=2)
    node, parent = mock.call("DescribeJobs", {"jobs": [f"{job}#1", job]})["jobs"]
    listed = [{"consumableResource": "licence", "quantity": 2}]
    assert node["consumableResourceProperties"] == {"consumableResourceList": listed}
    assert "consumableResourceProperties" not in parent
    (entry,) = parent["nodeProperties"]["nodeRangeProperties"]
    assert entry["consumableResourceProperties"] == {"consumableResourceList": listed}


def test_a_multi_node_job_takes_what_it_needs_itself_once_and_its_nodes_theirs(mock, submit):
    make(mock, "licence", 9)
    listed = [{"consumableResource": "licence", "quantity": 3}]
    override = {"consumableResourceList": listed}
    submit({"licence": 2}, nodes=3, consumableResourcePropertiesOverride=override)
    mock.advance("5m")
    assert quantities(mock, "licence") == (9, 9, 0)


def test_the_children_of_an_array_wait_for_what_their_siblings_have_taken(mock, submit):
    make(mock, "licence", 2)
    submit({"licence": 1}, arrayProperties={"size": 5})
    most = 0
    while mock.step():
        most = max(most, quantities(mock, "licence")[1])
    assert most == 2
    assert statuses(mock) == ["SUCCEEDED"]
    assert quantities(mock, "licence") == (2, 0, 2)
