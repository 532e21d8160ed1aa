"""From a SubmitJob that was accepted to the spec of its job: definition and overrides, merged."""

from __future__ import annotations

import json
from typing import Any

from pytest_batchmock.api import arns, resolve
from pytest_batchmock.api.call import Call
from pytest_batchmock.domain.job import JobSpec
from pytest_batchmock.domain.job_definition import JobDefinition
from pytest_batchmock.domain.job_queue import JobQueue
from pytest_batchmock.domain.node_ranges import properties_of
from pytest_batchmock.domain.requirements import NONE, Requirements, num_nodes, of_node, of_submit
from pytest_batchmock.errors import BatchError


def a_spec(call: Call, queue: JobQueue, definition: JobDefinition) -> JobSpec:
    """Merge the request with its definition.

    Raises:
        BatchError: It depends on a job that does not exist.
    """
    params = call.params
    request = definition.request
    retry = params.get("retryStrategy") or request.get("retryStrategy") or {}
    timeout = params.get("timeout") or request.get("timeout") or {}
    seconds = timeout.get("attemptDurationSeconds")
    needs = _needs(definition, params)
    spec = JobSpec(
        region=call.region,
        queue=queue,
        definition=definition,
        request=call.body or json.dumps(params, separators=(",", ":")).encode(),
        attempts=retry.get("attempts", 1),
        evaluate_on_exit=tuple(retry.get("evaluateOnExit", ())),
        timeout_ms=None if seconds is None else seconds * 1000,
        depends_on=_dependencies(call, params.get("dependsOn")),
        mvcpus=needs.mvcpus,
        memory_mib=needs.memory_mib,
        gpus=needs.gpus,
        tags=params.get("tags", {}),
    )
    spec.consumables = _consumables(call, definition)
    spec.array_size = params.get("arrayProperties", {}).get("size", 0)
    if "nodeProperties" in request:
        spec.num_nodes = num_nodes(request, params)
        spec.main_node = request["nodeProperties"]["mainNode"]
    spec.share_identifier = params.get("shareIdentifier")
    spec.scheduling_priority = params.get(
        "schedulingPriorityOverride", request.get("schedulingPriority")
    )
    return spec


def _needs(definition: JobDefinition, params: dict[str, Any]) -> Requirements:
    """What has to be free for the job to be placed: of a multi-node job, all nodes together."""
    if "nodeProperties" not in definition.request:
        return of_submit(definition, params)
    total = NONE
    for index in range(num_nodes(definition.request, params)):
        total = total.plus(of_node(definition.request, index, params))
    return total


def _consumables(call: Call, definition: JobDefinition) -> tuple[dict[str, Any], ...]:
    """What the job takes at STARTING: the submit's list if it has one, else the definition's.

    The nodes of a multi-node job take theirs besides what the job as a whole takes once (inferred).

    Raises:
        BatchError: A resource does not exist (strict is the safer error for a test; inferred).
    """
    params, request = call.params, definition.request
    holders = [request]
    if "consumableResourcePropertiesOverride" in params:
        holders = [{"consumableResourceProperties": params["consumableResourcePropertiesOverride"]}]
    if "nodeProperties" in request:
        # Each node takes what its range says, and the job what it says itself, once (inferred).
        ranges = request["nodeProperties"]["nodeRangeProperties"]
        overrides = params.get("nodeOverrides", {}).get("nodePropertyOverrides", ())
        for index in range(num_nodes(request, params)):
            override = properties_of(index, num_nodes(request, params), overrides) or {}
            given = override.get("consumableResourcePropertiesOverride")
            node = properties_of(index, num_nodes(request, params), ranges) or {}
            holders.append({"consumableResourceProperties": given} if given else dict(node))
    found = [
        entry
        for holder in holders
        for entry in holder.get("consumableResourceProperties", {}).get("consumableResourceList", ())
    ]
    for entry in found:
        resolve.consumable_resource(call, entry["consumableResource"])
    return tuple(found)


def _dependencies(call: Call, given: list[dict[str, str]] | None) -> tuple[dict[str, str], ...]:
    """``dependsOn`` with plain ids.

    An id nobody knows is refused: strict is the safer error for a test (text inferred). The ids of
    children follow from their array, and may be named before it has them (inferred).
    """
    found: list[dict[str, str]] = []
    for entry in given or ():
        if "jobId" not in entry:
            found.append(dict(entry))
            continue
        plain = arns.job_id(entry["jobId"])
        upstream = call.region.find_job(plain) or call.region.array_of(plain)
        if upstream is None:
            raise BatchError(
                f"Job {entry['jobId']} does not exist{_hint(call, entry['jobId'])}", wrapped=True
            )
        found.append({**entry, "jobId": plain})
    return tuple(found)


def _hint(call: Call, given: str) -> str:
    for job in reversed(call.region.jobs.values()):
        if job.name == given:
            return f" (dependsOn takes job ids; the id of the job named {given} is {job.id})"
    return ""
