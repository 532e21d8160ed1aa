"""The launcher: submits the job, watches its nodes, starts it anew from a checkpoint if it breaks."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from . import batch, checkpoints
from .settings import Settings

OnProgress = Callable[[dict[str, Any], int], None]

LOST_WORKER = "lost a worker"


class TrainingFailed(Exception):
    """There is no model, and the message says why."""


def train(settings: Settings, on_progress: OnProgress = lambda job, epoch: None) -> dict[str, Any]:
    """Train until the model is done, and return its state after the last epoch.

    A job that failed after it had finished an epoch is worth another one, which goes on from there.
    One that got nowhere would get nowhere again.

    Args:
        settings: What to train and where.
        on_progress: Is told of the job and the last epoch, at every look.

    Raises:
        TrainingFailed: The job cannot begin, got nowhere, or has failed too often.
        batch.UnsuitableQueue: No multi-node job can run in the queue.
    """
    batch.check_queue(settings.queue)
    definition = batch.ensure_definition(settings)
    for restart in range(settings.restarts + 1):
        before, _ = checkpoints.latest(settings.bucket, settings.run)
        job_id = batch.submit(settings, definition, restart)
        try:
            job = watch(settings, job_id, on_progress)
        except (Exception, KeyboardInterrupt) as error:
            told = str(error) or type(error).__name__
            batch.terminate(job_id, f"the launcher gave up: {told}"[:200])
            raise
        epoch, key = checkpoints.latest(settings.bucket, settings.run)
        if job["status"] == "SUCCEEDED" and key is not None and epoch >= settings.epochs:
            return checkpoints.load(settings.bucket, key)
        if epoch == before:
            raise TrainingFailed(f"{job['jobName']} got no further than epoch {epoch}: {why(job)}")
    raise TrainingFailed(f"{settings.run} is at epoch {epoch} after {restart + 1} jobs: {why(job)}")


def watch(settings: Settings, job_id: str, on_progress: OnProgress) -> dict[str, Any]:
    """Look at the job again and again until it has ended, and return it.

    While a worker is gone the main node waits for it in the next collective operation, for ever; Batch
    ends the job with its main node only. So a lost worker is a reason to end the job.

    Raises:
        TrainingFailed: The job has been waiting for `patience_seconds`, and Batch says why.
    """
    waited = 0.0
    while True:
        job = batch.describe(job_id)
        on_progress(job, checkpoints.latest(settings.bucket, settings.run)[0])
        if job["status"] in batch.ENDED:
            return job
        if job["status"] == "RUNNABLE" and job.get("statusReason"):
            waited += settings.poll_seconds
            if waited >= settings.patience_seconds:
                raise TrainingFailed(f"{job['jobName']} does not begin: {job['statusReason']}")
        if job["status"] == "RUNNING":
            lost = batch.nodes(job_id, "FAILED")
            if lost:
                batch.terminate(job_id, f"{LOST_WORKER}: {', '.join(node['jobId'] for node in lost)}")
        time.sleep(settings.poll_seconds)


def why(job: dict[str, Any]) -> str:
    """Why the job ended, in one line; the main node's container is in the last attempt."""
    attempts = job.get("attempts") or [{}]
    container = attempts[-1].get("container", {})
    told = [job.get("statusReason"), container.get("reason")]
    if "exitCode" in container:
        told.append(f"exit code {container['exitCode']}")
    return "; ".join(text for text in told if text) or "no reason given"
