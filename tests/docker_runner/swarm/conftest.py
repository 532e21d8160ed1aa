"""Jobs whose containers are jobs of a swarm of one node; nothing of them may be left there after."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from pytest_batchmock import BatchMock
from pytest_batchmock.runners.docker import engine as docker_engine
from pytest_batchmock.runners.swarm import groups as swarm_groups
from pytest_batchmock.runners.swarm.cluster import Swarm

from ..conftest import Images, left_behind, of_this_run


def services_left(swarm: Swarm, label: str = docker_engine.LABEL) -> list[str]:
    """The services with a label of ours, and the tasks that are at work of services removed since."""
    api = swarm.engine.api
    services = [entry["Spec"]["Name"] for entry in api.services(filters={"label": label})]
    tasks = [
        task["ID"]
        for task in api.tasks(filters={"label": label})
        if task["Status"]["State"] not in ("complete", "failed", "rejected", "shutdown")
        and task["DesiredState"] != "remove"
    ]
    return services + tasks


@pytest.fixture(autouse=True)
def nothing_is_left(swarm: Swarm) -> Iterator[None]:
    """No service, task, container, network, volume or group is there at the end of a test."""
    yield
    assert services_left(swarm, of_this_run()) == []
    assert left_behind(swarm.engine, of_this_run()) == []
    assert swarm_groups.GROUPS.at_work() == {}


@pytest.fixture
def batch(swarm: Swarm, images: Images) -> Iterator[BatchMock]:
    """A mock with Spot capacity of four vCPUs, in which all jobs are jobs of the swarm."""
    with BatchMock(start="2030-01-01", seed=7, runner="swarm", latency_scale=0.01) as mock:
        mock.defaults(spot=True, max_vcpus=4, memory=64, image=images.plain)
        yield mock


@pytest.fixture
def overlay(swarm: Swarm) -> None:
    """The kernel can do what an overlay network is made of."""
    if not swarm.engine.is_on_this_machine:
        return
    name = "bmvxlan0"
    adding = ["ip", "link", "add", name, "type", "vxlan", "id", "77", "dstport", "47890"]
    try:
        told = subprocess.run(adding, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return  # no command to ask with: the engine itself will tell
    if told.returncode != 0 and "nknown device type" in told.stderr:
        pytest.skip(f"no overlay network here, as the kernel has no vxlan: {told.stderr.strip()}")
    subprocess.run(["ip", "link", "delete", name], capture_output=True, check=False)
