"""One story of all operations, told in-process, over HTTP and with `requests`: the answers are equal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from contract import scenario
from contract.newest import needs_newest_model

from pytest_batchmock import BatchMock
from pytest_batchmock.api import model
from pytest_batchmock.api.dispatch import BY_METHOD
from pytest_batchmock.server.http.app import create_app
from pytest_batchmock.server.http.listening import Server

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


class _Raw:
    """What botocore reads a body from."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, amount: int = 1024, decode_content: bool = True) -> Iterator[bytes]:
        yield self._content


def told_with_requests() -> list[tuple[str, Any]]:
    """Requests as botocore makes them, sent by `requests`."""
    requests = pytest.importorskip("requests")
    pytest.importorskip("responses")
    from botocore.awsrequest import AWSResponse

    from pytest_batchmock.transports import requests_hook

    batch = BatchMock(**scenario.OPTIONS)
    client = a_client("https://batch.us-east-1.amazonaws.com")

    def send(request: Any, **_: Any) -> AWSResponse:
        # What botocore has as bytes, the header's names and the body, requests takes as they are.
        headers = {name: value for name, value in request.headers.items() if name != "Content-Length"}
        got = requests.request(
            request.method, request.url, headers=headers, data=request.body, timeout=20
        )
        return AWSResponse(request.url, got.status_code, got.headers, _Raw(got.content))

    client.meta.events.register("before-send.batch", send)
    undo = requests_hook.install(lambda: batch._world)
    try:
        return told(batch, client)
    finally:
        undo()
        client.close()


@needs_newest_model
@pytest.mark.parametrize("tell", [told_over_http, told_with_requests])
def test_an_answer_over_http_equals_the_one_in_process(tell):
    here, there = told_in_process(), tell()
    assert [method for method, _ in there] == [method for method, _ in here]
    for position, (mine, theirs) in enumerate(zip(there, here, strict=True)):
        assert mine == theirs, f"call {position}: {mine[0]}"
    known = {model.method_name(name) for name in model.operation_names()}
    assert {method for method, _ in there} == set(BY_METHOD) & known
