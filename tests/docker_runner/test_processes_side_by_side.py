"""Test processes that end early or share the engine: nothing is left, nobody is touched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from pytest_batchmock import BatchMock
from pytest_batchmock.runners.docker import engine as docker_engine
from pytest_batchmock.runners.docker.endpoints import ECS_NETWORK, close_ecs_endpoint
from pytest_batchmock.runners.docker.engine import DockerEngine

from .conftest import Images, Submit, left_behind

ROLE = "arn:aws:iam::123456789012:role/job"
PATIENCE_SECONDS = 60.0
HEAD = """
    import os, pathlib, signal, time
    import boto3, pytest
    from pytest_batchmock.runners.docker import engine as docker_engine

    here = pathlib.Path(__file__).parent
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores Ctrl-C

    def until(done):
        deadline = time.monotonic() + 60
        while not done():
            assert time.monotonic() < deadline
            time.sleep(0.02)

    pytestmark = pytest.mark.batchmock(runner="docker", latency_scale=0.01)

    def submit(batchmock, script, **members):
        client = boto3.client("batch", region_name="us-east-1")
        batchmock.defaults(memory=64)
        needs = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "64"}]
        client.register_job_definition(
            jobDefinitionName="d", type="container",
            containerProperties={
                "image": os.environ["IMAGE"], "command": ["sh", "-c", script],
                "resourceRequirements": needs, **members,
            },
        )
        client.submit_job(jobName="j", jobQueue="default", jobDefinition="d")
        return batchmock.jobs.one()
"""


def until(done: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@contextmanager
def begun(folder: Path, image: str, test: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Begin a run of pytest with one file; it ends with the block, whatever happens in that."""
    text = textwrap.dedent(HEAD) + textwrap.dedent(test)
    (folder / "test_inner.py").write_text(text, encoding="utf-8")
    run = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments, "test_inner.py"],
        cwd=folder,
        env={**os.environ, "IMAGE": image, "PYTEST_ADDOPTS": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    with run:
        try:
            yield run
        finally:
            with suppress(ProcessLookupError):
                os.killpg(run.pid, signal.SIGKILL)


def test_after_ctrl_c_nothing_is_left(engine: DockerEngine, images: Images, tmp_path: Path) -> None:
    test = """
    def test_it(batchmock):
        job = submit(batchmock, "trap '' TERM; echo up; while :; do sleep 99; done")
        batchmock.run_until(lambda: job.status == "RUNNING" and bool(batchmock.logs.of(job)))
        (here / "part").write_text(docker_engine.RUN)
        (here / "part").rename(here / "up")
        batchmock.run_until(lambda: job.is_terminal)
    """
    with begun(tmp_path, images.plain, test) as run:
        until(lambda: (tmp_path / "up").exists() or run.poll() is not None)
        label = f"{docker_engine.RUN_LABEL}={(tmp_path / 'up').read_text(encoding='ascii')}"
        assert len(left_behind(engine, label)) == 1
        run.send_signal(signal.SIGINT)
        output, _ = run.communicate(timeout=PATIENCE_SECONDS)
        assert "KeyboardInterrupt" in output
    assert left_behind(engine, label) == []


def test_two_xdist_workers_share_the_endpoint_of_ecs_and_take_it_away_together(
    engine: DockerEngine, images: Images, tmp_path: Path
) -> None:
    pytest.importorskip("xdist")
    test = f"""
    @pytest.mark.parametrize("name", ["a", "b"])
    def test_it(batchmock, name):
        script = "for i in 1 2 3 4 5; do " \\
            "wget -q -O - http://169.254.170.2$AWS_CONTAINER_CREDENTIALS_RELATIVE_URI; echo; done"
        (here / name).touch()
        until(lambda: (here / "a").exists() and (here / "b").exists())
        job = submit(batchmock, script, jobRoleArn="{ROLE}-" + name)
        batchmock.run_until(lambda: job.is_terminal)
        lines = batchmock.logs.of(job)
        assert (job.status, len(lines)) == ("SUCCEEDED", 5)
        assert all("{ROLE}-" + name in line for line in lines)
    """
    with begun(tmp_path, images.plain, test, "-n", "2") as run:
        output, _ = run.communicate(timeout=PATIENCE_SECONDS)
    assert "2 passed" in output, output


@pytest.mark.filterwarnings("ignore::pytest_batchmock.SlowPollingWarning")  # a whole run of pytest
def test_a_process_that_ends_leaves_the_endpoint_of_ecs_to_those_that_use_it(
    batch: BatchMock,
    ended: Submit,
    define: Callable[..., str],
    engine: DockerEngine,
    images: Images,
    tmp_path: Path,
) -> None:
    definition = define(jobRoleArn=ROLE)
    script = "wget -q -O - http://169.254.170.2$AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
    assert ended("sh", "-c", script, definition=definition).status == "SUCCEEDED"
    network = engine.api.networks(names=[ECS_NETWORK])[0]["Id"]
    test = f"""
    def test_it(batchmock):
        job = submit(batchmock, "true", jobRoleArn="{ROLE}")
        batchmock.run_until(lambda: job.is_terminal)
        assert job.status == "SUCCEEDED"
    """
    with begun(tmp_path, images.plain, test) as run:
        output, _ = run.communicate(timeout=PATIENCE_SECONDS)
    assert "1 passed" in output, output
    assert engine.api.networks(names=[ECS_NETWORK])[0]["Id"] == network
    assert ended("sh", "-c", script, definition=definition).status == "SUCCEEDED"


def test_what_all_share_is_removed_by_the_next_process_if_the_last_was_killed(
    engine: DockerEngine, images: Images, tmp_path: Path
) -> None:
    close_ecs_endpoint(engine)
    if engine.api.networks(names=[ECS_NETWORK]):
        pytest.skip("another test process of this machine uses the endpoint of ECS")
    test = f"""
    def test_it(batchmock):
        job = submit(batchmock, "echo up; sleep 99", jobRoleArn="{ROLE}")
        batchmock.run_until(lambda: job.status == "RUNNING" and bool(batchmock.logs.of(job)))
        (here / "up").touch()
        batchmock.run_until(lambda: job.is_terminal)
    """
    with begun(tmp_path, images.plain, test) as run:
        until(lambda: (tmp_path / "up").exists() or run.poll() is not None)
        assert engine.api.networks(names=[ECS_NETWORK])
        run.kill()
        run.wait()
    engine.reap()
    assert engine.api.networks(names=[ECS_NETWORK]) == []
