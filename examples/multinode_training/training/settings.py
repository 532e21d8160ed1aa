"""What one training run needs to know."""

from __future__ import annotations

from dataclasses import dataclass

REGION = "us-east-1"


@dataclass(frozen=True)
class Settings:
    """One run.

    Attributes:
        run: The name of the run; checkpoints are kept under it.
        bucket: The S3 bucket of checkpoints and model.
        queue: The job queue, by name or ARN.
        image: The container image with the training code.
        nodes: How many machines train; the first is the main node.
        vcpus: Of each machine.
        memory: MiB of each machine.
        epochs: When the model is done.
        poll_seconds: The pause between two looks at the job.
        patience_seconds: How long the job may wait with a reason that it does not begin.
        restarts: How often a job that has failed is submitted anew, if it had got on.
    """

    run: str
    bucket: str
    queue: str = "training"
    image: str = "registry.example.com/training:9"
    nodes: int = 4
    vcpus: int = 8
    memory: int = 30_000
    epochs: int = 10
    poll_seconds: float = 60
    patience_seconds: float = 1800
    restarts: int = 2

    @property
    def definition(self) -> str:
        """The name of the job definition."""
        return "training-node"
