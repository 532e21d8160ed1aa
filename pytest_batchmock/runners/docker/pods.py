"""What a container of a Kubernetes pod asks for, and how that reads for a Docker engine.

A pod is simple here: its containers share a network namespace and volumes of the pod, and run on this
machine. What needs a cluster (secrets, volume claims) is refused. Container and pod are the members of
``eksProperties``, those of the submit over those of the definition.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pytest_batchmock.domain.requirements import Requirements
from pytest_batchmock.errors import MockUsageError, NotModelledError
from pytest_batchmock.runners.docker.options import (
    CPU_SHARES_OF_A_VCPU,
    LEAST_MEMORY,
    MIB,
    Mount,
    Wishes,
    refuse_dangers,
)

Members = Mapping[str, Any]
_NOT_MODELLED_OF_VOLUME: Final = {
    "secret": "a secret of the cluster",
    "persistentVolumeClaim": "a claim on a volume of the cluster",
}
_NOT_MODELLED_OF_SECURITY: Final = {
    "capabilities": "containers have those of the engine",
    "fsGroup": "volumes belong to root, or to whom the image gives them",
}
_DEFAULT_PROFILE: Final = "RuntimeDefault"
_VARIABLE: Final = re.compile(r"\$(?:\$|\((?P<name>[A-Za-z_][A-Za-z0-9_.-]*)\))")


def pod_wishes(
    container: Members, pod: Members, needs: Requirements, *, allow: Sequence[str] = ()
) -> Wishes:
    """Read what a container of a pod asks for.

    The limit of its CPU time is that of its ``limits``; memory is one in any case. ``hostNetwork``
    counts only where the definition says it: that it is the default has no meaning on this machine.

    Args:
        container: Its members.
        pod: Those of its pod.
        needs: What it needs.
        allow: What else a job may have, of `DOCKER_ALLOW`, and host folders by their paths.

    Raises:
        MockUsageError: It asks for what is not allowed; the text says how to allow it.
        NotModelledError: It asks for what this runner cannot give.
    """
    security = _security(container.get("securityContext") or {}, pod.get("securityContext") or {})
    limits: Members = (container.get("resources") or {}).get("limits") or {}
    memory = max(needs.memory_mib * MIB, LEAST_MEMORY) if needs.memory_mib else None
    wished = Wishes(
        cpu_shares=max(2, needs.mvcpus * CPU_SHARES_OF_A_VCPU // 1000),
        nano_cpus=round(float(limits["cpu"]) * 1_000_000_000) if "cpu" in limits else None,
        memory_bytes=memory,
        swap_bytes=memory,
        swappiness=None,
        gpus=needs.gpus,
        user=_user(security),
        privileged=bool(security.get("privileged")),
        read_only=bool(security.get("readOnlyRootFilesystem")),
        init=False,
        shm_bytes=None,
        tmpfs={},
        ulimits=(),
        devices=(),
        mounts=tuple(_mounts(container, pod)),
        log_driver=None,
        platform=None,
        host_network=pod.get("hostNetwork") is True,
        ipc=None,
        pid="task" if pod.get("shareProcessNamespace") else None,
    )
    refuse_dangers(wished, allow)
    return wished


def pod_command(container: Members, environment: Mapping[str, str]) -> dict[str, list[str]]:
    """``command`` in place of the image's entry point, ``args`` in place of its command.

    In both Kubernetes replaces ``$(NAME)`` by the variable, if there is one; ``$$`` is a dollar.
    """
    given = {"entrypoint": container.get("command"), "command": container.get("args")}

    def value(found: re.Match[str]) -> str:
        name = found["name"]
        return "$" if name is None else environment.get(name, found[0])

    return {
        keyword: [_VARIABLE.sub(value, word) for word in words]
        for keyword, words in given.items()
        if words
    }


def _security(of_container: Members, of_pod: Members) -> dict[str, Any]:
    """What holds for a container: what it says itself goes before what its pod says."""
    security = {**of_pod, **of_container}
    for member, why in _NOT_MODELLED_OF_SECURITY.items():
        if security.get(member):
            raise NotModelledError(
                f"securityContext.{member}: the Docker runner does not have it; {why}."
            )
    profile = (security.get("seccompProfile") or {}).get("type", _DEFAULT_PROFILE)
    if profile != _DEFAULT_PROFILE:
        raise NotModelledError(
            f"securityContext.seccompProfile {profile}: the Docker runner has the engine's own alone, "
            f"which is {_DEFAULT_PROFILE}."
        )
    return security


def _user(security: Members) -> str | None:
    user, group = security.get("runAsUser"), security.get("runAsGroup")
    if user is None and group is None:
        if security.get("runAsNonRoot"):
            raise NotModelledError("runAsNonRoot: say which user it is, with runAsUser.")
        return None
    if security.get("runAsNonRoot") and user == 0:
        raise MockUsageError("runAsNonRoot with runAsUser 0: Kubernetes starts no such container.")
    return f"{user or 0}" if group is None else f"{user or 0}:{group}"


def _mounts(container: Members, pod: Members) -> Iterator[Mount]:
    volumes = {volume["name"]: volume for volume in pod.get("volumes") or ()}
    for entry in container.get("volumeMounts") or ():
        name = entry.get("name", "")
        volume = volumes.get(name)
        if volume is None:
            raise MockUsageError(
                f"volumeMounts: {name!r} is no volume of the pod; its volumes are: "
                f"{', '.join(volumes) or 'none'}."
            )
        for member, kind in _NOT_MODELLED_OF_VOLUME.items():
            if volume.get(member):
                raise NotModelledError(
                    f"Volume {name!r}: the Docker runner has no {kind}; give it an emptyDir or a "
                    "hostPath in the definitions of your tests."
                )
        if entry.get("subPath"):
            raise NotModelledError(f"Volume {name!r}: the Docker runner has no subPath.")
        path = (volume.get("hostPath") or {}).get("path") or None
        yield Mount(name, path, entry["mountPath"], bool(entry.get("readOnly")))
