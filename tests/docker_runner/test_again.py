"""A server with a state file is killed and started again: it goes on with the containers that run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pytest_batchmock.runners.docker import engine as docker_engine
from pytest_batchmock.runners.docker.engine import DockerEngine

from .conftest import Images, left_behind
from .served import NEEDS, Server, prepare, until


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start a server, again and again with one file."""
    servers: list[Server] = []

    def start(port: int = 0) -> Server:
        servers.append(Server(tmp_path / "state", port=port))
        return servers[-1]

    yield start
    servers[-1].stop()


def of_file(engine: DockerEngine, tmp_path: Path) -> list[str]:
    return left_behind(engine, f"{docker_engine.STATE_LABEL}={tmp_path / 'state'}")


def test_a_container_that_has_ended_meanwhile_ends_its_job_with_its_exit_code(
    engine: DockerEngine, images: Images, serve: Callable[[], Server], tmp_path: Path
) -> None:
    server = serve()
    prepare(server.batch)
    job_id = server.submit(images.plain, "echo ready; sleep 1; echo late; exit 6")
    until(lambda: server.lines(job_id))
    server.kill()
    [name] = of_file(engine, tmp_path)
    assert engine.api.wait(name.strip("['/]"))["StatusCode"] == 6
    server = serve()
    assert server.ends(job_id)["attempts"][0]["container"]["exitCode"] == 6
    assert server.lines(job_id) == ["ready", "late"]
    until(lambda: of_file(engine, tmp_path) == [])


def test_once_the_file_is_gone_anybody_removes_what_the_server_left(
    engine: DockerEngine, images: Images, tmp_path: Path
) -> None:
    server = Server(tmp_path / "state")
    prepare(server.batch)
    job_id = server.submit(images.plain, "echo ready; sleep 99")
    until(lambda: server.lines(job_id))
    server.kill()
    engine.reap()
    assert len(of_file(engine, tmp_path)) == 1
    for part in tmp_path.iterdir():
        part.unlink()
    engine.reap()
    assert of_file(engine, tmp_path) == []


def test_all_containers_of_a_task_are_found_again_and_what_they_share_goes_with_them(
    engine: DockerEngine, images: Images, serve: Callable[[], Server], tmp_path: Path
) -> None:
    server = serve()
    prepare(server.batch)
    mount = {"mountPoints": [{"sourceVolume": "work", "containerPath": "/work"}]}
    main = "echo ready; until test -e /work/go; do sleep 0.1; done; exit 4"
    helper = "trap 'exit 3' TERM; touch /work/up; sleep 99 & wait"
    containers = [
        {
            "name": name,
            "image": images.plain,
            "command": ["sh", "-c", script],
            "essential": name == "main",
            "resourceRequirements": NEEDS,
            **mount,
        }
        for name, script in (("main", main), ("helper", helper))
    ]
    server.batch.register_job_definition(
        jobDefinitionName="t",
        type="container",
        ecsProperties={"taskProperties": [{"containers": containers, "volumes": [{"name": "work"}]}]},
    )
    job_id = server.batch.submit_job(jobName="job", jobQueue="q", jobDefinition="t")["jobId"]
    until(lambda: server.job(job_id)["status"] == "RUNNING")
    server.kill()
    server = serve()
    assert server.job(job_id)["status"] == "RUNNING"
    label = f"{docker_engine.LABEL}.container=helper"
    [container] = engine.api.containers(
        filters={"label": [label, f"{docker_engine.LABEL}.job={job_id}"]}
    )
    made = engine.api.exec_create(container["Id"], ["touch", "/work/go"])
    engine.api.exec_start(made["Id"])
    [task] = server.ends(job_id)["attempts"][0]["taskProperties"]
    assert [it["exitCode"] for it in task["containers"]] == [4, 3]
    until(lambda: of_file(engine, tmp_path) == [])


def test_a_container_that_calls_batch_finds_the_new_server_at_the_port_of_the_old_one(
    images: Images, serve: Callable[..., Server]
) -> None:
    server = serve()
    prepare(server.batch)
    ask = "wget -q -O /tmp/got --post-data '{}' $AWS_ENDPOINT_URL_BATCH/v1/describejobqueues"
    script = (
        f"{ask} && echo ready; while {ask}; do sleep 0.1; done; until {ask}; do sleep 0.1; done; exit 8"
    )
    job_id = server.submit(images.plain, script)
    until(lambda: server.lines(job_id))
    server.kill()
    server = serve(server.port)
    assert server.ends(job_id)["attempts"][0]["container"]["exitCode"] == 8
