"""Hand-made views of quota shares, and a queue with quota shares for boto3."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

from installed_model import skip_if_lacking

from pytest_batchmock import BatchMock
from pytest_batchmock.domain.job import Job
from pytest_batchmock.domain.job_queue import JobQueue
from pytest_batchmock.domain.region import RegionState
from pytest_batchmock.domain.service_environment import ServiceEnvironment
from pytest_batchmock.domain.service_job import ServiceJobSpec
from pytest_batchmock.scheduler import quota_share
from pytest_batchmock.scheduler.quota_view import Demand, Holder, QuotaShareView, QuotaView
from pytest_batchmock.scheduler.view import Decision, Place, Preempt

UNIT = "ml.m5.large"
QUEUE: Any = JobQueue.__new__(JobQueue)
REGION = RegionState("123456789012", "us-east-1")

_keys = count()


def a_job(name: str) -> Job:
    """A service job; those made later were submitted later."""
    spec = ServiceJobSpec(
        region=REGION,
        queue=QUEUE,
        request=b"{}",
        attempts=1,
        evaluate_on_exit=(),
        timeout_ms=None,
        tags={},
        payload="{}",
        service_type="SAGEMAKER_TRAINING",
        quota_share=None,
        preemption_retries=None,
    )
    return Job(next(_keys), name, name, spec, 0)


def waits(name: str, amount: int, priority: int = 0, unit: str = UNIT) -> Demand:
    """A job that waits for instances."""
    return Demand(a_job(name), unit, amount, priority)


def holds(
    name: str, amount: int, *, priority: int = 0, since: int = 0, is_stopping: bool = False
) -> Holder:
    """A job that holds instances."""
    return Holder(a_job(name), UNIT, amount, priority, since, is_stopping)


def a_share(
    name: str,
    limit: int,
    strategy: str = "RESERVE",
    *,
    borrow: int | None = None,
    within: bool = False,
    waiting: tuple[Demand, ...] = (),
    holders: tuple[Holder, ...] = (),
) -> QuotaShareView:
    """A quota share; `borrow` is the borrow limit in percent, None for unlimited."""
    borrows = strategy == "LEND_AND_BORROW"
    return QuotaShareView(
        name=name,
        limits={UNIT: limit},
        lends=strategy != "RESERVE",
        borrows=borrows,
        borrow_limit_percent=borrow if borrows else 0,
        preempts_within=within,
        waiting=iter(waiting),
        holders=holders,
    )


def a_view(capacity: int, *shares: QuotaShareView, is_usable: bool = True) -> QuotaView:
    """A queue whose service environment has `capacity` instances, less what the holders hold."""
    environment = ServiceEnvironment(
        key=0,
        name="trainings",
        arn="arn",
        type="SAGEMAKER_TRAINING",
        state="ENABLED",
        capacity_limits=[{"capacityUnit": UNIT, "maxCapacity": capacity}],
        tags={},
        created_at_ms=0,
    )
    held = sum(holder.amount for share in shares for holder in share.holders)
    return QuotaView(environment, {UNIT: capacity - held}, is_usable, shares)


def decided(view: QuotaView) -> dict[str, list[str]]:
    """By the kind of decision, the names of the jobs."""
    found: dict[str, list[str]] = {"placed": [], "stopped": [], "waiting": []}
    for decision in quota_share.decide(view):
        found[kind_of(decision)].append(decision.job.name)
    return found


def kind_of(decision: Decision) -> str:
    """What a decision does to its job."""
    if isinstance(decision, Place):
        return "placed"
    return "stopped" if isinstance(decision, Preempt) else "waiting"


class Trainings:
    """A queue with quota shares over a service environment of some instances, through boto3."""

    def __init__(self, mock: BatchMock, client: Any, instances: int) -> None:
        skip_if_lacking("CreateQuotaShare", {})
        self.mock, self.client = mock, client
        environment = client.create_service_environment(
            serviceEnvironmentName="trainings",
            serviceEnvironmentType="SAGEMAKER_TRAINING",
            capacityLimits=[{"maxCapacity": instances, "capacityUnit": UNIT}],
        )
        policy = client.create_scheduling_policy(
            name="quotas", quotaSharePolicy={"idleResourceAssignmentStrategy": "FIFO"}
        )
        client.create_job_queue(
            jobQueueName="trainings",
            priority=1,
            jobQueueType="SAGEMAKER_TRAINING",
            schedulingPolicyArn=policy["arn"],
            serviceEnvironmentOrder=[
                {"order": 1, "serviceEnvironment": environment["serviceEnvironmentArn"]}
            ],
        )

    def share(
        self, name: str, limit: int, strategy: str, *, within: bool = False, **sharing: int
    ) -> str:
        """Create a quota share and give its ARN."""
        arn: str = self.client.create_quota_share(
            quotaShareName=name,
            jobQueue="trainings",
            capacityLimits=[{"maxCapacity": limit, "capacityUnit": UNIT}],
            resourceSharingConfiguration={"strategy": strategy, **sharing},
            preemptionConfiguration={"inSharePreemption": "ENABLED" if within else "DISABLED"},
        )["quotaShareArn"]
        return arn

    def train(self, name: str, share: str, instances: int, **members: Any) -> str:
        """Submit a training and give its id."""
        resources = {"InstanceType": UNIT, "InstanceCount": instances}
        job_id: str = self.client.submit_service_job(
            jobName=name,
            jobQueue="trainings",
            quotaShareName=share,
            serviceJobType="SAGEMAKER_TRAINING",
            serviceRequestPayload=json.dumps({"ResourceConfig": resources}),
            **members,
        )["jobId"]
        return job_id

    def describe(self, job_id: str) -> dict[str, Any]:
        """DescribeServiceJob."""
        described: dict[str, Any] = self.client.describe_service_job(jobId=job_id)
        return described

    def statuses(self, *job_ids: str) -> list[str]:
        """The status of each job now."""
        return [self.describe(job_id)["status"] for job_id in job_ids]
