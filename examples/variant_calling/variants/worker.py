"""What runs in the containers.

    python -m variants.worker align|call|merge <sample>

Which chromosome is the index in the array, or VARIANTS_INDEX for a single job that does one again.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

from . import genetics, storage
from .settings import Settings


def main(arguments: Sequence[str] | None = None, environment: Mapping[str, str] = os.environ) -> int:
    """Do one job and return the container's exit code."""
    stage, sample = sys.argv[1:] if arguments is None else arguments
    settings = Settings(sample=sample, bucket=environment["VARIANTS_BUCKET"])
    bucket = settings.bucket
    chromosomes = storage.chromosomes(bucket)
    if stage == "merge":
        parts = [(name, storage.read_json(bucket, settings.key("call", name))) for name in chromosomes]
        storage.write(bucket, settings.result, genetics.vcf(sample, parts))
        return 0
    index = environment.get("VARIANTS_INDEX") or environment["AWS_BATCH_JOB_ARRAY_INDEX"]
    chromosome = chromosomes[int(index)]
    reference = storage.read(bucket, storage.REFERENCE + chromosome)
    if stage == "align":
        reads = storage.read(bucket, f"{sample}/reads/{chromosome}").split()
        storage.write_json(bucket, settings.key("align", chromosome), genetics.align(reference, reads))
    else:
        alignments = storage.read_json(bucket, settings.key("align", chromosome))
        storage.write_json(
            bucket, settings.key("call", chromosome), genetics.call(reference, alignments)
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
