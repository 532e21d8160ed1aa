"""A snapshot stands for all that came before it, or is not trusted."""

from __future__ import annotations

import io
import logging
import os
import pickle
import sqlite3
import tempfile
import zlib
from array import array
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("werkzeug")

from pytest_batchmock import BatchMock
from pytest_batchmock.engine.event_queue import EventQueue
from pytest_batchmock.server.accounts import Accounts
from pytest_batchmock.server.journal import replay, snapshots
from pytest_batchmock.server.journal.keeping import JournalKeeper
from pytest_batchmock.world import World

from . import builders
from .builders import ACTIONS, OTHER, OWN, act, call, change, post, set_up, submit


def begin(path: Path, every: int = 1000, **more: Any) -> Accounts:
    """A server's state, new or gone on with; with snapshots."""
    return builders.begin(path, every, **more)


def begin_without_warning(path: Path) -> Accounts:
    """The same, where it is an error to pass over a snapshot."""

    def fail(text: str, *told: Any) -> None:
        raise AssertionError(text % told)

    with pytest.MonkeyPatch.context() as patch:
        for module in (replay, snapshots):
            patch.setattr(module._log, "warning", fail)
        return begin(path)


def everything(accounts: Accounts) -> dict[str, list[Any]]:
    """By account, all that its world and its rules hold, as plain values."""
    return {name: list(_flat(snapshots.state_of(accounts.mock(name)), {})) for name in accounts.names()}


def _flat(value: Any, seen: dict[int, int]) -> Iterator[Any]:
    if value is None or isinstance(value, (str, int, float, bytes)):
        yield value
    elif isinstance(value, (list, tuple, deque, array)):
        yield type(value).__name__, len(value)
        for entry in value:
            yield from _flat(entry, seen)
    elif isinstance(value, (set, frozenset)):
        yield sorted(value)
    elif isinstance(value, dict):
        yield "dict", len(value)
        for key, entry in value.items():
            yield from _flat(key, seen)
            yield from _flat(entry, seen)
    elif isinstance(value, EventQueue):  # void events are dropped when somebody looks
        yield from _flat([value.at_ms, value.events()], seen)
    elif id(value) in seen:
        yield "seen", seen[id(value)]
    else:
        seen[id(value)] = len(seen)
        yield type(value).__qualname__
        slots = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
        for name in sorted({*slots, *getattr(value, "__dict__", ())}):
            yield name
            yield from _flat(getattr(value, name), seen)


def replayed(path: Path) -> dict[str, list[Any]]:
    """What the inputs alone come to, of a file that nobody has open."""
    accounts = begin(path, every=0)
    found = everything(accounts)
    accounts.close()
    return found


def keeper_of(accounts: Accounts) -> JournalKeeper:
    """What writes the journal."""
    assert isinstance(accounts.keeper, JournalKeeper)
    return accounts.keeper


def take_all(accounts: Accounts) -> None:
    """Take a snapshot of each account now."""
    for name in accounts.names():
        mock = accounts.mock(name)
        recorder: Any = mock._world.recorder
        assert keeper_of(accounts).snapshots.take(mock, recorder)


def kill(accounts: Accounts) -> None:
    """Let the file go as it is, without the last snapshots."""
    keeper_of(accounts).journal.close()


@pytest.fixture
def calls_played(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The operations of the calls that are played again."""
    played: list[str] = []
    replay_call = World.replay_call

    def watched(world: World, asked: list[Any]) -> str:
        played.append(asked[2])
        return replay_call(world, asked)

    monkeypatch.setattr(World, "replay_call", watched)
    return played


@settings(max_examples=25, deadline=None)
@given(
    actions=st.lists(st.tuples(st.sampled_from([OWN, OTHER]), st.booleans(), ACTIONS), max_size=4),
    lag=st.sampled_from([None, 5]),
)
def test_a_snapshot_and_what_came_after_it_equal_all_inputs(actions: Any, lag: int | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "state"
        accounts = begin(path, stale_reads=lag)
        ids: dict[str, list[str]] = {OWN: [], OTHER: []}
        for account in ids:
            set_up(accounts, account)
        for account, is_kept, steps in actions:
            for what, how in steps:
                act(accounts, account, ids[account], what, how)
            if is_kept:
                take_all(accounts)
        kill(accounts)
        by_inputs = replayed(path)
        accounts = begin_without_warning(path)
        assert everything(accounts) == by_inputs
        for account in ids:
            act(accounts, account, ids[account], "submit", 3)
            act(accounts, account, ids[account], "advance", 4000)
        kill(accounts)
        by_inputs = replayed(path)
        accounts = begin_without_warning(path)
        assert everything(accounts) == by_inputs
        accounts.close()


def test_rules_faults_and_lines_are_in_a_snapshot(tmp_path: Path, calls_played: list[str]) -> None:
    path = tmp_path / "state"
    accounts = begin(path)
    set_up(accounts)
    fails = {"kind": "fails", "exit_code": 3, "log": ["one", "two"], "after": "30s"}
    assert post(accounts, "outcomes", name="bad", attempts=[fails]) == 200
    fault = {"kind": "throttle", "operations": ["SubmitJob"], "probability": 0.5, "times": 9}
    assert post(accounts, "faults", **fault) == 200
    drawn = [accounts.world(None).faults.draw("SubmitJob") for _ in range(5)]
    assert any(drawn)
    job_id = submit(accounts, "bad")
    post(accounts, "clock/advance", duration="1m")
    before = everything(accounts)
    accounts.close()
    accounts = begin(path)
    assert calls_played == []
    assert everything(accounts) == before
    post(accounts, "clock/run-until-idle")
    job = accounts.mock().jobs.one(name="bad")
    assert (job.id, job.exit_code) == (job_id, 3)
    assert accounts.mock().logs.of(job) == ["one", "two"]
    accounts.close()


def test_a_start_plays_only_what_came_after_the_snapshot(
    tmp_path: Path, calls_played: list[str]
) -> None:
    path = tmp_path / "state"
    accounts = begin(path)
    set_up(accounts)
    submit(accounts, "before")
    take_all(accounts)
    submit(accounts, "after")
    kill(accounts)
    accounts = begin(path)
    assert calls_played == ["SubmitJob"]
    assert [job.name for job in accounts.mock().jobs] == ["before", "after"]
    accounts.close()


def test_a_snapshot_is_taken_after_so_many_inputs(tmp_path: Path, calls_played: list[str]) -> None:
    path = tmp_path / "state"
    accounts = begin(path, every=10)
    set_up(accounts)
    for number in range(20):
        submit(accounts, f"job-{number}")
    keeper_of(accounts).snapshots.close([])  # waits for the one that is being taken
    kill(accounts)
    accounts = begin(path)
    assert len(calls_played) < 23
    assert len(list(accounts.mock().jobs)) == 20
    accounts.close()


def test_what_ran_when_a_snapshot_was_taken_has_lost_its_host(tmp_path: Path) -> None:
    path = tmp_path / "state"
    accounts = begin(path, clock="manual", runner="process")
    set_up(accounts)
    container = {"image": "busybox", "command": ["sleep", "60"], "vcpus": 1, "memory": 512}
    call(
        accounts,
        "RegisterJobDefinition",
        jobDefinitionName="d",
        type="container",
        containerProperties=container,
    )
    submit(accounts, "one", retryStrategy={"attempts": 2})
    post(accounts, "clock/advance", duration="2m")
    accounts.close()
    accounts = begin(path, runner="process")
    (attempt,) = accounts.mock().jobs.one(name="one").attempts
    assert (attempt.status_reason or "").startswith("Host EC2 (instance i-")
    before = everything(accounts)
    kill(accounts)
    accounts = begin(path, runner="process")
    assert everything(accounts) == before
    accounts.close()


def test_no_snapshot_is_taken_in_the_middle_of_a_command(tmp_path: Path) -> None:
    accounts = begin(tmp_path / "state")
    mock = accounts.mock()
    recorder: Any = mock._world.recorder
    taken = keeper_of(accounts).snapshots
    assert taken is not None
    with mock._world.exclusively():
        assert not taken.take(mock, recorder)
    assert taken.take(mock, recorder)
    accounts.close()


def test_a_long_row_of_jobs_that_wait_for_each_other_fits_into_a_snapshot(tmp_path: Path) -> None:
    path = tmp_path / "state"
    accounts = begin(path, clock="manual")
    set_up(accounts)
    last = submit(accounts, "first")
    for number in range(1500):
        last = submit(accounts, f"job-{number}", dependsOn=[{"jobId": last}])
    accounts.close()
    accounts = begin(path)
    post(accounts, "clock/run-until-idle")
    assert {job.status for job in accounts.mock().jobs} == {"SUCCEEDED"}
    accounts.close()


def test_a_reset_leaves_no_snapshot_of_what_was_before(tmp_path: Path) -> None:
    path = tmp_path / "state"
    accounts = begin(path)
    for account in (OWN, OTHER):
        set_up(accounts, account)
        submit(accounts, "before", account)
    take_all(accounts)
    assert post(accounts, "reset") == 200
    set_up(accounts)
    kill(accounts)
    accounts = begin(path)
    assert not list(accounts.mock().jobs)
    assert accounts.names() == [OWN]
    recorder: Any = accounts.mock()._world.recorder
    accounts.close()
    database = sqlite3.connect(path)
    kept = database.execute("SELECT DISTINCT world FROM snapshot").fetchall()
    assert kept == [(recorder.world,)]
    database.close()


def test_what_an_account_did_before_its_reset_is_not_played(
    tmp_path: Path, calls_played: list[str]
) -> None:
    path = tmp_path / "state"
    accounts = begin(path)
    for account in (OWN, OTHER):
        set_up(accounts, account)
        submit(accounts, "before", account)
    for account in (OTHER, None):
        assert post(accounts, "clock/advance", account, duration="1h") == 200
        assert post(accounts, "reset", account) == 200
    set_up(accounts)
    submit(accounts, "after")
    kill(accounts)
    by_inputs = replayed(path)
    calls_played.clear()
    accounts = begin(path)
    # The other account was reset and not used again, so that its own inputs are its newest.
    assert calls_played.count("SubmitJob") == 2
    assert [job.name for job in accounts.mock().jobs] == ["after"]
    assert everything(accounts) == by_inputs
    accounts.close()


# Those that are not trusted


def test_a_state_of_something_else_under_a_right_seal_is_not_used(
    tmp_path: Path, calls_played: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "state"
    accounts = begin(path)
    set_up(accounts)
    before = everything(accounts)
    state = snapshots.state_of(accounts.mock())
    state["world"]["engine"].pop("market")
    journal = keeper_of(accounts).journal
    assert journal is not None
    journal.keep_snapshot(1, journal.last, zlib.compress(snapshots.encode(state)))
    kill(accounts)
    with caplog.at_level(logging.WARNING):
        accounts = begin(path)
    assert "has another state" in caplog.text
    assert len(calls_played) == 3
    assert everything(accounts) == before
    accounts.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE snapshot SET made_by=replace(made_by, 'python', 'otherpython')",
        "UPDATE snapshot SET made_by='[]'",
        "UPDATE snapshot SET number=number-1",
        "UPDATE snapshot SET state=zeroblob(100)",
        "UPDATE snapshot SET state='text'",
        "UPDATE snapshot SET seal='00'",
    ],
)
def test_a_snapshot_that_is_not_as_it_was_made_is_not_used(
    tmp_path: Path, calls_played: list[str], statement: str
) -> None:
    path = tmp_path / "state"
    accounts = begin(path)
    set_up(accounts)
    submit(accounts, "one")
    before = everything(accounts)
    accounts.close()
    change(path, statement)
    accounts = begin(path)
    assert len(calls_played) == 4
    assert everything(accounts) == before
    accounts.close()


def test_a_snapshot_with_a_right_seal_that_cannot_be_read_is_not_used(
    tmp_path: Path, calls_played: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "state"
    accounts = begin(path)
    set_up(accounts)
    journal = keeper_of(accounts).journal
    assert journal is not None
    foreign = zlib.compress(pickle.dumps({"world": os.system}))
    journal.keep_snapshot(1, journal.last, foreign)
    kill(accounts)
    with caplog.at_level(logging.WARNING):
        accounts = begin(path)
    assert len(calls_played) == 3
    assert "system is no state" in caplog.text
    accounts.close()


def test_inputs_that_were_altered_are_noticed_behind_a_snapshot(tmp_path: Path) -> None:
    path = tmp_path / "state"
    accounts = begin(path)
    set_up(accounts)
    accounts.close()
    change(path, "UPDATE input SET body=replace(body, 'busybox', 'busybix') WHERE kind='call'")
    with pytest.raises(replay.MockUsageError, match="is damaged"):
        begin(path)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("os", "system"),
        ("builtins", "eval"),
        ("builtins", "getattr"),
        ("pytest_batchmock.mock", "BatchMock"),
        ("pytest_batchmock.server.journal.file", "Journal"),
        ("pytest_batchmock.runners.process", "os.system"),
        ("pytest_batchmock.runners.process", "subprocess"),
        ("pytest_batchmock.runners.process", "_program"),
        ("pytest_batchmock.domain.job", "Job.__init__"),
    ],
)
def test_a_snapshot_can_name_nothing_but_classes_of_the_state(module: str, name: str) -> None:
    with pytest.raises(pickle.UnpicklingError, match="is no"):
        snapshots._Unpickler(io.BytesIO()).find_class(module, name)


def test_a_state_with_a_callable_is_not_kept_and_the_log_says_so(
    tmp_path: Path, calls_played: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "state"
    accounts = begin(path)
    set_up(accounts)
    accounts.mock().on("one").runs(lambda job: 0)
    with caplog.at_level(logging.WARNING):
        accounts.close()
    assert "No snapshot of account 123456789012" in caplog.text
    begin(path).close()
    assert len(calls_played) == 3


def test_the_state_of_a_mock_survives_being_written_and_read() -> None:
    mock = BatchMock(clock="manual", seed=1, start=1_700_000_000)
    mock.defaults()
    mock.call("SubmitJob", {"jobName": "one", "jobQueue": "default", "jobDefinition": "default"})
    state = snapshots.state_of(mock)
    again = snapshots.decode(snapshots.encode(state))
    assert list(_flat(again, {})) == list(_flat(state, {}))
