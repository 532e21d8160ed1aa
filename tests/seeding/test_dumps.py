"""Seeding from answers of describe calls."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from contract.newest import needs_newest_model
from installed_model import skip_if_lacking

from pytest_batchmock import BatchMock, MockUsageError

SAMPLES = Path(__file__).parents[1] / "golden" / "data" / "samples"
ROLE = "arn:aws:iam::999988887777:role/job"
JOB = {"image": "busybox", "resourceRequirements": [{"type": "VCPU", "value": "1"}]}
JOB["resourceRequirements"].append({"type": "MEMORY", "value": "512"})


def described(mock: BatchMock) -> dict:
    """All that describe calls tell of the resources of a mock."""
    told = {
        "computeEnvironments": mock.call("DescribeComputeEnvironments", {})["computeEnvironments"],
        "jobQueues": mock.call("DescribeJobQueues", {})["jobQueues"],
        "jobDefinitions": mock.call("DescribeJobDefinitions", {})["jobDefinitions"],
    }
    arns = [entry["arn"] for entry in mock.call("ListSchedulingPolicies", {})["schedulingPolicies"]]
    if arns:
        policies = mock.call("DescribeSchedulingPolicies", {"arns": arns})
        told["schedulingPolicies"] = policies["schedulingPolicies"]
    return told


def an_account(**options) -> BatchMock:
    """A mock with one of nearly everything."""
    mock = BatchMock(seed=5, **options)
    mock.defaults(name="spot", spot=True)
    mock.defaults(name="fargate", fargate=True, retries=2, timeout_seconds=90)
    policy = mock.call(
        "CreateSchedulingPolicy",
        {"name": "fair", "fairsharePolicy": {"shareDecaySeconds": 60}, "tags": {"a": "b"}},
    )["arn"]
    order = [{"order": 1, "computeEnvironment": "spot"}]
    mock.call(
        "CreateJobQueue",
        {
            "jobQueueName": "shared",
            "priority": 7,
            "state": "DISABLED",
            "schedulingPolicyArn": policy,
            "computeEnvironmentOrder": order,
            "tags": {"team": "etl"},
        },
    )
    mock.call("UpdateComputeEnvironment", {"computeEnvironment": "fargate", "state": "DISABLED"})
    for image in ("one", "two", "three"):
        mock.call(
            "RegisterJobDefinition",
            {
                "jobDefinitionName": "report",
                "type": "container",
                "containerProperties": JOB | {"image": image, "jobRoleArn": ROLE},
            },
        )
    mock.call("DeregisterJobDefinition", {"jobDefinition": "report:2"})
    return mock


def test_what_is_described_and_seeded_is_described_alike():
    before = described(an_account())
    copy = BatchMock(seed=9)
    copy.seed(before)
    assert described(copy) == before


def test_one_file_after_another_and_files_in_any_order_are_read(tmp_path):
    told = described(an_account())
    for name in ("jobQueues", "jobDefinitions"):
        (tmp_path / f"{name}.json").write_text(json.dumps({name: told.pop(name)}))
    rest = "\n".join(json.dumps({name: entries}) for name, entries in told.items())
    (tmp_path / "rest.json").write_text(rest)
    copy = BatchMock()
    seeded = copy.seed(*sorted(tmp_path.iterdir()))
    assert described(copy) == described(an_account())
    assert len(seeded) == 11
    assert seeded.created["jobQueues"] == ["spot", "fargate", "shared"]


def test_revisions_with_gaps_are_addressed_by_their_own_numbers():
    told = described(an_account())["jobDefinitions"]
    kept = [entry for entry in told if (entry["jobDefinitionName"], entry["revision"]) != ("report", 1)]
    copy = BatchMock()
    copy.defaults()
    copy.seed({"jobDefinitions": kept})
    submit = {"jobName": "a", "jobQueue": "default", "jobDefinition": "report:3"}
    copy.call("SubmitJob", submit)
    assert copy.jobs.one().definition == "report:3"
    registered = copy.call(
        "RegisterJobDefinition",
        {"jobDefinitionName": "report", "type": "container", "containerProperties": JOB},
    )
    assert registered["revision"] == 4


def test_an_older_revision_than_those_there_are_is_refused():
    told = described(an_account())["jobDefinitions"]
    with pytest.raises(MockUsageError, match=r"report:1 cannot be registered.*up to 3 already"):
        an_account().seed({"jobDefinitions": [e for e in told if e["jobDefinitionName"] == "report"]})


def test_account_and_region_become_those_of_the_mock_and_those_of_roles_stay():
    told = described(an_account(account_id="999988887777", region="eu-west-1"))
    copy = BatchMock()
    copy.seed(told)
    queue = copy.call("DescribeJobQueues", {"jobQueues": ["shared"]})["jobQueues"][0]
    prefix = "arn:aws:batch:us-east-1:123456789012:"
    assert queue["jobQueueArn"] == prefix + "job-queue/shared"
    assert queue["schedulingPolicyArn"] == prefix + "scheduling-policy/fair"
    assert queue["computeEnvironmentOrder"][0]["computeEnvironment"].startswith(prefix)
    [definition] = copy.call("DescribeJobDefinitions", {"jobDefinitions": ["report:1"]})[
        "jobDefinitions"
    ]
    assert definition["containerProperties"]["jobRoleArn"] == ROLE


def test_arns_can_be_kept(monkeypatch):
    told = described(an_account(account_id="999988887777", region="eu-west-1"))
    copy = BatchMock()
    copy.seed(told, keep_arns=True)
    assert described(copy)["jobQueues"] == []
    there = BatchMock(account_id="999988887777", region="eu-west-1")
    there.seed(told)
    assert described(there) == told
    boto3 = pytest.importorskip("boto3")
    with copy:
        client = boto3.client(
            "batch",
            region_name="eu-west-1",
            aws_access_key_id="999988887777",
            aws_secret_access_key="x",
        )
        assert client.describe_job_queues()["jobQueues"] == told["jobQueues"]


@needs_newest_model
@pytest.mark.parametrize("name", ["2025_describe_compute_environments", "2025_describe_job_definitions"])
def test_a_recorded_answer_of_the_service_is_seeded(name):
    told = json.loads((SAMPLES / f"{name}.json").read_text())["response"]
    [(kind, entries)] = told.items()
    first = next(iter(entries))
    arn = first.get("computeEnvironmentArn") or first["jobDefinitionArn"]
    mock = BatchMock(region=arn.split(":")[3], account_id=arn.split(":")[4])
    seeded = mock.seed(told)
    assert len(seeded) == len(entries)
    got = described(mock)[kind]
    key = "computeEnvironmentArn" if "computeEnvironmentArn" in first else "jobDefinitionArn"
    expected = sorted(entries, key=lambda entry: entry[key])
    assert sorted(got, key=lambda entry: entry[key]) == expected


def test_what_is_invalid_stays_so_and_what_is_being_deleted_is_left_out():
    told = described(an_account())["computeEnvironments"]
    told[0] |= {"status": "INVALID", "statusReason": "CLIENT_ERROR - no role"}
    told[1]["status"] = "DELETING"
    copy = BatchMock()
    seeded = copy.seed({"computeEnvironments": told})
    assert seeded.left_out == ["compute environment fargate: it is DELETING."]
    [left] = described(copy)["computeEnvironments"]
    assert (left["status"], left["statusReason"]) == ("INVALID", "CLIENT_ERROR - no role")


def test_resources_are_there_at_once_though_others_take_their_time():
    copy = BatchMock(clock="manual", resource_latency=30)
    copy.seed(described(an_account()))
    assert {entry["status"] for entry in described(copy)["jobQueues"]} == {"VALID"}
    copy.call("UpdateJobQueue", {"jobQueue": "shared", "priority": 8})
    assert (
        copy.call("DescribeJobQueues", {"jobQueues": ["shared"]})["jobQueues"][0]["status"] == "UPDATING"
    )


@pytest.mark.parametrize("own_image", [{}, {"imageId": "ami-1"}])
def test_an_environment_keeps_an_image_that_a_new_one_could_not_have(own_image):
    mock = BatchMock(seed=5)
    mock.defaults(name="old")
    before = mock.call("DescribeComputeEnvironments", {})
    (environment,) = before["computeEnvironments"]
    environment["computeResources"] |= own_image | {
        "instanceTypes": ["p3"],
        "ec2Configuration": [{"imageType": "ECS_AL2_NVIDIA", "batchImageStatus": "LATEST"}],
    }
    copy = BatchMock(seed=9)
    copy.seed(before)
    assert copy.call("DescribeComputeEnvironments", {}) == before


def test_a_consumable_resource_is_described_alone():
    skip_if_lacking("CreateConsumableResource", {})
    mock = BatchMock(clock="manual", start=0)
    mock.call("CreateConsumableResource", {"consumableResourceName": "licence", "totalQuantity": 3})
    told = mock.call("DescribeConsumableResource", {"consumableResource": "licence"})
    copy = BatchMock(clock="manual", start=0)
    copy.seed(told | {"ResponseMetadata": {}})
    assert copy.call("DescribeConsumableResource", {"consumableResource": "licence"}) == told


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({}, "has nothing: it must hold answers"),
        ({"jobs": []}, "has jobs: it must hold answers"),
        ({"jobQueues": [], "jobs": []}, "jobs is nothing that can be seeded; a dump holds"),
        ({"jobQueues": {}}, "jobQueues is no list"),
        ({"jobQueues": [5]}, r"jobQueues\[0\] is no object"),
        ({"jobQueues": [{}]}, "has no jobQueueName: it is no description of a job queue"),
        ({"schedulingPolicies": [{"arn": "x"}]}, "dump describe-scheduling-policies --arns"),
        (
            {"jobDefinitions": [{"jobDefinitionName": "a", "revision": -1}]},
            r"jobDefinitions\[0\]: revision is -1, and not a number from 1",
        ),
        (
            {"jobDefinitions": [{"jobDefinitionName": "a", "revision": 1, "tags": 5}]},
            "AWS Batch refuses the job definition 'a'",
        ),
        ({"computeEnvironments": [{"computeEnvironmentName": "a", "uuid": 5}]}, "uuid is 5, and not a"),
        ({"terraform_version": "1", "resources": 5}, "resources is no list"),
        ({"terraform_version": "1", "resources": [5]}, r"resources\[0\] is no object"),
        (
            {"terraform_version": "1", "values": {"root_module": {"child_modules": [5]}}},
            r"child_modules\[0\] is no object",
        ),
        (
            {
                "terraform_version": "1",
                "resources": [{"type": "aws_batch_job_queue", "name": "q", "instances": [{}]}],
            },
            r"aws_batch_job_queue\.q: attributes is no object",
        ),
        (
            {"jobQueues": [{"jobQueueName": "q", "priority": 1, "computeEnvironmentOrder": []}]},
            "AWS Batch refuses the job queue 'q'",
        ),
    ],
)
def test_what_cannot_be_seeded_is_told(document, text):
    with pytest.raises(MockUsageError, match=text):
        BatchMock().seed(document)


def test_a_queue_whose_scheduling_policy_is_not_in_the_dump_says_to_seed_that_too():
    queue = {
        "jobQueueName": "q",
        "priority": 1,
        "schedulingPolicyArn": "arn:aws:batch:us-east-1:123456789012:scheduling-policy/fair",
        "computeEnvironmentOrder": [{"order": 1, "computeEnvironment": "default"}],
    }
    mock = BatchMock()
    mock.defaults()
    with pytest.raises(MockUsageError, match=r"scheduling-policy/fair not found\. Seed that too"):
        mock.seed({"jobQueues": [queue]})


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    with pytest.raises(MockUsageError, match=r"no\.json cannot be read: No such file"):
        BatchMock().seed(tmp_path / "no.json")
    (tmp_path / "broken.json").write_text('{"jobQueues": [}')
    with pytest.raises(MockUsageError, match=r"broken\.json is no JSON"):
        BatchMock().seed(tmp_path / "broken.json")
    with pytest.raises(MockUsageError, match="name at least one file"):
        BatchMock().seed()
    with pytest.raises(MockUsageError, match="give the path of a file, or a mapping"):
        BatchMock().seed(5)
    with pytest.raises(MockUsageError, match="no template asks for the parameter A"):
        BatchMock().seed({"jobQueues": []}, parameters={"A": "b"})


def test_the_ini_file_names_what_every_mock_begins_with(pytester):
    pytester.makeini(
        "[pytest]\naddopts = -p no:cacheprovider -p no:asyncio\nbatchmock_seed_files = account.json\n"
    )
    (pytester.path / "account.json").write_text(json.dumps(described(an_account())))
    pytester.makepyfile(
        """
        def test_first(batchmock):
            assert len(batchmock.call("DescribeJobQueues", {})["jobQueues"]) == 3

        def test_second(batchmock):
            assert len(batchmock.call("DescribeJobQueues", {})["jobQueues"]) == 3
        """
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=2)


def test_quota_shares_and_what_they_stand_on_are_seeded():
    skip_if_lacking("CreateQuotaShare", {})
    mock = BatchMock()
    unit = {"capacityUnit": "ml.m5.large"}
    mock.call(
        "CreateServiceEnvironment",
        {
            "serviceEnvironmentName": "trainings",
            "serviceEnvironmentType": "SAGEMAKER_TRAINING",
            "capacityLimits": [{"maxCapacity": 10, **unit}],
        },
    )
    policy = {"name": "shares", "quotaSharePolicy": {"idleResourceAssignmentStrategy": "FIFO"}}
    arn = mock.call("CreateSchedulingPolicy", policy)["arn"]
    mock.call(
        "CreateJobQueue",
        {
            "jobQueueName": "q",
            "priority": 1,
            "jobQueueType": "SAGEMAKER_TRAINING",
            "schedulingPolicyArn": arn,
            "serviceEnvironmentOrder": [{"order": 1, "serviceEnvironment": "trainings"}],
        },
    )
    mock.call(
        "CreateQuotaShare",
        {
            "quotaShareName": "s",
            "jobQueue": "q",
            "capacityLimits": [{"maxCapacity": 5, **unit}],
            "resourceSharingConfiguration": {"strategy": "RESERVE"},
            "preemptionConfiguration": {"inSharePreemption": "ENABLED"},
        },
    )

    def told(mock):
        shares = mock.call("ListQuotaShares", {"jobQueue": "q"})["quotaShares"]
        environments = mock.call("DescribeServiceEnvironments", {})["serviceEnvironments"]
        rest = described(mock)
        return rest | {"quotaShares": shares, "serviceEnvironments": environments}

    copy = BatchMock()
    copy.seed(told(mock))
    assert told(copy) == told(mock)
