"""What containers reach of this machine: AWS endpoints on its loopback, and the endpoint of ECS.

Containers do not reach a loopback address, so a door is opened beside it, on the gateway of the
engine's bridge, which passes bytes on. The endpoint of ECS has an address that the SDKs insist on,
169.254.170.2: it is the gateway of a network of its own. All test processes of a machine share that
network; each listens there, and as a request says all that the answer needs, any may answer.
"""

from __future__ import annotations

import base64
import contextlib
import http.server
import json
import os
import socket
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address, ip_network
from typing import Any, Final
from urllib.parse import urlsplit

from pytest_batchmock.errors import NotModelledError
from pytest_batchmock.options import Options
from pytest_batchmock.runners.docker import engine as docker_engine
from pytest_batchmock.runners.docker import shared as docker_shared
from pytest_batchmock.runners.docker.engine import DockerEngine
from pytest_batchmock.runners.protocol import Task

HOST_NAME: Final = "host.docker.internal"
ECS_ADDRESS: Final = "169.254.170.2"
ECS_NETWORK: Final = f"{docker_engine.LABEL}-ecs"
_SUBNET: Final = "169.254.170.0/24"
_VARIABLES: Final = "AWS_ENDPOINT_URL"
_LIFE: Final = timedelta(hours=6)
_lock = threading.Lock()
_doors: dict[tuple[str, int], int] = {}


def endpoints(engine: DockerEngine, options: Options) -> dict[str, str]:
    """The variables that name endpoints of AWS, of this process and of the test, for a container."""
    return {name: reachable(engine, url) for name, url in named_in(options).items()}


def named_in(options: Options) -> dict[str, str]:
    """The variables that name endpoints of AWS, of this process and of the test, as they are."""
    of_process = {
        name: value for name, value in os.environ.items() if name.startswith(_VARIABLES) and value
    }
    return {**of_process, **options.docker_endpoints}


def reachable(engine: DockerEngine, url: str) -> str:
    """The same URL as a container reaches it."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    if not is_loopback(url):
        return url
    if engine.is_on_this_machine:
        port = _door(engine, host, port)
    return parts._replace(netloc=f"{HOST_NAME}:{port}").geturl()


def is_loopback(url: str) -> bool:
    """Whether a URL leads to the machine itself, whichever machine asks."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback or ip_address(host).is_unspecified
    except ValueError:
        return host == "localhost"


def gateway(engine: DockerEngine) -> str:
    """The address of this machine on the engine's bridge."""
    [config, *_] = engine.api.inspect_network("bridge")["IPAM"]["Config"]
    return str(config.get("Gateway") or next(ip_network(config["Subnet"]).hosts()))


def doors() -> str:
    """The doors that are open, as the text of a label."""
    with _lock:
        return json.dumps([[host, port, door] for (host, port), door in _doors.items()])


def open_again(engine: DockerEngine, label: str) -> None:
    """Open the doors that an earlier process had, where nobody else listens by now."""
    for host, port, door in json.loads(label):
        with contextlib.suppress(OSError):
            _door(engine, host, port, door)


def _door(engine: DockerEngine, host: str, port: int, door: int = 0) -> int:
    """The port of the bridge's gateway that leads to a port of this machine's loopback."""
    with _lock:
        if (host, port) not in _doors:
            listening = socket.create_server((gateway(engine), door))
            docker_engine.at_exit(listening.close)
            _doors[host, port] = listening.getsockname()[1]
            threading.Thread(target=_welcome, args=(listening, host, port), daemon=True).start()
        return _doors[host, port]


def _welcome(listening: socket.socket, host: str, port: int) -> None:
    with contextlib.suppress(OSError):  # closed at the end
        while True:
            guest, _ = listening.accept()
            try:
                server = socket.create_connection((host, port))
            except OSError:
                guest.close()
                continue
            threading.Thread(target=_pass_on_both, args=(guest, server), daemon=True).start()


def _pass_on_both(guest: socket.socket, server: socket.socket) -> None:
    with guest, server:
        back = threading.Thread(target=_pass_on, args=(server, guest), daemon=True)
        back.start()
        _pass_on(guest, server)
        back.join()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


# --- The endpoint of ECS -------------------------------------------------------------------------


def role_of(task: Task) -> str | None:
    """The role that the code of a job has."""
    found = task.members.get("jobRoleArn") or task.task_members.get("taskRoleArn")
    return str(found) if found else None


def ecs_variables(task: Task, role: str) -> dict[str, str]:
    """What ECS gives a container that has a role: where its credentials and its metadata are."""
    facts = {
        "account": task.account,
        "role": role,
        "task": task.arn,
        "definition": task.definition,
        "name": task.container or "default",
        "image": task.image,
        "vcpus": task.vcpus,
        "memory": task.memory_mib,
    }
    token = base64.urlsafe_b64encode(json.dumps(facts).encode()).decode().rstrip("=")
    return {
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": f"/v2/credentials/{token}",
        "ECS_CONTAINER_METADATA_URI_V4": f"http://{ECS_ADDRESS}/v4/{token}",
    }


_used: dict[str, _Used] = {}


def open_ecs_endpoint(engine: DockerEngine) -> str:
    """Make the network and listen there, as far as that is not done; gives the network's name.

    Raises:
        NotModelledError: The engine is on another machine, or this process may not listen there.
    """
    if not engine.is_on_this_machine:
        raise NotModelledError(
            f"A job role needs the address {ECS_ADDRESS} of the engine's machine, and the engine at "
            f"{engine.url} is on another one: leave jobRoleArn out of the definitions of your tests."
        )
    with _lock:
        if engine.url not in _used:
            _used[engine.url] = _Used(engine)
            docker_engine.at_exit(lambda: close_ecs_endpoint(engine))
        _make_network(engine)
        _used[engine.url].listen()
    return ECS_NETWORK


def close_ecs_endpoint(engine: DockerEngine) -> None:
    """Use it no more; the last one takes the network away."""
    with _lock:
        used = _used.pop(engine.url, None)
    if used is not None:
        used.close()


class _Used:
    """This process uses the endpoint at an engine."""

    def __init__(self, engine: DockerEngine) -> None:
        self._engine = engine
        self._use = docker_shared.Use()
        self._server: _Endpoint | None = None

    def listen(self) -> None:
        """Answer, from now on."""
        if self._server is None:
            self._server = _listen()

    def close(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
        self._use.leave()
        with docker_shared.alone() as is_last:
            if is_last:
                self._engine.remove("networks", ECS_NETWORK)


def _make_network(engine: DockerEngine) -> None:
    import docker.errors
    from docker.types import IPAMConfig, IPAMPool

    if engine.api.networks(names=[ECS_NETWORK]):
        return
    pool = IPAMPool(subnet=_SUBNET, gateway=ECS_ADDRESS)
    try:
        engine.api.create_network(
            ECS_NETWORK,
            driver="bridge",
            ipam=IPAMConfig(pool_configs=[pool]),
            check_duplicate=True,
            labels=docker_engine.shared_labels(),
        )
    except docker.errors.APIError:
        if not engine.api.networks(names=[ECS_NETWORK]):  # else another process was faster
            raise


class _Endpoint(http.server.ThreadingHTTPServer):
    """One of the listeners at the address: the system shares out the connections."""

    allow_reuse_port = True
    daemon_threads = True


def _listen() -> _Endpoint:
    try:
        server = _Endpoint((ECS_ADDRESS, 80), _Answers)
    except PermissionError as error:
        raise NotModelledError(
            f"A job role needs port 80 of {ECS_ADDRESS}, where this user may not listen: run the tests "
            "as root, set net.ipv4.ip_unprivileged_port_start=80, or leave jobRoleArn out."
        ) from error
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class _Answers(http.server.BaseHTTPRequestHandler):
    """Credentials and metadata."""

    def do_GET(self) -> None:
        """Answer with what the path says."""
        answer = answer_to(self.path)
        body = json.dumps(answer or {"code": "NotFound", "message": f"no {self.path}"}).encode()
        self.send_response(404 if answer is None else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent."""


def answer_to(path: str) -> dict[str, Any] | None:
    """What the endpoint answers; None: there is no such thing."""
    match path.strip("/").split("/"):
        case ["v2", "credentials", token]:
            facts = _facts(token)
            return facts and _credentials(facts)
        case ["v4", token]:
            facts = _facts(token)
            return facts and _container(facts)
        case ["v4", token, "task"]:
            facts = _facts(token)
            return facts and _task(facts)
    return None


def _facts(token: str) -> dict[str, Any] | None:
    try:
        facts = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except ValueError:
        return None
    return facts if isinstance(facts, dict) else None


def _credentials(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Credentials that open nothing; the key names the account, as local servers read it."""
    ends = datetime.now(timezone.utc) + _LIFE
    return {
        "RoleArn": facts["role"],
        "AccessKeyId": facts["account"],
        "SecretAccessKey": "testing",
        "Token": "testing",
        "Expiration": ends.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _container(facts: Mapping[str, Any]) -> dict[str, Any]:
    family, _, revision = facts["definition"].rpartition(":")
    return {
        "Name": facts["name"],
        "Image": facts["image"],
        "Labels": {
            "com.amazonaws.ecs.container-name": facts["name"],
            "com.amazonaws.ecs.task-arn": facts["task"],
            "com.amazonaws.ecs.task-definition-family": family,
            "com.amazonaws.ecs.task-definition-version": revision,
        },
        "DesiredStatus": "RUNNING",
        "KnownStatus": "RUNNING",
        "Limits": {"CPU": int(facts["vcpus"] * 1024), "Memory": facts["memory"]},
        "Type": "NORMAL",
    }


def _task(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The task as one of its containers sees it; the others are not listed."""
    family, _, revision = facts["definition"].rpartition(":")
    return {
        "Cluster": facts["task"].split("/")[1],
        "TaskARN": facts["task"],
        "Family": family,
        "Revision": revision,
        "DesiredStatus": "RUNNING",
        "KnownStatus": "RUNNING",
        "Containers": [_container(facts)],
    }
