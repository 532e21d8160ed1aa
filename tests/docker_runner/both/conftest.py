"""What holds wherever a container runs: each of these tests runs at an engine, and in its swarm."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from pytest_batchmock import BatchMock, runs_docker, runs_swarm
from pytest_batchmock.runners.docker import engine as docker_engine
from pytest_batchmock.runners.docker.engine import DockerEngine
from pytest_batchmock.runners.outcomes import Outcome
from pytest_batchmock.runners.swarm import cluster as swarm_cluster
from pytest_batchmock.runners.swarm import groups as swarm_groups

from ..conftest import Images, left_behind, of_this_run
from ..swarm.conftest import services_left

Runs = Callable[..., Outcome]


@pytest.fixture(params=["docker", "swarm"])
def runner(request: pytest.FixtureRequest) -> str:
    """The runner of all jobs."""
    name: str = request.param
    if name == "swarm":
        request.getfixturevalue("swarm")
    return name


@pytest.fixture
def runs(runner: str) -> Runs:
    """The outcome that has a job run by it."""
    return {"docker": runs_docker, "swarm": runs_swarm}[runner]


def reap(runner: str) -> None:
    """Remove what killed processes left, as another test process does when it starts."""
    docker_engine.engine().reap()
    if runner == "swarm":
        swarm_cluster.swarm().reap()


def left(engine: DockerEngine, label: str) -> list[str]:
    """What is at the engine, and in its swarm, with a label of ours."""
    found = left_behind(engine, label)
    if engine.api.info()["Swarm"]["LocalNodeState"] == "active":
        found += services_left(swarm_cluster.swarm(), label)
    return found


@pytest.fixture(autouse=True)
def nothing_is_left_in_the_swarm(engine: DockerEngine) -> Iterator[None]:
    """No service, task, network or group of this process is there at the end of a test."""
    yield
    assert left(engine, of_this_run()) == []
    assert swarm_groups.GROUPS.at_work() == {}


@pytest.fixture
def batch(engine: DockerEngine, runner: str, images: Images) -> Iterator[BatchMock]:
    """A mock with Spot capacity of four vCPUs, in which all jobs really run."""
    with BatchMock(start="2030-01-01", seed=7, runner=runner, latency_scale=0.01) as mock:
        mock.defaults(spot=True, max_vcpus=4, memory=64, image=images.plain)
        yield mock
