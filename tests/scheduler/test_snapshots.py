"""GetJobQueueSnapshot, and the order of a queue that it shows: who is next, and what is in use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from installed_model import skip_if_lacking

from pytest_batchmock import BatchError, BatchMock, mock_batch


@pytest.fixture
def batch() -> Iterator[BatchMock]:
    """A Fargate environment of 2 vCPUs with a FIFO queue "default" and a fair-share queue "fair"."""
    skip_if_lacking("GetJobQueueSnapshot", {})
    with mock_batch(clock="manual", start="2030-01-01") as mock:
        mock.defaults(fargate=True, max_vcpus=2)
        policy = mock.call("CreateSchedulingPolicy", {"name": "policy", "fairsharePolicy": {}})
        order = [{"order": 1, "computeEnvironment": "default"}]
        for name in ("fair", "other"):
            mock.call(
                "CreateJobQueue",
                {
                    "jobQueueName": name,
                    "priority": 1,
                    "schedulingPolicyArn": policy["arn"],
                    "computeEnvironmentOrder": order,
                },
            )
        mock.on("*").hangs()
        yield mock


def submit(batch: BatchMock, name: str, share: str | None = None, **members: Any) -> str:
    """Submit a job, to the fair-share queue if it has a share, and give its ARN."""
    request = {"jobName": name, "jobQueue": "default", "jobDefinition": "default"}
    if share is not None:
        members = {"jobQueue": "fair", "schedulingPriorityOverride": 1, **members}
        request["shareIdentifier"] = share
    arn: str = batch.call("SubmitJob", {**request, **members})["jobArn"]
    return arn


def snapshot(batch: BatchMock, queue: str = "default") -> dict[str, Any]:
    return batch.call("GetJobQueueSnapshot", {"jobQueue": queue})


def front(batch: BatchMock, queue: str = "default") -> list[str]:
    """The ARNs of the jobs at the front."""
    return [entry["jobArn"] for entry in snapshot(batch, queue)["frontOfQueue"]["jobs"]]


def test_a_queue_without_a_policy_is_served_in_the_order_of_submission(batch: BatchMock) -> None:
    arns = []
    for number in range(6):
        arns.append(submit(batch, f"job-{number}"))
        batch.advance("1s")
    batch.advance("1m")
    assert [job.status for job in batch.jobs] == [*["RUNNING"] * 2, *["RUNNABLE"] * 4]
    assert front(batch) == arns[2:]


def test_the_front_has_at_most_100_jobs_and_says_since_when_they_wait(batch: BatchMock) -> None:
    submit(batch, "array", arrayProperties={"size": 120})
    batch.advance("1m")
    shown = snapshot(batch)["frontOfQueue"]
    assert len(shown["jobs"]) == 100
    assert [entry["jobArn"].rpartition(":")[2] for entry in shown["jobs"][:3]] == ["2", "3", "4"]
    now_ms = round(batch.now.timestamp() * 1000)
    assert shown["lastUpdatedAt"] == now_ms
    assert all(now_ms - 60_000 < entry["earliestTimeAtPosition"] < now_ms for entry in shown["jobs"])


def test_the_front_of_a_fair_share_queue_is_in_the_order_of_dispatch(batch: BatchMock) -> None:
    submit(batch, "running", "a")
    batch.advance("1m")
    full = {"containerOverrides": {"resourceRequirements": [{"type": "VCPU", "value": "2"}]}}
    full["containerOverrides"]["resourceRequirements"].append({"type": "MEMORY", "value": "4096"})
    of_a = submit(batch, "a", "a", **full)
    of_b = submit(batch, "b", "b", **full)
    batch.advance("1m")
    assert front(batch, "fair") == [of_b, of_a], "a has used something, b has not"


def test_what_is_in_use_is_counted_in_vcpus_and_by_share(batch: BatchMock) -> None:
    submit(batch, "one", "a")
    submit(batch, "two", "b")
    submit(batch, "waits", "c")
    batch.advance("1m")
    used = snapshot(batch, "fair")["queueUtilization"]
    assert used["totalCapacityUsage"] == [{"capacityUnit": "VCPU", "quantity": 2.0}]
    shares = used["fairshareUtilization"]
    assert shares["activeShareCount"] == 3
    assert shares["topCapacityUtilization"] == [
        {"shareIdentifier": name, "capacityUsage": [{"capacityUnit": "VCPU", "quantity": 1.0}]}
        for name in ("a", "b")
    ]
    assert used["lastUpdatedAt"] == round(batch.now.timestamp() * 1000)
    assert "fairshareUtilization" not in snapshot(batch)["queueUtilization"]


def test_at_most_20_shares_are_listed_with_what_they_use_the_largest_first(batch: BatchMock) -> None:
    batch.call(
        "UpdateComputeEnvironment",
        {"computeEnvironment": "default", "computeResources": {"maxvCpus": 64}},
    )
    for number in range(22):
        submit(batch, f"job-{number}", f"s{number}")
    submit(batch, "more", "s21")
    batch.advance("1m")
    top = snapshot(batch, "fair")["queueUtilization"]["fairshareUtilization"]["topCapacityUtilization"]
    assert len(top) == 20
    assert top[0]["shareIdentifier"] == "s21"


def test_the_snapshot_of_an_unknown_queue_is_refused(batch: BatchMock) -> None:
    with pytest.raises(BatchError, match=r"JobQueue nothing not found\.") as refusal:
        snapshot(batch, "nothing")
    assert refusal.value.code == "ClientException"


def test_an_identifier_counts_in_its_queue_alone(batch: BatchMock) -> None:
    """Use and activity of a share of one queue say nothing about the same share of another."""
    submit(batch, "here", "a")
    batch.advance("1m")
    submit(batch, "a-there", "a", jobQueue="other", arrayProperties={"size": 2})
    submit(batch, "b-there", "b", jobQueue="other", arrayProperties={"size": 2})
    batch.advance("1m")
    used = snapshot(batch, "other")["queueUtilization"]["fairshareUtilization"]
    assert used["activeShareCount"] == 2
    assert snapshot(batch, "fair")["queueUtilization"]["fairshareUtilization"]["activeShareCount"] == 1
    running = [job.name for job in batch.jobs if any(it.status == "RUNNING" for it in job.children)]
    assert running == ["a-there"], "in its queue neither has used anything, and a comes first"


def test_a_501st_active_share_is_refused_until_another_has_ended(batch: BatchMock) -> None:
    for number in range(500):
        submit(batch, "job", f"s{number}")
    submit(batch, "job", "s7")
    with pytest.raises(BatchError, match="500"):
        submit(batch, "job", "one-more")
    submit(batch, "job", "one-more", jobQueue="other")
    batch.call("TerminateJob", {"jobId": batch.jobs.all()[0].id, "reason": "makes room"})
    submit(batch, "job", "one-more")


@pytest.mark.parametrize(("vcpus", "running"), [(None, 4), (4, 2)])
def test_of_an_unmanaged_environment_only_stated_vcpus_are_reserved(
    vcpus: int | None, running: int
) -> None:
    with mock_batch(clock="manual", start="2030-01-01") as batch:
        batch.defaults()
        stated = {} if vcpus is None else {"unmanagedvCpus": vcpus}
        batch.call(
            "CreateComputeEnvironment",
            {
                "computeEnvironmentName": "own",
                "type": "UNMANAGED",
                "serviceRole": "arn:aws:iam::123456789012:role/batch",
                **stated,
            },
        )
        named = {"computeEnvironments": ["own"]}
        (own,) = batch.call("DescribeComputeEnvironments", named)["computeEnvironments"]
        batch.cluster(own["ecsClusterArn"]).add_instances("c5.xlarge")
        policy = {"name": "policy", "fairsharePolicy": {"computeReservation": 50}}
        batch.call(
            "CreateJobQueue",
            {
                "jobQueueName": "fair",
                "priority": 1,
                "schedulingPolicyArn": batch.call("CreateSchedulingPolicy", policy)["arn"],
                "computeEnvironmentOrder": [{"order": 1, "computeEnvironment": "own"}],
            },
        )
        batch.on("*").hangs()
        needs = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "512"}]
        overrides = {"containerOverrides": {"resourceRequirements": needs}}
        submit(batch, "job", "a", arrayProperties={"size": 8}, **overrides)
        batch.advance("5m")
        assert [child.status for child in batch.jobs.one().children].count("RUNNING") == running
