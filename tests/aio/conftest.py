"""An active fake target for aiobotocore; run in an environment of its own, as it pins botocore."""

from __future__ import annotations

import os
import socket
from contextlib import contextmanager

import pytest

from pytest_batchmock.errors import BatchError
from pytest_batchmock.options import Options
from pytest_batchmock.transports import active, botocore_hook, virtual_sleep
from pytest_batchmock.transports.faults import FaultPlan


class FakeTarget:
    """Answers every call with its name, or with its error, and remembers what it was asked."""

    def __init__(self, name="fake", **options):
        self.name = name
        self.options = Options.of(**options)
        self.faults = FaultPlan(seed=0)
        self.calls = []
        self.error = None
        self.sleeps = []

    def call(self, context, operation, params):
        self.calls.append((context, operation, params))
        request_id = f"{self.name}-{len(self.calls)}"
        if isinstance(self.error, BatchError):
            self.error.request_id = request_id
        if self.error is not None:
            raise self.error
        return request_id, {"jobName": self.name, "jobId": "id", "jobArn": "arn"}

    def again(self, *call):
        """Nothing is like an earlier call."""

    def slept(self, seconds):
        self.sleeps.append(seconds)


@contextmanager
def _mocking(target):
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
def a_target():
    return FakeTarget


@pytest.fixture
def mocking():
    return _mocking


@pytest.fixture
def target():
    with _mocking(FakeTarget()) as target:
        yield target


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


@pytest.fixture
def network(monkeypatch):
    """Everything that somebody tried to reach; nobody gets through."""
    attempts = []

    def refuse(*args, **_):
        attempts.append(args)
        raise ConnectionRefusedError(f"the test allows no network: {args}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return attempts
