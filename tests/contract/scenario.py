"""One story that calls every operation, with resources and jobs of every kind in every status.

A story yields its steps and is sent their answers, so that whoever tells it decides how a call is
made: without a client, by boto3, by aiobotocore.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from typing import Any, NamedTuple

from rules.builders import (
    CLUSTER,
    a_limit,
    a_time_limit_action,
    an_order,
    ec2,
    fargate,
    managed_instances,
    spot,
)
from rules.job_requests import a_container, a_pod, a_range, a_task, needs, nodes_of

from pytest_batchmock import BatchMock, MockUsageError, cannot_pull, fails, reclaimed, succeeds

OPTIONS = {
    "clock": "manual",
    "start": "2026-03-01T12:00:00+00:00",
    "seed": 7,
    "resource_latency": "5s",
}


class Call(NamedTuple):
    """Call an operation; the story is sent its answer."""

    method: str
    params: dict[str, Any]


class Advance(NamedTuple):
    """Let virtual time pass."""

    duration: str


Answer = dict[str, Any]
Story = Generator[Call | Advance, Answer, None]


def plan(batch: BatchMock) -> None:
    """Say what will happen to the jobs of the story."""
    batch.on("fails").attempts(fails(exit_code=3, reason="no input"))
    batch.on("retried", queue="spot").attempts(reclaimed(after="30s"), succeeds(after="1m"))
    batch.on("*-fails").attempts(fails(exit_code=3, reason="no input"))
    batch.on("not-pulled").cannot_pull()
    batch.on("hangs").hangs()
    batch.on("trains").attempts(fails(), succeeds())
    batch.on("array-fails", index=1).attempts(cannot_pull(), fails())


def tell(story: Story, call: Callable[[str, dict[str, Any]], Answer], batch: BatchMock) -> None:
    """Play a story with `call`, which makes one call of a boto3 method and returns its answer."""
    answer: Answer | None = None
    while True:
        try:
            step = story.send(answer) if answer is not None else next(story)
        except StopIteration:
            return
        answer = None
        if isinstance(step, Advance):
            batch.advance(step.duration)
        else:
            answer = call(step.method, step.params)


def everything() -> Story:
    """The whole story."""
    yield from environments()
    yield from policies_and_queues()
    yield from definitions()
    yield from the_life_of_jobs()
    yield from stopping_jobs()
    yield from service_jobs()
    yield from consumable_resources()
    yield from tags()
    yield from refusals()
    yield from the_end_of_resources()


def call(method: str, **params: Any) -> Generator[Call | Advance, Answer, Answer]:
    """One call; the value is its answer."""
    answer = yield Call(method, params)
    if answer is None:
        raise MockUsageError(f"the teller of the story gave no answer to {method}")
    return answer


def submit(name: str, **changes: Any) -> Generator[Call | Advance, Answer, str]:
    """One SubmitJob; the value is the job's id."""
    request = {"jobName": name, "jobQueue": "ec2", "jobDefinition": "plain"} | changes
    answer = yield from call("submit_job", **request)
    return str(answer["jobId"])


ENVIRONMENTS: dict[str, dict[str, Any]] = {
    "ec2": {"type": "MANAGED", "computeResources": ec2(allocationStrategy="BEST_FIT_PROGRESSIVE")},
    "spot": {"type": "MANAGED", "computeResources": spot(bidPercentage=60), "tags": {"team": "a"}},
    "fargate": {"type": "MANAGED", "computeResources": fargate()},
    "fargate-spot": {"type": "MANAGED", "computeResources": fargate(type="FARGATE_SPOT")},
    "managed": {"type": "MANAGED", "computeResources": managed_instances()},
    "eks": {
        "type": "MANAGED",
        "computeResources": ec2(allocationStrategy="BEST_FIT_PROGRESSIVE"),
        "eksConfiguration": {"eksClusterArn": CLUSTER, "kubernetesNamespace": "batch"},
    },
    "unmanaged": {
        "type": "UNMANAGED",
        "unmanagedvCpus": 4,
        "serviceRole": "arn:aws:iam::123456789012:role/batch",
    },
    "full": {
        "type": "MANAGED",
        "state": "ENABLED",
        "computeResources": ec2(
            allocationStrategy="BEST_FIT_PROGRESSIVE",
            minvCpus=2,
            desiredvCpus=4,
            instanceTypes=["m5", "g5"],
            imageId="ami-1",
            ec2KeyPair="key",
            placementGroup="pg",
            tags={"Name": "worker"},
            launchTemplate={"launchTemplateName": "t", "version": "$Latest"},
        ),
    },
}


def environments() -> Story:
    for name, members in ENVIRONMENTS.items():
        yield from call("create_compute_environment", computeEnvironmentName=name, **members)
    yield from call("describe_compute_environments")
    yield Advance("5s")
    yield from call("describe_compute_environments", computeEnvironments=["spot", "nobody"])
    yield from call(
        "update_compute_environment",
        computeEnvironment="full",
        state="DISABLED",
        computeResources={"maxvCpus": 64},
    )
    yield from call("describe_compute_environments", computeEnvironments=["full"])
    yield Advance("5s")
    yield from call("delete_compute_environment", computeEnvironment="full")
    page = yield from call("describe_compute_environments", maxResults=3)
    yield from call("describe_compute_environments", maxResults=3, nextToken=page["nextToken"])
    yield Advance("5s")


def policies_and_queues() -> Story:
    shares = [{"shareIdentifier": "a*", "weightFactor": 0.5}]
    fair = yield from call(
        "create_scheduling_policy",
        name="fair",
        fairsharePolicy={
            "shareDecaySeconds": 3600,
            "computeReservation": 10,
            "shareDistribution": shares,
        },
        tags={"team": "a"},
    )
    quota = yield from call(
        "create_scheduling_policy",
        name="quota",
        quotaSharePolicy={"idleResourceAssignmentStrategy": "FIFO"},
    )
    yield from call("create_scheduling_policy", name="spare")
    yield from call("list_scheduling_policies")
    policies = [fair["arn"], quota["arn"]]
    yield from call("describe_scheduling_policies", arns=policies)
    yield from call(
        "update_scheduling_policy", arn=fair["arn"], fairsharePolicy={"shareDecaySeconds": 60}
    )
    for name in ("ec2", "spot", "fargate", "eks", "unmanaged", "blocked", "blocked-spot"):
        environment = {"blocked": "ec2", "blocked-spot": "spot"}.get(name, name)
        order = an_order(environment)
        yield from call("create_job_queue", jobQueueName=name, priority=1, computeEnvironmentOrder=order)
    yield from call(
        "create_job_queue",
        jobQueueName="fair",
        priority=5,
        state="ENABLED",
        computeEnvironmentOrder=an_order("ec2", "spot"),
        schedulingPolicyArn=fair["arn"],
        jobStateTimeLimitActions=[a_time_limit_action()],
        tags={"team": "a"},
    )
    yield from call("describe_job_queues")
    yield Advance("5s")
    yield from call("update_job_queue", jobQueue="fair", priority=9, state="ENABLED")
    yield from call("describe_job_queues", jobQueues=["fair"])
    yield Advance("5s")
    for name in ("trainings", "quota", "spare"):
        yield from call("create_service_environment", **_service_environment(name))
    yield from call("describe_service_environments")
    yield Advance("5s")
    yield from call(
        "update_service_environment", serviceEnvironment="spare", capacityLimits=[a_limit(maximum=4)]
    )
    yield from call("describe_service_environments", serviceEnvironments=["spare"])
    for name, policy in (("trainings", None), ("quota", quota["arn"])):
        yield from call(
            "create_job_queue",
            jobQueueName=name,
            priority=1,
            jobQueueType="SAGEMAKER_TRAINING",
            serviceEnvironmentOrder=[{"order": 1, "serviceEnvironment": name}],
            **({} if policy is None else {"schedulingPolicyArn": policy}),
        )
    yield Advance("5s")
    yield from call("describe_job_queues", jobQueues=["trainings", "quota"])


def _service_environment(name: str) -> dict[str, Any]:
    return {
        "serviceEnvironmentName": name,
        "serviceEnvironmentType": "SAGEMAKER_TRAINING",
        "capacityLimits": [a_limit()] if name == "spare" else [a_limit("ml.m6i.xlarge", 2)],
        "tags": {"team": "a"},
    }


DEFINITIONS: dict[str, dict[str, Any]] = {
    "plain": {"type": "container", "containerProperties": a_container()},
    "full": {
        "type": "container",
        "containerProperties": a_container(
            command=["run", "Ref::day"],
            environment=[{"name": "STAGE", "value": "test"}],
            jobRoleArn="arn:aws:iam::123456789012:role/job",
            volumes=[{"name": "data", "host": {"sourcePath": "/data"}}],
            mountPoints=[{"sourceVolume": "data", "containerPath": "/data", "readOnly": True}],
            ulimits=[{"name": "nofile", "softLimit": 10, "hardLimit": 20}],
            logConfiguration={"logDriver": "awslogs", "options": {"awslogs-stream-prefix": "mine"}},
            privileged=False,
            readonlyRootFilesystem=True,
        ),
        "parameters": {"day": "monday"},
        "retryStrategy": {
            "attempts": 3,
            "evaluateOnExit": [{"onStatusReason": "Host EC2*", "action": "RETRY"}],
        },
        "timeout": {"attemptDurationSeconds": 600},
        "propagateTags": True,
        "schedulingPriority": 5,
        "platformCapabilities": ["EC2"],
        "tags": {"team": "a"},
    },
    "fargate": {
        "type": "container",
        "platformCapabilities": ["FARGATE"],
        "containerProperties": a_container(
            executionRoleArn="arn:aws:iam::123456789012:role/job",
            networkConfiguration={"assignPublicIp": "ENABLED"},
            ephemeralStorage={"sizeInGiB": 30},
            runtimePlatform={"operatingSystemFamily": "LINUX", "cpuArchitecture": "ARM64"},
        ),
    },
    "nodes": {
        "type": "multinode",
        "nodeProperties": nodes_of(a_range("0:0"), a_range("1:"), num_nodes=3),
    },
    "task": {"type": "container", "ecsProperties": a_task()},
    "pod": {"type": "container", "eksProperties": a_pod()},
}


def definitions() -> Story:
    for name, members in DEFINITIONS.items():
        yield from call("register_job_definition", jobDefinitionName=name, **members)
    yield from call("register_job_definition", jobDefinitionName="plain", **DEFINITIONS["plain"])
    page = yield from call("describe_job_definitions", maxResults=4)
    yield from call("describe_job_definitions", maxResults=4, nextToken=page["nextToken"])
    yield from call("deregister_job_definition", jobDefinition="plain:1")
    yield from call("describe_job_definitions", jobDefinitions=["plain:1", "full:1", "full:9"])
    yield from call("describe_job_definitions", jobDefinitionName="plain", status="ACTIVE")


def the_life_of_jobs() -> Story:
    first = yield from submit("succeeds")
    ids = [first]
    ids.append((yield from submit("fails")))
    ids.append((yield from submit("waits", dependsOn=[{"jobId": first}])))
    ids.append(
        (yield from submit("too-large", jobQueue="blocked", containerOverrides=_with(needs("32"))))
    )
    ids.append((yield from submit("retried", jobQueue="spot", retryStrategy={"attempts": 2})))
    ids.append((yield from submit("not-pulled", jobQueue="spot")))
    ids.append((yield from submit("on-fargate", jobQueue="fargate", jobDefinition="fargate")))
    ids.append((yield from submit("nowhere", jobQueue="unmanaged")))
    ids.append((yield from submit("hangs", jobQueue="spot", timeout={"attemptDurationSeconds": 60})))
    ids.append((yield from submit("full", jobQueue="spot", **FULL_SUBMIT)))
    ids.append((yield from submit("shared", jobQueue="fair", **SHARED_SUBMIT)))
    ids.append((yield from submit("task", jobQueue="spot", jobDefinition="task")))
    ids.append((yield from submit("task-fails", jobQueue="spot", jobDefinition="task")))
    ids.append((yield from submit("pod", jobQueue="eks", jobDefinition="pod")))
    ids.append((yield from submit("pod-fails", jobQueue="eks", jobDefinition="pod")))
    array = yield from submit("array", arrayProperties={"size": 2})
    follower = yield from submit(
        "array-fails",
        arrayProperties={"size": 2},
        dependsOn=[{"jobId": array, "type": "N_TO_N"}, {"type": "SEQUENTIAL"}],
    )
    nodes = yield from submit("nodes", jobQueue="blocked-spot", jobDefinition="nodes")
    gang = yield from submit("gang", jobDefinition="nodes")
    ids += [array, follower, nodes, gang]
    parts = [f"{array}:0", f"{follower}:1", f"{gang}#0", f"{gang}#1"]
    for duration in ("1s", "1s", "5s", "10s", "10s", "10s", "5s", "10s", "15s", "40s", "5m", "5m"):
        yield from call("describe_jobs", jobs=ids + parts)
        yield from _list_jobs(array, gang)
        yield from call("get_job_queue_snapshot", jobQueue="fair")
        yield Advance(duration)
    yield from call("describe_jobs", jobs=ids + parts)
    yield from _list_jobs(array, gang)
    yield from call("describe_compute_environments", computeEnvironments=["ec2", "spot"])


FULL_SUBMIT: dict[str, Any] = {
    "jobDefinition": "full",
    "parameters": {"day": "tuesday"},
    "containerOverrides": {
        "command": ["run", "Ref::day", "--fast"],
        "environment": [{"name": "STAGE", "value": "live"}, {"name": "MORE", "value": "1"}],
        "resourceRequirements": [{"type": "MEMORY", "value": "4096"}],
    },
    "retryStrategy": {"attempts": 2},
    "timeout": {"attemptDurationSeconds": 300},
    "propagateTags": False,
    "tags": {"run": "7"},
}


SHARED_SUBMIT: dict[str, Any] = {
    "shareIdentifier": "a1",
    "schedulingPriorityOverride": 3,
    "tags": {"t": "1"},
}


def _with(requirements: list[dict[str, str]]) -> dict[str, Any]:
    return {"resourceRequirements": requirements}


def _list_jobs(array: str, gang: str) -> Story:
    statuses = ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED", "FAILED")
    for status in statuses:
        for queue in ("ec2", "spot"):
            yield from call("list_jobs", jobQueue=queue, jobStatus=status)
        yield from call("list_jobs", arrayJobId=array, jobStatus=status)
        yield from call("list_jobs", multiNodeJobId=gang, jobStatus=status)
    for name, values in (
        ("JOB_NAME", ["s*"]),
        ("JOB_DEFINITION", ["plain"]),
        ("AFTER_CREATED_AT", ["1000"]),
        ("BEFORE_CREATED_AT", ["1000"]),
    ):
        yield from call("list_jobs", jobQueue="ec2", filters=[{"name": name, "values": values}])


def stopping_jobs() -> Story:
    cancelled = yield from submit("cancelled", jobQueue="spot")
    bulk = yield from submit("cancelled-too", jobQueue="spot")
    running = yield from submit("hangs", jobQueue="spot")
    one = yield from submit("hangs", jobQueue="spot")
    another = yield from submit("hangs", jobQueue="spot")
    yield from call("cancel_job", jobId=cancelled, reason="not today")
    yield from call("cancel_jobs", jobs=[bulk, "nonsense"], reason="nor this one")
    yield Advance("30s")
    yield from call("terminate_job", jobId=running, reason="enough")
    yield from call("terminate_jobs", jobs=[one, another, "nonsense"], reason="all of you")
    every = [cancelled, bulk, running, one, another]
    yield from call("describe_jobs", jobs=every)
    yield Advance("1m")
    yield from call("describe_jobs", jobs=every)
    yield from call("list_jobs", jobQueue="spot", jobStatus="FAILED", maxResults=2)


def service_jobs() -> Story:
    share = yield from call(
        "create_quota_share",
        quotaShareName="share",
        jobQueue="quota",
        capacityLimits=[a_limit("ml.m6i.xlarge", 1)],
        resourceSharingConfiguration={"strategy": "LEND_AND_BORROW", "borrowLimit": 200},
        preemptionConfiguration={"inSharePreemption": "ENABLED"},
        tags={"team": "a"},
    )
    arn = share["quotaShareArn"]
    yield from call("describe_quota_share", quotaShareArn=arn)
    yield Advance("5s")
    yield from call("list_quota_shares", jobQueue="quota")
    yield from call(
        "update_quota_share",
        quotaShareArn=arn,
        preemptionConfiguration={"inSharePreemption": "DISABLED"},
    )
    yield from call("describe_quota_share", quotaShareArn=arn)
    yield Advance("5s")
    jobs = []
    for name, changes in (
        ("trains", {"retryStrategy": {"attempts": 2}, "timeoutConfig": _LIMIT, "tags": {"t": "1"}}),
        ("also-trains", {"schedulingPriority": 3}),
        ("waits", {}),
        ("shares", {"jobQueue": "quota", "quotaShareName": "share"}),
    ):
        request = {"jobName": name, "jobQueue": "trainings"} | changes
        answer = yield from call(
            "submit_service_job",
            serviceRequestPayload=_PAYLOAD,
            serviceJobType="SAGEMAKER_TRAINING",
            **request,
        )
        jobs.append(answer["jobId"])
    yield from call("update_service_job", jobId=jobs[0], schedulingPriority=7)
    for duration in ("2s", "5s", "30s", "1m", "5m"):
        for job in jobs:
            yield from call("describe_service_job", jobId=job)
        for status in ("SUBMITTED", "RUNNABLE", "SCHEDULED", "STARTING", "RUNNING"):
            yield from call("list_service_jobs", jobQueue="trainings", jobStatus=status)
        yield from call("get_job_queue_snapshot", jobQueue="trainings")
        yield from call("get_job_queue_snapshot", jobQueue="quota")
        yield Advance(duration)
    last = yield from call(
        "submit_service_job",
        jobName="stopped",
        jobQueue="trainings",
        serviceRequestPayload=_PAYLOAD,
        serviceJobType="SAGEMAKER_TRAINING",
    )
    yield from call("terminate_service_job", jobId=last["jobId"], reason="enough")
    yield from call("terminate_service_jobs", jobs=[*jobs, "nonsense"], reason="all of you")
    yield Advance("1m")
    for job in (*jobs, last["jobId"]):
        yield from call("describe_service_job", jobId=job)
    yield from call(
        "list_service_jobs", jobQueue="trainings", filters=[{"name": "JOB_NAME", "values": ["*"]}]
    )
    yield from call("update_quota_share", quotaShareArn=arn, state="DISABLED")
    yield Advance("5s")
    yield from call("delete_quota_share", quotaShareArn=arn)
    yield Advance("5s")


_LIMIT = {"attemptDurationSeconds": 600}
_PAYLOAD = json.dumps(
    {
        "TrainingJobName": "t",
        "ResourceConfig": {"InstanceType": "ml.m6i.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 1},
    }
)


def consumable_resources() -> Story:
    made = yield from call(
        "create_consumable_resource",
        consumableResourceName="licence",
        totalQuantity=2,
        resourceType="REPLENISHABLE",
        tags={"team": "a"},
    )
    yield from call("create_consumable_resource", consumableResourceName="spare")
    yield from call("describe_consumable_resource", consumableResource="licence")
    listed = {"consumableResource": "licence", "quantity": 1}
    yield from call(
        "register_job_definition",
        jobDefinitionName="licensed",
        type="container",
        containerProperties=a_container(),
        consumableResourceProperties={"consumableResourceList": [listed]},
    )
    yield from submit("licensed", jobDefinition="licensed", jobQueue="spot")
    yield Advance("30s")
    yield from call("describe_consumable_resource", consumableResource="licence")
    yield from call("list_jobs_by_consumable_resource", consumableResource=made["consumableResourceArn"])
    yield from call("list_consumable_resources")
    yield from call(
        "update_consumable_resource", consumableResource="licence", operation="ADD", quantity=3
    )
    yield Advance("5m")
    yield from call("delete_consumable_resource", consumableResource="spare")


def tags() -> Story:
    found = yield from call("describe_job_queues", jobQueues=["fair"])
    arn = found["jobQueues"][0]["jobQueueArn"]
    yield from call("tag_resource", resourceArn=arn, tags={"stage": "test"})
    yield from call("list_tags_for_resource", resourceArn=arn)
    yield from call("untag_resource", resourceArn=arn, tagKeys=["stage", "none"])
    yield from call("list_tags_for_resource", resourceArn=arn)


def refusals() -> Story:
    yield from call("submit_job", jobName="x", jobQueue="nobody", jobDefinition="plain")
    yield from call("submit_job", jobName="!!", jobQueue="ec2", jobDefinition="plain")
    yield from call(
        "submit_job", jobName="x", jobQueue="ec2", jobDefinition="plain", arrayProperties={"size": 1}
    )
    yield from call("describe_jobs", jobs=["x"] * 101)
    yield from call("delete_job_queue", jobQueue="ec2")
    yield from call("list_tags_for_resource", resourceArn="arn:aws:batch:us-east-1:1:job-queue/x")


def the_end_of_resources() -> Story:
    for queue in ("fair", "quota"):
        yield from call("update_job_queue", jobQueue=queue, state="DISABLED")
    yield from call("update_compute_environment", computeEnvironment="managed", state="DISABLED")
    yield from call("update_service_environment", serviceEnvironment="spare", state="DISABLED")
    yield Advance("5s")
    yield from call("delete_job_queue", jobQueue="fair")
    yield from call("delete_compute_environment", computeEnvironment="managed")
    yield from call("delete_service_environment", serviceEnvironment="spare")
    yield from call("describe_job_queues")
    yield from call("describe_compute_environments")
    yield from call("describe_service_environments")
    yield Advance("5s")
    listed = yield from call("list_scheduling_policies")
    policy = next(entry["arn"] for entry in listed["schedulingPolicies"] if "spare" in entry["arn"])
    yield from call("delete_scheduling_policy", arn=policy)
    yield from call("describe_job_queues")
