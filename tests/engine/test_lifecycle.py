"""The tables of transitions: complete, without contradictions, and in step with the engine."""

from __future__ import annotations

import pytest

from pytest_batchmock.domain import status as s
from pytest_batchmock.engine import engine, lifecycle
from pytest_batchmock.engine.lifecycle import NEW, IllegalTransition, Transition

RESOURCE_STATUSES = (s.CREATING, s.UPDATING, s.DELETING, s.DELETED, s.VALID, s.INVALID)

TABLES = {name: table for name, table in vars(lifecycle).items() if name.endswith("_TRANSITIONS")}
JOB_TABLES = {name: table for name, table in TABLES.items() if name != "RESOURCE_TRANSITIONS"}

a_table = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
a_job_table = pytest.mark.parametrize("table", JOB_TABLES.values(), ids=JOB_TABLES)


def _targets(table: tuple[Transition, ...], source: str) -> set[str]:
    return {row.target for row in table if row.source == source}


def _reachable(table: tuple[Transition, ...]) -> set[str]:
    found: set[str] = set()
    waiting = {NEW}
    while waiting:
        source = waiting.pop()
        fresh = _targets(table, source) - found
        found |= fresh
        waiting |= fresh
    return found


def _sources(table: tuple[Transition, ...], wanted: set[str]) -> set[str]:
    """The statuses from which one of `wanted` can be reached."""
    found = set(wanted)
    while True:
        more = {row.source for row in table if row.target in found} - found
        if not more:
            return found
        found |= more


@a_table
def test_a_trigger_leads_from_one_status_to_one_target(table):
    moves = [(row.source, row.trigger) for row in table]
    assert len(moves) == len(set(moves))


@pytest.mark.parametrize("name", TABLES)
def test_the_moves_the_engine_looks_up_are_those_of_the_table(name):
    moves = getattr(lifecycle, name.replace("_TRANSITIONS", "_MOVES"))
    assert moves == {(row.source, row.trigger): (row.target, row.effects) for row in TABLES[name]}


def test_every_effect_of_the_tables_is_one_the_engine_has():
    named = {effect for table in TABLES.values() for row in table for effect in row.effects}
    assert named == set(engine._EFFECTS)


@a_table
def test_every_status_of_a_table_can_be_reached_from_its_beginning(table):
    named = {status for row in table for status in (row.source, row.target)} - {NEW}
    assert _reachable(table) == named


def test_a_container_job_knows_exactly_the_seven_statuses():
    """There is neither CANCELLED nor TERMINATED (API model, JobStatus)."""
    assert _reachable(lifecycle.JOB_TRANSITIONS) == set(s.JOB_STATUSES)
    assert _reachable(lifecycle.NODE_TRANSITIONS) == set(s.JOB_STATUSES)


def test_a_resource_knows_every_status_of_resources():
    assert _reachable(lifecycle.RESOURCE_TRANSITIONS) == set(RESOURCE_STATUSES)


def test_a_job_that_has_ended_never_moves_again():
    """User guide, job_states."""
    for status in s.TERMINAL:
        assert _targets(lifecycle.JOB_TRANSITIONS, status) == set()


def test_a_deleted_resource_never_moves_again():
    assert _targets(lifecycle.RESOURCE_TRANSITIONS, s.DELETED) == set()


@a_job_table
def test_every_status_of_a_job_can_still_come_to_an_end(table):
    named = {row.source for row in table}
    assert named <= _sources(table, set(s.TERMINAL))


def test_the_way_of_a_retry_leads_back_to_runnable_only():
    """Not through SUBMITTED or PENDING (user guide, job_retries)."""
    back = [row for table in JOB_TABLES.values() for row in table if row.trigger == "retry"]
    assert {row.target for row in back} == {s.RUNNABLE}


@a_job_table
def test_nothing_leads_back_to_submitted(table):
    assert {row.source for row in table if row.target == s.SUBMITTED} <= {NEW}


def test_every_move_out_of_a_placed_status_to_an_end_gives_the_capacity_back():
    for row in lifecycle.JOB_TRANSITIONS:
        placed = row.source in (s.STARTING, s.RUNNING)
        leaves = row.target not in (s.STARTING, s.RUNNING)
        assert ("free_capacity" in row.effects) == (placed and leaves), row


def test_every_end_of_a_job_settles_its_dependents_and_keeps_it():
    for row in lifecycle.JOB_TRANSITIONS:
        ends = {"settle_dependents", "retain"} & set(row.effects)
        assert len(ends) == (2 if row.target in s.TERMINAL else 0), row


def test_an_illegal_move_tells_the_trigger_the_status_and_the_history():
    class Subject:
        status = s.SUCCEEDED
        history = (s.SUBMITTED, 0, s.SUCCEEDED, 5)

        def __repr__(self) -> str:
            return "<job etl>"

    text = str(IllegalTransition(Subject(), "place"))
    assert "<job etl>: no move 'place' from 'SUCCEEDED'" in text
    assert "('SUBMITTED', 0, 'SUCCEEDED', 5)" in text
