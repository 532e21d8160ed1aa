"""What the tests share: a small genome in a bucket (moto), and the image's entry point."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest
from moto import mock_aws
from variants import storage, worker
from variants.settings import Settings

BUCKET = "genomes"
SAMPLE = "NA00001"
VARIANTS = {"chr1": 30, "chr2": 55, "chr3": 12, "chr4": 77}
"""One variant a chromosome, at that position."""

OTHER = {"A": "C", "C": "G", "G": "T", "T": "A"}


def put_genome(variants: dict[str, int]) -> str:
    dice = random.Random(7)
    lines = ["##fileformat=VCFv4.3", f"##sample={SAMPLE}", "#CHROM\tPOS\tREF\tALT"]
    for chromosome, position in variants.items():
        reference = "".join(dice.choices("ACGT", k=100))
        base = reference[position - 1]
        sample = reference[: position - 1] + OTHER[base] + reference[position:]
        reads = [sample[start : start + 25] for start in range(0, 76, 5)]
        storage.write(BUCKET, storage.REFERENCE + chromosome, reference)
        storage.write(BUCKET, f"{SAMPLE}/reads/{chromosome}", "\n".join(reads))
        lines.append(f"{chromosome}\t{position}\t{base}\t{OTHER[base]}")
    return "\n".join(lines) + "\n"


@pytest.fixture
def bucket() -> Iterator[str]:
    """S3 is moto's."""
    with mock_aws():
        storage.client.cache_clear()
        storage.client().create_bucket(Bucket=BUCKET)
        yield BUCKET


@pytest.fixture
def make_genome(bucket) -> Callable[[dict[str, int]], str]:
    """Puts a reference and reads of the sample into the bucket; returns the VCF that is right."""
    return put_genome


@pytest.fixture
def expected(make_genome) -> str:
    """The genome is in the bucket, and this is what is to be found in it."""
    return make_genome(VARIANTS)


@pytest.fixture
def settings() -> Settings:
    """A run in the queue and with the definition that `batchmock.defaults()` makes."""
    return Settings(sample=SAMPLE, bucket=BUCKET, queue="default", job_definition="default")


@pytest.fixture
def image() -> Callable[..., int]:
    """What the image does: run `python -m variants.worker` with the job's arguments and environment."""

    def run(job) -> int:
        assert job.command[:3] == ["python", "-m", "variants.worker"]
        return worker.main(job.command[3:], job.environment)

    return run
