"""An engine that cannot take services makes jobs fail as on AWS, and the message says what to do."""

from __future__ import annotations

import http.server
import json
import re
import socketserver
import threading
from collections.abc import Iterator
from tempfile import TemporaryDirectory
from typing import Any

import boto3
import pytest

from pytest_batchmock import BatchMock

WORKER = {"LocalNodeState": "active", "ControlAvailable": False, "NodeID": "n"}
MANAGER = {"LocalNodeState": "active", "ControlAvailable": True, "NodeID": "n"}


@pytest.fixture(autouse=True)
def nothing_is_left() -> None:
    """There is no engine at which anything could be."""


class Engine(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """What answers as a Docker engine would that runs nothing."""

    daemon_threads = True
    swarm: dict[str, Any]
    version: str


class Answers(http.server.BaseHTTPRequestHandler):
    """The few questions that are asked before anything is made."""

    server: Engine

    def do_GET(self) -> None:
        """Answer with JSON."""
        what = self.path.partition("?")[0].rpartition("/")[2]
        answer = {
            "version": {"ApiVersion": self.server.version, "Arch": "amd64"},
            "info": {"Swarm": self.server.swarm, "NCPU": 1},
            "volumes": {"Volumes": None},
        }.get(what, [])
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self) -> str:
        """A socket of the file system has no address."""
        return ""

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent."""


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """An engine that is in no swarm."""
    pytest.importorskip("docker")
    # Of a short path: it stands in reasons, which are cut at 255 characters.
    with TemporaryDirectory(dir="/tmp") as folder, Engine(f"{folder}/s", Answers) as server:
        path = f"{folder}/s"
        server.swarm, server.version = {"LocalNodeState": "inactive"}, "1.41"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
        yield server
        server.shutdown()


@pytest.mark.parametrize(
    ("swarm", "version", "why"),
    [
        ({"LocalNodeState": "inactive"}, "1.41", "is not in a swarm, .*: 'docker swarm init' makes one"),
        (WORKER, "1.41", "is a worker of its swarm, .* 'docker node promote' it"),
        (MANAGER, "1.40", "speaks version 1.40 of its API; jobs of a swarm need 1.41"),
    ],
)
def test_an_engine_that_takes_no_services_fails_the_job_and_says_what_to_do(
    engine: Engine, swarm: dict[str, Any], version: str, why: str
) -> None:
    engine.swarm, engine.version = swarm, version
    with BatchMock(runner="swarm", latency_scale=0.01) as batch:
        batch.defaults()
        client = boto3.client("batch", region_name="us-east-1")
        client.submit_job(jobName="job", jobQueue="default", jobDefinition="default")
        batch.run_until_idle()
        [attempt] = batch.jobs.one().attempts
        assert attempt.status_reason == "Task failed to start"
        assert attempt.reason is not None
        assert re.search(why, attempt.reason), attempt.reason


def test_without_an_engine_the_job_fails_and_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("docker")
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    with BatchMock(runner="swarm", latency_scale=0.01) as batch:
        batch.defaults()
        client = boto3.client("batch", region_name="us-east-1")
        client.submit_job(jobName="job", jobQueue="default", jobDefinition="default")
        batch.run_until_idle()
        [attempt] = batch.jobs.one().attempts
        assert str(attempt.reason).startswith(
            "CannotStartContainerError: no Docker engine answers at unix:///nowhere/docker.sock"
        )
