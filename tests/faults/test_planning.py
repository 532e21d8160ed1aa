"""What `batchmock.faults` accepts, and what it says to a mistake."""

from __future__ import annotations

import pytest

from pytest_batchmock import BatchMock, MockUsageError
from pytest_batchmock.api import model
from pytest_batchmock.control.faults import _names
from pytest_batchmock.transports.faults import Fault


@pytest.fixture
def faults():
    return BatchMock().faults


def test_an_operation_is_named_as_the_api_or_as_boto3_names_it(faults):
    faults.throttle("SubmitJob", "describe_jobs", times=2)
    assert faults.left == [(Fault("throttle", ("SubmitJob", "DescribeJobs"), 2), 2)]


def test_every_operation_of_the_installed_model_can_be_named():
    for operation in model.operation_names():
        assert _names()[operation] == _names()[model.method_name(operation)] == operation


def test_an_unknown_operation_is_answered_with_near_ones(faults):
    with pytest.raises(MockUsageError, match=r"no operation 'SubmitJobs'\. Did you mean SubmitJob"):
        faults.throttle("SubmitJobs")


def test_an_operation_that_is_like_no_other_is_answered_with_all(faults):
    with pytest.raises(MockUsageError, match=r"There are: .*SubmitJob.*TagResource"):
        faults.server_error("PutObject12345")


@pytest.mark.parametrize("times", [0, -1, 1.5, True])
def test_times_is_a_whole_number_above_zero(faults, times):
    with pytest.raises(MockUsageError, match="times="):
        faults.throttle(times=times)


@pytest.mark.parametrize("probability", [0, -0.1, 1.1])
def test_a_probability_is_above_zero_and_at_most_one(faults, probability):
    with pytest.raises(MockUsageError, match="probability="):
        faults.drop_connection(probability=probability)


def test_a_request_that_never_arrives_cannot_be_processed(faults):
    with pytest.raises(MockUsageError, match="gets no request"):
        faults.time_out(connecting=True, processed=True)


def test_a_mistake_plans_nothing(faults):
    with pytest.raises(MockUsageError):
        faults.throttle("SubmitJob", "Nonsense")
    assert faults.left == []


def test_calls_without_a_client_are_not_hit():
    mock = BatchMock()
    mock.faults.throttle()
    assert mock.call("DescribeJobQueues", {}) == {"jobQueues": []}
