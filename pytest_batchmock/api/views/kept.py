"""The last details of jobs, kept as bytes: a program that polls asks for the same ones all the time.

What a detail shows is a function of what `_state` returns; where that is the same, the answer is.
Kept are jobs of one container, children of arrays included. Parents and nodes show the moves of
other jobs, tasks and pods what becomes of their containers between two moves: they are rendered anew.
"""

from __future__ import annotations

import marshal
from typing import Any, Final

from pytest_batchmock.api.views.job import job_detail
from pytest_batchmock.domain.job import Job

_MOST: Final = 256


class KeptDetails:
    """The details of the jobs that were described last, at most `_MOST`."""

    def __init__(self) -> None:
        self._kept: dict[Job, tuple[tuple[Any, ...], bytes]] = {}

    def detail(self, job: Job, seed: int) -> dict[str, Any]:
        """The same as `job_detail`, a fresh one for each caller."""
        kept = self._kept.get(job)
        if kept is not None and kept[0] == _state(job):
            return marshal.loads(kept[1])  # type: ignore[no-any-return]
        detail = job_detail(job, seed)
        if job.is_array_parent or "containerProperties" not in job.spec.definition.request:
            return detail
        if kept is None and len(self._kept) >= _MOST:
            del self._kept[next(iter(self._kept))]
        # Unlike JSON's, marshal's bytes are for this process only, and half as dear to read.
        self._kept[job] = (_state(job), marshal.dumps(detail))
        return detail


def _state(job: Job) -> tuple[Any, ...]:
    """All that can change about a job; most of it is compared by identity first.

    Its attempts move with its history; its tags are part of ``static``, which goes with them.
    """
    return job.history, job.status_reason, job.flags, job.spec.static
