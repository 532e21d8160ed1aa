"""Finds and loads the example application: in the wheel, or in the source checkout."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Final

from pytest_batchmock.errors import MockUsageError

_NAME: Final = "_batchmock_demo_nightly"
"""Not ``nightly``: the process may have a package of that name, from its user."""

_HERE: Final = Path(__file__).resolve().parent
_PLACES: Final = (_HERE / "_nightly", _HERE.parents[1] / "examples" / "nightly_pipeline")
"""Where the wheel puts the application, and where it lives in the repository."""


def home() -> Path:
    """The directory that holds the application's ``nightly`` and ``data``.

    Raises:
        MockUsageError: It is in neither place.
    """
    for place in _PLACES:
        if (place / "nightly" / "__init__.py").is_file():
            return place
    raise MockUsageError(
        "The demo's application was not found. Install pytest-batchmock from a wheel, or run it from a "
        "complete checkout with examples/."
    )


def load(module: str) -> ModuleType:
    """Import a module of the application, such as ``pipeline``.

    To be called while the mocks are active: one of its modules makes a client when it is imported.
    """
    if _NAME not in sys.modules:
        package = home() / "nightly"
        spec = importlib.util.spec_from_file_location(
            _NAME, package / "__init__.py", submodule_search_locations=[str(package)]
        )
        if spec is None or spec.loader is None:
            raise MockUsageError(f"{package} cannot be imported.")
        sys.modules[_NAME] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[_NAME])
    return importlib.import_module(f"{_NAME}.{module}")


def readings(date: str) -> str:
    """The input of one day, as it is in the repository."""
    return (home() / "data" / f"readings-{date}.csv").read_text(encoding="utf-8")
