"""What a test gave and cannot have meant: checks of arguments that many public functions share."""

from __future__ import annotations

from collections.abc import Callable

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
