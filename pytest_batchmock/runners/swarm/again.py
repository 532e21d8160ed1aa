"""Services that an earlier process has made: a server with a state file that was killed.

They carry the job and the attempt as labels, and the name of what outlives the process. The network of
a multi-node job is found by the label of their group.
"""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from pytest_batchmock.runners.docker import engine as docker_engine
from pytest_batchmock.runners.docker.attempts import task_labels
from pytest_batchmock.runners.docker.engine import EngineGone
from pytest_batchmock.runners.protocol import Task, Write
from pytest_batchmock.runners.swarm.cluster import Found, swarm
from pytest_batchmock.runners.swarm.groups import GROUPS


class Before(NamedTuple):
    """What is known of a service that was made before.

    Attributes:
        service: As the manager lists it.
        task: The id of its task.
    """

    service: Found
    task: str


def found_again(task: Task) -> Before | None:
    """The service of a task; None if there is none, or nothing of its task is left.

    Raises:
        EngineGone: No engine answers.
        MockUsageError: It is in no swarm.
    """
    if task.home is None:
        return None
    wanted = {docker_engine.HOME_LABEL: task.home.name, **task_labels(task)}
    labels = [f"{name}={value}" for name, value in wanted.items()]
    with swarm().engine.asked() as api:
        for service in api.services(filters={"label": labels}):
            for left in api.tasks(filters={"service": service["ID"]}):
                return Before(service, left["ID"])
    return None


def without(written: Sequence[str], write: Write) -> Write:
    """Write lines, except for those that are `written` already."""
    known = Counter(written)
    lock = threading.Lock()

    def write_others(line: str) -> None:
        with lock:
            if known[line] > 0:
                known[line] -= 1
                return
        write(line)

    return write_others


_reaped: set[str] = set()
_lock = threading.Lock()


def reap_home(name: str) -> None:
    """Remove, once, what earlier processes with a state file left that nobody goes on with.

    It is called before the first task of that home is made: all that are found again are by then.
    """
    with _lock:
        if name in _reaped:
            return
        _reaped.add(name)
    with contextlib.suppress(EngineGone):
        adopted = {group.id for group in GROUPS.at_work().values()}
        swarm().reap_home(name, adopted)
