"""The Docker engine: found as the ``docker`` command finds it, spoken to through Docker's SDK.

Everything that is made there carries labels that say which process made it. What a process leaves
behind that was killed is removed by the next one that comes to the same engine from the same machine.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import platform
import re
import socket
import subprocess
import threading
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.runners.docker import shared as docker_shared

LABEL: Final = "pytest-batchmock"
"""On everything of ours."""

RUN_LABEL: Final = f"{LABEL}.run"
"""The run of a test process that made it."""

OWNER_LABEL: Final = f"{LABEL}.owner"
"""That process: machine, number, and when it started."""

HOME_LABEL: Final = f"{LABEL}.home"
"""What a later process with the same state file finds it by."""

STATE_LABEL: Final = f"{LABEL}.state"
"""The path of that file."""

GROUP_LABEL: Final = f"{LABEL}.group"
"""What shares a network and volumes."""

SHARED: Final = "shared"
"""In `RUN_LABEL`: it is of all test processes, and goes with the last."""

MISSING: Final = "The Docker runner needs Docker's SDK: pip install 'pytest-batchmock[docker]'"
RUN: Final = uuid.uuid4().hex[:12]
_CONNECTIONS: Final = 128
_CONTAINERS: Final = "containers"
_at_exit: list[Callable[[], object]] = []


class EngineGone(Exception):
    """No engine answers; the text says where it was looked for, and what to do."""


class DockerEngine:
    """An engine, and what it is good for.

    Args:
        url: Where it listens.
        api: The SDK's low-level client.
    """

    def __init__(self, url: str, api: Any) -> None:
        self.url = url
        self.api = api
        self._cpus: int | None = None
        self._owed: list[tuple[str, str]] = []
        self._architecture: str | None = None

    @property
    def is_on_this_machine(self) -> bool:
        """Whether this machine's network interfaces are the engine's: not so for a virtual machine."""
        return self.url.startswith(("unix://", "http+unix://")) and platform.system() == "Linux"

    @property
    def cpus(self) -> int:
        """How many CPUs it has."""
        if self._cpus is None:
            self._cpus = int(self.api.info()["NCPU"])
        return self._cpus

    @property
    def architecture(self) -> str:
        """``amd64``, ``arm64``, …"""
        if self._architecture is None:
            self._architecture = str(self.api.version()["Arch"])
        return self._architecture

    @contextlib.contextmanager
    def asked(self) -> Iterator[Any]:
        """The SDK's client; a failure to reach the engine is told as `EngineGone`."""
        import docker.errors
        import requests.exceptions
        from urllib3.exceptions import HTTPError

        self.knock()
        try:
            yield self.api
        except docker.errors.APIError:
            raise  # an answer
        except (
            requests.exceptions.RequestException,
            HTTPError,
            ConnectionError,
            TimeoutError,
        ) as error:
            raise EngineGone(gone_text(self.url)) from error

    def knock(self) -> None:
        """See whether it is still there.

        Raises:
            EngineGone: It is not.
        """
        _knock(self.url)

    def reap(self) -> None:
        """Remove what processes of this machine left behind that are no more."""
        for kind, found in self._listed({"label": LABEL}):
            for entry in found:
                if is_orphan(entry.get("Labels") or {}):
                    self.remove(kind, entry.get("Id") or entry["Name"])
                elif (entry.get("Labels") or {}).get(RUN_LABEL) == SHARED:
                    with docker_shared.alone() as is_alone:
                        if is_alone:  # its users were killed
                            self.remove(kind, entry["Id"])
        self.pay()

    def pay(self) -> None:
        """Remove what could not be removed before, as the engine had vanished."""
        owed, self._owed = self._owed, []
        for kind, name in owed:
            self.remove(kind, name)

    def reap_home(self, name: str, adopted: Collection[str]) -> None:
        """Remove what earlier processes with a state file left and this one has not taken over.

        Args:
            name: Of the home.
            adopted: The groups that this process goes on with.
        """
        listing = {"label": f"{HOME_LABEL}={name}"}
        for kind, found in self._listed(listing):
            for entry in found:
                given = entry.get("Labels") or {}
                if given.get(RUN_LABEL) != RUN and given.get(GROUP_LABEL) not in adopted:
                    self.remove(kind, entry.get("Id") or entry["Name"])

    def _listed(self, listing: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
        yield _CONTAINERS, self.api.containers(all=True, filters=listing)
        yield "networks", self.api.networks(filters=listing)
        yield "volumes", self.api.volumes(filters=listing)["Volumes"] or ()
        yield "images", self.api.images(filters=listing)

    def remove(self, kind: str, name: str) -> None:
        """Remove a container, network, volume or image; nothing happens if it has gone or is in use.

        If the engine has vanished, or fails, as while it is being stopped, it is done when it is back.
        """
        import docker.errors

        how = {
            _CONTAINERS: lambda: self.api.remove_container(name, v=True, force=True),
            "networks": lambda: self.api.remove_network(name),
            "volumes": lambda: self.api.remove_volume(name, force=True),
            "images": lambda: self.api.remove_image(name, force=True),
        }
        try:
            with self.asked():
                how[kind]()
        except docker.errors.APIError as error:
            if error.is_server_error():
                self._owed.append((kind, name))
        except EngineGone:
            self._owed.append((kind, name))


def gone_text(url: str) -> str:
    """What to do if no engine answers."""
    return f"no Docker engine answers at {url}: start one, or name it by DOCKER_HOST or a docker context"


@lru_cache(maxsize=8)
def _engine_at(url: str, tls: Any, pid: int) -> DockerEngine:
    import docker
    import docker.errors

    _knock(url)
    try:
        api = docker.APIClient(
            base_url=url, tls=tls or False, version="auto", timeout=60, max_pool_size=_CONNECTIONS
        )
    except docker.errors.DockerException as error:
        raise EngineGone(gone_text(url)) from error
    found = DockerEngine(url, api)
    at_exit(api.close)
    at_exit(found.pay)
    return found


def _knock(url: str) -> None:
    """See whether somebody listens: the SDK would leave a socket open where nobody does."""
    path = url.partition("unix://")[2]
    if path:
        with socket.socket(socket.AF_UNIX) as knocking:
            try:
                knocking.connect(path)
            except OSError as error:
                raise EngineGone(gone_text(url)) from error


_reaped: set[str] = set()
_reaping = threading.Lock()


def engine() -> DockerEngine:
    """The engine that the ``docker`` command would talk to.

    Raises:
        MockUsageError: Docker's SDK is not installed.
        EngineGone: No engine answers.
    """
    try:
        import docker  # noqa: F401 — the extra is there, or is asked for
    except ImportError as error:
        raise MockUsageError(MISSING) from error
    url, tls = _where()
    found = _engine_at(url, tls, os.getpid())
    with _reaping:
        if url not in _reaped:
            with found.asked():
                found.reap()
            _reaped.add(url)
    found.pay()
    return found


def _where() -> tuple[str, Any]:
    """DOCKER_HOST first, then DOCKER_CONTEXT or the current context, as the command line has it."""
    from docker.context import ContextAPI
    from docker.utils import kwargs_from_env

    given = kwargs_from_env()
    if given.get("base_url"):
        return given["base_url"], given.get("tls")
    name = os.environ.get("DOCKER_CONTEXT")
    context = ContextAPI.get_context(name) if name else ContextAPI.get_current_context()
    if context is None:
        raise MockUsageError(f"DOCKER_CONTEXT={name!r}: there is no such context; 'docker context ls'.")
    return context.Host or "unix:///var/run/docker.sock", context.TLSConfig


# --- Who owns what -------------------------------------------------------------------------------


def labels(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The labels of what this process makes."""
    return {LABEL: "", RUN_LABEL: RUN, OWNER_LABEL: owner(), **(more or {})}


def image_labels() -> list[str]:
    """The same for an image that this process makes, as lines of a Dockerfile."""
    return [f'LABEL "{name}"="{value}"' for name, value in labels().items()]


def shared_labels() -> dict[str, str]:
    """The labels of what all test processes share."""
    return {LABEL: "", RUN_LABEL: SHARED}


def owner() -> str:
    """This process, so that another one can tell whether it still lives."""
    return f"{_machine()} {os.getpid()} {_started(os.getpid())}"


def is_orphan(given: Mapping[str, str]) -> bool:
    """Whether labels tell of a process of this machine that is no more, and of which nobody goes on."""
    machine, _, rest = given.get(OWNER_LABEL, "").partition(" ")
    number, _, started = rest.partition(" ")
    if machine != _machine() or not number.isdigit():
        return False
    state = given.get(STATE_LABEL)
    if state is not None and os.path.exists(state):
        return False  # the next server with that file comes for it
    return _started(int(number)) != started


@lru_cache(maxsize=1)
def _machine() -> str:
    """The machine and, on Linux, the boot and the process namespace: numbers mean nothing beyond."""
    parts = [socket.gethostname()]
    with contextlib.suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip())
        parts.append("".join(re.findall(r"\d+", os.readlink("/proc/self/ns/pid"))))
    return "/".join(parts).replace(" ", "_")


def _started(pid: int) -> str | None:
    """When a process began, as text to compare; None if there is none."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        if os.path.exists("/proc/self/stat"):
            return None
        told = subprocess.run(
            ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
        return told.stdout.strip() or None
    fields = status.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else fields[19]


def at_exit(action: Callable[[], object]) -> None:
    """Have `action` run when the process ends, before those that were given earlier."""
    _at_exit.append(action)


@atexit.register
def close() -> None:
    """Run what `at_exit` was given, once."""
    while _at_exit:
        with contextlib.suppress(Exception):  # the engine may be gone; there is nobody left to tell
            _at_exit.pop()()
