"""Arguments of a wrong type are told at the line that gives them, as the test's mistakes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from pytest_batchmock import (
    BatchMock,
    MockUsageError,
    cannot_pull,
    fails,
    host_lost,
    reclaimed,
    service_error,
    succeeds,
)

Wrong = Callable[[BatchMock], Any]

WRONG: dict[str, tuple[Wrong, str]] = {
    "misspelt keyword": (
        lambda mock: mock.on("x", atempt=2),
        r"^on: there is no atempt=. Did you mean attempt=\? It takes queue=, definition=, tags=, ",
    ),
    "misspelt name": (
        lambda mock: mock.on(nam="x"),
        r"^on: there is no nam=. Did you mean name=\? It takes queue=, ",
    ),
    "keyword of another": (
        lambda mock: mock.on_service_job("x", node=2),
        "^on_service_job: there is no node=. It takes queue=, tags=, attempt=.$",
    ),
    "misspelt keyword of an outcome": (
        lambda mock: mock.on("x").fails(exitcode=2),
        r"^fails: there is no exitcode=. Did you mean exit_code=\? It takes exit_code=, reason=, ",
    ),
    "exit code of an outcome of a service job": (
        lambda mock: mock.on_service_job("x").attempts(fails(exit_code=2)),
        "^exit_code=2: a service job shows none; give a reason.$",
    ),
    "exit code of a training": (
        lambda mock: mock.on_service_job("x").fails(exit_code=2),
        "^fails: there is no exit_code=. It takes reason=, after=.$",
    ),
    "misspelt keyword of defaults": (
        lambda mock: mock.defaults(vcpu=2),
        r"^defaults: there is no vcpu=. Did you mean vcpus=\?",
    ),
    "exit code": (lambda mock: fails(exit_code="3"), "exit_code='3'"),
    "exit code of a reclaim": (lambda mock: reclaimed(exit_code="1"), "exit_code='1'"),
    "reason": (lambda mock: fails(reason=3), "reason=3"),
    "reason of a pull": (lambda mock: cannot_pull(reason=3), "reason=3"),
    "reason of the service": (lambda mock: service_error(reason="x" * 256), "255 characters"),
    "flag": (lambda mock: host_lost(while_starting="yes"), "while_starting='yes'"),
    "tag": (lambda mock: mock.on(tags={"a": 1}), "tags="),
    "minutes": (lambda mock: mock.advance(minutes="5"), "are numbers"),
    "endless": (lambda mock: mock.advance(days=float("inf")), "are numbers"),
    "the end of time": (lambda mock: mock.advance(days=10_000_000), "year 9000"),
    "vcpus": (lambda mock: mock.defaults(max_vcpus="3"), "max_vcpus='3'"),
    "spot": (lambda mock: mock.defaults(spot="yes"), "spot='yes'"),
    "operation of a fault": (lambda mock: mock.faults.throttle(3), "no name of an operation"),
    "probability": (lambda mock: mock.faults.throttle(probability="1"), "probability='1'"),
    "params": (lambda mock: mock.call("SubmitJob", None), "mapping of its members"),
    "operation": (lambda mock: mock.call(3, {}), "name of an operation"),
    "operations of a fault": (
        lambda mock: mock.faults.throttle(["SubmitJob"]),
        "no name of an operation",
    ),
    "no pattern": (lambda mock: mock.on(""), "pattern of job names"),
    "child and node": (lambda mock: mock.on(index=0, node=0), "never both"),
    "outcomes beyond the attempts": (
        lambda mock: mock.on("*").attempts(*[succeeds()] * 11),
        "at most 10 attempts",
    ),
    "function without the job": (lambda mock: mock.on("*").runs(lambda: 0), "job as its one argument"),
    "coroutine function": (lambda mock: mock.on("*").runs(asyncio.sleep), "Give a plain function"),
    "function of a training": (
        lambda mock: mock.on_service_job("*").runs(lambda job, more: 0),
        "missing a required argument: 'more'",
    ),
    "outcomes of one attempt": (
        lambda mock: mock.on("*", attempt=2).attempts(fails(), succeeds()),
        "names one attempt",
    ),
    "name of jobs": (lambda mock: mock.jobs.all(name=3), "pattern of job names"),
    "queue of jobs": (lambda mock: mock.jobs.all(queue=3), "ARN of a queue"),
    "place of a job": (lambda mock: mock.jobs["id"], "use jobs.get"),
    "id of a job": (lambda mock: mock.jobs.get(3), "job id"),
    "what to explain": (lambda mock: mock.explain(3), "No job has the id '3'"),
    "defaults twice": (
        lambda mock: (mock.defaults(), mock.defaults()),
        "an environment of that name is there already",
    ),
    "zone": (lambda mock: mock.zone(3), "availability zone"),
    "no zone": (lambda mock: mock.zone("us-east-1"), "zone='us-east-1'"),
    "reason of a breakdown": (
        lambda mock: mock.environment("ce").breaks("invalid", reason=5),
        "reason=5",
    ),
    "no zone of instances": (
        lambda mock: mock.cluster("c").add_instances("m5.large", zone="a"),
        "zone='a'",
    ),
    "cluster": (lambda mock: mock.cluster(None), "ecsClusterArn"),
    "environment": (lambda mock: mock.environment(3), "ARN of an environment"),
    "count": (lambda mock: mock.cluster("c").add_instances("m5.large", "3"), "count='3'"),
    "zone of instances": (lambda mock: mock.cluster("c").add_instances("m5.large", zone=3), "zone=3"),
    "instances of a type": (lambda mock: mock.instances.all(type=3), "type=3"),
    "instance to reclaim": (lambda mock: mock.spot.reclaim(instance=[]), "no Spot Instance"),
    "parameters of a template": (lambda mock: mock.seed({}, parameters=3), "parameters=3"),
    "width": (lambda mock: mock.timeline.text(width="9"), "width='9'"),
    "title": (lambda mock: mock.timeline.html(title=3), "title=3"),
    "events of nobody": (lambda mock: mock.events.of("nobody"), "or a job id"),
    "logs of": (lambda mock: mock.logs.of(3), "logs.of"),
    "events of": (lambda mock: mock.events.of(3), "events.of"),
}


@pytest.mark.parametrize(("wrong", "text"), WRONG.values(), ids=WRONG)
def test_a_wrong_argument_is_a_mistake_of_the_test(wrong: Wrong, text: str) -> None:
    with pytest.raises(MockUsageError, match=text):
        wrong(BatchMock(clock="manual"))
