"""Instances lie in zones, which can fail; unmanaged clusters have what the user put there."""

from __future__ import annotations

import pytest

from pytest_batchmock import MockUsageError, mock_batch

from .conftest import Driver


def cluster_of(batch: Driver, name: str = "ce") -> str:
    answer = batch.mock.call("DescribeComputeEnvironments", {"computeEnvironments": [name]})
    arn: str = answer["computeEnvironments"][0]["ecsClusterArn"]
    return arn


def test_instances_are_spread_over_the_zones_of_the_subnets(ec2: Driver) -> None:
    ec2.submit(size=8)
    ec2.mock.advance("1m")
    assert [it.zone for it in ec2.mock.instances] == ["us-east-1a", "us-east-1b"] * 2


def test_the_zone_of_a_subnet_that_nobody_maps_is_made_up_and_stable() -> None:
    zones = set()
    for _ in range(2):
        with mock_batch(clock="manual") as mock:
            driver = Driver(mock)
            driver.environment(minvCpus=8)
            zones.add(tuple(it.zone for it in mock.instances))
    (found,) = zones
    assert all(zone in ("us-east-1a", "us-east-1b", "us-east-1c") for zone in found)


def test_the_jobs_in_a_failed_zone_are_lost_and_retried_in_another(ec2: Driver) -> None:
    ec2.submit(size=4, attempts=2)
    ec2.mock.advance("1m")
    ec2.mock.zone("us-east-1a").fail()
    parent = ec2.mock.jobs.one()
    lost = [child for child in parent.children if child.attempts]
    assert [str(child.attempts[0].status_reason)[:9] for child in lost] == ["Host EC2 "] * 2
    assert {child.status for child in lost} == {"RUNNABLE"}
    ec2.mock.run_until_idle()
    assert parent.status == "SUCCEEDED"
    later = [it for it in ec2.mock.instances if it.launched_at > ec2.mock.jobs.one().created_at]
    assert {it.zone for it in later if it.ended_because is None} == {"us-east-1b"}


def test_a_job_without_attempts_left_fails_with_its_zone(ec2: Driver) -> None:
    ec2.submit()
    ec2.mock.advance("1m")
    (instance,) = ec2.mock.instances
    ec2.mock.zone(instance.zone).fail()
    assert ec2.reason() == f"Host EC2 (instance {instance.id}) terminated."
    assert ec2.mock.instances.get(instance.id).ended_because == "its availability zone failed"


def test_min_vcpus_lost_with_a_zone_are_launched_in_another(batch: Driver) -> None:
    batch.environment(minvCpus=2)
    batch.mock.advance("1m")
    batch.mock.zone("us-east-1a").fail()
    batch.mock.advance("1m")
    (instance,) = batch.mock.instances.alive
    assert (instance.zone, instance.status) == ("us-east-1b", "idle")


def test_with_all_zones_failed_jobs_wait_until_one_recovers(ec2: Driver) -> None:
    for zone in ("us-east-1a", "us-east-1b"):
        ec2.mock.zone(zone).fail()
    ec2.submit()
    ec2.mock.advance("1h")
    assert str(ec2.reason()).startswith("CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY")
    ec2.mock.zone("us-east-1b").recover()
    ec2.mock.run_until_idle()
    assert ec2.status() == "SUCCEEDED"


def test_an_unmanaged_environment_offers_nothing_by_default(batch: Driver) -> None:
    batch.environment(unmanaged=True)
    batch.queue("ce")
    job_id = batch.submit()
    batch.mock.advance("1d")
    assert batch.status() == "RUNNABLE"
    assert str(batch.reason()).startswith("UNDETERMINED - ")
    assert "no instances were launched into arn:aws:ecs" in batch.mock.explain(job_id)


def test_instances_added_to_its_cluster_take_the_jobs(batch: Driver) -> None:
    batch.environment(unmanaged=True)
    batch.queue("ce")
    batch.submit(size=8)
    batch.mock.advance("1m")
    added = batch.mock.cluster(cluster_of(batch)).add_instances("c5.large", 2)
    batch.mock.advance("5s")
    assert [it.used for it in batch.mock.instances.alive] == [2.0, 2.0]
    batch.mock.advance("5d")
    assert batch.status() == "SUCCEEDED"
    assert [it.id for it in batch.mock.instances.alive] == [it.id for it in added]


def test_explain_says_that_the_instances_of_a_cluster_are_too_small(batch: Driver) -> None:
    batch.environment(unmanaged=True)
    batch.queue("ce")
    batch.mock.cluster(cluster_of(batch)).add_instances("c5.large", 2)
    job_id = batch.submit(vcpu=64)
    batch.mock.advance("1m")
    assert "has no instance that is large enough among its 2" in batch.mock.explain(job_id)


def test_an_instance_taken_out_of_a_cluster_loses_its_jobs(batch: Driver) -> None:
    batch.environment(unmanaged=True)
    batch.queue("ce")
    cluster = batch.mock.cluster(cluster_of(batch))
    (instance,) = cluster.add_instances("c5.large")
    batch.submit()
    batch.mock.advance("5s")
    cluster.remove_instance(instance.id)
    assert batch.status() == "FAILED"


def test_nodes_of_an_unmanaged_cluster_of_eks_take_pods(batch: Driver) -> None:
    cluster = "arn:aws:eks:us-east-1:123456789012:cluster/own"
    configuration = {"eksClusterArn": cluster, "kubernetesNamespace": "etl"}
    environment = {"computeEnvironmentName": "ce", "type": "UNMANAGED"}
    batch.mock.call("CreateComputeEnvironment", environment | {"eksConfiguration": configuration})
    batch.queue("ce")
    container = {"image": "busybox", "resources": {"limits": {"cpu": "1", "memory": "512Mi"}}}
    batch.mock.call(
        "RegisterJobDefinition",
        {
            "jobDefinitionName": "pod",
            "type": "container",
            "eksProperties": {"podProperties": {"containers": [container]}},
        },
    )
    batch.mock.call("SubmitJob", {"jobName": "job", "jobQueue": "q", "jobDefinition": "pod"})
    batch.mock.advance("1m")
    assert batch.status() == "RUNNABLE"
    batch.mock.cluster(cluster_of(batch)).add_instances("c5.large")
    batch.mock.run_until_idle()
    assert batch.status() == "SUCCEEDED"


def test_an_unmanaged_environment_can_be_boundless() -> None:
    with mock_batch(clock="manual", unmanaged="boundless") as mock:
        driver = Driver(mock)
        driver.environment(unmanaged=True)
        driver.queue("ce")
        driver.submit(size=50)
        mock.run_until_idle()
        assert driver.status() == "SUCCEEDED"


def test_a_cluster_that_is_not_the_users_takes_no_instances(ec2: Driver) -> None:
    with pytest.raises(MockUsageError, match="managed environment"):
        ec2.mock.cluster(cluster_of(ec2)).add_instances("c5.large")
    with pytest.raises(MockUsageError, match="There are:"):
        ec2.mock.cluster("arn:aws:ecs:us-east-1:123456789012:cluster/x").add_instances("c5.large")
