"""Jobs that a Python callable does: it gets the job, and its result becomes the exit code."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from pytest_batchmock.domain.containers import node_index
from pytest_batchmock.domain.job import TERMINATED, Attempt, Job
from pytest_batchmock.errors import JobInterrupted, MockUsageError
from pytest_batchmock.runners.environment import effective_command, effective_environment

STOPPED_BY_SIGTERM: Final = 143


@dataclass(slots=True)
class RunningJob:
    """What a callable gets to know of its job.

    Attributes:
        id: The job id.
        name: The job name.
        command: The effective command, with ``Ref::`` parameters replaced.
        environment: The effective environment, with the AWS_BATCH_* variables.
        attempt: 1 for the first.
        parameters: The merged parameters.
        container: The name of the container it does, of a job of several; else None.
        index: The index of a child of an array, or of a node; else None.
        write: Takes what `log` writes.
        interrupted: Tells why the job has ended, or is to end, or None.
    """

    id: str
    name: str
    command: list[str]
    environment: dict[str, str]
    attempt: int
    parameters: dict[str, str]
    container: str | None
    index: int | None
    write: Callable[[str], None]
    interrupted: Callable[[], str | None]

    def checkpoint(self) -> None:
        """Go on only if the job does.

        Raises:
            JobInterrupted: It has been terminated, timed out or reclaimed meanwhile.
        """
        reason = self.interrupted()
        if reason is not None:
            raise JobInterrupted(reason)

    def log(self, text: str) -> None:
        """Write text to the job's log, now; what the callable prints is not captured."""
        if not isinstance(text, str):
            raise MockUsageError(f"log({text!r}): give text.")
        self.write(text)


def run_callable(
    job: Job,
    call: Callable[[Any], Any],
    write: Callable[[str], None],
    container: str | None = None,
) -> tuple[int, str | None]:
    """Run `call` for `job`, or for one container of several: its exit code and the reason.

    None or 0 is success, another number that exit code; an exception is exit code 1 and its text
    the container's reason. `SystemExit` counts as a program's own exit. `write` takes what it logs.

    Raises:
        MockUsageError: The callable returned something else.
    """
    attempt = job.attempt
    if attempt is None:
        raise AssertionError(f"{job!r} has no live attempt.")
    command, parameters = effective_command(job, container)
    running = RunningJob(
        job.id,
        job.name,
        command,
        effective_environment(job, attempt, container),
        attempt.number,
        parameters,
        container,
        node_index(job) if job.spec.num_nodes else job.index,
        write,
        lambda: _interruption(job, attempt),
    )
    try:
        result = call(running)
    except SystemExit as error:
        result = error.code if isinstance(error.code, int) or error.code is None else 1
    except MockUsageError:
        raise
    except JobInterrupted as error:
        return STOPPED_BY_SIGTERM, error.reason[:255]
    except Exception as error:
        last = traceback.format_exception_only(error)[-1].strip()
        return 1, last[:255]
    if result is None:
        return 0, None
    if isinstance(result, bool) or not isinstance(result, int) or not 0 <= result <= 255:
        raise MockUsageError(
            f"The callable of job {job.name!r} returned {result!r}: return None, "
            "or an exit code from 0 to 255."
        )
    return result, None


def _interruption(job: Job, attempt: Attempt) -> str | None:
    """Why an attempt has ended or is to end; None if it goes on."""
    if job.attempt is not attempt:
        return attempt.status_reason or ""
    return (job.asked_reason or "") if job.flags & TERMINATED else None
