"""The tables of facts name tests and rules that there are, and leave out no fact of their sections."""

from __future__ import annotations

import ast
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from . import definitions, open_points, operations, resources, table
from .files import FILES

TESTS = Path(__file__).parent.parent
MODULES = (table, definitions, resources, operations, open_points)
SHOWN = {fact: where for module in MODULES for fact, where in module.SHOWN.items()}
NOT_SHOWN = {fact: why for module in MODULES for fact, why in module.NOT_SHOWN.items()}


@cache
def names_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@cache
def rules_with_examples() -> set[str]:
    files = sorted((TESTS / "rules").glob("examples_*.py"))
    return {name for path in files for name in import_module(f"rules.{path.stem}").EXAMPLES}


def missing_in(row: str) -> list[str]:
    """What a row names that there is not."""
    missing = []
    for part in row.split(";"):
        kind, *names = part.split()
        assert names, f"no test is named of {kind}"
        if kind == "rule":
            missing += [name for name in names if name not in rules_with_examples()]
        else:
            there = names_in(TESTS / FILES[kind])
            missing += [name for name in names if f"test_{name}" not in there]
    return missing


@pytest.mark.parametrize("fact", SHOWN)
def test_the_tests_and_rules_that_show_a_fact_exist(fact: str) -> None:
    assert missing_in(SHOWN[fact]) == []


@pytest.mark.parametrize("fact", NOT_SHOWN)
def test_a_fact_is_left_out_only_if_it_cannot_be_seen_or_an_error_says_that_it_is_not_there(
    fact: str,
) -> None:
    kind, _, why = NOT_SHOWN[fact].partition(": ")
    assert why
    if kind != "not observable through the API":
        assert kind == "not modelled, says so in a clear error"
        assert missing_in(why) == []


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_every_fact_of_the_sections_is_in_one_list(module: object) -> None:
    listed = [*module.SHOWN, *module.NOT_SHOWN]  # type: ignore[attr-defined]
    sections = module.SECTIONS.items()  # type: ignore[attr-defined]
    wanted = [f"{section}.{at}" for section, most in sections for at in range(1, most + 1)]
    assert sorted(listed) == sorted([*wanted, *getattr(module, "LETTERS", ())])


def test_no_fact_is_in_two_tables() -> None:
    assert len(SHOWN) + len(NOT_SHOWN) == sum(len({**it.SHOWN, **it.NOT_SHOWN}) for it in MODULES)


def test_every_file_is_named_by_a_row() -> None:
    named = {part.split()[0] for row in SHOWN.values() for part in row.split(";")}
    assert named == {*FILES, "rule"}
