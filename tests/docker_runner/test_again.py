"""A server with a state file is killed and started again: it goes on with the containers that run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from pytest_batchmock.runners.docker import engine as docker_engine
from pytest_batchmock.runners.docker.engine import DockerEngine

from .conftest import Images, left_behind

NEEDS = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "64"}]
PATIENCE_SECONDS = 60.0


class Server:
    """One server with a state file, and clients of it."""

    def __init__(self, state: Path, runner: str = "docker", port: int = 0) -> None:
        url_file = state.with_name("url")
        url_file.unlink(missing_ok=True)
        code = "import sys; from pytest_batchmock.cli import main; sys.exit(main(sys.argv[1:]))"
        self.process = subprocess.Popen(
            [
                *(
                    sys.executable,
                    "-c",
                    code,
                    "serve",
                    "--quiet",
                    "--port",
                    str(port),
                    "--runner",
                    runner,
                ),
                *("--clock", "real", "--state", str(state), "--url-file", str(url_file)),
            ],
            stdout=subprocess.DEVNULL,
            env={**os.environ, "AWS_DEFAULT_REGION": "us-east-1"},
        )
        until(lambda: url_file.exists() or self.process.poll() is not None)
        more: dict[str, Any] = {
            "endpoint_url": url_file.read_text().strip(),
            "region_name": "us-east-1",
            "aws_access_key_id": "testing",
            "aws_secret_access_key": "testing",
            "config": Config(retries={"max_attempts": 0}),
        }
        self.port = int(more["endpoint_url"].rpartition(":")[2])
        self.batch, self.logs = boto3.client("batch", **more), boto3.client("logs", **more)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE_SECONDS)

    def submit(self, image: str, script: str, **members: Any) -> str:
        """Submit a job that runs a shell script."""
        self.batch.register_job_definition(
            jobDefinitionName="d",
            type="container",
            containerProperties={
                "image": image,
                "command": ["sh", "-c", script],
                "resourceRequirements": NEEDS,
            },
        )
        job_id: str = self.batch.submit_job(jobName="job", jobQueue="q", jobDefinition="d", **members)[
            "jobId"
        ]
        return job_id

    def job(self, job_id: str) -> dict[str, Any]:
        [described] = self.batch.describe_jobs(jobs=[job_id])["jobs"]
        found: dict[str, Any] = described
        return found

    def lines(self, job_id: str) -> list[str]:
        stream = self.job(job_id)["container"].get("logStreamName")
        if stream is None:
            return []
        events = self.logs.get_log_events(logGroupName="/aws/batch/job", logStreamName=stream)
        return [event["message"] for event in events["events"]]

    def ends(self, job_id: str) -> dict[str, Any]:
        until(lambda: self.job(job_id)["status"] in ("SUCCEEDED", "FAILED"))
        return self.job(job_id)


def until(done: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def prepare(batch: Any) -> None:
    batch.create_compute_environment(
        computeEnvironmentName="q",
        type="MANAGED",
        computeResources={
            "type": "EC2",
            "maxvCpus": 8,
            "minvCpus": 8,
            "instanceTypes": ["m5.large"],
            "instanceRole": "arn:aws:iam::123456789012:instance-profile/i",
            "subnets": ["subnet-1"],
            "securityGroupIds": ["sg-1"],
        },
    )
    batch.create_job_queue(
        jobQueueName="q", priority=1, computeEnvironmentOrder=[{"order": 1, "computeEnvironment": "q"}]
    )


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


def test_a_container_outlives_its_server_and_ends_its_job_with_its_own_exit_code(
    engine: DockerEngine, images: Images, serve: Callable[[], Server], tmp_path: Path
) -> None:
    server = serve()
    prepare(server.batch)
    script = (
        "echo same; echo same; echo problem >&2; until test -e /tmp/go; do sleep 0.1; done; "
        "echo same; echo last; exit 5"
    )
    job_id = server.submit(images.plain, script)
    until(lambda: len(server.lines(job_id)) == 3)
    server.kill()
    engine.reap()  # as another test process does when it starts
    [name] = of_file(engine, tmp_path)
    server = serve()
    assert server.job(job_id)["status"] == "RUNNING"
    made = engine.api.exec_create(name.strip("['/]"), ["touch", "/tmp/go"])
    engine.api.exec_start(made["Id"])
    job = server.ends(job_id)
    [attempt] = job["attempts"]
    assert (job["status"], attempt["container"]["exitCode"]) == ("FAILED", 5)
    assert attempt["statusReason"] == "Essential container in task exited"
    assert sorted(server.lines(job_id)) == ["last", "problem", "same", "same", "same"]
    until(lambda: of_file(engine, tmp_path) == [])


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


def test_a_container_that_has_gone_meanwhile_is_the_loss_of_its_host_and_what_runs_can_be_stopped(
    engine: DockerEngine, images: Images, serve: Callable[[], Server], tmp_path: Path
) -> None:
    server = serve()
    prepare(server.batch)
    lost = server.submit(images.plain, "echo ready; sleep 99")
    kept = server.submit(images.plain, "trap 'echo told; exit 7' TERM; echo ready; sleep 99 & wait")
    until(lambda: server.lines(lost) and server.lines(kept))
    server.kill()
    [container] = engine.api.containers(filters={"label": f"{docker_engine.LABEL}.job={lost}"})
    engine.remove("containers", container["Id"])
    server = serve()
    assert server.ends(lost)["statusReason"].startswith("Host EC2 (instance i-")
    server.batch.terminate_job(jobId=kept, reason="enough")
    job = server.ends(kept)
    assert (job["statusReason"], job["container"]["exitCode"]) == ("enough", 7)
    assert server.lines(kept)[-1] == "told"
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
