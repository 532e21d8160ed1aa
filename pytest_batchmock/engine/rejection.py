"""What ECS refuses when Batch asks it to run a task: the job passed SubmitJob and fails at its start."""

from __future__ import annotations

import json
from typing import Final

from pytest_batchmock.domain.job import Job

MAX_OVERRIDES: Final = 8192
OVERRIDES_TOO_LONG: Final = f"Container Overrides length must be at most {MAX_OVERRIDES}"
"""Recorded."""

MAX_TAGS: Final = 50
TOO_MANY_TAGS: Final = f"Number of propagated tags must be at most {MAX_TAGS}"
"""That such a job fails is documented (API model, SubmitJob.propagateTags); the words are ours."""


def rejection(job: Job) -> str | None:
    """Return why ECS would refuse the task of `job`, or None.

    The length is that of the submitted overrides as JSON (inferred); a request that is shorter as
    a whole is not looked at any closer.
    """
    spec = job.spec
    if len(spec.request) > MAX_OVERRIDES:
        overrides = json.loads(spec.request).get("containerOverrides")
        if overrides and len(json.dumps(overrides, separators=(",", ":"))) > MAX_OVERRIDES:
            return OVERRIDES_TOO_LONG
    defined = spec.definition.tags
    if len(job.tags) + len(defined) > MAX_TAGS and len({**defined, **job.tags}) > MAX_TAGS:
        propagated = json.loads(spec.request).get("propagateTags")
        if propagated is None:
            propagated = spec.definition.request.get("propagateTags", False)
        if propagated:
            return TOO_MANY_TAGS
    return None
