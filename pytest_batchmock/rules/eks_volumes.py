"""What RegisterJobDefinition refuses in the volumes of pods, and in where they are mounted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from pytest_batchmock.rules.definition_parts import Members, is_subdomain, pods
from pytest_batchmock.rules.registry import Request, rule

REGISTER: Final = "RegisterJobDefinition"
_MEMORY: Final = re.compile(r"[0-9]{1,18}Mi", re.ASCII)
_VOLUME_KINDS: Final = ("hostPath", "emptyDir", "secret", "persistentVolumeClaim")


@rule(REGISTER, evidence="documented", source="API model, EksVolume", wrapped=True)
def a_pod_volume_has_one_kind(request: Request) -> str | None:
    """hostPath, emptyDir, secret or persistentVolumeClaim; the words of the refusal are ours."""
    for pod in pods(request.params):
        for volume in pod.get("volumes") or ():
            if sum(1 for kind in _VOLUME_KINDS if kind in volume) > 1:
                return f"Volume {volume['name']} should have only one volume type."
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def an_empty_dir_is_on_disk_or_in_memory(request: Request) -> str | None:
    """``medium``: absent, empty or Memory."""
    for empty_dir in _empty_dirs(request):
        if empty_dir.get("medium") not in (None, "", "Memory"):
            return "Invalid Volume mount. Allowed values - Memory or null."
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def an_empty_dir_has_a_size_in_mebibytes(request: Request) -> str | None:
    """1Gi is refused, 100Mi is not."""
    for empty_dir in _empty_dirs(request):
        size = empty_dir.get("sizeLimit")
        if size is not None and not _MEMORY.fullmatch(size):
            return "Invalid empty dir size limit."
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def a_volume_mount_names_a_volume_of_the_pod(request: Request) -> str | None:
    """The service says so of a mount that has a name, of no volume, too."""
    for pod in pods(request.params):
        names = {volume["name"] for volume in pod.get("volumes") or ()}
        for container in (*(pod.get("containers") or ()), *(pod.get("initContainers") or ())):
            for mount in container.get("volumeMounts") or ():
                if mount.get("name") not in names:
                    return "The volumeMounts name is required for eksProperties."
    return None


@rule(
    REGISTER,
    evidence="documented",
    source="API model, EksVolume.name, EksSecret.secretName",
    wrapped=True,
)
def names_of_pod_volumes_and_secrets_are_dns_subdomains(request: Request) -> str | None:
    """Lower-case letters, digits, hyphens and full stops; the words of the refusal are ours."""
    for pod in pods(request.params):
        for volume in pod.get("volumes") or ():
            for name in (volume["name"], (volume.get("secret") or {}).get("secretName")):
                if name is not None and not is_subdomain(name):
                    return f"The name {name} of a pod volume must be a valid DNS subdomain name."
    return None


def _empty_dirs(request: Request) -> Iterator[Members]:
    for pod in pods(request.params):
        for volume in pod.get("volumes") or ():
            if "emptyDir" in volume:
                yield volume["emptyDir"]
