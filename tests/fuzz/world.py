"""A region full of resources and jobs, and the legal requests that made it.

It is made once; every request that changed something gets a fresh copy after it.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from contract import scenario
from rules.builders import a_limit

from pytest_batchmock import BatchMock, NotModelledError
from pytest_batchmock.api import model
from pytest_batchmock.errors import BatchError
from pytest_batchmock.transports.active import CallContext

Params = dict[str, Any]

START: Final = "2026-03-01T12:00:00+00:00"
_CONTEXT: Final = {"account": "123456789012", "region": "us-east-1"}


class Place:
    """A mock in a known state.

    Attributes:
        mock: The mock.
        state: Its state as plain data.
    """

    def __init__(self) -> None:
        self.mock = BatchMock(clock="manual", start=START, seed=7)
        self._saved = _saved_engine()
        self.reset()

    def reset(self) -> None:
        """Go back to the known state."""
        self.mock._world.engine = pickle.loads(self._saved)
        self.mock._world.calls.keep(None)
        self.state = plain(self.mock)

    def call(self, operation: str, params: Params, *, validated: bool) -> Params:
        """One call, as botocore has checked its parameters or not."""
        sent = json.loads(json.dumps(params))
        if not validated:
            return self.mock.call(operation, sent)
        context = CallContext(**_CONTEXT, validated=True)
        return self.mock._world.call(context, operation, sent)[1]


@cache
def _saved_engine() -> bytes:
    mock = BatchMock(clock="manual", start=START, seed=7)
    scenario.plan(mock)
    scenario.tell(_story(), lambda method, params: _answer(mock, method, params), mock)
    return pickle.dumps(mock._world.engine)


def _story() -> scenario.Story:
    """The resources of the contract's story, with jobs in every status."""
    yield from scenario.environments()
    yield from scenario.policies_and_queues()
    yield from scenario.definitions()
    yield from scenario.call(
        "create_quota_share",
        quotaShareName="share",
        jobQueue="quota",
        capacityLimits=[a_limit("ml.m6i.xlarge", 1)],
        resourceSharingConfiguration={"strategy": "LEND_AND_BORROW", "borrowLimit": 200},
        preemptionConfiguration={"inSharePreemption": "ENABLED"},
    )
    for name, kind in (("licence", "REPLENISHABLE"), ("token", "NON_REPLENISHABLE")):
        yield from scenario.call(
            "create_consumable_resource",
            consumableResourceName=name,
            totalQuantity=2,
            resourceType=kind,
        )
    yield from scenario.submit("succeeds")
    yield from scenario.submit("fails")
    for queue in ("trainings", "quota"):
        yield from _training(queue)
    yield scenario.Advance("10m")
    running = yield from scenario.submit("hangs", jobQueue="spot")
    yield from scenario.submit("waits", dependsOn=[{"jobId": running}])
    yield from scenario.submit("array", arrayProperties={"size": 2}, jobQueue="spot")
    yield from scenario.submit("gang", jobDefinition="nodes")
    yield from scenario.submit("too-large", jobQueue="blocked", jobDefinition="nodes")
    yield from scenario.submit("shared", jobQueue="fair", **scenario.SHARED_SUBMIT)
    yield from _training("trainings")
    yield scenario.Advance("20s")
    yield from scenario.submit("fresh")


def _training(queue: str) -> scenario.Story:
    yield from scenario.call(
        "submit_service_job",
        jobName="trains",
        jobQueue=queue,
        serviceRequestPayload=scenario._PAYLOAD,
        serviceJobType="SAGEMAKER_TRAINING",
        **({"quotaShareName": "share"} if queue == "quota" else {}),
    )


@cache
def legal_requests() -> dict[str, list[Params]]:
    """By operation, the requests of the contract's story that were accepted, for names that are free."""
    mock = BatchMock(**scenario.OPTIONS)
    scenario.plan(mock)
    found: dict[str, list[Params]] = {name: [] for name in model.operation_names()}

    def call(method: str, params: Params) -> Params:
        answer = _answer(mock, method, params)
        if "Error" not in answer:
            found[_operations()[method]].append(_with_free_name(json.loads(json.dumps(params))))
        return answer

    scenario.tell(scenario.everything(), call, mock)
    return found


def _with_free_name(params: Params) -> Params:
    """The names of the story are taken in a region that its resources are in."""
    for member in _NAMES:
        if member in params:
            params[member] = "new"
    return params


_NAMES: Final = (
    "computeEnvironmentName",
    "consumableResourceName",
    "jobQueueName",
    "name",
    "quotaShareName",
    "serviceEnvironmentName",
)


@cache
def _operations() -> dict[str, str]:
    return {model.method_name(name): name for name in model.operation_names()}


def _answer(mock: BatchMock, method: str, params: Params) -> Params:
    try:
        return mock.call(_operations()[method], params)
    except (BatchError, NotModelledError) as error:
        return {"Error": str(error)}


@cache
def good_values() -> dict[str, list[Any]]:
    """By the name of a member, texts that mean something in the region."""
    place = Place()
    region = next(iter(place.mock._world.engine.regions.values()))

    def both(resources: dict[str, Any]) -> list[str]:
        return [name for entry in resources.values() for name in (entry.name, entry.arn)]

    jobs = [part for job in region.jobs.values() for part in (job, *(job.children or ()))]
    ids = [job.id for job in jobs]
    service_ids = list(region.service_jobs)
    definitions = [entry for revisions in region.job_definitions.values() for entry in revisions]
    named_definitions = [
        name
        for entry in definitions
        for name in (entry.name, f"{entry.name}:{entry.revision}", entry.arn)
    ]
    queues, policies = both(region.job_queues), [p.arn for p in region.scheduling_policies.values()]
    shares = list(region.quota_shares)
    everything = [
        *both(region.job_queues),
        *both(region.compute_environments),
        *both(region.service_environments),
        *both(region.consumable_resources),
        *policies,
        *shares,
        *(job.arn for job in jobs),
        *(job.arn for job in region.service_jobs.values()),
        *(entry.arn for entry in definitions),
    ]
    found: dict[str, list[Any]] = {
        "jobQueue": queues,
        "jobQueueName": [*region.job_queues, "new-queue"],
        "computeEnvironment": both(region.compute_environments),
        "computeEnvironmentName": [*region.compute_environments, "new-environment"],
        "serviceEnvironment": both(region.service_environments),
        "serviceEnvironmentName": [*region.service_environments, "new-service-environment"],
        "schedulingPolicyArn": policies,
        "arn": policies,
        "name": ["default", "JOB_NAME", "fair", "data", "main", "side", "STAGE", "nofile", "*"],
        "jobDefinition": named_definitions,
        "jobDefinitionName": [*region.job_definitions, "new-definition"],
        "quotaShareArn": shares,
        "quotaShareName": ["share", "new-share"],
        "consumableResource": both(region.consumable_resources),
        "consumableResourceName": [*region.consumable_resources, "new-resource"],
        "jobId": [*ids, *service_ids, *(job.arn for job in jobs)],
        "arrayJobId": ids,
        "multiNodeJobId": ids,
        "resourceArn": everything,
        "jobName": ["succeeds", "new-job", "array"],
        "reason": ["enough", "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY", "x" * 1024],
        "shareIdentifier": ["a1", "a*", "blue"],
        "image": ["busybox", "repo/image@sha256:" + "0" * 64],
        "instanceTypes": ["optimal", "m5", "m5.large", "g4dn.xlarge", "default_arm64", "c7g"],
        "targetInstanceTypes": ["m5.large", "c5"],
        "capacityUnit": ["NUM_INSTANCES", "ml.m6i.xlarge", "ml.p5.48xlarge"],
        "value": ["1", "0.25", "2048", "512", "0.5", "*"],
        "values": ["s*", "1000", "plain", "RUNNING", "*", "a1"],
        "targetNodes": ["0:", "0:0", "1:", ":1", "0:2", "2", "1:0"],
        "subnets": ["subnet-1"],
        "securityGroupIds": ["sg-1"],
        "serviceRole": ["arn:aws:iam::123456789012:role/batch"],
        "instanceRole": ["ecsInstanceRole"],
        "serviceRequestPayload": [scenario._PAYLOAD, "{}", "[]", "{", "null", '{"ResourceConfig": 3}'],
        "state": ["ENABLED", "DISABLED", "RUNNABLE"],
        "sourceVolume": ["data"],
        "containerName": ["main", "side", "default"],
        "onExitCode": ["1", "13*", "*", "-1"],
        "onReason": ["*", "OutOf*"],
        "onStatusReason": ["Host EC2*", "*"],
        "nextToken": ["", "x", "e30="],
    }
    for single, several in (
        ("jobQueue", "jobQueues"),
        ("computeEnvironment", "computeEnvironments"),
        ("serviceEnvironment", "serviceEnvironments"),
        ("jobDefinition", "jobDefinitions"),
        ("arn", "arns"),
        ("jobId", "jobs"),
    ):
        found[several] = found[single]
    found["serviceJobId"] = [*service_ids, *(job.arn for job in region.service_jobs.values())]
    found["tagKeys"] = ["team", "aws:x", "Stage"]
    return {name: values for name, values in found.items() if values}


# --- the state as plain data ----------------------------------------------------------------------

_NOT_STATE: Final = frozenset({"options", "planner", "static", "requirements", "profile"})
"""What never changes, and what is a cache of answers."""


def plain(mock: BatchMock) -> list[Any]:
    """Everything that the engine knows, as plain data: records, event queue, lines, capacity."""
    seen: dict[int, int] = {}
    return list(_flat(mock._world.engine, seen))


def _flat(value: Any, seen: dict[int, int]) -> Iterator[Any]:
    if value is None or isinstance(value, (str, int, float, bytes)):
        yield value
        return
    if id(value) in seen:
        yield "seen", seen[id(value)]
        return
    seen[id(value)] = len(seen)
    if isinstance(value, dict):
        yield "dict", len(value)
        for key, entry in value.items():
            yield from _flat(key, seen)
            yield from _flat(entry, seen)
    elif isinstance(value, (list, tuple)) or type(value).__name__ == "deque":
        yield type(value).__name__, len(value)
        for entry in value:
            yield from _flat(entry, seen)
    elif isinstance(value, (set, frozenset)):
        yield sorted(value)
    else:
        yield type(value).__qualname__
        for name in _attributes(value):
            if name not in _NOT_STATE:
                yield name
                yield from _flat(getattr(value, name), seen)


def _attributes(value: Any) -> list[str]:
    slots = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
    return sorted({*slots, *getattr(value, "__dict__", ())})
