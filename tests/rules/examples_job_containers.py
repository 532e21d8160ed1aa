"""Examples of the rules of RegisterJobDefinition for ECS containers, their platform and volumes."""

from __future__ import annotations

from typing import Any

from pytest_batchmock.rules.registry import Request

from .example import Example
from .job_requests import (
    ROLE,
    a_container,
    a_range,
    needs,
    on_ec2,
    on_fargate,
    registers,
    runs_nodes,
    runs_task,
)

_SECRET_ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:s"


def _logs(driver: str, **members: Any) -> dict[str, Any]:
    return {"logDriver": driver} | members


def _windows(architecture: str = "X86_64", **container: Any) -> Request:
    platform = {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE", "cpuArchitecture": architecture}
    return on_fargate(runtimePlatform=platform, **container)


_CONTAINER: dict[str, Example] = {
    "a_container_has_an_image": Example(
        registers(), registers(containerProperties={}), "ECS Container Image must be provided."
    ),
    "an_image_has_plain_characters": Example(
        on_ec2(image="public.ecr.aws/a/b_c:1.0@sha256:0123"),
        on_ec2(image="busy box"),
        "Container image should match a valid pattern.",
    ),
    "a_resource_is_required_once_only": Example(
        on_ec2(resourceRequirements=needs()),
        on_ec2(resourceRequirements=[*needs(), {"type": "MEMORY", "value": "4"}]),
        "Cannot provide duplicates in resourceRequirements.",
    ),
    "deprecated_members_exclude_resource_requirements": Example(
        on_ec2(vcpus=1, memory=4, resourceRequirements=[]),
        on_ec2(vcpus=1),
        "Cannot use both ECS containerProperties vcpus and resourceRequirement VCPU.",
    ),
    "resource_requirements_are_numbers": Example(
        on_ec2(resourceRequirements=needs(gpu="1")),
        on_ec2(resourceRequirements=needs(gpu="1.5")),
        "Value 1.5 for type GPU in resourceRequirement is not valid. Please provide a numeric value.",
    ),
    "a_container_has_vcpus": Example(
        on_ec2(vcpus=1, memory=4, resourceRequirements=None),
        on_ec2(memory=4, resourceRequirements=None),
        "vCPU is required.",
    ),
    "a_container_has_memory": Example(
        on_ec2(vcpus=1, memory=4, resourceRequirements=None),
        on_ec2(vcpus=1, resourceRequirements=None),
        "Memory is required.",
    ),
    "a_container_on_ec2_has_at_least_1_vcpu": Example(
        on_fargate(resourceRequirements=needs("0.5", "1024")),
        on_ec2(resourceRequirements=needs("0", "1024")),
        "vCPU must be at least 1, got 0.",
    ),
    "vcpus_on_ec2_are_whole": Example(
        on_ec2(resourceRequirements=needs("2")),
        on_ec2(resourceRequirements=needs("1.0")),
        "Value 1.0 for type VCPU in resourceRequirement is not valid. Please provide a numeric value.",
    ),
    "a_container_has_at_least_4_mib": Example(
        on_ec2(resourceRequirements=needs(memory="4")),
        on_ec2(resourceRequirements=needs(memory="1")),
        "Memory must be at least 4 Mib, got 1 Mib.",
    ),
    "a_container_asks_for_at_least_1_gpu": Example(
        on_ec2(resourceRequirements=needs(gpu="1")),
        on_ec2(resourceRequirements=needs(gpu="0")),
        "GPU must be at least 1, got 0.",
    ),
    "an_instance_type_is_for_multinode_jobs_only": Example(
        runs_nodes(a_range("0:", container=a_container(instanceType="c5.large"))),
        on_ec2(instanceType="c5.large"),
        "instanceType is only applicable for multi-node parallel jobs.",
    ),
    "environment_variables_have_names": Example(
        on_ec2(environment=[{"name": "A", "value": "1"}]),
        on_ec2(environment=[{"value": "1"}]),
        "Environment variable name is required.",
    ),
    "environment_names_do_not_start_with_aws_batch": Example(
        on_ec2(environment=[{"name": "AWS_REGION", "value": "1"}]),
        on_ec2(environment=[{"name": "AWS_BATCHED", "value": "1"}]),
        "Environment variable AWS_BATCHED cannot start with AWS_BATCH.",
    ),
    "secrets_need_an_execution_role": Example(
        on_ec2(secrets=[{"name": "S", "valueFrom": "p"}], executionRoleArn=ROLE),
        on_ec2(secrets=[{"name": "S", "valueFrom": "p"}]),
        "executionRoleArn cannot be empty when using secrets or secretOptions",
    ),
    "a_secret_comes_from_secrets_manager_or_parameter_store": Example(
        on_ec2(secrets=[{"name": "S", "valueFrom": _SECRET_ARN}], executionRoleArn=ROLE),
        on_ec2(secrets=[{"name": "S", "valueFrom": "arn:aws:s3:::bucket"}], executionRoleArn=ROLE),
        "Secret S has an invalid valueFrom: arn:aws:s3:::bucket",
    ),
    "awslogs_has_known_options": Example(
        on_ec2(logConfiguration=_logs("awslogs", options={"awslogs-group": "g"})),
        on_ec2(logConfiguration=_logs("awslogs", options={"foo": "g"})),
        "Log driver awslogs disallows options: foo",
    ),
    "a_user_matches_the_regex": Example(
        on_ec2(user="nobody:1000"), on_ec2(user="$(id"), "User '$(id' does not match regex"
    ),
    "an_ulimit_is_a_known_one": Example(
        on_ec2(ulimits=[{"name": "nofile", "softLimit": 1, "hardLimit": 2}]),
        on_ec2(ulimits=[{"name": "files", "softLimit": 1, "hardLimit": 2}]),
        "ulimit files is not valid. Valid values are: […",
    ),
}

_PLATFORM: dict[str, Example] = {
    "network_configuration_is_for_fargate_only": Example(
        on_fargate(networkConfiguration={"assignPublicIp": "ENABLED"}),
        on_ec2(networkConfiguration={"assignPublicIp": "ENABLED"}),
        "networkConfiguration not applicable for EC2.",
    ),
    "fargate_platform_configuration_is_for_fargate_only": Example(
        on_fargate(fargatePlatformConfiguration={"platformVersion": "LATEST"}),
        on_ec2(fargatePlatformConfiguration={"platformVersion": "LATEST"}),
        "fargatePlatformConfiguration not applicable for EC2.",
    ),
    "platform_version_of_a_task_is_for_fargate_only": Example(
        runs_task(on="FARGATE", platformVersion="LATEST", executionRoleArn=ROLE),
        runs_task(platformVersion="LATEST"),
        "platformVersion not applicable for EC2.",
    ),
    "runtime_platform_is_not_for_ec2": Example(
        on_fargate(runtimePlatform={"cpuArchitecture": "ARM64"}),
        on_ec2(runtimePlatform={"cpuArchitecture": "ARM64"}),
        "runtimePlatform is not applicable for EC2.",
    ),
    "ephemeral_storage_is_for_fargate_only": Example(
        on_fargate(ephemeralStorage={"sizeInGiB": 30}),
        on_ec2(ephemeralStorage={"sizeInGiB": 30}),
        "ephemeralStorage is not applicable for EC2.",
    ),
    "managed_instances_run_linux": Example(
        runs_task(on="MANAGED_INSTANCES", runtimePlatform={"operatingSystemFamily": "LINUX"}),
        runs_task(
            on="MANAGED_INSTANCES",
            runtimePlatform={"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"},
        ),
        "runtimePlatform for MANAGED_INSTANCES only supports LINUX operating system family.",
    ),
    "the_operating_system_is_a_known_one": Example(
        on_fargate(runtimePlatform={"operatingSystemFamily": "LINUX"}),
        on_fargate(runtimePlatform={"operatingSystemFamily": "SOLARIS"}),
        "RuntimePlatform supports only one from [WINDOWS_SERVER_2019_CORE, WINDOWS_SERVER_2019_FULL, "
        "WINDOWS_SERVER_2022_CORE, WINDOWS_SERVER_2022_FULL, LINUX] operating systems, "
        "provided SOLARIS",
    ),
    "windows_runs_on_x86_64_only": Example(
        _windows(), _windows("ARM64"), "Windows supported only by X86_64 cpuArchitecture"
    ),
    "the_architecture_is_x86_64_or_arm64": Example(
        on_fargate(runtimePlatform={"cpuArchitecture": "ARM64"}),
        on_fargate(runtimePlatform={"cpuArchitecture": "RISCV"}),
        "RuntimePlatform supports only one from [X86_64, ARM64] cpuArchitecture, provided RISCV",
    ),
    "windows_containers_have_no_linux_members": Example(
        _windows(), _windows(user="nobody"), "user is not applicable for Windows containers."
    ),
    "windows_has_at_least_1_vcpu": Example(
        _windows(),
        _windows(resourceRequirements=needs("0.5", "1024")),
        "vCPU must be at least 1 for Windows Job definition, got 0.5.",
    ),
    "fargate_takes_no_deprecated_vcpus_and_memory": Example(
        on_fargate(),
        on_fargate(vcpus=1, memory=2048, resourceRequirements=None),
        "vcpus is not applicable for Fargate. Use resource requirements instead.",
    ),
    "fargate_has_no_gpus": Example(
        on_ec2(resourceRequirements=needs(gpu="1")),
        on_fargate(resourceRequirements=needs(gpu="1")),
        "GPU is not applicable for Fargate.",
    ),
    "a_fargate_task_has_a_supported_size": Example(
        on_fargate(resourceRequirements=needs("0.25", "512")),
        on_fargate(resourceRequirements=needs("0.5", "1")),
        "Fargate resource requirements (0.50 vCPU, 1 MiB) not valid.",
    ),
    "fargate_needs_an_execution_role": Example(
        on_fargate(),
        on_fargate(executionRoleArn=None),
        "executionRoleArn is required for Fargate jobs.",
    ),
    "fargate_containers_are_not_privileged": Example(
        on_fargate(privileged=False),
        on_fargate(privileged=True),
        "Fargate requires that the \u2018privileged\u2019 setting be \u2018false\u2019 "
        "at the container level.",
    ),
    "fargate_containers_have_no_ulimits": Example(
        on_fargate(ulimits=[]),
        on_fargate(ulimits=[{"name": "nofile", "softLimit": 1, "hardLimit": 2}]),
        "ulimits is not applicable for Fargate.",
    ),
    "fargate_containers_have_few_linux_parameters": Example(
        on_fargate(linuxParameters={"initProcessEnabled": True}),
        on_fargate(linuxParameters={"sharedMemorySize": 64}),
        "linuxParameter.sharedMemorySize is not allowed for Fargate.",
    ),
    "fargate_volumes_have_no_host_path": Example(
        on_fargate(volumes=[{"name": "v", "host": {}}]),
        on_fargate(volumes=[{"name": "v", "host": {"sourcePath": "/v"}}]),
        "host.sourcePath should not be set for volumes in Fargate.",
    ),
    "fargate_logs_through_three_drivers": Example(
        on_fargate(logConfiguration=_logs("splunk")),
        on_fargate(logConfiguration=_logs("json-file")),
        "Log driver for Fargate is not valid: json-file",
    ),
    "efs_needs_fargate_platform_1_4": Example(
        on_fargate(
            volumes=[{"name": "v", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}],
            fargatePlatformConfiguration={"platformVersion": "1.4.0"},
        ),
        on_fargate(
            volumes=[{"name": "v", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}],
            fargatePlatformConfiguration={"platformVersion": "1.3.0"},
        ),
        "EFS is supported for Fargate platform versions 1.4.0 or later, provided 1.3.0",
    ),
    "fargate_ephemeral_storage_is_21_to_200_gib": Example(
        on_fargate(ephemeralStorage={"sizeInGiB": 200}),
        on_fargate(ephemeralStorage={"sizeInGiB": 20}),
        "Ephemeral storage for Fargate tasks can be only between range 21 GiB to 200 GiB",
    ),
    "fargate_has_no_ipc_mode": Example(
        runs_task(ipcMode="task"),
        runs_task(on="FARGATE", ipcMode="task", executionRoleArn=ROLE),
        "ipcMode is not applicable for Fargate.",
    ),
    "fargate_container_timeouts_are_at_most_120_seconds": Example(
        runs_task(a_container(stopTimeout=120), on="FARGATE", executionRoleArn=ROLE),
        runs_task(a_container(stopTimeout=121), on="FARGATE", executionRoleArn=ROLE),
        "stopTimeout must be at most 120 for Fargate, got 121.",
    ),
}


def _linux(**members: Any) -> Request:
    return on_ec2(linuxParameters=members)


def _device(*permissions: str) -> Request:
    return _linux(devices=[{"hostPath": "/dev/fuse", "permissions": list(permissions)}])


_LINUX: dict[str, Example] = {
    "max_swap_is_not_negative": Example(
        _linux(maxSwap=0, swappiness=60),
        _linux(maxSwap=-1, swappiness=60),
        "Invalid swap memory size: -1, must be non-negative.",
    ),
    "max_swap_needs_swappiness": Example(
        _linux(maxSwap=64, swappiness=0),
        _linux(maxSwap=64),
        "When container specified swap memory, swappiness value is required.",
    ),
    "swappiness_is_0_to_100": Example(
        _linux(swappiness=100),
        _linux(swappiness=101),
        "Invalid swappiness: 101, must be between 0 and 100.",
    ),
    "a_tmpfs_has_a_positive_size": Example(
        _linux(tmpfs=[{"containerPath": "/t", "size": 1}]),
        _linux(tmpfs=[{"containerPath": "/t", "size": 0}]),
        "Size of a tmpfs is invalid. The size is required and must be a positive integer.",
    ),
    "tmpfs_mount_options_are_known": Example(
        _linux(tmpfs=[{"containerPath": "/t", "size": 1, "mountOptions": ["noexec", "mode=755"]}]),
        _linux(tmpfs=[{"containerPath": "/t", "size": 1, "mountOptions": ["fast"]}]),
        "Invalid mount option for tmpfs: fast",
    ),
    "device_permissions_are_read_write_or_mknod": Example(
        _device("READ", "MKNOD"),
        _device("EXECUTE"),
        "Invalid permission: EXECUTE for device /dev/fuse",
    ),
}


def _efs(**members: Any) -> Request:
    """A container with a role and an EFS volume."""
    volume = {"name": "v", "efsVolumeConfiguration": {"fileSystemId": "fs-0123abcd"} | members}
    return on_ec2(volumes=[volume], jobRoleArn=ROLE)


def _volume(**members: Any) -> Request:
    return on_ec2(volumes=[{"name": "v"} | members])


_S3_FILES = {"fileSystemArn": "arn:aws:s3files:us-east-1:123456789012:file-system/fs-1"}
_EFS_IAM = {
    "name": "v",
    "efsVolumeConfiguration": {
        "fileSystemId": "fs-1",
        "transitEncryption": "ENABLED",
        "authorizationConfig": {"iam": "ENABLED"},
    },
}

_VOLUMES: dict[str, Example] = {
    "a_volume_name_matches_the_pattern": Example(
        _volume(name="my-Volume_1"),
        _volume(name="my volume"),
        "Volume name should match a valid pattern.",
    ),
    "a_volume_has_one_kind_of_configuration": Example(
        _volume(host={"sourcePath": "/v"}),
        _volume(host={"sourcePath": "/v"}, efsVolumeConfiguration={"fileSystemId": "fs-1"}),
        "When the volume parameter is specified, only one volume configuration type should be used.",
    ),
    "a_mount_point_names_a_volume": Example(
        on_ec2(volumes=[{"name": "v"}], mountPoints=[{"sourceVolume": "v", "containerPath": "/v"}]),
        on_ec2(volumes=[{"name": "v"}], mountPoints=[{"sourceVolume": "w", "containerPath": "/v"}]),
        "Unknown volume 'w'.",
    ),
    "an_efs_file_system_id_is_well_formed": Example(
        _efs(),
        _efs(fileSystemId="my-files"),
        "EFS configuration fileSystemId is not valid: my-files.",
    ),
    "an_efs_root_directory_has_at_most_4096_characters": Example(
        _efs(rootDirectory="/" * 4096),
        _efs(rootDirectory="/" * 4097),
        "EFS rootDirectory cannot exceed 4096 characters.",
    ),
    "efs_iam_needs_transit_encryption": Example(
        _efs(authorizationConfig={"iam": "ENABLED"}, transitEncryption="ENABLED"),
        _efs(authorizationConfig={"iam": "ENABLED"}),
        "EFS IAM authorization requires TransitEncryption to be enabled.",
    ),
    "efs_iam_needs_a_job_role": Example(
        on_ec2(volumes=[_EFS_IAM], jobRoleArn=ROLE),
        on_ec2(volumes=[_EFS_IAM]),
        "A jobRoleArn/taskRoleArn is required when using EFS IAM authorization.",
    ),
    "an_efs_access_point_needs_transit_encryption": Example(
        _efs(authorizationConfig={"accessPointId": "fsap-1"}, transitEncryption="ENABLED"),
        _efs(authorizationConfig={"accessPointId": "fsap-1"}, transitEncryption="DISABLED"),
        "EFS IAM access point requires TransitEncryption to be enabled.",
    ),
    "an_efs_access_point_decides_the_root_directory": Example(
        _efs(
            authorizationConfig={"accessPointId": "fsap-1"},
            transitEncryption="ENABLED",
            rootDirectory="/",
        ),
        _efs(
            authorizationConfig={"accessPointId": "fsap-1"},
            transitEncryption="ENABLED",
            rootDirectory="/x",
        ),
        'When using an EFS access point, the root directory must either be set to "/" or omitted',
    ),
    "a_transit_encryption_port_is_a_port": Example(
        _efs(transitEncryptionPort=65535),
        _efs(transitEncryptionPort=65536),
        "TransitEncryptionPort must be a valid port number.",
    ),
    "s3_files_need_a_job_role": Example(
        on_ec2(volumes=[{"name": "v", "s3filesVolumeConfiguration": _S3_FILES}], jobRoleArn=ROLE),
        on_ec2(volumes=[{"name": "v", "s3filesVolumeConfiguration": _S3_FILES}]),
        "A jobRoleArn/taskRoleArn is required when using s3filesVolumeConfiguration.",
    ),
}

EXAMPLES: dict[str, Example] = _CONTAINER | _PLATFORM | _LINUX | _VOLUMES
