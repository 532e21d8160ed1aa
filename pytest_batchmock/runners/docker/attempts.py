"""What the containers of one attempt have in common wherever they run: a place in line, labels, an end.

A group is an attempt: the containers of its task, or its nodes. It is made with its first container
and goes when it was left and its last container has gone.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final, Generic, TypeVar

from pytest_batchmock.options import Options
from pytest_batchmock.runners.docker import engine as docker_engine
from pytest_batchmock.runners.protocol import Home, Task

_MAIN_ADDRESS: Final = "AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS"


class Room:
    """How many groups have containers at a time, in this process."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._taken = 0

    def take(self, most: int, group: AttemptGroup) -> None:
        """Wait until fewer than `most` have, or `group` gives up."""
        with self._changed:
            while self._taken >= most and not group.has_given_up:
                self._changed.wait()
            self._taken += 1

    def free(self) -> None:
        """A group has ended."""
        with self._changed:
            self._taken -= 1
            self._changed.notify_all()

    def look_again(self) -> None:
        """A group has given up."""
        with self._changed:
            self._changed.notify_all()


class AttemptGroup:
    """The containers of one attempt.

    Attributes:
        id: Tells what is of it apart from what is of others.
        name: Its name among the groups of this process.
        options: Those of its first container.
        home: What outlives this process, or None.
        has_given_up: Whether it does not wait for room any more.
        network: The id of the network of the nodes of a multi-node job, once it was made.
        main_address: The address of the main node there, once that is known.
    """

    def __init__(self, groups: Groups[Any], name: str, options: Options, home: Home | None) -> None:
        self.id = uuid.uuid4().hex[:12]
        self.name = name
        self.options = options
        self.home = home
        self.has_given_up = False
        self.network: str | None = None
        self.main_address: str | None = None
        self._groups = groups
        self._at_work = 0
        self._is_left = False
        self._has_room = False
        self._preparing = threading.Lock()
        self._entering = threading.Lock()

    def enter(self) -> None:
        """One more container is to be."""
        self._at_work += 1

    def wait_for_room(self, most: int) -> None:
        """Wait until fewer groups have containers than the options say, else than `most`."""
        with self._entering:
            if not self._has_room:
                self._groups.room.take(self.options.docker_parallel or most, self)
                self._has_room = True

    def give_up_waiting(self) -> None:
        """A container is to be stopped before it has begun."""
        self.has_given_up = True
        self._groups.room.look_again()

    def labels(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """The labels of what belongs to the group."""
        given = {docker_engine.GROUP_LABEL: self.id, **(more or {})}
        if self.home is not None:
            given |= {
                docker_engine.HOME_LABEL: self.home.name,
                docker_engine.STATE_LABEL: self.home.path,
            }
        return docker_engine.labels(given)

    def facts(self, task: Task) -> dict[str, str]:
        """Variables of a container that win over the job's own: where the main node really is."""
        if _MAIN_ADDRESS in task.environment and self.main_address is not None:
            return {_MAIN_ADDRESS: self.main_address}
        return {}

    def done(self) -> None:
        """A container has gone."""
        with self._groups.lock:
            self._at_work -= 1
        self._end_if_over()

    def leave(self) -> None:
        """No further container will come."""
        self._is_left = True
        self._end_if_over()

    def _end_if_over(self) -> None:
        with self._groups.lock:
            if self._at_work or not self._is_left or not self._groups.forget(self):
                return
        try:
            self._remove_what_is_shared()
        finally:
            if self._has_room:
                self._groups.room.free()

    def _remove_what_is_shared(self) -> None:
        raise NotImplementedError


G = TypeVar("G", bound=AttemptGroup)


class Groups(Generic[G]):
    """The groups that have containers, in this process.

    Args:
        make: Makes one.

    Attributes:
        room: How many there may be at a time.
        lock: Of what changes how many containers a group has.
    """

    def __init__(self, make: Callable[[Groups[G], str, Options, Home | None], G]) -> None:
        self.room = Room()
        self.lock = threading.RLock()
        self._make = make
        self._groups: dict[str, G] = {}

    def of(self, task: Task, options: Options) -> G:
        """The group of a task, which one more container of it enters; made with the first."""
        with self.lock:
            group = self._groups.get(task.group)
            if group is None:
                group = self._groups[task.group] = self._make(self, task.group, options, task.home)
            group.enter()
            return group

    def leave(self, name: str) -> None:
        """No further container of a group will come."""
        with self.lock:
            group = self._groups.get(name)
        if group is not None:
            group.leave()

    def forget(self, group: AttemptGroup) -> bool:
        """It is over; False if it is not there any more."""
        if self._groups.get(group.name) is not group:
            return False
        del self._groups[group.name]
        return True

    def at_work(self) -> Mapping[str, G]:
        """Those there are."""
        with self.lock:
            return dict(self._groups)


def task_labels(task: Task) -> dict[str, str]:
    """What tells of which job a container is."""
    return {
        f"{docker_engine.LABEL}.job": task.job_id,
        f"{docker_engine.LABEL}.attempt": str(task.attempt),
        f"{docker_engine.LABEL}.container": task.container or "default",
    }
