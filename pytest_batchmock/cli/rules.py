"""`batchmock rules`: what the mock refuses, and how we know that AWS Batch does.

The table is made from the registry of rules; `tools/generate_docs.py` makes a page of the documentation
from the same rows.
"""

from __future__ import annotations

import argparse
import inspect
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Final


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule as a reader sees it.

    Attributes:
        subject: The file of `pytest_batchmock.rules` it stands in.
        sentence: What holds.
        detail: What its docstring adds.
        operations: The operations it guards.
        evidence: observed, measured, documented or inferred.
        source: Where it is written or was seen.
    """

    subject: str
    sentence: str
    detail: str
    operations: tuple[str, ...]
    evidence: str
    source: str


def rule_rows() -> list[RuleRow]:
    """All rules, in the order of the subjects' names, each subject's as they are asked."""
    import pytest_batchmock.rules  # noqa: F401 - it registers them
    from pytest_batchmock.rules.registry import RULES

    rows = [
        RuleRow(
            subject=rule.subject,
            sentence=_sentence(rule.name),
            detail=" ".join(inspect.cleandoc(rule.check.__doc__ or "").split()),
            operations=rule.operations,
            evidence=rule.evidence,
            source=rule.source,
        )
        for rule in RULES
    ]
    return sorted(rows, key=lambda row: row.subject)


def main(argv: Sequence[str] | None = None) -> int:
    """Print the rules; returns 0."""
    rows = rule_rows()
    given = _parser(rows).parse_args(argv)
    chosen = [
        row
        for row in rows
        if given.subject in (None, row.subject)
        and (given.operation is None or given.operation in row.operations)
    ]
    if given.json:
        print(json.dumps([asdict(row) for row in chosen], indent=2, ensure_ascii=False))
    else:
        print("\n".join(_table(chosen)))
    return 0


def _parser(rows: list[RuleRow]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="batchmock rules",
        description="What the mock refuses, by subject, and how we know that AWS Batch does.",
        epilog=(
            "evidence: observed (a recorded answer of the service), measured (against the service, by\n"
            "others), documented (by AWS), inferred (from the rest)\n\n"
            "examples:\n  batchmock rules --operation SubmitJob\n"
            "  batchmock rules --subject spot --json\n\n"
            "exit codes: 0 it is done, 2 a wrong argument"
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--subject",
        choices=sorted({row.subject for row in rows}),
        metavar="SUBJECT",
        help="only the rules of one subject, such as spot",
    )
    parser.add_argument(
        "--operation",
        type=lambda name: name.replace("_", " ").title().replace(" ", "") if name.islower() else name,
        choices=sorted({operation for row in rows for operation in row.operations}),
        metavar="OPERATION",
        help="only the rules that guard one operation, such as SubmitJob",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _table(rows: list[RuleRow]) -> Iterator[str]:
    for subject, members in groupby(rows, key=lambda row: row.subject):
        lines = [(row.sentence, ", ".join(row.operations), row.evidence, row.source) for row in members]
        yield f"{subject} ({len(lines)})"
        widths = [max(len(line[column]) for line in lines) for column in range(3)]
        for line in lines:
            cells = [cell.ljust(width) for cell, width in zip(line, [*widths, 0], strict=True)]
            yield "  " + "  ".join(cells).rstrip()
        yield ""
    yield f"{len(rows)} rules"


# How a reader knows the words that a function's name has to spell in small letters.
_SPELLED: Final = {
    "arn": "ARN",
    "arns": "ARNs",
    "aws": "AWS",
    "desiredvcpus": "desiredvCpus",
    "ec2": "EC2",
    "ecs": "ECS",
    "efs": "EFS",
    "eks": "EKS",
    "fargate": "Fargate",
    "gpu": "GPU",
    "gpus": "GPUs",
    "iam": "IAM",
    "json": "JSON",
    "kib": "KiB",
    "kubernetes": "Kubernetes",
    "linux": "Linux",
    "maxvcpus": "maxvCpus",
    "mib": "MiB",
    "minvcpus": "minvCpus",
    "s3": "S3",
    "sagemaker": "SageMaker",
    "spot": "Spot",
    "vcpu": "vCPU",
    "vcpus": "vCPUs",
    "windows": "Windows",
}


def _sentence(name: str) -> str:
    words = [_SPELLED.get(word, word) for word in name.split("_")]
    first = words[0] if words[0] in _SPELLED.values() else words[0].capitalize()
    return " ".join([first, *words[1:]])
