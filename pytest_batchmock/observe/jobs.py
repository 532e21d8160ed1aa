"""Asking about jobs: `batchmock.jobs` and the views it hands out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from fnmatch import fnmatchcase
from typing import Any

from pytest_batchmock.api.views.names import container_log_stream, log_stream_name, task_id
from pytest_batchmock.arguments import check_index, check_job_id
from pytest_batchmock.domain.containers import parts_of
from pytest_batchmock.domain.job import CANCELLED, TERMINATED, Attempt, Job
from pytest_batchmock.domain.status import SERVICE_JOB_STATUSES
from pytest_batchmock.engine.families.containers import courses_of
from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.observe.explain import explain
from pytest_batchmock.runners.environment import effective_command, effective_environment


def _moment(at_ms: int | None) -> datetime | None:
    return None if at_ms is None else datetime.fromtimestamp(at_ms / 1000, timezone.utc)


@dataclass(frozen=True, slots=True)
class ContainerView:
    """One container of an attempt of a job of several.

    Attributes:
        name: Its name; ``default`` (of a pod: ``Default``) if it has none.
        command: With parameters and overrides in place; of a pod with its ``args``.
        environment: What it sees.
        started: Whether it was started.
        exit_code: None while it runs, where it never ran, or where its host vanished.
        reason: What the service says of it, None for nothing.
        log_stream_name: None if it was not started, of a pod, and of another log driver.
    """

    name: str
    command: list[str]
    environment: dict[str, str]
    started: bool
    exit_code: int | None
    reason: str | None
    log_stream_name: str | None


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One attempt that has ended.

    Attributes:
        number: 1 for the first.
        compute_environment: The name of the environment it ran in.
        instance_id: The EC2 instance, None on Fargate.
        started_at: When the container ran, None if it never did.
        stopped_at: When it ended.
        exit_code: None where the container never ran or its host vanished.
        reason: The container's reason, None for a clean exit.
        status_reason: Why it ended.
        task_id: The ECS task; empty for a service job, which has none.
        log_stream_name: None if the container never ran; of a task, that of its main container.
        containers: What became of each container of a job of several, by name; else empty.
    """

    number: int
    compute_environment: str
    instance_id: str | None
    started_at: datetime | None
    stopped_at: datetime | None
    exit_code: int | None
    reason: str | None
    status_reason: str | None
    task_id: str
    log_stream_name: str | None
    containers: dict[str, ContainerView]


class JobView:
    """One job as the test sees it: live, so every attribute tells how it is now."""

    def __init__(self, job: Job, seed: int, explain: Callable[[Job], str] = explain) -> None:
        self._job = job
        self._seed = seed
        self._explain = explain

    @property
    def id(self) -> str:
        """The job id."""
        return self._job.id

    @property
    def arn(self) -> str:
        """The job's ARN."""
        return self._job.arn

    @property
    def name(self) -> str:
        """The job name."""
        return self._job.name

    @property
    def queue(self) -> str:
        """The name of its queue."""
        return self._job.spec.queue.name

    @property
    def definition(self) -> str:
        """Its definition as ``name:revision``; empty for a service job, which has none."""
        if self._job.is_service:
            return ""
        definition = self._job.spec.definition
        return f"{definition.name}:{definition.revision}"

    @property
    def status(self) -> str:
        """Its status now."""
        return self._job.status

    @property
    def statuses(self) -> list[str]:
        """Every status it has had, oldest first."""
        return self._job.statuses

    @property
    def history(self) -> list[tuple[str, datetime]]:
        """Every status it has had, with the virtual time it began."""
        flat = self._job.history
        return [
            (flat[at], datetime.fromtimestamp(flat[at + 1] / 1000, timezone.utc))
            for at in range(0, len(flat), 2)
        ]

    @property
    def status_reason(self) -> str | None:
        """``statusReason`` of the API."""
        return self._job.status_reason

    @property
    def is_terminal(self) -> bool:
        """Whether it has ended for good."""
        return self._job.is_terminal

    @property
    def is_cancelled(self) -> bool:
        """Whether a CancelJob was accepted."""
        return bool(self._job.flags & CANCELLED)

    @property
    def is_terminated(self) -> bool:
        """Whether a TerminateJob was accepted."""
        return bool(self._job.flags & TERMINATED)

    @property
    def attempts(self) -> list[AttemptView]:
        """The attempts that have ended."""
        return [_attempt_view(self._job, attempt, self._seed) for attempt in self._job.attempts]

    @property
    def exit_code(self) -> int | None:
        """The exit code of the last attempt that has ended."""
        return self._job.attempts[-1].exit_code if self._job.attempts else None

    @property
    def index(self) -> int | None:
        """The index of an array's child, else None."""
        return self._job.index

    @property
    def children(self) -> list[JobView]:
        """The children of an array, by index; empty until they are spawned."""
        return [JobView(child, self._seed, self._explain) for child in self._job.children or ()]

    @property
    def created_at(self) -> datetime:
        """Virtual time of the submit."""
        return datetime.fromtimestamp(self._job.created_at_ms / 1000, timezone.utc)

    @property
    def started_at(self) -> datetime | None:
        """When the last attempt that ran began to run."""
        return _moment(self._job.started_at_ms)

    @property
    def stopped_at(self) -> datetime | None:
        """When it ended."""
        return _moment(self._job.stopped_at_ms)

    @property
    def tags(self) -> dict[str, str]:
        """The tags of the submit."""
        return dict(self._job.tags)

    @property
    def depends_on(self) -> list[str]:
        """The ids of the jobs it depends on."""
        return [entry["jobId"] for entry in self._job.spec.depends_on if "jobId" in entry]

    @property
    def command(self) -> list[str]:
        """The command with parameters and overrides in place; of several containers the main one's."""
        return [] if self._job.is_service else effective_command(self._job)[0]

    @property
    def environment(self) -> dict[str, str]:
        """What the container of the present (else the last) attempt sees; without an attempt, what
        the definition and the submit set. Empty for a service job."""
        if self._job.is_service:
            return {}
        attempt = self._job.attempt or (self._job.attempts[-1] if self._job.attempts else None)
        return effective_environment(self._job, attempt)

    @property
    def containers(self) -> dict[str, ContainerView]:
        """The containers of the present (else the last) attempt of a job of several, by name.

        Empty for a job of one container, and before the first attempt.
        """
        if self._job.is_service:
            return {}
        attempt = self._job.attempt or (self._job.attempts[-1] if self._job.attempts else None)
        return {} if attempt is None else _container_views(self._job, attempt, self._seed)

    def explain(self) -> str:
        """Why it is where it is, in words with figures."""
        return self._explain(self._job)

    def __repr__(self) -> str:
        return f"<job {self.name} {self.id} {self.status}>"


class Jobs:
    """The jobs of one mock, in the order of submission; the one way to ask about them."""

    def __init__(
        self,
        fetch: Callable[[], list[Job]],
        seed: int,
        explain: Callable[[Job], str] = explain,
    ) -> None:
        self._fetch = fetch
        self._seed = seed
        self._explain = explain

    def all(
        self, *, name: str = "*", queue: str | None = None, status: str | None = None
    ) -> list[JobView]:
        """The jobs whose name matches the pattern, in a queue (name or ARN), in a status.

        Raises:
            MockUsageError: An argument is no text, or no job can have that status.
        """
        if not isinstance(name, str):
            raise MockUsageError(f"name={name!r}: give a pattern of job names.")
        if queue is not None and not isinstance(queue, str):
            raise MockUsageError(f"queue={queue!r}: give the name or the ARN of a queue.")
        if status not in (None, *SERVICE_JOB_STATUSES):
            raise MockUsageError(f"status={status!r}: choose one of {', '.join(SERVICE_JOB_STATUSES)}.")
        return [
            JobView(job, self._seed, self._explain)
            for job in self._fetch()
            if fnmatchcase(job.name, name)
            and queue in (None, job.spec.queue.name, job.spec.queue.arn)
            and status in (None, job.status)
        ]

    def one(self, *, name: str = "*", queue: str | None = None, status: str | None = None) -> JobView:
        """The only job of that description.

        Raises:
            MockUsageError: There is none, or more than one; the text lists the jobs there are.
        """
        found = self.all(name=name, queue=queue, status=status)
        if len(found) == 1:
            return found[0]
        raise not_one(found or self.all(), bool(found), name=name, queue=queue, status=status)

    def get(self, job_id: str) -> JobView:
        """The job with that id, the child of an array (``id:N``) or the node (``id#N``).

        Raises:
            MockUsageError: There is none.
        """
        check_job_id("jobs.get", job_id)
        head = job_id.replace("#", ":").partition(":")[0]
        for parent in self._fetch():
            if parent.id == head:
                for job in (parent, *(parent.children or ())):
                    if job.id == job_id:
                        return JobView(job, self._seed, self._explain)
        raise MockUsageError(f"No job has the id {job_id!r}.")

    def __iter__(self) -> Iterator[JobView]:
        return iter(self.all())

    def __getitem__(self, index: int) -> JobView:
        """The job at that place in the order of submission, ``-1`` for the newest.

        Raises:
            IndexError: There are not so many.
            MockUsageError: It is no number.
        """
        check_index("jobs", index)
        return self.all()[index]

    def __len__(self) -> int:
        return len(self._fetch())

    def __repr__(self) -> str:
        return f"<{len(self)} jobs: {', '.join(f'{job.name} {job.status}' for job in self.all()[:10])}>"


def not_one(listed: Sequence[Any], is_found: bool, **asked: str | None) -> MockUsageError:
    """The error of `one`, which lists what was found, else all jobs."""
    told = ", ".join(f"{key}={value!r}" for key, value in asked.items() if value is not None)
    lines = "".join(f"\n  {job.name} ({job.id}) {job.status}" for job in listed[:20]) or " none at all"
    count = f"{len(listed)} jobs" if is_found else "no job"
    return MockUsageError(f"jobs.one({told}): {count} of that description. Jobs:{lines}")


def _attempt_view(job: Job, attempt: Attempt, seed: int) -> AttemptView:
    ran = attempt.started_at_ms is not None
    return AttemptView(
        number=attempt.number,
        compute_environment=attempt.environment.name,
        instance_id=attempt.instance_id,
        started_at=_moment(attempt.started_at_ms),
        stopped_at=_moment(attempt.stopped_at_ms),
        exit_code=attempt.exit_code,
        reason=attempt.reason,
        status_reason=attempt.status_reason,
        task_id="" if job.is_service else task_id(job, attempt.number, seed),
        log_stream_name=(
            log_stream_name(job, attempt.number, seed) if ran and not job.is_service else None
        ),
        containers=_container_views(job, attempt, seed),
    )


def _container_views(job: Job, attempt: Attempt, seed: int) -> dict[str, ContainerView]:
    courses = courses_of(attempt)
    if not courses:
        return {}
    parts = parts_of(job)
    views = {}
    for container, course in zip(parts.containers, courses, strict=True):
        logs = course.started_ms is not None and not parts.is_pod
        views[container.name] = ContainerView(
            name=container.name,
            command=effective_command(job, container.name)[0],
            environment=effective_environment(job, attempt, container.name),
            started=course.started_ms is not None,
            exit_code=course.exit_code,
            reason=course.reason,
            log_stream_name=(
                container_log_stream(job, attempt.number, seed, container) if logs else None
            ),
        )
    return views
