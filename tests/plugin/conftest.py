"""Test runs inside of tests: a project with the plugin installed, and nothing else configured.

Runs that need no boto3 are made in this process, which is quick; the modules they share with it are
imported here first, because pytester forgets every module that was imported during such a run.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import pytest_batchmock.mock
import pytest_batchmock.observe.report  # noqa: F401

ROOT = Path(__file__).resolve().parents[2]

_INI = """
[pytest]
addopts = --strict-markers --strict-config -p no:cacheprovider
filterwarnings = error
asyncio_default_fixture_loop_scope = function
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """An empty project that finds the plugin of this tree, whatever it was called with."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    pytester.makefile(".ini", pytest=_INI)
    return pytester


@pytest.fixture
def configure(project: pytest.Pytester):
    """Add lines to the ini file."""

    def add(*lines: str) -> None:
        project.makefile(".ini", pytest=_INI + "\n".join(lines) + "\n")

    return add
