"""Jobs whose commands run as processes of this machine; afterwards nothing of them may be left."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from pytest_batchmock import BatchMock
from pytest_batchmock.observe.jobs import JobView
from pytest_batchmock.runners import process

PYTHON = sys.executable
Submit = Callable[..., JobView]


@pytest.fixture(autouse=True)
def nothing_is_left(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """The folder for the working directories of jobs: empty at the end, and no process is at work."""
    folder = tmp_path_factory.mktemp("work")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []
    assert process._at_work == set()


@pytest.fixture
def batch(nothing_is_left: Path) -> Iterator[BatchMock]:
    """A mock with Spot capacity of four vCPUs, in which all jobs run as processes."""
    with BatchMock(start="2030-01-01", seed=7, runner="process", latency_scale=0.01) as mock:
        mock.defaults(spot=True, max_vcpus=4)
        yield mock


@pytest.fixture
def submit(batch: BatchMock) -> Submit:
    """Submit a job with a command and, if wanted, environment variables."""

    def submit(
        *command: str, name: str = "job", environment: dict[str, str] | None = None, **members: Any
    ) -> JobView:
        variables = [{"name": key, "value": value} for key, value in (environment or {}).items()]
        job_id = boto3.client("batch").submit_job(
            jobName=name,
            jobQueue="default",
            jobDefinition="default",
            containerOverrides={"command": list(command), "environment": variables},
            **members,
        )["jobId"]
        return batch.jobs.get(job_id)

    return submit


@pytest.fixture
def ended(batch: BatchMock, submit: Submit) -> Submit:
    """Submit a job and let it end."""

    def ended(*command: str, **members: Any) -> JobView:
        job = submit(*command, **members)
        batch.run_until(lambda: job.is_terminal)
        return job

    return ended


class Talk:
    """A named pipe between the test and a process: whoever reads waits for a line of the other."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = str(path)
        # Open at both ends, so that nobody waits for the other to open it.
        self._pipe = os.open(path, os.O_RDWR)
        self._read = os.fdopen(os.dup(self._pipe), "rb", buffering=0)

    def line(self) -> str:
        """The next line that the process writes."""
        return self._read.readline().decode().strip()

    def say(self, text: str) -> None:
        """Write a line to the process."""
        os.write(self._pipe, f"{text}\n".encode())

    def close(self) -> None:
        self._read.close()
        os.close(self._pipe)


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Callable[[str], Talk]]:
    """Make named pipes."""
    made: list[Talk] = []

    def make(name: str) -> Talk:
        made.append(Talk(tmp_path / name))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def running(batch: BatchMock, talk: Callable[[str], Talk], submit: Submit) -> Submit:
    """Submit a shell script that writes to the pipe ``$UP`` once it is ready; wait for that."""

    def running(script: str, **members: Any) -> JobView:
        up = talk("up")
        variables = {"UP": up.path, **members.pop("environment", {})}
        job = submit("sh", "-c", script, environment=variables, **members)
        batch.run_until(lambda: job.status == "RUNNING")
        assert up.line() == "ready"
        return job

    return running


def is_alive(pid: int) -> bool:
    """Whether a process exists and is no zombie that somebody has yet to reap."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] not in "ZX"


def ends(pid: int) -> bool:
    """Whether a process that was killed is gone: the kernel may need a moment."""
    waiting = threading.Event()
    for _ in range(3000):
        if not is_alive(pid):
            return True
        waiting.wait(0.01)
    return False


def threads_of_ours() -> list[threading.Thread]:
    """The threads that wait for processes."""
    return [thread for thread in threading.enumerate() if thread.name.startswith("batchmock-")]
