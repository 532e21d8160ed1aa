"""What the machine draws: submissions, outcomes, portions of time."""

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

from . import resources

NAMES = ("etl", "report", "train")
DAY_MS = 86_400_000

DEFINITIONS = ("plain", "plain", *resources.definitions())
SIZES = (None, None, 2, 3, 5)
DEPENDENCIES = (None, "N_TO_N", "SEQUENTIAL")
EVALUATIONS = (
    {"onStatusReason": "Host EC2*", "action": "RETRY"},
    {"onExitCode": "137", "action": "EXIT"},
    {"onReason": "*", "action": "EXIT"},
)
LIMITS = (None, 60, 600)
SHARES = ("a", "b", "c")
PRIORITIES = (1, 5, 9)
CHILDREN = ("", "", "", "", ":0", ":1", ":4", "#0", "#1")
"""What is added to the id of an upstream job: mostly nothing; a node is refused."""

BREAKDOWNS = ("capacity", "service_role", "instance_configuration", "unknown")
SUFFIXES = ("", "", "", ":0", ":1", ":4", "#0", "#1")
STOPS = ("CancelJob", "TerminateJob", "CancelJobs", "TerminateJobs")
NODES = (None, None, 1, 2, 3)
QUOTA_SHARES = (None, None, *resources.SHARES)
PREEMPTIONS = (None, None, 0, 1)
AFTER = (None, 0, 1, 30, 59.999, 60, 61, 600)

numbers = st.integers(0, 9)  # which of the jobs, queues, environments that there are
states = st.sampled_from(["ENABLED", "ENABLED", "DISABLED"])


class Submission(NamedTuple):
    """A SubmitJob that names its queue and its upstream jobs by number."""

    name: str
    queue: int
    definition: str
    size: int | None
    upstream: list[tuple[int, str]]
    dependency: str | None
    attempts: int | None
    evaluate: list[dict[str, str]]
    limit: int | None
    share: str
    priority: int
    nodes: int | None


class Training(NamedTuple):
    """A SubmitServiceJob, to a quota share if it names one."""

    name: str
    instances: int
    attempts: int
    limit: int | None
    share: str | None
    priority: int
    preemptions: int | None


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
    definition=st.sampled_from(DEFINITIONS),
    size=st.sampled_from(SIZES),
    upstream=st.lists(st.tuples(numbers, st.sampled_from(CHILDREN)), max_size=2),
    dependency=st.sampled_from(DEPENDENCIES),
    attempts=st.sampled_from([None, 1, 2, 3]),
    evaluate=st.lists(st.sampled_from(EVALUATIONS), max_size=2),
    limit=st.sampled_from(LIMITS),
    share=st.sampled_from(SHARES),
    priority=st.sampled_from(PRIORITIES),
    nodes=st.sampled_from(NODES),
)

trainings = st.builds(
    Training,
    name=st.sampled_from(NAMES),
    instances=st.integers(1, 4),
    attempts=st.integers(1, 3),
    limit=st.sampled_from(LIMITS),
    share=st.sampled_from(QUOTA_SHARES),
    priority=st.sampled_from(PRIORITIES),
    preemptions=st.sampled_from(PREEMPTIONS),
)

stops = st.builds(
    Stop,
    job=numbers,
    suffix=st.sampled_from(SUFFIXES),
    operation=st.sampled_from(STOPS),
    reason=st.sampled_from(["enough", "not today"]),
)

OF_TRAININGS = (
    *(succeeds(after=after) for after in AFTER),
    *(fails(after=after) for after in AFTER),
    *[succeeds(after=3600)] * 4,
)
"""Outcomes of service jobs: none hangs, so that all of them have ended when nothing can happen."""

OF_CONTAINERS = (*OF_TRAININGS, hangs(), runs(exits_with_its_attempt), runs(raises))
"""Outcomes of one container of several."""

ON_ANY_HOST = (
    *OF_CONTAINERS,
    *(fails(exit_code=code, after=after) for code in (2, 137) for after in AFTER),
    *(make(after=after) for make in (out_of_memory, service_error, cannot_pull) for after in AFTER),
    hangs(),
    runs(exits_with_its_attempt),
)
"""Outcomes of every kind that can happen anywhere."""

ON_INSTANCES = (
    *ON_ANY_HOST,
    *(host_lost(after=after, while_starting=early) for after in AFTER for early in (False, True)),
)

ON_SPOT = (
    *ON_INSTANCES,
    *(reclaimed(after=after, while_starting=early) for after in AFTER for early in (False, True)),
)

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
    nodes = submission.nodes is not None and "nodes" in submission.definition
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
        "shareIdentifier": submission.share if queue in resources.FAIR else None,
        "schedulingPriorityOverride": submission.priority if queue in resources.FAIR else None,
        "nodeOverrides": {"numNodes": submission.nodes} if nodes else None,
        "tags": {"attempts": str(attempts)},
    }
    return {
        "jobName": submission.name,
        "jobQueue": queue,
        "jobDefinition": submission.definition,
        **{member: value for member, value in optional.items() if value is not None},
    }


def a_training(training: Training) -> dict[str, Any]:
    """The parameters of SubmitServiceJob."""
    limit = {} if training.limit is None else {"attemptDurationSeconds": training.limit}
    return {
        "jobName": training.name,
        "serviceJobType": "SAGEMAKER_TRAINING",
        "serviceRequestPayload": resources.training(training.instances),
        "retryStrategy": {"attempts": training.attempts},
        **({"timeoutConfig": limit} if limit else {}),
        **_place_of(training),
    }


def _place_of(training: Training) -> dict[str, Any]:
    """The queue of a training and what it needs there."""
    if training.share is None:
        return {"jobQueue": resources.TRAININGS}
    members: dict[str, Any] = {
        "jobQueue": resources.QUOTAS,
        "quotaShareName": training.share,
        "schedulingPriority": training.priority,
    }
    if training.preemptions is not None:
        retries = {"preemptionRetriesBeforeTermination": training.preemptions}
        members["preemptionConfiguration"] = retries
    return members
