"""What the machine draws: submissions, outcomes, portions of time; and the resources it begins with."""

from __future__ import annotations

from typing import Any, NamedTuple

from hypothesis import strategies as st

from pytest_batchmock import (
    cannot_pull,
    fails,
    hangs,
    host_lost,
    out_of_memory,
    reclaimed,
    runs,
    service_error,
    succeeds,
)

NAMES = ("etl", "report", "train")
DAY_MS = 86_400_000

numbers = st.integers(0, 9)  # which of the jobs, queues, environments that there are
states = st.sampled_from(["ENABLED", "ENABLED", "DISABLED"])


class Submission(NamedTuple):
    """A SubmitJob that names its queue and its upstream jobs by number."""

    name: str
    queue: int
    definition: str
    size: int | None
    upstream: list[int]
    dependency: str | None
    attempts: int | None
    evaluate: list[dict[str, str]]
    limit: int | None


class Stop(NamedTuple):
    """A CancelJob or its kin; `job` is the number of a job, to whose id the suffix is added."""

    job: int
    suffix: str
    operation: str
    reason: str


def exits_with_its_attempt(job: Any) -> int:
    """A callable that fails in its first attempt."""
    return 2 if job.attempt == 1 else 0


def raises(job: Any) -> None:
    """A callable that fails with an exception."""
    raise ValueError(job.name)


submissions = st.builds(
    Submission,
    name=st.sampled_from(NAMES),
    queue=numbers,
    definition=st.sampled_from(["plain", "plain", "large", "patient", "nodes", "task"]),
    size=st.sampled_from([None, None, 2, 3, 5]),
    upstream=st.lists(numbers, max_size=2),
    dependency=st.sampled_from([None, "N_TO_N", "SEQUENTIAL"]),
    attempts=st.sampled_from([None, 1, 2, 3]),
    evaluate=st.lists(
        st.sampled_from(
            [
                {"onStatusReason": "Host EC2*", "action": "RETRY"},
                {"onExitCode": "137", "action": "EXIT"},
                {"onReason": "*", "action": "EXIT"},
            ]
        ),
        max_size=2,
    ),
    limit=st.sampled_from([None, 60, 600]),
)

stops = st.builds(
    Stop,
    job=numbers,
    suffix=st.sampled_from(["", "", "", ":0", ":1", ":4", "#0", "#1"]),
    operation=st.sampled_from(["CancelJob", "TerminateJob", "CancelJobs", "TerminateJobs"]),
    reason=st.sampled_from(["enough", "not today"]),
)

_after = st.sampled_from([None, 0, 1, 30, 59.999, 60, 61, 600])

on_any_host = st.one_of(
    st.builds(succeeds, after=_after),
    st.builds(fails, exit_code=st.sampled_from([1, 2, 137]), after=_after),
    st.builds(out_of_memory, after=_after),
    st.builds(service_error, after=_after),
    st.builds(cannot_pull, after=_after),
    st.builds(host_lost, after=_after, while_starting=st.booleans()),
    st.just(hangs()),
    st.sampled_from([runs(exits_with_its_attempt), runs(raises)]),
)
"""Outcomes of every kind that can happen anywhere."""

on_spot = on_any_host | st.builds(reclaimed, after=_after, while_starting=st.booleans())

portions = st.lists(
    st.integers(0, 120_000) | st.sampled_from([999, 1_000, 1_001, 60_000, 60_000, 8 * DAY_MS]),
    min_size=1,
    max_size=3,
)
"""Milliseconds."""


def a_request(submission: Submission, queue: str, upstream: list[str]) -> dict[str, Any]:
    """The parameters of SubmitJob."""
    pairwise = {"type": "N_TO_N"} if submission.dependency == "N_TO_N" else {}
    depends = [{"jobId": job} | pairwise for job in upstream]
    if submission.dependency == "SEQUENTIAL":
        depends.append({"type": "SEQUENTIAL"})
    attempts, evaluate = submission.attempts, submission.evaluate
    optional = {
        "arrayProperties": None if submission.size is None else {"size": submission.size},
        "dependsOn": depends or None,
        "retryStrategy": (
            None if attempts is None else {"attempts": attempts, "evaluateOnExit": evaluate}
        ),
        "timeout": (None if submission.limit is None else {"attemptDurationSeconds": submission.limit}),
        "tags": {"attempts": str(attempts)},
    }
    return {
        "jobName": submission.name,
        "jobQueue": queue,
        "jobDefinition": submission.definition,
        **{member: value for member, value in optional.items() if value is not None},
    }


def an_environment(kind: str, vcpus: int) -> dict[str, Any]:
    """The members of CreateComputeEnvironment besides the name."""
    strategy = "SPOT_CAPACITY_OPTIMIZED" if kind == "SPOT" else "BEST_FIT_PROGRESSIVE"
    resources = {
        "type": kind,
        "allocationStrategy": strategy,
        "minvCpus": 0,
        "maxvCpus": vcpus,
        "instanceTypes": ["optimal"],
        "instanceRole": "arn:aws:iam::123456789012:instance-profile/ecsInstanceRole",
        "subnets": ["subnet-0a1b2c3d"],
        "securityGroupIds": ["sg-0a1b2c3d"],
    }
    return {"type": "MANAGED", "computeResources": resources}


def definitions() -> dict[str, dict[str, Any]]:
    """The members of RegisterJobDefinition besides the name, by name."""

    def container(vcpus: int) -> dict[str, Any]:
        needs = [{"type": "VCPU", "value": str(vcpus)}, {"type": "MEMORY", "value": "2048"}]
        return {"image": "busybox", "command": ["true"], "resourceRequirements": needs}

    first = {"name": "first", "essential": False, **container(1)}
    main = {"name": "main", "dependsOn": [{"containerName": "first", "condition": "SUCCESS"}]}
    task = {"containers": [first, {**container(1), **main}]}
    node_range = {"targetNodes": "0:", "container": container(1)}
    return {
        "plain": {"type": "container", "containerProperties": container(1)},
        "large": {"type": "container", "containerProperties": container(2)},
        "patient": {
            "type": "container",
            "containerProperties": container(1),
            "retryStrategy": {"attempts": 3},
            "timeout": {"attemptDurationSeconds": 120},
        },
        "task": {"type": "container", "ecsProperties": {"taskProperties": [task]}},
        "nodes": {
            "type": "multinode",
            "nodeProperties": {"numNodes": 2, "mainNode": 0, "nodeRangeProperties": [node_range]},
        },
    }
