"""What the tasks of one attempt share in a swarm: a place in line, and the network of its nodes.

A group is an attempt: its one container, or the nodes of a multi-node job. It is made with its first
task and goes when it was left and its last task has gone.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping
from typing import Final

from pytest_batchmock.options import Options
from pytest_batchmock.runners.docker import engine as docker_engine
from pytest_batchmock.runners.docker.groups import Room
from pytest_batchmock.runners.protocol import Home, Task
from pytest_batchmock.runners.swarm.cluster import Found, Swarm
from pytest_batchmock.runners.swarm.options import address_in

_MAIN_ADDRESS: Final = "AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS"
_LAST_TRY_SECONDS: Final = 0.5
_room = Room()
_groups: dict[str, SwarmGroup] = {}
_lock = threading.RLock()


class SwarmGroup:
    """The tasks of one attempt.

    Attributes:
        id: Tells its networks and services apart from those of others.
        home: What outlives this process, or None.
        has_given_up: Whether it does not wait for room any more.
        network: The id of the overlay network of its nodes, once it was made.
    """

    def __init__(self, name: str, options: Options, home: Home | None = None) -> None:
        self.id = uuid.uuid4().hex[:12]
        self.name = name
        self.options = options
        self.home = home
        self.has_given_up = False
        self.network: str | None = None
        self._swarm: Swarm | None = None
        self._at_work = 0
        self._is_left = False
        self._has_room = False
        self._preparing = threading.Lock()
        self._entering = threading.Lock()
        self._main_address: str | None = None

    def enter(self) -> None:
        """One more task is to be."""
        self._at_work += 1

    def wait_for_room(self, most: int) -> None:
        """Wait until fewer than `most` attempts have tasks."""
        with self._entering:
            if not self._has_room:
                _room.take(self.options.docker_parallel or most, self)
                self._has_room = True

    def give_up_waiting(self) -> None:
        """A task is to be stopped before it has begun."""
        self.has_given_up = True
        _room.look_again()

    def prepare(self, swarm: Swarm, task: Task) -> None:
        """Make the network of the nodes of a multi-node job."""
        with self._preparing:
            self._swarm = swarm
            if task.node is not None and self.network is None:
                with swarm.engine.asked() as api:
                    made = api.create_network(
                        f"{docker_engine.LABEL}-{self.id}",
                        driver="overlay",
                        attachable=True,
                        labels=self.labels(),
                    )
                self.network = str(made["Id"])

    def labels(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """The labels of what belongs to the group."""
        given = {docker_engine.GROUP_LABEL: self.id, **(more or {})}
        if self.home is not None:
            given |= {
                docker_engine.HOME_LABEL: self.home.name,
                docker_engine.STATE_LABEL: self.home.path,
            }
        return docker_engine.labels(given)

    def adopt(self, swarm: Swarm) -> None:
        """Go on with what an earlier process has made for the group."""
        with self._preparing:
            self._swarm = swarm
            with swarm.engine.asked() as api:
                listing = {"label": f"{docker_engine.GROUP_LABEL}={self.id}"}
                for network in api.networks(filters=listing):
                    self.network = str(network["Id"])

    def facts(self, task: Task) -> dict[str, str]:
        """Variables of a task that win over the job's own: where the main node really is."""
        if _MAIN_ADDRESS in task.environment and self._main_address is not None:
            return {_MAIN_ADDRESS: self._main_address}
        return {}

    def started(self, task: Task, found: Found) -> None:
        """A task runs."""
        if self.network is not None and task.is_main and self._main_address is None:
            self._main_address = address_in(found, self.network)

    def done(self) -> None:
        """A task has gone."""
        with _lock:
            self._at_work -= 1
        self._end_if_over()

    def leave(self) -> None:
        """No further task will come."""
        self._is_left = True
        self._end_if_over()

    def _end_if_over(self) -> None:
        with _lock:
            if self._at_work or not self._is_left or _groups.get(self.name) is not self:
                return
            del _groups[self.name]
        try:
            cluster, network = self._swarm, self.network
            if cluster is not None and network is not None and not cluster.remove_network(network):
                # If it is still in use then, it is left to the next process that comes.
                docker_engine.at_exit(lambda: cluster.remove_network(network, _LAST_TRY_SECONDS))
        finally:
            if self._has_room:
                _room.free()


def group_named(task: Task, options: Options) -> SwarmGroup:
    """The group of a task, which one more task of it enters; made with the first."""
    with _lock:
        group = _groups.get(task.group)
        if group is None:
            group = _groups[task.group] = SwarmGroup(task.group, options, task.home)
        group.enter()
        return group


def leave_group(name: str) -> None:
    """No further task of a group will come."""
    with _lock:
        group = _groups.get(name)
    if group is not None:
        group.leave()


def groups_at_work() -> Mapping[str, SwarmGroup]:
    """The groups there are: for tests, which look that none is left."""
    return dict(_groups)
