"""Planned outcomes: what happens to an attempt, decided before it starts.

An outcome is data. The engine asks for the `Ending` when the attempt ends, because some texts
depend on where it was placed (an EC2 instance, Fargate).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

from pytest_batchmock.durations import Duration, to_ms
from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.options import Options
from pytest_batchmock.runners.log_lines import Log, PlannedLine, planned_lines
from pytest_batchmock.runners.protocol import Runner

# Recorded texts of the real service.
CONTAINER_EXITED: Final = "Essential container in task exited"
POD_ENDED: Final = ""
"""A job on EKS whose containers have exited shows no status reason (public transcript)."""

TASK_FAILED_TO_START: Final = "Task failed to start"
OUT_OF_MEMORY: Final = "OutOfMemoryError: Container killed due to memory usage"
FARGATE_SPOT_INTERRUPTED: Final = "Your Spot Task was interrupted."
INSPECT_FAILED: Final = (
    "CannotInspectContainerError: Could not transition to inspecting; timed out after waiting 30s"
)


def host_terminated(instance_id: str) -> str:
    """The reason of an attempt whose EC2 instance was lost or reclaimed (recorded)."""
    return f"Host EC2 (instance {instance_id}) terminated."


class Ending(NamedTuple):
    """How an attempt ended, as the API tells it."""

    status_reason: str
    exit_code: int | None = None
    reason: str | None = None


class Place(NamedTuple):
    """What an outcome may know of the attempt it ends."""

    job_name: str
    image: str
    is_spot: bool
    is_fargate: bool
    instance_id: str | None


class Outcome(NamedTuple):
    """One planned outcome of one attempt. Make it with `succeeds`, `fails`, `reclaimed`, ….

    Attributes:
        kind: The name of the function that makes it.
        after_ms: Milliseconds after RUNNING (after STARTING with `while_starting`); None: the
            default duration; a hanging job has no end.
        while_starting: Whether it happens before the container runs.
        exit_code: What the container exits with, None where it never ran or its host vanished.
        reason: The container's reason.
        call: The callable that does the job, for `runs`.
        log: What the container writes.
        runner: What does the job for real, for `runs_process`, `runs_docker`, `runs_swarm`.
        stop_timeout_ms: Of what a runner does: the time between SIGTERM and SIGKILL.
        reclaimed_after_ms: Of what a runner does: when in RUNNING its host is reclaimed.
    """

    kind: str
    after_ms: int | None = None
    while_starting: bool = False
    exit_code: int | None = None
    reason: str | None = None
    call: Callable[[Any], Any] | None = None
    log: tuple[PlannedLine, ...] = ()
    runner: Runner | None = None
    stop_timeout_ms: int = 30_000
    reclaimed_after_ms: int | None = None

    @property
    def is_live(self) -> bool:
        """Whether it is really done: how it ends is not known before it does."""
        return self.call is not None or self.runner is not None

    @property
    def hangs(self) -> bool:
        """Whether it never ends by itself."""
        return self.kind == "hangs"

    def ending(self, place: Place) -> Ending:
        """Tell how the attempt ended at `place`.

        Raises:
            MockUsageError: It cannot happen there, e.g. a reclaim of an On-Demand host.
        """
        return _ENDINGS[self.kind](self, place)


def _exited(outcome: Outcome, place: Place) -> Ending:
    return Ending(CONTAINER_EXITED, outcome.exit_code, outcome.reason)


def _failed_to_start(outcome: Outcome, place: Place) -> Ending:
    reason = outcome.reason or (
        f"CannotPullContainerError: Error response from daemon: manifest for {place.image} not found"
    )
    return Ending(TASK_FAILED_TO_START, None, reason)


def _reclaimed(outcome: Outcome, place: Place) -> Ending:
    if not place.is_spot:
        raise MockUsageError(
            f"Job {place.job_name!r} was to be reclaimed, but it runs on On-Demand capacity, which "
            "is never reclaimed. Use host_lost() for a lost host, or place the job on Spot "
            "(batchmock.defaults(spot=True))."
        )
    if place.is_fargate:
        if outcome.exit_code == 0:
            # Observed: a container that catches SIGTERM and exits with 0 is recorded as succeeded.
            return Ending(CONTAINER_EXITED, 0)
        return Ending(
            FARGATE_SPOT_INTERRUPTED, outcome.exit_code if outcome.exit_code is not None else 137
        )
    return _host_gone(outcome, place)


def _host_lost(outcome: Outcome, place: Place) -> Ending:
    if place.instance_id is None:
        raise MockUsageError(
            f"Job {place.job_name!r} was to lose its host, but Fargate shows no host. "
            "Use service_error(), or reclaimed() on FARGATE_SPOT."
        )
    return _host_gone(outcome, place)


def _host_gone(outcome: Outcome, place: Place) -> Ending:
    return Ending(host_terminated(place.instance_id or ""), outcome.exit_code, outcome.reason)


def _never(outcome: Outcome, place: Place) -> Ending:
    raise MockUsageError(f"A {outcome.kind} outcome has no planned end.")


_ENDINGS: Final[dict[str, Callable[[Outcome, Place], Ending]]] = {
    "succeeds": _exited,
    "fails": _exited,
    "out_of_memory": _exited,
    "service_error": _exited,
    "cannot_pull": _failed_to_start,
    "reclaimed": _reclaimed,
    "host_lost": _host_lost,
    "hangs": _never,
    "runs": _never,
    "runs_process": _never,
    "runs_docker": _never,
    "runs_swarm": _never,
}


def _after(after: Duration | None) -> int | None:
    return None if after is None else to_ms(after)


def _is_exit_code(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 255


def _reason(reason: str | None) -> str | None:
    if reason is not None and not isinstance(reason, str):
        raise MockUsageError(f"reason={reason!r}: give the text of the container's reason.")
    if reason is not None and len(reason) > 255:
        raise MockUsageError("A container's reason has at most 255 characters (API limit).")
    return reason


def _written_while_running(log: Log | None, *, while_starting: bool) -> tuple[PlannedLine, ...]:
    if not isinstance(while_starting, bool):
        raise MockUsageError(f"while_starting={while_starting!r}: give True or False.")
    if while_starting and log is not None:
        raise MockUsageError("while_starting: a container that never runs writes no log.")
    return planned_lines(log)


def succeeds(*, after: Duration | None = None, log: Log | None = None) -> Outcome:
    """The container exits with 0, `after` that time in RUNNING (default: ``default_duration``).

    Args:
        after: How long the container runs.
        log: What it writes: text, or lines, each as ``"text"`` or ``("30s", "text")``.
    """
    return Outcome("succeeds", _after(after), exit_code=0, log=planned_lines(log))


def fails(
    *,
    exit_code: int = 1,
    reason: str | None = None,
    after: Duration | None = None,
    log: Log | None = None,
) -> Outcome:
    """The container exits with `exit_code` and, if given, a container `reason`.

    Raises:
        MockUsageError: The exit code is not 1..255, or the reason has more than 255 characters
            (the API's limit).
    """
    if not _is_exit_code(exit_code) or exit_code == 0:
        raise MockUsageError(f"exit_code={exit_code!r}: a failing container exits with 1..255.")
    why = _reason(reason)
    return Outcome("fails", _after(after), exit_code=exit_code, reason=why, log=planned_lines(log))


def out_of_memory(*, after: Duration | None = None, log: Log | None = None) -> Outcome:
    """The container is killed for its memory use: exit code 137 and the reason ECS gives."""
    lines = planned_lines(log)
    return Outcome("out_of_memory", _after(after), exit_code=137, reason=OUT_OF_MEMORY, log=lines)


def reclaimed(
    *,
    after: Duration | None = None,
    while_starting: bool = False,
    exit_code: int | None = None,
    log: Log | None = None,
) -> Outcome:
    """Spot capacity is reclaimed: ``Host EC2 (instance i-…) terminated.``, or Fargate Spot's text.

    Args:
        after: Time in RUNNING, or in STARTING with `while_starting`.
        while_starting: Whether it happens before the container runs.
        exit_code: Usually absent on EC2; 137 on Fargate Spot, where a container that exits with 0
            on the notice has succeeded.
        log: What the container had written by then.
    """
    lines = _written_while_running(log, while_starting=while_starting)
    if exit_code is not None and not _is_exit_code(exit_code):
        raise MockUsageError(f"exit_code={exit_code!r}: a container exits with 0..255, or with None.")
    return Outcome("reclaimed", _after(after), while_starting, exit_code, log=lines)


def host_lost(
    *, after: Duration | None = None, while_starting: bool = False, log: Log | None = None
) -> Outcome:
    """The EC2 instance fails; unlike `reclaimed` this happens to On-Demand instances too."""
    lines = _written_while_running(log, while_starting=while_starting)
    return Outcome("host_lost", _after(after), while_starting, log=lines)


def service_error(
    *, reason: str = INSPECT_FAILED, after: Duration | None = None, log: Log | None = None
) -> Outcome:
    """AWS itself fails: no exit code, and a container `reason` of the ECS agent."""
    return Outcome("service_error", _after(after), reason=_reason(reason), log=planned_lines(log))


def cannot_pull(*, reason: str | None = None, after: Duration | None = None) -> Outcome:
    """The image cannot be pulled: ``Task failed to start``, no exit code, no log stream."""
    return Outcome("cannot_pull", _after(after), while_starting=True, reason=_reason(reason))


def hangs(*, log: Log | None = None) -> Outcome:
    """The container never ends by itself; a time-out or a terminate does."""
    return Outcome("hangs", log=planned_lines(log))


def runs(call: Callable[[Any], Any], *, after: Duration | None = None) -> Outcome:
    """A Python callable does the job: it gets the job, and its result becomes the exit code.

    Args:
        call: Called when the container runs.
        after: How long the container runs; without it, no longer than the virtual time that the
            callable lets pass.
    """
    if not callable(call):
        raise MockUsageError(f"runs({call!r}): give a callable that takes the job.")
    return Outcome("runs", _after(after), call=call)


def runs_process(
    *,
    stop_timeout: Duration = 30,
    pass_environment: Sequence[str] = (),
    limit_memory: bool = False,
    limit_cpus: bool = False,
    reclaimed_after: Duration | None = None,
) -> Outcome:
    """The container's command runs as a process of this machine; its exit code is the job's.

    Args:
        stop_timeout: The time between SIGTERM and SIGKILL.
        pass_environment: The names of variables of this process that the job gets to see. Of the
            others it sees ``PATH`` alone.
        limit_memory: Whether the address space of each process is limited to the job's memory.
        limit_cpus: Whether the process is kept to as many CPUs as the job has vCPUs (Linux).
        reclaimed_after: When, in RUNNING, its Spot capacity is reclaimed.

    Raises:
        MockUsageError: `pass_environment` is no sequence of names.
    """
    if isinstance(pass_environment, str) or not all(isinstance(it, str) for it in pass_environment):
        raise MockUsageError(f"pass_environment={pass_environment!r}: give a list of names.")
    from pytest_batchmock.runners.process import ProcessRunner

    return Outcome(
        "runs_process",
        runner=ProcessRunner(tuple(pass_environment), limit_memory, limit_cpus),
        stop_timeout_ms=to_ms(stop_timeout),
        reclaimed_after_ms=_after(reclaimed_after),
    )


def runs_docker(
    *,
    stop_timeout: Duration = 30,
    reclaimed_after: Duration | None = None,
    allow: Sequence[str] | None = None,
    pull: Literal["missing", "always", "never"] | None = None,
    secrets: Mapping[str, str] | Callable[[str], str] | None = None,
) -> Outcome:
    """The job's container runs at a Docker engine; its exit code is the job's.

    Args:
        stop_timeout: The time between SIGTERM and SIGKILL, unless the container defines it.
        reclaimed_after: When, in RUNNING, its Spot capacity is reclaimed.
        allow: What the container may have that reaches this machine; see the option `docker_allow`,
            which holds where this is None. Likewise the others:
        pull: When its image is pulled; `docker_pull`.
        secrets: The values of its secrets; `docker_secrets`.

    Raises:
        MockUsageError: One of them is nothing that the option could be.
    """
    from pytest_batchmock.runners.docker.runner import DockerRunner

    given = {"docker_allow": allow, "docker_pull": pull, "docker_secrets": secrets}
    changes = {name: value for name, value in given.items() if value is not None}
    Options.of(**changes)
    return Outcome(
        "runs_docker",
        runner=DockerRunner(tuple(changes.items())),
        stop_timeout_ms=to_ms(stop_timeout),
        reclaimed_after_ms=_after(reclaimed_after),
    )


def runs_swarm(
    *,
    stop_timeout: Duration = 30,
    reclaimed_after: Duration | None = None,
    allow: Sequence[str] | None = None,
    pull: Literal["missing", "always", "never"] | None = None,
    secrets: Mapping[str, str] | Callable[[str], str] | None = None,
    nodes: Mapping[str, str] | None = None,
) -> Outcome:
    """The job's container is a job of a Docker Swarm; its exit code is the job's.

    Args:
        stop_timeout: The time between SIGTERM and SIGKILL: the stop grace period of the service.
        reclaimed_after: When, in RUNNING, its Spot capacity is reclaimed.
        allow: What the container may have that reaches its node; see the option `docker_allow`, which
            holds where this is None. Likewise the others:
        pull: When its image is pulled; `docker_pull`.
        secrets: The values of its secrets; `docker_secrets`.
        nodes: The labels of the nodes that may take it, in whichever compute environment it is;
            `swarm_nodes`.

    Raises:
        MockUsageError: One of them is nothing that the option could be.
    """
    from pytest_batchmock.runners.swarm.runner import SwarmRunner

    given = {
        "docker_allow": allow,
        "docker_pull": pull,
        "docker_secrets": secrets,
        "swarm_nodes": None if nodes is None else {"*": nodes},
    }
    changes = {name: value for name, value in given.items() if value is not None}
    Options.of(**changes)
    return Outcome(
        "runs_swarm",
        runner=SwarmRunner(tuple(changes.items())),
        stop_timeout_ms=to_ms(stop_timeout),
        reclaimed_after_ms=_after(reclaimed_after),
    )
