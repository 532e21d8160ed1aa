"""Programs as a whole: waiting for resources, and many who poll at once."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from behaviour.conftest import Driver

from .conftest import EC2_RESOURCES

pytestmark = pytest.mark.batchmock(clock="manual", start="2026-03-01T12:00:00+00:00")


@pytest.mark.batchmock(clock="autojump", resource_latency="20s")
def test_a_tool_that_polls_for_valid_and_for_gone_gets_there(
    client: Any, pause: Callable[[float], None]
) -> None:
    def until(ask: Callable[[], list[dict[str, Any]]], done: Callable[[Any], bool]) -> None:
        while not done(ask()):
            pause(5)

    def environments() -> list[dict[str, Any]]:
        found = client.describe_compute_environments(computeEnvironments=["workers"])
        return list(found["computeEnvironments"])

    def queues() -> list[dict[str, Any]]:
        return list(client.describe_job_queues(jobQueues=["work"])["jobQueues"])

    def valid(found: list[dict[str, Any]]) -> bool:
        return bool(found) and found[0]["status"] == "VALID"

    client.create_compute_environment(
        computeEnvironmentName="workers", type="MANAGED", computeResources=EC2_RESOURCES
    )
    until(environments, valid)
    client.create_job_queue(
        jobQueueName="work",
        priority=1,
        computeEnvironmentOrder=[{"order": 1, "computeEnvironment": "workers"}],
    )
    until(queues, valid)
    assert queues()[0]["statusReason"] == "JobQueue Healthy"
    client.update_job_queue(jobQueue="work", state="DISABLED")
    until(queues, valid)
    client.delete_job_queue(jobQueue="work")
    until(queues, lambda found: not found)
    client.update_compute_environment(computeEnvironment="workers", state="DISABLED")
    until(environments, valid)
    client.delete_compute_environment(computeEnvironment="workers")
    until(environments, lambda found: not found)


@pytest.mark.batchmock(clock="autojump")
def test_several_threads_submit_and_poll_hundreds_of_jobs_in_chunks(
    ec2: Driver, pause: Callable[[float], None]
) -> None:
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            client = boto3.session.Session().client("batch")
            jobs = [
                client.submit_job(
                    jobName=f"job-{number}-{at}", jobQueue="default", jobDefinition="default"
                )["jobId"]
                for at in range(101)
            ]
            open_jobs = jobs
            while open_jobs:
                found: list[dict[str, Any]] = []
                for at in range(0, len(open_jobs), 100):
                    found += client.describe_jobs(jobs=open_jobs[at : at + 100])["jobs"]
                assert len(found) == len(open_jobs)
                open_jobs = [
                    job["jobId"] for job in found if job["status"] not in ("SUCCEEDED", "FAILED")
                ]
                pause(10)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=100)
    assert failures == []
    assert [job.status for job in ec2.mock.jobs] == ["SUCCEEDED"] * 303


ASKER = """
import http.client, json, sys
host, port, *jobs = sys.argv[1:]
calls = http.client.HTTPConnection(host, int(port), timeout=60)
while jobs:
    calls.request("POST", "/v1/describejobs", json.dumps({"jobs": jobs}))
    told = json.loads(calls.getresponse().read())["jobs"]
    jobs = [job["jobId"] for job in told if job["status"] not in ("SUCCEEDED", "FAILED")]
"""


@pytest.mark.batchmock(clock="autojump")
@pytest.mark.parametrize("transport", ["http"], indirect=True)
def test_several_processes_poll_at_once(ec2: Driver) -> None:
    url = urlsplit(os.environ["AWS_ENDPOINT_URL_BATCH"])
    address = [str(url.hostname), str(url.port)]
    jobs = [ec2.submit() for _ in range(9)]
    askers = [
        subprocess.Popen([sys.executable, "-I", "-c", ASKER, *address, *jobs[at::3]]) for at in range(3)
    ]
    assert [asker.wait(timeout=60) for asker in askers] == [0, 0, 0]
    assert {ec2.view(job).status for job in jobs} == {"SUCCEEDED"}


@pytest.mark.batchmock(clock="autojump", runner="process")
def test_a_command_is_run_without_a_shell_in_a_directory_of_its_own(ec2: Driver) -> None:
    program = "import os, sys; print(sys.argv[1:]); print(os.listdir()); print(os.getcwd())"
    command = [sys.executable, "-Ic", program, "$HOME; *", "&& false"]
    job = ec2.submit(containerOverrides={"command": command})
    while ec2.status(job) not in ("SUCCEEDED", "FAILED"):
        pass
    given, listed, directory = ec2.mock.logs.of(job)
    assert (given, listed) == ("['$HOME; *', '&& false']", "[]")
    assert directory != os.getcwd()
