"""The Docker runner: the job's container, at a Docker engine.

What a container asks for is read in runners/docker/options.py; what the containers of one attempt
share is in runners/docker/groups.py; the engine itself in runners/docker/engine.py. What the runner for
a swarm has too: the course of a run in runners/docker/runs.py, the end of an attempt in
runners/docker/attempts.py. Docker's SDK is imported with the first container.
"""

from __future__ import annotations

import contextlib
import os
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pytest_batchmock.domain.requirements import Requirements, thousandths
from pytest_batchmock.options import Options
from pytest_batchmock.runners.docker import engine as docker_engine
from pytest_batchmock.runners.docker.again import Before, found_again, read_again, reap_home
from pytest_batchmock.runners.docker.engine import DockerEngine, EngineGone
from pytest_batchmock.runners.docker.failures import LONGEST_REASON, OUT_OF_MEMORY, NotStarted, told_as
from pytest_batchmock.runners.docker.fetching import image_of, pull, secrets_of
from pytest_batchmock.runners.docker.groups import GROUPS, Group
from pytest_batchmock.runners.docker.lines import cut, text_of
from pytest_batchmock.runners.docker.options import (
    Wishes,
    create_arguments,
    host_arguments,
    wishes,
)
from pytest_batchmock.runners.docker.pods import pod_command, pod_wishes
from pytest_batchmock.runners.docker.runs import (
    BETWEEN_LOOKS_SECONDS,
    KILLED,
    LOOKS_FOR_OUT_OF_MEMORY,
    EngineRun,
)
from pytest_batchmock.runners.protocol import RUNNING, Report, RunnerReport, Task, Write


@dataclass(frozen=True)
class DockerRunner:
    """Runs tasks as containers.

    Attributes:
        changes: The options of this rule, over those of the mock.
    """

    changes: tuple[tuple[str, Any], ...] = field(default=(), compare=False)

    def start(self, task: Task, report: Report, write: Write) -> DockerRun | None:
        """Start the container; see `pytest_batchmock.runners.protocol.Runner`."""
        options = task.options.but(**dict(self.changes))
        if task.home is not None:
            reap_home(task.home.name)
        needs = Requirements(thousandths(task.vcpus), task.memory_mib, task.gpus)
        if task.is_pod:
            wished = pod_wishes(task.members, task.task_members, needs, allow=options.docker_allow)
        else:
            wished = wishes(
                task.members,
                task.task_members,
                needs,
                on_fargate=task.on_fargate,
                allow=options.docker_allow,
            )
        try:
            secrets = dict(secrets_of(task, options))
        except NotStarted as error:
            report(RunnerReport("failed_to_start", None, str(error)[:LONGEST_REASON]))
            return None
        return DockerRun(task, options, wished, secrets, report, write)

    def reattach(
        self, task: Task, report: Report, write: Write, written: Sequence[str]
    ) -> DockerRun | None:
        """Go on with the container of `task`; see `pytest_batchmock.runners.protocol.Reattaches`."""
        with contextlib.suppress(EngineGone):
            found = found_again(task)
            if found is not None:
                options = task.options.but(**dict(self.changes))
                return DockerRun(task, options, None, {}, report, write, Before(found, written))
        return None

    def leave(self, group: str) -> None:
        """No further task of `group` will come."""
        GROUPS.leave(group)


class DockerRun(EngineRun[Group]):
    """A container at an engine.

    Told to end, it gets SIGTERM or the image's own stop signal.
    """

    def __init__(
        self,
        task: Task,
        options: Options,
        wished: Wishes | None,
        secrets: dict[str, str],
        report: Report,
        write: Write,
        before: Before | None = None,
    ) -> None:
        super().__init__(task, GROUPS.of(task, options), report, write)
        self._before = before
        self._options = options
        self._wished = wished
        self._secrets = secrets
        self._engine: DockerEngine | None = None
        self._id: str | None = None
        if before is not None:
            self._group.id = before.container["Labels"][docker_engine.GROUP_LABEL]
        self._begin()

    def _tell(self, kills: bool) -> None:
        import docker.errors

        if self._engine is None or self._id is None:
            raise AssertionError("Nothing runs.")
        with contextlib.suppress(docker.errors.APIError, EngineGone), self._engine.asked() as api:
            signal = "SIGKILL"
            if not kills:
                config = api.inspect_container(self._id)["Config"]
                signal = config.get("StopSignal") or "SIGTERM"
            api.kill(self._id, signal)

    # In the thread

    def _remove(self) -> None:
        if self._engine is not None and self._id is not None:
            self._engine.remove("containers", self._id)

    def _run(self) -> RunnerReport:
        if self._before is not None:
            return self._go_on(self._before)
        self._group.wait_for_room(2 * (os.cpu_count() or 1))
        self._refuse_if_stopped()
        self._engine = engine = docker_engine.engine()
        with engine.asked() as api:
            with told_as("CannotCreateContainerError"):
                self._id = self._create(api)
            with _attached(api, self._id) as output:
                self._refuse_if_stopped()
                with told_as("CannotStartContainerError"):
                    api.start(self._id)
                self._group.started(self._task, self._id)
                self._runs = True
                self._report(RUNNING)
                self._listens()
                for line in _lines(output):
                    self._write(line)
            return self._ended(api)

    def _go_on(self, before: Before) -> RunnerReport:
        """Attend to a container that an earlier process has started."""
        self._engine, self._id = docker_engine.engine(), str(before.container["Id"])
        with self._engine.asked() as api:
            self._group.adopt(self._engine, self._task, before.container["Labels"])
            if before.container["State"] == "running":
                self._group.started(self._task, self._id)
            self._runs = True
            self._report(RUNNING)
            self._listens()
            read_again(api, self._id, self._write, before.written)
            return self._ended(api)

    def _ended(self, api: Any) -> RunnerReport:
        """Wait for the end, and tell of it."""
        if self._engine is not None:
            self._engine.knock()  # its vanishing ends the output too
        api.wait(self._id, timeout=None)
        state = self._final_state(api)
        reason = None
        if state["OOMKilled"]:
            reason = OUT_OF_MEMORY
        elif state["Error"]:
            reason = f"DockerStateError: {state['Error']}"
        return RunnerReport("ended", state["ExitCode"], reason)

    def _final_state(self, api: Any) -> Any:
        """The state of the container that has ended.

        That it was out of memory is told to the engine by another road than its end, and may be late.
        """
        for _ in range(LOOKS_FOR_OUT_OF_MEMORY):
            state = api.inspect_container(self._id)["State"]
            if state["OOMKilled"] or state["ExitCode"] != KILLED or self._asked_ms is not None:
                break
            self._gone.wait(BETWEEN_LOOKS_SECONDS)
        return state

    def _create(self, api: Any) -> str:
        import docker.errors

        if self._engine is None or self._wished is None:
            raise AssertionError("There is no engine.")
        image = image_of(self._task.image, self._options)
        if self._options.docker_pull == "always":
            pull(api, image, self._wished.platform)
        self._group.prepare(self._engine, self._task, self._wished)
        shared = self._group.host_arguments(self._task, self._wished)
        host = host_arguments(self._wished, self._group.volumes, self._engine.cpus) | shared.host
        driver = self._wished.log_driver
        host["log_config"] = (
            {"Type": driver.name, "Config": driver.options} if driver else {"Type": "json-file"}
        )
        variables = {**shared.environment, **self._secrets, **self._task.environment, **shared.facts}
        given: dict[str, Any] = {
            "image": image,
            **self._command(variables),
            "environment": [f"{name}={value}" for name, value in variables.items()],
            "host_config": api.create_host_config(**host),
            "labels": self._group.container_labels(self._task),
            "use_config_proxy": False,
            **create_arguments(self._wished),
        }
        try:
            return self._made(api, given, host)
        except docker.errors.ImageNotFound as error:
            if self._options.docker_pull == "never":
                raise NotStarted(
                    f"CannotPullContainerError: Error response from daemon: {error.explanation}"
                    " (docker_pull='never')"
                ) from error
            if self._options.docker_pull == "always":
                raise
        pull(api, image, self._wished.platform)
        return self._made(api, given, host)

    def _command(self, environment: Mapping[str, str]) -> dict[str, Any]:
        if self._task.is_pod:
            return pod_command(self._task.members, environment)
        return {"command": list(self._task.command) or None}

    def _made(self, api: Any, given: dict[str, Any], host: dict[str, Any]) -> str:
        container_id = str(api.create_container(**given)["Id"])
        self._id = container_id
        self._group.join(api, container_id, host)
        return container_id


@contextlib.contextmanager
def _attached(api: Any, container: str) -> Iterator[Any]:
    """The output of a container, from before its start on."""
    output = api.attach_socket(container, {"stdout": 1, "stderr": 1, "stream": 1})
    response = getattr(output, "_response", None)
    connection = getattr(output, "_sock", output)
    connection.settimeout(None)  # a job may be silent for hours
    try:
        yield output
    finally:
        # The SDK's objects hold each other open: closing one of them closes nothing.
        if response is not None:
            response.close()
        if connection.fileno() != -1:
            os.close(connection.detach())


def _lines(output: Any) -> Iterator[str]:
    """The lines of both streams of a container, as they come."""
    rest = {1: b"", 2: b""}
    while header := _read(output, 8):
        stream, size = struct.unpack(">BxxxL", header)
        whole, rest[stream] = cut(rest.get(stream, b"") + _read(output, size))
        yield from map(text_of, whole)
    yield from (text_of(left) for left in rest.values() if left)


def _read(output: Any, size: int) -> bytes:
    """Exactly `size` bytes; fewer, or none, at the end."""
    got = b""
    while len(got) < size:
        more = output.read(size - len(got))
        if not more:
            return b""
        got += more
    return got
