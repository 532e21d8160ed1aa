"""Whoever waits for a task of a swarm hears that the manager is gone, even if another asks again."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from pytest_batchmock.runners.docker.engine import EngineGone
from pytest_batchmock.runners.swarm.cluster import TaskWatch


class Manager:
    """A manager that knows one task, and vanishes once."""

    def __init__(self) -> None:
        self.vanished = threading.Event()

    @contextlib.contextmanager
    def asked(self) -> Iterator[Any]:
        if not self.vanished.is_set():
            self.vanished.set()
            raise EngineGone("nobody there")
        yield self

    def tasks(self, filters: dict[str, list[str]]) -> list[dict[str, Any]]:
        return [{"ID": task, "Version": {"Index": 1}, "NodeID": "n"} for task in filters["id"]]

    def nodes(self) -> list[Any]:
        return []


def test_a_manager_that_is_back_already_was_gone_for_whoever_waited_then() -> None:
    manager = Manager()
    watch = TaskWatch(manager)  # type: ignore[arg-type]
    watch.begin("first")
    with pytest.raises(EngineGone):
        watch.next("first", None)
    watch.begin("second")
    found = watch.next("second", None)
    assert found is not None
    assert found["ID"] == "second"
    with pytest.raises(EngineGone, match="nobody there"):
        watch.next("first", None)
    watch.end("first")
    watch.end("second")
