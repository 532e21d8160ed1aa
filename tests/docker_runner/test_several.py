"""Tasks of several containers and multi-node jobs at a Docker engine."""

from __future__ import annotations

from typing import Any

import boto3

from pytest_batchmock import BatchMock
from pytest_batchmock.observe.jobs import JobView

from .conftest import Images

REQUIREMENTS = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "64"}]


def container(images: Images, name: str, script: str, **members: Any) -> dict[str, Any]:
    return {
        "name": name,
        "image": images.plain,
        "command": ["sh", "-c", script],
        "resourceRequirements": REQUIREMENTS,
        **members,
    }


def run_task(batch: BatchMock, *containers: dict[str, Any], **task: Any) -> JobView:
    client = boto3.client("batch")
    client.register_job_definition(
        jobDefinitionName="task",
        type="container",
        ecsProperties={"taskProperties": [{"containers": list(containers), **task}]},
    )
    job_id = client.submit_job(jobName="task", jobQueue="default", jobDefinition="task")["jobId"]
    job = batch.jobs.get(job_id)
    batch.run_until(lambda: job.is_terminal)
    return job


def test_containers_of_a_task_share_volumes_and_wait_for_each_other(
    batch: BatchMock, images: Images
) -> None:
    mount = {"mountPoints": [{"sourceVolume": "work", "containerPath": "/work"}]}
    fetch = container(images, "fetch", "echo data > /work/file", essential=False, **mount)
    main = container(
        images,
        "main",
        "cat /work/file",
        dependsOn=[{"containerName": "fetch", "condition": "SUCCESS"}],
        **mount,
    )
    job = run_task(batch, fetch, main, volumes=[{"name": "work"}])
    assert job.status == "SUCCEEDED"
    assert batch.logs.of(job, container="main") == ["data"]


def test_containers_of_a_task_meet_on_their_common_loopback_and_end_with_the_essential_one(
    batch: BatchMock, images: Images
) -> None:
    script = "trap 'exit 0' TERM; while :; do echo hello | nc -l -p 8080; done & wait"
    server = container(images, "server", script, essential=False)
    asking = container(
        images,
        "asking",
        "until nc 127.0.0.1 8080 </dev/null >/tmp/got && test -s /tmp/got; do :; done; "
        "cat /tmp/got; exit 3",
        dependsOn=[{"containerName": "server", "condition": "START"}],
    )
    job = run_task(batch, server, asking)
    assert (job.status, job.attempts[0].exit_code) == ("FAILED", 3)
    assert batch.logs.of(job, container="asking") == ["hello"]


def test_nodes_talk_over_tcp_to_the_address_of_the_main_node(batch: BatchMock, images: Images) -> None:
    client = boto3.client("batch")
    batch.defaults(name="nodes", max_vcpus=4)
    script = """
        if test $AWS_BATCH_JOB_NODE_INDEX = $AWS_BATCH_JOB_MAIN_NODE_INDEX; then
            test -z "$AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS" || exit 9
            until test "$(sort -u /tmp/got 2>/dev/null | wc -l)" = 2; do nc -l -p 9000 >>/tmp/got; done
            sort -u /tmp/got
        else
            main=$AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS
            while :; do echo node $AWS_BATCH_JOB_NODE_INDEX | nc $main 9000; done
        fi
    """
    client.register_job_definition(
        jobDefinitionName="gang",
        type="multinode",
        nodeProperties={
            "numNodes": 3,
            "mainNode": 0,
            "nodeRangeProperties": [
                {
                    "targetNodes": "0:",
                    "container": {
                        "image": images.plain,
                        "command": ["sh", "-c", script],
                        "resourceRequirements": REQUIREMENTS,
                    },
                }
            ],
        },
    )
    job_id = client.submit_job(jobName="gang", jobQueue="nodes", jobDefinition="gang")["jobId"]
    job = batch.jobs.get(job_id)
    batch.run_until(lambda: job.is_terminal)
    assert job.status == "SUCCEEDED"
    assert batch.logs.of(f"{job_id}#0") == ["node 1", "node 2"]


def test_an_essential_container_that_cannot_start_fails_the_task_and_stops_the_others(
    batch: BatchMock, images: Images
) -> None:
    helper = container(images, "helper", "trap 'exit 5' TERM; sleep 99 & wait", essential=False)
    main = container(images, "main", "", command=["no-such-program"])
    job = run_task(batch, helper, main)
    assert job.statuses[-2:] == ["STARTING", "FAILED"]
    [attempt] = job.attempts
    assert attempt.status_reason == "Task failed to start"
    assert str(attempt.reason).startswith("CannotStartContainerError: Error response from daemon: ")
    assert attempt.containers["main"].exit_code is None


def test_the_stop_timeout_of_a_container_of_a_task_is_kept(batch: BatchMock, images: Images) -> None:
    deaf = container(
        images, "deaf", "trap '' TERM; while :; do sleep 99; done", essential=False, stopTimeout=2
    )
    main = container(
        images, "main", "exit 3", dependsOn=[{"containerName": "deaf", "condition": "START"}]
    )
    job = run_task(batch, deaf, main)
    [attempt] = job.attempts
    assert attempt.exit_code == 3
    assert attempt.containers["deaf"].exit_code == 137
