"""Attempts that really run: handed to a runner, asked to stop, reported on.

The engine starts and stops nothing itself. It puts what is to be done into the outbox, and learns by
`attempts.report` what came of it. A run that was handed out is at work until its end is reported,
also where the attempt has ended before it: a process that ignores SIGTERM is still there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pytest_batchmock.domain.job import TERMINATED, Attempt, Job
from pytest_batchmock.engine.event_queue import INTERRUPTION
from pytest_batchmock.runners import outcomes
from pytest_batchmock.runners.outcomes import Ending, Outcome, Place

if TYPE_CHECKING:
    from pytest_batchmock.engine.engine import Engine

KILL_NOW: Final = 0


class LiveStart(NamedTuple):
    """Foreign code or a runner's task to start for an attempt.

    Attributes:
        number: Tells runs apart.
        job: The job or node.
        attempt: The attempt: a report that comes when the job is at another is void.
        outcome: What is to run.
        container: Which container of several it does, or None.
    """

    number: int
    job: Job
    attempt: Attempt | None
    outcome: Outcome
    container: str | None


class LiveStop(NamedTuple):
    """A run that is to be stopped.

    Attributes:
        number: Of the run.
        grace_ms: How long it may take to end by itself.
    """

    number: int
    grace_ms: int


class LiveEnd(NamedTuple):
    """An attempt that is over: nothing more of it will be started.

    Attributes:
        job: The job; never a node other than the main one, which share what their job has.
        number: Of the attempt.
    """

    job: Job
    number: int


class RealWork:
    """What may run an attempt for real, as one container or as several.

    Attributes:
        place: Where it runs.
        asked: How the attempt ends when all that runs of it has stopped, if something other than the
            user has asked it to.
        is_reclaimed: Whether that is the loss of its host.
        is_final: Whether the attempt is not retried then.
    """

    __slots__ = ("asked", "is_final", "is_reclaimed", "place")

    def __init__(self, place: Place) -> None:
        self.place = place
        self.asked: Ending | None = None
        self.is_reclaimed = False
        self.is_final = False

    @property
    def runs(self) -> tuple[LiveStart, ...]:
        """What was handed out and has not ended."""
        raise NotImplementedError

    @property
    def reclaimed_after_ms(self) -> int | None:
        """When in RUNNING its host is taken away."""
        raise NotImplementedError

    def stops(self, elapsed_ms: int) -> None:
        """All that runs is about to be stopped: nothing else is planned from now on."""


class LiveWork(RealWork):
    """What runs an attempt of one container for real.

    Attributes:
        outcome: What the test says.
        run: The run once it was handed out.
    """

    __slots__ = ("outcome", "run")

    def __init__(self, outcome: Outcome, place: Place) -> None:
        super().__init__(place)
        self.outcome = outcome
        self.run: LiveStart | None = None

    @property
    def runs(self) -> tuple[LiveStart, ...]:
        """The run, once it was handed out: when it ends, so does the attempt."""
        return () if self.run is None else (self.run,)

    @property
    def reclaimed_after_ms(self) -> int | None:
        """When in RUNNING its host is taken away."""
        return self.outcome.reclaimed_after_ms


def is_to_stop(start: LiveStart) -> bool:
    """Whether a run has been told to stop, or its attempt is over without it."""
    job, attempt = start.job, start.attempt
    if attempt is None or job.attempt is not attempt:
        return True
    work = attempt.work
    return bool(job.flags & TERMINATED) or (isinstance(work, RealWork) and work.asked is not None)


def check(outcome: Outcome, place: Place) -> None:
    """Whether what the test planned can happen at `place`.

    Raises:
        MockUsageError: A reclaim of what is never reclaimed.
    """
    if outcome.reclaimed_after_ms is not None:
        outcomes.reclaimed().ending(place)


def begins(engine: Engine, job: Job, data: Any) -> None:
    """The container of a job in STARTING is started for real."""
    work = job.attempt.work if job.attempt is not None else None
    if isinstance(work, LiveWork) and not job.flags & TERMINATED and work.asked is None:
        work.run = engine.hand_out(job, work.outcome)


def waits(start: LiveStart, what_for: str | None) -> None:
    """A run that was handed out does not begin yet: nothing happens, but people may be told why."""
    if start.attempt is not None:
        start.attempt.waits_for = what_for


def runs(engine: Engine, job: Job, work: RealWork) -> None:
    """What is to run does: its host may be taken away later."""
    after_ms = work.reclaimed_after_ms
    if after_ms is not None:
        engine.after(after_ms, "live_reclaimed", job, priority=INTERRUPTION)


def reclaimed(engine: Engine, job: Job, data: Any) -> None:
    """The host is taken away: its containers get SIGTERM."""
    work = job.attempt.work if job.attempt is not None else None
    if isinstance(work, RealWork) and not job.flags & TERMINATED and work.asked is None:
        work.is_reclaimed = True
        ask(engine, job, work, outcomes.reclaimed().ending(work.place))


def interrupt(engine: Engine, job: Job, work: RealWork, notice_ms: int) -> None:
    """The host will be taken away: its containers get SIGTERM and may go on for the notice."""
    if work.asked is None and not job.flags & TERMINATED:
        work.is_reclaimed = True
        ask(engine, job, work, outcomes.reclaimed().ending(work.place), notice_ms)


def ask(engine: Engine, job: Job, work: RealWork, ending: Ending, grace_ms: int | None = None) -> None:
    """Have what runs stopped, for the reason of `ending`; the first who asks is the reason.

    `grace_ms` is how long it may go on, by default what its outcome says.
    """
    if work.asked is None:
        work.asked = ending
        _stop(engine, job, work, grace_ms)


def terminate(engine: Engine, job: Job) -> bool:
    """The user wants `job` to end: have what runs of it stopped; False if nothing does."""
    work = job.attempt.work if job.attempt is not None else None
    if not isinstance(work, RealWork) or not work.runs:
        return False
    if work.asked is None or work.is_reclaimed:  # its own stop time-out may be over before the notice
        _stop(engine, job, work)
    return True


def kills(engine: Engine, job: Job, number: int) -> None:
    """The stop time-out is over."""
    if number in engine.live:
        engine.outbox.append(LiveStop(number, KILL_NOW))


def ending(work: LiveWork, exit_code: int | None, reason: str | None) -> Ending:
    """How an attempt ends whose run has ended so."""
    if work.asked is None:
        return Ending(outcomes.CONTAINER_EXITED, exit_code, reason)
    if work.is_reclaimed:
        return outcomes.reclaimed(exit_code=exit_code).ending(work.place)
    return work.asked._replace(exit_code=exit_code)


def leave(engine: Engine, job: Job, attempt: Attempt) -> None:
    """An attempt ends: what still runs of it is stopped."""
    for start in engine.live.values():
        if start.attempt is attempt:
            engine.outbox.append(LiveStop(start.number, start.outcome.stop_timeout_ms))
    if not job.is_node and engine.has_handed_out:
        engine.outbox.append(LiveEnd(job, attempt.number))


def _stop(engine: Engine, job: Job, work: RealWork, grace_ms: int | None = None) -> None:
    if job.attempt is None:
        raise AssertionError(f"{job!r} has no live attempt.")
    work.stops(engine.now_ms - job.attempt.starting_at_ms)
    for run in work.runs:
        after_ms = run.outcome.stop_timeout_ms if grace_ms is None else grace_ms
        engine.outbox.append(LiveStop(run.number, after_ms))
        engine.after(after_ms, "live_kills", job, run.number)
