"""Whole runs: plain boto3 against the mock, the nodes' entry point really run."""

from __future__ import annotations

from dataclasses import replace

import boto3
import pytest
from training import batch, checkpoints, launcher
from training.cli import main

from pytest_batchmock import BatchMock, host_lost, mock_batch, runs


def ranks(commands: list[list[str]]) -> list[str]:
    return sorted(word for command in commands for word in command if word.startswith("--node-rank"))


def resumed(commands: list[list[str]]) -> list[str | None]:
    """Where each start of the main node went on from."""
    starts = [command for command in commands if "--node-rank=0" in command]
    return [next((word for word in start if word.startswith("--resume")), None) for start in starts]


def test_a_quiet_run_trains_all_epochs_on_all_nodes(batchmock, settings, image, commands):
    batchmock.on("training-*").runs(image())

    state = launcher.train(settings)

    assert state == {"epoch": 6, "loss": 1 / 6}
    assert [job.status for job in batchmock.jobs] == ["SUCCEEDED"]
    assert "--nnodes=4" in commands[0]
    job_id = batchmock.jobs.one().id
    assert {node["status"] for node in batch.nodes(job_id)} == {"SUCCEEDED"}


def test_the_workers_find_the_main_node_and_it_finds_itself(batchmock, settings, image, commands):
    batchmock.on("training-*").succeeds(after="1h")
    for worker in (1, 2, 3):
        batchmock.on("training-*", node=worker).runs(image())

    with pytest.raises(launcher.TrainingFailed, match="no further than epoch 0"):
        launcher.train(settings)  # the main node has not trained

    assert ranks(commands) == ["--node-rank=1", "--node-rank=2", "--node-rank=3"]
    [address] = {word for command in commands for word in command if "master-addr" in word}
    assert address != "--master-addr=127.0.0.1"


@mock_batch
def test_a_queue_of_fargate_is_refused_too():
    BatchMock.current().defaults(name="serverless", fargate=True)

    with pytest.raises(batch.UnsuitableQueue, match="serverless has FARGATE"):
        batch.check_queue("serverless")


def test_every_node_of_a_job_is_listed_with_its_index(batchmock, settings):
    batchmock.on("training-*").hangs()
    job_id = batch.submit(settings, batch.ensure_definition(settings), restart=0)
    batchmock.advance("5m")

    assert [node["jobId"] for node in batch.nodes(job_id)] == [f"{job_id}#{n}" for n in range(4)]
    assert [node["nodeProperties"]["isMainNode"] for node in batch.nodes(job_id, "RUNNING")] == [
        True,
        False,
        False,
        False,
    ]


def test_a_main_node_that_crashes_is_started_anew_from_the_checkpoint(
    batchmock, settings, image, commands
):
    batchmock.on("training-*").runs(image())
    batchmock.on("training-*-0").runs(image(crash_after=4))

    state = launcher.train(settings)

    assert state["epoch"] == 6
    assert resumed(commands) == [None, "--resume-from=runs/mnist-7/epoch-00004"]
    assert [(job.name, job.status) for job in batchmock.jobs] == [
        ("training-mnist-7-0", "FAILED"),
        ("training-mnist-7-1", "SUCCEEDED"),
    ]


def test_a_lost_machine_is_replaced_by_batch_within_the_job(batchmock, settings, image, commands):
    checkpoints.save(settings.bucket, settings.run, 2, {"epoch": 2, "loss": 0.5})
    batchmock.on("training-*").runs(image())
    batchmock.on("training-*", node=0).attempts(host_lost(after="20m"), runs(image()))

    launcher.train(settings)

    [job] = batchmock.jobs
    assert [attempt.exit_code for attempt in job.attempts] == [None, 0]
    assert resumed(commands) == ["--resume-from=runs/mnist-7/epoch-00002"]


def test_a_lost_worker_would_let_the_others_wait_for_ever(batchmock, settings, image):
    batchmock.on("training-*").runs(image())
    batchmock.on("training-*-0").succeeds(after="100d")
    batchmock.on("training-*-0", node=2).host_lost(after="30m")
    trained = []

    def train_two_epochs(job, epoch):
        if job["status"] == "RUNNING" and not trained:
            trained.append(job["jobId"])
            checkpoints.save(settings.bucket, settings.run, 2, {"epoch": 2, "loss": 0.5})

    state = launcher.train(settings, train_two_epochs)

    first, second = batchmock.jobs
    assert state["epoch"] == 6
    assert first.status_reason == f"lost a worker: {first.id}#2"
    assert (first.stopped_at - first.started_at).total_seconds() < 3600
    assert second.status == "SUCCEEDED"


def test_a_run_that_gets_nowhere_is_not_started_again(batchmock, settings):
    batchmock.on("training-*", node=0).out_of_memory(after="3m")

    with pytest.raises(launcher.TrainingFailed, match=r"epoch 0: .*OutOfMemoryError.*exit code 137"):
        launcher.train(settings)

    assert len(batchmock.jobs) == 1


def test_a_run_that_crashes_after_every_epoch_ends_some_day(batchmock, settings, image):
    for restart in range(3):
        batchmock.on(f"training-*-{restart}").runs(image(crash_after=restart + 1))

    with pytest.raises(launcher.TrainingFailed, match="mnist-7 is at epoch 3 after 3 jobs"):
        launcher.train(settings)


def test_a_queue_of_spot_instances_is_refused_before_anything_is_submitted(batchmock, settings):
    batchmock.defaults(name="cheap", spot=True)

    with pytest.raises(batch.UnsuitableQueue, match="cheap has SPOT"):
        launcher.train(replace(settings, queue="cheap"))

    assert len(batchmock.jobs) == 0


def test_a_queue_of_both_runs_it_on_the_instances_that_stay(batchmock, settings, image):
    batchmock.defaults(name="cheap", spot=True)
    boto3.client("batch").update_job_queue(
        jobQueue="training",
        computeEnvironmentOrder=[
            {"order": 1, "computeEnvironment": "cheap"},
            {"order": 2, "computeEnvironment": "training"},
        ],
    )
    batchmock.on("training-*").runs(image())

    assert launcher.train(settings)["epoch"] == 6


def test_a_queue_too_small_for_the_gang_is_reported_with_what_batch_says(batchmock, settings):
    batchmock.defaults(name="small", max_vcpus=16)
    began = batchmock.now

    with pytest.raises(launcher.TrainingFailed, match="does not begin: MISCONFIGURATION:COMPUTE_ENV"):
        launcher.train(replace(settings, queue="small"))

    assert (batchmock.now - began).total_seconds() < 2000
    [job] = batchmock.jobs
    assert job.is_terminal
    assert job.status_reason.startswith("the launcher gave up")


def test_an_interrupted_launcher_leaves_no_cluster_behind(batchmock, settings):
    batchmock.on("training-*").hangs()

    def press_control_c(job, epoch):
        if job["status"] == "RUNNING":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        launcher.train(settings, press_control_c)

    batchmock.run_until_idle()
    [job] = batchmock.jobs
    assert (job.status, job.status_reason) == ("FAILED", "the launcher gave up: KeyboardInterrupt")


def test_the_definition_is_registered_once_an_image(batchmock, settings):
    first = batch.ensure_definition(settings)
    again = batch.ensure_definition(settings)
    other = batch.ensure_definition(replace(settings, image="registry.example.com/training:10"))

    assert first == again
    assert other.rpartition(":")[0] == first.rpartition(":")[0]
    assert other != first


def test_the_command_line_tells_of_a_model(batchmock, settings, image, capsys):
    batchmock.on("training-*").runs(image())

    exit_code = main(["--run", "mnist-8", "--bucket", "models", "--epochs", "2", "--nodes", "16"])

    printed = capsys.readouterr()
    assert exit_code == 0
    assert printed.out == "mnist-8: loss 0.500 after 2 epochs\n"
    assert "training-mnist-8-0 SUCCEEDED, epoch 2" in printed.err


def test_the_command_line_tells_of_a_queue_that_is_not_there(batchmock, capsys):
    assert main(["--run", "mnist-8", "--bucket", "models", "--queue", "nowhere"]) == 1
    assert capsys.readouterr().err == "training: no model of mnist-8: There is no job queue nowhere.\n"
