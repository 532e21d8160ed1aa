"""The command line: `python -m training --run mnist-7 --bucket models`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from . import batch, launcher
from .settings import Settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Train and return the exit code: 0 is a model, 1 is none."""
    parser = argparse.ArgumentParser(prog="training", description=__doc__)
    parser.add_argument("--run", required=True)
    parser.add_argument("--bucket", required=True)
    parser.add_argument("--queue", default=Settings.queue)
    parser.add_argument("--image", default=Settings.image)
    parser.add_argument("--nodes", type=int, default=Settings.nodes)
    parser.add_argument("--epochs", type=int, default=Settings.epochs)
    settings = Settings(**vars(parser.parse_args(arguments)))
    try:
        state = launcher.train(settings, progress)
    except (launcher.TrainingFailed, batch.UnsuitableQueue, ClientError, BotoCoreError) as error:
        print(f"training: no model of {settings.run}: {error}", file=sys.stderr)
        return 1
    print(f"{settings.run}: loss {state['loss']:.3f} after {settings.epochs} epochs")
    return 0


def progress(job: dict[str, Any], epoch: int) -> None:
    """Print where the job is."""
    print(f"training: {job['jobName']} {job['status']}, epoch {epoch}", file=sys.stderr)
