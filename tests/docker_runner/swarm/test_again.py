"""A server with a state file is killed and started again: it goes on with its tasks in the swarm."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pytest_batchmock.runners.docker import engine as docker_engine
from pytest_batchmock.runners.swarm.cluster import Swarm

from ..conftest import Images
from ..test_again import Server, prepare, until
from .conftest import services_left


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[[], Server]]:
    """Start a server, again and again with one file."""
    servers: list[Server] = []

    def start() -> Server:
        servers.append(Server(tmp_path / "state", runner="swarm"))
        return servers[-1]

    yield start
    servers[-1].stop()


def test_a_task_outlives_its_server_and_ends_its_job_with_its_own_exit_code(
    swarm: Swarm, images: Images, serve: Callable[[], Server], tmp_path: Path
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
    swarm.engine.reap()  # as another test process does when it starts
    swarm.reap()
    server = serve()
    assert server.job(job_id)["status"] == "RUNNING"
    [container] = swarm.engine.api.containers(filters={"label": label})
    made = swarm.engine.api.exec_create(container["Id"], ["touch", "/tmp/go"])
    swarm.engine.api.exec_start(made["Id"])
    job = server.ends(job_id)
    [attempt] = job["attempts"]
    assert (job["status"], attempt["container"]["exitCode"]) == ("FAILED", 5)
    assert sorted(server.lines(job_id)) == ["last", "problem", "same", "same", "same"]
    until(lambda: services_left(swarm, label) == [])


def test_a_task_whose_service_is_gone_is_the_loss_of_its_host_and_what_runs_can_be_stopped(
    swarm: Swarm, images: Images, serve: Callable[[], Server], tmp_path: Path
) -> None:
    server = serve()
    prepare(server.batch)
    lost = server.submit(images.plain, "echo ready; sleep 99")
    kept = server.submit(images.plain, "trap 'echo told; exit 7' TERM; echo ready; sleep 99 & wait")
    until(lambda: server.lines(lost) and server.lines(kept))
    server.kill()
    api = swarm.engine.api
    label = f"{docker_engine.LABEL}.job={lost}"
    [service] = api.services(filters={"label": label})
    [task] = api.tasks(filters={"label": label})
    swarm.remove(service["ID"], task)
    server = serve()
    assert server.ends(lost)["statusReason"].startswith("Host EC2 (instance i-")
    server.batch.terminate_job(jobId=kept, reason="enough")
    job = server.ends(kept)
    assert (job["statusReason"], job["container"]["exitCode"]) == ("enough", 7)
    assert server.lines(kept)[-1] == "told"
    until(lambda: services_left(swarm, f"{docker_engine.STATE_LABEL}={tmp_path / 'state'}") == [])
