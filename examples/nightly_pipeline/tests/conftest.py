"""What the tests share: a bucket with readings (moto), and the image's entry point as a function."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from moto import mock_aws
from nightly import storage, worker
from nightly.settings import Settings

BUCKET = "weather"
DATE = "2026-11-23"
READINGS = Path(__file__).parents[1] / "data" / f"readings-{DATE}.csv"


@pytest.fixture(autouse=True)
def bucket() -> Iterator[str]:
    """S3 is moto's, with the readings of one day in the bucket."""
    with mock_aws():
        storage.client.cache_clear()
        storage.client().create_bucket(Bucket=BUCKET)
        storage.write_text(BUCKET, f"readings/{DATE}.csv", READINGS.read_text())
        yield BUCKET


@pytest.fixture
def settings() -> Settings:
    """A run in the queue and with the definition that `batchmock.defaults()` makes."""
    return Settings(date=DATE, bucket=BUCKET, queue="default", job_definition="default")


@pytest.fixture
def container() -> Callable[..., int]:
    """What the image does: run `python -m nightly.worker` with the job's arguments and environment."""

    def run(job) -> int:
        assert job.command[:3] == ["python", "-m", "nightly.worker"]
        return worker.main(job.command[3:], job.environment)

    return run
