"""A second node for a swarm: another Docker engine on this machine, in a network namespace of its own.

For tests that need two machines. It needs root, the commands ``ip``, ``nsenter``, ``setpriv`` and
``dockerd``, and a swarm whose manager has an address that the namespace reaches. It ends with the test
process however that ends; and with its engine goes the namespace.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pytest_batchmock.runners.swarm.cluster import Swarm

from ..conftest import Images

NEAR, FAR = "198.18.99.1", "198.18.99.2"
"""The addresses of the two nodes, of those for measuring networks."""

_NEAR_END, _FAR_END = "batchmock0", "batchmock1"
_TRIES = 300
_BETWEEN_SECONDS = 0.1


class SecondNode:
    """The second node.

    Attributes:
        api: The SDK's client of its engine.
        id: Its id in the swarm.
        pool: A label that only it has, as ``pool``.
    """

    def __init__(self, api: Any) -> None:
        self.api = api
        self.id = ""
        self.pool = uuid.uuid4().hex[:8]

    def cut_off(self) -> None:
        """Let the manager hear nothing of it any more."""
        _run("ip", "link", "set", _NEAR_END, "down")

    def wait_for(self, condition: Any) -> None:
        """Wait until something holds; the tests themselves are told if it never does."""
        until(condition)


def what_is_missing() -> str | None:
    """Why no second node can be made here; None if it can."""
    if os.geteuid() != 0:
        return "a second node needs root"
    for command in ("ip", "nsenter", "setpriv", "dockerd"):
        if shutil.which(command) is None:
            return f"a second node needs the command {command!r}"
    return None


@contextlib.contextmanager
def link() -> Iterator[None]:
    """A cable to a second machine; its far end is still here."""
    subprocess.run(["ip", "link", "delete", _NEAR_END], check=False, capture_output=True)
    _run("ip", "link", "add", _NEAR_END, "type", "veth", "peer", "name", _FAR_END)
    _run("ip", "addr", "add", f"{NEAR}/30", "dev", _NEAR_END)
    _run("ip", "link", "set", _NEAR_END, "up")
    yield
    # It has gone with the second machine, if there was one.
    subprocess.run(["ip", "link", "delete", _NEAR_END], check=False, capture_output=True)


def until(condition: Any) -> None:
    """Wait until a condition holds."""
    waiting = threading.Event()
    for _ in range(_TRIES):
        if condition():
            return
        waiting.wait(_BETWEEN_SECONDS)
    raise AssertionError("it never held")


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


@contextlib.contextmanager
def second_node(swarm: Swarm, images: Images) -> Iterator[SecondNode]:
    """Start it, let it join the swarm, and give it the images."""
    tag = uuid.uuid4().hex[:6]
    folder = Path(tempfile.mkdtemp(prefix="batchmock-"))
    with contextlib.ExitStack() as stack:
        stack.callback(_remove, folder)
        _run("ip", "netns", "add", tag)
        name = stack.enter_context(contextlib.ExitStack())
        name.callback(_run, "ip", "netns", "delete", tag)
        _run("ip", "link", "set", _FAR_END, "netns", tag)
        within = ("ip", "-n", tag)
        _run(*within, "addr", "add", f"{FAR}/30", "dev", _FAR_END)
        _run(*within, "link", "set", _FAR_END, "up")
        _run(*within, "link", "set", "lo", "up")
        _run(*within, "route", "add", "default", "via", NEAR)
        api = stack.enter_context(_engine(folder, tag))
        name.close()  # the engine alone holds it now
        node = SecondNode(api)
        token = swarm.engine.api.inspect_swarm()["JoinTokens"]["Worker"]
        api.join_swarm([f"{NEAR}:2377"], token, advertise_addr=FAR)
        node.id = api.info()["Swarm"]["NodeID"]
        stack.callback(_leave, swarm, node)
        found = swarm.engine.api.inspect_node(node.id)
        spec = found["Spec"] | {"Labels": {"pool": node.pool}}
        swarm.engine.api.update_node(node.id, found["Version"]["Index"], spec)
        api.load_image(b"".join(swarm.engine.api.get_image(images.plain)))
        yield node


@contextlib.contextmanager
def _engine(folder: Path, namespace: str) -> Iterator[Any]:
    import docker
    import docker.errors

    url = f"unix://{folder}/docker.sock"
    options = {"host": url, "data-root": folder / "data", "exec-root": folder / "exec"}
    command = ["setpriv", "--pdeathsig=TERM", "nsenter", f"--net=/var/run/netns/{namespace}"]
    command += ["dockerd", f"--pidfile={folder}/pid"]
    command += [f"--{name}={value}" for name, value in options.items()]
    command += ["--node-generic-resource=gpu=GPU-0"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    try:
        until((folder / "docker.sock").exists)
        with contextlib.closing(docker.APIClient(base_url=url, version="auto", timeout=60)) as api:
            until(api.ping)
            yield api
    finally:
        process.terminate()
        process.wait()


def _remove(folder: Path) -> None:
    """Remove the engine's files, and before them what it has left mounted there."""
    for line in Path("/proc/mounts").read_text("utf-8").splitlines():
        where = line.split()[1]
        if where.startswith(f"{folder}/"):
            subprocess.run(["umount", "--lazy", where], check=False, capture_output=True)
    shutil.rmtree(folder)


def _leave(swarm: Swarm, node: SecondNode) -> None:
    _run("ip", "link", "set", _NEAR_END, "up")
    node.api.leave_swarm(force=True)
    swarm.engine.api.remove_node(node.id, force=True)
