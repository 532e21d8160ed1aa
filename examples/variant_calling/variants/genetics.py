"""The science, without AWS: where a read belongs, and where the reads differ from the reference.

As simple as it can be and still find something; real pipelines call bwa and GATK here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

Alignment = tuple[int, str]
Variant = tuple[int, str, str]

MIN_DEPTH = 3
MAX_MISMATCHES = 2


def align(reference: str, reads: Iterable[str]) -> list[Alignment]:
    """Put each read where it differs least from the reference; leave out those that fit nowhere."""
    placed = []
    for read in reads:
        starts = range(len(reference) - len(read) + 1)
        misses, start = min((_mismatches(reference, read, start), start) for start in starts)
        if misses <= MAX_MISMATCHES:
            placed.append((start, read))
    return placed


def _mismatches(reference: str, read: str, start: int) -> int:
    there = reference[start : start + len(read)]
    return sum(ours != theirs for ours, theirs in zip(read, there, strict=True))


def call(reference: str, alignments: Sequence[Alignment]) -> list[Variant]:
    """The positions (from 1) at which most of the reads, and enough of them, have another base."""
    seen: dict[int, Counter[str]] = {}
    for start, read in alignments:
        for offset, base in enumerate(read):
            seen.setdefault(start + offset, Counter())[base] += 1
    found = []
    for position, bases in sorted(seen.items()):
        base, count = bases.most_common(1)[0]
        if base != reference[position] and bases.total() >= MIN_DEPTH and 2 * count > bases.total():
            found.append((position + 1, reference[position], base))
    return found


def vcf(sample: str, by_chromosome: Iterable[tuple[str, Iterable[Variant]]]) -> str:
    """The variants of all chromosomes as a VCF file."""
    lines = ["##fileformat=VCFv4.3", f"##sample={sample}", "#CHROM\tPOS\tREF\tALT"]
    for chromosome, variants in by_chromosome:
        lines += [f"{chromosome}\t{position}\t{ref}\t{alt}" for position, ref, alt in variants]
    return "\n".join(lines) + "\n"
