"""The night that the demo plays: the scenario, and the application that runs through it."""

from __future__ import annotations

import io
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final
from unittest.mock import patch

from moto import mock_aws
from rich.console import Console

from pytest_batchmock.demo import application
from pytest_batchmock.demo.observer import Observer
from pytest_batchmock.demo.screen import Ending, LiveScreen, PlainScreen, Screen
from pytest_batchmock.mock import BatchMock
from pytest_batchmock.runners.function import RunningJob
from pytest_batchmock.runners.outcomes import reclaimed, runs

DATE: Final = "2026-11-23"
BUCKET: Final = "weather"
QUEUE: Final = "nightly-spot"
VCPUS: Final = 6
START: Final = "2026-11-24T02:00:00Z"
DEFAULT_SPEED: Final = 90.0
POLL_SECONDS: Final = 5.0
USUAL_LENGTH: Final = timedelta(minutes=14)

_MINUTES: Final = (4.0, 5.5, 3.5, 4.5, 3.0, 5.0, 3.5, 2.5, 4.0, 3.0, 4.5, 3.5)
"""How long each worker takes; with six vCPUs half of them wait for room."""


def show(speed: float | None = None) -> int:
    """Play the night and return the exit code.

    Args:
        speed: Virtual seconds in one real second. None: a pleasant one on a terminal, and no pauses
            where nobody watches.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # "°C" must not end the demo where only ASCII is shown
    console = Console(highlight=False)
    watched = sys.stdout.isatty() and not console.is_dumb_terminal  # FORCE_COLOR makes no terminal
    if speed is None:
        speed = DEFAULT_SPEED if watched else float("inf")
    screen: Screen = (LiveScreen if watched else PlainScreen)(console, title(), USUAL_LENGTH)
    began = time.monotonic()
    with _no_aws_settings(), mock_aws(), BatchMock(start=START, seed=11) as batch:
        prepare(batch)
        with screen:
            watcher = Watcher(batch, screen, speed)
            report = application.load("pipeline").run(settings(), watcher)
            watcher()
        jobs = batch.jobs.all()
        screen.end(Ending(jobs, batch.now, time.monotonic() - began, report))
    return 0 if all(job.status == "SUCCEEDED" for job in jobs) else 1


def title() -> str:
    """What is being shown."""
    return f"nightly {DATE} on AWS Batch, mocked: queue {QUEUE}, Spot, {VCPUS} vCPUs"


def settings() -> Any:
    """How the application is told to run: as its command line would, but looking more often."""
    make = application.load("settings").Settings
    return make(date=DATE, bucket=BUCKET, queue=QUEUE, job_definition=QUEUE, poll_seconds=POLL_SECONDS)


def prepare(batch: BatchMock) -> None:
    """The bucket with the readings, the queue, and what will happen to the jobs."""
    storage = application.load("storage")
    storage.client().create_bucket(Bucket=BUCKET)
    storage.write_text(BUCKET, settings().readings_key, application.readings(DATE))
    batch.defaults(name=QUEUE, spot=True, max_vcpus=VCPUS)

    for number, minutes in enumerate(_MINUTES):
        batch.on(f"*-shard-{number:03}").runs(_work, after=minutes * 60)
    batch.on("*-merge").runs(_work, after="80s")
    batch.on("*-shard-001").attempts(reclaimed(after="2m"), runs(_work, after="5m"))
    batch.on("*-shard-004").attempts(
        reclaimed(after="100s"), reclaimed(after="1m"), runs(_work, after="150s")
    )
    batch.on("*-shard-006").attempts(reclaimed(after="8s", while_starting=True), runs(_work, after="3m"))
    batch.on("*-shard-010").attempts(reclaimed(after="130s"), runs(_work, after="200s"))


def _work(job: RunningJob) -> None:
    """Do what the container does, ``python -m nightly.worker …``: the report at the end is computed."""
    application.load("worker").main(job.command[3:], job.environment)


class Watcher:
    """What the application calls at each look at its jobs: shows them, and waits for who watches."""

    def __init__(self, batch: BatchMock, screen: Screen, speed: float) -> None:
        self._batch = batch
        self._screen = screen
        self._speed = speed
        self._observer = Observer()
        self._shown = batch.now
        # The application's time.sleep is virtual here; this pause must be real.
        self._pause = threading.Event().wait

    def __call__(self, described: object = None) -> None:
        """Look, show, and wait as long as the passed virtual time is to take."""
        jobs, now = self._batch.jobs.all(), self._batch.now
        changes = self._observer.changes(jobs)
        self._screen.show(jobs, now, changes)
        self._pause((now - self._shown).total_seconds() / self._speed)
        self._shown = now


@contextmanager
def _no_aws_settings() -> Iterator[None]:
    """Hide the user's AWS settings: a profile or an endpoint of theirs must not lead the demo astray."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    with patch.dict(os.environ, {**kept, **nowhere}, clear=True):
        yield
