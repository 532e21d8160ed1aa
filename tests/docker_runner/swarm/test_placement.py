"""Tasks reserve what their jobs need, on the nodes that stand for their compute environment."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from pytest_batchmock import BatchMock
from pytest_batchmock.runners.swarm.cluster import Swarm

from ..conftest import Images, Submit

Define = Callable[..., str]


@pytest.fixture
def pool(swarm: Swarm) -> Iterator[str]:
    """A label that this node has for a while, as ``pool``."""
    api = swarm.engine.api
    value = uuid.uuid4().hex[:8]

    def change(labels: dict[str, str]) -> None:
        found = api.inspect_node(swarm.node)
        api.update_node(swarm.node, found["Version"]["Index"], found["Spec"] | {"Labels": labels})

    before = dict(api.inspect_node(swarm.node)["Spec"].get("Labels") or {})
    change(before | {"pool": value})
    yield value
    change(before)


def service_of(swarm: Swarm, job_id: str) -> dict[str, Any]:
    [service] = swarm.engine.api.services(filters={"label": f"pytest-batchmock.job={job_id}"})
    spec: dict[str, Any] = service["Spec"]
    return spec


def test_a_job_is_a_service_of_one_task_that_reserves_its_vcpus_and_its_memory(
    batch: BatchMock, swarm: Swarm, running: Submit, define: Define
) -> None:
    batch.on("job").runs_swarm(stop_timeout="7s")
    definition = define(memory="48")
    job = running("trap 'exit 0' TERM; echo ready; sleep 99 & wait", definition=definition)
    spec = service_of(swarm, job.id)
    assert spec["Mode"] in (
        {"ReplicatedJob": {"MaxConcurrent": 1, "TotalCompletions": 1}},
        {"Replicated": {"Replicas": 1}},
    )
    task = spec["TaskTemplate"]
    memory = 48 * 1024 * 1024
    assert task["Resources"]["Reservations"] == {"NanoCPUs": 1_000_000_000, "MemoryBytes": memory}
    assert task["Resources"]["Limits"] == {"MemoryBytes": memory}
    assert task["RestartPolicy"]["Condition"] == "none"
    assert task["ContainerSpec"]["StopGracePeriod"] == 7_000_000_000
    assert {"pytest-batchmock.run", "pytest-batchmock.owner"} <= set(spec["Labels"])


def test_tasks_of_an_environment_go_to_the_nodes_with_its_labels(
    swarm: Swarm, images: Images, pool: str
) -> None:
    with BatchMock(runner="swarm", latency_scale=0.01, swarm_nodes={"spot-*": {"pool": pool}}) as batch:
        client = boto3.client("batch")
        script = "trap 'exit 0' TERM; echo ready; sleep 99 & wait"
        for name in ("spot-ce", "other"):
            command = ["sh", "-c", script]
            batch.defaults(name=name, image=images.plain, memory=64, command=command)
            client.submit_job(jobName=name, jobQueue=name, jobDefinition=name)
        batch.run_until(lambda: all(job.status == "RUNNING" for job in batch.jobs))
        batch.run_until(lambda: all(batch.logs.of(job) == ["ready"] for job in batch.jobs))
        placements = {
            job.name: service_of(swarm, job.id)["TaskTemplate"]["Placement"].get("Constraints")
            for job in batch.jobs
        }
        assert placements == {"spot-ce": [f"node.labels.pool=={pool}"], "other": None}


def test_a_job_fails_and_says_why_if_no_node_has_the_labels(batch: BatchMock, ended: Submit) -> None:
    batch.on("job").runs_swarm(nodes={"pool": "nowhere"})
    [attempt] = ended("true").attempts
    assert attempt.status_reason == "Task failed to start"
    reason = str(attempt.reason)
    assert reason.startswith(
        "CannotStartContainerError: no node of the swarm can take a task that needs"
    )
    assert "pool=nowhere. " in reason
    assert ": no label pool" in reason


def test_a_job_that_is_larger_than_any_node_fails_and_names_the_figures(
    swarm: Swarm, images: Images
) -> None:
    [node] = swarm.nodes()
    cpus = node.nano_cpus // 10**9
    with BatchMock(runner="swarm", latency_scale=0.01) as batch:
        batch.defaults(image=images.plain, vcpus=cpus + 1, memory=64)
        boto3.client("batch").submit_job(jobName="job", jobQueue="default", jobDefinition="default")
        batch.run_until_idle()
        [attempt] = batch.jobs.one().attempts
        assert str(attempt.reason).endswith(
            f"can take a task that needs {cpus + 1} CPU, 64 MiB. {node.name}: {cpus} CPU"
        )


def test_a_job_waits_while_the_nodes_are_full_and_is_explained_so(
    batch: BatchMock, swarm: Swarm, images: Images
) -> None:
    [node] = swarm.nodes()
    cpus = node.nano_cpus // 10**9
    script = "trap 'exit 0' TERM; echo ready; sleep 99 & wait"
    batch.defaults(name="large", image=images.plain, vcpus=cpus, memory=64, command=["sh", "-c", script])
    client = boto3.client("batch")
    for _ in range(2):
        client.submit_job(jobName="large", jobQueue="large", jobDefinition="large")

    def explained() -> list[str]:
        return [batch.explain(job) for job in batch.jobs if "its container waits" in job.explain()]

    batch.run_until(lambda: bool(explained()))
    [text] = explained()
    assert "STARTING" in text
    assert "its container waits: the swarm has no suitable node (insufficient resources" in text
    batch.run_until(lambda: any(job.status == "RUNNING" for job in batch.jobs))
    [first] = [job for job in batch.jobs if job.status == "RUNNING"]
    [second] = [job for job in batch.jobs if job.status == "STARTING"]
    client.terminate_job(jobId=first.id, reason="enough")
    batch.run_until(lambda: second.status == "RUNNING")
    assert "waits" not in batch.explain(second)
