"""The entry point of the image, on every node: start torchrun with what Batch says of the cluster.

Batch gives every node its index and the number of nodes, and all but the main node the address of
that. Training goes on from the last checkpoint of the run, whoever has written it: an earlier
attempt of this job, or a job before it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping

from . import checkpoints

PORT = 29500


def command(environment: Mapping[str, str], resume_from: str | None) -> list[str]:
    """What to run on this node."""
    index = environment["AWS_BATCH_JOB_NODE_INDEX"]
    if index == environment["AWS_BATCH_JOB_MAIN_NODE_INDEX"]:
        address = "127.0.0.1"
    else:
        address = environment["AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS"]
    arguments = [
        "torchrun",
        f"--nnodes={environment['AWS_BATCH_JOB_NUM_NODES']}",
        f"--node-rank={index}",
        f"--master-addr={address}",
        f"--master-port={PORT}",
        "train.py",
        f"--run={environment['TRAINING_RUN']}",
        f"--epochs={environment['TRAINING_EPOCHS']}",
    ]
    return arguments if resume_from is None else [*arguments, f"--resume-from={resume_from}"]


def main(
    environment: Mapping[str, str] = os.environ,
    run: Callable[[list[str]], int] = subprocess.call,
) -> int:
    """Train on this node and return the container's exit code."""
    _, key = checkpoints.latest(environment["TRAINING_BUCKET"], environment["TRAINING_RUN"])
    return run(command(environment, key))


if __name__ == "__main__":
    sys.exit(main())
