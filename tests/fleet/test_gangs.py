"""Multi-node jobs are placed together: one node an instance, all or none."""

from __future__ import annotations

from typing import Any

from .conftest import Driver

MAX_RESOURCE = "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE"


def submit_nodes(batch: Driver, nodes: int, *, vcpus: int = 1, attempts: int = 1) -> str:
    needs = [{"type": "VCPU", "value": str(vcpus)}, {"type": "MEMORY", "value": "512"}]
    ranges = [{"targetNodes": "0:", "container": {"image": "x", "resourceRequirements": needs}}]
    definition: dict[str, Any] = {
        "jobDefinitionName": "gang",
        "type": "multinode",
        "nodeProperties": {"numNodes": nodes, "mainNode": 0, "nodeRangeProperties": ranges},
        "retryStrategy": {"attempts": attempts},
    }
    batch.mock.call("RegisterJobDefinition", definition)
    request = {"jobName": "gang", "jobQueue": "q", "jobDefinition": "gang"}
    job_id: str = batch.mock.call("SubmitJob", request)["jobId"]
    return job_id


def test_each_node_has_an_instance_of_its_own(ec2: Driver) -> None:
    job_id = submit_nodes(ec2, 3)
    ec2.mock.advance("80s")
    assert sorted(it.jobs for it in ec2.mock.instances) == [(f"{job_id}#{n}",) for n in range(3)]
    assert {it.used for it in ec2.mock.instances} == {1.0}


def test_no_other_job_gets_onto_the_instance_of_a_node(ec2: Driver) -> None:
    submit_nodes(ec2, 2)
    ec2.submit("other")
    ec2.mock.run_until_idle()
    assert (ec2.status("gang"), ec2.status("other")) == ("SUCCEEDED", "SUCCEEDED")
    (attempt,) = ec2.mock.jobs.one(name="other").attempts
    (main,) = ec2.mock.jobs.one(name="gang").attempts
    assert attempt.instance_id != main.instance_id


def test_all_instances_of_a_gang_are_of_one_type(batch: Driver) -> None:
    batch.environment(instanceTypes=["c5.large", "m5.large"], minvCpus=2)
    batch.queue("ce")
    batch.mock.advance("1m")
    submit_nodes(batch, 3)
    batch.mock.run_until_idle()
    assert batch.status("gang") == "SUCCEEDED"
    assert len({it.type for it in batch.mock.instances}) == 1
    assert len(batch.mock.instances) == 3


def test_a_gang_waits_until_all_of_its_instances_can_be_had(batch: Driver) -> None:
    batch.environment(maxvCpus=4)
    batch.queue("ce")
    batch.mock.on("long").succeeds(after="1h")
    batch.submit("long", vcpu=2)
    batch.mock.advance("2m")
    submit_nodes(batch, 2, vcpus=2)
    batch.mock.advance("30m")
    assert batch.status("gang") == "RUNNABLE"
    assert len(batch.mock.instances.alive) == 1
    batch.mock.run_until_idle()
    assert batch.status("gang") == "SUCCEEDED"


def test_a_gang_larger_than_the_maximum_is_blocked(ec2: Driver) -> None:
    submit_nodes(ec2, 9, vcpus=2)
    ec2.mock.advance("5m")
    assert str(ec2.reason("gang")).startswith(MAX_RESOURCE)


def test_a_gang_waits_for_the_first_environment_that_lacks_capacity(batch: Driver) -> None:
    batch.environment("first")
    batch.environment("second")
    batch.queue("first", "second")
    batch.mock.environment("first").breaks("capacity")
    submit_nodes(batch, 2)
    batch.mock.advance("1h")
    assert str(batch.reason("gang")).startswith("CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY")


def test_the_instances_kept_for_a_cancelled_gang_are_free_for_others(ec2: Driver) -> None:
    job_id = submit_nodes(ec2, 2)
    ec2.mock.advance("10s")
    ec2.mock.call("CancelJob", {"jobId": job_id, "reason": "no need"})
    ec2.mock.advance("1m")
    ec2.submit("other")
    ec2.mock.run_until_idle()
    assert ec2.status("other") == "SUCCEEDED"
    assert len(ec2.mock.instances) == 2


def test_losing_the_instance_of_the_main_node_ends_the_attempt(ec2: Driver) -> None:
    job_id = submit_nodes(ec2, 2, attempts=2)
    ec2.mock.advance("70s")
    main = next(it for it in ec2.mock.instances if f"{job_id}#0" in it.jobs)
    ec2.mock.zone(main.zone).fail()
    ec2.mock.run_until_idle()
    job = ec2.mock.jobs.one()
    assert job.status == "SUCCEEDED"
    assert job.attempts[0].status_reason == f"Host EC2 (instance {main.id}) terminated."


def test_losing_the_instance_of_another_node_ends_that_node_alone(ec2: Driver) -> None:
    job_id = submit_nodes(ec2, 2)
    ec2.mock.advance("80s")
    other = next(it for it in ec2.mock.instances if f"{job_id}#1" in it.jobs)
    ec2.mock.zone(other.zone).fail()
    (node,) = ec2.mock.call("DescribeJobs", {"jobs": [f"{job_id}#1"]})["jobs"]
    assert node["statusReason"] == f"Host EC2 (instance {other.id}) terminated."
    ec2.mock.run_until_idle()
    assert ec2.status("gang") == "SUCCEEDED"


def test_a_job_behind_a_gang_is_not_placed_onto_the_idle_instances_that_its_nodes_got(
    batch: Driver,
) -> None:
    batch.environment(minvCpus=4)
    batch.queue("ce")
    batch.mock.advance("1m")
    assert {it.status for it in batch.mock.instances} == {"idle"}
    job_id = submit_nodes(batch, 2)
    others = [batch.submit("other", vcpu=1) for _ in range(2)]
    batch.mock.advance("20s")
    assert sorted(it.jobs for it in batch.mock.instances if it.jobs) == [
        (f"{job_id}#0",),
        (f"{job_id}#1",),
    ]
    batch.mock.run_until_idle()
    assert {batch.mock.jobs.get(it).status for it in (job_id, *others)} == {"SUCCEEDED"}


def test_a_gang_never_runs_in_an_unmanaged_environment(batch: Driver) -> None:
    batch.environment(unmanaged=True)
    batch.queue("ce")
    (own,) = batch.mock.call("DescribeComputeEnvironments", {})["computeEnvironments"]
    batch.mock.cluster(own["ecsClusterArn"]).add_instances("c5.large", 4)
    submit_nodes(batch, 2)
    batch.mock.advance("1h")
    assert batch.status("gang") == "RUNNABLE"


def test_a_gang_whose_instances_together_exceed_the_maximum_is_blocked(batch: Driver) -> None:
    batch.environment(maxvCpus=4)
    batch.queue("ce")
    first = submit_nodes(batch, 3)  # one vCPU each, but each on an instance of two
    batch.mock.advance("5m")
    assert str(batch.reason("gang")).startswith(MAX_RESOURCE)
    explained = batch.mock.explain(batch.mock.jobs.get(first))
    assert "an instance for each node is more than maxvCpus allows" in explained
    batch.mock.call("CancelJob", {"jobId": first, "reason": "too large"})
    second = submit_nodes(batch, 2)
    batch.mock.run_until_idle()
    assert batch.mock.jobs.get(second).status == "SUCCEEDED"


def test_the_last_instance_of_a_gang_may_go_beyond_the_maximum_but_not_with_best_fit(
    batch: Driver,
) -> None:
    batch.environment(maxvCpus=3)
    batch.queue("ce")
    gang = submit_nodes(batch, 2)
    batch.mock.run_until_idle()
    assert batch.mock.jobs.get(gang).status == "SUCCEEDED"
    batch.environment("best-fit", maxvCpus=3, allocationStrategy="BEST_FIT")
    batch.queue("best-fit", name="best-fit")
    request = {"jobName": "clings", "jobQueue": "best-fit", "jobDefinition": "gang"}
    batch.mock.call("SubmitJob", request)
    batch.mock.run_until_idle()
    assert str(batch.reason("clings")).startswith(MAX_RESOURCE)


def test_a_gang_gets_a_smaller_type_where_maxvcpus_does_not_allow_enough_of_the_first(
    batch: Driver,
) -> None:
    batch.environment(
        instanceTypes=["c5.4xlarge", "c5.large"], allocationStrategy="BEST_FIT_PROGRESSIVE_ORDERED"
    )
    batch.queue("ce")
    job_id = submit_nodes(batch, 3)
    batch.mock.run_until_idle()
    assert batch.mock.jobs.get(job_id).status == "SUCCEEDED"
    assert {it.type for it in batch.mock.instances} == {"c5.large"}


def test_with_best_fit_a_gang_waits_rather_than_go_beyond_the_maximum(batch: Driver) -> None:
    batch.environment(maxvCpus=5, allocationStrategy="BEST_FIT")
    batch.queue("ce")
    batch.mock.on("long").succeeds(after="1h")
    batch.submit("long", vcpu=2)
    batch.mock.advance("2m")
    job_id = submit_nodes(batch, 2)
    most = 0
    while batch.mock.step():
        most = max(most, sum(it.vcpus for it in batch.mock.instances.alive))
    assert batch.mock.jobs.get(job_id).status == "SUCCEEDED"
    assert most == 4


def test_instances_kept_for_a_gang_leave_when_its_environment_is_disabled(ec2: Driver) -> None:
    job_id = submit_nodes(ec2, 3)
    ec2.mock.advance("10s")
    environment = {"computeEnvironment": "ce"}
    ec2.mock.call("UpdateComputeEnvironment", {**environment, "state": "DISABLED"})
    ec2.mock.advance("9m")
    assert len(ec2.mock.instances.alive) == 3
    ec2.mock.advance("10m")
    assert len(ec2.mock.instances.alive) == 0
    assert ec2.status("gang") == "RUNNABLE"
    ec2.mock.call("UpdateComputeEnvironment", {**environment, "state": "ENABLED"})
    ec2.mock.run_until_idle()
    assert ec2.mock.jobs.get(job_id).status == "SUCCEEDED"


def test_an_instance_kept_for_a_gang_leaves_when_the_others_cannot_be_had(batch: Driver) -> None:
    batch.environment(maxvCpus=4)
    batch.queue("ce")
    job_id = submit_nodes(batch, 2)
    batch.mock.advance("10s")
    batch.mock.environment("ce").breaks("capacity")
    batch.mock.zone("us-east-1a").fail()
    batch.mock.advance("1h")
    assert len(batch.mock.instances.alive) == 0
    batch.mock.call("CancelJob", {"jobId": job_id, "reason": "no capacity"})
    batch.mock.environment("ce").recovers()
    batch.submit("other")
    batch.mock.run_until_idle()
    assert batch.status("other") == "SUCCEEDED"
