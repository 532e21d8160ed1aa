"""The swarm that a Docker engine belongs to: its nodes, its services, and the state of their tasks.

A service of ours is a job of one task that nobody restarts. Docker before 24 does not end the tasks of
a job when it is removed, and keeps those that have ended: they go on to count against what a node has
whenever the swarm looks at it anew (seen with 20.10). There a replicated service of one task that is
never restarted does the same and leaves nothing. Whatever runs is taken away before its service is
removed, by asking for no tasks at all: SIGTERM, the stop grace period, SIGKILL.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.runners.docker import engine as docker_engine
from pytest_batchmock.runners.docker.engine import (
    GROUP_LABEL,
    HOME_LABEL,
    LABEL,
    RUN,
    RUN_LABEL,
    DockerEngine,
    EngineGone,
    is_orphan,
)
from pytest_batchmock.runners.swarm.options import Node, node_of

JOB: Final = "replicated-job"
REPLICATED: Final = "replicated"
_SINCE: Final = (1, 41)
_REMOVES_JOBS_SINCE: Final = (1, 43)
_INTERVAL_SECONDS: Final = 0.05
_UNTIL_THERE_SECONDS: Final = 30.0
_UNTIL_GONE_SECONDS: Final = 10.0
_UNTIL_LEFT_SECONDS: Final = 2.0
_LOOK_SECONDS: Final = 0.02
_BETWEEN_LOOKS_AT_NODES_SECONDS: Final = 2.0
_TRIES: Final = 10
_ENDED: Final = ("complete", "failed", "rejected", "shutdown", "orphaned", "remove")

NO_SWARM: Final = (
    "The Docker engine at {url} is not in a swarm, which the Swarm runner needs: 'docker swarm init' "
    "makes one of it, 'docker swarm join' adds it to one."
)
NO_MANAGER: Final = (
    "The Docker engine at {url} is a worker of its swarm, and only managers take services: name a "
    "manager by DOCKER_HOST or a docker context, or let one 'docker node promote' it."
)
TOO_OLD: Final = (
    "The Docker engine at {url} speaks version {version} of its API; jobs of a swarm need 1.41, that of "
    "Docker 20.10."
)

Found = Mapping[str, Any]


class NodeLost(Exception):
    """The node that a task ran on is down; the text says which."""


class Swarm:
    """A swarm, as one of its managers shows it.

    Args:
        engine: The manager.
        node: The id of its node.
        mode: The mode of services: `JOB` or `REPLICATED`.

    Attributes:
        tasks: What becomes of the tasks that somebody waits for.
    """

    def __init__(self, engine: DockerEngine, node: str, mode: str) -> None:
        self.engine = engine
        self.node = node
        self.mode = mode
        self.tasks = TaskWatch(engine)

    def nodes(self) -> list[Node]:
        """The nodes as they are now."""
        with self.engine.asked() as api:
            return [node_of(entry) for entry in api.nodes()]

    def create(
        self, name: str, template: Mapping[str, Any], networks: Sequence[str], labels: Mapping[str, str]
    ) -> tuple[str, str]:
        """Make a service of one task, and give the ids of both.

        Raises:
            APIError: The manager refuses it.
        """
        from docker.types import EndpointSpec, RestartPolicy, ServiceMode, TaskTemplate

        given = TaskTemplate(
            template["ContainerSpec"],
            resources=template["Resources"],
            restart_policy=RestartPolicy(condition="none", max_attempts=1),
            placement=template["Placement"],
            log_driver=template["LogDriver"],
            networks=list(networks) or None,
        )
        with self.engine.asked() as api:
            service = api.create_service(
                given,
                name=name,
                labels=dict(labels),
                mode=ServiceMode(self.mode, replicas=1),
                # No virtual address, and so nothing that needs the kernel's load balancer.
                endpoint_spec=EndpointSpec(mode="dnsrr"),
            )["ID"]
            try:
                return service, self._task_of(api, service)
            except BaseException:
                self.remove(service)
                raise

    def _task_of(self, api: Any, service: str) -> str:
        deadline = time.monotonic() + _UNTIL_THERE_SECONDS
        waiting = threading.Event()
        while time.monotonic() < deadline:
            for task in api.tasks(filters={"service": service}):
                return str(task["ID"])
            waiting.wait(_LOOK_SECONDS)
        raise EngineGone(f"the swarm of {self.engine.url} made no task of its service: has it a leader?")

    def take_away(self, service: str) -> None:
        """Have what runs of a service stopped, as its stop grace period says; nothing new is started."""
        import docker.errors
        from docker.types import ServiceMode

        with self.engine.asked() as api:
            for _ in range(_TRIES):
                try:
                    found = api.inspect_service(service)
                    spec = found["Spec"]
                    mode = JOB if "ReplicatedJob" in spec["Mode"] else REPLICATED
                    api.update_service(
                        service,
                        found["Version"]["Index"],
                        name=spec["Name"],
                        labels=spec["Labels"],
                        task_template=spec["TaskTemplate"],
                        endpoint_spec=spec.get("EndpointSpec"),
                        mode=ServiceMode(mode, replicas=0),
                    )
                    return
                except docker.errors.NotFound:
                    return
                except docker.errors.APIError as error:
                    if "out of sequence" not in str(error.explanation):
                        raise

    def remove(self, service: str, task: Found | None = None) -> None:
        """Remove a service and what is left of its task, and wait for that as far as it is here.

        On other nodes the swarm goes on by itself with what it has begun to stop.

        Args:
            service: Its id.
            task: The task as it was last seen.
        """
        import docker.errors

        with self.engine.asked() as api:
            with contextlib.suppress(docker.errors.NotFound):
                if task is None or task["Status"]["State"] not in _ENDED:
                    self.take_away(service)
                if task is not None:
                    self._wait_for_removal(api, task["ID"])
                api.remove_service(service)
            container = self._container_here(task)
            if container is not None:
                self._remove_container(api, container)

    def _container_here(self, task: Found | None) -> str | None:
        """The container of a task, if it is on this node."""
        if task is None or task.get("NodeID") != self.node:
            return None
        return (task["Status"].get("ContainerStatus") or {}).get("ContainerID") or None

    def _wait_for_removal(self, api: Any, task: str) -> None:
        """Wait until the swarm has taken in that a task is to be removed: it then goes on by itself."""
        import docker.errors

        deadline = time.monotonic() + _UNTIL_GONE_SECONDS
        waiting = threading.Event()
        with contextlib.suppress(docker.errors.NotFound):
            while time.monotonic() < deadline:
                left = api.inspect_task(task)
                if left["DesiredState"] == "remove" or left["Status"]["State"] in _ENDED:
                    return
                waiting.wait(_LOOK_SECONDS)

    def _remove_container(self, api: Any, container: str) -> None:
        """Remove a container of this node; the node's own part of the swarm may be faster."""
        import docker.errors

        deadline = time.monotonic() + _UNTIL_GONE_SECONDS
        waiting = threading.Event()
        while time.monotonic() < deadline:
            try:
                api.remove_container(container, v=True, force=True)
            except docker.errors.NotFound:
                return
            except docker.errors.APIError:  # being removed by the other, just now
                waiting.wait(_LOOK_SECONDS)

    def kill(self, task: Found) -> None:
        """Kill the container of a task, if it is on this node."""
        import docker.errors

        container = self._container_here(task)
        if container is not None:
            with contextlib.suppress(docker.errors.APIError), self.engine.asked() as api:
                api.kill(container, "SIGKILL")

    def is_out_of_memory(self, task: Found) -> bool:
        """Whether the kernel has killed a container for its memory, of which only its own node knows."""
        import docker.errors

        container = self._container_here(task)
        if container is None:
            return False
        with contextlib.suppress(docker.errors.NotFound), self.engine.asked() as api:
            return bool(api.inspect_container(container)["State"]["OOMKilled"])
        return False

    def remove_network(self, network: str, seconds: float = _UNTIL_GONE_SECONDS) -> bool:
        """Remove a network as soon as its last task has left it; False if that takes longer.

        A task on another node has its stop grace period.
        """
        import docker.errors

        deadline = time.monotonic() + seconds
        waiting = threading.Event()
        with self.engine.asked() as api:
            while time.monotonic() < deadline:
                try:
                    api.remove_network(network)
                    return True
                except docker.errors.NotFound:
                    return True
                except docker.errors.APIError:  # a task that is being stopped is in it
                    waiting.wait(_LOOK_SECONDS)
        return False

    def reap(self) -> None:
        """Remove the services of processes of this machine that are no more, and their networks."""
        wanted = {"label": LABEL}
        with self.engine.asked() as api:
            for service in api.services(filters=wanted):
                if is_orphan(service["Spec"].get("Labels") or {}):
                    tasks = api.tasks(filters={"service": service["ID"]})
                    self.remove(service["ID"], tasks[0] if tasks else None)
            for network in api.networks(filters=wanted):
                if network["Scope"] == "swarm" and is_orphan(network.get("Labels") or {}):
                    self.remove_network(network["Id"], _UNTIL_LEFT_SECONDS)

    def reap_home(self, name: str, adopted: Collection[str]) -> None:
        """Remove what earlier processes with a state file left and this one has not taken over.

        Args:
            name: Of the home.
            adopted: The groups that this process goes on with.
        """
        wanted = {"label": f"{HOME_LABEL}={name}"}

        def is_left(labels: Mapping[str, str]) -> bool:
            return labels.get(RUN_LABEL) != RUN and labels.get(GROUP_LABEL) not in adopted

        with self.engine.asked() as api:
            for service in api.services(filters=wanted):
                if is_left(service["Spec"]["Labels"]):
                    tasks = api.tasks(filters={"service": service["ID"]})
                    self.remove(service["ID"], tasks[0] if tasks else None)
            for network in api.networks(filters=wanted):
                if network["Scope"] == "swarm" and is_left(network["Labels"]):
                    self.remove_network(network["Id"], _UNTIL_LEFT_SECONDS)


class TaskWatch:
    """What becomes of tasks: one thread asks for all that somebody waits for.

    Args:
        engine: The manager to ask.
    """

    def __init__(self, engine: DockerEngine) -> None:
        self._engine = engine
        self._changed = threading.Condition()
        self._found: dict[str, Found | EngineGone | None] = {}
        self._down: dict[str, str] = {}
        self._is_at_work = False

    def begin(self, task: str) -> None:
        """Somebody waits for `task`."""
        with self._changed:
            self._found[task] = None
            if not self._is_at_work:
                self._is_at_work = True
                threading.Thread(target=self._ask, name="batchmock-tasks", daemon=True).start()

    def end(self, task: str) -> None:
        """Nobody does any more."""
        with self._changed:
            self._found.pop(task, None)

    def next(self, task: str, known: Found | None) -> Found | None:
        """Wait until a task is another than `known`; None: it is there no more.

        Raises:
            EngineGone: The manager does not answer.
            NodeLost: The node of the task is down.
        """
        with self._changed:
            while True:
                if task not in self._found:
                    return None
                found = self._found[task]
                if isinstance(found, EngineGone):
                    raise found
                if found is not None and (known is None or found["Version"] != known["Version"]):
                    return found
                if found is not None and found.get("NodeID") in self._down:
                    raise NodeLost(f"the node {self._down[found['NodeID']]} of the swarm is down")
                self._changed.wait()

    def _ask(self) -> None:
        waiting = threading.Event()
        looked_at = -_BETWEEN_LOOKS_AT_NODES_SECONDS
        while True:
            with self._changed:
                wanted = [task for task, told in self._found.items() if not isinstance(told, EngineGone)]
                if not wanted:
                    self._is_at_work = False
                    return
            try:
                with self._engine.asked() as api:
                    found = {task["ID"]: task for task in api.tasks(filters={"id": wanted})}
                    if time.monotonic() - looked_at >= _BETWEEN_LOOKS_AT_NODES_SECONDS:
                        looked_at = time.monotonic()
                        nodes = map(node_of, api.nodes())
                        self._down = {node.id: node.name for node in nodes if node.is_down}
            except Exception as error:  # whoever waits is told, and must not wait for ever
                gone = error if isinstance(error, EngineGone) else EngineGone(f"the swarm: {error}")
                with self._changed:
                    self._found = dict.fromkeys(self._found, gone)
                    self._is_at_work = False
                    self._changed.notify_all()
                return
            with self._changed:
                for task in wanted:
                    if task in found and task in self._found:
                        self._found[task] = found[task]
                    else:
                        self._found.pop(task, None)
                self._changed.notify_all()
            waiting.wait(_INTERVAL_SECONDS)


_swarms: dict[int, Swarm] = {}
_lock = threading.Lock()


def swarm() -> Swarm:
    """The swarm of the engine that the ``docker`` command would talk to.

    Raises:
        MockUsageError: The engine is in no swarm, is a worker, or is too old; or Docker's SDK is not
            installed.
        EngineGone: No engine answers.
    """
    engine = docker_engine.engine()
    with engine.asked() as api:
        told = api.info().get("Swarm") or {}
        version = api.api_version
    if told.get("LocalNodeState") != "active":
        raise MockUsageError(NO_SWARM.format(url=engine.url))
    if not told.get("ControlAvailable"):
        raise MockUsageError(NO_MANAGER.format(url=engine.url))
    speaks = tuple(int(part) for part in version.split("."))
    if speaks < _SINCE:
        raise MockUsageError(TOO_OLD.format(url=engine.url, version=version))
    with _lock:
        found = _swarms.get(id(engine))
        if found is None or found.engine is not engine or found.node != told["NodeID"]:
            found = _swarms[id(engine)] = Swarm(engine, told["NodeID"], mode_for(speaks))
            found.reap()
        return found


def mode_for(api_version: tuple[int, ...]) -> str:
    """The mode of services that an engine handles to their end.

    Swarmkit removes the tasks of a removed job since February 2023, so Docker 24 does (its change log;
    evidence: inferred), and 20.10 does not (observed).
    """
    return JOB if api_version >= _REMOVES_JOBS_SINCE else REPLICATED
