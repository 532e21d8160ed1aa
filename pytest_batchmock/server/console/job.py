"""The console's page of a job: what is known of it, its children, what it wrote; and its end."""

from __future__ import annotations

import json
from typing import Any, Final

from pytest_batchmock.api.views.job import job_detail
from pytest_batchmock.domain.job import Job
from pytest_batchmock.domain.service_job import ServiceJobSpec
from pytest_batchmock.engine.engine import Engine
from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.observe.explain import explain
from pytest_batchmock.observe.jobs import JobView
from pytest_batchmock.observe.timeline.model import history_of, marks_of
from pytest_batchmock.server.asked import Asked, Members, NoSuchThing, Route, Routes
from pytest_batchmock.server.console.parts import summary
from pytest_batchmock.transports.active import CallContext

_MOST_LINES: Final = 2000
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


def _job_page(asked: Asked) -> Members:
    world = asked.world
    with world.gate() as engine:
        job = asked.find_job(engine)
        return {
            **summary(job),
            "now_ms": engine.now_ms,
            "arn": job.arn,
            "region": job.spec.region.name,
            "explanation": explain(job, engine),
            "history": [{"status": status, "at_ms": at_ms} for status, at_ms in history_of(job)],
            "marks": [mark._asdict() for mark in marks_of(job)],
            "attempts": _attempts(job),
            "most_attempts": job.spec.attempts,
            "timeout_ms": job.spec.timeout_ms,
            **_special(job, engine),
            "tags": JobView(job, engine.seed).tags,
            "depends_on": JobView(job, engine.seed).depends_on,
            "parent": job.parent.id if job.parent is not None else None,
            "nodes": [_node(node) for node in job.children or ()] if job.spec.num_nodes else [],
            "counts": dict(job.statistics or {}) if job.is_array_parent else {},
            "can_reclaim": _can_reclaim(job),
            "can_terminate": not job.is_terminal and not job.is_node,
            "request": {**json.loads(job.spec.request), "jobName": job.name},
        }


def _attempts(job: Job) -> list[Members]:
    present = () if job.attempt is None else (job.attempt,)
    return [
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
        for it in (*job.attempts, *present)
    ]


def _special(job: Job, engine: Engine) -> Members:
    spec = job.spec
    return _of_service_job(spec) if isinstance(spec, ServiceJobSpec) else _of_job(job, engine)


def _of_job(job: Job, engine: Engine) -> Members:
    view = JobView(job, engine.seed)
    return {
        "command": view.command,
        "environment": {} if job.is_array_parent else view.environment,
        "parameters": job_detail(job, engine.seed).get("parameters", {}),
        "service": None,
    }


def _of_service_job(spec: ServiceJobSpec) -> Members:
    wanted = f"{spec.instances} × {spec.instance_type}" if spec.instance_type else str(spec.instances)
    told: dict[str, Any] = {
        "Type": spec.service_type,
        "Instances": wanted,
        "Quota share": spec.quota_share,
        "Payload": spec.payload,
    }
    return {"command": [], "environment": {}, "parameters": {}, "service": told}


def _node(node: Job) -> Members:
    attempt = node.attempt or (node.attempts[-1] if node.attempts else None)
    return summary(node) | {"instance": attempt.instance_id if attempt is not None else None}


def _can_reclaim(job: Job) -> bool:
    attempt = job.attempt
    return attempt is not None and not job.is_service and not job.is_node and attempt.environment.is_spot


def _array(asked: Asked) -> Members:
    """The statuses of the children of an array, a letter each, and how often each was tried."""
    with asked.world.gate() as engine:
        job = asked.find_job(engine)
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
        job = asked.find_job(engine)
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


def _terminate(asked: Asked) -> Members:
    """Terminate a job, as TerminateJob or TerminateServiceJob does."""
    job_id, reason = asked.body.get("id"), asked.body.get("reason", "Terminated in the web console")
    if not isinstance(job_id, str) or not isinstance(reason, str):
        raise MockUsageError("Give the id of a job, and if you like a reason, as texts.")
    world = asked.world
    with world.gate() as engine:
        for region in engine.regions.values():
            is_service = job_id in region.service_jobs
            if is_service or region.find_job(job_id) is not None:
                break
        else:
            raise NoSuchThing(f"No job has the id {job_id!r}.")
    context = CallContext(region.account, region.name, validated=False)
    operation = "TerminateServiceJob" if is_service else "TerminateJob"
    world.call(context, operation, {"jobId": job_id, "reason": reason})
    return {"terminated": job_id}


ROUTES: Final[Routes] = {
    ("GET", "job-page/*"): Route(_job_page, (), "all that is known of a job, child or node"),
    ("GET", "array/*"): Route(_array, (), "the statuses of an array's children, a letter each"),
    ("GET", "job-logs/*"): Route(_job_logs, (), "the last 2,000 lines of each log stream of a job"),
    ("POST", "terminate"): Route(
        _terminate, ("id", "reason"), "terminate a job, as TerminateJob or TerminateServiceJob does"
    ),
}
