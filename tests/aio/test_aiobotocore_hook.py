"""The same synchronous hook under aiobotocore, and the second net of its own."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

import pytest

pytest.importorskip("aiobotocore")

import aiobotocore.client
import aiobotocore.session
from botocore.config import Config

from pytest_batchmock.errors import BatchError, StalledError
from pytest_batchmock.transports import botocore_hook

SUBMIT = {"jobName": "etl", "jobQueue": "q", "jobDefinition": "d"}


def make_client(region_name="us-east-1", **arguments):
    botocore_hook.install()
    session = aiobotocore.session.get_session()
    return session.create_client("batch", region_name=region_name, **arguments)


def make_old_client(**arguments):
    """A client whose session is older than the hook."""
    botocore_hook.uninstall()
    try:
        session = aiobotocore.session.get_session()
    finally:
        botocore_hook.install()
    return session.create_client("batch", region_name="us-east-1", **arguments)


def test_a_call_is_answered_without_credentials_region_or_network(mocking, a_target, network):
    async def main():
        async with make_client(region_name=None) as client:
            return await client.submit_job(**SUBMIT)

    with mocking(a_target(region="eu-west-3")) as target:
        answer = asyncio.run(main())

    [(context, operation, params)] = target.calls
    assert answer["jobName"] == "fake"
    assert answer["ResponseMetadata"]["RequestId"] == "fake-1"
    assert (operation, params) == ("SubmitJob", SUBMIT)
    assert (context.account, context.region, context.validated) == ("123456789012", "eu-west-3", True)
    assert network == []


def test_a_client_older_than_the_hook_is_caught(target, network):
    async def main():
        async with make_old_client() as client:
            return await client.submit_job(**SUBMIT)

    assert asyncio.run(main())["jobName"] == "fake"
    assert len(target.calls) == 1
    assert network == []


def test_a_client_that_was_open_before_the_mock_is_caught(mocking, a_target, network):
    async def main():
        async with make_old_client(
            aws_access_key_id="111122223333", aws_secret_access_key="s"
        ) as client:
            with mocking(a_target()) as target:
                await client.submit_job(**SUBMIT)
            return target

    target = asyncio.run(main())
    assert [context.account for context, _, _ in target.calls] == ["111122223333"]
    assert network == []


@pytest.mark.parametrize("make", [make_client, make_old_client])
def test_without_an_active_mock_the_call_goes_to_the_wire(make, network):
    async def main():
        config = Config(retries={"total_max_attempts": 1})
        async with make(aws_access_key_id="a", aws_secret_access_key="s", config=config) as client:
            await client.submit_job(**SUBMIT)

    with pytest.raises(Exception, match="Could not connect to the endpoint URL"):
        asyncio.run(main())
    assert "batch.us-east-1.amazonaws.com" in str(network)


@pytest.mark.parametrize("make", [make_client, make_old_client])
def test_an_error_raises_the_modelled_exception(target, make):
    target.error = BatchError("Job queue x not found.")

    async def main():
        async with make() as client:
            with pytest.raises(client.exceptions.ClientException) as raised:
                await client.submit_job(**SUBMIT)
        return raised.value.response

    response = asyncio.run(main())
    assert response["Error"] == {"Code": "ClientException", "Message": "Job queue x not found."}
    assert response["message"] == "Job queue x not found."
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400


@pytest.mark.parametrize("make", [make_client, make_old_client])
def test_a_stall_is_not_turned_into_an_answer(target, make):
    target.error = StalledError("nothing can happen")

    async def main():
        async with make() as client:
            with pytest.raises(StalledError):
                await client.submit_job(**SUBMIT)

    asyncio.run(main())
    assert len(target.calls) == 1


@pytest.mark.parametrize("make", [make_client, make_old_client])
def test_a_client_that_does_not_check_its_parameters_is_known_as_such(target, make):
    async def main():
        async with make(config=Config(parameter_validation=False)) as client:
            await client.describe_jobs(jobs=[7])
        async with make() as client:
            await client.describe_jobs(jobs=["a"])

    asyncio.run(main())
    assert [context.validated for context, _, _ in target.calls] == [False, True]


def test_tags_come_from_the_path_and_the_query(target):
    async def main():
        async with make_client() as client:
            await client.untag_resource(resourceArn="arn:a/b c", tagKeys=["k", "l"])

    asyncio.run(main())
    assert target.calls[0][2] == {"resourceArn": "arn:a/b c", "tagKeys": ["k", "l"]}


def test_an_active_stubber_wins(target):
    from aiobotocore.stub import AioStubber

    async def main():
        async with make_client() as client:
            with AioStubber(client) as stubber:
                stubber.add_response("describe_jobs", {"jobs": []})
                return await client.describe_jobs(jobs=["a"])

    assert asyncio.run(main())["jobs"] == []
    assert target.calls == []


def test_two_mocks_in_one_gather_each_get_their_own_calls(mocking, a_target):
    async def use(name, make):
        with mocking(a_target(name)) as target:
            async with make() as client:
                for _ in range(3):
                    answer = await client.submit_job(**SUBMIT)
                    assert answer["jobName"] == name
                    await asyncio.sleep(30)
        return len(target.calls), target.sleeps

    async def both():
        return await asyncio.gather(use("left", make_client), use("right", make_old_client))

    assert asyncio.run(both()) == [(3, [30.0] * 3)] * 2


def test_two_tasks_of_one_client_each_note_their_own_calls(target):
    async def poll(client, seconds):
        await client.describe_jobs(jobs=["a"])
        await asyncio.sleep(seconds)

    async def main():
        async with make_client() as client:
            await asyncio.gather(poll(client, 10), poll(client, 20))

    asyncio.run(main())
    assert sorted(target.sleeps) == [10.0, 20.0]


def test_what_was_wrapped_is_the_original_again(mocking, a_target):
    original = vars(aiobotocore.client.AioBaseClient)["_make_request"]
    with mocking(a_target()):
        assert vars(aiobotocore.client.AioBaseClient)["_make_request"] is not original

    assert vars(aiobotocore.client.AioBaseClient)["_make_request"] is original


def test_aiobotocore_imported_while_a_mock_is_active_makes_hooked_clients():
    code = """
import asyncio, sys
from pytest_batchmock.options import Options
from pytest_batchmock.transports import active, botocore_hook
from pytest_batchmock.transports.faults import FaultPlan

class Target:
    options = Options()
    faults = FaultPlan(seed=0)
    def again(self, *call):
        return None
    def call(self, context, operation, params):
        return "id", {"jobName": operation}

botocore_hook.activate("us-east-1")
active.push(Target())
assert "aiobotocore" not in sys.modules
import aiobotocore.session

async def main():
    async with aiobotocore.session.get_session().create_client("batch") as client:
        print((await client.submit_job(jobName="a", jobQueue="q", jobDefinition="d"))["jobName"])

asyncio.run(main())
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ}, check=False
    )
    assert done.stdout == "SubmitJob\n", done.stderr
