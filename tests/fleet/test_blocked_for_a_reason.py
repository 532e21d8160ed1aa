"""Every reason of a blocked queue, each from a real cause; and what `explain` says of it."""

from __future__ import annotations

import pytest

from pytest_batchmock import MockUsageError

from .conftest import Driver

CAPACITY = (
    "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - Service cannot fulfill the capacity requested for "
    "instance type [c5.large]"
)
MAX_RESOURCE = (
    "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE - "
    "CE(s) associated with the job queue cannot meet the CPU requirement of the job."
)
REQUIREMENT = (
    "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - The job resource requirement (vCPU/memory/GPU) is "
    "higher than that can be met by the CE(s) attached to the job queue."
)
UNSUPPORTED = (
    "MISCONFIGURATION:EC2_INSTANCE_CONFIGURATION_UNSUPPORTED - Your compute environment associated "
    "with this job queue has an unsupported instance type configuration."
)
SERVICE_ROLE = (
    "MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS \u2013 Batch service role has a permission issue."
)
INVALID = "ACTION_REQUIRED - CE(s) associated with the job queue are invalid."
UNDETERMINED = "UNDETERMINED - Batch job is blocked, root cause is undetermined."


def blocked_events(batch: Driver) -> list[str]:
    return [
        str(event["detail"]["statusReason"])
        for event in batch.mock.events
        if event["detail-type"] == "Batch Job Queue Blocked"
    ]


def test_a_job_with_more_vcpus_than_the_maximum(ec2: Driver) -> None:
    ec2.submit(vcpu=64)
    ec2.mock.advance("1m")
    assert ec2.reason() == MAX_RESOURCE
    assert blocked_events(ec2) == [MAX_RESOURCE]


@pytest.mark.parametrize("needs", [{"vcpu": 4}, {"memory": 4000}, {"gpu": 1}])
def test_a_job_larger_than_any_instance(ec2: Driver, needs: dict[str, int]) -> None:
    ec2.submit(**needs)
    ec2.mock.advance("1m")
    assert ec2.reason() == REQUIREMENT
    assert "no instance type is large enough" in ec2.mock.explain(ec2.mock.jobs.one())


def test_16000_mib_do_not_fit_a_g4dn_xlarge_of_16_gib(batch: Driver) -> None:
    batch.environment(instanceTypes=["g4dn.xlarge"])
    batch.queue("ce")
    batch.submit(memory=16000)
    batch.mock.advance("1m")
    assert batch.reason() == REQUIREMENT


def test_a_lack_of_capacity_ends_with_the_first_instance_that_is_there(ec2: Driver) -> None:
    ec2.mock.environment("ce").breaks("capacity")
    ec2.submit()
    ec2.mock.advance("10m")
    assert ec2.reason() == CAPACITY
    assert blocked_events(ec2) == [CAPACITY]
    ec2.mock.environment("ce").recovers()
    ec2.mock.run_until_idle()
    assert ec2.status() == "SUCCEEDED"


def test_a_time_limit_for_a_lack_of_capacity_ends_the_head(batch: Driver) -> None:
    batch.environment()
    code = "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY"
    action = {"reason": code, "state": "RUNNABLE", "maxTimeSeconds": 600, "action": "CANCEL"}
    batch.queue("ce", jobStateTimeLimitActions=[action])
    batch.mock.environment("ce").breaks("capacity")
    batch.submit(attempts=3)
    batch.mock.advance("9m")
    assert batch.status() == "RUNNABLE"
    batch.mock.advance("2m")
    assert batch.status() == "FAILED"
    assert batch.reason() == f"Canceled by JobStateTimeLimit action due to reason: {code}"


def test_spot_of_types_that_are_never_sold_as_spot_is_unsupported(batch: Driver) -> None:
    spot = {"type": "SPOT", "allocationStrategy": "SPOT_CAPACITY_OPTIMIZED"}
    batch.environment(instanceTypes=["t2.nano"], **spot)
    batch.queue("ce")
    batch.submit(memory=128)
    batch.mock.advance("1m")
    assert batch.reason() == UNSUPPORTED


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("service_role", SERVICE_ROLE),
        ("instance_configuration", UNSUPPORTED),
        ("unknown", UNDETERMINED),
        ("invalid", INVALID),
    ],
)
def test_what_a_test_breaks_is_shown_and_goes_with_it(ec2: Driver, what: str, reason: str) -> None:
    ec2.mock.environment("ce").breaks(what)  # type: ignore[arg-type]
    ec2.submit()
    ec2.mock.advance("1m")
    assert ec2.reason() == reason
    assert blocked_events(ec2) == [reason]
    ec2.mock.environment("ce").recovers()
    ec2.mock.run_until_idle()
    assert ec2.status() == "SUCCEEDED"


def test_an_invalid_environment_says_why(ec2: Driver) -> None:
    ec2.mock.environment("ce").breaks("invalid")
    (found,) = ec2.mock.call("DescribeComputeEnvironments", {})["computeEnvironments"]
    assert found["status"] == "INVALID"
    assert found["statusReason"].startswith("CLIENT_ERROR - Not authorized to perform sts:AssumeRole")


def test_only_known_breakdowns_of_known_environments_are_taken(ec2: Driver) -> None:
    with pytest.raises(MockUsageError, match="choose one of"):
        ec2.mock.environment("ce").breaks("everything")  # type: ignore[arg-type]
    with pytest.raises(MockUsageError, match="there are: 'ce'"):
        ec2.mock.environment("nosuch").breaks("capacity")


def test_only_the_head_shows_the_reason(ec2: Driver) -> None:
    ec2.submit("head", vcpu=64)
    ec2.submit("next")
    ec2.mock.advance("1h")
    assert (ec2.reason("head"), ec2.reason("next")) == (MAX_RESOURCE, None)
    assert ec2.status("next") == "RUNNABLE"
    assert len(ec2.mock.instances) == 0


def test_a_full_environment_is_no_reason(ec2: Driver) -> None:
    ec2.mock.on("long").succeeds(after="2h")
    ec2.submit("long", size=16)
    ec2.submit("next")
    ec2.mock.advance("10m")
    assert (ec2.status("next"), ec2.reason("next")) == ("RUNNABLE", None)
    text = ec2.mock.explain(ec2.mock.jobs.one(name="next"))
    assert "needs 1 vCPU, 1024 MiB" in text
    assert "has 16 vCPU on 8 instance(s), 16 in use, the next job there ends at" in text


def test_memory_and_gpus_are_named_where_they_and_not_the_vcpus_are_what_is_full(batch: Driver) -> None:
    batch.environment(maxvCpus=4, instanceTypes=["c5.large"])
    batch.queue("ce")
    batch.mock.on("*").succeeds(after="2h")
    batch.submit("long", size=2, memory=3000)
    batch.submit("next", memory=2000)
    batch.submit("wide", vcpu=2, memory=512)
    batch.mock.advance("10m")
    text = batch.mock.explain(batch.mock.jobs.one(name="next"))
    assert "2 in use, but where 1 vCPU are free at most 900 MiB are, the next job there ends" in text
    text = batch.mock.explain(batch.mock.jobs.one(name="wide"))
    assert "has 4 vCPU on 2 instance(s), 2 in use, the next job there ends" in text


def test_gpus_are_named_where_they_are_what_is_full(batch: Driver) -> None:
    batch.environment(maxvCpus=4, instanceTypes=["g4dn.xlarge"])
    batch.queue("ce")
    batch.mock.on("*").succeeds(after="2h")
    batch.submit("long", gpu=1)
    batch.submit("next", gpu=1)
    batch.mock.advance("10m")
    text = batch.mock.explain(batch.mock.jobs.one(name="next"))
    assert "1 in use, but where 1 vCPU are free at most 0 GPU are, the next job there ends" in text


def test_best_fit_never_exceeds_the_maximum_and_a_job_that_no_whole_instance_is_allowed_for_is_blocked(
    batch: Driver,
) -> None:
    batch.environment(maxvCpus=1, allocationStrategy="BEST_FIT")
    batch.queue("ce")
    job_id = batch.submit()
    batch.mock.advance("10m")
    assert str(batch.reason()).startswith("MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE")
    explained = batch.mock.explain(batch.mock.jobs.get(job_id))
    assert "an instance that takes it is more than maxvCpus allows" in explained


def test_explain_names_the_head_that_a_job_stands_behind(ec2: Driver) -> None:
    head = ec2.submit("large", vcpu=64)
    ec2.submit("small")
    ec2.mock.advance("1m")
    assert f"queue 'q' behind large ({head}): 'ce'" in ec2.mock.explain(ec2.mock.jobs.one(name="small"))
    assert "behind" not in ec2.mock.explain(ec2.mock.jobs.one(name="large"))
