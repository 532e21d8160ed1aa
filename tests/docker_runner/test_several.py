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
    server = container(images, "server", "while :; do echo hello | nc -l -p 8080; done", essential=False)
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
