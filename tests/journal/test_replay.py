"""A server comes back with what it has answered: everything that entered is played again."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("werkzeug")

from pytest_batchmock.cli import replay as replay_command
from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.server.accounts import Accounts
from pytest_batchmock.server.journal.file import Journal

from .builders import ACTIONS, OTHER, OWN, act, again, begin, call, change, post, set_up, submit


def dump(accounts: Accounts) -> str:
    """All there is, told by the API and by the jobs themselves."""
    told: dict[str, Any] = {}
    for account in accounts.names():
        world = accounts.world(account)
        jobs = [
            (one.key, one.id, one.status, one.history, one.status_reason, len(one.attempts))
            for job in world.jobs()
            for one in (job, *(job.children or ()))
        ]
        told[account] = [
            world.engine.now_ms,
            world.steps,
            world.engine.changes,
            jobs,
            [
                (key, sorted(region.job_queues), sorted(region.compute_environments))
                for key, region in world.engine.regions.items()
                if region.job_queues
            ],
            world.faults.left(),
        ]
    return json.dumps(told, default=repr, indent=1)


def test_a_restart_changes_neither_jobs_nor_time(tmp_path: Path) -> None:
    path = tmp_path / "state"
    accounts = begin(path)
    set_up(accounts)
    first = submit(accounts, "first", arrayProperties={"size": 3})
    for _ in range(6):  # asked twice, the clock jumps
        call(accounts, "DescribeJobs", jobs=[first])
    submit(accounts, "second", dependsOn=[{"jobId": first}])
    before = dump(accounts)
    accounts = again(accounts, path)
    assert dump(accounts) == before
    submit(accounts, "third")
    before = dump(accounts)
    assert dump(again(accounts, path)) == before


def test_rules_faults_and_clock_commands_are_played_again(tmp_path: Path) -> None:
    path = tmp_path / "state"
    accounts = begin(path)
    set_up(accounts)
    rule = {"name": "bad", "attempts": [{"kind": "fails", "exit_code": 3, "after": "30s"}]}
    assert post(accounts, "outcomes", **rule) == 200
    fault = {"kind": "throttle", "operations": ["SubmitJob"], "probability": 0.5, "times": 9}
    assert post(accounts, "faults", **fault) == 200
    assert post(accounts, "faults", kind="nonsense") == 400
    submit(accounts, "bad")
    drawn = [accounts.world(None).faults.draw("SubmitJob") is not None for _ in range(5)]
    assert {True, False} == set(drawn)
    assert post(accounts, "clock/run-until-idle") == 200
    assert accounts.mock().jobs.one(name="bad").exit_code == 3
    assert post(accounts, "clock/advance", duration="5m") == 200
    before = dump(accounts)
    draws = accounts.world(None).faults._planned[0].draws
    accounts = again(accounts, path)
    assert dump(accounts) == before
    assert accounts.world(None).faults._planned[0].draws == draws
    submit(accounts, "bad")
    post(accounts, "clock/run-until-idle")
    assert [job.exit_code for job in accounts.mock().jobs] == [3, 3]


@pytest.mark.parametrize("every", [0, 3])
def test_what_was_said_of_the_market_zones_clusters_and_environments_is_played_again(
    tmp_path: Path, every: int
) -> None:
    path = tmp_path / "state"
    accounts = begin(path, every)
    assert post(accounts, "defaults", name="d", spot=True, retries=10) == 200
    role = "arn:aws:iam::123456789012:role/batch"
    own = {"computeEnvironmentName": "own", "type": "UNMANAGED", "serviceRole": role}
    call(accounts, "CreateComputeEnvironment", **own)
    cluster = next(
        entry["ecsClusterArn"]
        for entry in call(accounts, "DescribeComputeEnvironments")["computeEnvironments"]
        if entry["computeEnvironmentName"] == "own"
    )
    for verb, body in (
        ("spot/market", {"temper": "lively"}),
        ("spot/price", {"what": "m7a.medium", "percent": 20}),
        ("spot/capacity", {"what": "us-east-1b", "instances": 0}),
        ("spot/interruption-rate", {"per_hour": 1, "what": "*"}),
        ("clusters/add-instances", {"cluster": cluster, "instance_type": "c5.large", "count": 2}),
        ("outcomes", {"name": "*", "attempts": [{"kind": "succeeds", "after": "1h"}]}),
        ("environments/break", {"environment": "own", "what": "invalid", "reason": "no role"}),
    ):
        assert post(accounts, verb, **body) == 200, verb
    for number in range(4):
        submit(accounts, f"job-{number}")
    assert post(accounts, "clock/advance", duration="20m") == 200
    assert post(accounts, "zones/fail", zone="us-east-1a") == 200
    assert post(accounts, "clock/advance", duration="10m") == 200
    before, hosts = dump(accounts), list(accounts.mock().instances)
    assert {job.status for job in accounts.mock().jobs} == {"RUNNABLE"}
    accounts = again(accounts, path, every)
    assert (dump(accounts), list(accounts.mock().instances)) == (before, hosts)
    assert post(accounts, "zones/recover", zone="us-east-1a") == 200
    assert post(accounts, "spot/interruption-rate", per_hour=None) == 200
    assert post(accounts, "environments/recover", environment="own") == 200
    assert post(accounts, "clock/run-until-idle") == 200
    before, hosts = dump(accounts), list(accounts.mock().instances)
    assert {job.status for job in accounts.mock().jobs} == {"SUCCEEDED"}
    accounts = again(accounts, path, every)
    assert (dump(accounts), list(accounts.mock().instances)) == (before, hosts)
    accounts.close()


def test_a_command_that_makes_calls_makes_them_once(tmp_path: Path) -> None:
    path = tmp_path / "state"
    accounts = begin(path)
    assert post(accounts, "defaults", name="d") == 200
    job = {"jobName": "one", "jobQueue": "d", "jobDefinition": "d"}
    assert post(accounts, "call", operation="SubmitJob", params=job) == 200
    before = dump(accounts)
    accounts = again(accounts, path)
    assert dump(accounts) == before
    assert [job.name for job in accounts.mock().jobs] == ["one"]
    accounts.close()


def test_accounts_and_their_resets_are_kept_apart(tmp_path: Path) -> None:
    path = tmp_path / "state"
    accounts = begin(path)
    for account in (OWN, OTHER):
        set_up(accounts, account)
        submit(accounts, "before", account)
    assert post(accounts, "reset", OTHER) == 200
    set_up(accounts, OTHER)
    submit(accounts, "after", OTHER)
    before = dump(accounts)
    accounts = again(accounts, path)
    assert dump(accounts) == before
    assert [job.name for job in accounts.mock(OTHER).jobs] == ["after"]
    assert post(accounts, "reset") == 200
    accounts = again(accounts, path)
    assert not list(accounts.mock().jobs)
    assert accounts.names() == [OWN]


def test_a_process_of_a_server_that_was_killed_is_the_loss_of_its_host(tmp_path: Path) -> None:
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
    assert accounts.mock().jobs.one(name="one").status == "RUNNING"
    accounts.close()  # ends the process, and says nothing of it to the journal
    with pytest.raises(MockUsageError, match="never starts anything"):
        begin(path)
    accounts = begin(path, runner="process")
    (attempt,) = accounts.mock().jobs.one(name="one").attempts
    assert re.fullmatch(
        r"Host EC2 \(instance i-[0-9a-f]{17}\) terminated\.", attempt.status_reason or ""
    )
    before = dump(accounts)
    accounts.close()
    accounts = begin(path, runner="process")
    assert dump(accounts) == before
    accounts.close()


def test_what_a_process_told_is_played_and_not_done_again(tmp_path: Path) -> None:
    path, trace = tmp_path / "state", tmp_path / "trace"
    accounts = begin(path, clock="manual", runner="process")
    set_up(accounts)
    command = ["/bin/sh", "-c", f"echo said; echo ran >>{trace}; exit 3"]
    container = {"image": "busybox", "command": command, "vcpus": 1, "memory": 512}
    call(
        accounts,
        "RegisterJobDefinition",
        jobDefinitionName="d",
        type="container",
        containerProperties=container,
    )
    job_id = submit(accounts, "one")
    assert post(accounts, "clock/run-until-idle") == 200
    before = dump(accounts)
    accounts.close()
    accounts = begin(path, runner="process")
    assert dump(accounts) == before
    job = accounts.mock().jobs.one(name="one")
    assert (job.id, job.status, job.exit_code) == (job_id, "FAILED", 3)
    assert accounts.mock().logs.of(job) == ["said"]
    assert trace.read_text() == "ran\n"
    accounts.close()


@settings(max_examples=25, deadline=None)
@given(actions=st.lists(st.tuples(st.sampled_from([OWN, OTHER]), ACTIONS), max_size=3))
def test_whatever_is_done_comes_to_the_same_when_it_is_played_again(actions: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "state"
        accounts = begin(path)
        ids: dict[str, list[str]] = {OWN: [], OTHER: []}
        for account in ids:
            set_up(accounts, account)
        for account, steps in actions:
            for what, how in steps:
                act(accounts, account, ids[account], what, how)
        before = dump(accounts)
        accounts = again(accounts, path)
        assert dump(accounts) == before
        accounts.close()


def test_a_real_clock_goes_on_after_a_restart_and_never_back(tmp_path: Path) -> None:
    path = tmp_path / "state"
    accounts = begin(path, clock="real")
    set_up(accounts)
    submit(accounts, "one")
    shown = accounts.mock().now
    accounts = again(accounts, path)
    assert accounts.mock().now >= shown
    assert [job.name for job in accounts.mock().jobs] == ["one"]
    accounts.close()


@pytest.mark.parametrize("every", [0, 1])
def test_each_account_keeps_the_rate_of_its_clock_over_a_restart(tmp_path: Path, every: int) -> None:
    path = tmp_path / "state"
    accounts = begin(path, every, clock="real", rate=60)
    assert post(accounts, "clock/rate", rate=0) == 200
    accounts.mock(OTHER)
    shown = accounts.mock().now
    accounts = again(accounts, path, every)
    assert [accounts.world(name).rate for name in (OWN, OTHER)] == [0, 60]
    assert accounts.mock().now == shown  # a paused clock stands still over a restart, too
    accounts = again(accounts, path, every, rate=5)
    assert [accounts.world(name).rate for name in (OWN, OTHER)] == [5, 5]
    third = accounts.world("444455556666")
    assert third.rate == 5
    accounts = again(accounts, path, every)
    assert [accounts.world(name).rate for name in accounts.names()] == [5, 5, 5]
    accounts.reset()
    assert accounts.world(None).rate == 60  # that of the server's options
    accounts.close()


def test_the_clock_of_the_last_start_is_that_of_the_next(tmp_path: Path) -> None:
    path = tmp_path / "state"
    accounts = begin(path, clock="real", rate=3)
    accounts = again(accounts, path, clock="manual")
    accounts = again(accounts, path)
    assert accounts.world(None).clock.name == "manual"
    accounts.close()
    with pytest.raises(MockUsageError, match="has the clock 'manual'; only the real clock has a rate"):
        begin(path, rate=2)
    accounts = begin(path, clock="real")
    assert accounts.world(None).rate == 3  # kept, while another clock was in use
    accounts.close()


# Files that are not taken


def test_a_file_in_use_is_refused_here_and_in_another_process(tmp_path: Path) -> None:
    path = tmp_path / "state"
    accounts = begin(path)
    with pytest.raises(MockUsageError, match="in use by another server"):
        Journal(path)
    other = (
        "from pathlib import Path\nfrom pytest_batchmock.server.journal.file import Journal\n"
        f"Journal(Path({str(path)!r}))"
    )
    done = subprocess.run([sys.executable, "-c", other], capture_output=True, text=True, timeout=60)
    assert "is in use by another server" in done.stderr
    accounts.close()
    Journal(path).close()


def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("something quite different, of some length")
    with pytest.raises(MockUsageError, match="no SQLite database"):
        Journal(path)
    assert path.read_text().startswith("something quite")


def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other"
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE mine (a)")
    database.close()
    with pytest.raises(MockUsageError, match="another program"):
        Journal(path)


def test_a_file_of_another_version_is_refused_but_can_be_looked_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "state"
    accounts = begin(path)
    set_up(accounts)
    submit(accounts, "seen")
    accounts.close()
    change(path, "UPDATE about SET value='0.0.1' WHERE name='version'")
    with pytest.raises(MockUsageError, match=r"written by pytest-batchmock 0\.0\.1"):
        Journal(path)
    assert replay_command.main([str(path)]) == 0
    assert "seen" in capsys.readouterr().out


def test_an_input_that_was_altered_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "state"
    accounts = begin(path)
    set_up(accounts)
    accounts.close()
    change(path, "UPDATE input SET body=replace(body, 'busybox', 'busybix') WHERE kind='call'")
    with pytest.raises(MockUsageError, match="is damaged"):
        begin(path)


def test_bytes_that_were_overwritten_are_reported_and_not_repaired(tmp_path: Path) -> None:
    path = tmp_path / "state"
    accounts = begin(path)
    set_up(accounts)
    for number in range(100):
        submit(accounts, f"job-{number}")
    accounts.close()
    content = bytearray(path.read_bytes())
    content[4096 * 3 : 4096 * 5] = b"\xff" * 8192
    path.write_bytes(content)
    with pytest.raises(MockUsageError, match="is damaged"):
        begin(path)
    assert path.read_bytes()[4096 * 3 : 4096 * 5] == b"\xff" * 8192


def test_an_option_other_than_the_files_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state"
    begin(path).close()
    with pytest.raises(MockUsageError, match="begun with seed=7"):
        begin(path, seed=8)
    begin(path, clock="manual").close()


def test_a_journal_that_comes_out_otherwise_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state"
    accounts = begin(path)
    set_up(accounts)
    submit(accounts, "one")
    accounts.close()
    with pytest.raises(MockUsageError, match="SubmitJob was answered"):
        _begin_with_another_seed(path)


def _begin_with_another_seed(path: Path) -> None:
    database = sqlite3.connect(path)
    with database:
        (text,) = database.execute("SELECT value FROM about WHERE name='options'").fetchone()
        other = json.dumps(json.loads(text) | {"seed": 8})
        database.execute("UPDATE about SET value=? WHERE name='options'", (other,))
    database.close()
    begin(path)


def test_replay_shows_the_jobs_up_to_an_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "state"
    accounts = begin(path)
    set_up(accounts)
    submit(accounts, "one")
    post(accounts, "clock/run-until-idle")
    accounts.close()
    assert replay_command.main([str(path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [entry["status"] for entry in found["jobs"][0]["history"]][-1] == "SUCCEEDED"
    at = next(entry["number"] for entry in found["inputs"] if entry["kind"] == "moved")
    assert replay_command.main([str(path), "--until", str(at - 1)]) == 0
    assert "SUBMITTED" in capsys.readouterr().out
    assert replay_command.main([str(tmp_path / "none")]) == 1
    with pytest.raises(SystemExit, match="2"):
        replay_command.main([str(path), "--until", "-1"])
