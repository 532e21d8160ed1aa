"""What one run needs to know, and the names that follow from it."""

from __future__ import annotations

from dataclasses import dataclass

REGION = "us-east-1"


@dataclass(frozen=True)
class Settings:
    """One run of the pipeline.

    Attributes:
        date: The day of the readings, as 2026-11-23.
        bucket: The S3 bucket with the readings; the report goes there too.
        queue: The job queue, by name or ARN.
        job_definition: The job definition of the pipeline's image.
        stations_per_shard: How many stations one worker summarises.
        poll_seconds: The pause between two looks at the jobs.
        patience_seconds: How long nothing may move, with no job running, before the run gives up.
        attempt_seconds: The time limit of one attempt of one job.
        resume: Whether partial results of an earlier run of the same readings are used.
    """

    date: str
    bucket: str
    queue: str = "nightly-spot"
    job_definition: str = "nightly"
    stations_per_shard: int = 2
    poll_seconds: float = 30
    patience_seconds: float = 1800
    attempt_seconds: int = 1800
    resume: bool = True

    @property
    def prefix(self) -> str:
        """What the names of all jobs of the day begin with."""
        return f"nightly-{self.date}-"

    @property
    def readings_key(self) -> str:
        """Where the stations' gateway leaves the readings."""
        return f"readings/{self.date}.csv"

    def work_key(self, name: str) -> str:
        """Where the run keeps an intermediate file."""
        return f"work/{self.date}/{name}"

    def report_key(self, ending: str) -> str:
        """Where the report is published."""
        return f"reports/{self.date}/report.{ending}"
