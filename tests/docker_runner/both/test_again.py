"""A server with a state file is killed and started again: it goes on with what runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pytest_batchmock.runners.docker import engine as docker_engine
from pytest_batchmock.runners.docker.engine import DockerEngine
from pytest_batchmock.runners.swarm import cluster as swarm_cluster

from ..conftest import Images
from ..served import Server, prepare, until
from .conftest import left, reap


@pytest.fixture
def serve(tmp_path: Path, runner: str) -> Iterator[Callable[[], Server]]:
    """Start a server, again and again with one file."""
    servers: list[Server] = []

    def start() -> Server:
        servers.append(Server(tmp_path / "state", runner))
        return servers[-1]

    yield start
    servers[-1].stop()


def test_a_container_outlives_its_server_and_ends_its_job_with_its_own_exit_code(
    engine: DockerEngine, runner: str, images: Images, serve: Callable[[], Server], tmp_path: Path
) -> None:
    label = f"{docker_engine.STATE_LABEL}={tmp_path / 'state'}"
    server = serve()
    prepare(server.batch)
    script = (
        "echo same; echo same; echo problem >&2; until test -e /tmp/go; do sleep 0.1; done; "
        "echo same; echo last; exit 5"
    )
    job_id = server.submit(images.plain, script)
    until(lambda: len(server.lines(job_id)) == 3)
    server.kill()
    reap(runner)
    server = serve()
    assert server.job(job_id)["status"] == "RUNNING"
    [container] = engine.api.containers(filters={"label": label})
    made = engine.api.exec_create(container["Id"], ["touch", "/tmp/go"])
    engine.api.exec_start(made["Id"])
    job = server.ends(job_id)
    [attempt] = job["attempts"]
    assert (job["status"], attempt["container"]["exitCode"]) == ("FAILED", 5)
    assert attempt["statusReason"] == "Essential container in task exited"
    assert sorted(server.lines(job_id)) == ["last", "problem", "same", "same", "same"]
    until(lambda: left(engine, label) == [])


def test_what_has_gone_meanwhile_is_the_loss_of_its_host_and_what_runs_can_be_stopped(
    engine: DockerEngine, runner: str, images: Images, serve: Callable[[], Server], tmp_path: Path
) -> None:
    server = serve()
    prepare(server.batch)
    lost = server.submit(images.plain, "echo ready; sleep 99")
    kept = server.submit(images.plain, "trap 'echo told; exit 7' TERM; echo ready; sleep 99 & wait")
    until(lambda: server.lines(lost) and server.lines(kept))
    server.kill()
    remove(engine, runner, f"{docker_engine.LABEL}.job={lost}")
    server = serve()
    assert server.ends(lost)["statusReason"].startswith("Host EC2 (instance i-")
    server.batch.terminate_job(jobId=kept, reason="enough")
    job = server.ends(kept)
    assert (job["statusReason"], job["container"]["exitCode"]) == ("enough", 7)
    assert server.lines(kept)[-1] == "told"
    until(lambda: left(engine, f"{docker_engine.STATE_LABEL}={tmp_path / 'state'}") == [])


def remove(engine: DockerEngine, runner: str, label: str) -> None:
    if runner == "swarm":
        [service] = engine.api.services(filters={"label": label})
        [task] = engine.api.tasks(filters={"label": label})
        swarm_cluster.swarm().remove(service["ID"], task)
    else:
        [container] = engine.api.containers(filters={"label": label})
        engine.remove("containers", container["Id"])
