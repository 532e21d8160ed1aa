"""The console's pages of a region: queues and environments, the jobs of a queue, an environment.

They read what the engine has, in the gate, and change nothing by reading. Lists are bounded, however
many jobs there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from pytest_batchmock.domain.compute_environment import ComputeEnvironment
from pytest_batchmock.domain.instance import Instance
from pytest_batchmock.domain.job import Job
from pytest_batchmock.domain.job_queue import JobQueue
from pytest_batchmock.domain.region import RegionState
from pytest_batchmock.domain.service_environment import ServiceEnvironment
from pytest_batchmock.domain.status import RUNNABLE, RUNNING, SERVICE_JOB_STATUSES, STARTING
from pytest_batchmock.engine import fleet
from pytest_batchmock.engine.engine import Engine
from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.observe.explain import explain
from pytest_batchmock.server.asked import Asked, Members, NoSuchThing, Route, Routes, number
from pytest_batchmock.server.console.parts import named, region_of, summary
from pytest_batchmock.world import World

_PAGE: Final = 50
_MOST_ON_INSTANCES: Final = 500


def _overview(asked: Asked) -> Members:
    world = asked.world
    with world.gate() as engine:
        region = region_of(asked, engine)
        return {
            "account": asked.mock.options.account_id,
            "accounts": asked.accounts.names(),
            "region": region.name,
            "regions": sorted({name for _, name in engine.regions} | {asked.mock.options.region}),
            "clock": _clock_of(world, engine, asked),
            "queues": [_queue(engine, queue) for queue in region.job_queues.values()],
            "environments": [
                _environment(engine, region, it) for it in region.compute_environments.values()
            ],
            "service_environments": [
                _service_environment(engine, region, it) for it in region.service_environments.values()
            ],
            "definitions": len(region.job_definitions),
            "jobs": len(region.jobs) + len(region.service_jobs),
        }


def _queue_jobs(asked: Asked) -> Members:
    """One page of the jobs of a queue, the newest first."""
    with asked.world.gate() as engine:
        region = region_of(asked, engine)
        name = named(asked, "queue")
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
            "now_ms": engine.now_ms,
            "queue": _queue(engine, queue),
            "total": len(keys),
            "next": start + _PAGE if start + _PAGE < len(keys) else None,
            "jobs": [summary(found[key]) for key in shown],
        }


def _environment_page(asked: Asked) -> Members:
    """A compute environment with what runs in it, by instance."""
    with asked.world.gate() as engine:
        region = region_of(asked, engine)
        name = named(asked, "name")
        environment = region.compute_environments.get(name)
        if environment is None:
            raise NoSuchThing(f"There is no compute environment {name!r}.")
        group = engine.fleet.peek(environment)
        running = list(islice(_running_in(engine, region, environment), _MOST_ON_INSTANCES + 1))
        known = group.instances
        instances: dict[str, list[Members]] = {name: [] for name in islice(known, _MOST_ON_INSTANCES)}
        for job in running[:_MOST_ON_INSTANCES]:
            host = (job.attempt.instance_id if job.attempt is not None else None) or "Fargate"
            instances.setdefault(host, []).append(summary(job) | {"vcpus": job.spec.mvcpus / 1000})
        return {
            "environment": _environment(engine, region, environment),
            "resources": environment.resources,
            "instances": [
                {"name": host, "jobs": jobs, "about": _about(known.get(host))}
                for host, jobs in instances.items()
            ],
            "left_out": len(running) > _MOST_ON_INSTANCES,
        }


def _clock_of(world: World, engine: Engine, asked: Asked) -> Members:
    return {"now_ms": engine.now_ms, "name": world.clock.name, "rate": asked.rate}


def _queue(engine: Engine, queue: JobQueue) -> Members:
    order = queue.request.get("serviceEnvironmentOrder", ())
    serving = [entry["serviceEnvironment"].rpartition("/")[2] for entry in order]
    waiting = next(iter(queue.by_status[RUNNABLE].values()), None)
    return {
        "name": queue.name,
        "state": queue.state,
        "status": queue.status,
        "status_reason": queue.status_reason,
        "priority": queue.priority,
        "fair_share": queue.scheduling_policy_arn is not None,
        "environments": [arn.rpartition("/")[2] for arn in queue.environments] or serving,
        "counts": {status: len(jobs) for status, jobs in queue.by_status.items() if jobs},
        "waiting": None
        if waiting is None
        else {**summary(waiting), "explanation": explain(waiting, engine)},
    }


def _service_environment(
    engine: Engine, region: RegionState, environment: ServiceEnvironment
) -> Members:
    free = engine.capacity.free_units(environment)
    return {
        "name": environment.name,
        "type": environment.type,
        "state": environment.state,
        "status": environment.status,
        "status_reason": environment.status_reason,
        "units": [
            {"unit": unit, "used": most - free[unit], "max": most}
            for unit, most in environment.capacity.items()
        ],
        "queues": [
            queue.name
            for queue in region.job_queues.values()
            if any(
                entry["serviceEnvironment"].rpartition("/")[2] == environment.name
                for entry in queue.request.get("serviceEnvironmentOrder", ())
            )
        ],
    }


def _environment(engine: Engine, region: RegionState, environment: ComputeEnvironment) -> Members:
    group = engine.fleet.peek(environment)
    if fleet.has_instances(environment):
        used_mvcpus = group.used_mvcpus
    else:
        used_mvcpus = engine.capacity.used_mvcpus(environment)
    return {
        "name": environment.name,
        "type": environment.resource_type,
        "state": environment.state,
        "status": environment.status,
        "status_reason": environment.status_reason,
        "is_spot": environment.is_spot,
        "breakdown": group.breakdown,
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
}
