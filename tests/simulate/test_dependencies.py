"""Classes that wait for others, and multi-node jobs, against figures worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_batchmock.observe.timeline import bars
from pytest_batchmock.observe.timeline.model import Row
from pytest_batchmock.simulate.play import Played, play
from pytest_batchmock.simulate.report import as_data
from pytest_batchmock.simulate.waiting import Waiting
from pytest_batchmock.simulate.workload import parsed

WIDE = """
environments: {f: {type: FARGATE, max_vcpus: 256}, e: {type: EC2, instance_types: [c5.large]}}
queues: {q: {environments: [f]}, ec2: {environments: [e]}}
jobs:
"""
STAGES = 1 + 1 + 30  # evaluated, placed, started on Fargate
LATER = 1 + 30  # of one that waited: placed, started


def told(jobs: str) -> dict[str, Any]:
    return as_data(played(jobs))


def played(jobs: str) -> Played:
    return play(parsed(WIDE + jobs))


def test_a_job_begins_when_the_one_before_it_has_succeeded() -> None:
    data = told("""
      - {name: first, queue: q, duration: 10m}
      - {name: second, queue: q, duration: 5m, after: first}
    """)
    assert data["jobs"]["succeeded"] == 2
    assert data["makespan"] == STAGES + 600 + LATER + 300


def test_many_wait_for_one_and_one_for_many() -> None:
    data = told("""
      - {name: split, queue: q, duration: 1m}
      - {name: part, queue: q, count: 20, duration: 10m, after: split}
      - {name: merge, queue: q, duration: 2m, after: part}
    """)
    assert data["jobs"]["succeeded"] == 22
    assert data["makespan"] == STAGES + 60 + LATER + 600 + LATER + 120


def test_of_equal_counts_the_first_waits_for_the_first_and_the_second_for_the_second() -> None:
    story = play(
        parsed(
            WIDE
            + """
      - {name: load, queue: q, count: 30, duration: {uniform: [1m, 60m]}}
      - {name: check, queue: q, count: 30, duration: 1m, after: [load]}
    """
        ),
        tells_story=True,
    ).story
    assert story is not None
    rows = list(story.rows)
    loads = [row for row in rows if row.label == "load"]
    checks = [row for row in rows if row.label == "check"]
    for load, check in zip(loads, checks, strict=True):
        assert isinstance(load, Row)
        assert isinstance(check, Row)
        runs = next(part for part in load.segments if part.kind == bars.DONE)
        queues = next(part for part in check.segments if part.kind == bars.QUEUES)
        assert queues.begin_ms == runs.end_ms


def test_a_job_that_comes_long_after_those_it_waits_for_have_ended_knows_how_they_did() -> None:
    data = told("""
      - {name: good, queue: q, duration: 1m}
      - {name: bad, queue: q, duration: 1m, fails: 1}
      - {name: a, queue: q, duration: 1m, after: good, arrivals: {start: 1d}}
      - {name: b, queue: q, duration: 1m, after: [good, bad], arrivals: {start: 1d}}
    """)
    assert data["jobs"] == {"submitted": 4, "succeeded": 2, "failed": 2}
    assert data["makespan"] == 86_400 + STAGES + 60


def test_those_after_a_failed_job_fail_without_running() -> None:
    data = told("""
      - {name: first, queue: q, count: 3, duration: 1m, fails: 1}
      - {name: second, queue: q, count: 3, duration: 1m, after: first}
      - {name: third, queue: q, count: 3, duration: 1m, after: second}
    """)
    assert data["jobs"] == {"submitted": 9, "succeeded": 0, "failed": 9}
    assert data["environments"]["f"]["attempts"] == 3


def test_a_job_is_submitted_no_sooner_than_those_it_waits_for() -> None:
    data = told("""
      - {name: first, queue: q, count: 3, duration: 1m, arrivals: {every: 1h}}
      - {name: second, queue: q, count: 3, duration: 1m, after: first}
    """)
    assert data["makespan"] == 2 * 3600 + STAGES + 60 + LATER + 60


def test_arrays_follow_child_for_child() -> None:
    data = told("""
      - {name: map, queue: q, count: 2, array: 5, duration: {uniform: [1m, 2m]}, fails: 0.3}
      - {name: reduce, queue: q, count: 2, array: 5, duration: 1m,
         after: {name: map, type: N_TO_N}}
    """)
    of_first = data["environments"]["f"]["attempts"] - data["jobs"]["succeeded"] // 2
    assert of_first == 10
    assert data["jobs"]["succeeded"] % 2 == 0  # each child that succeeded has a follower that did
    assert 0 < data["jobs"]["failed"] < 20


def test_the_children_of_a_sequential_array_come_in_a_row() -> None:
    data = told("- {name: row, queue: q, array: 3, duration: 10m, sequential: true}")
    assert data["makespan"] == pytest.approx(STAGES + 600 + 2 * (LATER + 600), abs=3)


def test_an_array_waits_for_a_whole_array() -> None:
    data = told("""
      - {name: one, queue: q, array: 4, duration: 10m}
      - {name: two, queue: q, array: 6, duration: 10m, after: one}
    """)
    assert data["jobs"]["succeeded"] == 10
    assert data["makespan"] == pytest.approx(2 * (STAGES + 600), abs=3)


def test_a_multi_node_job_has_an_instance_for_each_node() -> None:
    data = told("- {name: mpi, queue: ec2, nodes: 3, vcpus: 2, memory: 1024, duration: 10m, count: 2}")
    assert data["jobs"] == {"submitted": 2, "succeeded": 2, "failed": 0}
    (entry,) = data["queues"]["ec2"]
    assert entry["wait"]["count"] == 2
    environment = data["environments"]["e"]
    assert environment["instances"] == 6
    assert environment["vcpu_hours"] == pytest.approx(2 * 6 * 610 / 3600)


def test_jobs_that_others_wait_for_are_forgotten_when_those_are_there() -> None:
    workload = parsed(
        WIDE
        + """
      - {name: first, queue: q, count: 3, duration: 1m}
      - {name: second, queue: q, count: 3, duration: 1m, after: first}
      - {name: last, queue: q, duration: 1m, after: first}
    """
    )
    waiting = Waiting(workload.jobs, 0)
    made: Any = [object(), object(), object()]
    for job in made:
        waiting.submitted(0, job)
    assert [waiting.upstream_of(1) for _ in made] == [[job] for job in made]
    assert waiting.upstream_of(2) == made
    assert waiting._upstream["first"]._jobs == [None, None, None]
