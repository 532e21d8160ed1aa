"""TagResource, UntagResource and ListTagsForResource."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from behaviour.conftest import Driver

pytestmark = pytest.mark.batchmock(clock="manual", start="2026-03-01T12:00:00+00:00")

HEAD = "arn:aws:batch:us-east-1:123456789012:"
KINDS = [
    f"{HEAD}compute-environment/default",
    f"{HEAD}job-queue/default",
    f"{HEAD}job-definition/default:1",
    "a job",
]


@pytest.fixture(params=KINDS)
def arn(request: pytest.FixtureRequest, ec2: Driver) -> str:
    """The ARN of each kind of resource that can be tagged."""
    if request.param == "a job":
        return str(ec2.describe(ec2.submit())["jobArn"])
    return str(request.param)


def tags(batch: Driver, arn: str) -> Any:
    """What ListTagsForResource answers."""
    return batch.client.list_tags_for_resource(resourceArn=arn)["tags"]


def test_tags_are_added_and_overwritten(ec2: Driver, arn: str) -> None:
    assert tags(ec2, arn) == {}
    ec2.client.tag_resource(resourceArn=arn, tags={"team": "data", "stage": "test"})
    ec2.client.tag_resource(resourceArn=arn, tags={"stage": "live", "cost": ""})
    assert tags(ec2, arn) == {"team": "data", "stage": "live", "cost": ""}


def test_tags_are_removed_and_unknown_keys_ignored(ec2: Driver, arn: str) -> None:
    ec2.client.tag_resource(resourceArn=arn, tags={"team": "data", "stage": "test"})
    ec2.client.untag_resource(resourceArn=arn, tagKeys=["stage", "unknown"])
    assert tags(ec2, arn) == {"team": "data"}


def test_keys_and_values_are_case_sensitive(ec2: Driver, arn: str) -> None:
    ec2.client.tag_resource(resourceArn=arn, tags={"Team": "A", "team": "a"})
    ec2.client.untag_resource(resourceArn=arn, tagKeys=["TEAM"])
    assert tags(ec2, arn) == {"Team": "A", "team": "a"}


def test_describe_shows_the_tags_as_they_are_now(ec2: Driver) -> None:
    job = ec2.submit(tags={"run": "1"})
    assert ec2.describe(job)["tags"] == {"run": "1"}
    ec2.client.tag_resource(resourceArn=ec2.describe(job)["jobArn"], tags={"run": "2"})
    assert ec2.describe(job)["tags"] == {"run": "2"}
    for arn in KINDS[:3]:
        ec2.client.tag_resource(resourceArn=arn, tags={"team": "data"})
    client = ec2.client
    for found in (
        client.describe_compute_environments()["computeEnvironments"],
        client.describe_job_queues()["jobQueues"],
        client.describe_job_definitions()["jobDefinitions"],
    ):
        assert [entry["tags"] for entry in found] == [{"team": "data"}]


def test_tags_with_special_characters_in_the_arn_and_keys_arrive(ec2: Driver) -> None:
    arn = ec2.register("with_under-score")
    given = {"a b": "x/y", "c:d=e": "+-@", "ключ": "значение"}
    ec2.client.tag_resource(resourceArn=arn, tags=given)
    assert tags(ec2, arn) == given
    ec2.client.untag_resource(resourceArn=arn, tagKeys=["a b", "c:d=e"])
    assert tags(ec2, arn) == {"ключ": "значение"}


def test_a_resource_that_is_deleted_takes_its_tags_with_it(ec2: Driver) -> None:
    arn = f"{HEAD}job-queue/default"
    ec2.client.tag_resource(resourceArn=arn, tags={"team": "data"})
    ec2.client.update_job_queue(jobQueue="default", state="DISABLED")
    ec2.client.delete_job_queue(jobQueue="default")
    with pytest.raises(ClientError, match="not found"):
        tags(ec2, arn)
    ec2.client.create_job_queue(
        jobQueueName="default",
        priority=1,
        computeEnvironmentOrder=[{"order": 1, "computeEnvironment": "default"}],
    )
    assert tags(ec2, arn) == {}


def test_tags_of_the_definition_are_not_the_jobs(ec2: Driver) -> None:
    ec2.register(tags={"team": "video"})
    job = ec2.describe(ec2.submit(jobDefinition="work"))
    assert job["tags"] == {}
    assert tags(ec2, job["jobArn"]) == {}


def test_two_jobs_do_not_share_their_tags(ec2: Driver) -> None:
    jobs = [ec2.describe(ec2.submit(tags={"run": "1"})) for _ in range(2)]
    ec2.client.tag_resource(resourceArn=jobs[0]["jobArn"], tags={"extra": "yes"})
    assert tags(ec2, jobs[1]["jobArn"]) == {"run": "1"}


def test_the_tags_of_instances_are_not_the_environments(batch: Driver) -> None:
    batch.client.create_compute_environment(
        computeEnvironmentName="tagged",
        type="MANAGED",
        computeResources={
            "type": "EC2",
            "minvCpus": 0,
            "maxvCpus": 4,
            "subnets": ["subnet-0a1b2c3d"],
            "securityGroupIds": ["sg-0a1b2c3d"],
            "instanceRole": "arn:aws:iam::123456789012:instance-profile/ecsInstanceRole",
            "instanceTypes": ["optimal"],
            "tags": {"Name": "batch-instance"},
        },
    )
    (environment,) = batch.client.describe_compute_environments()["computeEnvironments"]
    assert environment["computeResources"]["tags"] == {"Name": "batch-instance"}
    assert environment["tags"] == tags(batch, environment["computeEnvironmentArn"]) == {}


def test_the_arn_of_nothing_is_refused(ec2: Driver) -> None:
    with pytest.raises(ClientError, match="not found") as refusal:
        tags(ec2, f"{HEAD}job-queue/nothing")
    assert refusal.value.response["Error"]["Code"] == "ClientException"


def test_what_can_be_created_with_tags_can_be_tagged_later(client: Any) -> None:
    """Quota shares and service jobs too, which the API model does not list by name."""
    if not hasattr(client, "create_quota_share"):
        pytest.skip("this botocore has no quota shares")
    unit, limit = "ml.m5.large", [{"maxCapacity": 2, "capacityUnit": "ml.m5.large"}]
    given = {"team": "data"}
    policy = client.create_scheduling_policy(
        name="quotas", quotaSharePolicy={"idleResourceAssignmentStrategy": "FIFO"}, tags=given
    )["arn"]
    environment = client.create_service_environment(
        serviceEnvironmentName="se",
        serviceEnvironmentType="SAGEMAKER_TRAINING",
        capacityLimits=limit,
        tags=given,
    )["serviceEnvironmentArn"]
    client.create_job_queue(
        jobQueueName="q",
        priority=1,
        jobQueueType="SAGEMAKER_TRAINING",
        schedulingPolicyArn=policy,
        serviceEnvironmentOrder=[{"order": 1, "serviceEnvironment": environment}],
    )
    share = client.create_quota_share(
        quotaShareName="s",
        jobQueue="q",
        capacityLimits=limit,
        resourceSharingConfiguration={"strategy": "RESERVE"},
        preemptionConfiguration={"inSharePreemption": "DISABLED"},
        tags=given,
    )["quotaShareArn"]
    resource = client.create_consumable_resource(consumableResourceName="seat", tags=given)
    job = client.submit_service_job(
        jobName="train",
        jobQueue="q",
        quotaShareName="s",
        serviceJobType="SAGEMAKER_TRAINING",
        serviceRequestPayload=f'{{"ResourceConfig": {{"InstanceType": "{unit}"}}}}',
        tags=given,
    )
    arns = [policy, environment, share, resource["consumableResourceArn"], job["jobArn"]]
    for arn in arns:
        client.tag_resource(resourceArn=arn, tags={"stage": "test"})
        tagged = client.list_tags_for_resource(resourceArn=arn)["tags"]
        assert tagged == {"team": "data", "stage": "test"}, arn
        client.untag_resource(resourceArn=arn, tagKeys=["team"])
        assert client.list_tags_for_resource(resourceArn=arn)["tags"] == {"stage": "test"}
    assert client.describe_service_job(jobId=job["jobId"])["tags"] == {"stage": "test"}
    assert client.describe_quota_share(quotaShareArn=share)["tags"] == {"stage": "test"}


@pytest.mark.parametrize("prefix", ["aws:", "AWS:", "Aws:"])
def test_keys_that_begin_with_aws_are_reserved_in_any_case(ec2: Driver, prefix: str) -> None:
    with pytest.raises(ClientError, match="reserved"):
        ec2.client.tag_resource(resourceArn=KINDS[1], tags={f"{prefix}x": "y"})


def test_a_51st_tag_is_refused(ec2: Driver, arn: str) -> None:
    ec2.client.tag_resource(resourceArn=arn, tags={f"key-{n}": "" for n in range(50)})
    with pytest.raises(ClientError, match="50"):
        ec2.client.tag_resource(resourceArn=arn, tags={"one-more": ""})
    assert len(tags(ec2, arn)) == 50


def test_an_empty_arn_is_none(ec2: Driver) -> None:
    with pytest.raises(ClientError, match=r"Invalid resource ARN: $"):
        ec2.client.list_tags_for_resource(resourceArn="")
