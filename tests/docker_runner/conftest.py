"""Jobs whose containers run at a Docker engine; afterwards nothing of them may be left there.

Without an engine these tests are skipped and say so; with BATCHMOCK_DOCKER_TESTS=required in the
environment, as in .ci/run, they fail instead. The images are made here, of a static busybox.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import subprocess
import tarfile
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import pytest

from pytest_batchmock import BatchMock, MockUsageError
from pytest_batchmock.observe.jobs import JobView
from pytest_batchmock.runners.docker import engine as docker_engine
from pytest_batchmock.runners.docker import groups as docker_groups
from pytest_batchmock.runners.docker.engine import DockerEngine, EngineGone
from pytest_batchmock.runners.swarm import cluster as swarm_cluster
from pytest_batchmock.runners.swarm.cluster import Swarm

REQUIRED = "BATCHMOCK_DOCKER_TESTS"
BUSYBOX = Path("/bin/busybox")
Submit = Callable[..., JobView]


class Images(NamedTuple):
    """The images of these tests: a plain one, and one with an entry point."""

    plain: str
    with_entry_point: str


def missing(why: str) -> None:
    """Skip for want of something; fail where the tests are required."""
    if os.environ.get(REQUIRED) == "required":
        pytest.fail(why)
    pytest.skip(why)


@pytest.fixture(scope="session")
def engine() -> DockerEngine:
    """The engine."""
    try:
        found = docker_engine.engine()
    except (EngineGone, MockUsageError) as error:
        missing(f"no container runs here: {error}")
    return found


@pytest.fixture(scope="session")
def images(engine: DockerEngine) -> Iterator[Images]:
    """Images that need no registry."""
    if not BUSYBOX.exists() or b"dynamic" in _file_kind():
        missing(f"{BUSYBOX} is not there, or not static: apt-get install busybox-static")
    tag = uuid.uuid4().hex[:8]
    names = Images(f"batchmock-test:{tag}", f"batchmock-test-entry:{tag}")
    labels = docker_engine.image_labels()
    changes = ["ENV PATH=/bin", *labels, 'CMD ["sh", "-c", "echo the default command"]']
    root = _root()
    engine.api.import_image_from_data(root, repository="batchmock-test", tag=tag, changes=changes)
    changes = ["ENV PATH=/bin", *labels, 'ENTRYPOINT ["echo", "entry:"]']
    engine.api.import_image_from_data(root, repository="batchmock-test-entry", tag=tag, changes=changes)
    yield names
    for name in names:
        engine.api.remove_image(name, force=True)


def _file_kind() -> bytes:
    tool = shutil.which("ldd")
    if tool is None:
        return b""
    return subprocess.run([tool, str(BUSYBOX)], capture_output=True, check=False).stdout


def _root() -> bytes:
    """A root file system with busybox under each of its names."""
    names = subprocess.run([str(BUSYBOX), "--list"], capture_output=True, text=True, check=True).stdout
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for folder in ("bin", "etc", "tmp"):
            made = tarfile.TarInfo(folder)
            made.type, made.mode = tarfile.DIRTYPE, 0o1777 if folder == "tmp" else 0o755
            archive.addfile(made)
        for name in sorted(set(names.split()) - {"busybox"}):
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            archive.addfile(link)
        archive.add(BUSYBOX, "bin/busybox")
        for name, text in (("etc/passwd", "root:x:0:0::/:/bin/sh\nwho:x:7:7::/:/bin/sh\n"),):
            file = tarfile.TarInfo(name)
            file.size = len(text)
            archive.addfile(file, io.BytesIO(text.encode()))
    return packed.getvalue()


def left_behind(engine: DockerEngine, label: str = docker_engine.LABEL) -> list[str]:
    """What is at the engine with a label of ours; what all processes share is left out."""
    wanted = {"label": label}
    found = [
        *engine.api.containers(all=True, filters=wanted),
        *engine.api.networks(filters=wanted),
        *(engine.api.volumes(filters=wanted)["Volumes"] or ()),
    ]
    return [
        entry.get("Name") or str(entry.get("Names"))
        for entry in found
        if (entry.get("Labels") or {}).get(docker_engine.RUN_LABEL) != docker_engine.SHARED
    ]


def of_this_run() -> str:
    """The label of what this test process made."""
    return f"{docker_engine.RUN_LABEL}={docker_engine.RUN}"


@pytest.fixture(scope="session")
def swarm(engine: DockerEngine) -> Iterator[Swarm]:
    """The swarm that the engine is in; other sessions of this machine wait until this one is over.

    An engine that is in no swarm makes one for these tests, and leaves it again.
    """
    with _alone(), _swarm_of(engine) as found:
        yield found


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Hold a lock that leaves no file behind, and goes with the process however it ends."""
    import fcntl

    namespace = Path("/proc/self/ns/uts")
    file = os.open(namespace if namespace.exists() else tempfile.gettempdir(), os.O_RDONLY)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


@contextlib.contextmanager
def _swarm_of(engine: DockerEngine) -> Iterator[Swarm]:
    if engine.api.info()["Swarm"]["LocalNodeState"] == "active":
        yield swarm_cluster.swarm()
        return
    from .swarm.second_node import NEAR, link, what_is_missing

    with contextlib.ExitStack() as stack:
        has_link = what_is_missing() is None
        if has_link:
            stack.enter_context(link())
        engine.api.init_swarm(advertise_addr=NEAR if has_link else "127.0.0.1")
        stack.callback(engine.api.leave_swarm, force=True)
        yield swarm_cluster.swarm()


@pytest.fixture(autouse=True)
def nothing_is_left(engine: DockerEngine) -> Iterator[None]:
    """No container, network, volume or group of this process is there at the end of a test."""
    yield
    assert left_behind(engine, of_this_run()) == []
    assert docker_groups.GROUPS.at_work() == {}


@pytest.fixture
def batch(engine: DockerEngine, images: Images) -> Iterator[BatchMock]:
    """A mock with Spot capacity of four vCPUs, in which all jobs run as containers."""
    with BatchMock(start="2030-01-01", seed=7, runner="docker", latency_scale=0.01) as mock:
        mock.defaults(spot=True, max_vcpus=4, memory=64, image=images.plain)
        yield mock


@pytest.fixture
def submit(batch: BatchMock) -> Submit:
    """Submit a job with a command and, if wanted, environment variables."""

    def submit(
        *command: str,
        name: str = "job",
        definition: str = "default",
        environment: dict[str, str] | None = None,
        **members: Any,
    ) -> JobView:
        variables = [{"name": key, "value": value} for key, value in (environment or {}).items()]
        overrides: dict[str, Any] = {"environment": variables}
        if command:
            overrides["command"] = list(command)
        job_id = boto3.client("batch").submit_job(
            jobName=name,
            jobQueue="default",
            jobDefinition=definition,
            containerOverrides=overrides,
            **members,
        )["jobId"]
        return batch.jobs.get(job_id)

    return submit


@pytest.fixture
def ended(batch: BatchMock, submit: Submit) -> Submit:
    """Submit a job and let it end."""

    def ended(*command: str, **members: Any) -> JobView:
        job = submit(*command, **members)
        batch.run_until(lambda: job.is_terminal)
        return job

    return ended


@pytest.fixture
def define(images: Images) -> Callable[..., str]:
    """Register a definition of a container with some members, and give its name."""

    def define(*, vcpus: str = "1", memory: str = "64", **members: Any) -> str:
        given = {
            "image": images.plain,
            "resourceRequirements": [
                {"type": "VCPU", "value": vcpus},
                {"type": "MEMORY", "value": memory},
            ],
            **members,
        }
        boto3.client("batch").register_job_definition(
            jobDefinitionName="defined", type="container", containerProperties=given
        )
        return "defined"

    return define


@pytest.fixture
def running(batch: BatchMock, submit: Submit) -> Submit:
    """Submit a shell script that says ``ready``; wait for that."""

    def running(script: str, **members: Any) -> JobView:
        job = submit("sh", "-c", script, **members)
        batch.run_until(lambda: job.status == "RUNNING")
        batch.run_until(lambda: "ready" in batch.logs.of(job))
        return job

    return running
