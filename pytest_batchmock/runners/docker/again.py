"""Containers that an earlier process has started: a server with a state file that was killed.

They carry the job, the attempt and the container as labels, and the name of what outlives the process.
What shares a network or volumes with them is found by the label of their group.
"""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from pytest_batchmock.runners.docker import engine as docker_engine
from pytest_batchmock.runners.docker.attempts import task_labels
from pytest_batchmock.runners.docker.engine import EngineGone
from pytest_batchmock.runners.docker.groups import GROUPS
from pytest_batchmock.runners.docker.lines import cut, text_of
from pytest_batchmock.runners.protocol import Task, Write

_HAS_BEGUN: Final = frozenset({"running", "paused", "exited"})


class Before(NamedTuple):
    """What is known of a container that was started before.

    Attributes:
        container: As the engine lists it.
        written: The lines of its log that are there already.
    """

    container: Any
    written: Sequence[str]


def found_again(task: Task) -> Any | None:
    """The container of a task, as the engine lists it; None if there is none that has begun.

    Raises:
        EngineGone: No engine answers.
    """
    if task.home is None:
        return None
    engine = docker_engine.engine()
    wanted = {docker_engine.HOME_LABEL: task.home.name, **task_labels(task)}
    labels = [f"{name}={value}" for name, value in wanted.items()]
    with engine.asked() as api:
        found = api.containers(all=True, filters={"label": labels})
    return next((it for it in found if it["State"] in _HAS_BEGUN), None)


def read_again(api: Any, container_id: str, write: Write, written: Sequence[str]) -> None:
    """Write the lines of both streams as they come, without those that are `written` already.

    If one of the streams breaks off, that is raised when both have ended.
    """
    known = Counter(written)
    lock = threading.Lock()

    def follow(**streams: bool) -> None:
        for line in _lines(_logs(api, container_id, **streams)):
            with lock:
                if known[line] > 0:
                    known[line] -= 1
                    continue
            write(line)

    broke_off: list[Exception] = []

    def follow_problems() -> None:
        try:
            follow(stdout=False, stderr=True)
        except Exception as error:  # raised below, where somebody hears of it
            broke_off.append(error)

    other = threading.Thread(target=follow_problems, daemon=True)
    other.start()
    follow(stdout=True, stderr=False)
    other.join()
    if broke_off:
        raise broke_off[0]


def _logs(api: Any, container_id: str, **streams: bool) -> Iterator[bytes]:
    """What the engine keeps of a stream of a container, and what comes, until it ends."""
    import docker.errors

    # A log driver of the job's own may keep nothing that can be read.
    with contextlib.suppress(docker.errors.APIError):
        yield from api.logs(container_id, stream=True, follow=True, **streams)


def _lines(parts: Iterable[bytes]) -> Iterator[str]:
    rest = b""
    for part in parts:
        whole, rest = cut(rest + part)
        yield from map(text_of, whole)
    if rest:
        yield text_of(rest)


_reaped: set[str] = set()
_lock = threading.Lock()


def reap_home(name: str) -> None:
    """Remove, once, what earlier processes with a state file left that nobody goes on with.

    It is called before the first task of that home is started: all that are found again are by then.
    """
    with _lock:
        if name in _reaped:
            return
        _reaped.add(name)
    with contextlib.suppress(EngineGone):
        engine = docker_engine.engine()
        with engine.asked():
            engine.reap_home(name, {group.id for group in GROUPS.at_work().values()})
