"""What one run needs to know, and the names that follow from it."""

from __future__ import annotations

from dataclasses import dataclass

REGION = "us-east-1"


@dataclass(frozen=True)
class Settings:
    """The variants of one sample.

    Attributes:
        sample: The name of the sample.
        bucket: The S3 bucket with the reference and the reads; the variants go there too.
        queue: The job queue, by name or ARN.
        job_definition: The job definition of the image with this package.
        poll_seconds: The pause between two looks at the jobs.
        rerun_at_most: Chromosomes that are worth a second try; if more fail, something is wrong
            with all of them.
    """

    sample: str
    bucket: str
    queue: str = "variants"
    job_definition: str = "variants"
    poll_seconds: float = 60
    rerun_at_most: int = 5

    def name(self, stage: str) -> str:
        """The name of the job of a stage."""
        return f"{self.sample}-{stage}"

    def key(self, stage: str, chromosome: str) -> str:
        """Where a stage leaves what it made of a chromosome."""
        return f"{self.sample}/{stage}/{chromosome}.json"

    @property
    def result(self) -> str:
        """Where the variants of all chromosomes are."""
        return f"{self.sample}/variants.vcf"
