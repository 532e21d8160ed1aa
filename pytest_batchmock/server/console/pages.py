"""What the web console asks of the control API beyond what tests do, and the verbs of its buttons.

It reads what the engine has, in the gate, and changes nothing by reading. Lists are bounded, however
many jobs there are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import Final

from pytest_batchmock.api.views.job import job_detail
from pytest_batchmock.domain.compute_environment import ComputeEnvironment
from pytest_batchmock.domain.instance import Instance
from pytest_batchmock.domain.job import Job
from pytest_batchmock.domain.region import RegionState
from pytest_batchmock.domain.status import RUNNING, SERVICE_JOB_STATUSES, STARTING
from pytest_batchmock.engine import fleet
from pytest_batchmock.engine.engine import Engine
from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.observe.explain import explain
from pytest_batchmock.observe.jobs import JobView
from pytest_batchmock.observe.timeline.model import history_of, marks_of
from pytest_batchmock.server.asked import Asked, Members, NoSuchThing, Route, Routes, number
from pytest_batchmock.transports.active import CallContext
from pytest_batchmock.world import World

_PAGE: Final = 50
_MOST_LINES: Final = 2000
_MOST_ON_INSTANCES: Final = 500
_LETTERS: Final = {
    "SUBMITTED": "u",
    "PENDING": "p",
    "RUNNABLE": "r",
    "SCHEDULED": "t",
    "STARTING": "t",
    "RUNNING": "g",
    "SUCCEEDED": "s",
    "FAILED": "f",
}


def _overview(asked: Asked) -> Members:
    world = asked.world
    with world.gate() as engine:
        region = _region(asked, engine)
        return {
            "account": asked.mock.options.account_id,
            "accounts": asked.accounts.names(),
            "region": region.name,
            "regions": sorted({name for _, name in engine.regions} | {asked.mock.options.region}),
            "clock": _clock_of(world, engine, asked),
            "queues": [_queue(region, name) for name in region.job_queues],
            "environments": [
                _environment(engine, region, it) for it in region.compute_environments.values()
            ],
            "definitions": len(region.job_definitions),
            "jobs": len(region.jobs) + len(region.service_jobs),
        }


def _queue_jobs(asked: Asked) -> Members:
    """One page of the jobs of a queue, the newest first."""
    with asked.world.gate() as engine:
        region = _region(asked, engine)
        name = _named(asked, "queue")
        queue = region.job_queues.get(name)
        if queue is None:
            raise NoSuchThing(f"There is no queue {name!r}.")
        status = asked.query.get("status")
        if status not in (None, *SERVICE_JOB_STATUSES):
            raise MockUsageError(f"status={status!r}: choose one of {', '.join(SERVICE_JOB_STATUSES)}.")
        wanted = SERVICE_JOB_STATUSES if status is None else (status,)
        keys = sorted((key for name in wanted for key in queue.by_status[name]), reverse=True)
        start = number(asked.query, "start", 0)
        found = {key: job for name in wanted for key, job in queue.by_status[name].items()}
        shown = keys[start : start + _PAGE]
        return {
            "queue": _queue(region, queue.name),
            "total": len(keys),
            "next": start + _PAGE if start + _PAGE < len(keys) else None,
            "jobs": [_summary(found[key]) for key in shown],
        }


def _job_page(asked: Asked) -> Members:
    world = asked.world
    with world.gate() as engine:
        job = _find(asked, engine)
        view = JobView(job, engine.seed)
        detail = {} if job.is_service else job_detail(job, engine.seed)
        present = job.attempt
        attempts = [
            {
                "number": it.number,
                "compute_environment": it.environment.name,
                "instance": it.instance_id,
                "starting_ms": it.starting_at_ms,
                "started_ms": it.started_at_ms,
                "stopped_ms": it.stopped_at_ms,
                "exit_code": it.exit_code,
                "status_reason": it.status_reason,
                "reason": it.reason,
            }
            for it in (*job.attempts, *((present,) if present is not None else ()))
        ]
        return {
            **_summary(job),
            "now_ms": engine.now_ms,
            "arn": job.arn,
            "region": job.spec.region.name,
            "explanation": explain(job, engine),
            "history": [{"status": status, "at_ms": at_ms} for status, at_ms in history_of(job)],
            "marks": [mark._asdict() for mark in marks_of(job)],
            "attempts": attempts,
            "most_attempts": job.spec.attempts,
            "timeout_ms": job.spec.timeout_ms,
            "command": [] if job.is_service else view.command,
            "environment": {} if job.is_service or job.is_array_parent else view.environment,
            "parameters": detail.get("parameters", {}),
            "tags": view.tags,
            "depends_on": view.depends_on,
            "parent": job.parent.id if job.parent is not None else None,
            "nodes": [_summary(node) for node in job.children or ()] if job.spec.num_nodes else [],
            "counts": dict(job.statistics or {}) if job.is_array_parent else {},
            "can_reclaim": (
                present is not None
                and not job.is_service
                and (job.parent is None or not job.is_node)
                and present.environment.is_spot
            ),
            "can_terminate": not job.is_terminal and not job.is_service and not job.is_node,
            "request": json.loads(job.spec.request),
        }


def _array(asked: Asked) -> Members:
    """The statuses of the children of an array, a letter each, and how often each was tried."""
    with asked.world.gate() as engine:
        job = _find(asked, engine)
        children = job.children or ()
        return {
            "id": job.id,
            "size": job.spec.array_size,
            "statuses": "".join(_LETTERS[child.status] for child in children),
            "tries": "".join(str(min(len(child.attempts), 9)) for child in children),
        }


def _job_logs(asked: Asked) -> Members:
    """The end of what a job's containers wrote."""
    world = asked.world
    with world.gate() as engine:
        job = _find(asked, engine)
        streams = []
        for stream in world.log_streams.everywhere():
            if stream.job is job:
                lines = world.log_streams.lines(stream)
                shown = [{"at_ms": line.at_ms, "text": line.text} for line in lines[-_MOST_LINES:]]
                streams.append(
                    {
                        "name": stream.name,
                        "attempt": stream.attempt.number,
                        "container": stream.container,
                        "total": len(lines),
                        "lines": shown,
                    }
                )
        return {"streams": streams}


def _environment_page(asked: Asked) -> Members:
    """A compute environment with what runs in it, by instance."""
    with asked.world.gate() as engine:
        region = _region(asked, engine)
        name = _named(asked, "name")
        environment = region.compute_environments.get(name)
        if environment is None:
            raise NoSuchThing(f"There is no compute environment {name!r}.")
        group = engine.fleet.groups.get(environment)
        running = list(islice(_running_in(engine, region, environment), _MOST_ON_INSTANCES + 1))
        known = {} if group is None else group.instances
        instances: dict[str, list[Members]] = {name: [] for name in islice(known, _MOST_ON_INSTANCES)}
        for job in running[:_MOST_ON_INSTANCES]:
            host = (job.attempt.instance_id if job.attempt is not None else None) or "Fargate"
            instances.setdefault(host, []).append(_summary(job) | {"vcpus": job.spec.mvcpus / 1000})
        return {
            "environment": _environment(engine, region, environment),
            "resources": environment.resources,
            "instances": [
                {"name": host, "jobs": jobs, "about": _about(known.get(host))}
                for host, jobs in instances.items()
            ],
            "left_out": len(running) > _MOST_ON_INSTANCES,
        }


def _terminate(asked: Asked) -> Members:
    """Terminate a job, as TerminateJob does."""
    job_id, reason = asked.body.get("id"), asked.body.get("reason", "Terminated in the web console")
    if not isinstance(job_id, str) or not isinstance(reason, str):
        raise MockUsageError("Give the id of a job, and if you like a reason, as texts.")
    world = asked.world
    with world.gate() as engine:
        region = next((it for it in engine.regions.values() if it.find_job(job_id) is not None), None)
    if region is None:
        raise NoSuchThing(f"No job has the id {job_id!r}.")
    context = CallContext(region.account, region.name, validated=False)
    world.call(context, "TerminateJob", {"jobId": job_id, "reason": reason})
    return {"terminated": job_id}


ROUTES: Final[Routes] = {
    ("GET", "overview"): Route(
        _overview, ("region",), "queues with their jobs by status, and environments"
    ),
    ("GET", "queue-jobs"): Route(
        _queue_jobs,
        ("queue", "status", "start", "region"),
        "the jobs of a queue, newest first, 50 at a time",
    ),
    ("GET", "environment"): Route(_environment_page, ("name", "region"), "what runs in an environment"),
    ("GET", "job-page/*"): Route(_job_page, (), "all that is known of a job, child or node"),
    ("GET", "array/*"): Route(_array, (), "the statuses of an array's children, a letter each"),
    ("GET", "job-logs/*"): Route(_job_logs, (), "the last 2,000 lines of each log stream of a job"),
    ("POST", "terminate"): Route(_terminate, ("id", "reason"), "terminate a job, as TerminateJob does"),
}


# --- Parts ---------------------------------------------------------------------------------------


def _named(asked: Asked, member: str) -> str:
    if member not in asked.query:
        raise MockUsageError(f"Name one: ?{member}=…")
    return asked.query[member]


def _region(asked: Asked, engine: Engine) -> RegionState:
    """The region that is named, else the mock's own; looking makes none."""
    options = asked.mock.options
    name = asked.query.get("region", options.region)
    return engine.regions.get((options.account_id, name)) or RegionState(options.account_id, name)


def _find(asked: Asked, engine: Engine) -> Job:
    for region in engine.regions.values():
        job = region.find_job(asked.rest) or region.service_jobs.get(asked.rest)
        if job is not None:
            return job
    raise NoSuchThing(f"No job has the id {asked.rest!r}.")


def _clock_of(world: World, engine: Engine, asked: Asked) -> Members:
    return {"now_ms": engine.now_ms, "name": world.clock.name, "rate": asked.rate}


def _queue(region: RegionState, name: str) -> Members:
    queue = region.job_queues[name]
    return {
        "name": queue.name,
        "state": queue.state,
        "status": queue.status,
        "status_reason": queue.status_reason,
        "priority": queue.priority,
        "fair_share": queue.scheduling_policy_arn is not None,
        "environments": [arn.rpartition("/")[2] for arn in queue.environments],
        "counts": {status: len(jobs) for status, jobs in queue.by_status.items() if jobs},
    }


def _environment(engine: Engine, region: RegionState, environment: ComputeEnvironment) -> Members:
    group = fleet.Group(environment)
    if fleet.has_instances(environment):
        group = engine.fleet.groups.get(environment, group)  # looking makes none
        used_mvcpus = group.used_mvcpus
    else:
        used_mvcpus = engine.capacity.used_mvcpus(environment)
    return {
        "name": environment.name,
        "type": environment.resource_type,
        "state": environment.state,
        "status": environment.status,
        "status_reason": environment.status_reason,
        "managed": environment.type == "MANAGED",
        "used_vcpus": used_mvcpus / 1000,
        "launched_vcpus": group.mvcpus / 1000,
        "instances": len(group.instances),
        "max_vcpus": environment.max_mvcpus / 1000,
        "min_vcpus": environment.min_mvcpus / 1000,
        "queues": [
            queue.name for queue in region.job_queues.values() if environment.arn in queue.environments
        ],
    }


def _about(instance: Instance | None) -> Members | None:
    if instance is None:
        return None
    return {
        "type": instance.type.name,
        "zone": instance.zone,
        "status": instance.status,
        "launched_ms": instance.launched_at_ms,
        "vcpus": instance.type.vcpus,
        "used_vcpus": instance.used_mvcpus / 1000,
    }


def _summary(job: Job) -> Members:
    return {
        "id": job.id,
        "name": job.spec.name,
        "queue": job.spec.queue.name,
        "definition": (
            "" if job.is_service else f"{job.spec.definition.name}:{job.spec.definition.revision}"
        ),
        "status": job.status,
        "status_reason": job.status_reason,
        "since_ms": job.history[-1] if job.history else job.created_at_ms,
        "created_ms": job.created_at_ms,
        "started_ms": job.started_at_ms,
        "stopped_ms": job.stopped_at_ms,
        "tries": len(job.attempts) + (job.attempt is not None),
        "exit_code": job.attempts[-1].exit_code if job.attempts else None,
        "index": job.index,
        "array_size": job.spec.array_size if job.is_array_parent else 0,
        "num_nodes": job.spec.num_nodes if job.parent is None else 0,
        "is_main_node": job.is_node and job.index == job.spec.main_node,
    }


def _running_in(engine: Engine, region: RegionState, environment: ComputeEnvironment) -> Iterator[Job]:
    def all_running() -> Iterator[Job]:
        for queue in region.job_queues.values():
            for status in (STARTING, RUNNING):
                yield from queue.by_status[status].values()
        for parent in engine.arrays.values():
            yield from parent.children or ()

    for job in all_running():
        if job.attempt is not None and job.attempt.environment is environment:
            yield job
