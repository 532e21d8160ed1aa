"""The events of jobs: which there are, and what each tells."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_batchmock import BatchMock, fails, succeeds
from pytest_batchmock.api import model
from pytest_batchmock.engine import notifications


def statuses(events: list[dict[str, Any]]) -> list[str]:
    return [event["detail"]["status"] for event in events]


def without_event_members(detail: dict[str, Any]) -> dict[str, Any]:
    """An event's detail as DescribeJobs would show it."""
    tags = {key: value for key, value in detail["tags"].items() if key != "resourceArn"}
    return {**{key: value for key, value in detail.items() if key != "propagateTags"}, "tags": tags}


def test_there_is_one_event_for_each_change_but_none_for_the_submit(
    mock: BatchMock, submit: Any
) -> None:
    job_id = submit()
    assert len(mock.events) == 0
    mock.run_until_idle()
    assert statuses(mock.events.of(job_id)) == ["RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"]
    assert statuses(list(mock.events)) == statuses(mock.events.of(mock.jobs.get(job_id)))


def test_the_envelope_is_that_of_eventbridge(mock: BatchMock, submit: Any) -> None:
    job_id = submit()
    mock.run_until_idle()
    event = mock.events[0]
    assert list(event) == [
        "version",
        "id",
        "detail-type",
        "source",
        "account",
        "time",
        "region",
        "resources",
        "detail",
    ]
    assert event["version"] == "0"
    assert event["detail-type"] == "Batch Job State Change"
    assert event["source"] == "aws.batch"
    assert event["account"] == "123456789012"
    assert event["time"] == "2030-01-01T00:00:01Z"
    assert event["region"] == "us-east-1"
    assert event["resources"] == [f"arn:aws:batch:us-east-1:123456789012:job/{job_id}"]
    ids = [event["id"] for event in mock.events]
    assert len(set(ids)) == 4
    assert ids == [event["id"] for event in mock.events], "an event read again is the same event"


@pytest.mark.parametrize("fargate", [False, True])
def test_the_detail_is_what_describe_jobs_showed_at_that_moment(
    mock: BatchMock, submit: Any, batch: Any, fargate: bool
) -> None:
    mock.defaults(name="place", fargate=fargate)
    mock.on("job").attempts(fails(exit_code=3, reason="bad luck"), succeeds())
    job_id = submit(
        jobQueue="place",
        jobDefinition="place",
        retryStrategy={"attempts": 3},
        tags={"team": "night"},
        parameters={"a": "b"},
    )
    described = []
    while mock.step():
        (job,) = batch.describe_jobs(jobs=[job_id])["jobs"]
        if not described or described[-1] != job:
            described.append(job)
    details = [event["detail"] for event in mock.events.of(job_id)]
    assert len(details) == 7
    assert [without_event_members(detail) for detail in details] == [
        {key: value for key, value in job.items() if key != "propagateTags"} for job in described
    ]


def test_the_tags_have_the_arn_and_propagate_tags_is_there(mock: BatchMock, submit: Any) -> None:
    """As recorded events have them."""
    job_id = submit(tags={"team": "night"})
    mock.run_until_idle()
    detail = mock.events.of(job_id)[0]["detail"]
    assert detail["tags"] == {"team": "night", "resourceArn": detail["jobArn"]}
    assert detail["propagateTags"] is False


def test_the_running_event_has_the_task_and_the_log_stream(mock: BatchMock, submit: Any) -> None:
    submit()
    mock.run_until_idle()
    starting, running, succeeded = (event["detail"] for event in mock.events.of(mock.jobs.one())[1:])
    assert "startedAt" not in starting
    assert "logStreamName" not in starting["container"]
    assert running["container"]["taskArn"]
    assert running["container"]["logStreamName"]
    assert running["attempts"] == []
    assert "exitCode" not in running["container"]
    (attempt,) = succeeded["attempts"]
    assert attempt["container"]["exitCode"] == 0
    assert attempt["statusReason"] == "Essential container in task exited"


def test_an_attempt_that_took_no_time_had_not_ended_when_it_began(mock: BatchMock, submit: Any) -> None:
    mock.on("job").succeeds(after=0)
    submit()
    mock.run_until_idle()
    running = next(event for event in mock.events if event["detail"]["status"] == "RUNNING")
    assert running["detail"]["attempts"] == []
    assert "stoppedAt" not in running["detail"]


def test_a_wish_to_end_a_job_shows_in_the_events_after_it(
    mock: BatchMock, submit: Any, batch: Any
) -> None:
    job_id = submit()
    mock.run_until(lambda: mock.jobs.get(job_id).status == "STARTING")
    batch.terminate_job(jobId=job_id, reason="enough")
    mock.run_until_idle()
    events = mock.events.of(job_id)
    assert statuses(events)[-1] == "FAILED"
    assert ["isTerminated" in event["detail"] for event in events] == [False, False, True]
    assert events[-1]["detail"]["statusReason"] == "enough"


def test_a_cancel_is_told_with_its_reason(mock: BatchMock, submit: Any, batch: Any) -> None:
    first = submit()
    second = submit(dependsOn=[{"jobId": first}])
    mock.advance("2s")
    batch.cancel_job(jobId=second, reason="changed my mind")
    mock.run_until_idle()
    pending, failed = mock.events.of(second)
    assert (pending["detail"]["status"], failed["detail"]["status"]) == ("PENDING", "FAILED")
    assert "isCancelled" not in pending["detail"]
    assert failed["detail"]["isCancelled"] is True
    assert failed["detail"]["statusReason"] == "changed my mind"
    assert failed["detail"]["stoppedAt"]
    assert "startedAt" not in failed["detail"]


def test_children_and_parent_of_an_array_have_events_of_their_own(mock: BatchMock, submit: Any) -> None:
    parent = submit(arrayProperties={"size": 2})
    mock.run_until_idle()
    assert statuses(mock.events.of(parent)) == ["PENDING", "SUCCEEDED"]
    for index in (0, 1):
        events = mock.events.of(f"{parent}:{index}")
        assert statuses(events) == ["RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"]
        assert events[0]["detail"]["arrayProperties"] == {"index": index}
        assert events[0]["resources"][0].endswith(f"job/{parent}:{index}")
    pending, ended = (event["detail"]["arrayProperties"] for event in mock.events.of(parent))
    assert pending["size"] == 2
    assert sum(pending["statusSummary"].values()) == 0
    assert ended["statusSummary"]["SUCCEEDED"] == 2


def test_events_are_listed_in_the_order_in_which_they_happened(mock: BatchMock, submit: Any) -> None:
    parent = submit(arrayProperties={"size": 3})
    submit("other")
    mock.run_until_idle()
    events = list(mock.events)
    assert [event["time"] for event in events] == sorted(event["time"] for event in events)
    of_array = [event for event in events if parent in event["resources"][0]]
    assert of_array[-1]["detail"]["jobId"] == parent, "the parent ends after its children"
    assert len(events) == 2 + 3 * 4 + 4


def test_the_nodes_of_a_multinode_job_have_events_of_their_own(
    mock: BatchMock, submit: Any, batch: Any
) -> None:
    container = {
        "image": "busybox",
        "resourceRequirements": [
            {"type": "VCPU", "value": "1"},
            {"type": "MEMORY", "value": "512"},
        ],
    }
    batch.register_job_definition(
        jobDefinitionName="nodes",
        type="multinode",
        nodeProperties={
            "numNodes": 2,
            "mainNode": 0,
            "nodeRangeProperties": [{"targetNodes": "0:1", "container": container}],
        },
    )
    mock.on("job").attempts(fails(exit_code=9), succeeds())
    job_id = submit(jobDefinition="nodes", retryStrategy={"attempts": 2})
    mock.run_until_idle()
    attempt = ["RUNNABLE", "STARTING", "RUNNING"]
    assert statuses(mock.events.of(job_id)) == [*attempt, *attempt, "SUCCEEDED"]
    assert statuses(mock.events.of(f"{job_id}#1")) == [*attempt, *attempt, "SUCCEEDED"]
    for event in mock.events.of(f"{job_id}#1"):
        assert event["detail"]["nodeDetails"] == {"nodeIndex": 1, "isMainNode": False}
    retried = mock.events.of(f"{job_id}#1")[3]["detail"]
    assert len(retried["attempts"]) == 1
    assert "stoppedAt" not in retried


def test_the_containers_of_a_task_are_shown_as_they_were(
    mock: BatchMock, submit: Any, batch: Any
) -> None:
    size = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "512"}]
    containers = [
        {"name": "app", "image": "busybox", "resourceRequirements": size},
        {
            "name": "helper",
            "image": "busybox",
            "essential": False,
            "resourceRequirements": size,
        },
    ]
    batch.register_job_definition(
        jobDefinitionName="two",
        type="container",
        ecsProperties={"taskProperties": [{"containers": containers}]},
    )
    mock.on("job", container="app").fails(exit_code=4, after="1m")
    job_id = submit(jobDefinition="two")
    mock.run_until_idle()
    by_status = {event["detail"]["status"]: event["detail"] for event in mock.events.of(job_id)}

    def exit_codes(status: str) -> list[int | None]:
        task = by_status[status]["ecsProperties"]["taskProperties"][0]
        return [container.get("exitCode") for container in task["containers"]]

    assert exit_codes("STARTING") == [None, None]
    assert exit_codes("RUNNING") == [None, None]
    assert exit_codes("FAILED") == [4, 137]
    assert by_status["RUNNING"]["attempts"] == []


def test_a_blocked_queue_is_told_once_with_both_arns(mock: BatchMock, submit: Any, batch: Any) -> None:
    too_large = {"resourceRequirements": [{"type": "VCPU", "value": "1000"}]}
    job_id = submit(containerOverrides=too_large)
    mock.advance("10m")
    runnable, blocked = mock.events.of(job_id)
    assert runnable["detail-type"] == "Batch Job State Change"
    assert "statusReason" not in runnable["detail"]
    assert blocked["detail-type"] == "Batch Job Queue Blocked"
    queue = "arn:aws:batch:us-east-1:123456789012:job-queue/default"
    assert blocked["resources"] == [blocked["detail"]["jobArn"], queue]
    assert blocked["detail"]["status"] == "RUNNABLE"
    (job,) = batch.describe_jobs(jobs=[job_id])["jobs"]
    assert blocked["detail"]["statusReason"] == job["statusReason"]
    assert blocked["id"] != runnable["id"]
    batch.cancel_job(jobId=job_id, reason="too large")
    assert statuses(mock.events.of(job_id)) == ["RUNNABLE", "RUNNABLE", "FAILED"]
    assert [event["detail-type"] for event in mock.events][1] == "Batch Job Queue Blocked"


def a_service_queue(batch: Any) -> None:
    environment = batch.create_service_environment(
        serviceEnvironmentName="trainings",
        serviceEnvironmentType="SAGEMAKER_TRAINING",
        capacityLimits=[{"maxCapacity": 2, "capacityUnit": "NUM_INSTANCES"}],
    )
    batch.create_job_queue(
        jobQueueName="trainings",
        priority=1,
        jobQueueType="SAGEMAKER_TRAINING",
        serviceEnvironmentOrder=[
            {"order": 1, "serviceEnvironment": environment["serviceEnvironmentArn"]}
        ],
    )


def a_training(batch: Any, instances: int = 1, **members: Any) -> str:
    resources = {"InstanceType": "ml.m5.large", "InstanceCount": instances}
    job_id: str = batch.submit_service_job(
        jobName="train",
        jobQueue="trainings",
        serviceJobType="SAGEMAKER_TRAINING",
        serviceRequestPayload=json.dumps({"ResourceConfig": resources}),
        **members,
    )["jobId"]
    return job_id


def test_service_jobs_have_a_detail_type_of_their_own_and_leave_out_tags_and_payload(
    mock: BatchMock, batch: Any
) -> None:
    a_service_queue(batch)
    mock.run_until_idle()
    job_id = a_training(batch, tags={"team": "night"})
    mock.run_until_idle()
    events = mock.events.of(job_id)
    assert statuses(events) == ["RUNNABLE", "SCHEDULED", "STARTING", "RUNNING", "SUCCEEDED"]
    for event in events:
        assert event["detail-type"] == "Batch Service Job State Change"
        assert event["resources"] == [event["detail"]["jobArn"]]
        assert "service-job/" in event["resources"][0]
        assert not {"tags", "serviceRequestPayload"} & event["detail"].keys()
    assert "startedAt" not in events[2]["detail"]
    assert "startedAt" in events[3]["detail"]
    reason = "Received status from SageMaker: Training job completed"
    assert events[-1]["detail"]["statusReason"] == reason
    assert "latestAttempt" not in events[0]["detail"]
    assert "latestAttempt" in events[1]["detail"]


def test_a_blocked_queue_of_service_jobs_is_told_with_the_job_alone(mock: BatchMock, batch: Any) -> None:
    a_service_queue(batch)
    mock.run_until_idle()
    job_id = a_training(batch, instances=5)
    mock.advance("10m")
    blocked = mock.events.of(job_id)[-1]
    assert blocked["detail-type"] == "Batch Service Job Queue Blocked"
    assert blocked["resources"] == [blocked["detail"]["jobArn"]]
    assert blocked["detail"]["statusReason"]


def test_the_details_have_the_members_of_the_api_model_only(
    mock: BatchMock, submit: Any, batch: Any
) -> None:
    a_service_queue(batch)
    mock.run_until_idle()
    submit(arrayProperties={"size": 2})
    a_training(batch)
    mock.run_until_idle()
    service_model = model.service_model()
    job = service_model.shape_for("JobDetail").members
    training = service_model.shape_for("DescribeServiceJobResponse").members
    for event in mock.events:
        members = training if "Service" in event["detail-type"] else job
        assert set(event["detail"]) <= set(members)


def test_every_reading_makes_fresh_events(mock: BatchMock, submit: Any) -> None:
    submit()
    mock.run_until_idle()
    mock.events[0]["detail"]["container"].clear()
    assert mock.events[0]["detail"]["container"]


def test_the_events_of_jobs_that_have_vanished_stay(mock: BatchMock, submit: Any) -> None:
    job_id = submit(arrayProperties={"size": 2})
    mock.run_until_idle()
    before = list(mock.events)
    mock.advance(days=8)
    assert list(mock.jobs) == []
    assert list(mock.events) == before
    assert statuses(mock.events.of(f"{job_id}:1"))[-1] == "SUCCEEDED"


def test_of_jobs_long_gone_only_the_last_are_told_of(
    mock: BatchMock, submit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifications, "MOST_FORMER", 2)
    jobs = []
    for _ in range(3):
        jobs.append(submit())
        mock.advance("1h")
    mock.advance(days=8)
    assert [len(mock.events.of(job)) for job in jobs] == [0, 4, 4]


def test_nothing_is_kept_of_the_wishes_to_end_jobs_that_nobody_is_told_of_any_more(
    mock: BatchMock, submit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifications, "MOST_FORMER", 2)
    told = mock._world.engine.notifications
    for number in range(4):
        mock.call("CancelJob", {"jobId": submit(), "reason": "no need"})
        mock.advance("8d")
        assert len(told.asked) == min(number + 1, 2)


def test_events_can_be_asked_for_by_a_pattern(mock: BatchMock, submit: Any) -> None:
    mock.on("bad").fails()
    submit("bad")
    submit("good")
    mock.run_until_idle()
    (event,) = mock.events.matching({"detail": {"status": ["FAILED"]}})
    assert event["detail"]["jobName"] == "bad"
