"""What a workload gets wrong is said with its line, and with what there is."""

from __future__ import annotations

import pytest

from pytest_batchmock.simulate.play import play
from pytest_batchmock.simulate.reading import WorkloadError
from pytest_batchmock.simulate.workload import parsed

GOOD = """environments:
  od: {type: EC2}
  f: {type: FARGATE}
queues:
  q: {environments: [od]}
  fair: {environments: [od], shares: {a: 1}}
jobs:
  - name: one
    queue: q
    duration: 10m
"""


def test_a_good_one_is_read() -> None:
    assert parsed(GOOD).total == 1


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        (
            "jobs:",
            "job:",
            "w.yaml:7: job: there is no such key. Keys here are: .* Did you mean jobs",
        ),
        (
            "queue: q",
            "queue: z",
            r"jobs\[0\].queue: there is no queue 'z'. There are: q, fair.",
        ),
        ("[od]}", "[of]}", r"w.yaml:5: queues.q.environments\[0\]: there is no environment 'of'"),
        (
            "EC2",
            "EC3",
            "no type of environment 'EC3'. There are: EC2, SPOT",
        ),
        ("10m", "soon", r"w.yaml:10: jobs\[0\].duration: 'soon' is no duration"),
        ("10m", "{uniform: [5m]}", "give the shortest and the longest"),
        ("10m", "{uniform: [5m, 1m]}", "give the shortest and the longest"),
        ("10m", "{gamma: 5m}", "there is no such key. Keys here are: uniform, exponential, lognormal"),
        ("10m", "{lognormal: {median: 5m}}", "the key sigma is missing"),
        ("10m", "10m\n    count: 0", "0 is out of bounds: give a number at least 1"),
        ("10m", "10m\n    count: 1.5", "1.5 is no whole number"),
        ("10m", "10m\n    fails: 2", "2 is out of bounds: give a number between 0 and 1"),
        ("10m", "10m\n    count: true", "True is no number"),
        ("10m", "10m\n    share: a", "names a share, and its queue has none"),
        ("queue: q", "queue: fair", "names no share, and its queue shares fairly"),
        ("10m", "10m\n    name: two", r"w.yaml:11: jobs\[0\].name: this key stands here twice"),
        ("10m", "10m\n    arrivals: {every: 1s, per_hour: 5}", "give either every"),
        ("10m", "10m\n    array: 1", "give a number between 2 and 10000"),
        ("10m", "10m\n  - {name: one, queue: q, duration: 1m}", "another class is called 'one' too"),
        ("10m", "10m\n    count: 99999999", "jobs are more than"),
        ("10m", "10m\n    nodes: 0", r"w.yaml:11: jobs\[0\].nodes: 0 is out of bounds"),
        ("10m", "10m\n    nodes: 2\n    array: 2", "a multi-node job is no array"),
        ("10m", "10m\n    after: two", r"w.yaml:11: jobs\[0\].after: there is no class of jobs before"),
        ("10m", "10m\n  - {name: b, queue: q, duration: 1m, after: [one, one]}", "stands here twice"),
        ("10m", "10m\n  - {name: b, queue: q, duration: 1m, after: [one, b]}", "There are: one."),
        (
            "10m",
            "10m\n    count: 21\n  - {name: b, queue: q, duration: 1m, after: one}",
            "each job would wait for 21 others, and Batch takes 20",
        ),
        (
            "10m",
            "10m\n  - {name: b, queue: q, duration: 1m, after: {name: one, type: N_TO_N}}",
            r"jobs\[1\].after: N_TO_N is for as many arrays of the same size",
        ),
        (
            "10m",
            "10m\n  - {name: b, queue: q, duration: 1m, after: {name: one, type: ALL}}",
            "there is no type of dependency 'ALL'. There are: N_TO_N",
        ),
        ("10m", "10m\n    sequential: true", "only the children of an array come"),
        ("10m", "10m\n    array: 2\n    sequential: 1", "1 is neither true nor false"),
        (
            "{type: FARGATE}",
            "{type: FARGATE, instance_types: [c5]}",
            "has no instances to choose",
        ),
        ("{environments: [od]}", "{environments: [od], share_decay: 1h}", "name the queue's shares too"),
        ("jobs:", "start: yesterday\njobs:", "w.yaml:7: start: .*is no ISO 8601"),
        ("jobs:", "prices: {EC2: {}}\njobs:", "prices.EC2: there is no such key"),
        ("jobs:", "prices: {instances: {c5.lage: 1}}\njobs:", r"type\. Did you mean c5.large"),
        (
            "type: EC2",
            "type: EC2, instance_types: [c5.lage]",
            r"'c5.lage' .*Did you mean c5.large",
        ),
        ("type: EC2", "type: EC2, instance_types: [z9]", "'z9' is no instance type, family or 'opti"),
        ("jobs:", "- a\njobs:", "w.yaml:7: this is no YAML"),
    ],
)
def test_a_mistake_is_said_with_its_place(old: str, new: str, text: str) -> None:
    with pytest.raises(WorkloadError, match=text):
        parsed(GOOD.replace(old, new, 1), "w.yaml")


def test_an_empty_file_and_one_that_is_no_mapping_are_refused() -> None:
    with pytest.raises(WorkloadError, match="it is empty"):
        parsed("", "w.yaml")
    with pytest.raises(WorkloadError, match="is no mapping"):
        parsed("- 1", "w.yaml")


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        (
            "type: EC2",
            "type: EC2, allocation_strategy: CHEAP",
            "w.yaml:2: .*Environment is refused",
        ),
        ("name: one", "name: o!", r"w.yaml:8: jobs\[0\]: RegisterJobDefinition is refused"),
    ],
)
def test_what_the_service_would_refuse_is_said_with_its_place(old: str, new: str, text: str) -> None:
    with pytest.raises(WorkloadError, match=text):
        play(parsed(GOOD.replace(old, new, 1), "w.yaml"))


def test_prices_of_instances_need_a_price_of_spot() -> None:
    text = GOOD.replace("EC2", "SPOT") + "prices: {instances: {c5.large: 0.1}}\n"
    with pytest.raises(WorkloadError, match=r"w\.yaml:11: prices: say what Spot costs too"):
        parsed(text, "w.yaml")
    assert parsed(text + "spot: {price_percent: 40}\n").spot_percent == 40
