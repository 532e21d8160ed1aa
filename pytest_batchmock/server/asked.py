"""A request of the control API, taken apart, and what its verbs share.

The verbs are in `server.control`, those that the web console alone needs in `server.console`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any, Final, NamedTuple

from pytest_batchmock.control.verbs import Kinds
from pytest_batchmock.domain.job import Job
from pytest_batchmock.engine.engine import Engine
from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.mock import BatchMock
from pytest_batchmock.server.accounts import Accounts
from pytest_batchmock.world import World

MOST_LISTED: Final = 1000
"""Entries that a list has at most, and by default."""

Members = dict[str, Any]


class NoSuchThing(MockUsageError):
    """The request names something that is not there."""


class Asked(NamedTuple):
    """A request of the control API, taken apart.

    Attributes:
        accounts: All accounts.
        account: The one that is named.
        query: What the query says, without the account.
        body: What the body says.
        rest: What stands for the star of the route.
    """

    accounts: Accounts
    account: str | None
    query: dict[str, str]
    body: Members
    rest: str

    @property
    def mock(self) -> BatchMock:
        """The mock of the account."""
        return self.accounts.mock(self.account)

    @property
    def world(self) -> World:
        """What answers the calls of the account."""
        return self.accounts.world(self.account)

    @property
    def rate(self) -> float:
        """Virtual seconds in one real second of the real clock, 0 while it is paused."""
        return self.world.rate

    def find_job(self, engine: Engine) -> Job:
        """The job, service job, child or node that the path names.

        Raises:
            NoSuchThing: There is none.
        """
        for region in engine.regions.values():
            job = region.find_job(self.rest) or region.service_jobs.get(self.rest)
            if job is not None:
                return job
        raise NoSuchThing(f"No job has the id {self.rest!r}.")


class Route(NamedTuple):
    """One verb: its answer, and what a reader of the index gets to know.

    Attributes:
        handle: Makes the answer.
        takes: The members of the body, or of a GET's query.
        text: A line for the index.
    """

    handle: Callable[[Asked], Members]
    takes: tuple[str, ...]
    text: str


Routes = dict[tuple[str, str], Route]
"""By method and path; a star stands for the rest of a path."""


def now_of(mock: BatchMock) -> Members:
    """Virtual time, as answers tell it."""
    return {"now": as_text(mock.now)}


def as_text(at: datetime | None) -> str | None:
    """A moment, as answers tell it."""
    return None if at is None else at.isoformat(timespec="milliseconds")


def moment(name: str, value: object) -> datetime:
    """A moment that a request tells.

    Raises:
        MockUsageError: It is none.
    """
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        at = None
    if at is None:
        raise MockUsageError(f"{name}={value!r}: give an ISO 8601 date and time.")
    return at if at.tzinfo else at.replace(tzinfo=timezone.utc)


def number(query: Mapping[str, str], name: str, default: int) -> int:
    """A whole number of a query.

    Raises:
        MockUsageError: It is none.
    """
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise MockUsageError(f"{name}={text!r} is no number: give 0 or more.")
    return int(text)


def newest(asked: Asked, found: list[Any]) -> list[Any]:
    """The last entries of a list, as many as the query's `limit` says."""
    limit = number(asked.query, "limit", MOST_LISTED)
    return found[len(found) - min(limit, len(found)) :]


def checked(given: Mapping[str, Any], kinds: Kinds) -> Members:
    """What was given of the members in `kinds`, without those that are null.

    Raises:
        MockUsageError: One has a type that it cannot have.
    """
    found: Members = {}
    for name, (types, wanted) in kinds.items():
        value = given.get(name)
        if value is None:
            continue
        if not isinstance(value, types) or (isinstance(value, bool) and types is not bool):
            raise MockUsageError(f"{name}={value!r}: give {wanted}.")
        found[name] = value
    return found


def needed(asked: Asked, name: str, types: type | tuple[type, ...], wanted: str) -> Any:
    """A member of the body that has to be there.

    Raises:
        MockUsageError: It is not, or has a type that it cannot have.
    """
    found = checked(asked.body, {name: (types, wanted)})
    if name not in found:
        raise MockUsageError(f"{name}={asked.body.get(name)!r}: give {wanted}.")
    return found[name]
