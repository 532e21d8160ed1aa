"""Every need of client programs has its tests, and the tests that it names are there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from .table import FILES, NEEDS, SHOWN

TESTS = Path(__file__).parent.parent


@cache
def names_in(kind: str) -> set[str]:
    tree = ast.parse((TESTS / FILES[kind]).read_text(encoding="utf-8"))
    names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    return {name.removeprefix("test_") for name in names if name.startswith("test_")}


def test_every_need_has_its_tests():
    assert sorted(SHOWN) == sorted(NEEDS) == list(range(1, len(NEEDS) + 1))
    for rows in SHOWN.values():
        assert rows
        for row in rows:
            kind, name = row.split()
            assert name in names_in(kind), row


def test_the_needs_are_those_of_the_document():
    found = [
        folder / "shared/CLIENT_NEEDS.md"
        for folder in TESTS.parents
        if (folder / "shared/CLIENT_NEEDS.md").is_file()
    ]
    if not found:
        pytest.skip("the document that the needs come from is not part of this tree")
    points = re.findall(r"^(\d+)\. (.*)$", found[0].read_text(encoding="utf-8"), re.MULTILINE)
    assert {int(number): text for number, text in points} == NEEDS
