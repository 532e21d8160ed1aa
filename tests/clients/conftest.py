"""`batchmock serve` in a process of its own, and the variables that lead a client to it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("werkzeug")

from pytest_batchmock.server.remote.mock import RemoteBatchMock

COMMAND = [sys.executable, "-c", "from pytest_batchmock.cli import main; raise SystemExit(main())"]
REGION = "eu-west-1"


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """The URL of a server that jumps: a question asked twice moves its time."""
    file, log = tmp_path / "url", (tmp_path / "log").open("w")
    command = [*COMMAND, "serve", "--port", "0", "--url-file", str(file), "--clock", "autojump"]
    with log, subprocess.Popen([*command, "--region", REGION], stdout=log, stderr=log) as process:
        try:
            while not file.exists():
                assert process.poll() is None, (tmp_path / "log").read_text()
                time.sleep(0.02)
            yield file.read_text().strip()
        finally:
            process.terminate()


@pytest.fixture
def mock(url: str) -> RemoteBatchMock:
    """What is said to the server."""
    mock = RemoteBatchMock(url)
    mock.defaults()
    return mock


@pytest.fixture
def environment(url: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What leads an AWS SDK to the server, set for this process too."""
    given = {
        "AWS_ENDPOINT_URL": url,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "any",
        "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return given
