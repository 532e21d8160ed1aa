"""The Swarm runner: the job's container, as a service of a Docker Swarm that runs one task, once.

What a container asks for and what becomes of a task is read in runners/swarm/options.py; the swarm
itself is in runners/swarm/cluster.py, the log of a task in runners/swarm/logs.py, what the nodes of one
attempt share in runners/swarm/groups.py. Docker's SDK is imported with the first task.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pytest_batchmock.domain.requirements import Requirements, thousandths
from pytest_batchmock.errors import MockUsageError, NotModelledError
from pytest_batchmock.options import Options
from pytest_batchmock.runners.docker import engine as docker_engine
from pytest_batchmock.runners.docker.attempts import task_labels
from pytest_batchmock.runners.docker.endpoints import HOST_NAME, endpoints, gateway, named_in
from pytest_batchmock.runners.docker.engine import EngineGone
from pytest_batchmock.runners.docker.failures import LONGEST_REASON, OUT_OF_MEMORY, NotStarted, told_as
from pytest_batchmock.runners.docker.fetching import image_of, pull, secrets_of
from pytest_batchmock.runners.docker.groups import dummy_credentials
from pytest_batchmock.runners.docker.options import Wishes, wishes
from pytest_batchmock.runners.docker.runs import (
    BETWEEN_LOOKS_SECONDS,
    KILLED,
    LOOKS_FOR_OUT_OF_MEMORY,
    STOPPED_BEFORE,
    EngineRun,
)
from pytest_batchmock.runners.protocol import RUNNING, Report, RunnerReport, Task, Write
from pytest_batchmock.runners.swarm.again import Before, found_again, reap_home, without
from pytest_batchmock.runners.swarm.cluster import Found, NodeLost, Swarm, swarm
from pytest_batchmock.runners.swarm.groups import GROUPS, SwarmGroup
from pytest_batchmock.runners.swarm.logs import TaskLog
from pytest_batchmock.runners.swarm.options import (
    Node,
    container_members,
    has_started,
    in_reach_of_all,
    labels_for,
    literal,
    needs_of,
    placement,
    refuse_what_a_swarm_lacks,
    report_of,
    resources,
    waits_for,
    why_never,
)

_REMOVED: Final = "CannotInspectContainerError: the swarm removed the task before its exit code was read"


@dataclass(frozen=True)
class SwarmRunner:
    """Runs tasks as jobs of a swarm.

    Attributes:
        changes: The options of this rule, over those of the mock.
    """

    changes: tuple[tuple[str, Any], ...] = field(default=(), compare=False)

    def start(self, task: Task, report: Report, write: Write) -> SwarmRun | None:
        """Start the task; see `pytest_batchmock.runners.protocol.Runner`."""
        if task.is_pod:
            raise NotModelledError("The Swarm runner runs tasks of ECS, but no pods (eksProperties).")
        if task.container is not None:
            raise NotModelledError(
                "ecsProperties: the Swarm runner runs tasks of one container. Those of several share a "
                "network namespace, which a swarm gives to no two of its tasks; run such jobs with "
                "runs_docker()."
            )
        options = task.options.but(**dict(self.changes))
        if task.home is not None:
            reap_home(task.home.name)
        refuse_what_a_swarm_lacks(task.members, task.task_members)
        wished = _wished(task, options)
        members = container_members(wished)
        try:
            secrets = dict(secrets_of(task, options))
        except NotStarted as error:
            report(RunnerReport("failed_to_start", None, str(error)[:LONGEST_REASON]))
            return None
        return SwarmRun(task, options, wished, members, secrets, report, write)

    def reattach(
        self, task: Task, report: Report, write: Write, written: Sequence[str]
    ) -> SwarmRun | None:
        """Go on with the service of `task`; see `pytest_batchmock.runners.protocol.Reattaches`."""
        with contextlib.suppress(EngineGone, MockUsageError):
            found = found_again(task)
            if found is not None:
                options = task.options.but(**dict(self.changes))
                wished = _wished(task, options)
                others = without(written, write)
                return SwarmRun(task, options, wished, {}, {}, report, others, found)
        return None

    def leave(self, group: str) -> None:
        """No further task of `group` will come."""
        GROUPS.leave(group)


def _wished(task: Task, options: Options) -> Wishes:
    return wishes(
        task.members,
        task.task_members,
        Requirements(thousandths(task.vcpus), task.memory_mib, task.gpus),
        on_fargate=task.on_fargate,
        allow=options.docker_allow,
    )


class SwarmRun(EngineRun[SwarmGroup]):
    """A task of a swarm.

    Told to end, it gets SIGTERM (or the image's own stop signal) by the swarm, SIGKILL after its stop
    grace period: the stop time-out of the outcome. What is on the manager's own node is killed sooner
    if it is to be.
    """

    def __init__(
        self,
        task: Task,
        options: Options,
        wished: Wishes,
        members: dict[str, Any],
        secrets: dict[str, str],
        report: Report,
        write: Write,
        before: Before | None = None,
    ) -> None:
        super().__init__(task, GROUPS.of(task, options), report, write)
        self._before = before
        self._options = options
        self._wished = wished
        self._members = members
        self._secrets = secrets
        self._swarm: Swarm | None = None
        self._service: str | None = None
        self._found: Found | None = None
        self._log: TaskLog | None = None
        if before is not None:
            self._group.id = before.service["Spec"]["Labels"][docker_engine.GROUP_LABEL]
        labels = labels_for(task.compute_environment, options.swarm_nodes)
        self._needs = needs_of(wished, thousandths(task.vcpus), labels)
        self._begin()

    def _tell(self, kills: bool) -> None:
        if self._swarm is None or self._service is None:
            raise AssertionError("There is no service.")
        with contextlib.suppress(EngineGone):
            self._swarm.take_away(self._service)
            found = self._found
            if kills and found is not None and found.get("NodeID"):
                if found["NodeID"] == self._swarm.node:
                    self._swarm.kill(found)
                else:  # the swarm ends it in its own time, whether this process lives on or not
                    self._swarm.remove(self._service, self._found)

    # In the thread

    def _remove(self) -> None:
        if self._swarm is not None and self._service is not None:
            with contextlib.suppress(EngineGone):
                self._swarm.remove(self._service, self._found)

    def _run(self) -> RunnerReport:
        try:
            return self._run_in(swarm())
        except NodeLost as error:
            return RunnerReport("host_lost", None, str(error)) if self._runs else self._lost(str(error))

    def _run_in(self, cluster: Swarm) -> RunnerReport:
        self._swarm = cluster
        if self._before is not None:
            self._group.adopt(cluster)
            return self._attend_to(cluster, self._before.service["ID"], self._before.task)
        nodes = cluster.nodes()
        self._group.wait_for_room(max(1, 2 * sum(node.nano_cpus for node in nodes) // 10**9))
        self._refuse_if_stopped()
        with told_as("CannotCreateContainerError"):
            self._group.prepare(cluster, self._task)
            service, task = self._create(cluster, nodes)
        return self._attend_to(cluster, service, task)

    def _attend_to(self, cluster: Swarm, service: str, task: str) -> RunnerReport:
        """Look on until the task of a service has ended."""
        cluster.tasks.begin(task)
        try:
            self._service = service
            self._listens()
            return self._follow(cluster, task)
        finally:
            cluster.tasks.end(task)

    def _follow(self, cluster: Swarm, task: str) -> RunnerReport:
        """Look on until the task has ended."""
        told = None
        while told is None:
            found = cluster.tasks.next(task, self._found)
            if found is None:
                break
            self._found = found
            if (why := waits_for(found)) is not None:
                self._wait(cluster, why)
            if has_started(found) and not self._runs:
                self._begins(cluster, found)
            told = report_of(found)
        if told is not None and self._runs and told.phase != "ended":  # taken from its node meanwhile
            told = RunnerReport("ended", None, f"CannotInspectContainerError: {told.reason}")
        if self._log is not None:
            self._log.finish()
        if not self._runs and (told is None or told.phase == "ended"):
            raise NotStarted(STOPPED_BEFORE)
        if told is None:
            return RunnerReport("ended", None, _REMOVED)
        if told.exit_code == KILLED and self._is_out_of_memory(cluster):
            return told._replace(reason=OUT_OF_MEMORY)
        return told

    def _wait(self, cluster: Swarm, why: str) -> None:
        """The swarm has not placed the task: that may change, unless no node could ever take it."""
        never = why_never(self._needs, cluster.nodes())
        if never is not None:
            raise NotStarted(f"CannotStartContainerError: {never}")
        self._report(RunnerReport("waiting", None, f"the swarm has {why}"))

    def _begins(self, cluster: Swarm, found: Found) -> None:
        self._group.started(self._task, found)
        self._runs = True
        self._report(RUNNING)
        if self._wished.log_driver is None:
            self._log = TaskLog(cluster.engine.api, found["ID"], self._write)

    def _is_out_of_memory(self, cluster: Swarm) -> bool:
        """Whether it was killed for its memory: told by another road than its end, and may be late."""
        for _ in range(LOOKS_FOR_OUT_OF_MEMORY):
            if self._asked_ms is not None or self._found is None:
                return False
            if cluster.is_out_of_memory(self._found):
                return True
            if self._found.get("NodeID") != cluster.node:
                return False
            self._gone.wait(BETWEEN_LOOKS_SECONDS)
        return False

    # What the service is

    def _create(self, cluster: Swarm, nodes: Sequence[Node]) -> tuple[str, str]:
        is_alone = all(node.id == cluster.node for node in nodes)
        urls = self._endpoints(cluster, is_alone)
        variables = {
            **dummy_credentials(self._task.account),
            **urls,
            **self._secrets,
            **self._task.environment,
            **self._group.facts(self._task),
        }
        labels = self._group.labels(task_labels(self._task))
        # Without that of its home: the Docker runner does not go on with it.
        of_container = {name: text for name, text in labels.items() if name != docker_engine.HOME_LABEL}
        driver = self._wished.log_driver
        container: dict[str, Any] = {
            "Image": self._image(cluster, is_alone),
            "Args": list(self._task.command) or None,
            "Env": [literal(f"{name}={value}") for name, value in variables.items()],
            "Labels": of_container,
            "StopGracePeriod": self._task.stop_timeout_ms * 1_000_000,
            **self._members,
        }
        if is_alone and cluster.engine.is_on_this_machine and not self._wished.host_network:
            container["Hosts"] = [f"{gateway(cluster.engine)} {HOST_NAME}"]
        template = {
            "ContainerSpec": {name: value for name, value in container.items() if value is not None},
            "Resources": resources(self._wished, self._needs, nodes),
            "Placement": placement(self._needs),
            "LogDriver": {"Name": driver.name, "Options": driver.options}
            if driver
            else {"Name": "json-file"},
        }
        networks = ["host"] if self._wished.host_network else []
        if self._group.network is not None and not self._wished.host_network:
            networks = [self._group.network]
        name = f"{docker_engine.LABEL}-{uuid.uuid4().hex[:12]}"
        return cluster.create(name, template, networks, labels)

    def _endpoints(self, cluster: Swarm, is_alone: bool) -> dict[str, str]:
        """The endpoints of AWS: this machine's loopback is in reach where it is the only node."""
        if is_alone:
            return endpoints(cluster.engine, self._options)
        return in_reach_of_all(named_in(self._options))

    def _image(self, cluster: Swarm, is_alone: bool) -> str:
        """What the nodes are to run: a name, which each asks the registry for, or an image's id.

        They cannot be told to take what they have. If there is one node only, its engine is asked
        beforehand; an image that is named by its id is taken as it is.
        """
        import docker.errors

        name, how = image_of(self._task.image, self._options), self._options.docker_pull
        if not is_alone and how != "never":
            return name
        with cluster.engine.asked() as api:
            if how == "always":
                pull(api, name, self._wished.platform)
            try:
                return str(api.inspect_image(name)["Id"])
            except docker.errors.ImageNotFound as error:
                if how == "never":
                    raise NotStarted(
                        f"CannotPullContainerError: Error response from daemon: {error.explanation}"
                        " (docker_pull='never')"
                    ) from error
            pull(api, name, self._wished.platform)
            return str(api.inspect_image(name)["Id"])
