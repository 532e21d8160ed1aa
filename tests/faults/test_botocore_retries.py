"""botocore's real retry logic runs on planned faults, without credentials, network and waiting."""

from __future__ import annotations

import threading

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    ReadTimeoutError,
)

from pytest_batchmock import BatchMock


def a_client(**config):
    return botocore.session.Session().create_client("batch", config=Config(**config))


def submit(batch, name="job"):
    return batch.submit_job(jobName=name, jobQueue="default", jobDefinition="default")


def faults_seen(mock):
    return [(call.operation, call.error, call.fault) for call in mock.calls if call.fault]


def test_a_throttled_call_is_tried_again_by_botocore_and_then_succeeds(mock, batch, real_sleeps):
    mock.defaults()
    mock.faults.throttle("SubmitJob", times=3)
    answer = submit(batch)
    assert answer["ResponseMetadata"]["RetryAttempts"] == 3
    assert faults_seen(mock) == [("SubmitJob", "TooManyRequestsException", "throttle")] * 3
    assert [job.name for job in mock.jobs] == ["job"]
    assert real_sleeps == []


def test_the_back_off_between_two_attempts_passes_in_virtual_time(mock, batch, real_sleeps):
    before = mock.now
    mock.faults.throttle("DescribeJobQueues", times=2)
    batch.describe_job_queues()
    assert mock.now > before
    assert real_sleeps == []


def test_the_rate_limiter_of_the_adaptive_mode_waits_in_virtual_time(mock, real_sleeps, monkeypatch):
    def wait(condition, timeout=None):
        raise AssertionError("the rate limiter waits in wall time")

    monkeypatch.setattr(threading.Condition, "wait", wait)
    batch = a_client(retries={"mode": "adaptive", "max_attempts": 6})
    mock.faults.throttle("DescribeJobQueues", times=4)
    before = mock.now
    batch.describe_job_queues()
    assert len(faults_seen(mock)) == 4
    assert mock.now > before
    assert real_sleeps == []


def test_without_virtual_sleep_the_rate_limiter_waits_in_wall_time(real_sleeps):
    with BatchMock(virtual_sleep="off") as mock:
        batch = a_client(retries={"mode": "adaptive", "max_attempts": 6})
        mock.faults.throttle("DescribeJobQueues", times=2)
        before = mock.now
        batch.describe_job_queues()
        assert mock.now == before
    assert len(real_sleeps) > 2  # two pauses between attempts, and what the limiter wants besides


def test_throttling_that_does_not_end_gets_429_after_the_four_retries_of_the_legacy_mode(mock, batch):
    mock.faults.throttle("DescribeJobs")
    with pytest.raises(ClientError, match="Too Many Requests") as caught:
        batch.describe_jobs(jobs=["x"])
    response = caught.value.response
    assert response["Error"] == {"Code": "TooManyRequestsException", "Message": "Too Many Requests"}
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert response["ResponseMetadata"]["RetryAttempts"] == 4
    assert response["ResponseMetadata"]["MaxAttemptsReached"] is True
    assert len(faults_seen(mock)) == 5


def test_the_standard_mode_makes_three_attempts(mock):
    mock.faults.throttle("DescribeJobQueues", times=3)
    with pytest.raises(ClientError, match="Too Many Requests"):
        a_client(retries={"mode": "standard"}).describe_job_queues()
    mock.faults.throttle("DescribeJobQueues", times=2)
    answer = a_client(retries={"mode": "standard"}).describe_job_queues()
    assert answer["jobQueues"] == []
    assert answer["ResponseMetadata"]["RetryAttempts"] == 2


def test_a_client_without_retries_sees_the_first_fault(mock):
    mock.faults.throttle("DescribeJobQueues", times=1)
    batch = a_client(retries={"total_max_attempts": 1})
    with pytest.raises(ClientError, match="Too Many Requests"):
        batch.describe_job_queues()
    assert batch.describe_job_queues()["jobQueues"] == []


def test_a_server_error_is_the_modelled_exception_with_status_500(mock, batch):
    mock.faults.server_error("DescribeJobQueues")
    with pytest.raises(batch.exceptions.ServerException) as caught:
        batch.describe_job_queues()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert caught.value.response["message"] == caught.value.response["Error"]["Message"]


@pytest.mark.parametrize(
    ("plan", "error"),
    [
        (lambda faults: faults.time_out("DescribeJobQueues"), ReadTimeoutError),
        (lambda faults: faults.time_out("DescribeJobQueues", connecting=True), ConnectTimeoutError),
        (lambda faults: faults.drop_connection("DescribeJobQueues"), ConnectionClosedError),
    ],
)
def test_a_lost_connection_is_botocores_own_exception_after_its_retries(mock, batch, plan, error):
    plan(mock.faults)
    with pytest.raises(error, match=r"https://batch\.us-east-1\.amazonaws\.com/v1/describejobqueues"):
        batch.describe_job_queues()
    assert [call.error for call in mock.calls] == [error.__name__] * 5


def test_a_lost_connection_is_tried_again(mock, batch):
    mock.faults.drop_connection("DescribeJobQueues", times=1)
    mock.faults.time_out("DescribeJobQueues", times=1)
    assert batch.describe_job_queues()["ResponseMetadata"]["RetryAttempts"] == 2


def test_a_submit_whose_answer_was_lost_makes_a_second_job(mock, batch):
    """SubmitJob has no client token and is not idempotent (API model)."""
    mock.defaults()
    mock.faults.time_out("SubmitJob", times=1, processed=True)
    submit(batch, "once")
    assert [job.name for job in mock.jobs] == ["once", "once"]


def test_a_submit_that_did_not_arrive_makes_one_job(mock, batch):
    mock.defaults()
    mock.faults.time_out("SubmitJob", times=1)
    submit(batch, "once")
    assert [job.name for job in mock.jobs] == ["once"]


def test_other_operations_are_not_hit(mock, batch):
    mock.faults.throttle("SubmitJob")
    assert batch.describe_job_queues()["ResponseMetadata"]["RetryAttempts"] == 0


def test_a_fault_without_operations_hits_all(mock, batch):
    mock.faults.throttle(times=2)
    assert batch.list_scheduling_policies()["ResponseMetadata"]["RetryAttempts"] == 2


def test_faults_happen_in_the_order_in_which_they_were_planned(mock, batch):
    mock.faults.throttle("DescribeJobQueues", times=1)
    mock.faults.server_error(times=2)
    batch.describe_job_queues()
    assert [call.fault for call in mock.calls] == ["throttle", "server_error", "server_error", None]


def test_clear_forgets_what_is_planned(mock, batch):
    mock.faults.throttle()
    mock.faults.clear()
    assert batch.describe_job_queues()["ResponseMetadata"]["RetryAttempts"] == 0


def test_reset_forgets_what_is_planned(mock, batch):
    mock.faults.throttle()
    mock.reset()
    assert mock.faults.left == []
    assert batch.describe_job_queues()["ResponseMetadata"]["RetryAttempts"] == 0


def hits_of_a_hundred(seed):
    with BatchMock(seed=seed) as mock:
        mock.faults.throttle(probability=0.2)
        batch = a_client(retries={"total_max_attempts": 1})
        hits = []
        for _ in range(100):
            try:
                batch.describe_job_queues()
                hits.append(False)
            except ClientError:
                hits.append(True)
        return hits


def test_a_probability_is_drawn_by_the_seed_alone(real_sleeps):
    hits = hits_of_a_hundred(seed=1)
    assert 10 < sum(hits) < 30
    assert hits_of_a_hundred(seed=1) == hits
    assert hits_of_a_hundred(seed=2) != hits


def test_a_request_may_have_a_limit_beside_its_probability(mock):
    mock.faults.throttle(times=2, probability=0.5)
    batch = a_client(retries={"total_max_attempts": 1})
    refused = 0
    for _ in range(50):
        try:
            batch.describe_job_queues()
        except ClientError:
            refused += 1
    assert refused == 2


def test_a_refusal_of_the_service_is_the_same_beside_a_fault(mock, batch):
    with pytest.raises(ClientError) as plain:
        submit(batch)
    mock.faults.throttle("SubmitJob", times=1)
    with pytest.raises(ClientError) as retried:
        submit(batch)
    assert retried.value.response["Error"] == plain.value.response["Error"]
    assert retried.value.response["message"] == plain.value.response["message"]
    assert type(retried.value) is type(plain.value)
    assert retried.value.response["ResponseMetadata"]["RetryAttempts"] == 1


def test_an_answer_is_the_same_through_the_wire_as_in_process(mock, batch):
    mock.defaults()
    plain = batch.describe_compute_environments()
    mock.faults.throttle(probability=1e-12)  # never hits; but every call has to go round
    wired = batch.describe_compute_environments()
    for answer in (plain, wired):
        headers = answer["ResponseMetadata"]["HTTPHeaders"]
        assert headers["x-amzn-requestid"] == answer["ResponseMetadata"].pop("RequestId")
        del headers["x-amzn-requestid"]
    assert wired == plain


def test_members_in_the_path_and_the_query_arrive(mock, batch):
    mock.defaults()
    queue = batch.describe_job_queues()["jobQueues"][0]["jobQueueArn"]
    mock.faults.throttle(times=1)
    batch.tag_resource(resourceArn=queue, tags={"a": "1", "b": "2"})
    mock.faults.throttle(times=1)
    batch.untag_resource(resourceArn=queue, tagKeys=["a"])
    mock.faults.throttle(times=1)
    assert batch.list_tags_for_resource(resourceArn=queue)["tags"] == {"b": "2"}
    assert mock.faults.left == []


def test_an_operation_that_is_not_modelled_is_said_so_at_once(mock, batch, monkeypatch):
    """A MockUsageError is no answer of the service: botocore must not try again on it."""
    from pytest_batchmock import NotModelledError
    from pytest_batchmock.api import dispatch

    monkeypatch.setattr(dispatch, "BY_METHOD", {})
    monkeypatch.setattr(dispatch, "_BY_OPERATION", {})
    mock.faults.throttle(times=1)
    with pytest.raises(NotModelledError, match="DescribeJobQueues"):
        batch.describe_job_queues()
    assert [call.fault for call in mock.calls] == ["throttle"]


def test_a_client_older_than_the_hook_is_hit_too(make_old_client, real_sleeps):
    batch = make_old_client(aws_access_key_id="key", aws_secret_access_key="secret")
    with BatchMock() as mock:
        mock.faults.throttle("DescribeJobQueues", times=2)
        assert batch.describe_job_queues()["ResponseMetadata"]["RetryAttempts"] == 2
        assert batch.describe_job_queues()["ResponseMetadata"]["RetryAttempts"] == 0
        mock.faults.throttle("DescribeJobQueues", times=1)
        assert batch.describe_job_queues()["ResponseMetadata"]["RetryAttempts"] == 1
    assert real_sleeps == []


def test_a_client_that_checks_no_parameters_is_checked_by_the_service(mock):
    mock.faults.throttle(times=1)
    with pytest.raises(ClientError, match="jobQueue"):
        a_client(parameter_validation=False).submit_job(jobName="x")
    assert mock.faults.left == []


def test_the_account_is_still_that_of_the_access_key(mock):
    batch = botocore.session.Session().create_client(
        "batch", aws_access_key_id="111122223333", aws_secret_access_key="secret"
    )
    mock.faults.throttle(times=1)
    answer = batch.create_scheduling_policy(name="policy")
    assert ":111122223333:" in answer["arn"]


def test_parallel_threads_share_the_hits_of_a_fault(mock):
    mock.faults.throttle("DescribeJobQueues", times=12)
    clients = [a_client(retries={"total_max_attempts": 50}) for _ in range(6)]
    retries = []

    def call(batch):
        retries.append(batch.describe_job_queues()["ResponseMetadata"]["RetryAttempts"])

    threads = [threading.Thread(target=call, args=(batch,)) for batch in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(retries) == 12


def test_moto_does_not_take_a_call_that_is_on_its_way(mock):
    moto = pytest.importorskip("moto")
    with moto.mock_aws():
        batch = botocore.session.Session().create_client("batch", region_name="us-east-1")
        mock.faults.throttle(times=1)
        batch.create_scheduling_policy(name="ours")
        assert batch.list_scheduling_policies()["schedulingPolicies"] != []


def test_a_stubber_on_the_same_client_wins_over_faults(mock, batch):
    from botocore.stub import Stubber

    mock.faults.throttle("DescribeJobQueues", times=1)
    with Stubber(batch) as stubber:
        stubber.add_response("describe_job_queues", {"jobQueues": []})
        batch.describe_job_queues()
    assert len(mock.faults.left) == 1


def test_nothing_is_left_behind_when_the_mock_stops(batch, mock):
    mock.faults.throttle(times=1)
    batch.describe_job_queues()
    mock.faults.throttle()
    mock.stop()
    try:
        from pytest_batchmock.transports import botocore_faults

        assert dict(botocore_faults._calls) == {}
        with BatchMock():
            assert batch.describe_job_queues()["ResponseMetadata"]["RetryAttempts"] == 0
    finally:
        mock.start()
