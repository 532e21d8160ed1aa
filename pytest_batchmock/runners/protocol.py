"""What a runner is: whatever does the work of a container for real.

The engine knows this protocol only. A runner may use threads as it likes: what it has to tell goes
through the two functions that `Runner.start` gets, from any thread, and the world takes it in when
it next holds its lock. Nothing here is called with that lock held.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

from pytest_batchmock.options import Options


class Home(NamedTuple):
    """What outlives the process, so that a later one finds its tasks again.

    Attributes:
        path: The state file: once it is gone, nobody will come for the tasks.
        name: Tells the worlds of all state files apart.
    """

    path: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One container that is to run.

    Attributes:
        job_id: The job.
        job_name: Its name.
        attempt: 1 for the first.
        container: The name of the container, of a job of several; else None.
        image: As defined, or as the submit has it.
        command: The effective command, with ``Ref::`` parameters replaced.
        environment: The effective environment, with the AWS_BATCH_* variables.
        vcpus: What it asks for.
        memory_mib: What it asks for; 0 if that is not said.
        gpus: What it asks for.
        group: What shares a network and volumes: an attempt, with all its containers and nodes.
        is_alone: Whether its group has no other container.
        is_pod: Whether it is of a Kubernetes pod.
        node: Its index of a multi-node job, else None.
        is_main: Whether it stands for the group: it is started first.
        on_fargate: Whether it runs on Fargate.
        compute_environment: The name of the environment it was placed in.
        stop_timeout_ms: The time between SIGTERM and SIGKILL that its outcome says.
        members: Its members in the definition.
        task_members: Those of its task; the same for a single container.
        account: The account.
        arn: Of its task at ECS.
        definition: ``name:revision``.
        home: What outlives this process; None: nothing, and the task must not either.
        options: Those of the mock.
    """

    job_id: str
    job_name: str
    attempt: int
    container: str | None
    image: str
    command: tuple[str, ...]
    environment: dict[str, str]
    vcpus: float
    memory_mib: int
    gpus: int = 0
    group: str = ""
    is_alone: bool = True
    is_pod: bool = False
    node: int | None = None
    is_main: bool = True
    on_fargate: bool = False
    compute_environment: str = ""
    stop_timeout_ms: int = 30_000
    members: Mapping[str, Any] = field(default_factory=dict)
    task_members: Mapping[str, Any] = field(default_factory=dict)
    account: str = ""
    arn: str = ""
    definition: str = ""
    home: Home | None = None
    options: Options = field(default_factory=Options)


class RunnerReport(NamedTuple):
    """What a runner tells of a task: that it runs, and how it ended.

    Attributes:
        phase: ``"running"``, then ``"ended"``; or ``"failed_to_start"`` alone. Before these, any number
            of times, ``"waiting"``: for what, the reason says, for people. In place of ``"ended"``
            there may be ``"host_lost"``: the machine is gone that the task was on.
        exit_code: As ECS has it: 128 + n where signal n ended it. None where it never ran, or where
            nobody can tell.
        reason: The container's reason.
    """

    phase: Literal["waiting", "running", "ended", "host_lost", "failed_to_start"]
    exit_code: int | None = None
    reason: str | None = None


RUNNING = RunnerReport("running")

Report = Callable[[RunnerReport], None]
Write = Callable[[str], None]


class LiveRun(Protocol):
    """A task that was started."""

    def stop(self, grace_ms: int) -> None:
        """Ask it to end, and have it killed after `grace_ms` of wall time; with 0, kill it at once.

        Returns without waiting. May be called again, to kill it sooner, and when it has ended.
        """

    def wait(self, seconds: float) -> bool:
        """Wait until it has ended and nothing of it is left; False if it takes longer than that."""


class Runner(Protocol):
    """Starts tasks."""

    def start(self, task: Task, report: Report, write: Write) -> LiveRun | None:
        """Start `task` without waiting for its end.

        A failure of the task is a report, never an exception; then there is no run to return.

        Args:
            task: What is to run.
            report: Takes the phases, in their order, from any thread.
            write: Takes lines of the task's log, from any thread, all before the end is reported.

        Raises:
            MockUsageError: The test asks for what this runner cannot do.
        """


@runtime_checkable
class Shares(Protocol):
    """A runner whose tasks of one group have something in common."""

    def leave(self, group: str) -> None:
        """No further task of `group` will come: what its tasks share can go when they have ended."""


@runtime_checkable
class Reattaches(Protocol):
    """A runner that finds tasks again which a server began that is no more."""

    def reattach(
        self, task: Task, report: Report, write: Write, written: Sequence[str]
    ) -> LiveRun | None:
        """Go on with `task`, which may have ended meanwhile; None if nothing of it is left.

        That it runs is reported again, and its lines are written except for those `written` already.
        """
