"""One story of all operations, told in-process and over HTTP: the answers are equal."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.exceptions import ClientError
from contract import scenario

from pytest_batchmock import BatchMock
from pytest_batchmock.api import model
from pytest_batchmock.api.dispatch import BY_METHOD
from pytest_batchmock.server.app import create_app
from pytest_batchmock.server.listening import Server

from .conftest import a_client

OF_THE_WIRE = {"server", "date", "content-length", "content-encoding", "vary", "connection"}
"""Headers that an answer has because it travels."""


def told(batch: BatchMock, client: Any) -> list[tuple[str, Any]]:
    """The methods of the story and their answers, refusals included."""
    answers = []
    scenario.plan(batch)

    def call(method: str, params: dict[str, Any]) -> Any:
        try:
            answer = getattr(client, method)(**params)
        except ClientError as error:
            answer = error.response
        answer["ResponseMetadata"].pop("MaxAttemptsReached", None)  # botocore tries once only here
        headers = answer["ResponseMetadata"]["HTTPHeaders"]
        kept = {name: value for name, value in headers.items() if name not in OF_THE_WIRE}
        answer["ResponseMetadata"]["HTTPHeaders"] = kept
        answers.append((method, answer))
        return answer

    scenario.tell(scenario.everything(), call, batch)
    return answers


def told_in_process() -> list[tuple[str, Any]]:
    with BatchMock(**scenario.OPTIONS) as batch:
        return told(batch, boto3.client("batch", region_name="us-east-1"))


def told_over_http() -> list[tuple[str, Any]]:
    batch = BatchMock(**scenario.OPTIONS)
    server = Server(create_app(batch))
    server.start()
    client = a_client(server.url)
    try:
        return told(batch, client)
    finally:
        client.close()
        server.stop()


def test_an_answer_over_http_equals_the_one_in_process():
    here, there = told_in_process(), told_over_http()
    assert [method for method, _ in there] == [method for method, _ in here]
    for position, (mine, theirs) in enumerate(zip(there, here, strict=True)):
        assert mine == theirs, f"call {position}: {mine[0]}"
    known = {model.method_name(name) for name in model.operation_names()}
    assert {method for method, _ in there} == set(BY_METHOD) & known
