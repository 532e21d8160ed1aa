"""A program and a mock, twice: in one process, and with HTTP between them.

Every test of this folder that takes `client`, `batch`, `ec2` or `logs` is run both ways. What a program
does is written once, with boto3's default session, as programs do; only the environment differs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from behaviour.conftest import Driver

from pytest_batchmock import BatchMock

HEAD = "arn:aws:batch:us-east-1:123456789012:"
"""How ARNs of Batch begin here."""

EC2_RESOURCES: dict[str, Any] = {
    "type": "EC2",
    "allocationStrategy": "BEST_FIT_PROGRESSIVE",
    "minvCpus": 0,
    "maxvCpus": 16,
    "instanceTypes": ["c5.large", "m5"],
    "subnets": ["subnet-0a1b2c3d"],
    "securityGroupIds": ["sg-0a1b2c3d"],
    "instanceRole": "arn:aws:iam::123456789012:instance-profile/ecsInstanceRole",
    "ec2KeyPair": "ops",
    "launchTemplate": {"launchTemplateName": "disks", "version": "$Latest"},
    "tags": {"Name": "worker"},
}
"""Members of an environment on EC2 as an infrastructure tool sends them."""


@pytest.fixture(params=["in_process", "http"])
def transport(request: pytest.FixtureRequest) -> str:
    """How the calls of the program reach the mock."""
    name: str = request.param
    return name


class Switchboard:
    """What listens: the application of the test that is running."""

    app: Any = None

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.app(environ, start_response)


@pytest.fixture(scope="session")
def server() -> Iterator[tuple[Switchboard, str]]:
    """One listening server for all tests, which saves each of them its start and its stop."""
    pytest.importorskip("werkzeug")
    from pytest_batchmock.server.http.listening import Server

    switchboard = Switchboard()
    server = Server(switchboard)
    server.start()
    yield switchboard, server.url
    server.stop()


@pytest.fixture
def batchmock(
    request: pytest.FixtureRequest, transport: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[BatchMock]:
    """The mock, with the options of the test's markers: hooked into botocore, or served."""
    options: dict[str, Any] = {}
    for marker in request.node.iter_markers("batchmock"):
        options = marker.kwargs | options
    mock = BatchMock(**options)
    if transport == "in_process":
        with mock:
            yield mock
        return
    from pytest_batchmock.server.http.app import create_app

    switchboard, url = request.getfixturevalue("server")
    switchboard.app = create_app(mock)
    for service in ("BATCH", "CLOUDWATCH_LOGS"):
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    yield mock
    switchboard.app = None


@pytest.fixture
def client(batchmock: BatchMock) -> Iterator[Any]:
    """boto3's client of Batch."""
    client = boto3.client("batch")
    yield client
    client.close()


@pytest.fixture
def logs(batchmock: BatchMock) -> Iterator[Any]:
    """boto3's client of CloudWatch Logs."""
    client = boto3.client("logs")
    yield client
    client.close()


@pytest.fixture
def batch(client: Any, batchmock: BatchMock) -> Driver:
    """A user at boto3, without any resource."""
    return Driver(client, batchmock)


@pytest.fixture
def ec2(batch: Driver) -> Driver:
    """A user at boto3, with an environment, a queue and a definition called "default"."""
    batch.mock.defaults()
    return batch


@pytest.fixture
def pause(transport: str) -> Callable[[float], None]:
    """What a program does between two polls: over HTTP nobody makes its sleeps virtual."""
    return time.sleep if transport == "in_process" else lambda seconds: None
