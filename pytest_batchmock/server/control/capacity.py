"""The verbs about capacity: the Spot market."""

from __future__ import annotations

from typing import Final

from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.server.asked import Asked, Kinds, Members, Route, Routes, checked, now_of

_RECLAIM: Final[Kinds] = {
    "job": (str, "the id of a job"),
    "instance": (str, "the id of an instance"),
    "fraction": ((int, float), "a number above 0 and at most 1"),
    "notice": ((int, float, str), "a duration, such as 120 or '2m'"),
}


def _spot(asked: Asked) -> Members:
    return {"hosts": asked.mock.spot.hosts}


def _reclaim(asked: Asked) -> Members:
    """Reclaim the host of a job, an instance, or a share of all hosts on Spot."""
    hosts = asked.mock.spot.reclaim(**checked(asked.body, _RECLAIM))
    return {"hosts": hosts} | now_of(asked.mock)


def _interruption_rate(asked: Asked) -> Members:
    if "per_hour" not in asked.body:
        raise MockUsageError("per_hour: give a number of interruptions in an hour; null for none.")
    asked.mock.spot.interruption_rate(asked.body["per_hour"])
    return {"per_hour": asked.body["per_hour"]}


ROUTES: Final[Routes] = {
    ("GET", "spot"): Route(_spot, (), "the hosts on Spot, each with the ids of the jobs on it"),
    ("POST", "spot/reclaim"): Route(
        _reclaim,
        tuple(_RECLAIM),
        "reclaim Spot capacity: the host of a job, an instance, or a share of all",
    ),
    ("POST", "spot/interruption-rate"): Route(
        _interruption_rate,
        ("per_hour",),
        "have Spot hosts that are placed from now on interrupted by themselves",
    ),
}
