"""The nodes of a multi-node job are tasks in an overlay network of their own."""

from __future__ import annotations

import boto3
import pytest

from pytest_batchmock import BatchMock
from pytest_batchmock.runners.swarm.cluster import Swarm

from ..conftest import Images

REQUIREMENTS = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "64"}]


@pytest.mark.usefixtures("overlay")
def test_nodes_talk_over_tcp_to_the_address_of_the_main_node(
    batch: BatchMock, swarm: Swarm, images: Images
) -> None:
    client = boto3.client("batch")
    batch.defaults(name="nodes", max_vcpus=4)
    cpus = sum(node.nano_cpus for node in swarm.nodes()) // 10**9
    others = max(1, min(2, cpus - 1))
    script = f"""
        others={others}
        if test $AWS_BATCH_JOB_NODE_INDEX = $AWS_BATCH_JOB_MAIN_NODE_INDEX; then
            test -z "$AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS" || exit 9
            until test "$(sort -u /tmp/got 2>/dev/null | wc -l)" = $others; do
                nc -l -p 9000 >>/tmp/got
            done
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
            "numNodes": 1 + others,
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
    assert batch.logs.of(f"{job_id}#0") == [f"node {1 + index}" for index in range(others)]
