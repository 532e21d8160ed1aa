"""The image of `tools/image`, run as a container. `BATCHMOCK_IMAGE` names it; `.ci/long` makes it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from botocore.exceptions import ClientError

from .conftest import a_client

IMAGE = os.environ.get("BATCHMOCK_IMAGE")

pytestmark = pytest.mark.skipif(
    IMAGE is None or shutil.which("docker") is None,
    reason="BATCHMOCK_IMAGE names no image of tools/image, or there is no docker on the PATH",
)


class Container(NamedTuple):
    id: str
    url: str
    greeting: str


def docker(*arguments: str) -> str:
    done = subprocess.run(
        ["docker", *arguments], capture_output=True, text=True, check=True, timeout=100
    )
    return (done.stdout + done.stderr).strip()


@pytest.fixture
def container() -> Iterator[Container]:
    """The image as it is run without arguments, with a key."""
    arguments = ("serve", "--host", "0.0.0.0", "--key", "AKIDEXAMPLE:not checked")
    ident = docker("run", "--detach", "--network", "bridge", str(IMAGE), *arguments).splitlines()[0]
    try:
        address = docker("inspect", "--format", "{{.NetworkSettings.IPAddress}}", ident)
        url = f"http://{address}:4567"
        yield Container(ident, url, answering(ident, url))
    finally:
        docker("rm", "--force", ident)


def answering(ident: str, url: str) -> str:
    """What the container has printed, once it answers."""
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"{url}/_batchmock/health", timeout=5) as response:
                assert response.status == 200
            return docker("logs", ident)
        except (urllib.error.URLError, ConnectionError):
            assert time.monotonic() < deadline, docker("logs", ident)
            time.sleep(0.2)  # the container is another machine: there is nothing to wait on


def test_a_container_serves_the_api_behind_keys_and_ends_in_order(container):
    assert "WARNING: it listens at 0.0.0.0" in container.greeting
    assert re.search(r"export BATCHMOCK_TOKEN=\S+", container.greeting)
    client = a_client(container.url)
    assert client.describe_job_queues()["jobQueues"] == []
    client.close()
    stranger = a_client(container.url, account="AKIDOTHER")
    with pytest.raises(ClientError, match="UnrecognizedClientException"):
        stranger.describe_job_queues()
    stranger.close()
    with pytest.raises(urllib.error.HTTPError, match="401") as refused:
        urllib.request.urlopen(f"{container.url}/_batchmock/v1/jobs", timeout=20)
    refused.value.close()
    assert docker("exec", container.id, "id", "-un") == "nobody"
    docker("stop", "--time", "20", container.id)
    assert docker("inspect", "--format", "{{.State.ExitCode}}", container.id) == "0"
    assert docker("logs", container.id).endswith("batchmock: stopped")
