"""The verbs that tell of jobs: what became of them, why, and what they wrote."""

from __future__ import annotations

from collections import Counter
from typing import Final

from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.observe.jobs import AttemptView, JobView
from pytest_batchmock.server.asked import (
    Asked,
    Members,
    Route,
    Routes,
    as_text,
    newest,
    number,
)


def _jobs(asked: Asked) -> Members:
    wanted = {name: asked.query[name] for name in ("name", "queue", "status") if name in asked.query}
    service = asked.query.get("service", "false")
    if service not in ("true", "false"):
        raise MockUsageError(f"service={service!r}: give true or false.")
    jobs = asked.mock.service_jobs if service == "true" else asked.mock.jobs
    found = jobs.all(**wanted)
    with asked.world.gate():
        return {"total": len(found), "jobs": [_job(job) for job in newest(asked, found)]}


def _one_job(asked: Asked) -> Members:
    world = asked.world
    with world.gate() as engine:
        return _job(JobView(asked.find_job(engine), engine.seed, world.explain))


def _explain(asked: Asked) -> Members:
    job_id = asked.query.get("job")
    explanation = asked.mock.explain(job_id)
    if job_id is not None:
        return {"explanation": explanation}
    with asked.world.gate() as engine:
        waiting = sum(not job.is_terminal for job in engine.jobs())
    return {"waiting": waiting, "explanation": explanation}


def _logs(asked: Asked) -> Members:
    """The lines of a job, from the one that `skip` says."""
    query = asked.query
    attempt = number(query, "attempt", 0) if "attempt" in query else None
    skip = number(query, "skip", 0)
    lines = asked.mock.logs.of(asked.rest, attempt=attempt, container=query.get("container"))
    return {"total": len(lines), "lines": lines[skip:]}


def _job(job: JobView) -> Members:
    members: Members = {
        "id": job.id,
        "arn": job.arn,
        "name": job.name,
        "queue": job.queue,
        "definition": job.definition,
        "status": job.status,
        "status_reason": job.status_reason,
        "exit_code": job.exit_code,
        "created_at": as_text(job.created_at),
        "started_at": as_text(job.started_at),
        "stopped_at": as_text(job.stopped_at),
        "history": [{"status": status, "at": as_text(at)} for status, at in job.history],
        "attempts": [_attempt(attempt) for attempt in job.attempts],
        "explanation": job.explain(),
    }
    children = job.children
    if children:
        members["children"] = dict(Counter(child.status for child in children))
    return members


def _attempt(attempt: AttemptView) -> Members:
    return {
        "number": attempt.number,
        "compute_environment": attempt.compute_environment,
        "instance_id": attempt.instance_id,
        "started_at": as_text(attempt.started_at),
        "stopped_at": as_text(attempt.stopped_at),
        "exit_code": attempt.exit_code,
        "reason": attempt.reason,
        "status_reason": attempt.status_reason,
        "log_stream_name": attempt.log_stream_name,
    }


ROUTES: Final[Routes] = {
    ("GET", "jobs"): Route(
        _jobs,
        ("name", "queue", "status", "service", "limit"),
        "the jobs, or the service jobs, oldest first; the newest of them if limited",
    ),
    ("GET", "jobs/*"): Route(
        _one_job, (), "one job, service job, child or node, and why it is where it is"
    ),
    ("GET", "explain"): Route(
        _explain, ("job",), "why a job, or all that have not ended, are where they are"
    ),
    ("GET", "logs/*"): Route(
        _logs, ("attempt", "container", "skip"), "what a job, child or node has written by now"
    ),
}
