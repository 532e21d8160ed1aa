"""torchx, unmodified, on its own Batch path: the scheduler `aws_batch`. Nothing of it needs torch."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture
def runner(environment, mock):
    """torchx's runner with the scheduler alone."""
    pytest.importorskip("torchx", reason="torchx is not installed: pip install torchx docker")
    from torchx.runner import Runner
    from torchx.schedulers.aws_batch_scheduler import AWSBatchScheduler

    with Runner("clients", {"aws_batch": lambda name, **_: AWSBatchScheduler(name)}) as runner:
        yield runner


def an_app(replicas: int = 2):
    from torchx.specs import AppDef, Resource, Role

    role = Role(
        name="trainer",
        image="busybox:latest",
        entrypoint="echo",
        args=["hello"],
        num_replicas=replicas,
        resource=Resource(cpu=1, gpu=0, memMB=512),
    )
    return AppDef(name="train", roles=[role])


def test_a_training_is_submitted_followed_and_ends(runner, mock):
    from torchx.specs import AppState

    mock.on("train*", node=0).succeeds(after="30s", log=["epoch 1", "epoch 2"])
    handle = runner.run(an_app(), "aws_batch", {"queue": "default"})
    status = runner.wait(handle, wait_interval=0)
    assert status is not None
    assert status.state == AppState.SUCCEEDED
    assert [line.strip() for line in runner.log_lines(handle, "trainer", 0)] == ["epoch 1", "epoch 2"]
    [app] = runner.list("aws_batch")
    assert app.app_handle == handle


def test_a_training_fails_and_another_is_cancelled(runner, mock):
    from torchx.specs import AppState

    mock.on("train*").fails(exit_code=3)
    handle = runner.run(an_app(1), "aws_batch", {"queue": "default"})
    failed = runner.wait(handle, wait_interval=0)
    assert failed is not None
    assert failed.state == AppState.FAILED
    mock.on("train*").hangs()
    handle = runner.run(an_app(1), "aws_batch", {"queue": "default"})
    runner.cancel(handle)
    ended = runner.wait(handle, wait_interval=0)
    assert ended is not None
    assert ended.state == AppState.FAILED
    assert mock.jobs.all()[-1].status_reason == "killed via torchx CLI"
