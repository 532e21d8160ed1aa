"""Which calls are answered by which target, and what is left behind."""

from __future__ import annotations

import asyncio
import copy
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import botocore.client
import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.stub import Stubber

from pytest_batchmock.errors import MockUsageError, StalledError
from pytest_batchmock.transports import active, botocore_hook

SUBMIT = {"jobName": "etl", "jobQueue": "q", "jobDefinition": "d"}


def answer_over_http(client, body=b'{"jobName": "wire", "jobId": "w", "jobArn": "w"}'):
    """Answer before the socket is opened, and return the list of URLs that came that far."""
    reached = []

    class Raw:
        def stream(self, **_):
            yield body

    def before_send(request, **_):
        reached.append(request.url)
        return AWSResponse(request.url, 200, {"content-type": "application/json"}, Raw())

    client.meta.events.register("before-send.batch", before_send)
    return reached


class TestWhoAnswers:
    def test_an_active_target_answers_and_no_socket_is_opened(self, make_client, target, network):
        answer = make_client().submit_job(**SUBMIT)

        assert answer["jobName"] == "fake"
        assert target.operations == ["SubmitJob"]
        assert network == []

    def test_without_an_active_mock_the_call_passes_through_untouched(self, make_client):
        client = make_client(aws_access_key_id="a", aws_secret_access_key="b")
        reached = answer_over_http(client)

        assert client.submit_job(**SUBMIT)["jobName"] == "wire"
        assert reached == ["https://batch.us-east-1.amazonaws.com/v1/submitjob"]

    def test_after_the_mock_has_gone_the_same_client_talks_to_the_wire_again(
        self, make_client, mocking, a_target
    ):
        client = make_client(aws_access_key_id="a", aws_secret_access_key="b")
        reached = answer_over_http(client)
        with mocking(a_target()) as target:
            client.submit_job(**SUBMIT)

        assert client.submit_job(**SUBMIT)["jobName"] == "wire"
        assert len(target.calls) == len(reached) == 1

    def test_a_client_older_than_the_hook_is_caught(self, old_client, target, network):
        assert old_client.submit_job(**SUBMIT)["jobName"] == "fake"
        assert target.operations == ["SubmitJob"]
        assert network == []

    def test_a_client_older_than_the_hook_gets_the_modelled_exception_too(
        self, old_client, target, refused
    ):
        target.error = refused
        with pytest.raises(old_client.exceptions.ClientException, match="Job queue x not found"):
            old_client.submit_job(**SUBMIT)

    def test_other_services_of_an_old_session_are_not_ours(self, mocking, a_target, monkeypatch):
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        botocore_hook.uninstall()
        session = botocore.session.Session()
        botocore_hook.install()
        sts = session.create_client(
            "sts", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
        )
        sts.meta.events.register(
            "before-send.sts", lambda request, **_: AWSResponse(request.url, 200, {}, _Identity())
        )
        with mocking(a_target()) as target:
            sts.get_caller_identity()

        assert target.calls == []

    def test_worker_threads_are_caught(self, make_client, target, network):
        client = make_client()
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: client.submit_job(**SUBMIT), range(20)))

        assert {answer["jobName"] for answer in answers} == {"fake"}
        assert len(target.calls) == 20
        assert network == []

    def test_of_nested_mocks_the_innermost_answers(self, make_client, mocking, a_target):
        client = make_client()
        with mocking(a_target("outer")), mocking(a_target("inner")):
            first = client.submit_job(**SUBMIT)["jobName"]
        with mocking(a_target("outer")):
            with mocking(a_target("inner")):
                pass
            second = client.submit_job(**SUBMIT)["jobName"]

        assert (first, second) == ("inner", "outer")

    def test_two_mocks_in_one_gather_each_get_their_own_calls(self, make_client, mocking, a_target):
        client = make_client()

        async def use(name):
            with mocking(a_target(name)) as target:
                for _ in range(5):
                    await asyncio.sleep(0)
                    assert client.submit_job(**SUBMIT)["jobName"] == name
            return target

        async def both():
            return await asyncio.gather(use("left"), use("right"))

        left, right = asyncio.run(both())
        assert len(left.calls) == len(right.calls) == 5

    def test_two_mocks_in_one_gather_do_not_mix_old_clients_either(self, old_client, mocking, a_target):
        async def use(name):
            with mocking(a_target(name)):
                await asyncio.sleep(0)
                return old_client.submit_job(**SUBMIT)["jobName"]

        async def both():
            return await asyncio.gather(use("left"), use("right"))

        assert asyncio.run(both()) == ["left", "right"]

    def test_a_copied_session_does_not_ask_twice(self, make_client, target):
        client = make_client()
        client.meta.events = copy.copy(client.meta.events)
        botocore_hook.hook_session(_SessionOf(client.meta.events))
        client.submit_job(**SUBMIT)

        assert len(target.calls) == 1

    def test_installing_twice_hooks_once(self, make_client, target):
        botocore_hook.install()
        botocore_hook.install()
        make_client().submit_job(**SUBMIT)

        assert len(target.calls) == 1


class TestNeighbours:
    def test_a_stubber_on_the_same_client_wins(self, make_client, target):
        client = make_client()
        with Stubber(client) as stubber:
            stubber.add_response("describe_jobs", {"jobs": []})
            assert client.describe_jobs(jobs=["a"])["jobs"] == []
            stubber.assert_no_pending_responses()

        assert target.calls == []
        assert client.submit_job(**SUBMIT)["jobName"] == "fake"

    def test_a_stubber_on_an_old_client_wins_too(self, old_client, target):
        with Stubber(old_client) as stubber:
            stubber.add_response("describe_jobs", {"jobs": []})
            assert old_client.describe_jobs(jobs=["a"])["jobs"] == []

        assert target.calls == []

    def test_a_handler_of_the_user_for_the_same_event_comes_first(self, make_client, target):
        client = make_client()
        seen = []
        client.meta.events.register("before-call.batch", lambda **_: seen.append(len(target.calls)))
        client.submit_job(**SUBMIT)

        assert seen == [0]
        assert len(target.calls) == 1

    @pytest.mark.parametrize("moto_is_outside", [True, False])
    def test_moto_answers_s3_and_the_target_answers_batch(
        self, mocking, a_target, network, moto_is_outside
    ):
        boto3 = pytest.importorskip("boto3")
        moto = pytest.importorskip("moto")
        target = a_target()
        ours, motos = mocking(target), moto.mock_aws()
        with motos if moto_is_outside else ours, ours if moto_is_outside else motos:
            s3 = boto3.client("s3", region_name="us-east-1")
            s3.create_bucket(Bucket="bucket")
            answer = boto3.client("batch", region_name="us-east-1").submit_job(**SUBMIT)
            unchecked = boto3.client(
                "batch", region_name="us-east-1", config=Config(parameter_validation=False)
            )
            unchecked.describe_jobs()
            buckets = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]

        assert buckets == ["bucket"]
        assert answer["jobName"] == "fake"
        assert target.operations == ["SubmitJob", "DescribeJobs"]
        assert network == []

    @pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
    def test_every_retry_mode_takes_the_answer(self, make_client, target, refused, mode):
        client = make_client(config=Config(retries={"mode": mode}))
        client.submit_job(**SUBMIT)
        target.error = refused
        with pytest.raises(client.exceptions.ClientException):
            client.submit_job(**SUBMIT)

        assert len(target.calls) == 2


class TestWhatPropagates:
    def test_a_stall_is_not_turned_into_an_answer(self, make_client, target):
        target.error = StalledError("nothing can happen")
        with pytest.raises(StalledError, match="nothing can happen"):
            make_client().submit_job(**SUBMIT)

    def test_a_usage_error_is_not_turned_into_an_answer(self, make_client, target):
        target.error = MockUsageError("no such outcome")
        with pytest.raises(MockUsageError, match="no such outcome"):
            make_client().submit_job(**SUBMIT)


class TestWhatIsLeftBehind:
    @pytest.fixture
    def original(self):
        original = vars(botocore.client.BaseClient)["_make_request"]
        yield original
        botocore.client.BaseClient._make_request = original

    def test_make_request_is_the_original_object_again(self, mocking, a_target, original):
        with mocking(a_target()):
            with mocking(a_target()):
                assert vars(botocore.client.BaseClient)["_make_request"] is not original
            assert vars(botocore.client.BaseClient)["_make_request"] is not original

        assert vars(botocore.client.BaseClient)["_make_request"] is original

    def test_a_foreign_wrapper_put_over_ours_stays_and_ours_is_dormant(
        self, make_client, mocking, a_target, original
    ):
        client = make_client(aws_access_key_id="a", aws_secret_access_key="b")
        reached = answer_over_http(client)
        with mocking(a_target()) as target:
            ours = vars(botocore.client.BaseClient)["_make_request"]

            def foreign(self, *args):
                return ours(self, *args)

            botocore.client.BaseClient._make_request = foreign

        assert vars(botocore.client.BaseClient)["_make_request"] is foreign
        assert client.submit_job(**SUBMIT)["jobName"] == "wire"
        assert len(reached) == 1
        assert target.calls == []

    def test_our_wrapper_put_back_by_a_foreigner_is_removed_by_the_next_mock(
        self, mocking, a_target, original
    ):
        with mocking(a_target()):
            ours = vars(botocore.client.BaseClient)["_make_request"]
            botocore.client.BaseClient._make_request = lambda self, *args: ours(self, *args)
        botocore.client.BaseClient._make_request = ours
        with mocking(a_target()):
            pass

        assert vars(botocore.client.BaseClient)["_make_request"] is original

    def test_the_environment_is_as_before(self, mocking, a_target):
        before = dict(os.environ)
        with mocking(a_target()), mocking(a_target()):
            assert dict(os.environ) != before

        assert dict(os.environ) == before

    def test_what_the_test_sets_meanwhile_stays(self, mocking, a_target, monkeypatch):
        with mocking(a_target()):
            monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-north-1")

        assert os.environ["AWS_DEFAULT_REGION"] == "eu-north-1"
        monkeypatch.delenv("AWS_DEFAULT_REGION")

    def test_deactivating_too_often_is_a_mistake_that_is_told(self):
        with pytest.raises(RuntimeError, match="without a matching activate"):
            botocore_hook.deactivate()

    def test_the_plugin_load_imports_no_session_and_no_boto3(self):
        code = (
            "import sys; from pytest_batchmock.transports import botocore_hook as h; h.install();"
            "print([m for m in ('botocore.session', 'boto3', 'asyncio') if m in sys.modules])"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "[]"


class TestRegionAndCredentials:
    def test_a_client_without_credentials_and_region_is_made_and_answered(
        self, make_client, mocking, a_target, network
    ):
        with mocking(a_target(region="eu-west-3")) as target:
            client = make_client(region_name=None)
            client.submit_job(**SUBMIT)

        assert target.calls[0][0].region == "eu-west-3"
        assert network == []

    def test_the_metadata_service_would_be_asked_without_the_switch(self, make_client, network):
        make_client()

        assert "169.254.169.254" in str(network)

    def test_the_users_choice_about_the_metadata_service_stays(self, mocking, a_target, monkeypatch):
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "false")
        with mocking(a_target()):
            assert os.environ["AWS_EC2_METADATA_DISABLED"] == "false"

        assert os.environ["AWS_EC2_METADATA_DISABLED"] == "false"

    @pytest.mark.parametrize("name", ["AWS_DEFAULT_REGION", "AWS_REGION"])
    def test_a_region_of_the_environment_stays_alone(self, mocking, a_target, monkeypatch, name):
        monkeypatch.setenv(name, "ap-south-1")
        with mocking(a_target(region="eu-west-3")):
            assert os.environ[name] == "ap-south-1"
            assert {"AWS_DEFAULT_REGION", "AWS_REGION"} & os.environ.keys() == {name}

    @pytest.mark.parametrize(
        ("variable", "section"),
        [("AWS_CONFIG_FILE", "profile work"), ("AWS_SHARED_CREDENTIALS_FILE", "work")],
    )
    def test_a_region_of_the_profile_stays_alone(
        self, make_client, mocking, a_target, monkeypatch, variable, section
    ):
        with open(os.environ[variable], "w") as file:
            file.write(f"[{section}]\nregion = sa-east-1\n")
        monkeypatch.setenv("AWS_PROFILE", "work")
        with mocking(a_target()) as target:
            make_client(region_name=None).submit_job(**SUBMIT)

        assert target.calls[0][0].region == "sa-east-1"

    def test_a_profile_that_does_not_exist_gives_no_region(self, mocking, a_target, monkeypatch):
        with open(os.environ["AWS_CONFIG_FILE"], "w") as file:
            file.write("[profile work]\nregion = sa-east-1\n")
        monkeypatch.setenv("AWS_PROFILE", "elsewhere")
        with mocking(a_target(region="eu-west-3")):
            assert os.environ["AWS_DEFAULT_REGION"] == "eu-west-3"


def test_a_target_pushed_by_one_thread_is_seen_by_another_and_gone_after_its_removal():
    one, other = object(), object()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(active.push, one).result()
        assert active.current() is one
        active.push(other)
        assert active.current() is other
        pool.submit(active.remove, other).result()
        assert active.current() is one
        active.remove(one)
    assert active.current() is None


def test_pushes_and_removals_of_many_threads_lose_nothing():
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)

    def come_and_go(_):
        lost = 0
        for _ in range(1000):
            target = object()
            active.push(target)
            lost += active.current() is not target
            active.remove(target)
        return lost

    try:
        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(come_and_go, range(4))) == 0
    finally:
        sys.setswitchinterval(interval)
    assert active.current() is None


@pytest.fixture
def refused():
    from pytest_batchmock.errors import BatchError

    return BatchError("Job queue x not found.")


class _Identity:
    def stream(self, **_):
        yield b"<GetCallerIdentityResponse><GetCallerIdentityResult/></GetCallerIdentityResponse>"


class _SessionOf:
    """As much of a session as the initializer uses."""

    def __init__(self, events):
        self._events = events

    def get_component(self, name):
        assert name == "event_emitter"
        return self._events
