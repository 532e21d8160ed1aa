"""A mock, clients of it with known retries, and no network."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any

import botocore.session
import pytest
from botocore.config import Config

from pytest_batchmock import BatchMock
from pytest_batchmock.transports import botocore_hook


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **_: Any) -> None:
        raise AssertionError(f"a fault reached for the network: {args}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def real_sleeps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What was slept in wall time; a test of faults expects nothing."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    return slept


@pytest.fixture
def mock(real_sleeps: list[float]) -> Any:
    with BatchMock(start="2030-01-01", seed=7) as mock:
        yield mock


@pytest.fixture
def batch(mock: BatchMock) -> Any:
    """A client in the legacy mode of retries: 5 attempts. The default differs between versions."""
    return botocore.session.Session().create_client("batch", config=Config(retries={"mode": "legacy"}))


@pytest.fixture
def make_old_client(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Make a client that no hook has reached, as a module-level client may be."""

    def make(**arguments: Any) -> Any:
        botocore_hook.uninstall()
        try:
            return botocore.session.Session().create_client(
                "batch", region_name="us-east-1", **arguments
            )
        finally:
            botocore_hook.install()

    return make
