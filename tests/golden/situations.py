"""The situations that recorded answers tell of, built with the mock, and what it says then."""

from __future__ import annotations

import json
from typing import Any

from rules.builders import OWN_ROLE, a_compute_environment, a_queue, a_training_queue, ec2
from rules.builders import a_service_environment as a_service_environment_request

from pytest_batchmock import BatchMock

from .entries import fill
from .requests_jobs import a_submit

IMAGE = "224553687012.dkr.ecr.us-east-1.amazonaws.com/clgihq-trainer:latest"
ROLE = "arn:aws:iam::224553687012:role/BatchJobRole"


def needs(vcpu: str, memory: str, gpu: str | None = None) -> list[dict[str, str]]:
    """``resourceRequirements``, in the order of the recorded ones."""
    found = [{"value": vcpu, "type": "VCPU"}, {"value": memory, "type": "MEMORY"}]
    return found if gpu is None else [*found, {"value": gpu, "type": "GPU"}]


# --- environments and queues ----------------------------------------------------------------------


def an_environment(mock: BatchMock, **changes: Any) -> dict[str, Any]:
    """Create an environment and describe it."""
    params = a_compute_environment(**changes)
    fill(mock, ("CreateComputeEnvironment", params))
    return environment(mock, params["computeEnvironmentName"])


def environment(mock: BatchMock, name: str = "ce") -> dict[str, Any]:
    """Describe an environment."""
    answer = mock.call("DescribeComputeEnvironments", {"computeEnvironments": [name]})
    found: dict[str, Any] = answer["computeEnvironments"][0]
    return found


def an_environment_with_a_key_pair(mock: BatchMock) -> dict[str, Any]:
    """As it was recorded in 2018: a role of one's own, a key pair, tags of the instances."""
    resources = ec2(ec2KeyPair="test", tags={"Name": "c7n-test-env"}, desiredvCpus=0)
    an_environment(mock, serviceRole=OWN_ROLE, computeResources=resources)
    return mock.call("DescribeComputeEnvironments", {})


def an_environment_that_is_being_deleted(mock: BatchMock) -> dict[str, Any]:
    """The same, right after it was deleted."""
    an_environment_with_a_key_pair(mock)
    mock.advance("1m")
    fill(mock, ("UpdateComputeEnvironment", {"computeEnvironment": "ce", "state": "DISABLED"}))
    mock.advance("1m")
    fill(mock, ("DeleteComputeEnvironment", {"computeEnvironment": "ce"}))
    return mock.call("DescribeComputeEnvironments", {})


def environments_of_2025(mock: BatchMock) -> dict[str, Any]:
    """Three of the console: for GPUs; with a template and a role of one's own; for GPUs."""
    template = {"launchTemplateId": "lt-0630ba3426c1d908b"}
    an_environment(mock, computeEnvironmentName="a", computeResources=ec2(instanceTypes=["g4dn.xlarge"]))
    an_environment(
        mock,
        computeEnvironmentName="b",
        serviceRole=OWN_ROLE,
        computeResources=ec2(launchTemplate=template, tags={"Environment": "Test"}),
    )
    an_environment(mock, computeEnvironmentName="c", computeResources=ec2(instanceTypes=["g4dn.xlarge"]))
    return mock.call("DescribeComputeEnvironments", {})


def a_fargate_environment(mock: BatchMock) -> dict[str, Any]:
    """Of `BatchMock.defaults`."""
    mock.defaults(fargate=True)
    return environment(mock, "default")


def queues_of_2025(mock: BatchMock) -> dict[str, Any]:
    """Two plain ones."""
    an_environment(mock)
    fill(mock, ("CreateJobQueue", a_queue()), ("CreateJobQueue", a_queue(jobQueueName="q2")))
    return mock.call("DescribeJobQueues", {})


def a_queue_by_name(mock: BatchMock) -> dict[str, Any]:
    """A queue whose environment was given by its name."""
    an_environment(mock)
    fill(mock, ("CreateJobQueue", a_queue()))
    found: dict[str, Any] = mock.call("DescribeJobQueues", {"jobQueues": ["q"]})["jobQueues"][0]
    return found


def a_queue_for_training(mock: BatchMock) -> dict[str, Any]:
    """A SAGEMAKER_TRAINING queue."""
    fill(
        mock,
        ("CreateServiceEnvironment", a_service_environment_request()),
        ("CreateJobQueue", a_training_queue()),
    )
    return mock.call("DescribeJobQueues", {})


# --- definitions ----------------------------------------------------------------------------------


def register(mock: BatchMock, name: str, container: dict[str, Any], **members: Any) -> dict[str, Any]:
    """Register a container definition and describe its newest revision."""
    params = {
        "jobDefinitionName": name,
        "type": "container",
        "containerProperties": {"image": IMAGE} | container,
    }
    fill(mock, ("RegisterJobDefinition", params | members))
    listed = mock.call("DescribeJobDefinitions", {"jobDefinitionName": name})
    found: dict[str, Any] = listed["jobDefinitions"][0]
    return found


def logs(*, options: dict[str, str] | None = None) -> dict[str, Any]:
    """``logConfiguration`` for awslogs."""
    return {
        "logDriver": "awslogs",
        "options": options if options is not None else {"awslogs-group": "/g"},
    }


def definitions_of_2025(mock: BatchMock) -> dict[str, Any]:
    """Revisions with requirements or legacy members, logs, retries, time-outs, tags and capabilities."""
    legacy = {"vcpus": 4, "memory": 16000, "resourceRequirements": [{"value": "1", "type": "GPU"}]}
    environment = [{"name": "S3_BUCKET", "value": "clgihq-audio"}]
    register(
        mock,
        "trainer",
        {"environment": environment} | legacy,
        retryStrategy={"attempts": 3},
        tags={"stack": "TrainerPipeline"},
        propagateTags=False,
    )
    register(
        mock, "trainer", {"environment": environment, "resourceRequirements": needs("4", "16000", "1")}
    )
    register(
        mock,
        "labeler",
        {
            "resourceRequirements": needs("2", "2048"),
            "command": ["python", "/app/labeler.py"],
            "jobRoleArn": ROLE,
            "executionRoleArn": ROLE,
            "privileged": True,
            "logConfiguration": logs(),
            "enableExecuteCommand": True,
        },
        timeout={"attemptDurationSeconds": 1500},
        platformCapabilities=["EC2"],
    )
    return mock.call("DescribeJobDefinitions", {})


def a_definition_of_2018(mock: BatchMock) -> dict[str, Any]:
    """With legacy members, and a retry strategy of the console."""
    container = {
        "image": "amazonlinux",
        "vcpus": 2,
        "memory": 2000,
        "command": ["echo", "test", "message"],
        "jobRoleArn": ROLE,
    }
    register(mock, "c7n_batch", container, retryStrategy={"attempts": 1})
    return mock.call("DescribeJobDefinitions", {})


def a_fargate_definition(mock: BatchMock) -> dict[str, Any]:
    """Made in the console."""
    container = {
        "command": ["echo", "hello world"],
        "executionRoleArn": ROLE,
        "environment": [{"name": "env", "value": "Production"}],
        "resourceRequirements": needs("2.0", "4096"),
        "logConfiguration": logs(options={}),
        "networkConfiguration": {"assignPublicIp": "ENABLED"},
        "runtimePlatform": {"operatingSystemFamily": "LINUX", "cpuArchitecture": "X86_64"},
    }
    return register(mock, "runner", container, platformCapabilities=["FARGATE"])


# --- jobs -----------------------------------------------------------------------------------------


def submit(mock: BatchMock, **changes: Any) -> str:
    """Submit a job for the resources of `BatchMock.defaults`; returns its id."""
    job_id: str = mock.call("SubmitJob", a_submit(**changes))["jobId"]
    return job_id


def job(mock: BatchMock, job_id: str) -> dict[str, Any]:
    """Describe a job."""
    found: dict[str, Any] = mock.call("DescribeJobs", {"jobs": [job_id]})["jobs"][0]
    return found


def an_ended_job(mock: BatchMock, **changes: Any) -> dict[str, Any]:
    """Submit a job, let everything happen, and describe it."""
    job_id = submit(mock, **changes)
    mock.run_until_idle()
    return job(mock, job_id)


def a_blocked_job(mock: BatchMock) -> dict[str, Any]:
    """RUNNABLE, with more vCPUs than its environment may have, of a definition with little in it."""
    mock.defaults(max_vcpus=2)
    container = {
        "environment": [{"name": "S3_BUCKET", "value": "clgihq-audio"}],
        "resourceRequirements": needs("4", "16000", "1"),
    }
    register(mock, "trainer", container)
    submit(mock, jobDefinition="trainer")
    mock.run_until_idle()
    return mock.call("DescribeJobs", {"jobs": [entry.id for entry in mock.jobs]})


def a_blocked_listing(mock: BatchMock) -> dict[str, Any]:
    """The listing that holds it."""
    a_blocked_job(mock)
    return mock.call("ListJobs", {"jobQueue": "default", "jobStatus": "RUNNABLE"})


def a_waiting_job(mock: BatchMock, **changes: Any) -> dict[str, Any]:
    """RUNNABLE and not blocked: another one runs."""
    mock.defaults(max_vcpus=1, retries=2)
    mock.on("first").hangs()
    submit(mock, jobName="first")
    mock.advance("1m")
    job_id = submit(mock, **changes)
    mock.advance("1m")
    return job(mock, job_id)


def a_waiting_job_of_its_event(mock: BatchMock) -> dict[str, Any]:
    """An event shows ``propagateTags`` always; a description only if it was given."""
    detail = a_waiting_job(mock, propagateTags=False)
    del detail["eksAttempts"]  # of later than the event
    return detail


def a_listed_job(mock: BatchMock, **changes: Any) -> dict[str, Any]:
    """The summary of a RUNNABLE job."""
    a_waiting_job(mock, **changes)
    listing = {"jobQueue": "default", "jobStatus": "RUNNABLE"}
    found: dict[str, Any] = mock.call("ListJobs", listing)["jobSummaryList"][0]
    return found


def a_submitted_job(mock: BatchMock) -> dict[str, Any]:
    """SUBMITTED, of a definition with legacy members."""
    mock.defaults()
    container = {"image": "busybox", "vcpus": 1, "memory": 128, "command": ["sleep", "60"]}
    register(mock, "sleeps", container)
    return job(mock, submit(mock, jobDefinition="sleeps"))


def a_failed_fargate_job(mock: BatchMock) -> dict[str, Any]:
    """Exit code 1, with a log group of its own."""
    mock.defaults(fargate=True)
    mock.on("etl").fails(exit_code=1)
    container = {
        "executionRoleArn": ROLE,
        "resourceRequirements": needs("0.5", "2048"),
        "logConfiguration": logs(
            options={"awslogs-group": "/ecs/scanner", "awslogs-stream-prefix": "ecs"}
        ),
    }
    register(mock, "scanner", container, platformCapabilities=["FARGATE"], propagateTags=False)
    return an_ended_job(mock, jobDefinition="scanner")


def a_succeeded_ec2_job(mock: BatchMock) -> dict[str, Any]:
    """Exit code 0, of a definition with legacy members and volumes."""
    mock.defaults()
    container = {
        "image": "hls-sentinel:latest",
        "vcpus": 2,
        "memory": 15000,
        "command": ["export && sentinel.sh"],
        "jobRoleArn": ROLE,
        "environment": [{"name": "OMP_NUM_THREADS", "value": "2"}],
        "volumes": [{"name": "volume", "host": {"sourcePath": "/mnt/efs"}}],
        "mountPoints": [
            {"containerPath": "/var/lasrc_aux", "readOnly": False, "sourceVolume": "volume"}
        ],
    }
    timeout = {"attemptDurationSeconds": 7200}
    register(mock, "sentinel", container, retryStrategy={"attempts": 1}, timeout=timeout)
    return an_ended_job(mock, jobDefinition="sentinel")


def a_reclaimed_attempt(mock: BatchMock) -> dict[str, Any]:
    """A job on Spot whose host was taken."""
    mock.defaults(spot=True)
    mock.on("etl").reclaimed(after="1m")
    return an_ended_job(mock)


def a_job_that_could_not_be_inspected(mock: BatchMock) -> dict[str, Any]:
    """Docker was too slow."""
    mock.defaults(retries=1, timeout_seconds=5400)
    mock.on("etl").service_error()
    return an_ended_job(mock)


def an_array_parent(mock: BatchMock) -> dict[str, Any]:
    """Both children succeeded."""
    mock.defaults()
    return an_ended_job(mock, arrayProperties={"size": 2})


# --- service jobs that wait for capacity ---------------------------------------------------------


def a_limit_for_capacity(action: str) -> dict[str, Any]:
    """An entry of ``jobStateTimeLimitActions``."""
    reason = "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY"
    return {"reason": reason, "state": "RUNNABLE", "maxTimeSeconds": 600, "action": action}


def a_training_without_instances(mock: BatchMock, *limits: dict[str, Any]) -> dict[str, Any]:
    """A service job for which SageMaker has no instances, after an hour."""
    fill(
        mock,
        ("CreateServiceEnvironment", a_service_environment_request()),
        ("CreateJobQueue", a_training_queue(jobStateTimeLimitActions=list(limits))),
    )
    mock.environment("se").breaks("capacity")
    resources = {"InstanceType": "ml.m5.large", "InstanceCount": 1}
    params = {
        "jobName": "train",
        "jobQueue": "q",
        "serviceJobType": "SAGEMAKER_TRAINING",
        "serviceRequestPayload": json.dumps({"ResourceConfig": resources}),
    }
    job_id = mock.call("SubmitServiceJob", params)["jobId"]
    mock.advance("1h")
    return mock.call("DescribeServiceJob", {"jobId": job_id})
