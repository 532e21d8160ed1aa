"""Instances are launched, packed, shared, kept and let go."""

from __future__ import annotations

from datetime import timedelta

from pytest_batchmock import host_lost, mock_batch

from .conftest import Driver


def test_a_job_waits_in_runnable_while_its_instance_boots(ec2: Driver) -> None:
    ec2.submit()
    ec2.mock.advance("5s")
    (instance,) = ec2.mock.instances
    assert (ec2.status(), instance.status, instance.type) == ("RUNNABLE", "booting", "c5.large")
    ec2.mock.advance("30s")
    assert ec2.status() == "STARTING"


def test_the_children_of_one_array_run_on_several_instances_at_once(ec2: Driver) -> None:
    job_id = ec2.submit(size=6)
    ec2.mock.advance("1m")
    instances = ec2.mock.instances.alive
    assert [(it.vcpus, it.used, len(it.jobs)) for it in instances] == [(2, 2.0, 2)] * 3
    on_instances = sorted(job for it in instances for job in it.jobs)
    assert on_instances == [f"{job_id}:{index}" for index in range(6)]


def test_desired_vcpus_follows_demand_up_and_down(ec2: Driver) -> None:
    ec2.submit(size=6)
    assert ec2.resources()["desiredvCpus"] == 0
    ec2.mock.advance("1m")
    assert ec2.resources()["desiredvCpus"] == 6
    ec2.mock.advance("30m")
    assert ec2.resources()["desiredvCpus"] == 0


def test_an_idle_instance_leaves_after_its_delay(ec2: Driver) -> None:
    ec2.submit()
    ec2.mock.run_until_idle()
    idle_since = ec2.mock.jobs.one().stopped_at
    assert idle_since is not None
    ec2.mock.advance("9m")
    assert [it.status for it in ec2.mock.instances] == ["idle"]
    ec2.mock.advance("1m")
    (instance,) = ec2.mock.instances
    assert instance.ended_because == "scaled in"
    assert instance.ended_at == idle_since + timedelta(minutes=10)


def test_the_scaling_policy_sets_the_delay(batch: Driver) -> None:
    batch.environment(scalingPolicy={"minScaleDownDelayMinutes": 60})
    batch.queue("ce")
    batch.submit()
    batch.mock.advance("55m")
    assert len(batch.mock.instances.alive) == 1
    batch.mock.advance("10m")
    assert batch.mock.instances.alive == []


def test_min_vcpus_are_launched_at_once_and_kept(batch: Driver) -> None:
    batch.environment(minvCpus=4)
    assert [it.status for it in batch.mock.instances] == ["booting"] * 2
    batch.mock.advance("1d")
    assert [it.status for it in batch.mock.instances] == ["idle"] * 2
    assert batch.resources()["desiredvCpus"] == 4


def test_min_vcpus_are_kept_by_a_disabled_environment(batch: Driver) -> None:
    batch.environment(minvCpus=2)
    batch.mock.call("UpdateComputeEnvironment", {"computeEnvironment": "ce", "state": "DISABLED"})
    batch.mock.advance("1d")
    assert len(batch.mock.instances.alive) == 1


def test_a_disabled_environment_starts_nothing_and_its_jobs_go_on(ec2: Driver) -> None:
    ec2.submit("first")
    ec2.mock.advance("1m")
    ec2.mock.call("UpdateComputeEnvironment", {"computeEnvironment": "ce", "state": "DISABLED"})
    ec2.submit("second")
    ec2.mock.advance("1h")
    assert (ec2.status("first"), ec2.status("second")) == ("SUCCEEDED", "RUNNABLE")
    assert ec2.mock.instances.alive == []


def test_max_vcpus_is_exceeded_by_less_than_one_instance(batch: Driver) -> None:
    batch.environment(maxvCpus=3)
    batch.queue("ce")
    batch.submit(size=10)
    batch.mock.advance("1m")
    assert batch.resources()["desiredvCpus"] == 4


def test_best_fit_never_exceeds_max_vcpus(batch: Driver) -> None:
    batch.environment(maxvCpus=3, allocationStrategy="BEST_FIT")
    batch.queue("ce")
    batch.submit(size=10)
    batch.mock.advance("1m")
    assert batch.resources()["desiredvCpus"] == 2


def test_jobs_are_packed_by_memory_too(ec2: Driver) -> None:
    ec2.submit("a", memory=2500)
    ec2.submit("b", memory=2500)
    ec2.mock.advance("1m")
    assert [len(it.jobs) for it in ec2.mock.instances] == [1, 1]


def test_jobs_are_packed_by_gpu_too(batch: Driver) -> None:
    batch.environment(instanceTypes=["g4dn.12xlarge"], maxvCpus=96)
    batch.queue("ce")
    for _ in range(3):
        batch.submit(gpu=2)
    batch.mock.advance("1m")
    assert sorted(len(it.jobs) for it in batch.mock.instances) == [1, 2]


def test_an_instance_that_is_there_is_used_before_another_is_launched(ec2: Driver) -> None:
    ec2.submit("first")
    ec2.mock.advance("1m")
    ec2.submit("second")
    ec2.mock.advance("10s")
    (instance,) = ec2.mock.instances
    assert (len(instance.jobs), ec2.status("second")) == (2, "STARTING")


def test_idle_instances_that_are_too_small_make_room_for_a_larger_one(batch: Driver) -> None:
    batch.environment(instanceTypes=["c5.large", "c5.2xlarge"], maxvCpus=8)
    batch.queue("ce")
    batch.submit("small", size=8)
    batch.mock.run_until_idle()
    batch.submit("large", vcpu=8)
    batch.mock.run_until_idle()
    assert batch.status("large") == "SUCCEEDED"


def test_the_fleet_forgets_nothing_and_leaves_nothing_behind(ec2: Driver) -> None:
    ec2.submit(size=100)
    ec2.mock.run_until_idle()
    assert ec2.status() == "SUCCEEDED"
    assert all(it.used == 0 and not it.jobs for it in ec2.mock.instances)
    assert len(ec2.mock.instances) == 8


def test_an_attempt_is_on_the_instance_that_the_fleet_shows(ec2: Driver) -> None:
    ec2.submit()
    ec2.mock.run_until_idle()
    (instance,) = ec2.mock.instances
    (attempt,) = ec2.mock.jobs.one().attempts
    assert attempt.instance_id == instance.id


def test_an_infrastructure_update_replaces_the_instances_when_their_jobs_end(ec2: Driver) -> None:
    ec2.submit("old")
    ec2.mock.advance("1m")
    update = {"computeEnvironment": "ce", "computeResources": {"instanceTypes": ["m5.large"]}}
    role = "arn:aws:iam::123456789012:role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch"
    ec2.mock.call("UpdateComputeEnvironment", {**update, "serviceRole": role})
    ec2.submit("new")
    ec2.mock.run_until_idle()
    assert [it.type for it in ec2.mock.instances] == ["c5.large", "m5.large"]
    assert (ec2.status("old"), ec2.status("new")) == ("SUCCEEDED", "SUCCEEDED")


def test_an_update_to_what_is_there_already_replaces_no_instance(ec2: Driver) -> None:
    ec2.mock.on("long").succeeds(after="5h")
    ec2.submit("long")
    ec2.mock.advance("1m")
    same = {"instanceTypes": ["c5.large"], "maxvCpus": 32}
    ec2.mock.call("UpdateComputeEnvironment", {"computeEnvironment": "ce", "computeResources": same})
    ec2.mock.run_until_idle()
    assert ec2.status("long") == "SUCCEEDED"


def test_an_update_that_terminates_jobs_ends_them_as_on_a_lost_host(ec2: Driver) -> None:
    ec2.submit("retried", attempts=2)
    ec2.submit("failed")
    ec2.mock.advance("1m")
    ec2.mock.call(
        "UpdateComputeEnvironment",
        {
            "computeEnvironment": "ce",
            "computeResources": {"instanceTypes": ["m5.large"]},
            "updatePolicy": {"terminateJobsOnUpdate": True},
        },
    )
    ec2.mock.run_until_idle()
    assert (ec2.status("retried"), ec2.status("failed")) == ("SUCCEEDED", "FAILED")
    assert str(ec2.reason("failed")).startswith("Host EC2 (instance i-")


def test_jobs_on_replaced_instances_have_the_time_that_the_policy_gives(ec2: Driver) -> None:
    ec2.mock.on("long").succeeds(after="5h")
    ec2.submit("long")
    ec2.mock.advance("1m")
    ec2.mock.call(
        "UpdateComputeEnvironment",
        {"computeEnvironment": "ce", "computeResources": {"instanceTypes": ["m5.large"]}},
    )
    ec2.mock.advance("29m")
    assert ec2.status("long") == "RUNNING"
    ec2.mock.advance("2m")
    assert ec2.status("long") == "FAILED"


def test_the_instances_of_a_deleted_environment_end(batch: Driver) -> None:
    batch.environment(minvCpus=2)
    batch.mock.call("UpdateComputeEnvironment", {"computeEnvironment": "ce", "state": "DISABLED"})
    batch.mock.call("DeleteComputeEnvironment", {"computeEnvironment": "ce"})
    (instance,) = batch.mock.instances
    assert instance.ended_because == "its environment was deleted"


def test_a_raised_desired_vcpus_is_launched_and_leaves_when_idle(ec2: Driver) -> None:
    update = {"computeEnvironment": "ce", "computeResources": {"desiredvCpus": 6}}
    ec2.mock.call("UpdateComputeEnvironment", update)
    assert (len(ec2.mock.instances), ec2.resources()["desiredvCpus"]) == (3, 6)
    ec2.mock.advance("1h")
    assert ec2.resources()["desiredvCpus"] == 0


def test_a_job_that_is_lost_alone_leaves_the_others_on_its_instance(ec2: Driver) -> None:
    ec2.mock.on("lost").attempts(host_lost(after="30s"))
    ec2.submit("lost")
    ec2.submit("other")
    ec2.mock.advance("80s")
    (instance,) = ec2.mock.instances
    assert (ec2.status("lost"), ec2.status("other")) == ("FAILED", "RUNNING")
    assert len(instance.jobs) == 1
    ec2.submit("next")
    ec2.mock.run_until_idle()
    assert ec2.status("other") == "SUCCEEDED"
    assert ec2.mock.jobs.one(name="next").attempts[0].instance_id != instance.id
    assert ec2.mock.instances.get(instance.id).ended_at is not None


def test_two_jobs_on_one_instance_show_the_same_container_instance(ec2: Driver) -> None:
    ids = [ec2.submit("a"), ec2.submit("b")]
    ec2.mock.run_until_idle()
    jobs = ec2.mock.call("DescribeJobs", {"jobs": ids})["jobs"]
    assert len({job["container"]["containerInstanceArn"] for job in jobs}) == 1


def test_the_same_seed_gives_the_same_instances() -> None:
    def ids() -> list[str]:
        with mock_batch(clock="manual", start="2030-01-01") as mock:
            driver = Driver(mock)
            driver.environment(minvCpus=8)
            return [it.id for it in mock.instances]

    assert ids() == ids()


def test_a_reclaimed_instance_takes_the_children_of_an_array_that_ran_on_it_and_no_others(
    batch: Driver,
) -> None:
    batch.environment(type="SPOT", allocationStrategy="SPOT_CAPACITY_OPTIMIZED")
    batch.queue("ce")
    batch.mock.on("job").succeeds(after="30m")
    parent = batch.submit(size=6, attempts=2)
    batch.mock.advance("5m")
    assert [len(it.jobs) for it in batch.mock.instances] == [2, 2, 2]
    lost = batch.mock.instances.get(batch.mock.spot.reclaim(job=f"{parent}:3", notice=0)[0])
    batch.mock.advance("10s")
    taken = sorted(job.id for job in batch.mock.jobs.one().children if len(job.attempts) == 1)
    assert len(taken) == 2
    assert f"{parent}:3" in taken
    assert batch.status() == "PENDING"
    batch.mock.run_until_idle()
    assert batch.status() == "SUCCEEDED"
    for job in batch.mock.jobs.one().children:
        reasons = [attempt.status_reason for attempt in job.attempts]
        first = f"Host EC2 (instance {lost.id}) terminated."
        assert reasons[:-1] == ([first] if job.id in taken else [])


def test_a_lowered_maximum_ends_no_instance_and_launches_none(ec2: Driver) -> None:
    ec2.mock.on("*").succeeds(after="5m")
    ec2.submit(size=40)
    ec2.mock.advance("2m")
    update = {"computeEnvironment": "ce", "computeResources": {"maxvCpus": 2}}
    ec2.mock.call("UpdateComputeEnvironment", update)
    ec2.mock.advance("1m")
    assert ec2.resources()["desiredvCpus"] == 16
    ec2.mock.run_until_idle()
    assert ec2.status() == "SUCCEEDED"
    assert len(list(ec2.mock.instances)) == 8
    ec2.mock.advance("1h")
    assert ec2.resources()["desiredvCpus"] == 0
