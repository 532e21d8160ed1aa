"""The container of a job is a job of a swarm: its exit code, log and limits are the job's."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import boto3
import pytest

from pytest_batchmock import BatchMock, MockUsageError, runs_docker, runs_swarm, succeeds
from pytest_batchmock.server.fixture import BatchServer

from ..conftest import Images, Submit

EXITED = "Essential container in task exited"
TOKEN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:token"
ROLE = "arn:aws:iam::123456789012:role/any"
Define = Callable[..., str]


def test_each_of_many_lines_is_there_once_and_long_ones_are_whole(
    batch: BatchMock, ended: Submit
) -> None:
    job = ended("sh", "-c", "seq 3000; seq 5000 >&2; yes | head -c 40001 | tr -d '\\n'")
    lines = batch.logs.of(job)
    long = [line for line in lines if line.startswith("y")]
    assert [len(line) for line in long] == [20001]
    expected = [*map(str, range(1, 3001)), *map(str, range(1, 5001))]
    assert sorted(line for line in lines if line not in long) == sorted(expected)


def test_one_job_is_in_the_swarm_another_at_its_engine_and_a_third_scripted(
    swarm: object, images: Images
) -> None:
    with BatchMock(latency_scale=0.01) as batch:
        command = ["sh", "-c", "exit $CODE"]
        batch.defaults(image=images.plain, command=command, memory=64)
        batch.on("swarm").attempts(runs_swarm(), succeeds())
        batch.on("engine").attempts(runs_docker())
        batch.on("planned").fails(exit_code=9)
        for name, code in (("swarm", "3"), ("engine", "4"), ("planned", "5")):
            boto3.client("batch").submit_job(
                jobName=name,
                jobQueue="default",
                jobDefinition="default",
                retryStrategy={"attempts": 2},
                containerOverrides={"environment": [{"name": "CODE", "value": code}]},
            )
        batch.run_until_idle()
        codes: dict[str, list[int | None]] = {
            job.name: [attempt.exit_code for attempt in job.attempts] for job in batch.jobs
        }
        assert codes == {"swarm": [3, 0], "engine": [4, 4], "planned": [9, 9]}


def test_user_limits_volumes_and_file_systems_reach_the_task(
    batch: BatchMock, ended: Submit, define: Define
) -> None:
    definition = define(
        user="who",
        readonlyRootFilesystem=True,
        ulimits=[{"name": "nofile", "softLimit": 77, "hardLimit": 99}],
        linuxParameters={
            "sharedMemorySize": 16,
            "initProcessEnabled": False,
            "tmpfs": [{"containerPath": "/scratch", "size": 8, "mountOptions": ["mode=1777"]}],
        },
        volumes=[{"name": "data"}],
        mountPoints=[{"sourceVolume": "data", "containerPath": "/data"}],
    )
    script = """
        id -u; ulimit -n
        touch /tmp/file 2>/dev/null || echo read-only
        touch /scratch/file && echo scratch
        mount | grep -c ' /data '
        df -m /dev/shm | tail -1 | tr -s ' ' | cut -d' ' -f2
    """
    job = ended("sh", "-c", script, definition=definition)
    assert batch.logs.of(job) == ["7", "77", "read-only", "scratch", "1", "16"]


def test_an_init_process_is_the_first_where_the_definition_wants_one(
    batch: BatchMock, ended: Submit, define: Define
) -> None:
    script = "tr '\\0' ' ' </proc/1/cmdline | cut -d' ' -f1"
    job = ended("sh", "-c", script, definition=define(linuxParameters={"initProcessEnabled": True}))
    assert batch.logs.of(job) == ["/sbin/docker-init"]


def test_a_secret_is_a_variable_of_the_task_and_one_that_cannot_be_read_fails_it_at_its_start(
    batch: BatchMock, ended: Submit, define: Define
) -> None:
    secret = {"name": "TOKEN", "valueFrom": TOKEN}
    definition = define(executionRoleArn=ROLE, secrets=[secret])
    batch.on("known").runs_swarm(secrets={TOKEN: "opensesame"})
    batch.on("unknown").runs_swarm(secrets={})
    job = ended("sh", "-c", "echo $TOKEN", name="known", definition=definition)
    assert batch.logs.of(job) == ["opensesame"]
    [attempt] = ended("true", name="unknown", definition=definition).attempts
    assert str(attempt.reason).startswith("ResourceInitializationError: unable to pull secrets")


def test_a_host_folder_is_mounted_where_it_is_allowed_and_has_to_be_there(
    batch: BatchMock, ended: Submit, define: Define, tmp_path: Path
) -> None:
    batch.on("job").runs_swarm(allow=[str(tmp_path)])
    for name, status in (("there", "SUCCEEDED"), ("not-there", "FAILED")):
        folder = tmp_path / name
        if status == "SUCCEEDED":
            folder.mkdir()
        definition = define(
            volumes=[{"name": "data", "host": {"sourcePath": str(folder)}}],
            mountPoints=[{"sourceVolume": "data", "containerPath": "/data"}],
        )
        job = ended("sh", "-c", "echo done > /data/file", definition=definition)
        assert job.status == status
    assert (tmp_path / "there" / "file").read_text(encoding="ascii") == "done\n"
    reason = str(job.attempts[0].reason)
    assert reason.startswith("CannotCreateContainerError: Error response from daemon: ")
    assert "bind source path does not exist" in reason


def test_a_task_calls_batch_at_a_server_on_the_loopback_of_a_machine_that_is_the_only_node(
    batch: BatchMock, ended: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    with BatchServer() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BATCH", server.url)
        script = "wget -q -O - --post-data '{}' $AWS_ENDPOINT_URL_BATCH/v1/describejobqueues"
        job = ended("sh", "-c", script)
        assert [json.loads(line) for line in batch.logs.of(job)] == [{"jobQueues": []}]


def test_children_of_an_array_are_tasks_of_their_own(batch: BatchMock, submit: Submit) -> None:
    script = "echo $AWS_BATCH_JOB_ARRAY_INDEX of $AWS_BATCH_JOB_ARRAY_SIZE"
    parent = submit("sh", "-c", script, arrayProperties={"size": 4})
    batch.run_until(lambda: parent.is_terminal)
    assert parent.status == "SUCCEEDED"
    assert [batch.logs.of(child) for child in parent.children] == [[f"{n} of 4"] for n in range(4)]


def test_tasks_of_several_containers_are_refused_and_the_test_is_told_so(
    batch: BatchMock, images: Images
) -> None:
    client = boto3.client("batch")
    requirements = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "64"}]
    containers = [
        {"name": name, "image": images.plain, "resourceRequirements": requirements}
        for name in ("one", "two")
    ]
    client.register_job_definition(
        jobDefinitionName="task",
        type="container",
        ecsProperties={"taskProperties": [{"containers": containers}]},
    )
    client.submit_job(jobName="task", jobQueue="default", jobDefinition="task")
    with pytest.raises(MockUsageError, match=r"ecsProperties: .* runs_docker\(\)"):
        batch.run_until_idle()
