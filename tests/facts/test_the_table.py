"""The table of facts names tests that there are, and leaves out no fact of its sections."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from .table import BACKGROUND, NOT_MAPPED, SECTIONS, SHOWN

TESTS = Path(__file__).parent.parent


def names_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("fact", SHOWN)
def test_the_test_that_shows_a_fact_exists(fact):
    path, _, name = SHOWN[fact].partition("::")
    assert name in names_in(TESTS / path)


def test_every_fact_of_the_sections_is_in_one_list():
    listed = [*SHOWN, *BACKGROUND, *NOT_MAPPED.split()]
    wanted = [f"{section}.{at}" for section, most in SECTIONS.items() for at in range(1, most + 1)]
    assert sorted(listed) == sorted(wanted)
