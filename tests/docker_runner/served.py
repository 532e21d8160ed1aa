"""Servers with a state file, which tests kill and start again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

NEEDS = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "64"}]
PATIENCE_SECONDS = 60.0


class Server:
    """One server with a state file, and clients of it."""

    def __init__(self, state: Path, runner: str = "docker", port: int = 0) -> None:
        url_file = state.with_name("url")
        url_file.unlink(missing_ok=True)
        code = "import sys; from pytest_batchmock.cli import main; sys.exit(main(sys.argv[1:]))"
        self.process = subprocess.Popen(
            [
                *(
                    sys.executable,
                    "-c",
                    code,
                    "serve",
                    "--quiet",
                    "--port",
                    str(port),
                    "--runner",
                    runner,
                ),
                *("--clock", "real", "--state", str(state), "--url-file", str(url_file)),
            ],
            stdout=subprocess.DEVNULL,
            env={**os.environ, "AWS_DEFAULT_REGION": "us-east-1"},
        )
        until(lambda: url_file.exists() or self.process.poll() is not None)
        more: dict[str, Any] = {
            "endpoint_url": url_file.read_text().strip(),
            "region_name": "us-east-1",
            "aws_access_key_id": "testing",
            "aws_secret_access_key": "testing",
            "config": Config(retries={"max_attempts": 0}),
        }
        self.port = int(more["endpoint_url"].rpartition(":")[2])
        self.batch, self.logs = boto3.client("batch", **more), boto3.client("logs", **more)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE_SECONDS)

    def submit(self, image: str, script: str, **members: Any) -> str:
        """Submit a job that runs a shell script."""
        self.batch.register_job_definition(
            jobDefinitionName="d",
            type="container",
            containerProperties={
                "image": image,
                "command": ["sh", "-c", script],
                "resourceRequirements": NEEDS,
            },
        )
        job_id: str = self.batch.submit_job(jobName="job", jobQueue="q", jobDefinition="d", **members)[
            "jobId"
        ]
        return job_id

    def job(self, job_id: str) -> dict[str, Any]:
        [described] = self.batch.describe_jobs(jobs=[job_id])["jobs"]
        found: dict[str, Any] = described
        return found

    def lines(self, job_id: str) -> list[str]:
        stream = self.job(job_id)["container"].get("logStreamName")
        if stream is None:
            return []
        events = self.logs.get_log_events(logGroupName="/aws/batch/job", logStreamName=stream)
        return [event["message"] for event in events["events"]]

    def ends(self, job_id: str) -> dict[str, Any]:
        until(lambda: self.job(job_id)["status"] in ("SUCCEEDED", "FAILED"))
        return self.job(job_id)


def until(done: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def prepare(batch: Any) -> None:
    batch.create_compute_environment(
        computeEnvironmentName="q",
        type="MANAGED",
        computeResources={
            "type": "EC2",
            "maxvCpus": 8,
            "minvCpus": 8,
            "instanceTypes": ["m5.large"],
            "instanceRole": "arn:aws:iam::123456789012:instance-profile/i",
            "subnets": ["subnet-1"],
            "securityGroupIds": ["sg-1"],
        },
    )
    batch.create_job_queue(
        jobQueueName="q", priority=1, computeEnvironmentOrder=[{"order": 1, "computeEnvironment": "q"}]
    )
