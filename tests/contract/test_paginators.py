"""Every paginator of boto3 walks its listing in pages of any size, and starts again where it stopped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import botocore.session
import pytest
from rules.builders import a_limit

from pytest_batchmock import mock_batch

from .newest import needs_newest_model

pytestmark = needs_newest_model

PAGINATORS: dict[str, Any] = (
    botocore.session.get_session()
    .get_component("data_loader")
    .load_service_model("batch", "paginators-1")
)["pagination"]

ASKED = {
    "ListJobs": {"jobQueue": "zero", "jobStatus": "SUBMITTED"},
    "ListJobsByConsumableResource": {"consumableResource": "zero"},
    "ListQuotaShares": {"jobQueue": "shared"},
    "ListServiceJobs": {"jobQueue": "trainings", "jobStatus": "SUBMITTED"},
}
"""What a listing has to be asked with, beside the size of its pages."""

NAMES = ("zero", "one", "two", "three", "four")


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """A client of a mock whose clock stands still, with at least five of everything."""
    with mock_batch(clock="manual", start=1_000_000_000) as batch:
        client = boto3.client("batch", region_name="us-east-1")
        for name in NAMES:
            batch.defaults(name=name)
            client.create_consumable_resource(consumableResourceName=name, totalQuantity=5)
            client.create_scheduling_policy(name=name)
        policy = client.create_scheduling_policy(
            name="shares", quotaSharePolicy={"idleResourceAssignmentStrategy": "FIFO"}
        )["arn"]
        for name in (*NAMES, "trains", "shares"):
            client.create_service_environment(
                serviceEnvironmentName=name,
                serviceEnvironmentType="SAGEMAKER_TRAINING",
                capacityLimits=[a_limit("ml.m5.large", 5)],
            )
        for queue, environment, more in (
            ("trainings", "trains", {}),
            ("shared", "shares", {"schedulingPolicyArn": policy}),
        ):
            client.create_job_queue(
                jobQueueName=queue,
                jobQueueType="SAGEMAKER_TRAINING",
                priority=1,
                serviceEnvironmentOrder=[{"order": 1, "serviceEnvironment": environment}],
                **more,
            )
        for name in NAMES:
            client.create_quota_share(
                jobQueue="shared",
                quotaShareName=name,
                capacityLimits=[a_limit("ml.m5.large", 1)],
                resourceSharingConfiguration={"strategy": "RESERVE"},
                preemptionConfiguration={"inSharePreemption": "DISABLED"},
            )
            client.submit_job(
                jobName=name,
                jobQueue="zero",
                jobDefinition="zero",
                consumableResourcePropertiesOverride={
                    "consumableResourceList": [{"consumableResource": "zero", "quantity": 1}]
                },
            )
            client.submit_service_job(
                jobName=name,
                jobQueue="trainings",
                serviceJobType="SAGEMAKER_TRAINING",
                serviceRequestPayload=json.dumps(
                    {"ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1}}
                ),
            )
        yield client


def pages(client: Any, operation: str, **configuration: Any) -> Any:
    """The pages of a listing."""
    paginator = client.get_paginator(botocore.xform_name(operation))
    return paginator.paginate(**ASKED.get(operation, {}), PaginationConfig=configuration)


@pytest.mark.parametrize("size", [1, 2, 100])
@pytest.mark.parametrize("operation", sorted(PAGINATORS))
def test_a_listing_in_pages_is_the_listing(client: Any, operation: str, size: int) -> None:
    key = PAGINATORS[operation]["result_key"]
    whole = pages(client, operation).build_full_result()[key]
    assert len(whole) >= len(NAMES)
    found = [page[key] for page in pages(client, operation, PageSize=size)]
    assert [item for page in found for item in page] == whole
    assert [len(page) for page in found[:-1]] == [size] * (len(found) - 1)


@pytest.mark.parametrize("operation", sorted(PAGINATORS))
def test_a_listing_goes_on_where_it_was_left(client: Any, operation: str) -> None:
    key = PAGINATORS[operation]["result_key"]
    whole = pages(client, operation).build_full_result()[key]
    first = pages(client, operation, MaxItems=3, PageSize=2).build_full_result()
    rest = pages(client, operation, StartingToken=first["NextToken"], PageSize=2).build_full_result()
    assert first[key] + rest[key] == whole
