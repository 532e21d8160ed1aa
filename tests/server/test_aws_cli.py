"""The AWS CLI, unmodified, runs a whole scenario against the server."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

OLDEST = (1, 31)
"""The botocore that first read AWS_ENDPOINT_URL."""

Aws = Callable[..., Any]


@pytest.fixture(scope="session")
def aws_command() -> str:
    """The AWS CLI of this machine, if it is new enough."""
    command = shutil.which("aws")
    if command is None:
        pytest.skip("there is no aws on the PATH")
    told = subprocess.run([command, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"botocore/(\d+)\.(\d+)", told)
    if found is None or (int(found[1]), int(found[2])) < OLDEST:
        pytest.skip(f"the AWS CLI is too old to be told an endpoint by a variable: {told.strip()!r}")
    return command


@pytest.fixture
def aws(aws_command: str, server: Any) -> Aws:
    """Run `aws batch …`, or another service's commands; returns what it printed."""
    environment = os.environ | {
        "AWS_ENDPOINT_URL": server.url,
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "111122223333",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
    }

    def aws(*arguments: str, service: str = "batch", fails: bool = False) -> Any:
        done = subprocess.run(
            [aws_command, service, *arguments, "--output", "json"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert (done.returncode != 0) is fails, done.stderr
        return done.stderr if fails else json.loads(done.stdout or "null")

    return aws


def test_a_job_is_run_from_the_shell(aws: Aws, server: Any) -> None:
    mock = server.app.accounts.mock("111122223333")
    mock.on("report").fails(exit_code=3)
    made = aws(
        "create-compute-environment",
        "--compute-environment-name=ce",
        "--type=MANAGED",
        "--compute-resources=type=FARGATE,maxvCpus=4,subnets=subnet-1,securityGroupIds=sg-1",
    )
    assert made["computeEnvironmentArn"] == "arn:aws:batch:eu-west-1:111122223333:compute-environment/ce"
    queue = aws(
        "create-job-queue",
        "--job-queue-name=q",
        "--priority=1",
        "--compute-environment-order=order=1,computeEnvironment=ce",
    )
    container = {
        "image": "busybox",
        "executionRoleArn": "arn:aws:iam::111122223333:role/r",
        "resourceRequirements": [
            {"type": "VCPU", "value": "1"},
            {"type": "MEMORY", "value": "2048"},
        ],
    }
    aws(
        "register-job-definition",
        "--job-definition-name=d",
        "--type=container",
        "--platform-capabilities=FARGATE",
        f"--container-properties={json.dumps(container)}",
    )
    job = aws("submit-job", "--job-name=report", "--job-queue=q", "--job-definition=d")
    mock.run_until_idle()
    [described] = aws("describe-jobs", "--jobs", job["jobId"])["jobs"]
    assert (described["status"], described["container"]["exitCode"]) == ("FAILED", 3)
    [listed] = aws("list-jobs", "--job-queue=q", "--job-status=FAILED")["jobSummaryList"]
    assert listed["jobId"] == job["jobId"]
    aws("tag-resource", "--resource-arn", queue["jobQueueArn"], "--tags=team=a,stage=b")
    aws("untag-resource", "--resource-arn", queue["jobQueueArn"], "--tag-keys=stage")
    tags = aws("list-tags-for-resource", "--resource-arn", queue["jobQueueArn"])
    assert tags == {"tags": {"team": "a"}}


def test_a_refusal_is_shown_in_the_words_of_the_service(aws: Aws) -> None:
    said = aws("submit-job", "--job-name=x", "--job-queue=none", "--job-definition=none", fails=True)
    assert "An error occurred (ClientException) when calling the SubmitJob operation" in said


def test_the_log_of_a_job_is_read_from_the_shell(aws: Aws, server: Any) -> None:
    mock = server.app.accounts.mock("111122223333")
    mock.defaults()
    mock.on("report").fails(log=["connecting", "no such table"])
    job = {"jobName": "report", "jobQueue": "default", "jobDefinition": "default"}
    region = mock.options.region
    job_id = aws(*_options(job), f"--region={region}")["jobId"]
    mock.run_until_idle()
    [described] = aws("describe-jobs", "--jobs", job_id, f"--region={region}")["jobs"]
    told = aws(
        "get-log-events",
        "--log-group-name=/aws/batch/job",
        f"--log-stream-name={described['container']['logStreamName']}",
        f"--region={region}",
        service="logs",
    )
    assert [event["message"] for event in told["events"]] == ["connecting", "no such table"]


def _options(job: dict[str, str]) -> list[str]:
    names = {"jobName": "--job-name", "jobQueue": "--job-queue", "jobDefinition": "--job-definition"}
    return ["submit-job", *(f"{names[name]}={value}" for name, value in job.items())]
