"""Containers: what a job costs beside a bare ``docker run``, and an array beside bare runs and moto.

``python -m benchmarks docker --image busybox``: the image must be at the engine and know ``true``.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3

COMMAND = ["true"]
_REGION = "us-east-1"


def main(argv: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks docker", description=__doc__)
    parser.add_argument("--image", default="busybox", help="an image at the engine")
    parser.add_argument("--rounds", type=int, default=7, help="single jobs, each beside a bare run")
    parser.add_argument("--children", type=int, default=40, help="children of the array")
    parser.add_argument("--parallel", type=int, default=2 * (os.cpu_count() or 1))
    parser.add_argument("--no-moto", action="store_true", help="leave moto out")
    given = parser.parse_args(argv)
    for name, value in (("AWS_DEFAULT_REGION", _REGION), ("AWS_ACCESS_KEY_ID", "testing")):
        os.environ.setdefault(name, value)
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "testing")
    bare, ours = _single(given.image, given.rounds)
    print(f"one container: docker run {bare:.3f} s, a job {ours:.3f} s: {ours / bare:.2f} x")
    bare = _timed(lambda: _bare_runs(given.image, given.children, given.parallel))
    ours = _timed(lambda: _array(given.image, given.children, given.parallel))
    line = f"{given.children} containers, {given.parallel} at a time: docker run {bare:.2f} s, "
    print(f"{line}an array {ours:.2f} s: {ours / bare:.2f} x")
    if not given.no_moto:
        seconds = _timed(lambda: _moto(given.image, given.children))
        print(f"{given.children} jobs in moto's Docker mode: {seconds:.2f} s: {seconds / bare:.2f} x")


def _timed(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _bare(image: str) -> None:
    subprocess.run(["docker", "run", "--rm", image, *COMMAND], check=True, stdout=subprocess.DEVNULL)


def _bare_runs(image: str, count: int, parallel: int) -> None:
    with ThreadPoolExecutor(parallel) as pool:
        list(pool.map(lambda _: _bare(image), range(count)))


def _single(image: str, rounds: int) -> tuple[float, float]:
    """The medians of bare runs and of single jobs, in turns."""
    from pytest_batchmock import BatchMock

    bare, ours = [], []
    with BatchMock(runner="docker", latency_scale=0.001) as batch:
        batch.defaults(image=image, memory=64, command=COMMAND)
        client = boto3.client("batch")
        for turn in range(rounds + 1):
            seconds = _timed(lambda: _bare(image)), _timed(lambda: _one_job(batch, client))
            if turn:  # the first one warms up
                bare.append(seconds[0])
                ours.append(seconds[1])
    return statistics.median(bare), statistics.median(ours)


def _one_job(batch: Any, client: Any) -> None:
    client.submit_job(jobName="one", jobQueue="default", jobDefinition="default")
    batch.run_until_idle()


def _array(image: str, size: int, parallel: int) -> None:
    """Submit an array, let it end, and wait until nothing of it is left at the engine."""
    from pytest_batchmock import BatchMock

    with BatchMock(runner="docker", latency_scale=0.001, docker_parallel=parallel) as batch:
        batch.defaults(image=image, memory=64, command=COMMAND, max_vcpus=256)
        boto3.client("batch").submit_job(
            jobName="array", jobQueue="default", jobDefinition="default", arrayProperties={"size": size}
        )
        batch.run_until_idle()
        assert {child.status for child in batch.jobs.all(name="array")} == {"SUCCEEDED"}


def _moto(image: str, count: int) -> None:
    """As many single jobs: moto has no arrays of containers that run side by side."""
    from moto import mock_aws

    with mock_aws():
        iam = boto3.client("iam")
        role = iam.create_role(RoleName="batch", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        batch = boto3.client("batch")
        environment = batch.create_compute_environment(
            computeEnvironmentName="bare", type="UNMANAGED", state="ENABLED", serviceRole=role
        )["computeEnvironmentArn"]
        batch.create_job_queue(
            jobQueueName="bare",
            state="ENABLED",
            priority=1,
            computeEnvironmentOrder=[{"order": 1, "computeEnvironment": environment}],
        )
        batch.register_job_definition(
            jobDefinitionName="bare",
            type="container",
            containerProperties={"image": image, "vcpus": 1, "memory": 64, "command": COMMAND},
        )
        ids = [
            batch.submit_job(jobName="bare", jobQueue="bare", jobDefinition="bare")["jobId"]
            for _ in range(count)
        ]
        while True:
            jobs = batch.describe_jobs(jobs=ids)["jobs"]
            if all(job["status"] in ("SUCCEEDED", "FAILED") for job in jobs):
                break
            time.sleep(0.05)
        print("moto:", sorted({job["status"] for job in jobs}), file=sys.stderr)
