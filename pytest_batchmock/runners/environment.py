"""The command and the environment a job's container sees, built once for all runners."""

from __future__ import annotations

import json
from typing import Any, Final

from pytest_batchmock.domain.job import Attempt, Job

REF: Final = "Ref::"


def effective_command(job: Job) -> tuple[list[str], dict[str, str]]:
    """The command with its ``Ref::name`` placeholders replaced, and the merged parameters."""
    request = job.spec.definition.request
    submitted: dict[str, Any] = json.loads(job.spec.request)
    parameters = {**request.get("parameters", {}), **submitted.get("parameters", {})}
    command = submitted.get("containerOverrides", {}).get("command")
    if not command:
        command = request.get("containerProperties", {}).get("command", [])
    replaced = [
        parameters[word[len(REF) :]] if word.startswith(REF) and word[len(REF) :] in parameters else word
        for word in command
    ]
    return replaced, parameters


def effective_environment(job: Job, attempt: Attempt | None) -> dict[str, str]:
    """The definition's variables, the submit's over them, and what Batch and ECS add to `attempt`."""
    request = job.spec.definition.request
    submitted: dict[str, Any] = json.loads(job.spec.request)
    environment: dict[str, str] = {}
    for source in (request.get("containerProperties", {}), submitted.get("containerOverrides", {})):
        for entry in source.get("environment", ()):
            environment[entry["name"]] = entry.get("value", "")
    if attempt is not None:
        environment.update(batch_variables(job, attempt))
    return environment


def batch_variables(job: Job, attempt: Attempt) -> dict[str, str]:
    """What Batch adds to every job (user guide, job_env_vars), and ECS on its platform."""
    where = attempt.environment
    on_fargate = where.platform == "FARGATE"
    region = job.spec.region.name
    variables = {
        "AWS_BATCH_CE_NAME": where.name,
        "AWS_BATCH_JQ_NAME": job.spec.queue.name,
        "AWS_BATCH_JOB_ID": job.id,
        "AWS_BATCH_JOB_ATTEMPT": str(attempt.number),
        "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE" if on_fargate else "AWS_ECS_EC2",
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
    }
    if job.index is not None:
        variables["AWS_BATCH_JOB_ARRAY_INDEX"] = str(job.index)
        variables["AWS_BATCH_JOB_ARRAY_SIZE"] = str(job.spec.array_size)
    return variables
