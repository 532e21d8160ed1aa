"""Why a container is not started, in the words of ECS."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Final

OUT_OF_MEMORY: Final = "OutOfMemoryError: Container killed due to memory usage"
LONGEST_REASON: Final = 255
_FULL: Final = "no space left on device"


class NotStarted(Exception):
    """The container could not be started; the text is the reason that ECS would give."""


@contextlib.contextmanager
def told_as(name: str) -> Iterator[None]:
    """Tell an answer of the engine as ECS does, under the name of an error of its agent."""
    import docker.errors

    try:
        yield
    except docker.errors.APIError as error:
        text = advised(str(error.explanation or error))
        raise NotStarted(f"{name}: Error response from daemon: {text}") from error


def advised(text: str) -> str:
    """The words of the engine, and what to do."""
    if _FULL in text:
        return f"{_FULL}: make room at the engine, for instance with 'docker system prune'. {text}"
    return text
