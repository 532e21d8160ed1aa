"""What the tasks of one attempt share in a swarm: the network of the nodes of a multi-node job."""

from __future__ import annotations

from typing import Final

from pytest_batchmock.options import Options
from pytest_batchmock.runners.docker import engine as docker_engine
from pytest_batchmock.runners.docker.attempts import AttemptGroup, Groups
from pytest_batchmock.runners.protocol import Home, Task
from pytest_batchmock.runners.swarm.cluster import Found, Swarm
from pytest_batchmock.runners.swarm.options import address_in

_LAST_TRY_SECONDS: Final = 0.5


class SwarmGroup(AttemptGroup):
    """The tasks of one attempt."""

    def __init__(
        self, groups: Groups[SwarmGroup], name: str, options: Options, home: Home | None
    ) -> None:
        super().__init__(groups, name, options, home)
        self._swarm: Swarm | None = None

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

    def adopt(self, swarm: Swarm) -> None:
        """Go on with what an earlier process has made for the group."""
        with self._preparing:
            self._swarm = swarm
            with swarm.engine.asked() as api:
                listing = {"label": f"{docker_engine.GROUP_LABEL}={self.id}"}
                for network in api.networks(filters=listing):
                    self.network = str(network["Id"])

    def started(self, task: Task, found: Found) -> None:
        """A task runs."""
        if self.network is not None and task.is_main and self.main_address is None:
            self.main_address = address_in(found, self.network)

    def _remove_what_is_shared(self) -> None:
        cluster, network = self._swarm, self.network
        if cluster is not None and network is not None and not cluster.remove_network(network):
            # If it is still in use then, it is left to the next process that comes.
            docker_engine.at_exit(lambda: cluster.remove_network(network, _LAST_TRY_SECONDS))


GROUPS: Final = Groups(SwarmGroup)
