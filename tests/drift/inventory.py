"""What this project knows of the Batch model: a committed inventory, and the tool that writes it.

After a newer botocore was looked through: ``python tests/drift/inventory.py``, with that botocore.
"""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import botocore
import botocore.session

import pytest_batchmock

FILE = Path(__file__).with_name("inventory.json")
SOURCES = Path(pytest_batchmock.__file__).parent


def of_installed_model() -> dict[str, list[str]]:
    """Every operation, and every structure that a request may hold, with its members."""
    model = botocore.session.Session().get_service_model("batch")
    found: dict[str, list[str]] = {}
    for operation in model.operation_names:
        shape = model.operation_model(operation).input_shape
        found[operation] = [] if shape is None else sorted(shape.members)
        for member in () if shape is None else shape.members.values():
            _collect(member, found)
    return dict(sorted(found.items()))


def _collect(shape: Any, found: dict[str, list[str]]) -> None:
    if shape.type_name == "list":
        _collect(shape.member, found)
    elif shape.type_name == "map":
        _collect(shape.value, found)
    elif shape.type_name == "structure" and shape.name not in found:
        found[shape.name] = sorted(shape.members)
        for member in shape.members.values():
            _collect(member, found)


def named_in_sources() -> set[str]:
    """Every text in the package's code that could be the name of a member; prose is not code."""
    names = set()
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                names.add(node.value)
    return names


def not_named(members: dict[str, list[str]]) -> list[str]:
    """The members that no source names: what is sent in them is kept and shown, and changes nothing."""
    named = named_in_sources()
    return [f"{owner}.{name}" for owner, names in members.items() for name in names if name not in named]


def differences(newer: dict[str, list[str]], older: dict[str, list[str]]) -> list[str]:
    """What `newer` has and `older` has not: operations and structures by name, members behind a dot."""
    found = []
    for owner, names in newer.items():
        if owner not in older:
            found.append(owner)
        else:
            found += [f"{owner}.{name}" for name in names if name not in older[owner]]
    return found


def recorded() -> dict[str, Any]:
    """The committed inventory."""
    content: dict[str, Any] = json.loads(FILE.read_text())
    return content


if __name__ == "__main__":
    members = of_installed_model()
    inventory = {
        "botocore": botocore.__version__,
        "members": members,
        "passed_through": not_named(members),
    }
    FILE.write_text(json.dumps(inventory, indent=1) + "\n")
    print(f"{FILE}: botocore {botocore.__version__}, {len(inventory['passed_through'])} passed through")
