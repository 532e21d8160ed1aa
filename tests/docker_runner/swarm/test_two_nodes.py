"""Jobs on another node than the manager's: a second engine in a network namespace of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import boto3
import pytest

from pytest_batchmock import BatchMock
from pytest_batchmock.observe.jobs import JobView
from pytest_batchmock.runners.swarm.cluster import Swarm

from ..conftest import Images, Submit, missing
from .second_node import NEAR, SecondNode, second_node, what_is_missing

IGNORES = "trap '' TERM; echo ready; while :; do sleep 99; done"
Define = Callable[..., str]


@pytest.fixture(scope="module")
def far(swarm: Swarm, images: Images) -> Iterator[SecondNode]:
    """The second node."""
    address = swarm.engine.api.info()["Swarm"]["NodeAddr"]
    if (why := what_is_missing()) is not None:
        missing(why)
    if address != NEAR:
        pytest.skip(f"no second node here: the swarm at {address} is not of these tests")
    with second_node(swarm, images) as node:
        yield node


@pytest.fixture
def batch(far: SecondNode, images: Images) -> Iterator[BatchMock]:
    """A mock whose jobs go to the second node."""
    nodes = {"default": {"pool": far.pool}}
    with BatchMock(runner="swarm", latency_scale=0.01, docker_pull="never", swarm_nodes=nodes) as mock:
        mock.defaults(spot=True, max_vcpus=64, memory=64, image=images.plain)
        yield mock


def nodes_of(swarm: Swarm, job: JobView) -> list[str]:
    found = swarm.engine.api.tasks(filters={"label": f"pytest-batchmock.job={job.id}"})
    return [task["NodeID"] for task in found if task.get("NodeID")]


def test_exit_code_and_log_come_back_from_another_node(
    batch: BatchMock, swarm: Swarm, far: SecondNode, running: Submit
) -> None:
    job = running("trap 'echo told; exit 7' TERM; echo ready; sleep 99 & wait")
    assert nodes_of(swarm, job) == [far.id]
    boto3.client("batch").terminate_job(jobId=job.id, reason="enough")
    batch.run_until(lambda: job.is_terminal)
    assert (job.status_reason, job.attempts[0].exit_code) == ("enough", 7)
    assert batch.logs.of(job) == ["ready", "told"]


def test_a_task_on_another_node_that_ignores_sigterm_is_killed_after_the_stop_time_out(
    batch: BatchMock, running: Submit
) -> None:
    batch.on("job").runs_swarm(stop_timeout="1s", nodes=batch.options.swarm_nodes["default"])
    job = running(IGNORES)
    boto3.client("batch").terminate_job(jobId=job.id, reason="enough")
    batch.run_until(lambda: job.is_terminal)
    assert job.attempts[0].exit_code == 137


def test_after_the_end_of_the_mock_the_swarm_stops_what_runs_on_another_node(
    batch: BatchMock, far: SecondNode, running: Submit
) -> None:
    batch.on("job").runs_swarm(stop_timeout="2s", nodes=batch.options.swarm_nodes["default"])
    running(IGNORES)
    batch.stop()
    far.wait_for(lambda: far.api.containers(all=True) == [])


def test_a_gpu_is_a_generic_resource_of_its_node(
    batch: BatchMock, images: Images, ended: Submit
) -> None:
    client = boto3.client("batch")
    client.create_compute_environment(
        computeEnvironmentName="gpus",
        type="MANAGED",
        computeResources={
            "type": "EC2",
            "minvCpus": 0,
            "maxvCpus": 64,
            "instanceTypes": ["g4dn.xlarge"],
            "subnets": ["subnet-1"],
            "securityGroupIds": ["sg-1"],
            "instanceRole": "arn:aws:iam::123456789012:instance-profile/ecs",
        },
    )
    client.create_job_queue(
        jobQueueName="gpus",
        priority=1,
        computeEnvironmentOrder=[{"order": 1, "computeEnvironment": "gpus"}],
    )
    needs = {"VCPU": "1", "MEMORY": "64", "GPU": "1"}
    client.register_job_definition(
        jobDefinitionName="gpus",
        type="container",
        containerProperties={
            "image": images.plain,
            "command": ["sh", "-c", "echo $DOCKER_RESOURCE_GPU"],
            "resourceRequirements": [{"type": kind, "value": value} for kind, value in needs.items()],
        },
    )
    job_id = client.submit_job(jobName="gpu", jobQueue="gpus", jobDefinition="gpus")["jobId"]
    job = batch.jobs.get(job_id)
    batch.run_until(lambda: job.is_terminal)
    assert batch.logs.of(job) == ["GPU-0"]


def test_nodes_on_two_machines_talk_over_tcp_in_their_overlay_network(
    batch: BatchMock, swarm: Swarm, far: SecondNode, images: Images, overlay: None
) -> None:
    client = boto3.client("batch")
    batch.defaults(name="gang", max_vcpus=256)
    fewest = min(node.nano_cpus for node in swarm.nodes()) // 10**9
    everywhere = fewest + 1  # more than one of them takes
    script = f"""
        if test $AWS_BATCH_JOB_NODE_INDEX = 0; then
            until test "$(sort -u /tmp/got 2>/dev/null | wc -l)" = {everywhere - 1}; do
                nc -l -p 9000 >>/tmp/got
            done
            sort -u /tmp/got | wc -l
            until test -e /tmp/go; do sleep 0.1; done
        else
            trap 'exit 0' TERM
            main=$AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS
            while :; do echo $AWS_BATCH_JOB_NODE_INDEX | nc -w 1 $main 9000; done
        fi
    """
    requirements = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "64"}]
    container = {"command": ["sh", "-c", script], "resourceRequirements": requirements}
    client.register_job_definition(
        jobDefinitionName="gang",
        type="multinode",
        nodeProperties={
            "numNodes": everywhere,
            "mainNode": 0,
            "nodeRangeProperties": [
                {"targetNodes": "0:", "container": {"image": images.plain, **container}}
            ],
        },
    )
    job_id = client.submit_job(jobName="gang", jobQueue="gang", jobDefinition="gang")["jobId"]
    job = batch.jobs.get(job_id)
    main = batch.jobs.get(f"{job_id}#0")
    batch.run_until(lambda: main.status == "RUNNING")
    batch.run_until(lambda: batch.logs.of(main) != [])
    assert batch.logs.of(main) == [str(everywhere - 1)]
    # All of them have spoken, and none has ended. The task of the main node is that of the job itself.
    used = {node for it in (job, *job.children) for node in nodes_of(swarm, it)}
    assert used == {node.id for node in swarm.nodes()}
    for api in (swarm.engine.api, far.api):
        for container in api.containers(filters={"label": f"pytest-batchmock.job={job.id}"}):
            api.exec_start(api.exec_create(container["Id"], ["touch", "/tmp/go"])["Id"])
    batch.run_until(lambda: job.is_terminal)
    assert job.status == "SUCCEEDED"


def test_an_endpoint_on_the_loopback_of_this_machine_is_refused_as_others_do_not_reach_it(
    ended: Submit, monkeypatch: pytest.MonkeyPatch, batch: BatchMock
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:5000")
    [attempt] = ended("true").attempts
    assert str(attempt.reason).startswith("AWS_ENDPOINT_URL_S3=http://127.0.0.1:5000 is the loopback")


def test_zz_a_node_that_is_down_is_the_loss_of_the_host_of_its_jobs(
    batch: BatchMock, far: SecondNode, running: Submit
) -> None:
    """The last of this file: the node does not come back before the end."""
    job = running("echo ready; exec sleep 999")
    far.cut_off()
    batch.run_until(lambda: job.is_terminal)
    assert job.status == "FAILED"
    [attempt] = job.attempts
    assert attempt.exit_code is None
    assert str(attempt.status_reason).startswith("Host EC2 (instance i-")
