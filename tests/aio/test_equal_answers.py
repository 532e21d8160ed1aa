"""One story, told with boto3 and with aiobotocore: the answers are equal, member for member."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

pytest.importorskip("aiobotocore")
pytest.importorskip("boto3")

import aiobotocore.session
import boto3
from botocore.exceptions import ClientError

from pytest_batchmock import BatchMock
from pytest_batchmock.api import model
from pytest_batchmock.api.dispatch import BY_METHOD

REGION = "us-east-1"


@pytest.fixture
def scenario(monkeypatch):
    """The story that the contract tests tell too."""
    monkeypatch.syspath_prepend(str(Path(__file__).resolve().parents[1]))
    from contract import scenario

    return scenario


def a_mock(scenario):
    """A mock, the twin of every other that is made here."""
    batch = BatchMock(**scenario.OPTIONS)
    scenario.plan(batch)
    return batch


def told_with_boto3(scenario):
    """The methods of the story and what boto3 answered, refusals included."""
    told = []
    with a_mock(scenario) as batch:
        client = boto3.client("batch", region_name=REGION)

        def call(method, params):
            try:
                answer = getattr(client, method)(**params)
            except ClientError as error:
                answer = error.response
            told.append((method, answer))
            return answer

        scenario.tell(scenario.everything(), call, batch)
    return told


async def told_with_aiobotocore(scenario):
    """The same with aiobotocore."""
    told = []
    with a_mock(scenario) as batch:
        session = aiobotocore.session.get_session()
        async with session.create_client("batch", region_name=REGION) as client:
            story = scenario.everything()
            answer = None
            while True:
                try:
                    step = next(story) if answer is None else story.send(answer)
                except StopIteration:
                    return told
                answer = None
                if isinstance(step, scenario.Advance):
                    batch.advance(step.duration)
                    continue
                try:
                    answer = await getattr(client, step.method)(**step.params)
                except ClientError as error:
                    answer = error.response
                told.append((step.method, answer))


def test_boto3_and_aiobotocore_get_equal_answers(scenario):
    synchronous = told_with_boto3(scenario)
    asynchronous = asyncio.run(told_with_aiobotocore(scenario))
    assert [method for method, _ in asynchronous] == [method for method, _ in synchronous]
    for position, (mine, theirs) in enumerate(zip(asynchronous, synchronous, strict=True)):
        assert mine == theirs, f"call {position}: {mine[0]}"


def test_the_story_calls_every_operation_that_is_handled(scenario):
    known = {model.method_name(name) for name in model.operation_names()}
    called = {method for method, _ in told_with_boto3(scenario)}
    assert called == set(BY_METHOD) & known
