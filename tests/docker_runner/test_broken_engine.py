"""An engine that vanishes or is full: jobs fail as on AWS, and the reason says what to do."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest

from pytest_batchmock import BatchMock
from pytest_batchmock.observe.jobs import JobView
from pytest_batchmock.runners.docker import engine as docker_engine
from pytest_batchmock.runners.docker.engine import DockerEngine

from .conftest import Images, left_behind, of_this_run

FULL = "mkdir /var/lib/docker/overlay2/5f1: no space left on device"


class Proxy:
    """A socket in front of the engine that can be cut, or answer in its place."""

    def __init__(self, path: Path, engine: str) -> None:
        self.path, self._engine = path, engine
        self.url = f"unix://{path}"
        self._answers: list[tuple[str, int, bytes]] = []
        self._open: set[socket.socket] = set()
        self._listening: socket.socket | None = None
        self.listen()

    def listen(self) -> None:
        """Answer again."""
        self._listening = listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(self.path))
        listening.listen(64)
        threading.Thread(target=self._welcome, args=(listening,), daemon=True).start()

    def cut(self) -> None:
        """The engine vanishes: nobody listens, and all connections break."""
        if self._listening is not None:
            self._listening.shutdown(socket.SHUT_RDWR)
            self._listening.close()
            self._listening = None
            self.path.unlink()
        for each in list(self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def answers(self, request: str, status: int, body: object) -> None:
        """Answer requests like that one from now on."""
        self._answers.append((request, status, json.dumps(body).encode()))

    def _welcome(self, listening: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                guest, _ = listening.accept()
                threading.Thread(target=self._serve, args=(guest,), daemon=True).start()

    def _serve(self, guest: socket.socket) -> None:
        with guest, socket.socket(socket.AF_UNIX) as engine, contextlib.suppress(OSError):
            engine.connect(self._engine)
            self._open |= {guest, engine}
            back = threading.Thread(target=self._pass_on, args=(engine, guest), daemon=True)
            back.start()
            while data := guest.recv(65536):
                answer = self._answer_to(data)
                if answer is not None:
                    guest.sendall(answer)
                    guest.shutdown(socket.SHUT_WR)
                    while guest.recv(65536):
                        pass
                    break
                engine.sendall(data)
            engine.shutdown(socket.SHUT_WR)
            back.join()
            self._open -= {guest, engine}

    def _answer_to(self, data: bytes) -> bytes | None:
        line = data.partition(b"\r\n")[0].decode("latin-1")
        for request, status, body in self._answers:
            if re.match(request, line):
                head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nConnection: close\r\n"
                return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        return None

    @staticmethod
    def _pass_on(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)


@pytest.fixture
def proxy(engine: DockerEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """What jobs take for the engine."""
    found = Proxy(tmp_path / "docker.sock", engine.url.partition("unix://")[2])
    monkeypatch.setenv("DOCKER_HOST", found.url)
    yield found
    found.cut()


@pytest.fixture
def batch(proxy: Proxy, images: Images) -> Iterator[BatchMock]:
    with BatchMock(runner="docker", latency_scale=0.01, region="us-east-1") as mock:
        mock.defaults(image=images.plain, memory=64, max_vcpus=4)
        yield mock


Start = Callable[..., JobView]


@pytest.fixture
def start(batch: BatchMock) -> Start:
    """Submit a job that runs a shell script."""

    def start(script: str) -> JobView:
        job_id = boto3.client("batch", region_name="us-east-1").submit_job(
            jobName="job",
            jobQueue="default",
            jobDefinition="default",
            containerOverrides={"command": ["sh", "-c", script]},
        )["jobId"]
        return batch.jobs.get(job_id)

    return start


def ends(batch: BatchMock, job: JobView) -> JobView:
    batch.run_until(lambda: job.is_terminal)
    return job


def test_an_engine_that_vanishes_fails_the_job_and_says_what_to_do_while_the_api_goes_on(
    batch: BatchMock, start: Start, proxy: Proxy
) -> None:
    job = start("echo ready; sleep 99")
    batch.run_until(lambda: batch.logs.of(job) == ["ready"] if job.status == "RUNNING" else False)
    proxy.cut()
    [attempt] = ends(batch, job).attempts
    advice = f"no Docker engine answers at {proxy.url}: start one, or name it by DOCKER_HOST or a docker"
    assert attempt.status_reason == "Essential container in task exited"
    assert str(attempt.reason).startswith(f"CannotInspectContainerError: {advice}")
    assert attempt.exit_code is None
    [attempt] = ends(batch, start("true")).attempts
    assert attempt.status_reason == "Task failed to start"
    assert str(attempt.reason).startswith(f"CannotStartContainerError: {advice}")
    proxy.listen()  # so that the container can be removed
    docker_engine.engine()


def test_when_the_engine_is_back_jobs_run_again_and_what_was_left_is_removed(
    batch: BatchMock, start: Start, proxy: Proxy, engine: DockerEngine
) -> None:
    job = start("echo ready; sleep 99")
    batch.run_until(lambda: batch.logs.of(job) == ["ready"] if job.status == "RUNNING" else False)
    proxy.cut()
    ends(batch, job)
    [name] = left_behind(engine, of_this_run())
    proxy.listen()
    assert ends(batch, start("true")).status == "SUCCEEDED"
    assert name not in left_behind(engine, of_this_run())


def test_an_engine_whose_disk_is_full_fails_the_job_and_says_what_to_do(
    batch: BatchMock, start: Start, proxy: Proxy
) -> None:
    proxy.answers("POST .*/containers/create", 500, {"message": FULL})
    [attempt] = ends(batch, start("true")).attempts
    assert attempt.status_reason == "Task failed to start"
    assert str(attempt.reason).startswith(
        "CannotCreateContainerError: Error response from daemon: no space left on device: make room at "
        "the engine, for instance with 'docker system prune'."
    )


def test_a_disk_that_is_full_when_the_image_comes_fails_the_pull(
    batch: BatchMock, start: Start, proxy: Proxy
) -> None:
    proxy.answers("POST .*/containers/create", 404, {"message": "No such image: x"})
    proxy.answers("POST .*/images/create", 200, {"error": FULL, "errorDetail": {"message": FULL}})
    [attempt] = ends(batch, start("true")).attempts
    assert attempt.status_reason == "Task failed to start"
    assert str(attempt.reason).startswith(
        "CannotPullContainerError: Error response from daemon: no space left on device: make room"
    )


def test_an_image_that_the_registry_does_not_have_cannot_be_pulled(
    batch: BatchMock, start: Start, proxy: Proxy
) -> None:
    text = "manifest for none:1 not found: manifest unknown: manifest unknown"
    proxy.answers("POST .*/containers/create", 404, {"message": "No such image: none:1"})
    proxy.answers("POST .*/images/create", 404, {"message": text})
    [attempt] = ends(batch, start("true")).attempts
    assert attempt.reason == f"CannotPullContainerError: Error response from daemon: {text}"
