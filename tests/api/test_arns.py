"""Identifiers as clients send them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from installed_model import skip_if_lacking

from pytest_batchmock import mock_batch
from pytest_batchmock.api import arns
from pytest_batchmock.domain.ids import arn, keyed_uuid
from pytest_batchmock.errors import BatchError

ID = keyed_uuid(0, "test", 1)
JOB_ARN = f"arn:aws:batch:eu-west-1:123456789012:job/{ID}"
QUEUE_ARN = "arn:aws:batch:eu-west-1:123456789012:job-queue/fast"
DEFINITION_ARN = "arn:aws:batch:eu-west-1:123456789012:job-definition/etl"

names = st.text("abcXYZ019-_", min_size=1, max_size=128)


def test_an_arn_is_taken_apart() -> None:
    assert arns.parse_arn(QUEUE_ARN) == (
        "aws",
        "batch",
        "eu-west-1",
        "123456789012",
        "job-queue",
        "fast",
        None,
    )


def test_the_name_of_a_job_arn_keeps_its_suffix() -> None:
    parsed = arns.parse_arn(f"{JOB_ARN}:7")
    assert parsed is not None
    assert (parsed.kind, parsed.name) == ("job", f"{ID}:7")


def test_a_quota_share_stands_below_its_queue() -> None:
    parsed = arns.parse_arn(f"{QUEUE_ARN}/quota-share/team")
    assert parsed is not None
    assert (parsed.kind, parsed.name, parsed.queue) == ("quota-share", "team", "fast")


def test_an_arn_of_a_service_without_regions_is_read_too() -> None:
    parsed = arns.parse_arn("arn:aws:iam::123456789012:role/service-role/batch")
    assert parsed is not None
    assert (parsed.service, parsed.region, parsed.kind, parsed.name) == (
        "iam",
        "",
        "role",
        "service-role/batch",
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fast",
        "arn:",
        "arn:aws:batch:r:a",
        "arn:aws:batch:r:a:fast",
        "arn:aws:batch:r:a:job-queue/",
        "arn::batch:r:a:job-queue/fast",
        "arn:aws::r:a:job-queue/fast",
        "urn:aws:batch:r:a:job-queue/fast",
    ],
)
def test_what_is_no_arn_of_a_resource_is_not_parsed(text: str) -> None:
    assert arns.parse_arn(text) is None


@given(
    region=st.sampled_from(["us-east-1", "cn-north-1", "us-gov-west-1"]),
    kind=st.sampled_from(["job-queue", "compute-environment", "consumable-resource"]),
    name=names,
)
def test_every_arn_that_we_write_is_read_back(region: str, kind: str, name: str) -> None:
    text = arn("batch", region, "123456789012", f"{kind}/{name}")
    parsed = arns.parse_arn(text)
    assert parsed is not None
    assert arn(parsed.service, parsed.region, parsed.account, f"{parsed.kind}/{parsed.name}") == text
    assert arns.name_of(kind, text) == name


@pytest.mark.parametrize("suffix", ["", ":0", ":12", "#0", "#3"])
@pytest.mark.parametrize(
    "prefix", ["", JOB_ARN.removesuffix(ID), JOB_ARN.removesuffix(ID).replace("job/", "service-job/")]
)
def test_a_job_is_named_by_id_or_arn_with_or_without_a_suffix(prefix: str, suffix: str) -> None:
    assert arns.job_id(f"{prefix}{ID}{suffix}") == f"{ID}{suffix}"


@pytest.mark.parametrize(
    "text", ["", "my-job", QUEUE_ARN, "arn:aws:ecs:r:a:job/x", "arn:aws:batch:r:a:job"]
)
def test_what_names_no_job_comes_back_as_it_is(text: str) -> None:
    assert arns.job_id(text) == text


@pytest.mark.parametrize("text", [ID, f"{ID}:0", f"{ID}#15"])
def test_a_job_id_is_a_uuid_with_an_optional_suffix(text: str) -> None:
    assert arns.is_job_id(text)


@pytest.mark.parametrize(
    "text", ["", "my-job", ID[:-1], ID.upper(), f"{ID}:", f"{ID}:x", f"{ID}:1:2", f"{ID}\n", JOB_ARN]
)
def test_other_texts_are_no_job_id(text: str) -> None:
    assert not arns.is_job_id(text)


def test_names_and_arns_are_interchangeable() -> None:
    assert arns.name_of("job-queue", "fast") == "fast"
    assert arns.name_of("job-queue", QUEUE_ARN) == "fast"


def test_an_arn_of_another_kind_or_service_names_nothing() -> None:
    assert arns.name_of("compute-environment", QUEUE_ARN) is None
    assert arns.name_of("job-queue", QUEUE_ARN.replace(":batch:", ":ecs:")) is None
    assert arns.name_of("job-queue", f"{QUEUE_ARN}/quota-share/team") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("etl", ("etl", None, False)),
        ("etl:3", ("etl", 3, False)),
        (DEFINITION_ARN, ("etl", None, True)),
        (f"{DEFINITION_ARN}:12", ("etl", 12, True)),
    ],
)
def test_a_definition_is_named_by_name_or_arn_with_or_without_a_revision(
    text: str, expected: tuple[str, int | None, bool]
) -> None:
    assert arns.definition(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "foo:latest",
        "foo:",
        "foo:1:2",
        "foo:-1",
        "a b",
        "x" * 129,
        f"{DEFINITION_ARN}:latest",
        QUEUE_ARN,
        "foo:" + "9" * 5000,
    ],
)
def test_a_malformed_reference_to_a_definition_is_refused_with_the_text_of_the_service(
    text: str,
) -> None:
    with pytest.raises(BatchError) as refusal:
        arns.definition(text)
    assert refusal.value.code == "ClientException"
    assert (
        refusal.value.message == f"Provided name {text} is not supported pattern[a-zA-Z_0-9-]{{1,128}}"
    )
    assert not refusal.value.wrapped


def test_every_kind_of_resource_has_an_arn_of_its_own_form() -> None:
    """IAM service authorization reference."""
    skip_if_lacking("CreateQuotaShare", {})
    head = "arn:aws:batch:us-east-1:123456789012:"
    limits = [{"maxCapacity": 2, "capacityUnit": "ml.m5.large"}]
    with mock_batch(clock="manual") as mock:
        mock.defaults(name="d")
        found = {
            "compute-environment/d": mock.call("DescribeComputeEnvironments", {})["computeEnvironments"][
                0
            ]["computeEnvironmentArn"],
            "job-queue/d": mock.call("DescribeJobQueues", {})["jobQueues"][0]["jobQueueArn"],
            "job-definition/d:1": mock.call("DescribeJobDefinitions", {})["jobDefinitions"][0][
                "jobDefinitionArn"
            ],
        }
        submit = {"jobName": "j", "jobQueue": "d", "jobDefinition": "d"}
        job = mock.call("SubmitJob", {**submit, "arrayProperties": {"size": 2}})
        found[f"job/{job['jobId']}"] = job["jobArn"]
        mock.advance("10s")
        child = mock.call("DescribeJobs", {"jobs": [f"{job['jobId']}:1"]})["jobs"][0]
        found[f"job/{job['jobId']}:1"] = child["jobArn"]
        quota = {"quotaSharePolicy": {"idleResourceAssignmentStrategy": "FIFO"}}
        policy = mock.call("CreateSchedulingPolicy", {"name": "p", **quota})["arn"]
        found["scheduling-policy/p"] = policy
        resource = mock.call("CreateConsumableResource", {"consumableResourceName": "c"})
        found["consumable-resource/c"] = resource["consumableResourceArn"]
        environment = mock.call(
            "CreateServiceEnvironment",
            {
                "serviceEnvironmentName": "s",
                "serviceEnvironmentType": "SAGEMAKER_TRAINING",
                "capacityLimits": limits,
            },
        )["serviceEnvironmentArn"]
        found["service-environment/s"] = environment
        mock.call(
            "CreateJobQueue",
            {
                "jobQueueName": "t",
                "priority": 1,
                "jobQueueType": "SAGEMAKER_TRAINING",
                "schedulingPolicyArn": policy,
                "serviceEnvironmentOrder": [{"order": 1, "serviceEnvironment": environment}],
            },
        )
        share = mock.call(
            "CreateQuotaShare",
            {
                "quotaShareName": "q",
                "jobQueue": "t",
                "capacityLimits": limits,
                "resourceSharingConfiguration": {"strategy": "RESERVE"},
                "preemptionConfiguration": {"inSharePreemption": "DISABLED"},
            },
        )
        found["job-queue/t/quota-share/q"] = share["quotaShareArn"]
        training = mock.call(
            "SubmitServiceJob",
            {
                "jobName": "j",
                "jobQueue": "t",
                "quotaShareName": "q",
                "serviceJobType": "SAGEMAKER_TRAINING",
                "serviceRequestPayload": "{}",
            },
        )
        found[f"service-job/{training['jobId']}"] = training["jobArn"]
    assert [head + resource for resource in found] == list(found.values())
