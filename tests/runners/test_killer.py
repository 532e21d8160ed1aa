"""What is told to end more than once is killed when the first of its times is over."""

from __future__ import annotations

import threading

import pytest

from pytest_batchmock.runners.killer import Killer

NEVER_MS = 600_000


@pytest.mark.parametrize("asked_ms", [(1,), (NEVER_MS, 1), (1, NEVER_MS)])
def test_the_shortest_time_that_was_asked_for_counts(asked_ms: tuple[int, ...]) -> None:
    killed = threading.Event()
    killer = Killer(killed.set)
    for grace_ms in asked_ms:
        killer.within(grace_ms)
    assert killed.wait(30)
    killer.give_up()


def test_what_has_ended_is_not_killed() -> None:
    killed = threading.Event()
    killer = Killer(killed.set)
    killer.within(NEVER_MS)
    [timer] = [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]
    killer.give_up()
    timer.join(30)
    assert (timer.is_alive(), killed.is_set()) == (False, False)
