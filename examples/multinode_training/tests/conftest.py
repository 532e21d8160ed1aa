"""What the tests share: a bucket (moto), a queue of On-Demand instances, a torchrun that pretends."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from moto import mock_aws
from training import checkpoints, node
from training.settings import Settings

BUCKET = "models"


@pytest.fixture(autouse=True)
def bucket() -> Iterator[str]:
    """S3 is moto's."""
    with mock_aws():
        checkpoints.client.cache_clear()
        checkpoints.client().create_bucket(Bucket=BUCKET)
        yield BUCKET


@pytest.fixture
def settings(batchmock) -> Settings:
    """A run in a queue with room for it."""
    batchmock.defaults(name="training")
    return Settings(run="mnist-7", bucket=BUCKET, epochs=6)


@pytest.fixture
def commands() -> list[list[str]]:
    """What was run on the nodes, in that order."""
    return []


@pytest.fixture
def image(commands) -> Callable[..., Callable[..., int]]:
    """What the image does; `crash_after=3` lets the main node's program die after epoch 3.

    The real entry point is run. Only torchrun itself is not: its main node writes a checkpoint an epoch.
    """

    def make(crash_after: int | None = None) -> Callable[..., int]:
        def torchrun(command: list[str]) -> int:
            commands.append(command)
            given = dict(word.removeprefix("--").split("=", 1) for word in command if "=" in word)
            if given["node-rank"] != "0":
                return 0
            resumed = given.get("resume-from")
            first = 1 if resumed is None else checkpoints.load(BUCKET, resumed)["epoch"] + 1
            for epoch in range(first, int(given["epochs"]) + 1):
                if crash_after is not None and epoch > crash_after:
                    return 134
                checkpoints.save(BUCKET, given["run"], epoch, {"epoch": epoch, "loss": 1 / epoch})
            return 0

        def container(job) -> int:
            assert job.command == ["python", "-m", "training.node"]
            return node.main(job.environment, torchrun)

        return container

    return make
