"""A hand-made call target, and the comings and goings of the interception around it."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import botocore.session
import pytest

from pytest_batchmock.errors import BatchError
from pytest_batchmock.options import Options
from pytest_batchmock.transports import active, botocore_hook, virtual_sleep
from pytest_batchmock.transports.active import CallContext
from pytest_batchmock.transports.faults import FaultPlan


class FakeTarget:
    """Answers every call with the same members, or the same error, and remembers what it was asked."""

    def __init__(self, name: str = "fake", **options: Any) -> None:
        self.name = name
        self.options = Options.of(**options)
        self.faults = FaultPlan(seed=0)
        self.calls: list[tuple[CallContext, str, dict[str, Any]]] = []
        self.members: dict[str, Any] = {"jobName": name, "jobId": "id", "jobArn": "arn"}
        self.error: BaseException | None = None
        self.sleeps: list[float] = []
        self.waits: list[tuple[float, str]] = []

    def call(
        self, context: CallContext, operation: str, params: dict[str, Any]
    ) -> tuple[str, dict[str, Any]]:
        self.calls.append((context, operation, params))
        request_id = f"{self.name}-{len(self.calls)}"
        if isinstance(self.error, BatchError):
            self.error.request_id = request_id
        if self.error is not None:
            raise self.error
        return request_id, dict(self.members)

    def again(self, *call: object) -> None:
        """Nothing is like an earlier call."""

    def slept(self, seconds: float) -> None:
        self.sleeps.append(seconds)

    def waited(self, seconds: float, where: str) -> None:
        self.waits.append((seconds, where))

    @property
    def operations(self) -> list[str]:
        return [operation for _, operation, _ in self.calls]


@contextmanager
def _mocking(target: FakeTarget) -> Iterator[FakeTarget]:
    botocore_hook.activate(target.options.region)
    virtual_sleep.install()
    active.push(target)
    try:
        yield target
    finally:
        active.remove(target)
        virtual_sleep.uninstall()
        botocore_hook.deactivate()


@pytest.fixture
def a_target() -> type[FakeTarget]:
    return FakeTarget


@pytest.fixture
def mocking() -> Callable[[FakeTarget], AbstractContextManager[FakeTarget]]:
    return _mocking


@pytest.fixture
def target() -> Iterator[FakeTarget]:
    """An active fake target."""
    with _mocking(FakeTarget()) as target:
        yield target


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """No credentials, no region and no profile of the machine that runs the tests."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Everything that somebody tried to reach; nobody gets through."""
    attempts: list[Any] = []

    def refuse(*args: Any, **_: Any) -> None:
        attempts.append(args)
        raise ConnectionRefusedError(f"the test allows no network: {args}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return attempts


@pytest.fixture
def make_client() -> Callable[..., Any]:
    """Make a client of a new session; the hook is on it, as `botocore_hook.install` was called."""
    botocore_hook.install()

    def make(service: str = "batch", region_name: str | None = "us-east-1", **arguments: Any) -> Any:
        return botocore.session.Session().create_client(service, region_name=region_name, **arguments)

    return make


@pytest.fixture
def make_old_client(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Make a client that is older than the hook, as module-level clients may be."""

    def make(**arguments: Any) -> Any:
        botocore_hook.uninstall()
        try:
            with monkeypatch.context() as patch:
                patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
                return botocore.session.Session().create_client(
                    "batch", region_name="us-east-1", **arguments
                )
        finally:
            botocore_hook.install()

    return make


@pytest.fixture
def old_client(make_old_client: Callable[..., Any]) -> Any:
    return make_old_client()
