"""State machines of moto's Step Functions whose tasks are jobs of this mock."""

from __future__ import annotations

import json
import threading
from typing import Any

import boto3
import pytest
from moto import mock_aws

from pytest_batchmock import BatchMock

pytest.importorskip("antlr4", reason="moto's Step Functions need moto[stepfunctions]")


@pytest.fixture
def mock() -> Any:
    with (
        mock_aws(config={"stepfunctions": {"execute_state_machine": True}}),
        BatchMock(start="2030-01-01", seed=7) as mock,
    ):
        mock.defaults()
        yield mock


def execute(parameters: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Run a state machine of one task, and describe its execution when it has ended."""
    client = boto3.client("stepfunctions")
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::batch:submitJob.sync",
        "Parameters": parameters,
        "End": True,
    }
    machine = client.create_state_machine(
        name="nightly",
        definition=json.dumps({"StartAt": "Job", "States": {"Job": task}}),
        roleArn="arn:aws:iam::123456789012:role/states",
    )
    before = set(threading.enumerate())
    execution = client.start_execution(
        stateMachineArn=machine["stateMachineArn"], input=json.dumps(given)
    )
    # moto runs the machine in threads of its own, which may start others.
    while new := [thread for thread in threading.enumerate() if thread not in before]:
        for thread in new:
            if thread.ident is not None:  # else it is about to start, and cannot be joined yet
                thread.join(timeout=60)
                assert not thread.is_alive()
    described: dict[str, Any] = client.describe_execution(executionArn=execution["executionArn"])
    return described


PARAMETERS = {
    "JobName": "work",
    "JobQueue": "default",
    "JobDefinition": "default",
    "Parameters": {"day.$": "$.day"},
    "ContainerOverrides": {"Environment": [{"Name": "MODE", "Value": "full"}]},
}


def test_a_task_waits_for_its_job_and_has_its_description_as_output(mock: BatchMock) -> None:
    mock.moto_step_functions()
    execution = execute(PARAMETERS, {"day": "2030-01-01"})
    assert execution["status"] == "SUCCEEDED"
    output = json.loads(execution["output"])
    job = mock.jobs.one(name="work")
    assert output["JobId"] == job.id
    assert output["Status"] == job.status == "SUCCEEDED"
    assert output["Parameters"] == {"day": "2030-01-01"}
    assert output["Container"]["ExitCode"] == 0
    assert job.environment["MODE"] == "full"
    assert job.environment["MANAGED_BY_AWS"] == "STARTED_BY_STEP_FUNCTIONS"


def test_a_job_that_fails_fails_the_task_with_its_description_as_the_cause(mock: BatchMock) -> None:
    mock.moto_step_functions()
    mock.on("work").fails(exit_code=3)
    execution = execute(PARAMETERS, {"day": "2030-01-01"})
    assert execution["status"] == "FAILED"
    assert execution["error"] == "States.TaskFailed"
    cause = json.loads(execution["cause"])
    assert cause["Status"] == "FAILED"
    assert cause["Attempts"][0]["Container"]["ExitCode"] == 3


def test_a_submit_that_batch_refuses_fails_the_task_with_batchs_words(mock: BatchMock) -> None:
    mock.moto_step_functions()
    execution = execute({**PARAMETERS, "JobQueue": "nowhere"}, {"day": "2030-01-01"})
    assert execution["status"] == "FAILED"
    assert execution["error"] == "Batch.ClientException"
    assert "nowhere" in execution["cause"]


def test_moto_is_left_as_it_was(mock: BatchMock) -> None:
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
        state_task_service_batch,
    )

    task = state_task_service_batch.StateTaskServiceBatch
    before = dict(vars(task))
    with BatchMock() as inner:
        inner.moto_step_functions()
        assert dict(vars(task)) != before
    assert dict(vars(task)) == before
