"""The last details of jobs, kept as bytes: a program that polls asks for the same ones all the time.

What a detail shows is a function of the job's members that `_Kept` holds on to; where they are the same
objects, the answer is the same. Kept are jobs of one container, children of arrays included. Parents
and nodes show the moves of other jobs, tasks and pods what becomes of their containers between two
moves: they are rendered anew.
"""

from __future__ import annotations

import marshal
from typing import Any, Final

from pytest_batchmock.api.views.job import job_detail
from pytest_batchmock.domain.job import Job

_MOST: Final = 256


class _Kept:
    """All that can change about a job, and its detail as it was then.

    Its attempts move with its history; its tags are part of ``static``, which goes with them.
    """

    __slots__ = ("detail", "flags", "history", "reason", "static")

    def __init__(self, job: Job, detail: bytes) -> None:
        self.history = job.history
        self.reason = job.status_reason
        self.flags = job.flags
        self.static = job.spec.static
        self.detail = detail


class KeptDetails:
    """The details of the jobs that were described last, at most `_MOST`."""

    def __init__(self) -> None:
        self._kept: dict[Job, _Kept] = {}

    def detail(self, job: Job, seed: int) -> dict[str, Any]:
        """The same as `job_detail`, a fresh one for each caller."""
        kept = self._kept.get(job)
        if (
            kept is not None
            and kept.history is job.history
            and kept.reason is job.status_reason
            and kept.flags == job.flags
            and kept.static is job.spec.static
        ):
            return marshal.loads(kept.detail)  # type: ignore[no-any-return]  # typeshed says Any
        detail = job_detail(job, seed)
        if job.is_array_parent or "containerProperties" not in job.spec.definition.request:
            return detail
        if kept is None and len(self._kept) >= _MOST:
            del self._kept[next(iter(self._kept))]
        # Unlike JSON's, marshal's bytes are for this process only, and half as dear to read.
        self._kept[job] = _Kept(job, marshal.dumps(detail))
        return detail
