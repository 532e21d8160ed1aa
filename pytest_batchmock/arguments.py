"""What a test gave and cannot have meant: checks of arguments that many public functions share."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from difflib import get_close_matches
from typing import Any, TypeVar

from pytest_batchmock.errors import MockUsageError


def check_text(said: str, value: object, wanted: str) -> None:
    """Refuse what is no text, or an empty one.

    Args:
        said: How the argument is named in the message, such as ``zone``.
        value: What was given.
        wanted: What to give instead, such as "the name of a zone, such as 'us-east-1a'".

    Raises:
        MockUsageError: It is none.
    """
    if not isinstance(value, str) or not value:
        raise MockUsageError(f"{said}={value!r}: give {wanted}.")


def check_whole(said: str, value: object, least: int) -> None:
    """Refuse what is no whole number from `least`.

    Raises:
        MockUsageError: It is none.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise MockUsageError(f"{said}={value!r}: give a whole number, {least} or more.")


def check_index(said: str, value: object) -> None:
    """Refuse what is no place in a list, such as an id.

    Raises:
        MockUsageError: It is none.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise MockUsageError(f"{said}[{value!r}]: give a whole number; by id, use {said}.get(…).")


def check_job_id(said: str, value: object) -> None:
    """Refuse what is no text.

    Raises:
        MockUsageError: It is none.
    """
    if not isinstance(value, str):
        raise MockUsageError(f"{said}({value!r}): give a job id.")


def job_id_of(said: str, job: object, is_one: Callable[[str], bool] = bool) -> str:
    """The id of a job that is given by it or as a mock told it.

    Raises:
        MockUsageError: It is neither.
    """
    job_id = getattr(job, "id", job)
    if not isinstance(job_id, str) or not is_one(job_id):
        raise MockUsageError(f"{said}({job!r}): give a job of batchmock.jobs, or a job id.")
    return job_id


Class = TypeVar("Class", bound=type)


def names_its_keywords(kind: Class) -> Class:
    """Have the public methods of a class say what they take if they are given another keyword."""
    for name, member in list(vars(kind).items()):
        if name.startswith("_") or not inspect.isfunction(member):
            continue
        parameters = inspect.signature(member).parameters.values()
        known = [it.name for it in parameters if it.kind is it.KEYWORD_ONLY]
        if known:
            setattr(kind, name, _named(member, known))
    return kind


def _named(method: Callable[..., Any], known: list[str]) -> Callable[..., Any]:
    names = list(inspect.signature(method).parameters)[1:]
    allowed = {*names, "self"}

    @functools.wraps(method)
    def checked(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True  # pytest shows the line of the test
        if not kwargs.keys() <= allowed:
            wrong = next(name for name in kwargs if name not in allowed)
            near = get_close_matches(wrong, names, n=1)
            meant = f"Did you mean {near[0]}=? " if near else ""
            listed = ", ".join(f"{name}=" for name in known)
            raise MockUsageError(f"{method.__name__}: there is no {wrong}=. {meant}It takes {listed}.")
        return method(*args, **kwargs)

    return checked
