"""What a container of a Batch job asks of a Docker Swarm, and what a swarm says of it: pure functions.

The members are read by `runners.docker.options.wishes`; here they become members of a service's task, as
the Engine API has them. What a swarm cannot give a task is refused by name. What a node of the swarm
tells of a task becomes a report, and the nodes tell whether a task could ever be placed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, Final, NamedTuple

from pytest_batchmock.errors import MockUsageError, NotModelledError
from pytest_batchmock.runners.docker.endpoints import is_loopback
from pytest_batchmock.runners.docker.options import MIB, Members, Mount, Wishes
from pytest_batchmock.runners.protocol import RunnerReport

_GPU: Final = "gpu"
_SHM: Final = "/dev/shm"
_HOLD_ANYWAY: Final = frozenset({"defaults", "rw", "nosuid", "nodev", "noexec"})
"""Mount options that a tmpfs of a swarm's task has, whether they are asked for or not."""

_DIRECT: Final = "run such jobs with runs_docker()"
_LACKS: Final = {
    "privileged": f"a swarm's tasks are never privileged; {_DIRECT}",
    "ipcMode": f"a swarm's tasks have an IPC namespace of their own; {_DIRECT}",
    "pidMode": f"a swarm's tasks have a process namespace of their own; {_DIRECT}",
}
_LACKS_OF_LINUX: Final = {
    "devices": f"a swarm gives its tasks no devices of the host; {_DIRECT}",
    "maxSwap": f"a swarm does not limit swap by itself; {_DIRECT}, or leave it out",
    "swappiness": f"a swarm does not set it; {_DIRECT}, or leave it out",
}
_NO_IMAGE: Final = ("No such image", "pull access denied", "manifest unknown", "not found: manifest")
_STARTING: Final = "starting"
_FROM_START: Final = "starting container failed: "
_KILLED: Final = 137


def refuse_what_a_swarm_lacks(container: Members, task: Members) -> None:
    """Refuse what no service can express, before anything else is looked at.

    Raises:
        NotModelledError: The text names the member and says what to do.
    """
    linux: Members = container.get("linuxParameters") or {}
    for member, why in _LACKS.items():
        if container.get(member) or task.get(member):
            raise NotModelledError(f"{member}: the Swarm runner does not have it: {why}.")
    for member, why in _LACKS_OF_LINUX.items():
        if linux.get(member) not in (None, []):
            raise NotModelledError(
                f"linuxParameters.{member}: the Swarm runner does not have it: {why}."
            )


def container_members(wished: Wishes) -> dict[str, Any]:
    """The members of ``ContainerSpec`` that the wishes decide.

    Raises:
        NotModelledError: A volume or a tmpfs is asked for in a way that a service cannot express.
    """
    mounts = [*_volumes(wished.mounts), *_tmpfs(wished)]
    given: dict[str, Any] = {
        "User": wished.user,
        "ReadOnly": wished.read_only or None,
        "Init": wished.init or None,
        "Ulimits": [
            {"Name": limit.name, "Soft": limit.soft, "Hard": limit.hard} for limit in wished.ulimits
        ]
        or None,
        "Mounts": mounts or None,
    }
    return {name: value for name, value in given.items() if value is not None}


def literal(text: str) -> str:
    """A text that a swarm takes as it is, where it would fill in templates: variables and mounts."""
    return text.replace("{{", '{{"{{"}}')


def _volumes(mounts: Sequence[Mount]) -> Iterable[dict[str, Any]]:
    """Host folders, and volumes without a name: these go with their container, on every node."""
    anonymous = [mount.volume for mount in mounts if mount.host_path is None]
    for name in anonymous:
        if anonymous.count(name) > 1:
            raise NotModelledError(
                f"mountPoints: volume {name!r} is mounted more than once, which the Swarm runner does "
                "not have for a volume without host.sourcePath: give it one, or mount it once."
            )
    for mount in mounts:
        target, path = literal(mount.target), mount.host_path
        entry = {"Type": "volume", "Target": target, "ReadOnly": mount.read_only}
        yield entry if path is None else entry | {"Type": "bind", "Source": literal(path)}


def _tmpfs(wished: Wishes) -> Iterable[dict[str, Any]]:
    if wished.shm_bytes is not None:  # a service has no member for its size
        yield {"Type": "tmpfs", "Target": _SHM, "TmpfsOptions": {"SizeBytes": wished.shm_bytes}}
    for target, text in wished.tmpfs.items():
        options: dict[str, Any] = {}
        read_only = False
        for option in text.split(","):
            name, _, value = option.partition("=")
            if name == "size":
                options["SizeBytes"] = int(value.removesuffix("m")) * MIB
            elif name == "mode":
                options["Mode"] = int(value, 8)
            elif name == "ro":
                read_only = True
            elif option not in _HOLD_ANYWAY:
                raise NotModelledError(
                    f"linuxParameters.tmpfs: the Swarm runner does not have the option {option!r}; it "
                    f"has size, mode, ro, and what always holds: {', '.join(sorted(_HOLD_ANYWAY))}."
                )
        mount = {"Type": "tmpfs", "Target": literal(target), "ReadOnly": read_only}
        yield mount | {"TmpfsOptions": options}


def in_reach_of_all(endpoints: Mapping[str, str]) -> dict[str, str]:
    """The same endpoints of AWS, as any node of a swarm reaches them.

    Raises:
        MockUsageError: One is a loopback address, which on another node is another machine.
    """
    for name, url in endpoints.items():
        if is_loopback(url):
            raise MockUsageError(
                f"{name}={url} is the loopback of this machine, which other nodes of the swarm do not "
                "reach: let that server listen where they do, and name the address in docker_endpoints."
            )
    return dict(endpoints)


# --- Where a task may be placed -------------------------------------------------------------------


class Node(NamedTuple):
    """A node of the swarm.

    Attributes:
        id: Its id.
        name: Its host's name.
        takes_tasks: Whether it is ready and active.
        is_down: Whether the swarm has lost it.
        labels: Its labels, ``node.labels.…``.
        nano_cpus: Its CPUs, in billionths.
        memory_bytes: Its memory.
        architecture: As an image has it: ``amd64``, ``arm64``.
        gpus: The kind of its generic resource for GPUs, and how many: none where it offers none.
    """

    id: str
    name: str
    takes_tasks: bool
    is_down: bool
    labels: dict[str, str]
    nano_cpus: int
    memory_bytes: int
    architecture: str
    gpus: dict[str, int]


def node_of(given: Members) -> Node:
    """Read what the Engine API tells of a node."""
    spec, described, status = given["Spec"], given["Description"], given["Status"]
    resources = described.get("Resources") or {}
    platform = described.get("Platform") or {}
    gpus: dict[str, int] = {}
    for entry in resources.get("GenericResources") or ():
        for form, resource in entry.items():
            kind = resource["Kind"]
            if _GPU in kind.lower():
                count = int(resource["Value"]) if form == "DiscreteResourceSpec" else 1
                gpus[kind] = gpus.get(kind, 0) + count
    architecture = platform.get("Architecture", "")
    return Node(
        id=given["ID"],
        name=described.get("Hostname", given["ID"]),
        takes_tasks=status.get("State") == "ready" and spec.get("Availability") == "active",
        is_down=status.get("State") == "down",
        labels=dict(spec.get("Labels") or {}),
        nano_cpus=int(resources.get("NanoCPUs", 0)),
        memory_bytes=int(resources.get("MemoryBytes", 0)),
        architecture={"x86_64": "amd64", "aarch64": "arm64"}.get(architecture, architecture),
        gpus=gpus,
    )


class Needs(NamedTuple):
    """What a task reserves on a node, and which nodes may take it.

    Attributes:
        nano_cpus: CPUs, in billionths.
        memory_bytes: Memory.
        gpus: GPUs.
        labels: What the labels of the node must be.
        architecture: Of the node, or None.
    """

    nano_cpus: int
    memory_bytes: int
    gpus: int
    labels: Mapping[str, str]
    architecture: str | None


def needs_of(wished: Wishes, mvcpus: int, labels: Mapping[str, str]) -> Needs:
    """What a container reserves: its vCPUs and its memory, as instances of Batch are filled."""
    platform = wished.platform
    return Needs(
        nano_cpus=mvcpus * 1_000_000,
        memory_bytes=wished.memory_bytes or 0,
        gpus=wished.gpus,
        labels=labels,
        architecture=None if platform is None else platform.partition("/")[2],
    )


def labels_for(environment: str, mapping: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """The labels of the nodes that stand for a compute environment; the first pattern that matches."""
    for pattern, labels in mapping.items():
        if fnmatchcase(environment, pattern):
            return dict(labels)
    return {}


def resources(wished: Wishes, needs: Needs, nodes: Sequence[Node]) -> dict[str, Any]:
    """The member ``Resources``: what is reserved on a node, and what limits the container.

    Raises:
        MockUsageError: It needs GPUs, and no node offers a generic resource for them.
    """
    limits = {"MemoryBytes": wished.memory_bytes, "NanoCPUs": wished.nano_cpus}
    reserved: dict[str, Any] = {"MemoryBytes": needs.memory_bytes, "NanoCPUs": needs.nano_cpus}
    if needs.gpus:
        kinds = [kind for node in nodes for kind in node.gpus]
        if not kinds:
            raise MockUsageError(
                f"The job needs {needs.gpus} GPU(s), and no node of the swarm offers a generic resource "
                "for GPUs: start its Docker engine with --node-generic-resource gpu=ID for each."
            )
        reserved["GenericResources"] = [
            {"DiscreteResourceSpec": {"Kind": kinds[0], "Value": needs.gpus}}
        ]
    return {
        "Limits": {name: value for name, value in limits.items() if value},
        "Reservations": {name: value for name, value in reserved.items() if value},
    }


def placement(needs: Needs) -> dict[str, Any]:
    """The member ``Placement``."""
    given: dict[str, Any] = {
        "Constraints": [f"node.labels.{name}=={value}" for name, value in needs.labels.items()]
    }
    if needs.architecture is not None:
        given["Platforms"] = [{"OS": "linux", "Architecture": needs.architecture}]
    return given


def why_never(needs: Needs, nodes: Sequence[Node]) -> str | None:
    """Why no node of the swarm could take a task, were it ever so idle; None if one could."""
    if any(node.takes_tasks and not _lacks(needs, node) for node in nodes):
        return None
    told = "; ".join(
        f"{node.name}: {_lacks(needs, node) or 'takes no tasks (down, paused or drained)'}"
        for node in nodes
    )
    return f"no node of the swarm can take a task that needs {needs_text(needs)}. {told}"


def needs_text(needs: Needs) -> str:
    """What a task needs, in words."""
    parts = [f"{needs.nano_cpus / 1e9:g} CPU", f"{needs.memory_bytes // MIB} MiB"]
    if needs.gpus:
        parts.append(f"{needs.gpus} GPU")
    parts += [f"{name}={value}" for name, value in needs.labels.items()]
    if needs.architecture is not None:
        parts.append(needs.architecture)
    return ", ".join(parts)


def _lacks(needs: Needs, node: Node) -> str:
    """What a node has not that a task needs, in words; empty if it has all."""
    lacks = []
    for name, value in needs.labels.items():
        if node.labels.get(name, "").casefold() != value.casefold():
            lacks.append(f"{name}={node.labels[name]}" if name in node.labels else f"no label {name}")
    if needs.nano_cpus > node.nano_cpus:
        lacks.append(f"{node.nano_cpus / 1e9:g} CPU")
    if needs.memory_bytes > node.memory_bytes:
        lacks.append(f"{node.memory_bytes // MIB} MiB")
    if needs.gpus > sum(node.gpus.values()):
        lacks.append(f"{sum(node.gpus.values())} GPU")
    if needs.architecture not in (None, node.architecture):
        lacks.append(node.architecture)
    return ", ".join(lacks)


# --- What became of a task ------------------------------------------------------------------------


def has_started(task: Members) -> bool:
    """Whether the container of a task runs or has run.

    Of a short one nobody may have seen that it ran; the last message of its node tells.
    """
    state, message = task["Status"]["State"], task["Status"].get("Message")
    return state in ("running", "complete") or (state == "failed" and message != _STARTING)


def waits_for(task: Members) -> str | None:
    """Why the swarm has not placed a task yet, in its own words; None if it has, or has not tried."""
    status = task["Status"]
    return str(status["Err"]) if status["State"] == "pending" and status.get("Err") else None


def report_of(task: Members) -> RunnerReport | None:
    """How a task ended, as ECS would tell it; None while it has not."""
    status = task["Status"]
    state, error = status["State"], str(status.get("Err") or "")
    exit_code = (status.get("ContainerStatus") or {}).get("ExitCode", 0)
    if state == "complete":
        return RunnerReport("ended", 0)
    if state == "rejected":
        return RunnerReport("failed_to_start", None, f"{_error_of(error)}: {_daemon(error)}")
    if state == "failed" and not has_started(task):
        text = _daemon(error.removeprefix(_FROM_START))
        return RunnerReport("failed_to_start", None, f"CannotStartContainerError: {text}")
    if state == "failed" and not error.startswith("task: non-zero exit"):
        return RunnerReport("ended", exit_code or None, f"DockerStateError: {error}")
    if state == "failed":
        return RunnerReport("ended", exit_code)
    if state == "shutdown":  # the engine has no exit code where it could not wait for the end
        return RunnerReport("ended", exit_code if exit_code >= 0 else _KILLED)
    if state in ("orphaned", "remove"):
        return RunnerReport("ended", None, f"CannotInspectContainerError: {error or 'the node is lost'}")
    return None


def _daemon(error: str) -> str:
    return f"Error response from daemon: {error}"


def _error_of(error: str) -> str:
    """The name of the error of ECS's agent for a task that a node has rejected."""
    if any(text in error for text in _NO_IMAGE):
        return "CannotPullContainerError"
    return "CannotCreateContainerError"


def address_in(task: Members, network: str) -> str | None:
    """The address of a task in a network."""
    for attachment in task.get("NetworksAttachments") or ():
        if attachment["Network"]["ID"] == network and attachment.get("Addresses"):
            return str(attachment["Addresses"][0]).partition("/")[0]
    return None
