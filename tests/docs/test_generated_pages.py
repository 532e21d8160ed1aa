"""The pages that are made from the code are those that the code makes today."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from pytest_batchmock.api import model
from pytest_batchmock.api.dispatch import BY_METHOD
from pytest_batchmock.rules.registry import RULES

ROOT = Path(__file__).resolve().parents[2]

made_with_these_operations = pytest.mark.skipif(
    {model.method_name(name) for name in model.operation_names()} != set(BY_METHOD),
    reason="the page is made with a botocore whose operations are those that are handled",
)


def _tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_docs", ROOT / "tools" / "generate_docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TOOL = _tool()


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=made_with_these_operations if name == "operations.md" else ())
        for name in TOOL.PAGES
    ],
)
def test_a_committed_page_is_what_the_code_makes(name: str) -> None:
    committed = (ROOT / "docs" / name).read_text("utf-8")
    assert committed == TOOL.rendered(name), "run python tools/generate_docs.py"


def test_the_page_of_rules_holds_every_rule() -> None:
    rows = re.findall(r"^\| \*\*", TOOL.rendered("rules.md"), re.MULTILINE)
    assert len(rows) == len(RULES)


def test_the_page_of_operations_holds_every_operation() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", TOOL.rendered("operations.md"), re.MULTILINE)
    assert sorted(rows) == sorted(model.operation_names())


def test_every_table_has_rows_of_one_width() -> None:
    for name in TOOL.PAGES:
        for table in re.findall(r"(?:^\|.*\n)+", TOOL.rendered(name), re.MULTILINE):
            widths = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
            assert len(widths) == 1, table


def test_every_page_is_in_the_navigation() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text("utf-8")
    assert [name for name in TOOL.PAGES if f"- {name}" not in navigation] == []
