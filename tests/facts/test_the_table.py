"""The table of facts names tests and rules that there are, and leaves out no fact of its sections."""

from __future__ import annotations

import ast
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from . import resources
from .table import BACKGROUND, NOT_MAPPED, SECTIONS, SHOWN

TESTS = Path(__file__).parent.parent
FURTHER = {"11.36a", "11.36b"}
"""Facts that have a letter."""


@cache
def names_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@cache
def rules_with_examples() -> set[str]:
    files = sorted((TESTS / "rules").glob("examples_*.py"))
    return {name for path in files for name in import_module(f"rules.{path.stem}").EXAMPLES}


@pytest.mark.parametrize("fact", SHOWN)
def test_the_test_that_shows_a_fact_exists(fact):
    path, _, name = SHOWN[fact].partition("::")
    assert name in names_in(TESTS / path)


@pytest.mark.parametrize("fact", resources.SHOWN)
def test_the_tests_and_rules_that_show_a_fact_exist(fact):
    for part in resources.SHOWN[fact].split(";"):
        kind, *names = part.split()
        if kind == "rule":
            missing = set(names) - rules_with_examples()
        else:
            there = names_in(TESTS / resources.FILES[kind])
            missing = {name for name in names if f"test_{name}" not in there}
        assert names
        assert not missing


def test_every_fact_of_the_sections_is_in_one_list():
    listed = [*SHOWN, *BACKGROUND, *NOT_MAPPED.split()]
    wanted = [f"{section}.{at}" for section, most in SECTIONS.items() for at in range(1, most + 1)]
    assert sorted(listed) == sorted(wanted)


def test_every_fact_of_the_further_sections_is_in_one_list():
    listed = [*resources.SHOWN, *resources.BACKGROUND]
    listed += [fact for facts in resources.NOT_MAPPED.values() for fact in facts.split()]
    sections = resources.SECTIONS.items()
    wanted = {f"{section}.{at}" for section, most in sections for at in range(1, most + 1)}
    assert sorted(listed) == sorted(wanted | FURTHER)
