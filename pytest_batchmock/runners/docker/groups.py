"""What the containers of one attempt share at a Docker engine: a network, volumes, namespaces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from pytest_batchmock.options import Options
from pytest_batchmock.runners.docker import engine as docker_engine
from pytest_batchmock.runners.docker.attempts import AttemptGroup, Groups, task_labels
from pytest_batchmock.runners.docker.endpoints import (
    HOST_NAME,
    doors,
    ecs_variables,
    endpoints,
    open_again,
    open_ecs_endpoint,
    role_of,
)
from pytest_batchmock.runners.docker.engine import DockerEngine
from pytest_batchmock.runners.docker.options import Wishes
from pytest_batchmock.runners.docker.pause import pause_image
from pytest_batchmock.runners.protocol import Home, Task

_PAUSE_LABEL: Final = f"{docker_engine.LABEL}.pause"
_VOLUME_LABEL: Final = f"{docker_engine.LABEL}.volume"
_DOORS_LABEL: Final = f"{docker_engine.LABEL}.doors"
_CREDENTIALS: Final = "AWS_ACCESS_KEY_ID"


class Shared(NamedTuple):
    """What a container gets of its group.

    Attributes:
        host: Keywords of the host configuration.
        environment: Variables that the job's own win over.
        facts: Variables that win over the job's own.
    """

    host: dict[str, Any]
    environment: dict[str, str]
    facts: dict[str, str]


class Group(AttemptGroup):
    """The containers of one attempt.

    Attributes:
        volumes: The engine's names of the task's volumes, by theirs.
    """

    def __init__(self, groups: Groups[Group], name: str, options: Options, home: Home | None) -> None:
        super().__init__(groups, name, options, home)
        self.volumes: dict[str, str] = {}
        self._engine: DockerEngine | None = None
        self._ecs_network: str | None = None
        self._pauses: dict[int | None, str] = {}

    def prepare(self, engine: DockerEngine, task: Task, wished: Wishes) -> None:
        """Make what is shared, as far as a container needs it."""
        with self._preparing:
            self._engine = engine
            if task.node is not None and self.network is None:
                name = f"{docker_engine.LABEL}-{self.id}"
                made = engine.api.create_network(name, driver="bridge", labels=self.labels())
                self.network = str(made["Id"])
            if role_of(task) is not None:
                self._ecs_network = open_ecs_endpoint(engine)
            if task.container is not None and task.node not in self._pauses:
                self._pause(engine, task, wished)
            for mount in wished.mounts:
                if mount.host_path is None and mount.volume not in self.volumes:
                    name = f"{docker_engine.LABEL}-{self.id}-{len(self.volumes)}"
                    engine.api.create_volume(name, labels=self.labels({_VOLUME_LABEL: mount.volume}))
                    self.volumes[mount.volume] = name

    def host_arguments(self, task: Task, wished: Wishes) -> Shared:
        """What a container gets of the group."""
        pause = self._pauses.get(task.node) if task.container is not None else None
        host = (
            self._network_arguments(wished) if pause is None else {"network_mode": f"container:{pause}"}
        )
        for name, mode in (("ipc_mode", wished.ipc), ("pid_mode", wished.pid)):
            if mode == "task":
                host[name] = f"container:{pause}"
            elif mode is not None:
                host[name] = mode
        role = role_of(task)
        credentials = dummy_credentials(task.account) if role is None else ecs_variables(task, role)
        urls = endpoints(self._engine, self.options) if self._engine is not None else {}
        return Shared(host, {**credentials, **urls}, self.facts(task))

    def _network_arguments(self, wished: Wishes) -> dict[str, Any]:
        if wished.host_network:
            return {"network_mode": "host"}
        host: dict[str, Any] = {"extra_hosts": {HOST_NAME: "host-gateway"}}
        network = self.network or self._ecs_network
        if network is not None:
            host["network_mode"] = network
        return host

    def join(self, api: Any, container_id: str, host: Mapping[str, Any]) -> None:
        """Put a container that was made with `host` into the second of the networks it needs."""
        if self._ecs_network is not None and host.get("network_mode") == self.network:
            api.connect_container_to_network(container_id, self._ecs_network)

    def _pause(self, engine: DockerEngine, task: Task, wished: Wishes) -> None:
        """Start what holds the namespaces that the containers of a task share."""
        host = self._network_arguments(wished)
        if wished.ipc == "task":
            host["ipc_mode"] = "shareable"
        made = engine.api.create_container(
            pause_image(engine),
            host_config=engine.api.create_host_config(**host),
            labels=self.labels({_PAUSE_LABEL: "" if task.node is None else str(task.node)}),
        )
        self._pauses[task.node] = str(made["Id"])
        self.join(engine.api, made["Id"], host)
        engine.api.start(made["Id"])

    def container_labels(self, task: Task) -> dict[str, str]:
        """What tells a person whose container it is."""
        given = task_labels(task)
        if self.home is not None:
            given[_DOORS_LABEL] = doors()
        return self.labels(given)

    def adopt(self, engine: DockerEngine, task: Task, labels: Mapping[str, str]) -> None:
        """Go on with what an earlier process has made for the group.

        Args:
            engine: Where it is.
            task: One that was found again.
            labels: Those of its container.
        """
        open_again(engine, labels.get(_DOORS_LABEL, "[]"))
        with self._preparing:
            if self._engine is None:
                self._engine = engine
                listing = {"label": f"{docker_engine.GROUP_LABEL}={self.id}"}
                for entry in engine.api.networks(filters=listing):
                    self.network = str(entry["Id"])
                for entry in engine.api.volumes(filters=listing)["Volumes"] or ():
                    self.volumes[entry["Labels"][_VOLUME_LABEL]] = str(entry["Name"])
                for entry in engine.api.containers(all=True, filters=listing):
                    node = entry["Labels"].get(_PAUSE_LABEL)
                    if node is not None:
                        self._pauses[int(node) if node else None] = str(entry["Id"])
            if role_of(task) is not None:
                self._ecs_network = open_ecs_endpoint(engine)

    def started(self, task: Task, container_id: str) -> None:
        """A container runs."""
        if self.network is not None and task.is_main and self.main_address is None:
            self.main_address = self._address_of(self._pauses.get(task.node, container_id))

    def _address_of(self, container_id: str) -> str:
        if self._engine is None:
            raise AssertionError("There is no engine.")
        networks = self._engine.api.inspect_container(container_id)["NetworkSettings"]["Networks"]
        return str(next(it["IPAddress"] for it in networks.values() if it["NetworkID"] == self.network))

    def _remove_what_is_shared(self) -> None:
        if self._engine is not None:
            for pause in self._pauses.values():
                self._engine.remove("containers", pause)
            if self.network is not None:
                self._engine.remove("networks", self.network)
            for name in self.volumes.values():
                self._engine.remove("volumes", name)


GROUPS: Final = Groups(Group)


def dummy_credentials(account: str) -> dict[str, str]:
    """Credentials that open nothing; the key names the account, as local servers read it."""
    return {_CREDENTIALS: account, "AWS_SECRET_ACCESS_KEY": "testing", "AWS_SESSION_TOKEN": "testing"}
