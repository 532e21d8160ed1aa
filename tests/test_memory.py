"""Nothing of a mock outlives it: a suite of thousands of tests makes as many mocks."""

from __future__ import annotations

import gc
import weakref

import boto3

from pytest_batchmock import mock_batch
from pytest_batchmock.domain.compute_environment import ComputeEnvironment
from pytest_batchmock.domain.job import Job
from pytest_batchmock.domain.job_definition import JobDefinition
from pytest_batchmock.domain.job_queue import JobQueue

NEEDS = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "64"}]
CONTAINERS = [
    {"name": "a", "image": "x", "resourceRequirements": NEEDS},
    {"name": "b", "image": "x", "resourceRequirements": NEEDS, "essential": False},
]
RANGES = [{"targetNodes": "0:", "container": {"image": "x", "resourceRequirements": NEEDS}}]


def use_a_mock() -> weakref.ref[object]:
    """Run one job of each kind to its end, look at all of it, and leave."""
    with mock_batch() as batch:
        batch.defaults()
        batch.call(
            "RegisterJobDefinition",
            {
                "jobDefinitionName": "task",
                "type": "container",
                "ecsProperties": {"taskProperties": [{"containers": CONTAINERS}]},
            },
        )
        nodes = {"numNodes": 2, "mainNode": 0, "nodeRangeProperties": RANGES}
        batch.call(
            "RegisterJobDefinition",
            {"jobDefinitionName": "nodes", "type": "multinode", "nodeProperties": nodes},
        )
        client = boto3.client("batch")
        ids = [
            client.submit_job(jobName="job", jobQueue="default", **members)["jobId"]
            for members in (
                {"jobDefinition": "default"},
                {"jobDefinition": "default", "arrayProperties": {"size": 2}},
                {"jobDefinition": "task"},
                {"jobDefinition": "nodes"},
            )
        ]
        batch.on("job").runs(lambda job: batch.now and None)
        while any(job["status"] != "SUCCEEDED" for job in client.describe_jobs(jobs=ids)["jobs"]):
            client.describe_job_definitions()
        assert len(list(batch.events)) > len(list(batch.jobs)) > len(ids) - 1
        return weakref.ref(batch._world.engine)


def records() -> int:
    """How many records of all mocks are alive."""
    gc.collect()
    kinds = (ComputeEnvironment, Job, JobDefinition, JobQueue)
    return sum(isinstance(thing, kinds) for thing in gc.get_objects())


def test_no_record_of_a_mock_outlives_it():
    use_a_mock()  # what is made once for the process is made now
    before = records()
    engines = [use_a_mock() for _ in range(5)]
    assert records() == before
    assert [engine() for engine in engines] == [None] * 5
