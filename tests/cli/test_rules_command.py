"""`batchmock rules` lists the registry."""

from __future__ import annotations

import json

import pytest

from pytest_batchmock.cli import main
from pytest_batchmock.rules.registry import RULES


def test_all_rules_are_listed_by_subject(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == f"{len(RULES)} rules"
    headings = [line for line in lines[:-1] if line and not line.startswith(" ")]
    assert [line.split()[0] for line in headings] == sorted({rule.subject for rule in RULES})
    assert sum(line.startswith("  ") for line in lines) == len(RULES)


def test_a_line_tells_sentence_operations_evidence_and_source(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["rules", "--subject", "spot"])
    out = capsys.readouterr().out
    assert out.startswith("spot (")
    line = next(line for line in out.splitlines() if "The bid percentage is 0 to 100" in line)
    assert "CreateComputeEnvironment, UpdateComputeEnvironment" in line
    assert line.endswith("measured  measured (cdk-preflight)")


@pytest.mark.parametrize("operation", ["TerminateJob", "terminate_job"])
def test_an_operation_narrows_the_list(capsys: pytest.CaptureFixture[str], operation: str) -> None:
    main(["rules", "--operation", operation, "--json"])
    found = json.loads(capsys.readouterr().out)
    expected = [rule for rule in RULES if "TerminateJob" in rule.operations]
    assert len(found) == len(expected) > 0
    assert all("TerminateJob" in row["operations"] for row in found)
    assert set(found[0]) == {"subject", "sentence", "detail", "operations", "evidence", "source"}


def test_subject_and_operation_narrow_together(capsys: pytest.CaptureFixture[str]) -> None:
    main(["rules", "--subject", "tags", "--operation", "SubmitJob", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found
    assert all(row["subject"] == "tags" and "SubmitJob" in row["operations"] for row in found)


@pytest.mark.parametrize("option", ["--subject", "--operation"])
def test_an_unknown_name_is_refused_with_the_known_ones(
    option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["rules", option, "nothing"])
    assert stopped.value.code == 2
    known = {"--subject": "container_fargate", "--operation": "CreateQuotaShare"}[option]
    assert known in capsys.readouterr().err


def test_the_command_is_named_in_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "rules" in capsys.readouterr().out
