"""What a definition asks of a swarm, what a swarm tells of a task, and which nodes could take it."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_batchmock import BatchMock, MockUsageError, runs_swarm
from pytest_batchmock.domain.requirements import Requirements
from pytest_batchmock.errors import NotModelledError
from pytest_batchmock.runners.docker.options import wishes
from pytest_batchmock.runners.protocol import RunnerReport
from pytest_batchmock.runners.swarm import options as options
from pytest_batchmock.runners.swarm.logs import Lines

MIB = 1024 * 1024
NEEDS = Requirements(2000, 64, 0)


def members(container: dict[str, Any], needs: Requirements = NEEDS) -> dict[str, Any]:
    options.refuse_what_a_swarm_lacks(container, container)
    allow = ["privileged", "devices", "host_ipc", "host_pid", "host_network", "host_paths"]
    wished = wishes(container, container, needs, on_fargate=False, allow=allow)
    return options.container_members(wished)


@pytest.mark.parametrize(
    ("container", "name"),
    [
        ({"privileged": True}, "privileged"),
        ({"ipcMode": "host"}, "ipcMode"),
        ({"pidMode": "task"}, "pidMode"),
        ({"linuxParameters": {"devices": [{"hostPath": "/dev/fuse"}]}}, r"linuxParameters\.devices"),
        ({"linuxParameters": {"maxSwap": 0}}, r"linuxParameters\.maxSwap"),
        ({"linuxParameters": {"swappiness": 10}}, r"linuxParameters\.swappiness"),
        (
            {
                "linuxParameters": {
                    "tmpfs": [{"containerPath": "/t", "size": 8, "mountOptions": ["uid=7"]}]
                }
            },
            r"linuxParameters\.tmpfs",
        ),
        (
            {
                "volumes": [{"name": "v"}],
                "mountPoints": [
                    {"sourceVolume": "v", "containerPath": "/a"},
                    {"sourceVolume": "v", "containerPath": "/b"},
                ],
            },
            "mountPoints: volume 'v'",
        ),
    ],
)
def test_what_a_swarm_cannot_express_is_refused_by_name_even_where_it_is_allowed(
    container: dict[str, Any], name: str
) -> None:
    with pytest.raises(NotModelledError, match=f"^{name}.*the Swarm runner does not have"):
        members(container)


def test_volumes_without_a_host_path_have_no_name_and_go_with_their_container() -> None:
    container = {
        "volumes": [{"name": "v"}, {"name": "h", "host": {"sourcePath": "/srv"}}],
        "mountPoints": [
            {"sourceVolume": "v", "containerPath": "/v"},
            {"sourceVolume": "h", "containerPath": "/h", "readOnly": True},
        ],
    }
    assert members(container)["Mounts"] == [
        {"Type": "volume", "Target": "/v", "ReadOnly": False},
        {"Type": "bind", "Target": "/h", "ReadOnly": True, "Source": "/srv"},
    ]


def test_shared_memory_is_a_tmpfs_as_a_service_has_no_member_for_its_size() -> None:
    tmpfs = [{"containerPath": "/t", "size": 8, "mountOptions": ["ro", "mode=1777", "nosuid"]}]
    linux = {"sharedMemorySize": 16, "tmpfs": tmpfs}
    assert members({"linuxParameters": linux})["Mounts"] == [
        {"Type": "tmpfs", "Target": "/dev/shm", "TmpfsOptions": {"SizeBytes": 16 * MIB}},
        {
            "Type": "tmpfs",
            "Target": "/t",
            "ReadOnly": True,
            "TmpfsOptions": {"SizeBytes": 8 * MIB, "Mode": 0o1777},
        },
    ]


# --- Placement --------------------------------------------------------------------------------------


def node(name: str, **more: Any) -> options.Node:
    given: dict[str, Any] = {
        "id": name,
        "name": name,
        "takes_tasks": True,
        "is_down": False,
        "labels": {},
        "nano_cpus": 4 * 10**9,
        "memory_bytes": 1024 * MIB,
        "architecture": "amd64",
        "gpus": {},
    }
    return options.Node(**(given | more))


def needs(**more: Any) -> options.Needs:
    given: dict[str, Any] = {
        "nano_cpus": 2 * 10**9,
        "memory_bytes": 64 * MIB,
        "gpus": 0,
        "labels": {},
        "architecture": None,
    }
    return options.Needs(**(given | more))


def test_the_first_pattern_that_matches_an_environment_has_its_labels() -> None:
    mapping = {"spot-*": {"pool": "spot"}, "*": {"pool": "rest"}}
    assert options.labels_for("spot-1", mapping) == {"pool": "spot"}
    assert options.labels_for("other", mapping) == {"pool": "rest"}
    assert options.labels_for("other", {"spot-*": {"pool": "spot"}}) == {}


def test_labels_become_constraints_and_the_architecture_a_platform() -> None:
    assert options.placement(needs()) == {"Constraints": []}
    assert options.placement(needs(labels={"pool": "spot"}, architecture="arm64")) == {
        "Constraints": ["node.labels.pool==spot"],
        "Platforms": [{"OS": "linux", "Architecture": "arm64"}],
    }


@pytest.mark.parametrize(
    ("lacking", "asked", "told"),
    [
        ({}, {"nano_cpus": 8 * 10**9}, "8 CPU, 64 MiB. one: 4 CPU"),
        ({}, {"memory_bytes": 2048 * MIB}, "2 CPU, 2048 MiB. one: 1024 MiB"),
        ({}, {"labels": {"pool": "spot"}}, "2 CPU, 64 MiB, pool=spot. one: no label pool"),
        ({"labels": {"pool": "x"}}, {"labels": {"pool": "spot"}}, "pool=spot. one: pool=x"),
        ({}, {"architecture": "arm64"}, "2 CPU, 64 MiB, arm64. one: amd64"),
        ({"gpus": {"gpu": 1}}, {"gpus": 2}, "2 CPU, 64 MiB, 2 GPU. one: 1 GPU"),
        ({"takes_tasks": False}, {}, "2 CPU, 64 MiB. one: takes no tasks (down, paused or drained)"),
    ],
)
def test_why_no_node_could_take_a_task_is_told_with_figures(
    lacking: dict[str, Any], asked: dict[str, Any], told: str
) -> None:
    text = options.why_never(needs(**asked), [node("one", **lacking)])
    assert text is not None
    assert text.startswith("no node of the swarm can take a task that needs ")
    assert text.endswith(told)
    good = node("two", labels={"pool": "SPOT"}, gpus={"gpu": 2}, nano_cpus=8 * 10**9)
    better = good._replace(memory_bytes=4096 * MIB, architecture=asked.get("architecture") or "amd64")
    assert options.why_never(needs(**asked), [node("one", **lacking), better]) is None


def test_gpus_are_the_generic_resource_of_the_nodes_and_refused_where_none_offers_one() -> None:
    wished = wishes({}, {}, Requirements(1000, 64, 2), on_fargate=True, allow=())
    asked = options.needs_of(wished, 1000, {})
    offering = node("one", gpus={"NVIDIA-GPU": 2})
    assert options.resources(wished, asked, [node("two"), offering]) == {
        "Limits": {"MemoryBytes": 64 * MIB, "NanoCPUs": 10**9},
        "Reservations": {
            "MemoryBytes": 64 * MIB,
            "NanoCPUs": 10**9,
            "GenericResources": [{"DiscreteResourceSpec": {"Kind": "NVIDIA-GPU", "Value": 2}}],
        },
    }
    with pytest.raises(MockUsageError, match=r"needs 2 GPU.*--node-generic-resource"):
        options.resources(wished, asked, [node("two")])


def test_a_node_is_read_as_the_engine_tells_it() -> None:
    told = {
        "ID": "id",
        "Spec": {"Labels": {"pool": "spot"}, "Availability": "active"},
        "Status": {"State": "ready"},
        "Description": {
            "Hostname": "host",
            "Platform": {"Architecture": "aarch64", "OS": "linux"},
            "Resources": {
                "NanoCPUs": 2 * 10**9,
                "MemoryBytes": 5,
                "GenericResources": [
                    {"NamedResourceSpec": {"Kind": "gpu", "Value": "GPU-1"}},
                    {"NamedResourceSpec": {"Kind": "gpu", "Value": "GPU-2"}},
                    {"DiscreteResourceSpec": {"Kind": "SSD", "Value": 3}},
                ],
            },
        },
    }
    assert options.node_of(told) == options.Node(
        "id", "host", True, False, {"pool": "spot"}, 2 * 10**9, 5, "arm64", {"gpu": 2}
    )
    told["Spec"] = {"Availability": "drain"}
    told["Status"] = {"State": "down"}
    read = options.node_of(told)
    assert (read.takes_tasks, read.is_down, read.labels) == (False, True, {})


# --- What became of a task ----------------------------------------------------------------------------


def task(state: str, error: str = "", message: str = "started", exit_code: int = 0) -> dict[str, Any]:
    status = {"State": state, "Err": error, "Message": message}
    return {"Status": status | {"ContainerStatus": {"ContainerID": "c", "ExitCode": exit_code}}}


@pytest.mark.parametrize(
    ("told", "report"),
    [
        (task("running"), None),
        (task("complete", message="finished"), RunnerReport("ended", 0)),
        (task("failed", "task: non-zero exit (143)", exit_code=143), RunnerReport("ended", 143)),
        (
            task("failed", "task: unhealthy container"),
            RunnerReport("ended", None, "DockerStateError: task: unhealthy container"),
        ),
        (task("shutdown", message="shutdown", exit_code=7), RunnerReport("ended", 7)),
        (task("shutdown", message="shutdown", exit_code=-1), RunnerReport("ended", 137)),
        (
            task("failed", "starting container failed: no such program", "starting", 127),
            RunnerReport(
                "failed_to_start",
                None,
                "CannotStartContainerError: Error response from daemon: no such program",
            ),
        ),
        (
            task("rejected", "No such image: none:1", "preparing"),
            RunnerReport(
                "failed_to_start",
                None,
                "CannotPullContainerError: Error response from daemon: No such image: none:1",
            ),
        ),
        (
            task("rejected", "invalid mount config", "preparing"),
            RunnerReport(
                "failed_to_start",
                None,
                "CannotCreateContainerError: Error response from daemon: invalid mount config",
            ),
        ),
        (
            task("orphaned"),
            RunnerReport("ended", None, "CannotInspectContainerError: the node is lost"),
        ),
    ],
)
def test_the_state_of_a_task_is_told_as_ecs_tells_it(
    told: dict[str, Any], report: RunnerReport | None
) -> None:
    assert options.report_of(told) == report


def test_a_short_task_has_run_though_nobody_saw_it_running() -> None:
    assert options.has_started(task("failed", "task: non-zero exit (1)"))
    assert options.has_started(task("complete"))
    assert not options.has_started(task("failed", "starting container failed: x", "starting"))
    assert not options.has_started(task("starting", message="starting"))


def test_only_a_task_that_the_swarm_could_not_place_waits() -> None:
    assert options.waits_for(task("pending", "no suitable node (x)")) == "no suitable node (x)"
    assert options.waits_for(task("pending")) is None
    assert options.waits_for(task("running")) is None


def test_the_address_of_a_task_is_that_in_the_network_of_its_nodes() -> None:
    attached = [
        {"Network": {"ID": "ingress"}, "Addresses": ["10.0.0.9/24"]},
        {"Network": {"ID": "ours"}, "Addresses": ["10.0.1.3/24"]},
    ]
    assert options.address_in({"NetworksAttachments": attached}, "ours") == "10.0.1.3"
    assert options.address_in({}, "ours") is None


def test_a_loopback_endpoint_is_refused_where_the_swarm_has_other_nodes() -> None:
    elsewhere = {"AWS_ENDPOINT_URL_S3": "http://s3.test:5000"}
    assert options.in_reach_of_all(elsewhere) == elsewhere
    with pytest.raises(MockUsageError, match=r"AWS_ENDPOINT_URL=http://127\.0\.0\.1:1 is the loop"):
        options.in_reach_of_all({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"})


@pytest.mark.parametrize("text", ["{{ x }}", "{{{", "}}", "{ {", "{{{{.Node.ID}}"])
def test_a_text_with_braces_is_no_template_of_the_swarm(text: str) -> None:
    escaped = options.literal(text)
    assert escaped.replace('{{"{{"}}', "").count("{{") == 0
    assert escaped.replace('{{"{{"}}', "{{") == text


# --- The log ------------------------------------------------------------------------------------------


def frame(stream: int, text: bytes) -> bytes:
    return bytes([stream, 0, 0, 0]) + len(text).to_bytes(4, "big") + text


def test_lines_are_passed_on_once_though_a_stream_is_read_again_from_its_beginning() -> None:
    lines = Lines()
    data = frame(1, b"one\n") + frame(2, b"problem\n") + frame(1, b"two\n")
    assert list(lines.feed(data[:30])) == ["one", "problem"]
    lines.begin()  # it broke off
    assert list(lines.feed(data + frame(1, b"rest"))) == ["two"]
    assert list(lines.end()) == ["rest"]


def test_a_line_may_come_in_parts_and_both_streams_are_apart() -> None:
    lines = Lines()
    data = frame(1, b"a") + frame(2, b"x") + frame(1, b"b\r\n") + frame(2, b"y\n")
    assert [line for byte in data for line in lines.feed(bytes([byte]))] == ["ab", "xy"]


# --- Options ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "nodes", ["pool=spot", {"ce": "spot"}, {"ce": {"pool": 1}}, {"ce": {"pool": ""}}, {1: {}}]
)
def test_a_mapping_of_environments_to_labels_is_wanted(nodes: Any) -> None:
    with pytest.raises(MockUsageError, match=r"swarm_nodes=.*\{'spot-ce': \{'pool': 'spot'\}\}"):
        BatchMock(swarm_nodes=nodes)


def test_a_rule_s_own_options_are_checked_when_it_is_made() -> None:
    with pytest.raises(MockUsageError, match="docker_pull='often'"):
        runs_swarm(pull="often")  # type: ignore[arg-type]
    with pytest.raises(MockUsageError, match="swarm_nodes="):
        runs_swarm(nodes={"pool": ""})
