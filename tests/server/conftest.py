"""A server of each test's own, a boto3 client of it, and raw HTTP."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

pytest.importorskip("werkzeug")

from pytest_batchmock import BatchMock
from pytest_batchmock.server.http.app import Application, create_app
from pytest_batchmock.server.http.listening import Server


@pytest.fixture
def mock(request: pytest.FixtureRequest) -> BatchMock:
    """What the server serves: time stands still unless the test moves it, or names another clock."""
    return BatchMock(clock=getattr(request, "param", "manual"))


@pytest.fixture
def app(mock: BatchMock) -> Application:
    return create_app(mock)


@pytest.fixture
def server(app: Application) -> Iterator[Server]:
    """A running server."""
    server = Server(app)
    server.start()
    yield server
    server.stop()


def a_client(
    url: str,
    *,
    account: str = "AKIDEXAMPLE",
    region: str = "us-east-1",
    read_timeout: float = 60,
) -> Any:
    """A boto3 client that talks to a server, and tries once only."""
    from botocore.config import Config

    return boto3.client(
        "batch",
        endpoint_url=url,
        region_name=region,
        aws_access_key_id=account,
        aws_secret_access_key="not checked",
        config=Config(retries={"total_max_attempts": 1}, read_timeout=read_timeout),
    )


@pytest.fixture
def client(server: Server) -> Iterator[Any]:
    """A boto3 client of the server."""
    client = a_client(server.url)
    yield client
    client.close()


@dataclass(frozen=True)
class Got:
    """An answer as it came over the wire."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> tuple[int, str | None]:
        return self.status, self.headers.get("x-amzn-ErrorType")


class Raw:
    """One connection, kept as long as the server keeps it."""

    def __init__(self, server: Any) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)

    def ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Got:
        """Send a request (a body that is no bytes as JSON) and read the answer."""
        given = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            given.setdefault("Content-Type", "application/json")
        self.connection.request(method, path, body=body, headers=given)
        return self.read()

    def read(self) -> Got:
        response = self.connection.getresponse()
        return Got(response.status, response.headers, response.read())


@pytest.fixture
def raw(server: Server) -> Iterator[Raw]:
    """A connection to the server."""
    raw = Raw(server)
    yield raw
    raw.connection.close()
