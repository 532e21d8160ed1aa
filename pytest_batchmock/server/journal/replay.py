"""Plays a journal again: the server comes back with every call that it has answered.

Nothing is started, sent or waited for meanwhile: what runners, callables and the wall clock did
stands in the journal. Each account is played in the order of its own inputs.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.mock import BatchMock
from pytest_batchmock.options import Options
from pytest_batchmock.runners.protocol import RunnerReport
from pytest_batchmock.server.accounts import Accounts
from pytest_batchmock.server.control import api
from pytest_batchmock.server.defaults import SNAPSHOT_EVERY
from pytest_batchmock.server.journal.file import Input, Journal
from pytest_batchmock.server.journal.keeping import JournalKeeper
from pytest_batchmock.server.journal.snapshots import restore, unpacked
from pytest_batchmock.world import World

_log: Final = logging.getLogger(__name__)

_FREE: Final = ("clock", "rate", "virtual_sleep", "stall_after")
"""The options that may be others after a restart: they do not decide what an input comes to."""

_OUTSIDE: Final = ("runner",)
"""Those that reach out of the server: a file alone never says them."""


@dataclass(frozen=True, slots=True)
class Played:
    """What has come of playing a journal.

    Attributes:
        accounts: The mocks.
        rate: The rate with which each world of the file begins.
        numbers: By the world of a mock, the number of the input that made it.
        inputs: How many inputs of a world were played, and not covered by a snapshot.
        differences: Where an input comes out otherwise than it was answered.
    """

    accounts: Accounts
    rate: float
    numbers: dict[World, int] = field(default_factory=dict)
    inputs: Counter[World] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)

    def begin(self, account: str, now_ms: int, number: int) -> World:
        """The world of an account begins (anew), by the input `number`."""
        mock = self.accounts.mock(account)
        mock.reset()
        world = mock._world
        world.is_replaying = True
        world.engine.now_ms = now_ms
        world.rate = self.rate
        self.numbers[world] = number
        return world


def options_for(journal: Journal, given: dict[str, Any], usual: dict[str, Any]) -> dict[str, Any]:
    """The options of a server that goes on with a file: the file's, and what may be another now.

    Args:
        journal: The file.
        given: What the user asks for.
        usual: What holds in a new file for what the user says nothing of.

    Raises:
        MockUsageError: The user asks for what the file has otherwise.
    """
    if journal.is_new:
        return usual | given
    kept: dict[str, Any] = json.loads(journal.about["options"])
    for name, value in given.items():
        if name not in _FREE and value != kept.get(name):
            raise MockUsageError(
                f"{journal.path} was begun with {name}={kept.get(name)!r}, and now {value!r} is "
                "asked for: leave that option out, or take another file."
            )
    for name in _OUTSIDE:
        if kept.get(name, "scripted") != "scripted" and name not in given:
            raise MockUsageError(
                f"{journal.path} was begun with {name}={kept[name]!r}: a file alone never starts "
                "anything, so ask for that again."
            )
    kept["clock"] = journal.clock
    options = kept | {name: value for name, value in given.items() if name in _FREE}
    if "rate" in given and options["clock"] != "real":
        raise MockUsageError(
            f"rate={given['rate']!r}: {journal.path} has the clock {options['clock']!r}; only the real "
            "clock has a rate. Ask for that one too, or leave the rate out."
        )
    return options


def resumed(
    path: Path, given: dict[str, Any], usual: dict[str, Any], *, full: bool, every: int = SNAPSHOT_EVERY
) -> tuple[Accounts, dict[str, Any]]:
    """Open a file, play what is in it and go on: the accounts and their options.

    Args:
        path: The file.
        given: What the user asks for.
        usual: What holds in a new file for what the user says nothing of.
        full: Whether each commit waits for the disk.
        every: After how many inputs of an account its next snapshot is taken; 0 for none.

    Raises:
        MockUsageError: The file is not taken, or the user asks for what it has otherwise.
    """
    journal = Journal(path, full=full)
    try:
        options = options_for(journal, given, usual)
        return begin(journal, options, every, rate=given.get("rate")), options
    except BaseException:
        journal.close()
        raise


def begin(
    journal: Journal, options: dict[str, Any], every: int = 0, *, rate: float | None = None
) -> Accounts:
    """Play the journal from its snapshots on, then go on, with all that enters written to it.

    Args:
        journal: The file.
        options: Those of the mocks.
        every: After how many inputs of an account its next snapshot is taken; 0 for none.
        rate: What the real clocks of all accounts go at from now on; None for what they had.

    Raises:
        MockUsageError: It is damaged, or what was answered then comes out otherwise now.
    """
    if journal.is_new:
        journal.describe(Options.of(**options))
    played = _played_from_snapshots(journal, options) if every else None
    if played is None:
        played = play(journal, Accounts(BatchMock(**options)))
        if played.differences:
            raise MockUsageError(
                f"{journal.path} does not come to what was answered: {played.differences[0]} "
                "Nothing was changed in it."
            )
    accounts = played.accounts
    keeper = JournalKeeper(journal, every)
    accounts.keeper = keeper
    journal.keep_clock(accounts.mock().options.clock)
    keeper.go_on(accounts.mocks(), played.numbers, played.inputs, rate)
    return accounts


def _played_from_snapshots(journal: Journal, options: dict[str, Any]) -> Played | None:
    """Play what no snapshot covers; None if the whole journal has to tell whether that is right."""
    try:
        snapshots = newest_snapshots(journal)
        played = play(journal, Accounts(BatchMock(**options)), snapshots=snapshots)
        differences = played.differences
    except MockUsageError:
        raise
    except Exception as error:
        differences = [f"{type(error).__name__}: {error}"]
    if differences:
        _log.warning(
            "With its snapshots %s does not work (%s): all is played.", journal.path, differences[0]
        )
        return None
    return played


def newest_snapshots(journal: Journal) -> dict[int, tuple[int, Any]]:
    """For each world that has one to be trusted: the last input that it covers, and the state."""
    found: dict[int, tuple[int, Any]] = {}
    for world, number, content in journal.snapshots():
        if world not in found:
            state = unpacked(content)
            if state is not None:
                found[world] = (number, state)
    return found


def replayed_options(journal: Journal) -> Options:
    """The options with which a file is looked at: nothing in it can reach out."""
    kept = json.loads(journal.about["options"])
    return Options.of(**{name: value for name, value in kept.items() if name not in _OUTSIDE})


def play(
    journal: Journal,
    accounts: Accounts,
    until: Callable[[Input], bool] = lambda _: False,
    snapshots: Mapping[int, tuple[int, Any]] | None = None,
) -> Played:
    """Play inputs, up to the first for which `until` holds; tell where one comes out otherwise.

    With `snapshots`, by world, what they cover is not played but as they have it; nor is what an
    account did before it was reset.
    """
    newest = None if snapshots is None else journal.newest_worlds()
    snapshots = snapshots or {}
    played = Played(accounts, journal.rate)
    worlds: dict[int, World] = {}
    names: dict[int, str] = {}
    for entry in journal.after({world: number for world, (number, _) in snapshots.items()}):
        if until(entry):
            break
        if entry.kind == "born":
            names[entry.number] = entry.body
            worlds[entry.number] = played.begin(entry.body, entry.now_ms, entry.number)
            if entry.number in snapshots:
                restore(accounts.mock(entry.body), snapshots[entry.number][1])
            continue
        world = worlds.get(entry.world)
        if world is None or accounts.world(names[entry.world]) is not world:
            continue  # it came as its account was reset
        is_gone = newest is not None and entry.world not in newest
        if is_gone and not _is_reset(entry):
            continue
        played.inputs[world] += 1
        try:
            if not is_gone:
                world.replay_to(entry.steps, entry.now_ms)
            text = _apply(entry, world, accounts)
        except AssertionError as error:
            text = str(error)
        if text:
            played.differences.append(f"Input {entry.number}: {text}")
            if len(played.differences) >= 100:
                break
    return played


def _is_reset(entry: Input) -> bool:
    """Whether it resets accounts, perhaps others than its own."""
    return entry.kind == "control" and entry.body[1] == f"{api.VERSION}reset"


def _apply(entry: Input, world: World, accounts: Accounts) -> str:
    if entry.kind == "call":
        outcome = world.replay_call(entry.body)
        if outcome != entry.outcome:
            return f"{entry.body[2]} was answered {entry.outcome}, and comes out {outcome} now."
    elif entry.kind == "control":
        api.replay(accounts, *entry.body)
        world.collect_starts()
    elif entry.kind == "draw":
        world.faults.draw(entry.body)
    elif entry.kind == "report":
        number, *told = entry.body
        world.replay_told(number, RunnerReport(*told))
    elif entry.kind == "line":
        world.replay_told(*entry.body)
    elif entry.kind == "lost":
        world.replay_told(entry.body, None)
    return ""
