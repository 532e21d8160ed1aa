"""Kill -9 amid submits: see `killing`."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("werkzeug")

from tests.journal import killing


def test_every_answered_submit_survives_five_kills_under_load_and_none_is_there_twice(
    tmp_path: Path,
) -> None:
    told = killing.rounds(5, tmp_path / "state")
    assert told["answered"] >= 100
    assert 0 <= told["unanswered_but_there"] <= 5 * 4  # a client has one request under way at most
