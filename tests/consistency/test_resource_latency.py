"""With `resource_latency`, environments, queues and quota shares pass through their states in time."""

from __future__ import annotations

import json

import pytest
from installed_model import skip_if_lacking

from pytest_batchmock import BatchError, BatchMock

from .conftest import COMPUTE_ENVIRONMENT, KINDS, LATENCY, Kind, a_training_queue, create

each_kind = pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])


def made(mock: BatchMock, kind: Kind) -> str:
    """Create what the kind needs and the resource itself, which is on its way; how it is called."""
    skip_if_lacking(f"Create{kind.name}", kind.create)
    mock.defaults()
    if kind.name == "QuotaShare":
        a_training_queue(mock)
    answer = mock.call(f"Create{kind.name}", kind.create)
    return answer["quotaShareArn"] if kind.name == "QuotaShare" else "it"


@each_kind
def test_a_resource_passes_through_creating_updating_and_deleting(mock: BatchMock, kind: Kind) -> None:
    reference = made(mock, kind)
    seen = [kind.status(mock, reference)]
    mock.advance("29s")
    seen.append(kind.status(mock, reference))
    mock.advance("1s")
    seen.append(kind.status(mock, reference))
    mock.call(f"Update{kind.name}", {kind.reference: reference, "state": "DISABLED"})
    seen.append(kind.status(mock, reference))
    mock.advance(LATENCY)
    seen.append(kind.status(mock, reference))
    mock.call(f"Delete{kind.name}", {kind.reference: reference})
    seen.append(kind.status(mock, reference))
    assert seen == ["CREATING", "CREATING", "VALID", "UPDATING", "VALID", "DELETING"]
    mock.advance(LATENCY)
    if kind.listed_as is None:
        with pytest.raises(BatchError, match="not"):
            kind.status(mock, reference)
    else:
        assert kind.status(mock, reference) is None


@each_kind
def test_a_resource_that_is_being_modified_is_neither_updated_nor_deleted(
    mock: BatchMock, kind: Kind
) -> None:
    reference = made(mock, kind)
    update = {kind.reference: reference, "state": "DISABLED"}

    def both_are_refused() -> None:
        for verb, params in (("Update", update), ("Delete", {kind.reference: reference})):
            with pytest.raises(BatchError, match=f"Cannot {verb.lower()}, resource is being modified"):
                mock.call(verb + kind.name, params)

    both_are_refused()
    mock.advance(LATENCY)
    mock.call(f"Update{kind.name}", update)
    both_are_refused()
    mock.advance(LATENCY)
    mock.call(f"Delete{kind.name}", {kind.reference: reference})
    both_are_refused()


@each_kind
def test_a_name_is_free_only_when_its_resource_is_gone(mock: BatchMock, kind: Kind) -> None:
    reference = made(mock, kind)
    mock.advance(LATENCY)
    mock.call(f"Update{kind.name}", {kind.reference: reference, "state": "DISABLED"})
    mock.advance(LATENCY)
    mock.call(f"Delete{kind.name}", {kind.reference: reference})
    with pytest.raises(BatchError, match="already exists"):
        mock.call(f"Create{kind.name}", kind.create)
    mock.advance(LATENCY)
    mock.call(f"Create{kind.name}", kind.create)


def test_an_environment_is_attached_only_when_it_is_valid(mock: BatchMock) -> None:
    mock.call("CreateComputeEnvironment", COMPUTE_ENVIRONMENT.create)
    order = [{"order": 1, "computeEnvironment": "it"}]
    queue = {"jobQueueName": "q", "priority": 1, "computeEnvironmentOrder": order}
    with pytest.raises(BatchError, match="must be created and valid"):
        mock.call("CreateJobQueue", queue)
    mock.advance(LATENCY)
    mock.call("CreateJobQueue", queue)


def disabled(mock: BatchMock, kind: str, name: str) -> None:
    reference = kind[0].lower() + kind[1:]
    mock.call(f"Update{kind}", {reference: name, "state": "DISABLED"})
    mock.advance(LATENCY)


def test_an_environment_is_held_by_a_queue_that_is_being_detached(mock: BatchMock) -> None:
    """The relation is eventually consistent: right after UpdateJobQueue deleting is still refused."""
    mock.defaults()
    mock.defaults(name="other")
    disabled(mock, "ComputeEnvironment", "default")
    order = [{"order": 1, "computeEnvironment": "other"}]
    mock.call("UpdateJobQueue", {"jobQueue": "default", "computeEnvironmentOrder": order})
    with pytest.raises(BatchError, match="Cannot delete, found existing JobQueue relationship"):
        mock.call("DeleteComputeEnvironment", {"computeEnvironment": "default"})
    mock.advance(LATENCY)
    mock.call("DeleteComputeEnvironment", {"computeEnvironment": "default"})


def test_an_environment_is_held_by_a_queue_that_is_being_deleted(mock: BatchMock) -> None:
    mock.defaults()
    disabled(mock, "ComputeEnvironment", "default")
    disabled(mock, "JobQueue", "default")
    mock.call("DeleteJobQueue", {"jobQueue": "default"})
    with pytest.raises(BatchError, match="Cannot delete, found existing JobQueue relationship"):
        mock.call("DeleteComputeEnvironment", {"computeEnvironment": "default"})
    mock.advance(LATENCY)
    mock.call("DeleteComputeEnvironment", {"computeEnvironment": "default"})


def test_a_service_environment_is_held_by_a_queue_that_is_being_detached(mock: BatchMock) -> None:
    a_training_queue(mock)
    create(
        mock,
        "CreateServiceEnvironment",
        serviceEnvironmentName="others",
        serviceEnvironmentType="SAGEMAKER_TRAINING",
        capacityLimits=[{"capacityUnit": "ml.m6i.xlarge", "maxCapacity": 10}],
    )
    disabled(mock, "ServiceEnvironment", "trainings")
    order = [{"order": 1, "serviceEnvironment": "others"}]
    mock.call("UpdateJobQueue", {"jobQueue": "trainings", "serviceEnvironmentOrder": order})
    with pytest.raises(BatchError, match="Cannot delete, found existing JobQueue relationship"):
        mock.call("DeleteServiceEnvironment", {"serviceEnvironment": "trainings"})
    mock.advance(LATENCY)
    mock.call("DeleteServiceEnvironment", {"serviceEnvironment": "trainings"})


def test_without_latency_a_detached_environment_is_let_go_at_once() -> None:
    mock = BatchMock(clock="manual")
    mock.defaults()
    mock.defaults(name="other")
    order = [{"order": 1, "computeEnvironment": "other"}]
    mock.call("UpdateJobQueue", {"jobQueue": "default", "computeEnvironmentOrder": order})
    mock.call("UpdateComputeEnvironment", {"computeEnvironment": "default", "state": "DISABLED"})
    mock.call("DeleteComputeEnvironment", {"computeEnvironment": "default"})


def test_deleting_a_queue_terminates_its_jobs_at_once(mock: BatchMock) -> None:
    mock.defaults()
    mock.call("SubmitJob", {"jobName": "job", "jobQueue": "default", "jobDefinition": "default"})
    disabled(mock, "JobQueue", "default")
    mock.call("DeleteJobQueue", {"jobQueue": "default"})
    mock.advance("5s")
    assert [(job.status, job.status_reason) for job in mock.jobs] == [("FAILED", "JobQueue deleted")]


def test_deleting_a_quota_share_terminates_its_jobs_and_no_others(mock: BatchMock) -> None:
    a_training_queue(mock)
    payload = {
        "TrainingJobName": "t",
        "ResourceConfig": {"InstanceType": "ml.m6i.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 1},
    }
    jobs = {}
    arns = {}
    for name in ("kept", "deleted"):
        share = {"quotaShareName": name, **dict(list(KINDS[-1].create.items())[1:])}
        arns[name] = create(mock, "CreateQuotaShare", **share)["quotaShareArn"]
    for name in arns:
        jobs[name] = mock.call(
            "SubmitServiceJob",
            {
                "jobName": name,
                "jobQueue": "trainings",
                "quotaShareName": name,
                "serviceRequestPayload": json.dumps(payload),
                "serviceJobType": "SAGEMAKER_TRAINING",
            },
        )["jobId"]
    mock.call("UpdateQuotaShare", {"quotaShareArn": arns["deleted"], "state": "DISABLED"})
    mock.advance(LATENCY)
    mock.call("DeleteQuotaShare", {"quotaShareArn": arns["deleted"]})
    mock.advance("10s")
    described = {name: mock.call("DescribeServiceJob", {"jobId": job}) for name, job in jobs.items()}
    assert described["deleted"]["status"] == "FAILED"
    assert described["deleted"]["statusReason"] == "QuotaShare deleted"
    assert described["kept"]["status"] != "FAILED"


def test_a_polling_program_waits_for_valid_under_the_autojump_clock() -> None:
    mock = BatchMock(resource_latency="2m")
    mock.call("CreateComputeEnvironment", COMPUTE_ENVIRONMENT.create)
    seen = []
    while "VALID" not in seen:
        answer = mock.call("DescribeComputeEnvironments", {"computeEnvironments": ["it"]})
        seen.append(answer["computeEnvironments"][0]["status"])
    assert seen == ["CREATING", "VALID"]
