"""What a container is made of that its definition only names: the image, and the values of secrets."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.options import Options
from pytest_batchmock.runners.docker.failures import NotStarted, advised, told_as
from pytest_batchmock.runners.protocol import Task


def image_of(image: str, options: Options) -> str:
    """The image that the test wants in place of the definition's."""
    for pattern, other in options.docker_images.items():
        if fnmatchcase(image, pattern):
            return other
    return image


def pull(api: Any, image: str, platform: str | None) -> None:
    """Have the engine fetch an image.

    Raises:
        NotStarted: It could not.
    """
    from docker.utils import parse_repository_tag

    with told_as("CannotPullContainerError"):
        name, tag = parse_repository_tag(image)
        for event in api.pull(name, tag or "latest", stream=True, decode=True, platform=platform):
            if "error" in event:
                text = advised(event["error"])
                raise NotStarted(f"CannotPullContainerError: Error response from daemon: {text}")


def secrets_of(task: Task, options: Options) -> Iterator[tuple[str, str]]:
    """The values of the secrets of a container."""
    given = options.docker_secrets
    for entry in task.members.get("secrets") or ():
        value_from = entry["valueFrom"]
        if given is None:
            raise MockUsageError(
                f"Job {task.job_name!r} has the secret {entry['name']!r}, and nobody knows its value: "
                f"give docker_secrets={{{value_from!r}: '…'}}, or a function that looks it up."
            )
        try:
            value = given(value_from) if callable(given) else given[value_from]
        except Exception as error:
            raise NotStarted(
                "ResourceInitializationError: unable to pull secrets or registry auth: unable to "
                f"retrieve secret {value_from}: {type(error).__name__}: {error}"
            ) from error
        if not isinstance(value, str):
            raise MockUsageError(
                f"docker_secrets: the function gave a {type(value).__name__} as the value of "
                f"{value_from!r}: it is to return text, or to raise an error if there is no such secret."
            )
        yield entry["name"], value
