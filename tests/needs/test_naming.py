"""How jobs, queues, environments and definitions are named: ids, ARNs, names and revisions."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from behaviour.conftest import Driver

from .conftest import HEAD

pytestmark = pytest.mark.batchmock(clock="manual", start="2026-03-01T12:00:00+00:00")


def test_a_job_arn_is_taken_wherever_a_job_id_is_and_the_answer_has_the_id(ec2: Driver) -> None:
    ec2.mock.on("*").hangs()
    submitted = ec2.client.submit_job(jobName="job", jobQueue="default", jobDefinition="default")
    arn, job_id = submitted["jobArn"], submitted["jobId"]
    (job,) = ec2.client.describe_jobs(jobs=[arn])["jobs"]
    assert job["jobId"] == job_id
    second = ec2.submit("second", dependsOn=[{"jobId": arn}])
    assert ec2.describe(second)["dependsOn"] == [{"jobId": job_id}]
    ec2.reach(job_id, "RUNNING")
    ec2.client.cancel_job(jobId=arn, reason="no effect")
    ec2.client.terminate_job(jobId=arn, reason="enough")
    assert ec2.finish(job_id)["statusReason"] == "enough"


def test_the_arn_of_a_waiting_job_cancels_it(ec2: Driver) -> None:
    job = ec2.submit()
    ec2.client.cancel_job(jobId=f"{HEAD}job/{job}", reason="enough")
    assert ec2.status(job) == "FAILED"


FORMS: dict[str, Callable[[str], str]] = {
    "id": lambda job_id: job_id,
    "ARN": lambda job_id: f"{HEAD}job/{job_id}",
}


@pytest.fixture(params=FORMS)
def form(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """How a program names a job of which it knows the id."""
    return FORMS[request.param]


def an_array(ec2: Driver) -> str:
    """An array job of three, whose children run."""
    ec2.mock.on("*").hangs()
    parent = ec2.submit(arrayProperties={"size": 3})
    ec2.reach(f"{parent}:2", "RUNNING")
    return parent


def a_cluster(ec2: Driver) -> str:
    """A multi-node job of two nodes, which run."""
    ec2.mock.on("*").hangs()
    container = {"image": "busybox", "vcpus": 1, "memory": 128, "command": ["true"]}
    ec2.client.register_job_definition(
        jobDefinitionName="cluster",
        type="multinode",
        nodeProperties={
            "numNodes": 2,
            "mainNode": 0,
            "nodeRangeProperties": [{"targetNodes": "0:", "container": container}],
        },
    )
    parent = ec2.submit(jobDefinition="cluster")
    ec2.reach(f"{parent}#1", "RUNNING")
    return parent


@pytest.mark.parametrize(("a_family", "mark"), [(an_array, ":"), (a_cluster, "#")])
def test_children_and_nodes_are_described_and_terminated_by_id_and_arn(
    ec2: Driver,
    form: Callable[[str], str],
    a_family: Callable[[Driver], str],
    mark: str,
) -> None:
    child = f"{a_family(ec2)}{mark}1"
    (job,) = ec2.client.describe_jobs(jobs=[form(child)])["jobs"]
    assert (job["jobId"], job["jobArn"]) == (child, f"{HEAD}job/{child}")
    ec2.client.cancel_job(jobId=form(child), reason="too late")
    ec2.client.terminate_job(jobId=form(child), reason="enough")
    assert ec2.finish(child)["statusReason"] == "enough"


def test_a_job_depends_on_a_child_by_id_and_arn(ec2: Driver, form: Callable[[str], str]) -> None:
    child = f"{an_array(ec2)}:1"
    dependent = ec2.submit("next", dependsOn=[{"jobId": form(child)}])
    assert ec2.describe(dependent)["dependsOn"] == [{"jobId": child}]


def test_a_child_that_waits_is_cancelled_by_id_and_arn(ec2: Driver, form: Callable[[str], str]) -> None:
    parent = ec2.submit(arrayProperties={"size": 2})
    ec2.reach(f"{parent}:1", "RUNNABLE")
    ec2.client.cancel_job(jobId=form(f"{parent}:1"), reason="enough")
    assert ec2.status(f"{parent}:1") == "FAILED"


def test_children_and_nodes_are_listed_by_the_id_or_arn_of_their_parent(
    ec2: Driver, form: Callable[[str], str]
) -> None:
    array, cluster = an_array(ec2), a_cluster(ec2)
    listed = ec2.listed(arrayJobId=form(array), jobStatus="RUNNING")
    assert [summary["jobId"] for summary in listed] == [f"{array}:{at}" for at in range(3)]
    listed = ec2.listed(multiNodeJobId=form(cluster), jobStatus="RUNNING")
    assert [summary["jobId"] for summary in listed] == [f"{cluster}#{at}" for at in range(2)]


def test_names_and_arns_of_queues_and_environments_mean_the_same(ec2: Driver) -> None:
    environment, queue = f"{HEAD}compute-environment/default", f"{HEAD}job-queue/default"
    client = ec2.client
    for given in ("default", environment):
        found = client.describe_compute_environments(computeEnvironments=[given])
        assert len(found["computeEnvironments"]) == 1
        client.update_compute_environment(computeEnvironment=given, state="ENABLED")
    for given in ("default", queue):
        assert len(client.describe_job_queues(jobQueues=[given])["jobQueues"]) == 1
        client.update_job_queue(jobQueue=given, priority=2)
        assert ec2.describe(ec2.submit(jobQueue=given))["jobQueue"] == queue
    listed = [len(ec2.listed(jobQueue=given, jobStatus="SUBMITTED")) for given in ("default", queue)]
    assert listed == [2, 2]
    client.update_job_queue(jobQueue=queue, state="DISABLED")
    client.delete_job_queue(jobQueue=queue)
    client.update_compute_environment(computeEnvironment=environment, state="DISABLED")
    client.delete_compute_environment(computeEnvironment=environment)
    assert client.describe_compute_environments()["computeEnvironments"] == []


@pytest.mark.parametrize("given", ["default", f"{HEAD}compute-environment/default"])
def test_a_queue_is_made_of_environments_by_name_or_arn(ec2: Driver, given: str) -> None:
    order = [{"order": 1, "computeEnvironment": given}]
    ec2.client.create_job_queue(jobQueueName="second", priority=1, computeEnvironmentOrder=order)
    (queue,) = ec2.client.describe_job_queues(jobQueues=["second"])["jobQueues"]
    arn = f"{HEAD}compute-environment/default"
    assert queue["computeEnvironmentOrder"] == [{"order": 1, "computeEnvironment": arn}]


@pytest.mark.parametrize("given", ["work:2", f"{HEAD}job-definition/work:2"])
def test_a_revision_is_described_submitted_and_deregistered_by_name_or_arn(
    ec2: Driver, given: str
) -> None:
    arns = [ec2.register() for _ in range(3)]
    (found,) = ec2.client.describe_job_definitions(jobDefinitions=[given])["jobDefinitions"]
    assert found["jobDefinitionArn"] == arns[1]
    assert ec2.describe(ec2.submit(jobDefinition=given))["jobDefinition"] == arns[1]
    ec2.client.deregister_job_definition(jobDefinition=given)
    (found,) = ec2.client.describe_job_definitions(jobDefinitions=[given])["jobDefinitions"]
    assert found["status"] == "INACTIVE"


@pytest.mark.parametrize("given", ["work", f"{HEAD}job-definition/work"])
def test_a_definition_without_a_revision_is_the_newest_active_one(ec2: Driver, given: str) -> None:
    arns = [ec2.register() for _ in range(3)]
    ec2.client.deregister_job_definition(jobDefinition=arns[2])
    assert ec2.describe(ec2.submit(jobDefinition=given))["jobDefinition"] == arns[1]
