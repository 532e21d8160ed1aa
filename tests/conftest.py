"""What the tests of all folders share: a bare AWS environment, and a boto3 client in an active mock."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import boto3
import pytest
from hypothesis import settings

from pytest_batchmock import BatchMock

# No test measures time: Hypothesis's deadline for an example would.
settings.register_profile("unhurried", parent=settings(), deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No credentials, no region and no profile of the machine that runs the tests."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


@pytest.fixture
def client(batchmock: BatchMock) -> Any:
    """A boto3 client, answered by the fixture's mock."""
    return boto3.client("batch")
