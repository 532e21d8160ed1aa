"""What a definition asks for reaches the container; what is dangerous is refused unless allowed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_batchmock import BatchMock, MockUsageError
from pytest_batchmock.domain.requirements import Requirements
from pytest_batchmock.errors import NotModelledError
from pytest_batchmock.runners.docker.options import host_arguments, wishes

from .conftest import Submit

Define = Callable[..., str]
NEEDS = Requirements(2000, 64, 0)
TOKEN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:token"

ROLE = "arn:aws:iam::123456789012:role/execution"
SECRET = {"name": "T", "valueFrom": TOKEN}


def asked(container: dict[str, Any], needs: Requirements = NEEDS, **how: Any) -> dict[str, Any]:
    wished = wishes(container, container, needs, on_fargate=how.pop("on_fargate", False), **how)
    return host_arguments(wished, {"scratch": "engine-volume"}, cpus=2)


def test_cpus_are_a_share_on_ec2_and_a_limit_on_fargate_that_the_engine_can_give() -> None:
    assert asked({})["cpu_shares"] == 2048
    assert "nano_cpus" not in asked({})
    assert asked({}, Requirements(250, 512, 0), on_fargate=True)["nano_cpus"] == 250_000_000
    assert asked({}, Requirements(16_000, 512, 0), on_fargate=True)["nano_cpus"] == 2_000_000_000


def test_memory_is_a_hard_limit_without_swap_unless_the_definition_gives_some() -> None:
    limit = 64 * 1024 * 1024
    assert (asked({})["mem_limit"], asked({})["memswap_limit"]) == (limit, limit)
    swapping = asked({"linuxParameters": {"maxSwap": 64, "swappiness": 10}})
    assert (swapping["memswap_limit"], swapping["mem_swappiness"]) == (2 * limit, 10)


def test_gpus_are_requested() -> None:
    [request] = asked({}, Requirements(1000, 64, 2))["device_requests"]
    assert (request["Count"], request["Capabilities"]) == (2, [["gpu"]])


def test_user_limits_and_file_systems_reach_the_container(
    batch: BatchMock, ended: Submit, define: Define
) -> None:
    definition = define(
        user="who",
        readonlyRootFilesystem=True,
        ulimits=[{"name": "nofile", "softLimit": 77, "hardLimit": 99}],
        linuxParameters={
            "sharedMemorySize": 16,
            "initProcessEnabled": False,
            "tmpfs": [{"containerPath": "/scratch", "size": 8, "mountOptions": ["mode=1777"]}],
        },
    )
    script = """
        id -u; ulimit -n
        touch /tmp/file 2>/dev/null || echo read-only
        touch /scratch/file && echo scratch
        df -m /dev/shm | tail -1 | tr -s ' ' | cut -d' ' -f2
    """
    job = ended("sh", "-c", script, definition=definition)
    assert batch.logs.of(job) == ["7", "77", "read-only", "scratch", "16"]


def test_a_secret_is_a_variable_of_the_container_and_is_shown_nowhere(
    batch: BatchMock, ended: Submit, define: Define
) -> None:
    batch.on("job").runs_docker(secrets={TOKEN: "opensesame"})
    definition = define(executionRoleArn=ROLE, secrets=[{"name": "TOKEN", "valueFrom": TOKEN}])
    job = ended("sh", "-c", "echo $TOKEN", definition=definition)
    assert batch.logs.of(job) == ["opensesame"]


def test_a_secret_that_cannot_be_read_fails_the_attempt_at_its_start(
    batch: BatchMock, ended: Submit, define: Define
) -> None:
    batch.on("job").runs_docker(secrets={})
    [attempt] = ended("true", definition=define(executionRoleArn=ROLE, secrets=[SECRET])).attempts
    assert attempt.status_reason == "Task failed to start"
    assert str(attempt.reason).startswith("ResourceInitializationError: unable to pull secrets")


def test_without_a_provider_of_secrets_the_test_is_told_to_give_one(
    submit: Submit, batch: BatchMock, define: Define
) -> None:
    submit("true", definition=define(executionRoleArn=ROLE, secrets=[SECRET]))
    with pytest.raises(MockUsageError, match="give docker_secrets="):
        batch.run_until_idle()


def test_a_provider_of_secrets_that_gives_no_text_is_a_mistake_of_the_test(
    submit: Submit, batch: BatchMock, define: Define
) -> None:
    batch.on("job").runs_docker(secrets={}.get)
    submit("true", definition=define(executionRoleArn=ROLE, secrets=[SECRET]))
    with pytest.raises(MockUsageError, match="gave a NoneType as the value of"):
        batch.run_until_idle()


def test_a_host_path_that_is_not_absolute_is_refused_as_it_would_name_a_volume_that_stays(
    submit: Submit, batch: BatchMock, define: Define
) -> None:
    batch.on("job").runs_docker(allow=["host_paths"])
    definition = define(
        volumes=[{"name": "data", "host": {"sourcePath": "data"}}],
        mountPoints=[{"sourceVolume": "data", "containerPath": "/data"}],
    )
    submit("true", definition=definition)
    with pytest.raises(MockUsageError, match="the host path 'data' is not absolute"):
        batch.run_until_idle()


def test_a_host_folder_is_made_and_mounted_read_write_where_it_is_allowed(
    batch: BatchMock, ended: Submit, define: Define, tmp_path: Path
) -> None:
    batch.on("job").runs_docker(allow=[str(tmp_path)])
    folder = tmp_path / "made" / "here"
    definition = define(
        volumes=[{"name": "data", "host": {"sourcePath": str(folder)}}],
        mountPoints=[{"sourceVolume": "data", "containerPath": "/data"}],
    )
    assert ended("sh", "-c", "echo done > /data/file", definition=definition).status == "SUCCEEDED"
    assert (folder / "file").read_text(encoding="ascii") == "done\n"


@pytest.mark.parametrize(
    ("container", "name"),
    [
        ({"privileged": True}, "privileged"),
        ({"linuxParameters": {"devices": [{"hostPath": "/dev/fuse"}]}}, "devices"),
        ({"networkMode": "host"}, "host_network"),
        ({"ipcMode": "host"}, "host_ipc"),
        ({"pidMode": "host"}, "host_pid"),
        (
            {
                "volumes": [{"name": "etc", "host": {"sourcePath": "/etc"}}],
                "mountPoints": [{"sourceVolume": "etc", "containerPath": "/etc"}],
            },
            "host_paths",
        ),
    ],
)
def test_what_reaches_this_machine_is_refused_unless_allowed_by_name(
    container: dict[str, Any], name: str
) -> None:
    with pytest.raises(MockUsageError, match=rf"reaches this machine.*docker_allow=\['{name}'\]"):
        asked(container)
    with pytest.raises(MockUsageError):
        asked(container, allow=["/srv", "/etcetera"])
    assert asked(container, allow=[name])


@pytest.mark.parametrize(
    "container",
    [
        {"firelensConfiguration": {"type": "fluentbit"}},
        {"repositoryCredentials": {"credentialsParameter": "arn"}},
        {"runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}},
        {
            "volumes": [{"name": "v", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}],
            "mountPoints": [{"sourceVolume": "v", "containerPath": "/v"}],
        },
    ],
)
def test_what_the_engine_cannot_give_is_refused_and_not_read_over(container: dict[str, Any]) -> None:
    with pytest.raises(NotModelledError):
        asked(container)
