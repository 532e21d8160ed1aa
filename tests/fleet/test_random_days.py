"""Whatever is asked of a fleet: nobody who fits is forgotten, and nothing is left behind."""

from __future__ import annotations

from random import Random

import pytest
from installed_model import lacking

from pytest_batchmock import mock_batch

from .conftest import ZONES, Driver

STRATEGIES = [
    strategy
    for strategy in ("BEST_FIT", "BEST_FIT_PROGRESSIVE", "BEST_FIT_PROGRESSIVE_ORDERED")
    if not lacking("CreateComputeEnvironment", {"computeResources": {"allocationStrategy": strategy}})
]
SHAPES = [
    {"vcpu": 1, "memory": 512},
    {"vcpu": 2, "memory": 3000},
    {"vcpu": 1, "memory": 6000},
    {"vcpu": 4, "memory": 2000},
    {"vcpu": 7, "memory": 1000},
]


def a_day(driver: Driver, luck: Random) -> None:
    """Environments, queues and jobs at random, with a zone that fails and comes back."""
    for name in ("one", "two", "three"):
        driver.environment(
            name,
            instanceTypes=luck.sample(["c5.large", "c5.2xlarge", "m5.large", "m5.xlarge"], 3),
            maxvCpus=luck.choice([3, 8, 20]),
            minvCpus=luck.choice([0, 0, 3]),
            allocationStrategy=luck.choice(STRATEGIES),
        )
    # Every queue ends with one that takes all shapes, so that no job can wait for ever.
    driver.environment("large", instanceTypes=["c5.2xlarge", "m5.2xlarge"], maxvCpus=32)
    for name in ("q", "r", "s"):
        driver.queue(
            *luck.sample(["one", "two", "three"], 2), "large", name=name, priority=luck.randint(0, 3)
        )
    for number in range(30):
        shape = dict(luck.choice(SHAPES))
        if luck.random() < 0.2:
            shape["size"] = luck.randint(2, 12)
        driver.submit(f"job-{number}", queue=luck.choice("qrs"), attempts=5, **shape)
        driver.mock.advance(luck.choice([0, 1, 20, 300]))
        if luck.random() < 0.1:
            driver.mock.zone("us-east-1a").fail()
        elif luck.random() < 0.3:
            driver.mock.zone("us-east-1a").recover()


@pytest.mark.parametrize("seed", range(12))
def test_all_jobs_of_a_random_day_end_and_all_instances_leave(seed: int) -> None:
    with mock_batch(clock="manual", subnet_zones=ZONES, seed=seed) as mock:
        driver = Driver(mock)
        a_day(driver, Random(seed))
        mock.run_until_idle()
        unended = [mock.explain(job) for job in mock.jobs if not job.is_terminal]
        assert unended == []
        assert all(it.used == 0 and not it.jobs for it in mock.instances)
        mock.advance("1h")
        for name in ("one", "two", "three", "large"):
            shown = driver.resources(name)
            kept = [it for it in mock.instances.alive if it.environment == name]
            assert sum(it.vcpus for it in kept) - shown["minvCpus"] < 8
            assert all(it.status == "idle" for it in kept)
        assert not any(mock._world.engine.demand.counts())
