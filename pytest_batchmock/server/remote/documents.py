"""Documents to seed from, in requests of a size that a server takes."""

from __future__ import annotations

import json
from typing import Any, Final

from pytest_batchmock.seeding.documents import Document
from pytest_batchmock.server.remote.client import Members, Refused

_LARGEST_SEED: Final = 700_000
"""Bytes of one request: the server takes 1 MiB."""


def batches(found: list[tuple[str, list[Document]]]) -> list[Members]:
    """The documents in requests that a server takes; dumps of definitions alone are parted.

    Raises:
        Refused: One of them is too large as it is.
    """
    whole = {name: list(parts) for name, parts in found}
    if len(json.dumps(whole)) <= _LARGEST_SEED:
        return [whole]
    first: Members = {}
    definitions: list[tuple[str, Any]] = []
    for name, parts in found:
        for part in parts:
            rest = {key: value for key, value in part.items() if key != "jobDefinitions"}
            if "jobDefinitions" in part and "Resources" not in part:
                definitions += [(name, entry) for entry in part["jobDefinitions"]]
            if rest:
                first.setdefault(name, []).append(rest)
    definitions.sort(key=lambda pair: (pair[1]["jobDefinitionName"], pair[1]["revision"]))
    requests: list[Members] = [first] if first else []
    size = _LARGEST_SEED
    for name, entry in definitions:
        length = len(json.dumps(entry))
        if size + length > _LARGEST_SEED:
            requests.append({})
            size = 0
        requests[-1].setdefault(name, {"jobDefinitions": []})["jobDefinitions"].append(entry)
        size += length
    if any(len(json.dumps(request)) > _LARGEST_SEED * 1.4 for request in requests):
        raise Refused("seed: the files are too large for one request; seed them one after another.")
    return requests
