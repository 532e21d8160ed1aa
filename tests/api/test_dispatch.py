"""The way of a call through the dispatcher: what goes in stays as it is, what comes out is fresh."""

from __future__ import annotations

import copy
import re

import pytest
from installed_model import skip_if_lacking

from pytest_batchmock import BatchError, BatchMock, NotModelledError
from pytest_batchmock.api import dispatch, model
from pytest_batchmock.api.dispatch import BY_METHOD, is_read
from pytest_batchmock.transports.active import CallContext

SUBMIT = {
    "jobName": "etl",
    "jobQueue": "default",
    "jobDefinition": "default",
    "containerOverrides": {"environment": [{"name": "A", "value": "1"}]},
    "tags": {"team": "a"},
}


@pytest.fixture
def batch() -> BatchMock:
    """A mock with defaults that is not active: calls reach it directly."""
    mock = BatchMock(clock="manual", start="2026-03-01")
    mock.defaults()
    return mock


def submit(batch: BatchMock, **changes: object) -> str:
    return str(batch.call("SubmitJob", SUBMIT | changes)["jobId"])


@pytest.mark.parametrize("method", sorted(BY_METHOD))
def test_a_handler_is_named_as_the_boto3_method_and_says_what_it_does(method):
    handler = BY_METHOD[method]
    assert handler.__name__ == method
    assert (handler.__doc__ or "").splitlines()[0].endswith(".")


def test_a_read_is_told_by_its_name():
    assert is_read("DescribeJobs")
    assert is_read("ListTagsForResource")
    assert is_read("GetJobQueueSnapshot")
    assert not is_read("SubmitJob")
    assert not is_read("UntagResource")


def test_the_caller_s_parameters_are_left_as_they_were(batch):
    params = copy.deepcopy(SUBMIT)
    batch.call("SubmitJob", params)
    assert params == SUBMIT


def test_parameters_changed_after_the_call_change_nothing_any_more(batch):
    params = copy.deepcopy(SUBMIT)
    job_id = batch.call("SubmitJob", params)["jobId"]
    params["containerOverrides"]["environment"][0]["value"] = "2"
    params["tags"]["team"] = "b"
    [job] = batch.call("DescribeJobs", {"jobs": [job_id]})["jobs"]
    assert job["container"]["environment"] == [{"name": "A", "value": "1"}]
    assert job["tags"] == {"team": "a"}


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("DescribeJobs", {"jobs": ["JOB"]}),
        ("ListJobs", {"jobQueue": "default", "jobStatus": "SUBMITTED"}),
        ("DescribeJobQueues", {}),
        ("DescribeComputeEnvironments", {}),
        ("DescribeJobDefinitions", {}),
        ("GetJobQueueSnapshot", {"jobQueue": "default"}),
    ],
)
def test_an_answer_belongs_to_the_caller_who_may_spoil_it(batch, operation, params):
    skip_if_lacking(operation, params)
    job_id = submit(batch)
    params = {name: [job_id] if value == ["JOB"] else value for name, value in params.items()}
    answer = batch.call(operation, params)
    kept = copy.deepcopy(answer)
    _spoil(answer)
    assert answer != kept
    assert batch.call(operation, params) == kept


def _spoil(value: object) -> None:
    """Change everything that can be changed, the innermost first."""
    if isinstance(value, dict):
        for entry in value.values():
            _spoil(entry)
        value["spoilt"] = True
    elif isinstance(value, list):
        for entry in value:
            _spoil(entry)
        value.append("spoilt")


def test_a_caller_that_nobody_has_checked_is_fully_checked(batch):
    for wrong in ({"jobNam": "x"}, {"jobName": 5}, {"jobQueue": None}):
        with pytest.raises(BatchError):
            batch.call("SubmitJob", SUBMIT | wrong)
    with pytest.raises(BatchError):
        batch.call("SubmitJob", {"jobName": "x"})
    assert len(batch.jobs) == 0


def test_every_account_and_region_has_a_state_of_its_own(batch):
    elsewhere = CallContext("111122223333", "eu-west-1", validated=False)
    _, answer = batch._world.call(elsewhere, "DescribeJobQueues", {})
    assert answer == {"jobQueues": []}
    with pytest.raises(BatchError, match="JobQueue default not found"):
        batch._world.call(elsewhere, "SubmitJob", SUBMIT)


def test_a_refusal_carries_its_code_its_status_and_the_id_of_the_request(batch):
    with pytest.raises(BatchError) as refusal:
        batch.call("SubmitJob", SUBMIT | {"jobName": "!!"})
    error = refusal.value
    assert (error.code, error.status, error.wrapped) == ("ClientException", 400, True)
    assert re.fullmatch(r"[0-9a-f-]{36}", error.request_id)
    assert str(error).endswith(f", RequestId: {error.request_id}")


def test_every_request_has_an_id_of_its_own_and_the_same_seed_gives_the_same_ones():
    context = CallContext("123456789012", "us-east-1", validated=False)

    def ids(seed: int) -> list[str]:
        world = BatchMock(seed=seed, clock="manual")._world
        return [world.call(context, "DescribeJobQueues", {})[0] for _ in range(3)]

    assert len({*ids(1), *ids(2)}) == 6
    assert ids(1) == ids(1)


def test_calls_are_recorded_with_their_refusals(batch):
    before = len(batch.calls)
    submit(batch)
    with pytest.raises(BatchError):
        batch.call("SubmitJob", SUBMIT | {"jobQueue": "nobody"})
    good, bad = batch.calls[before:]
    assert (good.operation, good.params["jobName"], good.error) == ("SubmitJob", "etl", None)
    assert (bad.operation, bad.params["jobQueue"], bad.error) == (
        "SubmitJob",
        "nobody",
        "ClientException",
    )


def test_an_operation_of_an_older_model_is_refused_by_the_model_not_by_a_crash(batch, monkeypatch):
    monkeypatch.setattr(dispatch, "_BY_OPERATION", {})
    with pytest.raises(NotModelledError, match="TeleportJob"):
        batch.call("TeleportJob", {})
    assert "TeleportJob" not in model.operation_names()
