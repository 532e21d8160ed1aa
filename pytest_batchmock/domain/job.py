"""The record of a job. Lean, because a million of them must fit: slots, shared specs, flat history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from pytest_batchmock.domain import status as s

if TYPE_CHECKING:
    from pytest_batchmock.domain.instance import Instance
    from pytest_batchmock.domain.job_definition import JobDefinition
    from pytest_batchmock.domain.job_queue import JobQueue
    from pytest_batchmock.domain.prototype import Prototype
    from pytest_batchmock.domain.region import RegionState

CANCELLED: Final = 1
TERMINATED: Final = 2


class JobSpec:
    """What a SubmitJob asked for, merged with its definition.

    Shared by the children of an array, and by all jobs that were submitted alike but for their names.

    Attributes:
        request: The submitted members, as bytes of JSON, with the name of the first such job.
        static: The members of DescribeJobs that such jobs have in common; made at the first describe
            by the view.
        attempts: How many attempts at most.
        evaluate_on_exit: The retry rules, as given.
        timeout_ms: The time limit of one attempt, or None.
        depends_on: ``dependsOn`` with plain job ids.
        consumables: The consumable resources it needs: {consumableResource, quantity}.
        job_class: Its `JobClass`, once the scheduler has asked for it.
    """

    __slots__ = (
        "array_size",
        "attempts",
        "consumables",
        "definition",
        "depends_on",
        "evaluate_on_exit",
        "gpus",
        "job_class",
        "main_node",
        "memory_mib",
        "mvcpus",
        "num_nodes",
        "queue",
        "region",
        "request",
        "scheduling_priority",
        "share_identifier",
        "static",
        "tags",
        "timeout_ms",
    )

    def __init__(
        self,
        *,
        region: RegionState,
        queue: JobQueue,
        definition: JobDefinition,
        request: bytes,
        attempts: int,
        evaluate_on_exit: tuple[dict[str, str], ...],
        timeout_ms: int | None,
        depends_on: tuple[dict[str, str], ...],
        mvcpus: int,
        memory_mib: int,
        gpus: int,
        tags: dict[str, str],
    ) -> None:
        self.region = region
        self.queue = queue
        self.definition = definition
        self.request = request
        self.attempts = attempts
        self.evaluate_on_exit = evaluate_on_exit
        self.timeout_ms = timeout_ms
        self.depends_on = depends_on
        self.mvcpus = mvcpus
        self.memory_mib = memory_mib
        self.gpus = gpus
        self.tags = tags
        self.static: Prototype | None = None
        self.share_identifier: str | None = None
        self.scheduling_priority: int | None = None
        self.array_size = 0
        self.num_nodes = 0
        self.consumables: tuple[dict[str, Any], ...] = ()
        self.main_node = 0
        self.job_class: Any = None

    is_service: ClassVar[bool] = False
    """Whether this is a service job, which has a spec class of its own."""


class Attempt:
    """One try of a job, from STARTING on. It is listed in ``attempts`` when it has ended.

    Attributes:
        number: 1 for the first; the job sees it as AWS_BATCH_JOB_ATTEMPT.
        environment: The compute environment (of a service job: service environment) it was placed in.
        instance: The EC2 instance, or None on Fargate.
        work: What runs it: the planned outcome, or the live run.
        waits_for: What a runner waits for that is to start it.
        status_reason: Why it ended, as in the API; None while it lives.
        reason: The container's reason (at most 255 characters), absent for a clean exit.
        exit_code: None where the container never ran or its host vanished.
    """

    __slots__ = (
        "environment",
        "exit_code",
        "instance",
        "number",
        "reason",
        "started_at_ms",
        "starting_at_ms",
        "status_reason",
        "stopped_at_ms",
        "waits_for",
        "work",
    )

    def __init__(
        self,
        number: int,
        *,
        environment: Any,
        instance: Instance | None,
        starting_at_ms: int,
    ) -> None:
        self.number = number
        self.environment = environment
        self.instance = instance
        self.starting_at_ms = starting_at_ms
        self.started_at_ms: int | None = None
        self.stopped_at_ms: int | None = None
        self.status_reason: str | None = None
        self.reason: str | None = None
        self.exit_code: int | None = None
        self.work: Any = None
        self.waits_for: str | None = None

    @property
    def instance_id(self) -> str | None:
        """The id of the EC2 instance, or None on Fargate."""
        return None if self.instance is None else self.instance.id


class Job:
    """One job: a single job, a parent, a child of an array, or a node.

    Attributes:
        key: The order of submission in the whole mock, from 0.
        own_tags: Its tags, once they were changed.
        history: Flat: status, at_ms, status, at_ms, …
        epoch: Grows with every transition; an event made in another epoch is void.
        attempts: The attempts that have ended.
        attempt: The one that lives (STARTING or RUNNING), else None.
        open_dependencies: How many upstream jobs have not succeeded yet.
        downstream: The jobs that wait for this one.
        followers: The arrays that can spawn their children only when this one has (N_TO_N).
        flags: CANCELLED, TERMINATED: the request was accepted.
        asked_reason: The caller's reason of that request.
        blocked_since_ms: Since when it blocks its queue for a reason that has a time limit.
        children: Parents only, once they are spawned: the children in the order of their index.
        gang: Placed multi-node parents only: the instance of each node.
        statistics: Parents only: the number of children by status, kept incrementally.
        statistics_at_ms: When that last changed.
    """

    __slots__ = (
        "asked_reason",
        "attempt",
        "attempts",
        "blocked_since_ms",
        "children",
        "created_at_ms",
        "downstream",
        "epoch",
        "flags",
        "followers",
        "gang",
        "history",
        "id",
        "index",
        "key",
        "name",
        "open_dependencies",
        "own_tags",
        "parent",
        "spec",
        "started_at_ms",
        "statistics",
        "statistics_at_ms",
        "status",
        "status_reason",
        "stopped_at_ms",
    )

    def __init__(
        self,
        key: int,
        id: str,
        name: str,
        spec: JobSpec,
        created_at_ms: int,
        *,
        parent: Job | None = None,
        index: int | None = None,
    ) -> None:
        self.key = key
        self.id = id
        self.name = name
        self.spec = spec
        self.created_at_ms = created_at_ms
        self.parent = parent
        self.index = index
        self.status = ""
        self.status_reason: str | None = None
        self.history: tuple[Any, ...] = ()
        self.epoch = 0
        self.attempts: tuple[Attempt, ...] = ()
        self.attempt: Attempt | None = None
        self.open_dependencies = 0
        self.downstream: list[Job] | None = None
        self.followers: list[Job] | None = None
        self.flags = 0
        self.asked_reason: str | None = None
        self.blocked_since_ms: int | None = None
        self.started_at_ms: int | None = None
        self.stopped_at_ms: int | None = None
        self.children: list[Job] | None = None
        self.gang: tuple[Instance, ...] | None = None
        self.statistics: dict[str, int] | None = None
        self.statistics_at_ms = created_at_ms
        self.own_tags: dict[str, str] | None = None

    @property
    def is_service(self) -> bool:
        """Whether it is a service job (SageMaker), not a container job."""
        return self.spec.is_service

    @property
    def is_array_parent(self) -> bool:
        """Whether it only stands for its children."""
        return self.spec.array_size > 0 and self.parent is None

    @property
    def is_node(self) -> bool:
        """Whether it is one node of a multi-node job."""
        return self.spec.num_nodes > 0 and self.parent is not None

    @property
    def is_terminal(self) -> bool:
        """Whether it has ended for good."""
        return self.status in s.TERMINAL

    @property
    def statuses(self) -> list[str]:
        """Every status it has had, oldest first."""
        return list(self.history[::2])

    @property
    def tags(self) -> dict[str, str]:
        """Its tags, to read only; a child or node shows those of its parent to outcome rules."""
        own = (self.parent or self).own_tags
        return self.spec.tags if own is None else own

    @property
    def arn(self) -> str:
        """Its ARN; a child's has the index as its suffix."""
        kind = "service-job" if self.spec.is_service else "job"
        return f"{self.spec.region.arn_prefix}{kind}/{self.id}"

    def __repr__(self) -> str:
        return f"<Job {self.name} {self.id} {self.status}>"
