"""The verbs about virtual time."""

from __future__ import annotations

from typing import Final

from pytest_batchmock.domain.status import SERVICE_JOB_STATUSES, TERMINAL
from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.server.asked import Asked, Members, Route, Routes, moment, needed, now_of


def _clock(asked: Asked) -> Members:
    return {**now_of(asked.mock), "clock": asked.mock.options.clock, "rate": asked.rate}


def _advance(asked: Asked) -> Members:
    wanted = "seconds as a number, or a text such as '4m'"
    asked.mock.advance(needed(asked, "duration", (int, float, str), wanted))
    return _clock(asked)


def _run_until_idle(asked: Asked) -> Members:
    asked.mock.run_until_idle()
    return _clock(asked)


def _run_until(asked: Asked) -> Members:
    """To a time, or until a job has a status."""
    mock, given = asked.mock, asked.body
    if ("time" in given) == ("job" in given):
        raise MockUsageError('run-until: give a "time", or a "job" with a "status".')
    if "time" in given:
        mock.run_until(moment("time", given["time"]))
        return now_of(mock)
    status = given.get("status")
    if status is not None and status not in SERVICE_JOB_STATUSES:
        raise MockUsageError(f"status={status!r}: choose one of {', '.join(SERVICE_JOB_STATUSES)}.")
    job = mock.jobs.get(str(given["job"]))
    wanted = TERMINAL if status is None else frozenset({status})
    mock.run_until(lambda: job.status in wanted or job.is_terminal)
    if job.status not in wanted:
        raise MockUsageError(f"{job.explain()}: it has ended, and has not been {status}.")
    return now_of(mock) | {"status": job.status}


def _step(asked: Asked) -> Members:
    return {"stepped": asked.mock.step()} | now_of(asked.mock)


def _set_rate(asked: Asked) -> Members:
    rate = asked.body.get("rate")
    if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 <= rate <= 1_000_000:
        raise MockUsageError(f"rate={rate!r}: give virtual seconds in one real second; 0 pauses.")
    world = asked.world
    if world.clock.name != "real" and not world.is_replaying:  # then it may have been another
        raise MockUsageError(f"The clock is {world.clock.name}: only the real clock has a rate.")
    world.set_rate(float(rate))
    return {"now_ms": world.now_ms, "name": world.clock.name, "rate": asked.rate}


ROUTES: Final[Routes] = {
    ("GET", "clock"): Route(_clock, (), "virtual time, and who moves it"),
    ("POST", "clock/advance"): Route(_advance, ("duration",), "let virtual time pass"),
    ("POST", "clock/run-until-idle"): Route(
        _run_until_idle, (), "let time pass until nothing changes by itself"
    ),
    ("POST", "clock/run-until"): Route(
        _run_until,
        ("time", "job", "status"),
        "let time pass until a moment, or until a job has a status (without one: has ended)",
    ),
    ("POST", "clock/step"): Route(_step, (), "go to the next instant at which something happens"),
    ("POST", "clock/rate"): Route(_set_rate, ("rate",), "let the real clock go faster, or pause it (0)"),
}
