"""What RegisterJobDefinition refuses in ``volumes`` and ``mountPoints`` of ECS containers and tasks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from pytest_batchmock.rules.definition_parts import Members, containers, job_role, surroundings
from pytest_batchmock.rules.registry import Request, rule

REGISTER: Final = "RegisterJobDefinition"
MAX_ROOT_DIRECTORY: Final = 4096

_KINDS: Final = ("host", "efsVolumeConfiguration", "s3filesVolumeConfiguration")
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,255}", re.ASCII)
_FILE_SYSTEM: Final = re.compile(
    r"fs-[0-9a-f]+|arn:[^:]+:elasticfilesystem:[^:]*:[^:]*:file-system/fs-[0-9a-f]+", re.ASCII
)


@rule(REGISTER, evidence="documented", source="API model, Volume.name", wrapped=True)
def a_volume_name_matches_the_pattern(request: Request) -> str | None:
    """1 to 255 letters, digits, hyphens and underscores; the words of the refusal are ours."""
    for volume, _ in _volumes(request):
        name = volume.get("name")
        if name is not None and not _NAME.fullmatch(name):
            return "Volume name should match a valid pattern."
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def a_volume_has_one_kind_of_configuration(request: Request) -> str | None:
    """Host path, EFS or S3 Files."""
    for volume, _ in _volumes(request):
        if sum(1 for kind in _KINDS if volume.get(kind)) > 1:
            return (
                "When the volume parameter is specified, only one volume configuration type "
                "should be used."
            )
    return None


@rule(REGISTER, evidence="documented", source="API model, MountPoint.sourceVolume", wrapped=True)
def a_mount_point_names_a_volume(request: Request) -> str | None:
    """Of the same task; the words of the refusal are ours."""
    for members, task in containers(request.params):
        names = {volume.get("name") for volume in task.get("volumes") or ()}
        for mount in members.get("mountPoints") or ():
            if mount.get("sourceVolume") not in names:
                return f"Unknown volume '{mount.get('sourceVolume')}'."
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def an_efs_file_system_id_is_well_formed(request: Request) -> str | None:
    """``fs-`` and hexadecimal digits."""
    for efs, _ in _efs(request):
        if not _FILE_SYSTEM.fullmatch(efs["fileSystemId"]):
            return f"EFS configuration fileSystemId is not valid: {efs['fileSystemId']}."
    return None


@rule(
    REGISTER,
    evidence="documented",
    source="API model, EFSVolumeConfiguration.rootDirectory",
    wrapped=True,
)
def an_efs_root_directory_has_at_most_4096_characters(request: Request) -> str | None:
    """The words of the refusal are ours."""
    if any(len(efs.get("rootDirectory") or "") > MAX_ROOT_DIRECTORY for efs, _ in _efs(request)):
        return "EFS rootDirectory cannot exceed 4096 characters."
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def efs_iam_needs_transit_encryption(request: Request) -> str | None:
    """DISABLED is the default."""
    for efs, _ in _efs(request):
        if _uses_iam(efs) and efs.get("transitEncryption") != "ENABLED":
            return "EFS IAM authorization requires TransitEncryption to be enabled."
    return None


@rule(REGISTER, evidence="documented", source="API model, EFSAuthorizationConfig.iam", wrapped=True)
def efs_iam_needs_a_job_role(request: Request) -> str | None:
    """The words follow those for S3 Files."""
    if any(_uses_iam(efs) and not job_role(task) for efs, task in _efs(request)):
        return "A jobRoleArn/taskRoleArn is required when using EFS IAM authorization."
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def an_efs_access_point_needs_transit_encryption(request: Request) -> str | None:
    """DISABLED is the default."""
    for efs, _ in _efs(request):
        if _access_point(efs) and efs.get("transitEncryption") != "ENABLED":
            return "EFS IAM access point requires TransitEncryption to be enabled."
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def an_efs_access_point_decides_the_root_directory(request: Request) -> str | None:
    """It enforces its own path."""
    for efs, _ in _efs(request):
        if _access_point(efs) and efs.get("rootDirectory") not in (None, "", "/"):
            return (
                'When using an EFS access point, the root directory must either be set to "/" or omitted'
            )
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def a_transit_encryption_port_is_a_port(request: Request) -> str | None:
    """0 to 65535; measured for EFS, the same for S3 Files (inferred)."""
    for volume, _ in _volumes(request):
        for kind in _KINDS[1:]:
            if not 0 <= ((volume.get(kind) or {}).get("transitEncryptionPort") or 0) <= 65535:
                return "TransitEncryptionPort must be a valid port number."
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def s3_files_need_a_job_role(request: Request) -> str | None:
    """``jobRoleArn`` of containerProperties, ``taskRoleArn`` of a task."""
    for volume, task in _volumes(request):
        if "s3filesVolumeConfiguration" in volume and not job_role(task):
            return "A jobRoleArn/taskRoleArn is required when using s3filesVolumeConfiguration."
    return None


def _volumes(request: Request) -> Iterator[tuple[Members, Members]]:
    """Each volume with the task (or containerProperties) that has it."""
    for task in surroundings(request.params):
        for volume in task.get("volumes") or ():
            yield volume, task


def _efs(request: Request) -> Iterator[tuple[Members, Members]]:
    for volume, task in _volumes(request):
        if volume.get("efsVolumeConfiguration"):
            yield volume["efsVolumeConfiguration"], task


def _uses_iam(efs: Members) -> bool:
    return (efs.get("authorizationConfig") or {}).get("iam") == "ENABLED"


def _access_point(efs: Members) -> bool:
    return bool((efs.get("authorizationConfig") or {}).get("accessPointId"))
