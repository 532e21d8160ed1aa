"""Every recorded refusal: the mock refuses the same request in the same words, and its neighbour not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from installed_model import skip_if_lacking, skipping_what_it_lacks

from pytest_batchmock import BatchMock, mock_batch
from pytest_batchmock.api.model import method_name, operation_names

from . import requests_definitions, requests_environments, requests_jobs, requests_queues
from .entries import WRAPPER, Entry, Probe, message_pattern, recorded

REFUSALS: dict[str, Callable[[BatchMock], Probe]] = {
    **requests_environments.REFUSALS,
    **requests_queues.REFUSALS,
    **requests_definitions.REFUSALS,
    **requests_jobs.REFUSALS,
}
ENTRIES = recorded()

each_refusal = pytest.mark.parametrize("entry", [ENTRIES[name] for name in REFUSALS], ids=list(REFUSALS))


@pytest.fixture
def mock(entry: Entry) -> Iterator[BatchMock]:
    if entry.operation not in operation_names():
        pytest.skip(f"the installed botocore does not know {entry.operation}")
    # Some refusals are about resources that are still on their way; most need settled ones.
    latency = "30s" if entry.id == "err-028" else None
    with mock_batch(clock="manual", seed=7, resource_latency=latency) as started:
        yield started


@pytest.fixture(scope="module")
def client() -> Any:
    """A client that checks nothing, as one of another language."""
    return boto3.client(
        "batch",
        region_name="us-east-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
        config=Config(parameter_validation=False),
    )


@each_refusal
def test_a_recorded_refusal_is_refused_and_the_nearest_legal_request_accepted(
    entry: Entry, mock: BatchMock, client: Any
) -> None:
    with skipping_what_it_lacks():
        probe = REFUSALS[entry.id](mock)
    assert probe.operation == entry.operation
    skip_if_lacking(probe.operation, probe.accepted)
    call = getattr(client, method_name(probe.operation))

    with pytest.raises(ClientError) as refusal:
        call(**probe.refused)

    error = refusal.value.response
    message = error["Error"]["Message"]
    assert message_pattern(entry).fullmatch(message), message
    assert error["Error"]["Code"] == entry.expect["code"]
    assert error["ResponseMetadata"]["HTTPStatusCode"] == entry.http_status
    if entry.expect["message"] is not None:
        request_id = error["ResponseMetadata"]["RequestId"]
        assert message.startswith(WRAPPER) == entry.is_wrapped
        assert message.endswith(f", RequestId: {request_id}") == entry.is_wrapped

    call(**probe.accepted)
